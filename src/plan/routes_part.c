// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes of a few prefixes. What becomes of an item depends on itself, on what has the same prefix,
 * and on what covers it; so when something is other than it was under a prefix, nothing elsewhere
 * is. A hub of thousands of spokes to which one more comes plans for that one.
 *
 * What leads from everywhere to everywhere is not told from a part: default routes, and endpoints
 * that are inside of what their own tunnel leads to. Then all is computed, as at the start.
 */
#include <linux/rtnetlink.h>

#include "model/ends.h"
#include "model/netmap.h"
#include "routes_build.h"

/* Items know their peers by number. */
static void items_renumber(struct route_items *items, uint32_t device,
			   const struct peer_moves *moves)
{
	uint32_t first = NO_INDEX;

	vec_each(&moves->shifts, r)
		if (r->to != r->from && r->to != PEER_NONE && first == NO_INDEX)
			first = r->from;
	if (first == NO_INDEX)
		return;
	vec_each(items, it)
		if (it->peer >= first && it->device == device && it->peer != NO_INDEX)
			it->peer = peer_moved(moves, it->peer);
}

/* All items of those that are gone or altered go. */
static void items_follow(struct route_items *items, uint32_t device, const struct peer_moves *moves,
			 struct prefixes *at, struct route_counts *counts)
{
	uint32_t kept = 0;

	vec_each(items, it) {
		if (it->device == device && it->peer != NO_INDEX &&
		    peer_is_other(moves, it->peer)) {
			*vec_add(at) = it->route.dst;
			item_count(counts, it, false);
			continue;
		}
		if (it != &items->at[kept])
			items->at[kept] = *it;
		kept++;
	}
	items->len = kept;
}

static struct route_item *item_find(struct route_items *items, uint32_t device,
				    const struct peer_aip *of)
{
	for (uint32_t t = 0; (t = list_table(items, t)) != NO_TABLE; t++) {
		struct route key = {.table = t, .dst = of->prefix};
		size_t i = array_from(items->at, items->len, sizeof(*items->at), &key,
				      route_place_cmp);

		for (; i < items->len && !route_place_cmp(&items->at[i].route, &key); i++)
			if (items->at[i].device == device && items->at[i].peer == of->peer)
				return &items->at[i];
	}
	return NULL;
}

/* Those of the allowed-IPs that are told of go; each is found by its prefix. */
static void items_lose(struct route_items *items, uint32_t device, const struct peer_moves *moves,
		       struct prefixes *at, struct route_counts *counts)
{
	vec_each(&moves->lost, of) {
		struct route_item *it = item_find(items, device, of);

		*vec_add(at) = of->prefix;
		if (!it)
			continue;
		item_count(counts, it, false);
		memmove(it, it + 1, (size_t)(items->at + --items->len - it) * sizeof(*it));
	}
}

/* Those from one on came last, and are put where they belong. */
static void items_settle(struct route_items *items, uint32_t from, struct prefixes *at,
			 struct route_counts *counts)
{
	for (uint32_t i = from; i < items->len; i++) {
		*vec_add(at) = items->at[i].route.dst;
		item_count(counts, &items->at[i], true);
	}
	vec_settle(items, from, item_cmp);
}

/* Do networks differ from allowed-IPs, of those that are told of? */
static bool any_mapped(const struct device *d)
{
	vec_each(&d->moves.altered, i) {
		const struct peer *p = &d->peers.at[*i];

		if (p->conf && p->conf->netmaps.len)
			return true;
	}
	return d->moves.mapped;
}

void routes_follow(struct route_items *items, const struct state *s, uint32_t device,
		   struct prefixes *at, struct route_counts *counts)
{
	const struct device *d = &s->devices.at[device];
	const struct peer_moves *moves = &d->moves;
	bool mapped = any_mapped(d);
	uint32_t before;

	if (mapped)
		items_follow(items, device, moves, at, counts);
	else
		items_lose(items, device, moves, at, counts);
	items_renumber(items, device, moves);
	before = items->len;
	if (mapped)
		vec_each(&moves->altered, i)
			peer_items(items, s, device, *i);
	else
		vec_each(&moves->gained, of)
			item_add(items, s, device, of->peer, &of->prefix);
	items_settle(items, before, at, counts);
}

void prefixes_outermost(struct prefixes *at)
{
	uint32_t kept = 0;

	vec_sort(at, prefix_cmp);
	vec_each(at, p)
		if (!kept || !prefix_covers(&at->at[kept - 1], p))
			at->at[kept++] = *p;
	at->len = kept;
}

struct under all_under(const void *list, uint32_t n, size_t size, uint32_t table,
		       const struct prefix *p)
{
	struct route key = {.table = table, .dst = *p};
	const char *at = list;
	struct under u;

	u.from = (uint32_t)array_from(list, n, size, &key, route_place_cmp);
	for (u.to = u.from; u.to < n; u.to++) {
		const struct route *r = (const void *)(at + u.to * size);

		if (r->table != table || !prefix_covers(p, &r->dst))
			break;
	}
	return u;
}

uint32_t table_from(const void *list, uint32_t n, size_t size, uint32_t t)
{
	struct route key = {.table = t};
	size_t i = array_from(list, n, size, &key, route_place_cmp);

	return i < n ? ((const struct route *)(const void *)((const char *)list + i * size))->table
		     : NO_TABLE;
}

