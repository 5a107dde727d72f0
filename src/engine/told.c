// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the engine is told between turns: what changed in the kernel, what the child found out. It
 * is noted here, as something to look at or to plan again, and seen to in the next turn.
 */
#include "internal.h"

#include <errno.h>

static void told_of(struct engine *e, unsigned int subjects)
{
	e->dirty |= subjects;
	e->told |= subjects;
}

void engine_dirty(struct engine *e, unsigned int subjects)
{
	told_of(e, subjects);
	e->stirred = e->stirred || subjects == SUBJECT_RULES;
	e->routes_where.everywhere = e->routes_where.everywhere || subjects & SUBJECT_ROUTES;
	if (subjects & SUBJECT_FIREWALL)
		firewall_told(e);
}

/* Does a route of somebody else stand where one of ours was refused? Then it may be free now. */
static void failures_retry(struct engine *e, const struct prefix *dst)
{
	vec_each(&e->failures, f)
		if (!prefix_cmp(&f->route.dst, dst))
			f->retry_at = 0;
}

/* A link or an address takes others' routes away without a word; soon, for they come in numbers. */
static void blocked_retry(struct engine *e)
{
	vec_each(&e->failures, f)
		if (f->error == -EEXIST)
			f->retry_at = msec_min(f->retry_at, e->at.now + RETRY_MIN);
}

/* Is it a way to an endpoint that has to stay outside its tunnel? */
static bool is_underlay(const struct engine *e, const struct route *r)
{
	vec_each(&e->underlay_for, to)
		if (prefix_has(&r->dst, to))
			return true;
	return false;
}

static bool has_key(const struct routes *known, const struct route *r)
{
	uint32_t i = vec_from(known, r, route_key_cmp);

	return i < known->len && !route_key_cmp(&known->at[i], r);
}

/*
 * Does it have the key of a route that we know? `ip route replace` puts a route in the place of
 * another one without a word about that.
 */
static bool takes_a_place(const struct engine *e, const struct route *r)
{
	return has_key(&e->state.ours, r) || has_key(&e->state.foreign, r);
}

static bool leads_here(struct engine *e, const struct route *r)
{
	return r->oif && state_device(&e->state, r->oif);
}

/* One of others: may anything be different for us? */
static bool concerns_us(struct engine *e, const struct route *r, enum route_event what)
{
	return leads_here(e, r) || is_underlay(e, r) || (what != ROUTE_WENT && takes_a_place(e, r));
}

void engine_route_event(struct engine *e, const struct route *r, enum route_event what)
{
	bool ours = r->protocol == ROUTE_PROTOCOL;

	e->stirred = e->stirred || (!ours && leads_here(e, r));
	if (ours ? !routes_told(e, r, what) : concerns_us(e, r, what)) {
		told_of(e, SUBJECT_ROUTES);
		e->routes_where.everywhere =
			e->routes_where.everywhere || (ours && !leads_here(e, r));
	}
	if (what == ROUTE_WENT && e->failures.len) {
		failures_retry(e, &r->dst);
		told_of(e, SUBJECT_ROUTES);
	}
	if (r->dst.len)
		return;
	e->surroundings++; /* a default route came or went: other names, other sources */
	if (what != ROUTE_WENT)
		names_refresh(&e->names, e->at.now);
}

void engine_link_event(struct engine *e, const struct link *l, bool deleted)
{
	const struct link *known = state_link(&e->state, l->ifindex);

	told_of(e, SUBJECT_LINKS);
	blocked_retry(e);
	if (l->wireguard || deleted || (known && known->wireguard))
		told_of(e, SUBJECT_ROUTES | SUBJECT_PEERS);
	else if (e->underlay_for.len) /* an uplink takes its routes away without a word */
		told_of(e, SUBJECT_ROUTES);
}

/* Does one of them have it as its source? */
static bool any_from(const struct routes *known, const struct addr *source)
{
	vec_each(known, r)
		if (r->way && !addr_cmp(route_source(r), source))
			return true;
	return false;
}

/*
 * With an address go the routes that have it as their source, without a word where they are of
 * IPv4, and they do not come back with it: whichever interface it is on.
 */
static bool takes_routes(struct engine *e, const struct local_addr *a)
{
	return state_device(&e->state, a->ifindex) || any_from(&e->state.ours, &a->addr) ||
	       any_from(&e->state.foreign, &a->addr);
}

void engine_addr_event(struct engine *e, const struct local_addr *a)
{
	told_of(e, SUBJECT_ADDRS);
	blocked_retry(e);
	if (e->underlay_for.len || takes_routes(e, a))
		told_of(e, SUBJECT_ROUTES);
}

static void tell_name(struct engine *e, const struct name *n)
{
	struct endpoint found[2 * NET_MAX_ADDRS];
	uint32_t count = name_endpoints(n, 0, found, 2 * NET_MAX_ADDRS);
	struct str list = {0};
	char buf[ENDPOINT_STRLEN];

	for (uint32_t i = 0; i < count; i++)
		str_add(&list, "%s%s", i ? ", " : "",
			n->srv ? endpoint_format(&found[i], buf)
			       : addr_format(&found[i].addr, buf));
	story_tell(e, (struct story){.code = "dns"}, "%s is %s", n->host, str_text(&list));
	str_free(&list);
}

void engine_answer(struct engine *e, const struct net_answer *a, struct moment at)
{
	struct name *n;
	bool changed;

	e->at = at;
	if (a->kind == NET_SERVE)
		exchange_served(e, a);
	if (a->kind != NET_LOOKUP && a->kind != NET_SRV)
		return;
	changed = names_answer(&e->names, a, at.now, &e->rng, &n);
	if (!n)
		return;
	e->counters.lookups++;
	e->counters.lookup_failures += a->status != NET_OK && a->status != NET_NO_DATA;
	if (changed) {
		e->store_at = e->store_at ? e->store_at : at.now + STORE_AFTER;
		tell_name(e, n);
		*vec_add(&e->fresh) = n->id;
		if (e->problems.len)
			e->problems_at = at.now; /* that it was not known may be one of them */
	}
	e->problems_due = e->problems_due || !name_known(n);
}

void engine_child_restarted(struct engine *e, struct moment at)
{
	e->at = at;
	e->counters.child_restarts++;
	names_forget_asked(&e->names, at.now);
	exchange_child_restarted(e);
}
