// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Default routes by policy: whose fwmark and whose table, and who may.
 *
 * There can be one a family, or two where one interface stands by for the other. Another program's
 * comes first, for its rules and ours would decide by chance; then the interface that was there
 * first. A device that was given to us with a fwmark keeps it; one without gets the number that it
 * would get again after a restart.
 */
#include "plan/policy.h"

#include <linux/rtnetlink.h>

static bool mark_taken(const struct state *s, const struct device *d, uint32_t mark)
{
	vec_each(&s->devices, other)
		if (other != d && other->fwmark == mark)
			return true;
	vec_each(&s->rules, r)
		if (r->protocol != ROUTE_PROTOCOL &&
		    (r->table == mark || (r->fwmask && r->fwmark == mark)))
			return true;
	vec_each(&s->foreign, r)
		if (r->table == mark)
			return true;
	return false;
}

/* Devices without a mark before this one take one each. */
static uint32_t unmarked_before(const struct state *s, const struct device *d)
{
	uint32_t n = 0;

	vec_each(&s->devices, other)
		n += other < d && !other->fwmark;
	return n;
}

static const struct device *twin_of(const struct state *s, const struct device *d)
{
	vec_each(&s->devices, other)
		if (d->twin && other->ifindex == d->twin)
			return other;
	return NULL;
}

/* Of two that are a pair, the mark is that of the one that has one, or of the first. */
uint32_t policy_mark(const struct state *s, const struct device *d)
{
	const struct device *twin = twin_of(s, d);
	uint32_t skip, mark = POLICY_MARK;

	if (d->fwmark)
		return d->fwmark;
	if (twin && twin->fwmark)
		return twin->fwmark;
	for (skip = unmarked_before(s, twin && twin < d ? twin : d);; mark++)
		if (!mark_taken(s, d, mark) && !skip--)
			return mark;
}

uint32_t policy_table(uint32_t mark)
{
	return mark >= RT_TABLE_DEFAULT && mark <= RT_TABLE_LOCAL ? POLICY_MARK + mark : mark;
}

bool policy_wanted(const struct device *d, const struct routes_conf *conf)
{
	bool imported = d->imported && d->imported->routes == IMPORT_ROUTES_TABLE;

	/* A table that somebody named has rules of his own: there it is one route more. */
	return conf->default_route == DEFAULT_ROUTE_POLICY &&
	       (conf->table_set ? conf->table == RT_TABLE_MAIN : !imported);
}

static bool leads_into(const struct route *r, const struct device *d, uint8_t family)
{
	return r->type == RTN_UNICAST && r->oif == d->ifindex && !r->dst.len &&
	       r->dst.addr.family == family;
}

/* A rule of another program that sends all but marked packets to this table. */
static bool table_has_rule(const struct state *s, uint32_t table, uint8_t family)
{
	vec_each(&s->rules, r)
		if (r->protocol != ROUTE_PROTOCOL && r->family == family && r->invert &&
		    r->fwmask && r->table == table)
			return true;
	return false;
}

/* The device that another program gave the family's default route to; NULL = none. */
static const struct device *foreign_owner(const struct state *s, uint8_t family)
{
	vec_each(&s->devices, d)
		vec_each(&s->foreign, r)
			if (leads_into(r, d, family) && table_has_rule(s, r->table, family))
				return d;
	return NULL;
}

static void item_foreign(struct route_item *it, const struct state *s)
{
	const struct device *d = &s->devices.at[it->device];
	uint8_t family = it->route.dst.addr.family;

	vec_each(&s->foreign, r) {
		if (!leads_into(r, d, family))
			continue;
		it->status = ROUTE_FOREIGN;
		it->mark = 0;
		it->why = word_of(
			table_has_rule(s, r->table, family)
				? "another program routes it by policy"
				: "another program's default route leads into the interface");
	}
}

static void item_shadowed(struct route_item *it)
{
	it->status = ROUTE_SHADOWED;
	it->mark = 0;
	it->why = word_of("another interface has the default route");
}

static bool is_asked_for(const struct route_item *it, uint8_t family)
{
	return it->mark && it->route.dst.addr.family == family && it->status == ROUTE_MISSING;
}

/* The first, but a standby only where there is no other. NULL = nobody wants it. */
static const struct route_item *owner_find(const struct route_items *items, const struct state *s,
					   uint8_t family)
{
	const struct route_item *second = NULL;

	vec_each(items, it) {
		if (!is_asked_for(it, family))
			continue;
		if (!s->devices.at[it->device].peers.at[it->peer].second)
			return it;
		second = second ? second : it;
	}
	return second;
}

/* What has the owner's mark is in its table, and the metric decides there. */
static void family_judge(struct route_items *items, const struct state *s, uint8_t family)
{
	const struct device *other = foreign_owner(s, family);
	const struct route_item *owner = owner_find(items, s, family);

	vec_each(items, it) {
		if (!is_asked_for(it, family))
			continue;
		if (other ? &s->devices.at[it->device] != other : it->mark != owner->mark)
			item_shadowed(it);
	}
}

void policy_judge(struct route_items *items, const struct state *s)
{
	bool any = false;

	vec_each(items, it) {
		if (it->route.dst.len || it->peer == UINT32_MAX)
			continue;
		if (it->mark || it->status == ROUTE_OFF)
			item_foreign(it, s);
		any = any || it->mark;
	}
	if (!any)
		return;
	family_judge(items, s, AF_INET);
	family_judge(items, s, AF_INET6);
}
