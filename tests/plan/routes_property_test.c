// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes by property, over random hosts: interfaces, peers, configurations, routes of ours and of
 * others, against a naive table that does what the kernel does.
 *
 *	apply(plan(D, A), A) = D, and planning again gives nothing.
 *	Whatever an operation names is ours.
 *	At every moment an address is led as before or as after, never in a third way.
 *	A peer's endpoint is never led into its own tunnel, but by the way that others lead it.
 *
 * Prefixes come from a small universe (10.0.0.0/8 in steps of four bits and fd00::/16 the same),
 * so that nesting, twins and clashes are the rule.
 */
#include "support/test.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "base/rng.h"
#include "plan/routes.h"

#define ROUNDS	30000
#define DEVICES 3
#define LAN	2 /* an interface that is none of ours */
#define NOW	1000000

/* --- the naive kernel --------------------------------------------------------------------- */

struct table {
	struct routes all;
};

/* Field by field: what the planner compares with is what is being tested. */
static bool same_route(const struct route *a, const struct route *b)
{
	return a == b || (a && b && a->table == b->table && !prefix_cmp(&a->dst, &b->dst) &&
			  a->metric == b->metric && a->tos == b->tos && a->oif == b->oif &&
			  a->type == b->type && a->protocol == b->protocol &&
			  !addr_cmp(&a->source, &b->source) && !addr_cmp(&a->gateway, &b->gateway));
}

/* The kernel has one route for a table, prefix, metric and TOS (we never append). */
static struct route *table_find(struct table *t, const struct route *key)
{
	vec_each(&t->all, r)
		if (r->table == key->table && !prefix_cmp(&r->dst, &key->dst) &&
		    r->metric == key->metric && r->tos == key->tos)
			return r;
	return NULL;
}

/* What NLM_F_CREATE | NLM_F_EXCL does. */
static int table_add(struct table *t, const struct state *s, const struct route *r)
{
	if (table_find(t, r))
		return -EEXIST;
	if (r->source.family && !state_has_addr(s, &r->source))
		return -EINVAL;
	*vec_add(&t->all) = *r;
	return 0;
}

static int table_del(struct table *t, const struct route *r)
{
	struct route *found = table_find(t, r);

	if (!found || found->protocol != r->protocol || found->oif != r->oif ||
	    found->type != r->type)
		return -ESRCH;
	*found = t->all.at[--t->all.len];
	return 0;
}

/* Longest prefix, then lowest metric; NULL: no route. TOS routes are not looked at. */
static const struct route *table_lookup(const struct table *t, uint32_t table, const struct addr *a)
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

struct host {
	struct config *config;
	struct imports imports;
	struct state state;
	struct table kernel;
	struct route_items items;
	struct route_failures failures;
	struct ops ops;
};

static bool one_in(struct rng *rng, uint32_t n)
{
	return !rng_below(rng, n);
}

static struct addr random_addr(struct rng *rng)
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

static void random_peer(struct device *d, struct rng *rng)
{
	struct peer *p = vec_add(&d->peers);

	p->wg.key = (struct key){{(uint8_t)d->ifindex, (uint8_t)d->peers.len}};
	p->wg.first_aip = d->aips.len;
	p->life.state = (enum life_state)rng_below(rng, 5);
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

	if (r.oif == LAN && one_in(rng, 2)) {
		r.gateway = random_addr(rng);
		r.gateway.bytes[0] = 192;
	}
	if (r.dst.addr.family == AF_INET6) {
		r.metric = r.metric ? r.metric : 1024;
		r.tos = 0;
	}
	if (one_in(rng, 5)) {
		r.type = RTN_UNREACHABLE;
		r.oif = 0;
		r.gateway = (struct addr){0};
	}
	table_add(&h->kernel, &h->state, &r);
}

/* Ours anywhere, and everybody's over our devices: what the edge shows. */
static void observe(struct host *h)
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

static void plan(struct host *h, msec now)
{
	observe(h);
	h->ops.len = 0;
	routes_desired(&h->items, &h->state, h->config);
	routes_plan(&h->ops, &h->items, &h->state, &h->failures, now);
}

static struct host begin(struct rng *rng)
{
	struct host h = {.config = config_new()};

