// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes: look, plan, apply, and look again, until there is nothing to do or what is left has
 * failed and waits. A look that shows what the last one did is no reason to plan: with thousands
 * of routes the planning costs more than the look.
 */
#include "internal.h"

#define STORIES_MAX 5 /* peers whose routes come or go in one turn are told of one by one */

/*
 * Where to look: over our devices for everybody's; for ours only where there were some, or some
 * are wanted, for a look everywhere brings those over our devices a second time.
 */
static void where_add(struct engine *e, uint32_t oif)
{
	if (!oif) {
		e->routes_where.no_device = true;
		return;
	}
	vec_each(&e->routes_where.devices, known)
		if (*known == oif)
			return;
	vec_each(&e->routes_where.links, known)
		if (*known == oif)
			return;
	*vec_add(&e->routes_where.links) = oif;
}

static void where_to_look(struct engine *e)
{
	struct routes_where *w = &e->routes_where;
	uint32_t last = UINT32_MAX;

	w->devices.len = w->links.len = 0;
	w->no_device = false;
	vec_each(&e->state.devices, d)
		*vec_add(&w->devices) = d->ifindex;
	vec_each(&e->state.ours, r) {
		if (r->oif != last)
			where_add(e, last = r->oif);
	}
	vec_each(&e->items, it) {
		if (it->route.oif != last)
			where_add(e, last = it->route.oif);
	}
}

/*
 * The kernel tells of a link that goes down and of an address that goes before it takes their
 * routes away, which it does without a word for IPv4; and it lets routes be looked at meanwhile
 * (since Linux 6.9 without its rtnl lock). So a look that such an event asked for may show what is
 * about to go: there is another one when that is over.
 */
static void look_once_more(struct engine *e)
{
	if (!(e->told & (SUBJECT_LINKS | SUBJECT_ADDRS)))
		return;
	e->told &= ~(unsigned int)(SUBJECT_LINKS | SUBJECT_ADDRS);
	e->routes_again = e->at.now + AFTER_FLUSH;
}

int observe_routes(struct engine *e, enum routes_seen *seen)
{
	int err;

	where_to_look(e);
	route_merge_begin(&e->route_merge, &e->state);
	err = e->edge.routes(e->edge.ctx, &e->routes_where, &e->route_merge);
	*seen = route_merge_end(&e->route_merge, !err);
	subject_looked(e, SUBJECT_ROUTES);
	if (err) { /* what was set since the last look may be where nobody would look for it */
		e->routes_where.everywhere = true;
		return err;
	}
	e->counters.observations++;
	e->routes_where.everywhere = false;
	look_once_more(e);
	return 0;
}

/* One of ours with the same key went out for it. */
static bool is_exchanged(const struct ops *ops, const struct op *op)
{
	return op > ops->at && op[-1].kind == OP_ROUTE_DEL &&
	       !route_key_cmp(&op[-1].route, &op->route);
}

/* What somebody took away, while we had it in order, is told of in one line. */
void routes_tell_put_back(struct engine *e, const struct ops *ops)
{
	struct story s = {.code = "route", .pace = &e->routes_pace};
	const char *drift = e->told & SUBJECT_ROUTES ? "" : "; no event had told of it";
	struct str line = {0};
	uint32_t n = 0;

	if (!e->routes_settled || e->replan & SUBJECT_ROUTES)
		return;
	vec_each(ops, op) {
		if (op->kind != OP_ROUTE_ADD || op->error || is_exchanged(ops, op))
			continue;
		if (routes_refused_has(e, &op->route))
			continue; /* it was not there before */
		if (!n++)
			route_format(&line, &op->route, &e->state);
	}
	e->counters.routes_put_back += n;
	if (!(e->told & SUBJECT_ROUTES))
		e->counters.drift += n;
	if (n == 1)
		story_tell(e, s, "route %s was gone; put back%s", str_text(&line), drift);
	else if (n)
		story_tell(e, s, "%u routes were gone; put back (%s, …)%s", n, str_text(&line),
			   drift);
	str_free(&line);
}

static bool is_withdrawn(const struct device *d, const struct peer *p)
{
	return p->life.state == LIFE_DEAD && p->wg.aips && peer_routes(d, p)->withdraw_dead;
}

static void tell_withdrawn(struct engine *e, const struct device *d, struct peer *p)
{
	struct story s = {.code = "route", .device = d, .peer = p};
	const char *plural = p->wg.aips == 1 ? "" : "s";

	if (!p->withdrawn)
		story_tell(e, s, "%u route%s put back%s", p->wg.aips, plural,
			   p->life.state == LIFE_DEAD ? "" : ": it lives");
	else
		story_tell(e, s, "%u route%s taken out: it is dead", p->wg.aips, plural);
}

bool routes_may_withdraw(const struct device *d)
{
	if (d->conf->routes.withdraw_dead)
		return true;
	vec_each(&d->conf->peers, c)
		if (c->routes.withdraw_dead)
			return true;
	return false;
}

/*
 * Routes that come and go with the health of a peer are told of, a few one by one. That they do may
 * be configured otherwise than before only where all is planned.
 */
