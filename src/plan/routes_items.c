// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wanted, one by one: every allowed-IP (or what NETMAP makes of it) and every supernet
 * becomes an item, and is judged by what is known of its own interface and peer.
 */
#include <linux/rtnetlink.h>

#include "model/netmap.h"
#include "plan/overlaps.h"
#include "plan/policy.h"
#include "plan/standby.h"
#include "routes_build.h"

/* What metric 0 becomes in the kernel. */
static uint32_t metric_of(uint8_t family, uint32_t metric)
{
	return family == AF_INET6 && !metric ? ROUTE_METRIC_IPV6 : metric;
}

static struct route route_new(const struct prefix *dst, const struct routes_conf *conf)
{
	struct route r = {.dst = *dst,
			  .table = conf->table,
			  .metric = conf->metric,
			  .protocol = ROUTE_PROTOCOL,
			  .type = RTN_UNICAST};

	r.metric = metric_of(dst->addr.family, conf->metric);
	route_set_source(&r, dst->addr.family == AF_INET ? &conf->source4 : &conf->source6);
	return r;
}

/* What Table= of whoever made the interface means here, unless the table was configured. */
static bool imported_off(const struct device *d, const struct routes_conf *conf)
{
	return !conf->table_set && d->imported && d->imported->routes == IMPORT_ROUTES_OFF;
}

static uint32_t table_for(const struct device *d, const struct routes_conf *conf)
{
	if (!conf->table_set && d->imported && d->imported->routes == IMPORT_ROUTES_TABLE)
		return d->imported->table;
	return conf->table;
}

/* Dead, or one that never called and that cannot be called: what is announced would go nowhere. */
static bool peer_is_gone(const struct peer *p)
{
	return p->life.state == LIFE_DEAD ||
	       (p->life.state == LIFE_NEVER && !p->wg.endpoint.addr.family);
}

static void peer_judge(struct route_item *it, const struct state *s, const struct device *d,
		       const struct peer *p, const struct routes_conf *conf)
{
	it->status = ROUTE_MISSING;
	if (!conf->enabled) {
		it->status = ROUTE_OFF;
		it->why = word_of("routes are off");
	} else if (imported_off(d, conf)) {
		it->status = ROUTE_OFF;
		it->why = word_of("Table = off where the interface is configured");
	} else if (!it->route.dst.len && conf->default_route == DEFAULT_ROUTE_OFF) {
		it->status = ROUTE_OFF;
		it->why = word_of("default_route is off");
	} else if (!d->up) {
		it->status = ROUTE_DOWN;
		it->why = word_of("the interface is down");
	} else if (it->mark && d->settling) {
		it->status = ROUTE_DOWN;
		it->why = word_of("whoever made the interface may be about to do it");
	} else if (conf->withdraw_dead && peer_is_gone(p)) {
		it->status = ROUTE_WITHDRAWN;
		it->why = word_of(p->life.state == LIFE_DEAD ? "the peer is dead"
							     : "the peer has never called");
	} else if (route_source(&it->route)->family &&
		   !state_has_addr(s, route_source(&it->route))) {
		it->why = word_of("waiting for the source address");
		it->status = ROUTE_WAITING;
	}
}

static void item_mark(struct route_item *it, const struct state *s, const struct device *d)
{
	it->mark = policy_mark(s, d);
	it->route.table = policy_table(it->mark);
}

/* Behind the routes of the peer on another interface that it stands by for. */
static void item_second(struct route_item *it, const struct peer *p)
{
	uint32_t first = metric_of(it->route.dst.addr.family, peer_care(p)->second_to);

	if (it->route.metric < first)
		it->route.metric = first;
	it->route.metric += STANDBY_METRIC;
}

void item_add(struct route_items *out, const struct state *s, uint32_t device, uint32_t peer,
	      const struct prefix *net)
{
	const struct device *d = &s->devices.at[device];
	const struct peer *p = &d->peers.at[peer];
	const struct routes_conf *conf = peer_routes(d, p);
	struct route_item *it = vec_add(out);

	it->route = route_new(net, conf);
	it->route.table = table_for(d, conf);
	it->route.oif = d->ifindex;
	if (p->second)
		item_second(it, p);
	if (net->addr.family == AF_INET)
		it->route.scope = conf->scope;
	it->device = device;
	it->peer = peer;
	if (!net->len && policy_wanted(d, conf))
		item_mark(it, s, d);
	peer_judge(it, s, d, p, conf);
}

void peer_items(struct route_items *out, const struct state *s, uint32_t device, uint32_t peer)
{
	const struct device *d = &s->devices.at[device];
	struct peer_networks walk = {.device = d, .peer = &d->peers.at[peer]};
	struct prefix net;

	while (peer_networks_next(&walk, &net))
		item_add(out, s, device, peer, &net);
}

static void supernet_judge(struct route_item *it, const struct state *s,
			   const struct routes_conf *conf)
{
	struct overlap o;

	it->status = ROUTE_MISSING;
	if (!conf->enabled) {
		it->status = ROUTE_OFF;
		it->why = word_of("routes are off");
	} else if (overlap_of_supernet(&o, s, &it->route.dst)) {
		it->status = ROUTE_REFUSED;
		it->why = word_of(o.network ? "it overlaps with a network that this host is in"
					    : "it covers the endpoint of a peer");
	}
}

static struct route supernet_route(const struct device *d, const struct unreachable *u)
{
	struct route r = route_new(&u->prefix, &d->conf->routes);

	r.table = table_for(d, &d->conf->routes);
	r.type = ROUTE_TYPE(u->type);
	r.way = 0;
	return r;
}

/* The same supernet of two interfaces is one, and not worth a word. */
static bool is_repeated(const struct state *s, uint32_t device, const struct route *r)
{
	for (uint32_t i = 0; i < device; i++) {
		const struct device *d = &s->devices.at[i];

		if (!d->conf->routes.enabled)
			continue;
		vec_each(&d->conf->routes.unreachable, u) {
			struct route first = supernet_route(d, u);

			if (!route_cmp(&first, r))
				return true;
		}
	}
	return false;
}

void supernet_items(struct route_items *out, const struct state *s, uint32_t device)
{
	const struct device *d = &s->devices.at[device];
	const struct routes_conf *conf = &d->conf->routes;

	vec_each(&conf->unreachable, u) {
		struct route r = supernet_route(d, u);
		struct route_item *it;

		if (conf->enabled && is_repeated(s, device, &r))
			continue;
		it = vec_add(out);
		it->route = r;
		it->device = device;
		it->peer = NO_INDEX;
		supernet_judge(it, s, conf);
	}
}

void item_judge(struct route_item *it, const struct state *s)
{
	const struct device *d = &s->devices.at[it->device];

	it->why = 0;
	it->error = 0;
	if (it->peer == NO_INDEX) {
		supernet_judge(it, s, &d->conf->routes);
	} else {
		const struct peer *p = &d->peers.at[it->peer];

		peer_judge(it, s, d, p, peer_routes(d, p));
	}
}
