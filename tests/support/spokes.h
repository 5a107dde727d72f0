/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hub and its spokes with nothing but the plans of the exchange in them: messages that are late,
 * lost, doubled or overtake each other, NATs, WireGuard's handshakes as far as they matter here,
 * and data that gets there when both ends agree about the way, or does not.
 */
#ifndef SUPPORT_SPOKES_H
#define SUPPORT_SPOKES_H

#include "plan/paths.h"

enum nat { NAT_NONE, NAT_PRESERVING, NAT_SYMMETRIC };

struct spoke {
	enum nat nat;
	struct endpoint place; /* as the hub sees it */
	struct state state;    /* one device; its first peer is the hub */
	struct paths paths;
	msec plan_at, look_at;
	bool *direct;		    /* by peer: has it the prefixes */
	struct life_counters *seen; /* by peer: at the last look */
	msec *initiated;	    /* by peer: the last initiation, 0 = never */
	msec *session;		    /* by peer: the last handshake with it, 0 = never */
	msec *sent;	 /* by peer: when we last sent to its place: what our NAT lets in */
	msec *data_sent; /* by peer: when data was first sent without an answer, 0 = no */
	msec *kept;	 /* by peer: the last passive keepalive that answered its data */
	bool stopped;	 /* its daemon does not run */
};

struct spokes_message {
	msec at;
	uint32_t to; /* a spoke, or UINT32_MAX for the hub */
	struct net_datagram d;
};

struct spokes {
	uint32_t n;
	msec now;
	struct rng rng;
	struct spoke *spokes;
	struct config *config;
	struct device hub_device;
	struct exchange_hub hub;
	bool hub_stopped, cut;	       /* no daemon on the hub; nothing goes directly */
	uint32_t delay, loss, doubles; /* ms at most; of a hundred messages */
	VEC(struct spokes_message) wire;
	uint64_t asked, told, lost; /* questions, answers, and data that did not arrive */
	uint64_t delivered[2];	    /* data by the hub, and directly */
	uint64_t handshakes;	    /* initiations sent */
	uint32_t order;		    /* of the traffic */
	msec mixed_since, mixed;    /* of spokes 0 and 1: not agreed about the way; the longest */
};

/* Everybody wants everybody, always. The caller frees with spokes_free(). */
void spokes_make(struct spokes *s, uint32_t n, uint64_t seed);
void spokes_free(struct spokes *s);

/* Time passes; with traffic, spokes 0 and 1 send each other something each 200 ms. */
void spokes_run(struct spokes *s, msec ms, bool traffic);

/* The daemon of one is started anew: it remembers nothing, the kernel everything. */
void spokes_restart(struct spokes *s, uint32_t which);
/* The same for the hub's. */
void spokes_restart_hub(struct spokes *s);

bool spokes_direct(const struct spokes *s, uint32_t from, uint32_t to);
const struct path *spokes_path(const struct spokes *s, uint32_t from, uint32_t to);

#endif
