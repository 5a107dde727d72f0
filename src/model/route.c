// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes: their orders, and a list that follows events. A hub with thousands of spokes has
 * thousands of routes, and one that comes or goes is no reason to have all of them dumped.
 */
#include "model/route.h"

#include <linux/rtnetlink.h>

const char *route_type_name(uint8_t type)
{
	switch (type) {
	case RTN_UNREACHABLE:
		return "unreachable";
	case RTN_BLACKHOLE:
		return "blackhole";
	case RTN_PROHIBIT:
		return "prohibit";
	default:
		return "unicast";
	}
}

static int order(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int route_place_cmp(const void *va, const void *vb)
{
	const struct route *a = va, *b = vb;
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return prefix_cmp(&a->dst, &b->dst);
}

int route_key_cmp(const void *va, const void *vb)
{
	const struct route *a = va, *b = vb;
	int c = route_place_cmp(a, b);

	if (c)
		return c;
	return a->metric != b->metric ? order(a->metric, b->metric) : order(a->tos, b->tos);
}

static int source_cmp(const struct route *a, const struct route *b)
{
	return a->way == b->way ? 0 : addr_cmp(route_source(a), route_source(b));
}

int route_cmp(const void *va, const void *vb)
{
	const struct route *a = va, *b = vb;
	int c = route_key_cmp(a, b);

	if (!c)
		c = order(a->oif, b->oif);
	if (!c)
		c = order(a->type, b->type);
	if (!c)
		c = source_cmp(a, b);
	if (!c && a->dst.addr.family == AF_INET) /* IPv6 has none */
		c = order(a->scope, b->scope);
	return c || a->way == b->way ? c : addr_cmp(route_gateway(a), route_gateway(b));
}

int route_order(const void *va, const void *vb)
{
	const struct route *a = va, *b = vb;
	int c = route_cmp(a, b);

	if (!c)
		c = order(a->protocol, b->protocol);
	if (!c)
		c = order(a->scope, b->scope);
	if (!c)
		c = order(a->onlink, b->onlink);
	return c ? c : order(a->multipath, b->multipath);
}

static void insert(struct routes *list, uint32_t i, const struct route *r)
{
	vec_add(list);
	memmove(&list->at[i + 1], &list->at[i], (list->len - 1 - i) * sizeof(*r));
	list->at[i] = *r;
}

static void remove_at(struct routes *list, uint32_t i)
{
	list->len--;
	memmove(&list->at[i], &list->at[i + 1], (list->len - i) * sizeof(*list->at));
}

/* Is there another one that the kernel tells apart from it by less than its key? */
static bool has_twin(const struct routes *list, uint32_t i, const struct route *r)
{
	return (i < list->len && !route_key_cmp(&list->at[i], r)) ||
	       (i && !route_key_cmp(&list->at[i - 1], r));
}

enum route_news routes_learn(struct routes *list, const struct route *r, enum route_event what)
{
	uint32_t i = vec_from(list, r, route_order);
	bool there = i < list->len && !route_order(&list->at[i], r);

	if (r->multipath || what == ROUTE_REPLACED)
		return ROUTE_DOUBTFUL; /* what it was before, or what else, is not said */
	if (!there && has_twin(list, i, r))
		return ROUTE_DOUBTFUL;
	if (there == (what == ROUTE_CAME))
		return ROUTE_KNOWN;
	if (there)
		remove_at(list, i);
	else
		insert(list, i, r);
	return ROUTE_LEARNED;
}
