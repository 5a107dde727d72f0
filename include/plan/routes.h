/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes: every allowed-IP of a peer leads to its interface, and supernets that no peer has are
 * answered for. Desired state is computed from configuration and observation, never remembered.
 */
#ifndef PLAN_ROUTES_H
#define PLAN_ROUTES_H

#include "base/words.h"
#include "plan/op.h"

#define ROUTE_METRIC_IPV6 1024 /* IP6_RT_PRIO_USER of net/ip6_route.h: what metric 0 becomes */

/* Why a prefix is as it is, for `routes`, `explain` and problems. */
enum route_status {
	ROUTE_INSTALLED, /* ours and there */
	ROUTE_MISSING,	 /* ours and pending */
	ROUTE_FOREIGN,	 /* another program's route serves it over the same interface */
	ROUTE_COVERED,	 /* a shorter prefix over the same interface serves it (connected) */
	ROUTE_BLOCKED,	 /* another program's route stands in the way */
	ROUTE_SHADOWED,	 /* another interface's peer has the same prefix and came first */
	ROUTE_WITHDRAWN, /* withdraw_dead, and the peer is dead or never called */
	ROUTE_DOWN,	 /* the interface is down */
	ROUTE_WAITING,	 /* for what it needs: a source address, a way outside the tunnel */
	ROUTE_OFF,	 /* routes are off here (routes.enabled, Table = off, default_route) */
	ROUTE_REFUSED,	 /* over what the host needs itself: its networks, an endpoint */
	ROUTE_FAILED,	 /* the kernel refused it */
};
const char *route_status_name(enum route_status s);

/* One prefix that somebody wants a route for. */
struct route_item {
	struct route route; /* first: items are found by their route */
	uint32_t device;    /* index into state.devices; UINT32_MAX for a supernet of no device */
	uint32_t peer;	    /* index into its peers; UINT32_MAX for a supernet */
	uint32_t mark;	    /* a default route by policy: the fwmark that stays out of it; else 0 */
	int16_t error;	    /* ROUTE_FAILED, ROUTE_BLOCKED: -errno of the kernel */
	uint8_t why;	    /* a word that adds to the status, or 0; base/words.h */
	uint8_t status : 7; /* enum route_status */
	bool underlay : 1;  /* the way to the peer's endpoint, outside the tunnel */
};
VEC_TYPE(route_items, struct route_item);

/*
 * How many items are INSTALLED; and how many awry, which is MISSING, BLOCKED, SHADOWED, WAITING,
 * REFUSED or FAILED: what somebody has to be told of. Mostly there are none of those, and whoever
 * knows that need not look for them.
 */
struct route_counts {
	uint32_t installed, awry;
};

/* A route that the kernel refused, kept until it is tried again. */
struct route_failure {
	struct route route; /* first: the list is sorted by route_cmp() */
	int error;	    /* -errno */
	const char *why;    /* the kernel's words; NULL = none */
	msec retry_at, delay;
};
VEC_TYPE(route_failures, struct route_failure);

/*
 * Every prefix with its status so far (MISSING where ours is wanted), sorted by route_key_cmp().
 */
void routes_desired(struct route_items *out, const struct state *s, const struct config *c);

/*
 * Compares with state.routes and appends the operations that make them equal: additions longest
 * prefix first, then deletions shortest first, so that at no moment a prefix is sent to a less
 * specific peer that has a more specific one. Marks INSTALLED. A route whose failure is not due
 * yet is left alone and marked. Never names a route that is not of protocol 87. The same items may
 * be compared again with what is there later, as long as nobody else's routes changed.
 */
void routes_plan(struct ops *out, struct route_items *items, const struct state *s,
		 const struct route_failures *failures, msec now);

/*
 * The same for a part: what is under a few prefixes, where all that changed is which allowed-IPs
 * some peers of a device have, whether such a peer is gone, or which of ours are there.
 *
 * follow: what the device's moves tell, which are not many: items of networks that are gone go,
 * those that came get theirs, and the prefixes of both are added to at. Is what is under these
 * prefixes all that can be different, with these peers changed? If so, revise and plan_at make of
 * it what routes_desired() and routes_plan() make of all; at is sorted then, without what is inside
 * of others of it.
 */
void routes_follow(struct route_items *items, const struct state *s, uint32_t device,
		   struct prefixes *at, struct route_counts *counts);
bool routes_are_apart(const struct route_items *items, const struct state *s,
		      const struct prefixes *at, const struct peer *const *peers, uint32_t n);
/* Takes what is under the prefixes out of the counts before revise and plan_at, and puts it in
 * afterwards; at becomes as by those. */
void routes_count_out(struct route_counts *counts, const struct route_items *items,
		      struct prefixes *at);
void routes_count_in(struct route_counts *counts, const struct route_items *items,
		     struct prefixes *at);
void routes_revise(struct route_items *items, const struct state *s, struct prefixes *at);
void routes_plan_at(struct ops *out, struct route_items *items, const struct state *s,
		    const struct route_failures *failures, msec now, struct prefixes *at);

struct route_counts routes_count(const struct route_items *items);

/* The first item that is not before this prefix of a table, of items that are sorted. */
const struct route_item *routes_from(const struct route_items *items, uint32_t table,
				     const struct prefix *p);

/* Deletions of every route and rule of protocol 87, for --clean and on_exit = "clean". */
void routes_plan_clean(struct ops *out, const struct state *s);

#endif