	for (uint32_t n = 0; n < DEVICES; n++)
		random_device(&h, n, rng);
	if (one_in(rng, 2))
		*vec_add(&h.state.addrs) = (struct local_addr){.addr = own_addr(), .len = 24};
	state_sync_devices(&h.state, h.config, &h.imports);
	vec_each(&h.state.devices, d)
		for (uint32_t n = rng_below(rng, 4); n; n--)
			random_peer(d, rng);
	state_join(&h.state, h.config, &h.imports);
	for (uint32_t n = rng_below(rng, 12); n; n--)
		random_route(&h, rng);
	/* Often we have been here before: some of what is wanted is there. */
	plan(&h, NOW);
	vec_each(&h.items, it)
		if (it->status == ROUTE_MISSING && one_in(rng, 2))
			table_add(&h.kernel, &h.state, &it->route);
	return h;
}

static void end(struct host *h)
{
	state_free(&h->state);
	imports_free(&h->imports);
	config_free(h->config);
	vec_free(&h->kernel.all);
	vec_free(&h->items);
	vec_free(&h->failures);
	vec_free(&h->ops);
}

/* --- what has to hold --------------------------------------------------------------------- */

static int do_op(struct host *h, const struct op *op)
{
	assert_int_equal(op->route.protocol, ROUTE_PROTOCOL);
	if (op->kind == OP_ROUTE_DEL)
		return table_del(&h->kernel, &op->route);
	assert_int_equal(op->kind, OP_ROUTE_ADD);
	return table_add(&h->kernel, &h->state, &op->route);
}

/* As the engine does; deletions never fail here. How many failed. */
static unsigned int apply(struct host *h)
{
	unsigned int failed = 0;

	vec_each(&h->ops, op) {
		int err = do_op(h, op);

		if (!err)
			continue;
		assert_int_equal(op->kind, OP_ROUTE_ADD);
		failed++;
		*vec_add(&h->failures) = (struct route_failure){
			.route = op->route, .error = err, .retry_at = NOW + 1000};
	}
	vec_sort(&h->failures, route_cmp);
	return failed;
}

static bool is_wanted(const struct route_item *it)
{
	return it->status == ROUTE_INSTALLED || it->status == ROUTE_MISSING;
}

/* Our routes in the kernel are the ones that are wanted and were not refused, no others. */
static void assert_is_desired(struct host *h)
{
	unsigned int ours = 0, wanted = 0;

	vec_each(&h->kernel.all, r)
		ours += r->protocol == ROUTE_PROTOCOL;
	vec_each(&h->items, it) {
		const struct route *there = table_find(&h->kernel, &it->route);

		if (it->status == ROUTE_FAILED || it->status == ROUTE_BLOCKED)
			assert_non_null(it->why ? it->why : "the kernel's reason");
		if (!is_wanted(it))
			continue;
		wanted++;
		assert_int_equal(it->status, ROUTE_INSTALLED);
		assert_non_null(there);
		assert_true(same_route(there, &it->route));
	}
	assert_int_equal(ours, wanted);
}

/* apply(plan(D, A), A) = D; plan(D, D) is empty; foreign routes are as they were. */
static void planned_once_is_enough(void **state)
{
	struct rng rng = {.state = 11};
	unsigned int ops = 0, failures = 0;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);
		struct routes foreign = {0};

		plan(&h, NOW);
		vec_each(&h.kernel.all, r)
			if (r->protocol != ROUTE_PROTOCOL)
				*vec_add(&foreign) = *r;
		ops += h.ops.len;
		failures += apply(&h);
		plan(&h, NOW); /* and what failed is left alone now */
		assert_int_equal(h.ops.len, 0);
		assert_is_desired(&h);
		vec_each(&foreign, r)
			assert_true(same_route(table_find(&h.kernel, r), r));
		vec_free(&foreign);
		end(&h);
	}
	assert_true(ops > ROUNDS && failures > ROUNDS / 20); /* the hosts were interesting */
}

/* When a failure is due it is tried again, and when the obstacle is gone it is there. */
static void what_failed_is_tried_again(void **state)
{
	struct rng rng = {.state = 12};
	unsigned int retried = 0;
	(void)state;

	for (int round = 0; round < ROUNDS / 3; round++) {
		struct host h = begin(&rng);
		unsigned int failed;

		plan(&h, NOW);
		failed = apply(&h);
		plan(&h, NOW + 999);
		assert_int_equal(h.ops.len, 0);
		plan(&h, NOW + 1000);
		assert_int_equal(h.ops.len, failed);
		vec_each(&h.ops, op)
			assert_int_equal(op->kind, OP_ROUTE_ADD);
		for (uint32_t i = h.kernel.all.len; i-- > 0;) /* the others go away */
			if (h.kernel.all.at[i].protocol != ROUTE_PROTOCOL)
				h.kernel.all.at[i] = h.kernel.all.at[--h.kernel.all.len];
		h.failures.len = 0;
		plan(&h, NOW + 1000);
		assert_int_equal(apply(&h), 0);
		plan(&h, NOW + 1000);
		assert_int_equal(h.ops.len, 0);
		assert_is_desired(&h);
		retried += failed;
		end(&h);
	}
	assert_true(retried > 100);
}

