/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which way the kernel would send to an address, as `ip route get` asks it. Needs no right.
 */
#ifndef CTL_WAY_H
#define CTL_WAY_H

#include "doctor.h"

struct way {
	int fd;
	uint32_t seq;
};

/* 0 or -errno. */
int way_open(struct way *w);
void way_close(struct way *w);

/* ifindex 0: there is none. mtu: the route's, or that of its interface. */
struct doctor_way way_find(struct way *w, const struct addr *to, uint32_t fwmark);

/* 0 when there is no such interface. */
uint32_t way_link_mtu(const char *ifname);

#endif
