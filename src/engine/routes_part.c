// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes of which only a few can be other than they were: those of peers that came, went, died or
 * got other allowed-IPs, and ours that an event told of. They are planned and set at once, without
 * a look at all the others. Where that does not do, all are looked at and planned: routes.c.
 */
#include "internal.h"
#include "model/netmap.h"

#define TOUCHED_MAX 128 /* prefixes; from so many on all is planned */

static void touch(struct engine *e, const struct prefix *p)
{
	*vec_add(&e->touched) = *p;
	if (e->touched.len > TOUCHED_MAX || !p->len)
		e->replan |= SUBJECT_ROUTES;
}

/* Are there items, of the devices as they are, whose routes do not hang together otherwise? */
static bool may_be_a_part(const struct engine *e)
{
	return e->routes_planned && !(e->replan & SUBJECT_ROUTES) && !e->pairs.len &&
	       !e->underlay_for.len;
}

void routes_peers_changed(struct engine *e, struct device *d)
{
	uint32_t index = (uint32_t)(d - e->state.devices.at), n = 0;
	const struct peer *peers[ALTERED_MAX];

	if (!may_be_a_part(e) || d->moves.many) {
		e->replan |= SUBJECT_ROUTES;
		return;
	}
	routes_follow(&e->items, &e->state, index, &e->touched, &e->counts);
	vec_each(&d->moves.altered, i)
		peers[n++] = &d->peers.at[*i];
	e->touched_wanted = true;
	if (e->touched.len > TOUCHED_MAX ||
	    !routes_are_apart(&e->items, &e->state, &e->touched, peers, n))
		e->replan |= SUBJECT_ROUTES;
}

/* Something else may be wanted of its networks. */
static void touch_peer(struct engine *e, const struct device *d, const struct peer *p)
{
	struct peer_networks walk = {.device = d, .peer = p};
	struct prefix net;

	e->touched_wanted = true;
	while (peer_networks_next(&walk, &net))
		touch(e, &net);
}

static void touched_apart(struct engine *e)
{
	if (e->touched_wanted && !routes_are_apart(&e->items, &e->state, &e->touched, NULL, 0))
		e->replan |= SUBJECT_ROUTES;
}

void routes_health_changed(struct engine *e, const struct device *d)
{
	if (!may_be_a_part(e)) {
		e->replan |= SUBJECT_ROUTES;
		return;
	}
	if (!routes_may_withdraw(d))
		return;
	vec_each(&d->peers, p)
		if (p->life.since == e->at.now && peer_routes(d, p)->withdraw_dead)
			touch_peer(e, d, p);
	touched_apart(e);
}

void routes_reached(struct engine *e, const struct device *d, const struct peer *p)
{
	if (p->life.state != LIFE_NEVER || !peer_routes(d, p)->withdraw_dead)
		return;
	if (!may_be_a_part(e)) {
		e->replan |= SUBJECT_ROUTES;
		return;
	}
	touch_peer(e, d, p);
	touched_apart(e);
}

bool routes_told(struct engine *e, const struct route *r, enum route_event what)
{
	enum route_news news;

	if (e->touched.len > TOUCHED_MAX)
		return false; /* a flush of thousands is not followed one by one */
	news = routes_learn(&e->state.ours, r, what);
	if (news == ROUTE_DOUBTFUL)
		return false;
	if (news == ROUTE_LEARNED) {
		e->told |= SUBJECT_ROUTES;
		touch(e, &r->dst);
	}
	return true;
}

/* What was applied is known now without a look; false when it is not. */
static bool routes_note(struct engine *e, const struct ops *ops)
{
	vec_each(ops, op)
		if (op->error)
			return false;
	if (ops->len >= ROUTES_BULK)
		return false; /* others were not heard meanwhile */
	vec_each(ops, op)
		if (routes_learn(&e->state.ours, &op->route,
				 op->kind == OP_ROUTE_ADD ? ROUTE_CAME : ROUTE_WENT) !=
		    ROUTE_LEARNED)
			return false;
	return true;
}

static void part_plan(struct engine *e, struct ops *ops)
{
	ops->len = 0;
	routes_plan_at(ops, &e->items, &e->state, &e->failures, e->at.now, &e->touched);
}

static void part_apply(struct engine *e, struct ops *ops)
{
	ops_apply(e, ops->at, ops->len);
	e->routes_version++;
	if (routes_note(e, ops)) {
		if (!e->touched_wanted)
			routes_tell_put_back(e, ops);
		part_plan(e, ops); /* marks what is there now */
	} else {
		e->dirty |= SUBJECT_ROUTES;
		e->routes_in_order = false;
	}
}

void routes_part(struct engine *e)
{
	struct ops ops = {0};

	routes_count_out(&e->counts, &e->items, &e->touched);
	if (e->touched_wanted)
		routes_revise(&e->items, &e->state, &e->touched);
	part_plan(e, &ops);
	if (ops.len)
		part_apply(e, &ops);
	vec_free(&ops);
	routes_count_in(&e->counts, &e->items, &e->touched);
	routes_all_seen_to(e);
}

void routes_all_seen_to(struct engine *e)
{
	e->touched.len = 0;
	e->touched_wanted = false;
}
