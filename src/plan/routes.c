// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes: what is wanted, and what serves already.
 *
 * First every allowed-IP becomes an item (routes_items.c); of those that the kernel could not tell
 * apart one stays; then it is looked which of them others serve (routes_nesting.c). What remains is
 * compared with what is there (routes_diff.c).
 */
#include <linux/rtnetlink.h>

#include "plan/policy.h"
#include "plan/underlay.h"
#include "routes_build.h"

const char *route_status_name(enum route_status s)
{
	static const char *const names[] = {
		"installed", "missing", "foreign", "covered", "blocked", "shadowed",
		"withdrawn", "down",	"waiting", "off",     "refused", "failed",
	};

	return names[s];
}

const struct route_item *routes_from(const struct route_items *items, uint32_t table,
				     const struct prefix *p)
{
	struct route key = {.table = table, .dst = *p};

	return items->at + vec_from(items, &key, route_place_cmp);
}

int item_cmp(const void *va, const void *vb)
{
	const struct route_item *a = va, *b = vb;
	int c = route_key_cmp(&a->route, &b->route);

	if (c)
		return c;
	c = order(a->route.type, b->route.type); /* a peer's route before a supernet */
	if (!c)
		c = order(a->device, b->device);
	return c ? c : order(a->peer, b->peer);
}

void item_count(struct route_counts *counts, const struct route_item *it, bool more)
{
	const unsigned int awry = 1u << ROUTE_MISSING | 1u << ROUTE_BLOCKED | 1u << ROUTE_SHADOWED |
				  1u << ROUTE_WAITING | 1u << ROUTE_REFUSED | 1u << ROUTE_FAILED;
	uint32_t one = more ? 1 : UINT32_MAX;

	if (it->status == ROUTE_INSTALLED)
		counts->installed += one;
	else if (awry >> it->status & 1)
		counts->awry += one;
}

struct route_counts routes_count(const struct route_items *items)
{
	struct route_counts counts = {0};

	vec_each(items, it)
		item_count(&counts, it, true);
	return counts;
}

bool item_is_wanted(const struct route_item *it)
{
	return it->status == ROUTE_MISSING || it->status == ROUTE_INSTALLED ||
	       it->status == ROUTE_BLOCKED || it->status == ROUTE_FAILED;
}

/* One of two that the kernel could not tell apart, and the other came first. */
static void item_shadow(struct route_item *it, const struct route_item *first)
{
	if (it->peer == NO_INDEX && first->peer != NO_INDEX) {
		it->status = ROUTE_COVERED;
		it->why = word_of("a peer has the same prefix");
	} else {
		it->status = ROUTE_SHADOWED;
		it->why = word_of("another interface has the same prefix");
	}
}

void items_shadow(struct route_item *it, const struct route_item *end)
{
	const struct route_item *first = NULL;

	for (; it < end; it++) {
		if (it->status != ROUTE_MISSING)
			continue;
		if (first && !route_key_cmp(&first->route, &it->route))
			item_shadow(it, first);
		else
			first = it;
	}
}

static const struct peer *item_peer(const struct state *s, const struct route_item *it)
{
	return it->peer == NO_INDEX ? NULL : &s->devices.at[it->device].peers.at[it->peer];
}

/* Of items with one prefix: does a standby on another interface serve it now? */
static bool served_by_second(const struct route_item *it, const struct route_item *end,
			     const struct state *s)
{
	for (; it < end; it++) {
		const struct peer *p = item_peer(s, it);

		if (p && p->second && it->status == ROUTE_MISSING)
			return true;
	}
	return false;
}

/* The routes of a peer whose standby on another interface has taken over go, where it has them. */
static void relieve(struct route_items *items, const struct state *s)
{
	struct route_item *end = items->at + items->len, *next;

	for (struct route_item *first = items->at; first < end; first = next) {
		for (next = first; next < end && first->route.table == next->route.table &&
				   !prefix_cmp(&first->route.dst, &next->route.dst);)
			next++;
		for (struct route_item *it = first; it < next; it++) {
			const struct peer *p = item_peer(s, it);

			if (!p || !p->relieved || it->status != ROUTE_MISSING ||
			    !served_by_second(first, next, s))
				continue;
			it->status = ROUTE_WITHDRAWN;
			it->why = word_of("its standby on another interface has taken over");
		}
	}
}

static void find_covered(struct route_items *items, const struct state *s)
{
	struct nesting all = {0};
	struct routes nets = {0};

	vec_each(&s->foreign, r)
		if (r->table != RT_TABLE_LOCAL)
			vec_add(&all)->route = r;
	if (all.len)
		nesting_connected(&nets, s);
	vec_each(&nets, r)
		vec_add(&all)->route = r;
	if (all.len) {
		vec_each(items, it) {
			if (it->status == ROUTE_MISSING)
				*vec_add(&all) = (struct nested){&it->route, it};
		}
		nesting_judge(&all);
	}
	vec_free(&all);
	vec_free(&nets);
}

void routes_desired(struct route_items *out, const struct state *s, const struct config *c)
{
	(void)c;
	out->len = 0;
	for (uint32_t i = 0; i < s->devices.len; i++) {
		const struct device *d = &s->devices.at[i];

		for (uint32_t j = 0; j < d->peers.len; j++)
			peer_items(out, s, i, j);
		supernet_items(out, s, i);
	}
	policy_judge(out, s);
	vec_sort(out, item_cmp);
	relieve(out, s);
	items_shadow(out->at, out->at + out->len);
	find_covered(out, s);
	if (underlay_items(out, s))
		vec_sort(out, item_cmp);
}
