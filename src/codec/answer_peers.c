// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `peers` and `peer`: what is known of each peer, in the kernel's order.
 *
 * With ten thousand peers this is the biggest answer there is, so nothing here goes through all the
 * routes: those of a peer are looked up by its networks.
 */
#include <string.h>

#include "answer_put.h"
#include "model/netmap.h"
#include "plan/keepalive.h"

#define PEER_EVENTS 20 /* of its own, that `peer` shows */

static int item_order(const void *a, const void *b)
{
	const struct route_item *x = *(const struct route_item *const *)a;
	const struct route_item *y = *(const struct route_item *const *)b;

	return x < y ? -1 : x > y; /* as they stand in the list */
}

void peer_routes_begin(struct peer_routes *out, const struct route_items *items)
{
	const struct route_item *it = items->at, *end = items->at + items->len;
	const struct prefix first = {.len = 0};

	*out = (struct peer_routes){.items = items};
	while (it < end) {
		uint32_t table = it->route.table;

		*vec_add(&out->tables) = table;
		if (table == UINT32_MAX)
			break;
		it = routes_from(items, table + 1, &first);
	}
}

void peer_routes_end(struct peer_routes *routes)
{
	vec_free(&routes->tables);
	vec_free(&routes->found);
}

/* What the peer has of one prefix, in any table. */
static void routes_find(struct peer_routes *routes, uint32_t device, uint32_t peer,
			const struct prefix *p)
{
	const struct route_items *items = routes->items;

	vec_each(&routes->tables, table) {
		const struct route_item *it = routes_from(items, *table, p);

		for (; it < items->at + items->len && it->route.table == *table &&
		       !prefix_cmp(&it->route.dst, p);
		     it++)
			if (it->device == device && it->peer == peer)
				*vec_add(&routes->found) = it;
	}
}

/* A route of a peer leads to one of its networks, or to its endpoint. */
static void routes_find_all(struct peer_routes *routes, const struct device *d, uint32_t device,
			    uint32_t peer)
{
	const struct peer *p = &d->peers.at[peer];
	struct peer_networks walk = {.device = d, .peer = p};
	const struct addr *both[] = {&p->wg.endpoint.addr, &peer_care(p)->coming.addr};
	struct prefix net;

	routes->found.len = 0;
	while (peer_networks_next(&walk, &net))
		routes_find(routes, device, peer, &net);
	for (int i = 0; i < 2; i++) {
		net = prefix_from(both[i], (uint8_t)addr_bits(both[i]));
		if (both[i]->family)
			routes_find(routes, device, peer, &net);
	}
	vec_sort(&routes->found, item_order);
}

static void put_peer_route(struct str *o, const struct route_item *item)
{
	put_object(o, NULL);
	put_prefix(o, "prefix", &item->route.dst);
	put_table(o, "table", item->route.table);
	put_int(o, "metric", item->route.metric);
	put_text(o, "status", route_status_name(item->status));
	put_text(o, "reason", word_text(item->why));
	put_object_end(o);
}

static void put_peer_routes(struct str *o, const char *key, struct peer_routes *routes,
			    const struct device *d, uint32_t device, uint32_t peer)
{
	const struct route_item *last = NULL;

	routes_find_all(routes, d, device, peer);
	put_list(o, key);
	vec_each(&routes->found, item) {
		if (*item != last)
			put_peer_route(o, *item);
		last = *item;
	}
	put_list_end(o);
}

static void put_allowed_ips(struct str *o, const char *key, const struct device *d,
			    const struct peer *p)
{
	put_list(o, key);
	for (uint32_t i = 0; i < p->wg.aips; i++)
		put_prefix(o, NULL, peer_aips(d, p) + i);
	put_list_end(o);
}

static void put_networks(struct str *o, const char *key, const struct device *d,
			 const struct peer *p)
{
	struct peer_networks walk = {.device = d, .peer = p};
	struct prefix net;

	put_list(o, key);
	while (peer_networks_next(&walk, &net))
		put_prefix(o, NULL, &net);
	put_list_end(o);
}

static void put_netmaps(struct str *o, const char *key, const struct peer *p)
{
	const struct netmaps none = {0}, *maps = p->conf ? &p->conf->netmaps : &none;

	put_list(o, key);
	vec_each(maps, map) {
		put_object(o, NULL);
		put_prefix(o, "inside", &map->inside);
		put_prefix(o, "outside", &map->outside);
		put_object_end(o);
	}
	put_list_end(o);
}

