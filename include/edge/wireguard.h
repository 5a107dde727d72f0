/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's WireGuard by generic netlink (linux/wireguard.h). A device that is a program is in
 * edge/userspace.h.
 */
#ifndef EDGE_WIREGUARD_H
#define EDGE_WIREGUARD_H

#include "edge/netlink.h"
#include "model/state.h"
#include "plan/op.h"

/* Closed: generic.fd is -1. */
struct wireguard {
	struct netlink generic; /* its answers hold keys, and are wiped */
	uint16_t family;	/* the family's number, 0 = the module is not loaded (yet) */
	bool cannot_remove;	/* no single allowed-IP can be taken away: before Linux 6.16 */
};

/* 0 or -errno. Works before the module is loaded. */
int wireguard_open(struct wireguard *w);
void wireguard_close(struct wireguard *w);

/*
 * As edge->device(). -EAGAIN: it changed during every try to dump it; -EBADMSG: a peer cannot be
 * read, so the rest is not what is there; -ENOENT: no WireGuard in this kernel.
 */
int wireguard_device(struct wireguard *w, struct device_merge *m);

/*
 * Does one OP_ENDPOINT, OP_KEEPALIVE, OP_KICK, OP_REBIND, OP_FWMARK or OP_ALLOWED_IPS. 0 or the
 * kernel's -errno.
 */
int wireguard_apply(struct wireguard *w, const struct op *op);

#endif
