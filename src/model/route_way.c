// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways of routes: pairs of a preferred source and a gateway, each with a number that stands for
 * it. A host has as many as it has uplinks, and thousands of routes have none at all.
 */
#include "model/route.h"

#define MANY	4096 /* ways, from which on it is worth to look which are in use */
#define BUCKETS 1024 /* a power of two */

struct way {
	struct addr source, gateway;
	uint16_t next; /* in its bucket, or of those that are free; 0 = none */
	bool kept;     /* named since the last sweep */
};

/* Each where it is for good, so that its addresses can be pointed at. */
static struct {
	VEC(struct way *) list; /* number 1 is the first */
	uint16_t buckets[BUCKETS], free;
	uint32_t used, left; /* left: by the last sweep */
} ways;

static struct way *way_at(uint16_t n)
{
	static struct way none;

	return n ? ways.list.at[n - 1] : &none;
}

static uint16_t *bucket_of(const struct way *w)
{
	uint32_t h = 2166136261u;

	for (uint32_t i = 0; i < sizeof(w->source.bytes); i++)
		h = (h ^ w->source.bytes[i] ^ (uint32_t)w->gateway.bytes[i] << 8) * 16777619u;
	return &ways.buckets[(h ^ h >> 16) % BUCKETS];
}

static bool way_same(const struct way *a, const struct way *b)
{
	return !addr_cmp(&a->source, &b->source) && !addr_cmp(&a->gateway, &b->gateway);
}

/* 0: there is no room. */
static uint16_t way_new(void)
{
	uint16_t n = ways.free;

	if (n) {
		ways.free = way_at(n)->next;
		return n;
	}
	if (ways.list.len == UINT16_MAX)
		return 0;
	*vec_add(&ways.list) = mem_calloc(1, sizeof(struct way));
	return (uint16_t)ways.list.len;
}

/* The number of such a way, new or known. */
static uint16_t way_number(const struct way *w)
{
	uint16_t *bucket, n;

	if (!w->source.family && !w->gateway.family)
		return 0;
	bucket = bucket_of(w);
	n = *bucket;
	while (n && !way_same(way_at(n), w))
		n = way_at(n)->next;
	if (n)
		return n;
	n = way_new();
	if (!n)
		return 0;
	*way_at(n) = (struct way){.source = w->source, .gateway = w->gateway, .next = *bucket};
	*bucket = n;
	ways.used++;
	return n;
}

const struct addr *route_source(const struct route *r)
{
	return &way_at(r->way)->source;
}

const struct addr *route_gateway(const struct route *r)
{
	return &way_at(r->way)->gateway;
}

void route_set_source(struct route *r, const struct addr *a)
{
	struct way w = {.source = *a, .gateway = *route_gateway(r)};

	r->way = way_number(&w);
}

void route_set_gateway(struct route *r, const struct addr *a)
{
	struct way w = {.source = *route_source(r), .gateway = *a};

	r->way = way_number(&w);
}

bool route_ways_many(void)
{
	return ways.used > MANY && ways.used / 2 > ways.left;
}

void route_way_keep(const struct route *r)
{
	if (r->way)
		way_at(r->way)->kept = true;
}

static void bucket_sweep(uint16_t *at)
{
	while (*at) {
		uint16_t n = *at;
		struct way *w = way_at(n);

		if (w->kept) {
			w->kept = false;
			at = &w->next;
			continue;
		}
		*at = w->next;
		*w = (struct way){.next = ways.free};
		ways.free = n;
		ways.used--;
	}
}

void route_ways_sweep(void)
{
	for (uint32_t i = 0; i < BUCKETS; i++)
		bucket_sweep(&ways.buckets[i]);
	ways.left = ways.used;
}
