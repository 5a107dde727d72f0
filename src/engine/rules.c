// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Default routes by policy: fwmarks and rules, after the routes that they lead to.
 *
 * A mark is set and known to be set before a rule that relies on it. No sysctl is written: where
 * the uplink checks sources strictly and no rule for its address leads the way back to it, what
 * the tunnel's peer answers would be dropped; that is a problem to report, with the command that
 * mends it.
 */
#include "internal.h"

#include <errno.h>
#include <linux/rtnetlink.h>

/* A rule of ours is there: then this is no new interface but a new start of ours. */
static bool taken_over(const struct engine *e, const struct device *d)
{
	vec_each(&e->state.rules, r)
		if (r->protocol == ROUTE_PROTOCOL && d->fwmark && r->fwmark == d->fwmark)
			return true;
	return false;
}

static msec settled_at(const struct device *d)
{
	return msec_min(d->stirred + SETTLE_AFTER, d->up_since + SETTLE_AT_MOST);
}

/*
 * wg-quick and networkd make the interface first and its default route a moment later, and
 * wg-quick gives the interface up when it finds ours in its way: they go first. Where programs take
 * long to start, a step of theirs that was heard of says that there may be another one.
 */
void rules_settle(struct engine *e)
{
	vec_each(&e->state.devices, d) {
		bool settling;

		if (!d->up)
			d->up_since = 0;
		else if (!d->up_since)
			d->up_since = d->stirred = e->at.now;
		else if (d->settling && e->stirred)
			d->stirred = e->at.now;
		settling = d->up && d->imported && !e->dry && !taken_over(e, d) &&
			   e->at.now < settled_at(d);
		if (settling != d->settling)
			e->replan |= SUBJECT_ROUTES;
		d->settling = settling;
	}
	e->stirred = false;
}

static bool any_settling(const struct state *s)
{
	vec_each(&s->devices, d)
		if (d->settling)
			return true;
	return false;
}

bool rules_settled(const struct engine *e)
{
	if (!any_settling(&e->state))
		return true; /* asked for each part of an answer: not for all routes each time */
	vec_each(&e->items, it)
		if (it->mark && it->status == ROUTE_DOWN &&
		    e->state.devices.at[it->device].settling)
			return false;
	return true;
}

msec rules_deadline(const struct engine *e)
{
	msec soonest = e->rules_retry.at ? e->rules_retry.at : MSEC_NEVER;

	vec_each(&e->state.devices, d)
		if (d->settling)
			soonest = msec_min(soonest, settled_at(d));
	return soonest;
}

static void op_failed(struct engine *e, const struct op *op)
{
	struct str line = {0};

	if (e->rules_retry.error != op->error) {
		op_format(&line, op, &e->state);
		log_warn("%s: %s; it is tried again", str_text(&line), strerror(-op->error));
		str_free(&line);
	}
	e->counters.apply_errors++;
	retry_failed(e, &e->rules_retry, op->error);
}

static void apply_marks(struct engine *e, struct ops *ops)
{
	if (!e->dry && ops->len)
		ops_apply(e, ops->at, ops->len);
	vec_each(ops, op) {
		struct device *d = state_device(&e->state, op->ifindex);

		if (op->error) {
			op_failed(e, op);
			*vec_add(&e->rules_left) = *op;
			continue;
		}
		d->fwmark = op->fwmark; /* the next poll tells whether it stayed so */
		e->surroundings++;
		if (!e->dry)
			story_tell(e, (struct story){.code = "rule", .device = d},
				   "fwmark 0x%x set: its default route goes by policy", op->fwmark);
	}
}

/* The same was wanted before, and it was there. */
static void tell_put_back(struct engine *e, const struct ops *ops)
{
	const char *drift = e->told & SUBJECT_RULES ? "" : "; no event had told of it";
	struct str line = {0};

	vec_each(ops, op) {
		if (op->kind != OP_RULE_ADD || op->error)
			continue;
		line.len = 0;
		op_format(&line, op, &e->state);
		story_tell(e, (struct story){.code = "rule"}, "%s: it was gone; put back%s",
			   str_text(&line), drift);
		e->counters.drift += !(e->told & SUBJECT_RULES);
		e->counters.routes_put_back++;
	}
	str_free(&line);
}

static void look_again(struct engine *e)
{
	struct rules fresh = {0};

	if (e->edge.rules(e->edge.ctx, &fresh)) {
		e->dirty |= SUBJECT_RULES;
		vec_free(&fresh);
		return;
	}
	vec_free(&e->state.rules);
	e->state.rules = fresh;
}

