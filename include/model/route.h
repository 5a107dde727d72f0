/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A route of the kernel, the orders in which lists of them are kept, and what an event tells of
 * one of ours.
 */
#ifndef MODEL_ROUTE_H
#define MODEL_ROUTE_H

#include "base/addr.h"
#include "base/vec.h"

#define ROUTE_PROTOCOL 87 /* ours, in routes and in rules */

struct route {
	struct prefix dst;
	uint32_t table;
	uint32_t metric;
	uint32_t oif; /* 0 for unreachable and the like */
	uint8_t tos;
	uint8_t protocol;    /* RTPROT_* */
	uint8_t type;	     /* RTN_* */
	uint8_t scope;	     /* RT_SCOPE_*; IPv4 only */
	struct addr source;  /* preferred source; family 0 = none */
	struct addr gateway; /* family 0 = none; IPv4 can have one of IPv6 */
	bool onlink;	     /* the gateway is taken to be on the link, whatever its address */
	bool multipath;	     /* there are more ways; oif and gateway are the first that works */
};
VEC_TYPE(routes, struct route);
VEC_TYPE(prefixes, struct prefix);

/* What the kernel tells routes apart by: table, prefix, metric, TOS. */
int route_key_cmp(const void *a, const void *b);
/* All that we set: the key, interface, type, source, scope, gateway. */
int route_cmp(const void *a, const void *b);
/* All that there is to a route: the order of state.ours and state.foreign. Refines the others. */
int route_order(const void *a, const void *b);

/* By table and prefix only: the beginning of all the other orders. */
int route_place_cmp(const void *a, const void *b);

enum route_event { ROUTE_CAME, ROUTE_REPLACED, ROUTE_WENT };

enum route_news {
	ROUTE_KNOWN,	/* it is as it was known to be */
	ROUTE_LEARNED,	/* the list has it now, or no longer */
	ROUTE_DOUBTFUL, /* only a look can tell; the list is as it was */
};

/* Brings a list up to what the kernel said of one of its routes; see the result. */
enum route_news routes_learn(struct routes *list, const struct route *r, enum route_event what);

#endif