/* Those of ours that cover the prefix and lead it somewhere, for what is under it. */
static void add_around(struct nesting *all, const struct route_items *items, uint32_t table,
		       const struct prefix *p)
{
	for (uint8_t len = 0; len < p->len; len++) {
		struct route key = {.table = table, .dst = prefix_from(&p->addr, len)};
		uint32_t i = vec_from(items, &key, route_place_cmp);

		for (; i < items->len && !route_place_cmp(&items->at[i].route, &key); i++)
			if (item_is_wanted(&items->at[i]))
				*vec_add(all) = (struct nested){&items->at[i].route, &items->at[i]};
	}
}

/* Of these, what of the table covers the prefix or is under it. */
static void add_related(struct nesting *all, const struct routes *list, uint32_t table,
			const struct prefix *p)
{
	vec_each(list, r)
		if (r->table == table && (prefix_covers(&r->dst, p) || prefix_covers(p, &r->dst)))
			vec_add(all)->route = r;
}

static void find_covered(struct route_items *items, const struct state *s, uint32_t table,
			 const struct prefix *p, struct under u)
{
	struct nesting all = {0};
	struct routes nets = {0};

	if (table != RT_TABLE_LOCAL)
		add_related(&all, &s->foreign, table, p);
	if (all.len) {
		nesting_connected(&nets, s);
		add_related(&all, &nets, table, p);
		add_around(&all, items, table, p);
		for (uint32_t i = u.from; i < u.to; i++)
			if (items->at[i].status == ROUTE_MISSING)
				*vec_add(&all) =
					(struct nested){&items->at[i].route, &items->at[i]};
		nesting_judge(&all);
	}
	vec_free(&all);
	vec_free(&nets);
}

static void judge_under(struct route_items *items, const struct state *s, uint32_t table,
			const struct prefix *p)
{
	struct under u = list_under(items, table, p);

	for (uint32_t i = u.from; i < u.to; i++)
		item_judge(&items->at[i], s);
	items_shadow(items->at + u.from, items->at + u.to);
	find_covered(items, s, table, p, u);
}

static bool any_has(const struct prefixes *at, const struct addr *a)
{
	vec_each(at, p)
		if (prefix_has(p, a))
			return true;
	return false;
}

/* Which addresses could be in one of the prefixes, by family and first byte. */
struct sieve {
	bool first[2][256];
};

static void sieve_make(struct sieve *v, const struct prefixes *at)
{
	memset(v, 0, sizeof(*v));
	vec_each(at, p) {
		unsigned int span = p->len < 8 ? 1u << (8 - p->len) : 1;

		for (unsigned int i = 0; i < span; i++)
			v->first[p->addr.family == AF_INET6][p->addr.bytes[0] + i] = true;
	}
}

static bool is_endpoint_in(const struct prefixes *at, const struct sieve *v, const struct addr *a)
{
	return a->family && v->first[a->family == AF_INET6][a->bytes[0]] && any_has(at, a);
}

static bool may_have_endpoint(const struct device *d, const struct prefixes *at)
{
	vec_each(at, p)
		if (ends_may_be_in(d, p))
			return true;
	return false;
}

/* Is an endpoint inside of one of the prefixes? */
static bool has_endpoint(const struct state *s, const struct prefixes *at)
{
	struct sieve v;

	sieve_make(&v, at);
	vec_each(&s->devices, d) {
		if (!may_have_endpoint(d, at))
			continue;
		vec_each(&d->peers, p)
			if (is_endpoint_in(at, &v, &p->wg.endpoint.addr) ||
			    is_endpoint_in(at, &v, &peer_care(p)->coming.addr))
				return true;
	}
	return false;
}

/* Is it inside of what any item leads to, or answers for? */
static bool is_inside(const struct route_items *items, const struct addr *a)
{
	for (uint32_t t = 0; (t = list_table(items, t)) != NO_TABLE; t++) {
		for (uint8_t len = 0; a->family && len <= addr_bits(a); len++) {
			struct route key = {.table = t, .dst = prefix_from(a, len)};

			if (vec_find(items, &key, route_place_cmp))
				return true;
		}
	}
	return false;
}

/* A supernet that was refused for an endpoint may be welcome without it. */
static bool any_refused(const struct route_items *items, const struct state *s)
{
	bool supernets = false;

	vec_each(&s->devices, d)
		supernets = supernets || d->conf->routes.unreachable.len;
	if (supernets)
		vec_each(items, it)
			if (it->status == ROUTE_REFUSED)
				return true;
	return false;
}

bool routes_are_apart(const struct route_items *items, const struct state *s,
		      const struct prefixes *at, const struct peer *const *peers, uint32_t n)
{
	vec_each(at, p)
		if (!p->len)
			return false;
	for (uint32_t i = 0; i < n; i++)
		if (is_inside(items, &peers[i]->wg.endpoint.addr))
			return false;
	return !has_endpoint(s, at) && !any_refused(items, s);
}

static void count_at(struct route_counts *counts, const struct route_items *items,
		     struct prefixes *at, bool more)
{
	prefixes_outermost(at);
	for (uint32_t t = 0; (t = list_table(items, t)) != NO_TABLE; t++) {
		vec_each(at, p) {
			struct under u = list_under(items, t, p);

			for (uint32_t i = u.from; i < u.to; i++)
				item_count(counts, &items->at[i], more);
		}
	}
}

void routes_count_out(struct route_counts *counts, const struct route_items *items,
		      struct prefixes *at)
{
	count_at(counts, items, at, false);
}

void routes_count_in(struct route_counts *counts, const struct route_items *items,
		     struct prefixes *at)
{
	count_at(counts, items, at, true);
}

void routes_revise(struct route_items *items, const struct state *s, struct prefixes *at)
{
	prefixes_outermost(at);
	for (uint32_t t = 0; (t = list_table(items, t)) != NO_TABLE; t++)
		vec_each(at, p)
			judge_under(items, s, t, p);
}
