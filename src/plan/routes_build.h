/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files about wanted routes share: routes.c computes all, routes_part.c what is under a
 * few prefixes.
 */
#ifndef PLAN_ROUTES_BUILD_H
#define PLAN_ROUTES_BUILD_H

#include "plan/routes.h"

#define NO_INDEX UINT32_MAX

static inline int order(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* The order of items: by route_key_cmp(), then who comes first of those that share a key. */
int item_cmp(const void *a, const void *b);
/* One more in the counts, or one less. */
void item_count(struct route_counts *counts, const struct route_item *it, bool more);
/* Is it ours to set, whatever became of it when it was last tried? */
bool item_is_wanted(const struct route_item *it);

/* routes_items.c: one for a network of a peer, one for each, and for each supernet; judged by
 * itself alone. */
void item_add(struct route_items *out, const struct state *s, uint32_t device, uint32_t peer,
	      const struct prefix *net);
void peer_items(struct route_items *out, const struct state *s, uint32_t device, uint32_t peer);
void supernet_items(struct route_items *out, const struct state *s, uint32_t device);
/* Judges again one that is no default route. */
void item_judge(struct route_item *it, const struct state *s);

/*
 * A part of a sorted list of what begins with its route: from one on up to another. What of a
 * table is under a prefix; and the next table of which it has any, from t on.
 */
struct under {
	uint32_t from, to;
};
#define NO_TABLE UINT32_MAX
struct under all_under(const void *list, uint32_t n, size_t size, uint32_t table,
		       const struct prefix *p);
uint32_t table_from(const void *list, uint32_t n, size_t size, uint32_t t);
#define list_under(v, table, p) all_under((v)->at, (v)->len, sizeof(*(v)->at), table, p)
#define list_table(v, t)	table_from((v)->at, (v)->len, sizeof(*(v)->at), t)

/* Sorts them, and leaves out those that are within others. */
void prefixes_outermost(struct prefixes *at);

/* Of items from one on that the kernel could not tell apart the first stays; sorted. */
void items_shadow(struct route_item *it, const struct route_item *end);

/*
 * routes_nesting.c: which of these are served by routes of others. One entry is an item, or a
 * route of somebody else over our devices.
 */
struct nested {
	const struct route *route;
	struct route_item *item; /* NULL: foreign */
};
VEC_TYPE(nesting, struct nested);
void nesting_judge(struct nesting *all);
/* Routes to the networks that the host is in by its other interfaces. */
void nesting_connected(struct routes *out, const struct state *s);

#endif
