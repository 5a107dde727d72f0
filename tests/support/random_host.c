// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random hosts, and the naive kernel that they have.
 */
#include "support/random_host.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "support/test.h"

/* --- the naive kernel --------------------------------------------------------------------- */

/* Field by field: what the planner compares with is what is being tested. */
bool same_route(const struct route *a, const struct route *b)
{
	return a == b || (a && b && a->table == b->table && !prefix_cmp(&a->dst, &b->dst) &&
			  a->metric == b->metric && a->tos == b->tos && a->oif == b->oif &&
			  a->type == b->type && a->protocol == b->protocol &&
			  !addr_cmp(route_source(a), route_source(b)) &&
			  !addr_cmp(route_gateway(a), route_gateway(b)));
}

/* The kernel has one route for a table, prefix, metric and TOS (we never append). */
struct route *table_find(struct table *t, const struct route *key)
{
	vec_each(&t->all, r)
		if (r->table == key->table && !prefix_cmp(&r->dst, &key->dst) &&
		    r->metric == key->metric && r->tos == key->tos)
			return r;
	return NULL;
}

/* What NLM_F_CREATE | NLM_F_EXCL does. */
int table_add(struct table *t, const struct state *s, const struct route *r)
{
	if (table_find(t, r))
		return -EEXIST;
	if (route_source(r)->family && !state_has_addr(s, route_source(r)))
		return -EINVAL;
	*vec_add(&t->all) = *r;
	return 0;
}

int table_del(struct table *t, const struct route *r)
{
	struct route *found = table_find(t, r);

	if (!found || found->protocol != r->protocol || found->oif != r->oif ||
	    found->type != r->type)
		return -ESRCH;
	*found = t->all.at[--t->all.len];
	return 0;
}

/* Longest prefix, then lowest metric; NULL: no route. TOS routes are not looked at. */
const struct route *table_lookup(const struct table *t, uint32_t table, const struct addr *a)
{
	const struct route *best = NULL;

	vec_each(&t->all, r) {
		if (r->table != table || r->tos || !prefix_has(&r->dst, a))
			continue;
		if (!best || r->dst.len > best->dst.len ||
		    (r->dst.len == best->dst.len && r->metric < best->metric))
			best = r;
	}
	return best;
}

/* --- random hosts ------------------------------------------------------------------------- */

static bool one_in(struct rng *rng, uint32_t n)
{
	return !rng_below(rng, n);
}

struct addr random_addr(struct rng *rng)
{
	uint8_t bytes[16] = {10};

	for (int i = 1; i < 4; i++)
		bytes[i] = (uint8_t)(rng_below(rng, 2) << 4 | rng_below(rng, 2));
	if (!one_in(rng, 4))
		return addr_from(AF_INET, bytes);
	bytes[0] = 0xfd;
	bytes[2] = bytes[3] = 0;
	return addr_from(AF_INET6, bytes);
}

static struct prefix random_prefix(struct rng *rng)
{
	static const uint8_t lens4[] = {0, 8, 12, 16, 20, 24, 32}, lens6[] = {0, 8, 12, 16, 128};
	struct addr a = random_addr(rng);

	if (a.family == AF_INET)
		return prefix_from(&a, lens4[rng_below(rng, ARRAY_LEN(lens4))]);
	return prefix_from(&a, lens6[rng_below(rng, ARRAY_LEN(lens6))]);
}

static struct addr own_addr(void)
{
	const uint8_t bytes[4] = {192, 168, 1, 1};

	return addr_from(AF_INET, bytes);
}

static void random_routes_conf(struct routes_conf *c, struct rng *rng)
{
	c->enabled = !one_in(rng, 10);
	c->table = one_in(rng, 4) ? 100 : RT_TABLE_MAIN;
	c->table_set = one_in(rng, 2);
	c->metric = one_in(rng, 3) ? 50 : 0;
	c->default_route = (enum default_route_mode)rng_below(rng, 3);
	c->withdraw_dead = one_in(rng, 2);
	c->source4 = one_in(rng, 5) ? own_addr() : (struct addr){0};
	for (uint32_t n = rng_below(rng, 3); n; n--) {
		struct unreachable *u = vec_add(&c->unreachable);

		u->prefix = random_prefix(rng);
		u->type = one_in(rng, 2) ? RTN_UNREACHABLE : RTN_BLACKHOLE;
	}
}

void random_peer(struct device *d, struct rng *rng)
{
	struct peer *p = vec_add(&d->peers);

	p->wg.key = (struct key){{(uint8_t)d->ifindex, (uint8_t)d->peers.len}};
	p->wg.first_aip = d->aips.len;
	p->life.state = (uint8_t)rng_below(rng, 5);
	if (one_in(rng, 3))
		p->wg.endpoint = (struct endpoint){.addr = random_addr(rng), .port = 51820};
	for (uint32_t n = rng_below(rng, 5); n; n--) {
		struct prefix aip = random_prefix(rng);
		bool taken = false;

		vec_each(&d->aips, a)
			taken = taken || !prefix_cmp(a, &aip);
		if (taken) /* WireGuard has each prefix once an interface */
			continue;
		*vec_add(&d->aips) = aip;
		p->wg.aips++;
	}
}

