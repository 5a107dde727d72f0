// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes by property, over random hosts: interfaces, peers, configurations, routes of ours and of
 * others, against a naive table that does what the kernel does.
 *
 *	apply(plan(D, A), A) = D, and planning again gives nothing.
 *	Whatever an operation names is ours.
 *	At every moment an address is led as before or as after, never in a third way.
 *	A peer's endpoint is never led into its own tunnel, but by the way that others lead it.
 */
#include "support/test.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "support/random_host.h"

#define ROUNDS 30000

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
			assert_non_null(it->why ? word_text(it->why) : "the kernel's reason");
		if (!is_wanted(it))
			continue;
		wanted++;
		assert_int_equal(it->status, ROUTE_INSTALLED);
		assert_non_null(there);
		assert_true(same_route(there, &it->route));
	}
	assert_int_equal(ours, wanted);
}

/* apply(host_plan(D, A), A) = D; host_plan(D, D) is empty; foreign routes are as they were. */
static void planned_once_is_enough(void **state)
{
	struct rng rng = {.state = 11};
	unsigned int ops = 0, failures = 0;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = random_host(&rng);
		struct routes foreign = {0};

		host_plan(&h, NOW);
		vec_each(&h.kernel.all, r)
			if (r->protocol != ROUTE_PROTOCOL)
				*vec_add(&foreign) = *r;
		ops += h.ops.len;
		failures += apply(&h);
		host_plan(&h, NOW); /* and what failed is left alone now */
		assert_int_equal(h.ops.len, 0);
		assert_is_desired(&h);
		vec_each(&foreign, r)
			assert_true(same_route(table_find(&h.kernel, r), r));
		vec_free(&foreign);
		random_host_free(&h);
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
		struct host h = random_host(&rng);
		unsigned int failed;

		host_plan(&h, NOW);
		failed = apply(&h);
		host_plan(&h, NOW + 999);
		assert_int_equal(h.ops.len, 0);
		host_plan(&h, NOW + 1000);
		assert_int_equal(h.ops.len, failed);
		vec_each(&h.ops, op)
			assert_int_equal(op->kind, OP_ROUTE_ADD);
		for (uint32_t i = h.kernel.all.len; i-- > 0;) /* the others go away */
			if (h.kernel.all.at[i].protocol != ROUTE_PROTOCOL)
				h.kernel.all.at[i] = h.kernel.all.at[--h.kernel.all.len];
		h.failures.len = 0;
		host_plan(&h, NOW + 1000);
		assert_int_equal(apply(&h), 0);
		host_plan(&h, NOW + 1000);
		assert_int_equal(h.ops.len, 0);
		assert_is_desired(&h);
		retried += failed;
		random_host_free(&h);
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
		struct host h = random_host(&rng);

		host_plan(&h, NOW);
		apply(&h);
		host_plan(&h, NOW);
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
		random_host_free(&h);
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
		struct host h = random_host(&rng);
		struct addr to[PROBES];

		for (int i = 0; i < PROBES; i++)
			to[i] = random_addr(&rng);
		host_plan(&h, NOW);
		steps += h.ops.len;
		step_by_step(&h, to);
		random_host_free(&h);
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
		struct host h = random_host(&rng);

		host_plan(&h, NOW);
		apply(&h);
		host_plan(&h, NOW);
		assert_outside(&h, &ways);
		vec_each(&h.kernel.all, r) { /* the uplink moves */
			struct addr gateway = *route_gateway(r);

			if (r->oif != LAN)
				continue;
			gateway.bytes[3] ^= 1;
			route_set_gateway(r, &gateway);
			changed++;
		}
		host_plan(&h, NOW);
		apply(&h);
		assert_outside(&h, &ways);
		random_host_free(&h);
	}
	assert_true(ways > 1000 && changed > ROUNDS / 2);
}

/* The order itself: additions longest first, then deletions shortest first. */
static void the_order_of_operations(void **state)
{
	struct rng rng = {.state = 15};
	(void)state;

	for (int round = 0; round < ROUNDS / 3; round++) {
		struct host h = random_host(&rng);
		bool deleting = false;
		int last = 128;

		host_plan(&h, NOW);
		vec_each(&h.ops, op) {
			if (op->kind == OP_ROUTE_DEL && !is_exchange(&h.ops, op) && !deleting) {
				deleting = true;
				last = 0;
			}
			assert_true(deleting ? op->kind == OP_ROUTE_DEL && op->route.dst.len >= last
					     : op->route.dst.len <= last);
			last = op->route.dst.len;
		}
		random_host_free(&h);
	}
}

TEST_MAIN(planned_once_is_enough, what_failed_is_tried_again, statuses_are_true, never_a_third_way,
	  endpoints_stay_outside, the_order_of_operations)