static void tell_health(struct engine *e, bool all)
{
	uint32_t n = 0;

	if (e->dry)
		return;
	vec_each(&e->state.devices, d) {
		if (!all && !routes_may_withdraw(d))
			continue;
		vec_each(&d->peers, p) {
			if (is_withdrawn(d, p) == p->withdrawn)
				continue;
			p->withdrawn = !p->withdrawn;
			if (++n <= STORIES_MAX)
				tell_withdrawn(e, d, p);
		}
	}
	if (n > STORIES_MAX)
		story_tell(e, (struct story){.code = "route"},
			   "and those of %u more peers, for the same reason", n - STORIES_MAX);
}

/*
 * All that was planned was set, so what is there is what is wanted. Events may not have been heard
 * during so many operations: then a look comes soon, for what others did meanwhile.
 */
static void routes_are_there(struct engine *e, const struct ops *ops)
{
	struct routes left = {0};
	uint32_t sorted;

	routes_refused_in_place(&left, e);
	e->state.ours.len = 0;
	vec_each(&e->items, it) {
		if (it->status != ROUTE_MISSING && it->status != ROUTE_INSTALLED)
			continue;
		it->status = ROUTE_INSTALLED;
		*vec_add(&e->state.ours) = it->route;
	}
	sorted = e->state.ours.len;
	vec_each(&left, r)
		*vec_add(&e->state.ours) = *r;
	vec_settle(&e->state.ours, sorted, route_order);
	vec_free(&left);
	e->routes_in_order = true;
	if (ops->len >= ROUTES_BULK)
		e->recheck_at = msec_min(e->recheck_at, e->at.now + AFTER_BULK);
}

/* False when something failed: then a look has to tell what is there. */
static bool routes_apply(struct engine *e, struct ops *ops)
{
	bool done = !ops_apply(e, ops->at, ops->len);

	e->routes_version++;
	routes_refused_note(e, ops);
	routes_tell_put_back(e, ops);
	underlay_tell(e, ops);
	if (done)
		routes_are_there(e, ops);
	else
		e->dirty |= SUBJECT_ROUTES;
	return done;
}

/* Nothing is done now, but items name devices and peers by number: they are of those there are. */
void routes_hold(struct engine *e)
{
	routes_desired(&e->items, &e->state, e->config);
	e->counts = routes_count(&e->items);
	e->routes_in_order = false;
}

/*
 * Looks where that is due, and computes what is wanted where it may be something else: wanted, or
 * what others have changed. False when there is nothing to plan.
 */
static bool routes_look(struct engine *e, bool wanted)
{
	bool looked = e->dirty & SUBJECT_ROUTES;
	enum routes_seen seen = ROUTES_SAME;
	bool ways;

	if (looked && observe_routes(e, &seen)) {
		e->dirty |= SUBJECT_ROUTES;
		if (wanted)
			routes_hold(e);
		e->routes_in_order = false;
		return false;
	}
	wanted = wanted || seen == ROUTES_CHANGED;
	if (wanted)
		routes_desired(&e->items, &e->state, e->config);
	ways = (wanted || looked) && underlay_observe(e, looked);
	if (ways)
		routes_desired(&e->items, &e->state, e->config);
	return wanted || ways || seen != ROUTES_SAME || !e->routes_in_order;
}

/* One round: true when something was tried and has to be looked at. */
static bool routes_round(struct engine *e, bool wanted)
{
	struct ops ops = {0};
	bool again = false;

	if (!routes_look(e, wanted))
		return false;
	routes_plan(&ops, &e->items, &e->state, &e->failures, e->at.now);
	e->routes_in_order = !ops.len;
	if (e->dry)
		vec_each(&ops, op)
			*vec_add(&e->pending) = *op;
	else if (ops.len)
		again = !routes_apply(e, &ops);
	vec_free(&ops);
	e->counts = routes_count(&e->items);
	return again;
}

static void routes_all(struct engine *e, bool wanted)
{
	e->replan |= SUBJECT_RULES; /* they follow the default routes */
	routes_all_seen_to(e);
	for (int i = 0; i < VERIFY_ROUNDS && routes_round(e, wanted && !i); i++)
		continue;
	e->routes_planned = true;
}

static void routes_work(struct engine *e)
{
	bool replan =
		routes_refused_due(e) || e->replan & (SUBJECT_ROUTES | SUBJECT_RULES) || e->dry;
	bool part = e->touched.len && !replan && !subject_ready(e, SUBJECT_ROUTES), all;

	/* An event may be older than the last look: our own would be another one in the way. */
	if (replan && e->told & SUBJECT_ROUTES)
		e->dirty |= SUBJECT_ROUTES;
	if (part)
		routes_part(e);
	all = replan || subject_ready(e, SUBJECT_ROUTES);
	if (all)
		routes_all(e, replan || e->touched.len || !e->routes_in_order);
	else if (!part)
		return;
	tell_health(e, all);
	if (!(e->dirty & SUBJECT_ROUTES))
		e->told &= ~(unsigned int)SUBJECT_ROUTES;
	routes_refused_prune(e);
}

void routes_prepare(struct engine *e)
{
	if (firewall_holds(e))
		return;
	e->replan |= SUBJECT_ROUTES;
	routes_work(e);
}

void routes_converge(struct engine *e)
{
	routes_work(e);
	if (!e->dry)
		routes_refused_pending(e);
}