static void apply_rules(struct engine *e, struct ops *ops, bool same)
{
	ops_apply(e, ops->at, ops->len);
	if (same)
		tell_put_back(e, ops);
	vec_each(ops, op) {
		if (!op->error)
			continue;
		op_failed(e, op);
		*vec_add(&e->rules_left) = *op;
	}
	e->surroundings++; /* other ways to the endpoints */
	look_again(e);
}

static bool rules_same(const struct rules *a, const struct rules *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (rule_cmp(&a->at[i], &b->at[i]))
			return false;
	return true;
}

#define FIGHTS_MAX  5	  /* times that rules of ours are put back in quick succession */
#define FIGHT_GAP   2000  /* ms between two of those, at most */
#define FIGHT_PAUSE 10000 /* ms in which the other program has its way */

/*
 * wg-quick deletes the rules of its table for as long as there are any: put back each time, they
 * would keep it from ever ending.
 */
static bool fight_given_up(struct engine *e, const struct ops *ops)
{
	bool quick = e->rules_fought_at && e->at.now - e->rules_fought_at < FIGHT_GAP;

	e->rules_fights = quick ? e->rules_fights + 1 : 1;
	e->rules_fought_at = e->at.now;
	if (e->rules_fights <= FIGHTS_MAX)
		return false;
	e->rules_retry = (struct retry){.at = e->at.now + FIGHT_PAUSE, .error = -EBUSY};
	vec_each(ops, op) {
		op->error = -EBUSY;
		*vec_add(&e->rules_left) = *op;
	}
	story_tell(e, (struct story){.code = "rule", .level = LOG_LEVEL_WARN},
		   "another program keeps deleting our rules: it has its way for %d s",
		   FIGHT_PAUSE / 1000);
	return true;
}

static void converge(struct engine *e)
{
	struct rules want = {0};
	struct ops ops = {0};
	bool same;

	e->rules_left.len = 0;
	marks_plan(&ops, &e->items, &e->state);
	if (e->dry)
		vec_each(&ops, op)
			*vec_add(&e->pending) = *op;
	apply_marks(e, &ops);
	ops.len = 0;
	rules_desired(&want, &e->items, &e->state);
	same = rules_same(&want, &e->rules_want);
	rules_plan(&ops, &want, &e->state);
	if (e->dry)
		vec_each(&ops, op)
			*vec_add(&e->pending) = *op;
	else if (ops.len && !(same && fight_given_up(e, &ops)))
		apply_rules(e, &ops, same);
	if (!e->rules_left.len)
		e->rules_retry = (struct retry){0};
	vec_free(&e->rules_want);
	e->rules_want = want;
	vec_free(&ops);
}

/* Is the way back looked up in the main table for what was sent to this address? */
static bool has_source_rule(const struct engine *e, const struct addr *source)
{
	vec_each(&e->state.rules, r)
		if (r->priority <= RULE_PRIORITY_SOURCE && r->table == RT_TABLE_MAIN &&
		    r->suppress_prefixlen < 0 && r->src.addr.family && prefix_has(&r->src, source))
			return true;
	return false;
}

/* Would the answers of a tunnel's peers, which come in by the uplink, be dropped there? */
static bool strict_towards(struct engine *e, const struct device *d, const struct endpoint *to)
{
	struct addr source;
	uint32_t oif;

	if (to->addr.family != AF_INET || !e->edge.rp_filter ||
	    e->edge.source(e->edge.ctx, &to->addr, d->fwmark, &source, &oif) || oif == d->ifindex ||
	    has_source_rule(e, &source) || e->edge.rp_filter(e->edge.ctx, oif) != 1)
		return false;
	mem_copy_str(e->strict_uplink, sizeof(e->strict_uplink), state_ifname(&e->state, oif));
	return true;
}

static void look_for_strict_uplink(struct engine *e)
{
	e->strict_uplink[0] = '\0';
	vec_each(&e->items, it) {
		const struct device *d = &e->state.devices.at[it->device];

		if (!it->mark || it->status != ROUTE_INSTALLED ||
		    it->route.dst.addr.family != AF_INET)
			continue;
		vec_each(&d->peers, p)
			if (strict_towards(e, d, &p->wg.endpoint))
				return;
	}
}

/* Events that were told of rules have been seen to once the rules are in order. */
static void told_rules(struct engine *e)
{
	if (!(e->dirty & SUBJECT_RULES))
		e->told &= ~(unsigned int)SUBJECT_RULES;
}

void rules_converge(struct engine *e)
{
	bool due = e->replan & (SUBJECT_ROUTES | SUBJECT_RULES);

	if (e->rules_retry.at)
		due = e->rules_retry.at <= e->at.now;
	if (due) {
		converge(e);
		look_for_strict_uplink(e);
	}
	told_rules(e);
	vec_each(&e->rules_left, op)
		*vec_add(&e->pending) = *op;
}
