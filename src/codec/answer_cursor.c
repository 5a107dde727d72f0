// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a long answer goes on. What came or went since the part before makes nothing appear twice;
 * what came may be missing.
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

static uint32_t cursor_peer(const struct answer_cursor *c, const struct device *d)
{
	if (d->ifindex != c->ifindex || !c->next)
		return 0;
	if (d->structure == c->structure)
		return c->next;
	for (uint32_t i = 0; i < d->peers.len; i++)
		if (!key_cmp(&d->peers.at[i].wg.key, &c->key))
			return i + 1;
	return c->next < d->peers.len ? c->next : d->peers.len;
}

static void cursor_set(struct answer_cursor *c, const struct device *d, uint32_t next)
{
	c->ifindex = d->ifindex;
	c->structure = d->structure;
	c->next = next;
	c->key = d->peers.at[next - 1].wg.key;
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
	uint32_t low = 0, high = items->len;

	if (!c->route.dst.addr.family)
		return 0;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (route_key_cmp(&items->at[mid].route, &c->route) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
