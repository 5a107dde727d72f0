// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The underlay: others' routes to the endpoints that are inside their own tunnel are looked at
 * when ours are, and when the endpoints are others. What then still leads into the tunnel is found
 * by asking the kernel for the way.
 */
#include "internal.h"

#define STORIES_MAX	 5  /* ways that change in one turn are told of one by one */
#define LOOPS_LOOKED_FOR 64 /* peers of a device; a hub of more gives each one look-up too many */

static int underlay_cmp(const void *va, const void *vb)
{
	const struct route *a = va, *b = vb;
	int c = route_cmp(a, b);

	if (!c)
		c = (a->protocol > b->protocol) - (a->protocol < b->protocol);
	return c ? c : (a->onlink > b->onlink) - (a->onlink < b->onlink);
}

static bool routes_same(const struct routes *a, const struct routes *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (underlay_cmp(&a->at[i], &b->at[i]))
			return false;
	return true;
}

static bool addrs_same(const struct addrs *a, const struct addrs *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (addr_cmp(&a->at[i], &b->at[i]))
			return false;
	return true;
}

/* A look that fails changes nothing; it is looked again with the routes. */
static bool look(struct engine *e)
{
	struct routes fresh = {0};
	bool changed;

	if (e->underlay_for.len &&
	    e->edge.underlay(e->edge.ctx, e->underlay_for.at, e->underlay_for.len, &fresh)) {
		vec_free(&fresh);
		e->dirty |= SUBJECT_ROUTES;
		return false;
	}
	vec_sort(&fresh, underlay_cmp);
	changed = !routes_same(&fresh, &e->state.underlay);
	vec_free(&e->state.underlay);
	e->state.underlay = fresh;
	return changed;
}

bool underlay_observe(struct engine *e, bool force)
{
	struct addrs wanted = {0};
	bool others, changed = false;

	underlay_wanted(&wanted, &e->items, &e->state);
	others = !addrs_same(&wanted, &e->underlay_for);
	vec_free(&e->underlay_for);
	e->underlay_for = wanted;
	if (others || (force && wanted.len))
		changed = look(e);
	if (changed)
		e->replan |= SUBJECT_ROUTES; /* new ways, and nothing that was gone */
	return changed;
}

static const struct route_item *way_of(const struct engine *e, const struct op *op)
{
	vec_each(&e->items, it)
		if (it->underlay && !route_cmp(&it->route, &op->route))
			return it;
	return NULL;
}

static void tell_way(struct engine *e, const struct op *op, const struct route_item *it)
{
	const struct device *d = &e->state.devices.at[it->device];
	struct story s = {.code = "route", .device = d, .peer = &d->peers.at[it->peer]};
	struct str line = {0};

	route_format(&line, &op->route, &e->state);
	story_tell(e, s, "its endpoint is inside the tunnel; the way outside is %s",
		   str_text(&line));
	str_free(&line);
}

void underlay_tell(struct engine *e, const struct ops *ops)
{
	uint32_t n = 0;

	if (!e->underlay_for.len)
		return;
	vec_each(ops, op) {
		const struct route_item *it;

		if (op->kind != OP_ROUTE_ADD || op->error ||
		    op->route.dst.len != addr_bits(&op->route.dst.addr))
			continue;
		it = way_of(e, op);
		if (it && ++n <= STORIES_MAX)
			tell_way(e, op, it);
	}
}

/* Whichever interface it is that answers for a network: the endpoint may be in it. */
static bool any_supernet(const struct state *s)
{
	vec_each(&s->devices, d)
		if (d->conf->routes.unreachable.len)
			return true;
	return false;
}

bool underlay_concerns_all(const struct engine *e)
{
	return e->underlay_for.len || any_supernet(&e->state);
}

bool underlay_moved(const struct engine *e, const struct device_merge *m)
{
	uint32_t index = (uint32_t)(m->device - e->state.devices.at);
	struct underlay_end ends[MOVED_TOLD];
	struct underlay_ends few = {.at = ends};

	if (underlay_concerns_all(e))
		return true;
	if (m->moved > MOVED_TOLD)
		return underlay_has_inside(&e->items, &e->state, index);
	for (uint32_t i = 0; i < m->moved; i++)
		if (m->moved_to[i].family)
			ends[few.len++] = (struct underlay_end){index, m->moved_to[i]};
	return underlay_has_any(&e->items, &few);
}

/*
 * Does the way to an endpoint that somebody wrote lead into its own tunnel? Looked at once for
 * each change of the surroundings or of our own routes, and only for peers that are known by an
 * endpoint.
 */
static void look_for_loop(struct engine *e, const struct device *d, struct peer *p)
{
	uint32_t oif = 0, version = e->surroundings + e->routes_version;
	struct addr source;

	if (peer_care(p)->looked == version || !p->wg.endpoint.addr.family ||
	    !peer_endpoint_spec(p))
		return;
	peer_tend(p)->looked = version;
	e->edge.source(e->edge.ctx, &p->wg.endpoint.addr, d->fwmark, &source, &oif);
	p->looped = oif == d->ifindex;
}

void underlay_look_for_loops(struct engine *e)
{
	if (!(e->replan & (SUBJECT_PEERS | SUBJECT_ROUTES)))
		return;
	vec_each(&e->state.devices, d) {
		if (d->peers.len > LOOPS_LOOKED_FOR)
			continue;
		vec_each(&d->peers, p)
			look_for_loop(e, d, p);
	}
}
