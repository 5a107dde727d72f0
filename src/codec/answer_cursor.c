// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a long answer goes on. What came or went since the part before makes nothing appear twice,
 * and nobody missing but what came or went: the place among peers is known by those around it, so
 * that some of them may go.
 */
#include "answer_cursor.h"

#include <string.h>

/* The first device that is not done, and the first of its peers. */
static uint32_t cursor_device(const struct answer_cursor *c, const struct state *s)
{
	uint32_t i = 0;

	while (i < s->devices.len && s->devices.at[i].ifindex < c->ifindex)
		i++;
	return i;
}

/* Where the peer is now, nearest to where it was; UINT32_MAX: nowhere. */
static uint32_t place_near(const struct device *d, uint32_t at, const struct key *key)
{
	uint32_t n = d->peers.len;

	at = at < n ? at : n;
	for (uint32_t i = 0; i < n; i++) {
		if (i < at && !key_cmp(&d->peers.at[at - 1 - i].wg.key, key))
			return at - 1 - i;
		if (i < n - at && !key_cmp(&d->peers.at[at + i].wg.key, key))
			return at + i;
	}
	return UINT32_MAX;
}

/* One of those that were around the place is there still, or the list is another one. */
static uint32_t cursor_regain(const struct answer_cursor *c, const struct device *d)
{
	for (uint32_t i = 0; i < CURSOR_NEAR; i++) {
		uint32_t to = i < c->afters ? place_near(d, c->next, &c->after[i]) : UINT32_MAX;

		if (to != UINT32_MAX)
			return to;
		to = i < c->befores ? place_near(d, c->next, &c->before[i]) : UINT32_MAX;
		if (to != UINT32_MAX)
			return to + 1;
	}
	return c->next < d->peers.len ? c->next : d->peers.len;
}

static uint32_t cursor_peer(const struct answer_cursor *c, const struct device *d)
{
	if (d->ifindex != c->ifindex || !c->next)
		return 0;
	return d->structure == c->structure ? c->next : cursor_regain(c, d);
}

static void cursor_set(struct answer_cursor *c, const struct device *d, uint32_t next)
{
	c->ifindex = d->ifindex;
	c->structure = d->structure;
	c->next = next;
	c->befores = c->afters = 0;
	while (c->befores < CURSOR_NEAR && c->befores < next) {
		c->before[c->befores] = d->peers.at[next - 1 - c->befores].wg.key;
		c->befores++;
	}
	while (c->afters < CURSOR_NEAR && next + c->afters < d->peers.len) {
		c->after[c->afters] = d->peers.at[next + c->afters].wg.key;
		c->afters++;
	}
}

void cursor_rewind(struct answer_cursor *c)
{
	c->ifindex = 0;
	c->next = 0;
}

bool cursor_peers(struct answer_cursor *c, const struct state *s, const char *ifname,
		  uint32_t *left, struct peer_run *run)
{
	for (uint32_t i = cursor_device(c, s); *left && i < s->devices.len; i++) {
		const struct device *d = &s->devices.at[i];
		uint32_t from = cursor_peer(c, d), to = d->peers.len;

		if (from == to || (*ifname && strcmp(ifname, d->name) != 0))
			continue;
		if (to - from > *left)
			to = from + *left;
		*left -= to - from;
		cursor_set(c, d, to);
		*run = (struct peer_run){i, from, to};
		return true;
	}
	return false;
}

uint32_t cursor_item(const struct answer_cursor *c, const struct route_items *items)
{
	uint32_t i;

	if (!c->route.dst.addr.family)
		return 0;
	i = vec_from(items, &c->route, route_key_cmp);
	while (i < items->len && !route_key_cmp(&items->at[i].route, &c->route))
		i++;
	return i;
}