/* Every route that is there, ours and theirs. */
static void all_routes(const struct host *h, struct routes *out)
{
	vec_copy(out, &h->state.ours);
	vec_each(&h->state.foreign, r)
		*vec_add(out) = *r;
}

/*
 * The naive judgement: is there a route to the item's interface among the nearest ones that lead
 * its prefix somewhere? By looking at every route that is there, with ours.
 */
static bool is_served(const struct host *h, const struct route_item *it)
{
	uint32_t metric = UINT32_MAX;
	struct routes all = {0};
	uint8_t nearest = 0;
	bool any = false, served = false;

	all_routes(h, &all);
	vec_each(&all, r) {
		if (r->table != it->route.table || r->table == RT_TABLE_LOCAL || r->tos ||
		    !prefix_covers(&r->dst, &it->route.dst) || (any && r->dst.len < nearest))
			continue;
		if (!any || r->dst.len > nearest) {
			served = false;
			metric = UINT32_MAX;
		}
		any = true;
		nearest = r->dst.len;
		if (nearest < it->route.dst.len && r->metric >= metric)
			continue; /* of those that cover it the kernel follows the best */
		metric = r->metric;
		served = (served && nearest == it->route.dst.len) ||
			 (r->oif == it->route.oif && r->type == it->route.type);
	}
	vec_free(&all);
	return served;
}

/* Did another one with the same key come first, and is that one seen to? */
static bool comes_after(const struct host *h, const struct route_item *it)
{
	for (; it > h->items.at && !route_key_cmp(&it[-1].route, &it->route); it--)
		if (is_wanted(&it[-1]) || it[-1].status == ROUTE_COVERED ||
		    it[-1].status == ROUTE_FOREIGN || it[-1].status == ROUTE_BLOCKED)
			return true;
	return false;
}

/* What is said of each prefix is so. */
static void statuses_are_true(void **state)
{
	unsigned int seen[ROUTE_FAILED + 1] = {0};
	struct rng rng = {.state = 13};
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);

		plan(&h, NOW);
		apply(&h);
		plan(&h, NOW);
		vec_each(&h.items, it) {
			const struct device *d = &h.state.devices.at[it->device];

			seen[it->status]++;
			if (it->status == ROUTE_INSTALLED || it->status == ROUTE_COVERED)
				assert_true(is_served(&h, it) || it->peer == UINT32_MAX);
			if (it->status == ROUTE_DOWN)
				assert_true(!d->up || !h.state.addrs.len);
			if (it->status == ROUTE_WITHDRAWN)
				assert_true(d->peers.at[it->peer].life.state == LIFE_DEAD ||
					    !d->peers.at[it->peer].wg.endpoint.addr.family);
			if (it->status == ROUTE_BLOCKED)
				assert_true(table_find(&h.kernel, &it->route)->protocol !=
					    ROUTE_PROTOCOL);
			if (it->status == ROUTE_SHADOWED)
				assert_true(comes_after(&h, it) || !it->route.dst.len);
			assert_int_not_equal(it->status, ROUTE_MISSING);
		}
		end(&h);
	}
	for (int s = ROUTE_INSTALLED; s < ROUTE_FAILED; s++)
		if (s != ROUTE_MISSING)
			assert_true(seen[s] > 50);
}

#define PROBES 40

static void probe(const struct host *h, const struct addr *to, const struct route **led)
{
	static const uint32_t tables[] = {RT_TABLE_MAIN, 100, 200};

	for (uint32_t i = 0; i < PROBES; i++)
		led[i] = table_lookup(&h->kernel, tables[i % 3], &to[i / 3]);
}

static void probe_copy(struct route *out, const struct route **led)
{
	for (uint32_t i = 0; i < PROBES; i++)
		out[i] = led[i] ? *led[i] : (struct route){0};
}

static bool is_as(const struct route *now, const struct route *then)
{
	return now ? same_route(now, then) : !then->dst.addr.family;
}

