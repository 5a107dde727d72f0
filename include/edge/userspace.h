/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WireGuard that is a program (wireguard-go, boringtun) behind a tun device. It listens at
 * /run/wireguard/NAME.sock, NAME being the device's; codec/uapi.h has the protocol.
 *
 * A request is a connection of its own: written, answered, closed. The loop waits for it, so the
 * wait is short: without a byte for USERSPACE_PATIENCE, or not done after five times that, it is
 * -ETIMEDOUT, and the engine comes back later and later (state.h: error_delay). Who has thousands
 * of peers gets more time, and so does who is rarely asked: it is some hundredths of the whole.
 */
#ifndef EDGE_USERSPACE_H
#define EDGE_USERSPACE_H

#include <uv.h>

#include "codec/uapi.h"

#define USERSPACE_PATIENCE 200 /* ms; ten thousand peers are listed in half of that */

struct userspace_link {
	uint32_t ifindex;
	char name[IFNAME_LEN];
	bool boringtun;
	msec patience;
};

VEC_TYPE(userspace_links, struct userspace_link);

/* Zeroed before first use. */
struct userspace {
	struct userspace_links links; /* as last looked at */
	struct userspace_links fresh; /* the memory for the next look */
	struct uapi answer;
	bool told; /* that the folder may not be searched */
};

/* Marks the tun devices of links that have a socket as WireGuard, and knows them from then on. */
void userspace_mark(struct userspace *u, struct links *links);
bool userspace_has(const struct userspace *u, uint32_t ifindex);
void userspace_free(struct userspace *u);

/*
 * As edge->device(). -ENODEV: the socket is gone; -EACCES: it may not be opened; -ECONNREFUSED:
 * nobody listens at it; -ETIMEDOUT; -EBADMSG: what answers is no WireGuard.
 */
int userspace_device(struct userspace *u, struct device_merge *m);

/*
 * Does the operations at the beginning of ops that are of the same userspace device as the first,
 * and sets their errors. Returns how many there were.
 */
size_t userspace_apply(struct userspace *u, struct op *ops, size_t n);

/* Calls changed a moment after a socket came, went or got other rights. NULL is fine to stop. */
struct userspace_watch *userspace_watch_start(uv_loop_t *loop, void (*changed)(void *ctx),
					      void *ctx);
void userspace_watch_stop(struct userspace_watch *w);

#endif
