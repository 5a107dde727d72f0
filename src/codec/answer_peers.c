// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `peers` and `peer`: what is known of each peer, in the kernel's order.
 *
 * With ten thousand peers this is the biggest answer there is, so nothing here searches: the route
 * items of a part are sorted by peer once and walked side by side with the peers.
 */
#include <string.h>

#include "answer_put.h"
#include "model/netmap.h"

#define PEER_EVENTS 20 /* of its own, that `peer` shows */

static int item_place_cmp(const struct route_item *a, const struct route_item *b)
{
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	return 0;
}

static int peer_routes_cmp(const void *a, const void *b)
{
	const struct route_item *x = *(const struct route_item *const *)a;
	const struct route_item *y = *(const struct route_item *const *)b;
	int cmp = item_place_cmp(x, y);

	if (cmp)
		return cmp;
	return x < y ? -1 : x > y; /* as they stand in the list */
}

void peer_routes_begin(struct peer_routes *out, const struct route_items *items, uint32_t device,
		       uint32_t from, uint32_t to)
{
	*out = (struct peer_routes){0};
	vec_each(items, item)
		if (item->device == device && item->peer >= from && item->peer < to)
			*vec_add(&out->items) = item;
	vec_sort(&out->items, peer_routes_cmp);
}

void peer_routes_end(struct peer_routes *routes)
{
	vec_free(&routes->items);
}

static json_t *peer_route_json(const struct route_item *item)
{
	json_t *o = json_object();

	put_prefix(o, "prefix", &item->route.dst);
	put_table(o, "table", item->route.table);
	put_int(o, "metric", item->route.metric);
	put_text(o, "status", route_status_name(item->status));
	put_text(o, "reason", item->why);
	return o;
}

/* The routes of one peer; the next call is for a later one. */
static json_t *peer_routes_json(struct peer_routes *routes, uint32_t device, uint32_t peer)
{
	struct route_item self = {.device = device, .peer = peer};
	json_t *list = json_array();
	uint32_t *i = &routes->next;

	while (*i < routes->items.len && item_place_cmp(routes->items.at[*i], &self) < 0)
		++*i;
	for (; *i < routes->items.len && !item_place_cmp(routes->items.at[*i], &self); ++*i)
		json_array_append_new(list, peer_route_json(routes->items.at[*i]));
	return list;
}

static json_t *allowed_ips_json(const struct device *d, const struct peer *p)
{
	json_t *list = json_array();
	char buf[PREFIX_STRLEN];

	for (uint32_t i = 0; i < p->wg.aips; i++)
		json_array_append_new(list, json_string(prefix_format(peer_aips(d, p) + i, buf)));
	return list;
}

static json_t *networks_json(const struct device *d, const struct peer *p)
{
	struct peer_networks walk = {.device = d, .peer = p};
	json_t *list = json_array();
	char buf[PREFIX_STRLEN];
	struct prefix net;

	while (peer_networks_next(&walk, &net))
		json_array_append_new(list, json_string(prefix_format(&net, buf)));
	return list;
}

static json_t *netmaps_json(const struct peer *p)
{
	json_t *list = json_array();

	if (!p->conf)
		return list;
	vec_each(&p->conf->netmaps, map) {
		json_t *o = json_object();

		put_prefix(o, "inside", &map->inside);
		put_prefix(o, "outside", &map->outside);
		json_array_append_new(list, o);
	}
	return list;
}

void put_endpoint_fields(json_t *o, const struct answer_view *v, const struct device *d,
			 const struct peer *p)
{
	const struct endpoint_spec *spec = peer_endpoint_spec(p);
	bool named = spec && spec->kind != ENDPOINT_ADDRESS;
	bool has = p->wg.endpoint.addr.family != 0;

	put_endpoint(o, "endpoint", &p->wg.endpoint);
	put_text(o, "endpoint_source",
		 has ? endpoint_source_name((enum endpoint_source)p->source) : NULL);
	put_text(o, "endpoint_host", named ? spec->host : NULL);
	put_path(o, v, d, p);
}

static void put_life_fields(json_t *o, const struct peer *p, msec now)
{
	msec quiet = life_unanswered_for(&p->life, now);

	put_text(o, "state", life_state_name(p->life.state));
	put_age(o, "state_age_s", p->life.since, now);
	put_age(o, "handshake_age_s", p->life.handshake, now);
	put_age(o, "proof_age_s", p->life.proof, now);
	put(o, "unanswered_s", quiet ? json_integer(quiet / 1000) : NULL);
	put_int(o, "rx_bytes", p->wg.rx);
	put_int(o, "tx_bytes", p->wg.tx);
}

