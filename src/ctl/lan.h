/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LAN that this host is on, and what its router has to be told.
 */
#ifndef CTL_LAN_H
#define CTL_LAN_H

#include <jansson.h>
#include <net/if.h>
#include <stdbool.h>

#include "base/addr.h"
#include "base/vec.h"

/* An address of this host that a router of its LAN can reach. */
struct lan_addr {
	char ifname[IF_NAMESIZE];
	struct addr addr;
	struct prefix net;
};
VEC_TYPE(lan_addrs, struct lan_addr);

/*
 * Those of this host, by getifaddrs(3): private addresses (RFC 1918, RFC 4193) of interfaces that
 * are up and are neither in tunnels (an array of objects with a name), nor point-to-point, nor
 * made for containers and virtual machines. The caller frees. 0 or -errno.
 */
int lan_addrs_read(struct lan_addrs *out, json_t *tunnels);

/* Is an interface of that name one that containers or virtual machines hang on? */
bool lan_ifname_is_virtual(const char *name);

/* The address of a family; NULL when there is none or, then *several is set, not just one. */
const struct lan_addr *lan_addr_pick(const struct lan_addrs *list, int family, bool *several);

/* How a router is told. */
struct lan_format {
	const char *name;
	void (*route)(const char *prefix, const char *via, bool ipv6);
	const char *end; /* after the last route; NULL = nothing */
};

/* NULL when there is none of that name; the first one for NULL. */
const struct lan_format *lan_format_find(const char *name);
#endif
