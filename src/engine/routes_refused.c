// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes that the kernel refused: kept as long as somebody wants them and they are not there, and
 * tried again later and later.
 */
#include "internal.h"

#include <errno.h>

/* Failures are sorted by route, with the route first in each, so that they are found by it. */
static struct route_failure *failure_of(const struct engine *e, const struct route *r,
					uint32_t sorted)
{
	return sorted ? bsearch(r, e->failures.at, sorted, sizeof(*e->failures.at), route_cmp)
		      : NULL;
}

bool routes_refused_has(const struct engine *e, const struct route *r)
{
	return failure_of(e, r, e->failures.len);
}

static void failure_note(struct engine *e, const struct op *op, uint32_t sorted)
{
	struct route_failure *f = failure_of(e, &op->route, sorted);
	struct str line = {0};

	if (!f) {
		f = vec_add(&e->failures);
		f->route = op->route;
	}
	if (f->error != op->error) {
		route_format(&line, &op->route, &e->state);
		if (op->error == -EEXIST)
			log_warn("route %s: another program's route is in the way; left alone",
				 str_text(&line));
		else
			log_warn("route %s: %s%s%s; it is tried again", str_text(&line),
				 strerror(-op->error), op->why ? ": " : "", op->why ? op->why : "");
		str_free(&line);
	}
	f->error = op->error;
	f->why = op->why;
	f->delay = backoff_next(f->delay, RETRY_MIN, RETRY_MAX);
	f->retry_at = e->at.now + rng_jitter(&e->rng, f->delay);
	e->counters.apply_errors++;
}

void routes_refused_note(struct engine *e, const struct ops *ops)
{
	uint32_t sorted = e->failures.len;

	vec_each(ops, op) {
		if (op->kind == OP_ROUTE_ADD && op->error)
			failure_note(e, op, sorted);
		else if (op->error == -ENODEV)
			e->dirty |= SUBJECT_LINKS;
	}
	vec_sort(&e->failures, route_cmp);
}

static const struct route_item *item_of(const struct engine *e, const struct route *r)
{
	const struct route_items *all = &e->items;

	/* Twins with one key are neighbours, in an order of their own. */
	for (uint32_t i = vec_from(all, r, route_key_cmp); i < all->len; i++) {
		if (route_key_cmp(&all->at[i].route, r))
			break;
		if (!route_cmp(&all->at[i].route, r))
			return &all->at[i];
	}
	return NULL;
}

void routes_refused_prune(struct engine *e)
{
	uint32_t kept = 0;

	vec_each(&e->failures, f) {
		const struct route_item *it = item_of(e, &f->route);

		if (it && (it->status == ROUTE_FAILED || it->status == ROUTE_BLOCKED ||
			   it->status == ROUTE_MISSING))
			e->failures.at[kept++] = *f;
	}
	e->failures.len = kept;
}

void routes_refused_in_place(struct routes *out, const struct engine *e)
{
	const struct routes *ours = &e->state.ours;

	vec_each(&e->failures, f) {
		const struct route_item *it = item_of(e, &f->route);

		if (!it || (it->status != ROUTE_FAILED && it->status != ROUTE_BLOCKED) ||
		    (out->len && !route_key_cmp(&out->at[out->len - 1], &f->route)))
			continue;
		for (uint32_t i = vec_from(ours, &f->route, route_key_cmp);
		     i < ours->len && !route_key_cmp(&ours->at[i], &f->route); i++)
			*vec_add(out) = ours->at[i];
	}
}

/* It is wanted, and not there. */
static bool is_open(const struct route_item *it)
{
	return it->status == ROUTE_FAILED || it->status == ROUTE_BLOCKED ||
	       it->status == ROUTE_MISSING;
}

void routes_refused_pending(struct engine *e)
{
	e->routes_settled = true;
	if (!e->counts.awry)
		return;
	vec_each(&e->items, it) {
		struct op *op;

		if (!is_open(it))
			continue;
		op = vec_add(&e->pending);
		op->kind = OP_ROUTE_ADD;
		op->ifindex = it->route.oif;
		op->route = it->route;
		op->error = it->error;
		op->why = word_text(it->why);
		e->routes_settled = e->routes_settled && it->status != ROUTE_MISSING;
	}
}

bool routes_refused_due(const struct engine *e)
{
	vec_each(&e->failures, f)
		if (f->retry_at <= e->at.now)
			return true;
	return false;
}

msec routes_deadline(const struct engine *e)
{
	msec soonest = MSEC_NEVER;

	vec_each(&e->failures, f)
		soonest = msec_min(soonest, f->retry_at);
	return soonest;
}
