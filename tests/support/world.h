/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for the engine: lists instead of a kernel, virtual time, name servers that say what
 * they are told to, and peers that behave as WireGuard's counters were measured to
 * (drivers/net/wireguard: rekey after 120 s, initiations every 5 s while unanswered, given up
 * after 90 s, persistent keepalives of 32 bytes that nobody answers).
 */
#ifndef SUPPORT_WORLD_H
#define SUPPORT_WORLD_H

#include "base/str.h"
#include "engine/engine.h"
#include "support/world_firewall.h"

struct world_peer {
	char label[16]; /* how the scenario calls it */
	uint32_t ifindex;
	struct wg_peer wg;
	VEC(struct prefix) aips;
	struct endpoint lives_at; /* answers only there; family 0 = nowhere */
	bool traffic;		  /* data both ways each second */
	msec session;		  /* when the present session began; 0 = none */
	msec initiated;		  /* last handshake initiation; 0 = none */
	msec trying_since;	  /* unanswered initiations began; 0 = none */
	msec heard;		  /* last answer */
	msec data_since;	  /* data unanswered since; 0 = none */
	msec kept;		  /* last persistent keepalive */
	msec answer_due;	  /* the far end's passive keepalive to a datagram; 0 = none */
};

struct world_name {
	char host[HOST_LEN];
	uint8_t family;
	uint32_t status, ttl;
	VEC(struct addr) addrs;
};

struct world_question {
	struct net_request q;
	msec ends; /* of the net child's patience */
};

/* A question of ours to a hub. */
struct world_asked {
	struct net_datagram d;
	uint32_t serial; /* of the last answer to it */
};

struct world {
	struct engine *engine;
	msec now;
	int64_t wall_offset; /* ms: the wall clock can be set */
	msec next_turn, next_second;
	uint64_t turns; /* of the engine, so far */
	struct links links;
	struct local_addrs addrs;
	struct routes routes;
	struct rules rules;
	uint32_t marks[16];	/* fwmarks by ifindex */
	int unreadable[16];	/* -errno of looks at a device, by ifindex; 0 = none */
	uint32_t closed_link;	/* what comes in there is not forwarded; 0 = nowhere */
	uint32_t strict_uplink; /* rp_filter is 1 there; 0 = nowhere */
	struct prefix refused;	/* a route for it is not taken */
	bool marks_refused;	/* a fwmark cannot be set */
	bool peers_refused;	/* nothing of a peer can be set */
	uint32_t undo; /* so many of the next routes and rules of ours are taken back at once */
	struct routes undone; /* those of them that the engine was not told of yet */
	bool rules_undone;    /* the same */
	VEC(struct world_peer) peers;
	VEC(struct world_name) names;
	VEC(struct world_question) asked;
	VEC(struct world_asked) exchanged;
	bool dns_dead; /* questions end in NET_TIMEOUT, when the net child would give them up */
	bool links_busy, routes_busy; /* dumps of them say -EAGAIN */
	uint32_t questions;	      /* asked of the child in all */
	struct str kept;	      /* what the engine has stored */
	bool unkept;		      /* nothing can be stored */
	bool crashed;		      /* nothing is applied any more */
	struct str log;		      /* operations and events since it was last looked at */
	/* Hears of events as well; NULL: nobody does. */
	void (*told)(void *ctx, const struct event *e);
	void *told_ctx;
	/* Stands between the engine and the world from each start on; NULL: nobody does. */
	void (*between)(void *ctx, struct edge *edge);
	/* Hears of the end of each turn; NULL: nobody does. */
	void (*turned)(void *ctx);
	void *chaos;
	struct world_firewall firewall;
	struct str said; /* what the log got since then */
};

struct world *world_new(void);
void world_free(struct world *w);

/* Loads a configuration from text; 0, or -EINVAL with the first problem in why. */
int world_configure(struct world *w, const char *text, struct imports *im, char *why, size_t size);

/* Lets time pass, in ms, turning the circle whenever the engine wants to. */
void world_run(struct world *w, msec ms);

/* Another program's doing, with the events that the kernel would send. */
struct world_peer *world_peer(struct world *w, const char *label);
void world_route_del(struct world *w, const struct prefix *dst);
void world_route_lose(struct world *w, const struct prefix *dst); /* and no event tells of it */
void world_route_add(struct world *w, const struct route *r);
void world_rule_del(struct world *w, uint8_t family, uint32_t priority, bool silently);
void world_rule_add(struct world *w, const struct rule *r);
/* An allowed-IP of an interface becomes to's, or nobody's with NULL. */
void world_give(struct world *w, uint32_t ifindex, const struct prefix *prefix,
		struct world_peer *to);

/* The daemon begins anew with what it has stored; it has to be configured. */
void world_restart(struct world *w);
struct world_name *world_name(struct world *w, const char *host, uint8_t family);

#endif