void put_endpoint_fields(struct str *o, const struct answer_view *v, const struct device *d,
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

static void put_life_fields(struct str *o, const struct peer *p, msec now)
{
	msec quiet = life_unanswered_for(&p->life, now);

	put_text(o, "state", life_state_name(p->life.state));
	put_age(o, "state_age_s", p->life.since, now);
	put_age(o, "handshake_age_s", p->life.handshake, now);
	put_age(o, "proof_age_s", p->life.proof, now);
	put_known(o, "unanswered_s", quiet != 0, (uint64_t)quiet / 1000);
	put_int(o, "rx_bytes", p->wg.rx);
	put_int(o, "tx_bytes", p->wg.tx);
}

void put_peer_head(struct str *o, const struct device *d, const struct peer *p)
{
	char key[KEY_STRLEN], label[KEY_STRLEN];

	put_text(o, "interface", d->name);
	put_text(o, "name", peer_name(p));
	put_text(o, "label", peer_label(p, label));
	put_text(o, "public_key", key_format(&p->wg.key, key));
}

void put_peer_fields(struct str *o, const struct answer_view *v, const struct device *d,
		     const struct peer *p)
{
	put_peer_head(o, d, p);
	put_text(o, "zone", peer_zone(p));
	put_life_fields(o, p, v->at.now);
	put_endpoint_fields(o, v, d, p);
	put_int(o, "keepalive_s", p->wg.keepalive);
	put_text(o, "keepalive_reason", keepalive_reason_text(p->keepalive_reason));
	put_int(o, "repairs", peer_care(p)->attempt);
	put_allowed_ips(o, "allowed_ips", d, p);
	put_standby_fields(o, v, d, p);
	put_peer_forwarded(o, "forwarded", v, d, p);
	put_networks(o, "networks", d, p);
	put_netmaps(o, "netmap", p);
}

static void put_peer_and_routes(struct str *o, const struct answer_view *v, uint32_t device,
				uint32_t peer, struct peer_routes *routes)
{
	const struct device *d = &v->state->devices.at[device];

	put_peer_fields(o, v, d, &d->peers.at[peer]);
	put_peer_routes(o, "routes", routes, d, device, peer);
}

void put_peer(struct str *o, const struct answer_view *v, uint32_t device, uint32_t peer,
	      struct peer_routes *routes)
{
	put_object(o, NULL);
	put_peer_and_routes(o, v, device, peer, routes);
	put_object_end(o);
}

static bool peer_is(const struct peer *p, const char *text, const struct key *key)
{
	const char *name = peer_name(p);
	char label[KEY_STRLEN];

	if (key)
		return !key_cmp(&p->wg.key, key);
	return !strcmp(name ? name : peer_label(p, label), text);
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
static void put_candidates(struct str *o, const char *key, const struct answer_view *v,
			   const struct peer *p)
{
	const struct endpoint_spec *spec = peer_endpoint_spec(p);
	bool named = spec && spec->kind != ENDPOINT_ADDRESS;
	const struct name *n = named ? names_find(v->names, spec->host) : NULL;
	struct addr addrs[2 * NET_MAX_ADDRS];
	uint32_t count = n ? name_addrs(n, addrs, 2 * NET_MAX_ADDRS) : 0;

	put_list(o, key);
	for (uint32_t i = 0; i < count; i++)
		put_addr(o, NULL, &addrs[i]);
	put_list_end(o);
}

/* Its last events, oldest first. */
static void put_story(struct str *o, const char *key, const struct answer_view *v,
		      const struct peer *p)
{
	const struct event_ring *ring = v->events;
	const struct event *last[PEER_EVENTS], *e;
	char buf[KEY_STRLEN];
	const char *label = peer_label(p, buf);
	unsigned int n = 0;

	for (uint64_t seq = ring->last; seq && n < PEER_EVENTS; seq--) {
		e = event_ring_get(ring, seq);
		if (!e)
			break;
		if (!strcmp(e->peer, label))
			last[n++] = e;
	}
	put_list(o, key);
	while (n)
		answer_event(o, last[--n]);
	put_list_end(o);
}

bool answer_peer(struct str *o, const struct answer_view *v, const char *name_or_key)
{
	struct peer_routes routes;
	struct peer_place at;

	if (!peer_place_find(&at, v->state, name_or_key))
		return false;
	peer_routes_begin(&routes, v->routes);
	put_object(o, NULL);
	put_peer_and_routes(o, v, at.device_index, at.peer_index, &routes);
	peer_routes_end(&routes);
	put_candidates(o, "candidates", v, at.peer);
	put_endpoint(o, "endpoint_set", &peer_care(at.peer)->written);
	put_age(o, "endpoint_set_age_s", peer_care(at.peer)->written_at, v->at.now);
	put_until(o, "repair_in_s", peer_care(at.peer)->retry_at, v->at.now);
	put_story(o, "events", v, at.peer);
	put_object_end(o);
	return true;
}