/* Is the key of op put back by the operation behind it? Then this is no moment. */
static bool is_exchange(const struct ops *ops, const struct op *op)
{
	return op->kind == OP_ROUTE_DEL && op + 1 < ops->at + ops->len &&
	       op[1].kind == OP_ROUTE_ADD && !route_key_cmp(&op->route, &op[1].route);
}

static void step_by_step(struct host *h, const struct addr *to)
{
	const struct route *led[PROBES];
	struct route before[PROBES], after[PROBES];
	struct table start = {0};

	vec_copy(&start.all, &h->kernel.all);
	probe(h, to, led);
	probe_copy(before, led);
	apply(h);
	probe(h, to, led);
	probe_copy(after, led);
	vec_free(&h->kernel.all);
	h->kernel = start;
	vec_each(&h->ops, op) {
		do_op(h, op);
		if (is_exchange(&h->ops, op))
			continue;
		probe(h, to, led);
		for (uint32_t i = 0; i < PROBES; i++)
			assert_true(is_as(led[i], &before[i]) || is_as(led[i], &after[i]));
	}
}

/* In no moment of a plan is an address led to a third place, such as a less specific peer. */
static void never_a_third_way(void **state)
{
	struct rng rng = {.state = 14};
	unsigned int steps = 0;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);
		struct addr to[PROBES];

		for (int i = 0; i < PROBES; i++)
			to[i] = random_addr(&rng);
		plan(&h, NOW);
		steps += h.ops.len;
		step_by_step(&h, to);
		end(&h);
	}
	assert_true(steps > ROUNDS);
}

/* Is there nothing but its own tunnel that leads an endpoint anywhere? */
static bool has_no_way(const struct host *h, const struct addr *to)
{
	vec_each(&h->items, it)
		if (it->underlay && !addr_cmp(&it->route.dst.addr, to))
			return it->status == ROUTE_WAITING;
	return false;
}

/* What our own routes do to the endpoint: it is led into the interface by one of them. */
static bool is_inside(const struct host *h, const struct device *d, const struct addr *to)
{
	const struct route *r = table_lookup(&h->kernel, RT_TABLE_MAIN, to);

	return r && r->oif == d->ifindex && r->protocol == ROUTE_PROTOCOL;
}

static void assert_outside(const struct host *h, unsigned int *ways)
{
	vec_each(&h->state.devices, d)
		vec_each(&d->peers, p)
			if (p->wg.endpoint.addr.family)
				assert_true(!is_inside(h, d, &p->wg.endpoint.addr) ||
					    has_no_way(h, &p->wg.endpoint.addr));
	vec_each(&h->items, it) {
		if (!it->underlay || it->status != ROUTE_INSTALLED)
			continue;
		++*ways;
		assert_int_not_equal(it->route.oif, h->state.devices.at[it->device].ifindex);
	}
}

/* It goes by what is there without us, and follows when that becomes another. */
static void endpoints_stay_outside(void **state)
{
	struct rng rng = {.state = 16};
	unsigned int ways = 0, changed = 0;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);

		plan(&h, NOW);
		apply(&h);
		plan(&h, NOW);
		assert_outside(&h, &ways);
		vec_each(&h.kernel.all, r) { /* the uplink moves */
			if (r->oif != LAN)
				continue;
			r->gateway.bytes[3] ^= 1;
			changed++;
		}
		plan(&h, NOW);
		apply(&h);
		assert_outside(&h, &ways);
		end(&h);
	}
	assert_true(ways > 1000 && changed > ROUNDS / 2);
}

/* The order itself: additions longest first, then deletions shortest first. */
static void the_order_of_operations(void **state)
{
	struct rng rng = {.state = 15};
	(void)state;

	for (int round = 0; round < ROUNDS / 3; round++) {
		struct host h = begin(&rng);
		bool deleting = false;
		int last = 128;

		plan(&h, NOW);
		vec_each(&h.ops, op) {
			if (op->kind == OP_ROUTE_DEL && !is_exchange(&h.ops, op) && !deleting) {
				deleting = true;
				last = 0;
			}
			assert_true(deleting ? op->kind == OP_ROUTE_DEL && op->route.dst.len >= last
					     : op->route.dst.len <= last);
			last = op->route.dst.len;
		}
		end(&h);
	}
}

TEST_MAIN(planned_once_is_enough, what_failed_is_tried_again, statuses_are_true, never_a_third_way,
	  endpoints_stay_outside, the_order_of_operations)
