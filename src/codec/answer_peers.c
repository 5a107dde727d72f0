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

void peer_routes_begin(struct peer_routes *out, const struct route_items *items,
		       const struct peer_run *run)
{
	*out = (struct peer_routes){0};
	vec_each(items, item)
		if (item->device == run->device && item->peer >= run->from && item->peer < run->to)
			*vec_add(&out->items) = item;
	vec_sort(&out->items, peer_routes_cmp);
}

void peer_routes_end(struct peer_routes *routes)
{
	vec_free(&routes->items);
}

static void put_peer_route(struct str *o, const struct route_item *item)
{
	put_object(o, NULL);
	put_prefix(o, "prefix", &item->route.dst);
	put_table(o, "table", item->route.table);
	put_int(o, "metric", item->route.metric);
	put_text(o, "status", route_status_name(item->status));
	put_text(o, "reason", item->why);
	put_object_end(o);
}

/* The routes of one peer; the next call is for a later one. */
static void put_peer_routes(struct str *o, const char *key, struct peer_routes *routes,
			    uint32_t device, uint32_t peer)
{
	struct route_item self = {.device = device, .peer = peer};
	uint32_t *i = &routes->next;

	while (*i < routes->items.len && item_place_cmp(routes->items.at[*i], &self) < 0)
		++*i;
	put_list(o, key);
	for (; *i < routes->items.len && !item_place_cmp(routes->items.at[*i], &self); ++*i)
		put_peer_route(o, routes->items.at[*i]);
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
	put_text(o, "keepalive_reason", p->keepalive_reason);
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
	put_peer_routes(o, "routes", routes, device, peer);
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
	struct peer_run run;

	if (!peer_place_find(&at, v->state, name_or_key))
		return false;
	run = (struct peer_run){at.device_index, at.peer_index, at.peer_index + 1};
	peer_routes_begin(&routes, v->routes, &run);
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