static void random_device(struct host *h, uint32_t n, struct rng *rng)
{
	struct iface_conf *conf = vec_add(&h->config->interfaces);
	struct link *l = vec_add(&h->state.links);
	struct import_iface *i = vec_add(&h->imports.ifaces);

	*l = (struct link){.ifindex = 10 + n, .up = !one_in(rng, 6), .wireguard = true};
	snprintf(l->name, sizeof(l->name), "wg%u", n);
	snprintf(i->ifname, sizeof(i->ifname), "wg%u", n);
	i->routes = (enum import_routes)rng_below(rng, 3);
	i->table = 200;
	iface_conf_copy(conf, &h->config->defaults);
	snprintf(conf->name, sizeof(conf->name), "wg%u", n);
	random_routes_conf(&conf->routes, rng);
	if (one_in(rng, 2)) { /* one of the peers has routes of its own */
		struct peer_conf *p = vec_add(&conf->peers);

		p->has_key = true;
		p->key = (struct key){{(uint8_t)l->ifindex, 1}};
		random_routes_conf(&p->routes, rng);
	}
}

static uint32_t random_oif(struct rng *rng)
{
	uint32_t n = rng_below(rng, DEVICES + 1);

	return n == DEVICES ? LAN : 10 + n;
}

/* A route that is there already: ours, right or wrong, or somebody else's. */
static void random_route(struct host *h, struct rng *rng)
{
	static const uint32_t tables[] = {RT_TABLE_MAIN, RT_TABLE_MAIN, 100, 200};
	static const uint8_t protocols[] = {ROUTE_PROTOCOL, RTPROT_KERNEL, RTPROT_STATIC};
	struct route r = {.dst = random_prefix(rng),
			  .table = tables[rng_below(rng, 4)],
			  .metric = one_in(rng, 3) ? 50 : 0,
			  .oif = random_oif(rng),
			  .tos = one_in(rng, 10) ? 0x10 : 0,
			  .protocol = protocols[rng_below(rng, 3)],
			  .type = RTN_UNICAST};
	struct addr gateway;

	if (r.oif == LAN && one_in(rng, 2)) {
		gateway = random_addr(rng);
		gateway.bytes[0] = 192;
		route_set_gateway(&r, &gateway);
	}
	if (r.dst.addr.family == AF_INET6) {
		r.metric = r.metric ? r.metric : 1024;
		r.tos = 0;
	}
	if (one_in(rng, 5)) {
		r.type = RTN_UNREACHABLE;
		r.oif = 0;
		r.way = 0;
	}
	table_add(&h->kernel, &h->state, &r);
}

/* Ours anywhere, and everybody's over our devices: what the edge shows. */
static void host_observe(struct host *h)
{
	h->state.ours.len = h->state.foreign.len = h->state.underlay.len = 0;
	vec_each(&h->kernel.all, r) {
		if (r->protocol == ROUTE_PROTOCOL)
			*vec_add(&h->state.ours) = *r;
		else if (state_device(&h->state, r->oif))
			*vec_add(&h->state.foreign) = *r;
		if (r->protocol != ROUTE_PROTOCOL && r->table == RT_TABLE_MAIN)
			*vec_add(&h->state.underlay) = *r;
	}
	vec_sort(&h->state.ours, route_order);
	vec_sort(&h->state.foreign, route_order);
}

void host_plan(struct host *h, msec now)
{
	host_observe(h);
	h->ops.len = 0;
	routes_desired(&h->items, &h->state, h->config);
	routes_plan(&h->ops, &h->items, &h->state, &h->failures, now);
}

/* A network that the host is in by an interface that is none of ours. */
static void random_lan(struct host *h, struct rng *rng)
{
	struct local_addr a = {.ifindex = LAN, .addr = random_addr(rng), .len = 12};
	struct route connected = {
		.table = RT_TABLE_MAIN, .oif = LAN, .protocol = RTPROT_KERNEL, .type = RTN_UNICAST};
	struct link *l = vec_add(&h->state.links);

	*l = (struct link){.ifindex = LAN, .name = "eth0", .up = true};
	a.addr.bytes[addr_size(&a.addr) - 1] = 7; /* nobody's endpoint */
	*vec_add(&h->state.addrs) = a;
	connected.dst = prefix_from(&a.addr, a.len);
	if (a.addr.family == AF_INET6)
		connected.metric = 256;
	table_add(&h->kernel, &h->state, &connected);
}

struct host random_host(struct rng *rng)
{
	struct host h = {.config = config_new()};

	for (uint32_t n = 0; n < DEVICES; n++)
		random_device(&h, n, rng);
	if (one_in(rng, 2))
		*vec_add(&h.state.addrs) = (struct local_addr){.addr = own_addr(), .len = 24};
	if (one_in(rng, 3))
		random_lan(&h, rng);
	state_sync_devices(&h.state, h.config, &h.imports);
	vec_each(&h.state.devices, d)
		for (uint32_t n = rng_below(rng, 4); n; n--)
			random_peer(d, rng);
	state_join(&h.state, h.config, &h.imports);
	for (uint32_t n = rng_below(rng, 12); n; n--)
		random_route(&h, rng);
	/* Often we have been here before: some of what is wanted is there. */
	host_plan(&h, NOW);
	vec_each(&h.items, it)
		if (it->status == ROUTE_MISSING && one_in(rng, 2))
			table_add(&h.kernel, &h.state, &it->route);
	return h;
}

void random_host_free(struct host *h)
{
	state_free(&h->state);
	imports_free(&h->imports);
	config_free(h->config);
	vec_free(&h->kernel.all);
	vec_free(&h->items);
	vec_free(&h->failures);
	vec_free(&h->ops);
}
