/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's hold on its net child: a fresh execve of the same binary, asked over a socket
 * pair, started again when it dies or hangs and whenever resolv.conf changes.
 */
#ifndef EDGE_CHILD_H
#define EDGE_CHILD_H

#include <uv.h>

#include "net/message.h"

struct child;

struct child_events {
	void *ctx;
	/* A valid answer; not kept after the call. */
	void (*answer)(void *ctx, const struct net_answer *a);
	/*
	 * A child is ready, the first one too: whatever has no answer yet is to be asked again.
	 * Also called when child_ask() had to refuse for want of room and there is room again.
	 */
	void (*restarted)(void *ctx);
	/* A datagram of the exchange, or a count of those that were dropped. NULL is fine. */
	void (*heard)(void *ctx, const struct net_datagram *d);
};

/*
 * Starts the first child. The caller frees with child_stop(). NULL and *err = -errno when not
 * even a first start is possible.
 */
struct child *child_start(uv_loop_t *loop, const struct child_events *events, int *err);

/*
 * Never blocks: what the child has no room for yet waits here. 0, or -EAGAIN when there is no
 * child right now, or 16384 requests are without an answer; restarted() follows in both cases.
 * Asking again with the id of an open request replaces that.
 */
int child_ask(struct child *c, const struct net_request *q);

/* Sends a NET_TELL. 0, or -EAGAIN and it is lost, as datagrams are. */
int child_tell(struct child *c, const struct net_datagram *d);

/* Replaces the child (resolv.conf changed, or it hangs). */
void child_restart(struct child *c, const char *why);

/* 0 when there is none. For tests. */
int child_pid(const struct child *c);

/* Ends it and frees everything; pending answers are dropped. */
void child_stop(struct child *c);

#endif
