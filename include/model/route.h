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
	uint8_t tos;
	uint8_t protocol;   /* RTPROT_* */
	uint8_t scope;	    /* RT_SCOPE_*; IPv4 only */
	uint8_t type : 6;   /* RTN_* */
	bool onlink : 1;    /* the gateway is taken to be on the link, whatever its address */
	bool multipath : 1; /* there are more ways; oif and gateway are the first that works */
	uint16_t way;	    /* its preferred source and its gateway; 0 = neither */
	uint32_t table;
	uint32_t metric;
	uint32_t oif; /* 0 for unreachable and the like */
};
#define ROUTE_TYPE(t) ((t)&0x3fu) /* what fits there; RTN_MAX is 11 */

/* The word that ip(8) has for RTN_*; "unicast" for what leads somewhere. Static. */
const char *route_type_name(uint8_t type);

VEC_TYPE(routes, struct route);
VEC_TYPE(prefixes, struct prefix);

/*
 * What most routes over a tunnel do not have is kept once for all that have the same. Family 0 is
 * none; the gateway of an IPv4 route can be of IPv6. Never NULL, and valid until it is swept.
 */
const struct addr *route_source(const struct route *r);
const struct addr *route_gateway(const struct route *r);
void route_set_source(struct route *r, const struct addr *a);
void route_set_gateway(struct route *r, const struct addr *a);

/*
 * A network full of routers can make up as many ways as it likes. So when there are many, whoever
 * has all the routes names those that it still has, and the ways of all others are forgotten. A
 * route with the 65536th of those in use is known without its way.
 */
bool route_ways_many(void);
void route_way_keep(const struct route *r);
void route_ways_sweep(void);

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