json_t *peer_head_json(const struct device *d, const struct peer *p)
{
	char key[KEY_STRLEN], label[KEY_STRLEN];
	json_t *o = json_object();

	put_text(o, "interface", d->name);
	put_text(o, "name", peer_name(p));
	put_text(o, "label", peer_label(p, label));
	put_text(o, "public_key", key_format(&p->wg.key, key));
	return o;
}

json_t *peer_json(const struct answer_view *v, const struct device *d, const struct peer *p)
{
	json_t *o = peer_head_json(d, p);

	put_text(o, "zone", peer_zone(p));
	put_life_fields(o, p, v->at.now);
	put_endpoint_fields(o, v, d, p);
	put_int(o, "keepalive_s", p->wg.keepalive);
	put_text(o, "keepalive_reason", p->keepalive_reason);
	put_int(o, "repairs", p->attempt);
	put(o, "allowed_ips", allowed_ips_json(d, p));
	put_standby_fields(o, v, d, p);
	put(o, "forwarded", peer_forwarded_json(v, d, p));
	put(o, "networks", networks_json(d, p));
	put(o, "netmap", netmaps_json(p));
	return o;
}

json_t *peer_and_routes_json(const struct answer_view *v, uint32_t device, uint32_t peer,
			     struct peer_routes *routes)
{
	const struct device *d = &v->state->devices.at[device];
	json_t *o = peer_json(v, d, &d->peers.at[peer]);

	put(o, "routes", peer_routes_json(routes, device, peer));
	return o;
}

static bool peer_is(const struct peer *p, const char *text, const struct key *key)
{
	const char *name = peer_name(p);
	char label[KEY_STRLEN];

	if (key)
		return !key_cmp(&p->wg.key, key);
	return (name && !strcmp(name, text)) || !strcmp(peer_label(p, label), text);
}

bool peer_place_find(struct peer_place *out, const struct state *s, const char *name_or_key)
{
	struct key key;
	bool is_key = key_parse(&key, name_or_key) == 0;

	for (uint32_t i = 0; i < s->devices.len; i++) {
		const struct device *d = &s->devices.at[i];

		for (uint32_t j = 0; j < d->peers.len; j++) {
			if (!peer_is(&d->peers.at[j], name_or_key, is_key ? &key : NULL))
				continue;
			*out = (struct peer_place){d, &d->peers.at[j], i, j};
			return true;
		}
	}
	return false;
}

/* The addresses its name has, for whoever asks why this endpoint and not another. */
static json_t *candidates_json(const struct answer_view *v, const struct peer *p)
{
	const struct endpoint_spec *spec = peer_endpoint_spec(p);
	bool named = spec && spec->kind != ENDPOINT_ADDRESS;
	const struct name *n = named ? names_find(v->names, spec->host) : NULL;
	struct addr addrs[2 * NET_MAX_ADDRS];
	uint32_t count = n ? name_addrs(n, addrs, 2 * NET_MAX_ADDRS) : 0;
	json_t *list = json_array();
	char buf[ADDR_STRLEN];

	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(addr_format(&addrs[i], buf)));
	return list;
}

/* Its last events, oldest first. */
static json_t *story_json(const struct answer_view *v, const struct peer *p)
{
	const struct event_ring *ring = v->events;
	char buf[KEY_STRLEN];
	const char *label = peer_label(p, buf);
	json_t *list = json_array();

	for (uint64_t seq = ring->last; seq && json_array_size(list) < PEER_EVENTS; seq--) {
		const struct event *e = event_ring_get(ring, seq);

		if (!e)
			break;
		if (!strcmp(e->peer, label))
			json_array_insert_new(list, 0, answer_event(e));
	}
	return list;
}

json_t *answer_peer(const struct answer_view *v, const char *name_or_key)
{
	struct peer_routes routes;
	struct peer_place at;
	json_t *o;

	if (!peer_place_find(&at, v->state, name_or_key))
		return NULL;
	peer_routes_begin(&routes, v->routes, at.device_index, at.peer_index, at.peer_index + 1);
	o = peer_and_routes_json(v, at.device_index, at.peer_index, &routes);
	peer_routes_end(&routes);
	put(o, "candidates", candidates_json(v, at.peer));
	put_endpoint(o, "endpoint_set", &at.peer->written);
	put_age(o, "endpoint_set_age_s", at.peer->written_at, v->at.now);
	put_until(o, "repair_in_s", at.peer->retry_at, v->at.now);
	put(o, "events", story_json(v, at.peer));
	return o;
}
