// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whoever may announce routers in a network that this host is in can make up gateways without end:
 * those that no route has any more are forgotten.
 */
#include "internal.h"

static void keep_all(const struct routes *list)
{
	vec_each(list, r)
		route_way_keep(r);
}

void route_ways_settle(const struct engine *e)
{
	if (!route_ways_many())
		return;
	keep_all(&e->state.ours);
	keep_all(&e->state.foreign);
	keep_all(&e->state.underlay);
	vec_each(&e->items, it)
		route_way_keep(&it->route);
	vec_each(&e->failures, f)
		route_way_keep(&f->route);
	vec_each(&e->pending, op)
		route_way_keep(&op->route);
	route_ways_sweep();
}
