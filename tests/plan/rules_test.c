// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules and default routes by policy, over random hosts: interfaces with and without fwmarks,
 * peers with default routes, rules and routes of ours and of others, against a naive list that
 * does what the kernel does.
 *
 *	apply(plan(D, A), A) = D, and planning again gives nothing.
 *	No operation names a rule that is not ours.
 *	At every moment a tunnel's own packets stay out of tables that lead into it.
 */
#include "support/test.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "base/rng.h"
#include "plan/rules.h"

#define ROUNDS	40000
#define DEVICES 3
#define NOW	1000000

struct host {
	struct config *config;
	struct state state;
	struct route_items items;
	struct rules want;
	struct ops ops;
};

static bool one_in(struct rng *rng, uint32_t n)
{
	return !rng_below(rng, n);
}

/* --- the naive kernel --------------------------------------------------------------------- */

static int list_add(struct rules *all, const struct rule *r)
{
	vec_each(all, have)
		if (!rule_cmp(have, r) && have->protocol == r->protocol)
			return -EEXIST;
	*vec_add(all) = *r;
	return 0;
}

static int list_del(struct rules *all, const struct rule *r)
{
	vec_each(all, have) {
		if (!rule_cmp(have, r) && have->protocol == r->protocol) {
			*have = all->at[--all->len];
			return 0;
		}
	}
	return -ENOENT;
}

/* --- random hosts ------------------------------------------------------------------------- */

static const uint32_t marks[] = {0, 0, 51820, 51821, 100, RT_TABLE_MAIN};

static uint32_t random_mark(struct rng *rng)
{
	return marks[rng_below(rng, ARRAY_LEN(marks))];
}

static void random_rule(struct rules *out, struct rng *rng)
{
	struct rule r = {.family = one_in(rng, 3) ? AF_INET6 : AF_INET,
			 .action = FR_ACT_TO_TBL,
			 .protocol = one_in(rng, 2) ? ROUTE_PROTOCOL : RTPROT_BOOT,
			 .priority = RULE_PRIORITY_MAIN + rng_below(rng, 2),
			 .suppress_prefixlen = -1};

	if (one_in(rng, 2)) {
		r.table = RT_TABLE_MAIN;
		r.suppress_prefixlen = 0;
	} else {
		r.fwmark = one_in(rng, 5) ? 51822 : random_mark(rng);
		r.fwmask = r.fwmark ? UINT32_MAX : 0;
		r.table = policy_table(r.fwmark ? r.fwmark : 100);
		r.invert = !one_in(rng, 4);
	}
	list_add(out, &r);
}

static void random_peer(struct device *d, struct rng *rng)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct peer *p = vec_add(&d->peers);

	p->wg.key = (struct key){{(uint8_t)d->ifindex}};
	p->life.state = (uint8_t)rng_below(rng, 5);
	for (int f = 0; f < 2; f++) {
		if (one_in(rng, 3))
			continue;
		vec_add(&d->aips)->addr.family = families[f];
		p->wg.aips++;
	}
}

/* Now and then another program leads a default route into the interface. */
static void random_route(struct host *h, const struct device *d, struct rng *rng)
{
	struct route route = {.table = one_in(rng, 2) ? 51820 : random_mark(rng),
			      .oif = d->ifindex,
			      .protocol = one_in(rng, 2) ? RTPROT_BOOT : ROUTE_PROTOCOL,
			      .type = RTN_UNICAST};
	bool ours = route.protocol == ROUTE_PROTOCOL;

	route.dst.addr.family = AF_INET;
	*vec_add(ours ? &h->state.ours : &h->state.foreign) = route;
	if (one_in(rng, 2) && !ours) { /* with its rule */
		struct rule *rule = vec_add(&h->state.rules);

		*rule = (struct rule){.family = AF_INET,
				      .action = FR_ACT_TO_TBL,
				      .protocol = RTPROT_BOOT,
				      .invert = true,
				      .priority = 32765,
				      .table = route.table,
				      .fwmark = route.table,
				      .fwmask = UINT32_MAX,
				      .suppress_prefixlen = -1};
	}
}

#define UPLINK 2
#define LAN    3

static void random_addr(struct host *h, uint32_t ifindex, uint8_t family, struct rng *rng)
{
	struct local_addr *a = vec_add(&h->state.addrs);

	a->ifindex = ifindex;
	a->addr.family = family;
	a->addr.bytes[0] = family == AF_INET ? 192 : 0x20;
	a->addr.bytes[3] = (uint8_t)(1 + rng_below(rng, 3));
	a->len = family == AF_INET ? 24 : 64;
}

