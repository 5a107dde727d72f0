// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Long answers in parts: with ten thousand peers an answer is megabytes and a fifth of a second,
 * and nothing else would be done meanwhile. Each part is made when the client has taken the one
 * before, from what is known then; where it goes on is found by key, so that what came or went in
 * between makes nothing appear twice.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "answer_put.h"

#define PEERS_A_PART  64 /* about two milliseconds on an old machine */
#define ROUTES_A_PART 512

bool answer_is_long(enum request_kind k)
{
	return k == REQUEST_PEERS || k == REQUEST_PATHS || k == REQUEST_ROUTES;
}

static int str_sink(const char *bytes, size_t n, void *out)
{
	str_add_bytes(out, bytes, n);
	return 0;
}

static void element_add(struct str *out, struct answer_cursor *c, json_t *element)
{
	if (c->told++)
		str_add_bytes(out, ",", 1);
	json_dump_callback(element, str_sink, out, JSON_COMPACT);
	json_decref(element);
}

/* The first device that is not done, and the first of its peers. */
static uint32_t cursor_device(const struct state *s, const struct answer_cursor *c)
{
	uint32_t i = 0;

	while (i < s->devices.len && s->devices.at[i].ifindex < c->ifindex)
		i++;
	return i;
}

static uint32_t cursor_peer(const struct device *d, const struct answer_cursor *c)
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
	if (next)
		c->key = d->peers.at[next - 1].wg.key;
}

static void peers_add(struct str *out, const struct answer_view *v, const struct request *r,
		      struct answer_cursor *c, uint32_t device, uint32_t from, uint32_t to)
{
	struct peer_routes routes;

	peer_routes_begin(&routes, v->routes, device, from, to);
	for (uint32_t i = from; i < to; i++)
		element_add(out, c,
			    r->kind == REQUEST_PATHS ? path_json(v, device, i)
						     : peer_and_routes_json(v, device, i, &routes));
	peer_routes_end(&routes);
}

/* False at the end. */
static bool peers_part(struct str *out, const struct answer_view *v, const struct request *r,
		       struct answer_cursor *c)
{
	uint32_t left = PEERS_A_PART;

	for (uint32_t i = cursor_device(v->state, c); i < v->state->devices.len; i++) {
		const struct device *d = &v->state->devices.at[i];
		uint32_t from = cursor_peer(d, c), to = d->peers.len;

		if (*r->arg && strcmp(r->arg, d->name))
			continue;
		if (to - from > left)
			to = from + left;
		peers_add(out, v, r, c, i, from, to);
		cursor_set(c, d, to);
		left -= to - from;
		if (to < d->peers.len)
			return true;
	}
	return false;
}

/* The first item behind the last one that was told. */
static uint32_t cursor_item(const struct route_items *items, const struct answer_cursor *c)
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

/* A part ends between two keys, never between two items that share one. */
static bool routes_part(struct str *out, const struct answer_view *v, struct answer_cursor *c)
{
	const struct route_items *items = v->routes;
	uint32_t from = cursor_item(items, c), i = from;

	for (; i < items->len; i++) {
		if (i - from >= ROUTES_A_PART &&
		    route_key_cmp(&items->at[i].route, &items->at[i - 1].route))
			break;
		element_add(out, c, route_item_json(v, &items->at[i]));
		c->route = items->at[i].route;
	}
	if (i < items->len)
		return true;
	vec_each(&v->state->routes, have)
		if (route_is_surplus(v, have))
			element_add(out, c, route_surplus_json(v, have));
	return false;
}

static bool iface_exists(const struct answer_view *v, const char *name)
{
	vec_each(&v->state->devices, d)
		if (!strcmp(d->name, name))
			return true;
	return false;
}

bool answer_part(struct str *out, const struct answer_view *v, const struct request *r,
		 struct answer_cursor *c)
{
	static const char head[] = "{\"ok\":true,\"result\":[", tail[] = "]}\n";
	bool more;

	if (!c->begun && r->kind == REQUEST_PEERS && *r->arg && !iface_exists(v, r->arg)) {
		answer_ok(out, NULL);
		return false;
	}
	if (!c->begun)
		str_add_bytes(out, head, sizeof(head) - 1);
	c->begun = true;
	more = r->kind == REQUEST_ROUTES ? routes_part(out, v, c) : peers_part(out, v, r, c);
	if (!more)
		str_add_bytes(out, tail, sizeof(tail) - 1);
	return more;
}
