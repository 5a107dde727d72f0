/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side of struct edge: rtnetlink, WireGuard (of the kernel, or a program)
 * and nftables requests.
 */
#ifndef EDGE_KERNEL_H
#define EDGE_KERNEL_H

#include "edge/netlink.h"
#include "edge/nft.h"
#include "edge/userspace.h"
#include "edge/wireguard.h"
#include "engine/edge.h"

#define KERNEL_WHYS 16 /* texts of refusals; the kernel has few, and they are constants */

struct kernel {
	char whys[KERNEL_WHYS][128];
	struct netlink route; /* NETLINK_ROUTE requests */
	struct wireguard wireguard;
	struct netlink_monitor route_events;
	struct userspace userspace;
	struct nft *nft; /* NULL: no nftables yet */
};

/* Opens all sockets; events are subscribed before anything is looked at. 0 or -errno. */
int kernel_open(struct kernel *k);
void kernel_close(struct kernel *k);

/* Fills the observing and applying functions of edge; its ctx must be k. */
void kernel_edge(struct kernel *k, struct edge *edge);

#endif