/* An uplink with a default route, most of the time; a LAN without; and their addresses. */
static void random_surroundings(struct host *h, struct rng *rng)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	*vec_add(&h->state.links) = (struct link){.ifindex = UPLINK, .up = true};
	*vec_add(&h->state.links) = (struct link){.ifindex = LAN, .up = true};
	for (int f = 0; f < 2; f++) {
		if (!one_in(rng, 4)) {
			struct route *r = vec_add(&h->state.underlay);

			*r = (struct route){.table = RT_TABLE_MAIN,
					    .oif = UPLINK,
					    .protocol = RTPROT_BOOT,
					    .type = RTN_UNICAST};
			r->dst.addr.family = families[f];
		}
		for (uint32_t n = rng_below(rng, 3); n; n--)
			random_addr(h, one_in(rng, 3) ? LAN : UPLINK, families[f], rng);
		vec_each(&h->state.devices, d)
			if (one_in(rng, 2))
				random_addr(h, d->ifindex, families[f], rng);
	}
}

static struct host begin(struct rng *rng)
{
	struct host h = {.config = config_new()};

	h.config->defaults.routes.withdraw_dead = one_in(rng, 2);
	h.config->defaults.routes.default_route = (enum default_route_mode)rng_below(rng, 3);
	if (!one_in(rng, 3))
		h.config->defaults.routes.default_route = DEFAULT_ROUTE_POLICY;
	for (uint32_t n = 0; n < DEVICES; n++) {
		struct link *l = vec_add(&h.state.links);

		*l = (struct link){.ifindex = 10 + n, .up = !one_in(rng, 6), .wireguard = true};
		snprintf(l->name, sizeof(l->name), "wg%u", n);
	}
	state_sync_devices(&h.state, h.config, NULL);
	for (uint32_t n = rng_below(rng, 6); n; n--)
		random_rule(&h.state.rules, rng);
	vec_each(&h.state.devices, d) {
		d->fwmark = random_mark(rng);
		d->settling = one_in(rng, 8);
		random_peer(d, rng);
		if (one_in(rng, 4))
			random_route(&h, d, rng);
	}
	random_surroundings(&h, rng);
	state_join(&h.state, h.config, NULL);
	return h;
}

static void end(struct host *h)
{
	state_free(&h->state);
	config_free(h->config);
	vec_free(&h->items);
	vec_free(&h->want);
	vec_free(&h->ops);
}

/* Items with their routes in place, as the engine has them when it comes to rules. */
static void desire(struct host *h)
{
	struct route_failures none = {0};
	struct ops ops = {0};

	vec_sort(&h->state.ours, route_order);
	vec_sort(&h->state.foreign, route_order);
	routes_desired(&h->items, &h->state, h->config);
	routes_plan(&ops, &h->items, &h->state, &none, NOW);
	vec_free(&ops);
}

static void plan(struct host *h)
{
	h->ops.len = 0;
	desire(h);
	rules_desired(&h->want, &h->items, &h->state);
	rules_plan(&h->ops, &h->want, &h->state);
}

static void set_marks(struct host *h)
{
	struct ops ops = {0};

	desire(h);
	marks_plan(&ops, &h->items, &h->state);
	vec_each(&ops, op) {
		assert_int_equal(op->kind, OP_FWMARK);
		assert_int_not_equal(op->fwmark, 0);
		state_device(&h->state, op->ifindex)->fwmark = op->fwmark;
	}
	vec_free(&ops);
}

/* --- what has to hold --------------------------------------------------------------------- */

static void apply_one(struct host *h, const struct op *op)
{
	assert_int_equal(op->rule.protocol, ROUTE_PROTOCOL);
	if (op->kind == OP_RULE_DEL) {
		assert_int_equal(list_del(&h->state.rules, &op->rule), 0);
		return;
	}
	assert_int_equal(op->kind, OP_RULE_ADD);
	assert_int_equal(list_add(&h->state.rules, &op->rule), 0);
}

static bool has(const struct rules *all, const struct rule *want, bool ours_only)
{
	vec_each(all, r)
		if (!rule_cmp(r, want) && (!ours_only || r->protocol == ROUTE_PROTOCOL))
			return true;
	return false;
}

static void assert_is_desired(const struct host *h)
{
	vec_each(&h->want, w)
		assert_true(has(&h->state.rules, w, false));
	vec_each(&h->state.rules, r)
		if (r->protocol == ROUTE_PROTOCOL)
			assert_true(has(&h->want, r, true));
}

