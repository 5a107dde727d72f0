// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules: what default routes by policy want, what is there, and the difference.
 *
 * For a family with such a route there are two, and one more for each address of an uplink. The
 * first of the two looks in the main table but takes no default route from there, so that networks
 * nearby stay nearby; the second sends what is left into the tunnel's table, unless it has the
 * tunnel's own mark.
 */
#include "plan/rules.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int rule_cmp(const void *va, const void *vb)
{
	const struct rule *a = va, *b = vb;
	const int64_t pairs[][2] = {
		{a->family, b->family},
		{a->priority, b->priority},
		{a->action, b->action},
		{a->table, b->table},
		{a->invert, b->invert},
		{a->fwmark, b->fwmark},
		{a->fwmask, b->fwmask},
		{a->suppress_prefixlen, b->suppress_prefixlen},
		{prefix_cmp(&a->src, &b->src), 0},
		{prefix_cmp(&a->dst, &b->dst), 0},
		{strcmp(a->iif, b->iif), 0},
		{strcmp(a->oif, b->oif), 0},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i][0] != pairs[i][1])
			return order(pairs[i][0], pairs[i][1]);
	return 0;
}

/* A route that was taken out has none either: then another interface may have the family's. */
static bool has_rules(const struct route_item *it, const struct state *s)
{
	return it->mark && s->devices.at[it->device].fwmark == it->mark &&
	       (it->status == ROUTE_INSTALLED || it->status == ROUTE_MISSING);
}

static struct rule rule_new(uint8_t family, uint32_t priority, uint32_t table)
{
	return (struct rule){.family = family,
			     .action = FR_ACT_TO_TBL,
			     .protocol = ROUTE_PROTOCOL,
			     .priority = priority,
			     .table = table,
			     .suppress_prefixlen = -1};
}

/* Does a default route of somebody's lead there? Of several ways only the first is known. */
static bool is_uplink(const struct state *s, uint32_t ifindex, uint8_t family)
{
	const struct link *l = state_link(s, ifindex);

	if (!l || !l->up || l->wireguard)
		return false;
	vec_each(&s->underlay, r)
		if (!r->dst.len && r->dst.addr.family == family && r->type == RTN_UNICAST &&
		    (r->oif == ifindex || r->multipath))
			return true;
	return false;
}

static bool is_public_enough(const struct local_addr *a, uint8_t family)
{
	return a->addr.family == family && a->scope == RT_SCOPE_UNIVERSE &&
	       !addr_is_unusable(&a->addr);
}

static bool has_own_addr(const struct state *s, uint32_t ifindex, uint8_t family)
{
	vec_each(&s->addrs, a)
		if (a->ifindex == ifindex && is_public_enough(a, family))
			return true;
	return false;
}

/* What is sent into the tunnel from an uplink's address because the configuration says so. */
static bool is_source(const struct route_items *items, const struct addr *a)
{
	vec_each(items, it)
		if (it->mark && !addr_cmp(route_source(&it->route), a))
			return true;
	return false;
}

static void source_rules(struct rules *out, const struct route_items *items,
			 const struct route_item *it, const struct state *s)
{
	uint8_t family = it->route.dst.addr.family;

	if (!has_own_addr(s, it->route.oif, family))
		return;
	vec_each(&s->addrs, a) {
		struct rule *r;

		if (!is_public_enough(a, family) || !is_uplink(s, a->ifindex, family) ||
		    is_source(items, &a->addr))
			continue;
		r = vec_add(out);
		*r = rule_new(family, RULE_PRIORITY_SOURCE, RT_TABLE_MAIN);
		r->src = prefix_from(&a->addr, (uint8_t)addr_bits(&a->addr));
	}
}

/* An address that two interfaces have needs one rule. */
static void drop_twins(struct rules *sorted)
{
	uint32_t kept = 0;

	vec_each(sorted, r)
		if (!kept || rule_cmp(r, &sorted->at[kept - 1]))
			sorted->at[kept++] = *r;
	sorted->len = kept;
}

void rules_desired(struct rules *out, const struct route_items *items, const struct state *s)
{
	out->len = 0;
	vec_each(items, it) {
		uint8_t family = it->route.dst.addr.family;
		struct rule *r;

		if (!has_rules(it, s))
			continue;
		r = vec_add(out);
		*r = rule_new(family, RULE_PRIORITY_MAIN, RT_TABLE_MAIN);
		r->suppress_prefixlen = 0;
		r = vec_add(out);
		*r = rule_new(family, RULE_PRIORITY_TUNNEL, it->route.table);
		r->invert = true;
		r->fwmark = it->mark;
		r->fwmask = UINT32_MAX;
		source_rules(out, items, it, s);
	}
	vec_sort(out, rule_cmp);
	drop_twins(out);
}

static struct op *op_rule(struct ops *ops, enum op_kind kind, const struct rule *r)
{
	struct op *op = vec_add(ops);

	op->kind = kind;
	op->rule = *r;
	return op;
}

static bool served_by_another(const struct rule *want, const struct state *s)
{
	vec_each(&s->rules, r)
		if (r->protocol != ROUTE_PROTOCOL && !rule_cmp(r, want))
			return true;
	return false;
}

struct diff {
	struct ops *adds, dels;
	const struct state *state;
};

static void compare_one(void *ctx, const void *want, const void *have)
{
	struct diff *d = ctx;

	if (have && !want)
		op_rule(&d->dels, OP_RULE_DEL, have);
	else if (want && !have && !served_by_another(want, d->state))
		op_rule(d->adds, OP_RULE_ADD, want);
}

void rules_plan(struct ops *out, const struct rules *want, const struct state *s)
{
	struct diff d = {.adds = out, .state = s};
	struct rules ours = {0};

	vec_each(&s->rules, r)
		if (r->protocol == ROUTE_PROTOCOL)
			*vec_add(&ours) = *r;
	vec_sort(&ours, rule_cmp);
	sorted_diff(want->at, want->len, ours.at, ours.len, sizeof(struct rule), rule_cmp,
		    compare_one, &d);
	for (uint32_t i = d.dels.len; i-- > 0;)
		*vec_add(out) = d.dels.at[i];
	vec_free(&ours);
	vec_free(&d.dels);
}

/*
 * While a standby on another interface has the default route, the primary's own packets must not
 * go by it: its mark is wanted all the same.
 */
static bool has_mark(const struct route_item *it, const struct state *s)
{
	if (it->status == ROUTE_WITHDRAWN)
		return s->devices.at[it->device].peers.at[it->peer].relieved;
	return it->status == ROUTE_INSTALLED || it->status == ROUTE_MISSING;
}

void marks_plan(struct ops *out, const struct route_items *items, const struct state *s)
{
	uint32_t last = UINT32_MAX;

	vec_each(items, it) {
		const struct device *d = &s->devices.at[it->device];
		struct op *op;

		if (!it->mark || d->fwmark == it->mark || it->device == last || !has_mark(it, s))
			continue;
		last = it->device;
		op = vec_add(out);
		op->kind = OP_FWMARK;
		op->ifindex = d->ifindex;
		op->fwmark = it->mark;
	}
}
