/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which peer of a device owns an address: the longest prefix among the allowed-IPs, as WireGuard
 * decides (drivers/net/wireguard/allowedips.c). An address is what this host sees: of a network
 * with a NETMAP it is the outside one, for that is what a packet has when it gets here.
 */
#ifndef PLAN_OWNERS_H
#define PLAN_OWNERS_H

#include "model/state.h"

struct owned {
	struct prefix prefix;
	uint32_t peer; /* its index in the device */
};

/* An index over one device; zeroed is empty. The caller frees with owners_free(). */
struct owners {
	bool made;
	uint32_t structure;   /* of the device, when it was made */
	uint8_t lengths[130]; /* those in use, longest first, ends with 255 */
	VEC(struct owned) list;
};

/* Makes the index anew when the device's peers or allowed-IPs changed since. */
void owners_follow(struct owners *o, const struct device *d);
/* It is made anew the next time: the configuration's netmaps may be others. */
void owners_forget(struct owners *o);

/* The owner's index in d, or UINT32_MAX. o has to be of this device as it is now. */
uint32_t owners_find(const struct owners *o, const struct addr *a);

void owners_free(struct owners *o);

#endif
