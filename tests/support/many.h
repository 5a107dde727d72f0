/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An edge for a great many peers: one interface whose peers all have a /32 and a /24 and are
 * healthy, and a kernel that takes every route. It costs as little as possible itself, so that
 * what is measured is the engine.
 */
#ifndef SUPPORT_MANY_H
#define SUPPORT_MANY_H

#include "engine/engine.h"

struct many {
	struct engine *engine;
	struct moment at;
	msec next; /* when the engine wants its next turn */
	struct links links;
	struct local_addrs addrs;
	struct routes routes; /* in the order in which a kernel's trie dumps them */
	VEC(struct wg_peer) peers;
	VEC(struct prefix) aips;
	int refusal; /* -errno for every operation; 0: all are done */
	bool named;  /* every second peer has a name and an endpoint in an import */
	int (*ask)(void *ctx, const struct net_request *q); /* NULL: never answered */
	void *ask_ctx;
	uint64_t polls, looks, applied; /* of routes: looks and operations */
};

struct many *many_new(uint32_t peers, bool named);
void many_free(struct many *m);

/* One more peer, at the end. */
void many_add(struct many *m);
/* One more allowed-IP of the peer in the middle. */
void many_add_aip(struct many *m);

/* Time goes on to the engine's next deadline, what the peers said meanwhile is counted, and the
 * circle is turned. */
void many_turn(struct many *m);

#endif