static void planned_once_is_enough(void **state)
{
	struct rng rng = {.state = 21};
	unsigned int ops = 0;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);
		struct rules foreign = {0};

		set_marks(&h);
		plan(&h);
		vec_each(&h.state.rules, r)
			if (r->protocol != ROUTE_PROTOCOL)
				*vec_add(&foreign) = *r;
		ops += h.ops.len;
		vec_each(&h.ops, op)
			apply_one(&h, op);
		assert_is_desired(&h);
		plan(&h);
		assert_int_equal(h.ops.len, 0);
		vec_each(&foreign, r)
			assert_true(has(&h.state.rules, r, false));
		vec_free(&foreign);
		end(&h);
	}
	assert_true(ops > ROUNDS);
}

/* One default route by policy a family, and each device with one has a mark of its own. */
static void one_owner_a_family(void **state)
{
	struct rng rng = {.state = 22};
	unsigned int owners = 0;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);
		unsigned int n[2] = {0};

		set_marks(&h);
		plan(&h);
		vec_each(&h.items, it)
			if (it->mark &&
			    (it->status == ROUTE_MISSING || it->status == ROUTE_INSTALLED))
				n[it->route.dst.addr.family == AF_INET6]++;
		assert_true(n[0] <= 1 && n[1] <= 1);
		owners += n[0] + n[1];
		plan(&h);
		vec_each(&h.want, w)
			assert_true(!w->invert || policy_table(w->fwmark) == w->table);
		end(&h);
	}
	assert_true(owners > ROUNDS / 2);
}

static uint32_t owner_of(const struct host *h, const struct rule *r)
{
	vec_each(&h->items, it)
		if (it->mark && it->route.dst.addr.family == r->family &&
		    (it->status == ROUTE_MISSING || it->status == ROUTE_INSTALLED))
			return it->route.oif;
	return 0;
}

static bool has_addr(const struct host *h, uint32_t ifindex, const struct prefix *p, uint8_t family)
{
	vec_each(&h->state.addrs, a)
		if (a->ifindex == ifindex && a->addr.family == family &&
		    (!p || !addr_cmp(&a->addr, &p->addr)))
			return true;
	return false;
}

/*
 * What is sent from an uplink's address leaves by the uplink: never what is sent from an address
 * that only the LAN or the tunnel has, and not when the tunnel borrows one.
 */
static void answers_leave_as_they_came(void **state)
{
	struct rng rng = {.state = 25};
	unsigned int sources = 0;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);

		set_marks(&h);
		plan(&h);
		vec_each(&h.want, w) {
			if (w->priority != RULE_PRIORITY_SOURCE)
				continue;
			sources++;
			assert_int_equal(w->table, RT_TABLE_MAIN);
			assert_int_equal(w->src.len, addr_bits(&w->src.addr));
			assert_true(has_addr(&h, UPLINK, &w->src, w->family));
			assert_true(has_addr(&h, owner_of(&h, w), NULL, w->family));
		}
		end(&h);
	}
	assert_true(sources > ROUNDS / 10);
}

/* Would a packet with this mark be sent to the table of this mark by our rules? */
static bool leads_into_itself(const struct rules *all, uint32_t mark)
{
	vec_each(all, r)
		if (r->protocol == ROUTE_PROTOCOL && r->invert && r->fwmark != mark &&
		    r->table == policy_table(mark))
			return true;
	return false;
}

/* Also without the mark, because the kernel refused it, and between two operations. */
static void the_tunnel_never_leads_into_itself(void **state)
{
	struct rng rng = {.state = 23};
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);

		h.state.rules.len = 0;
		if (one_in(&rng, 2))
			set_marks(&h);
		plan(&h);
		vec_each(&h.ops, op) {
			apply_one(&h, op);
			vec_each(&h.state.devices, d)
				assert_false(leads_into_itself(&h.state.rules, d->fwmark));
		}
		end(&h);
	}
}

static void the_order_of_operations(void **state)
{
	struct rng rng = {.state = 24};
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = begin(&rng);
		bool deleting = false;

		set_marks(&h);
		plan(&h);
		for (uint32_t i = 0; i < h.ops.len; i++) {
			const struct op *op = &h.ops.at[i];

			deleting = deleting || op->kind == OP_RULE_DEL;
			assert_true(!deleting || op->kind == OP_RULE_DEL);
			if (i && op[-1].kind == op->kind)
				assert_true(deleting ? rule_cmp(&op[-1].rule, &op->rule) > 0
						     : rule_cmp(&op[-1].rule, &op->rule) < 0);
		}
		end(&h);
	}
}

TEST_MAIN(planned_once_is_enough, one_owner_a_family, answers_leave_as_they_came,
	  the_tunnel_never_leads_into_itself, the_order_of_operations)
