// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The underlay: which endpoints are inside their own tunnel, and the way around it.
 *
 * There may be ten thousand peers and twenty thousand prefixes, and hardly ever is one in the
 * other. So an endpoint is first looked up by its first byte, and only then by prefix, for each
 * length that occurs, in the sorted items.
 */
#include "plan/underlay.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "routes_build.h"

#define PRIORITY_MAIN 32766 /* of the kernel's own rule for the main table */
#define FEW	      64    /* so many addresses are looked up by each length that a prefix has */

/* The items that lead somewhere in the main table, to be searched. */
struct leads {
	const struct route_items *items;
	bool lens[2][129];
	bool first[2][256];
};

static int is_v6(const struct addr *a)
{
	return a->family == AF_INET6;
}

/*
 * One that was refused for an endpoint would lead there again were it not refused. Whose default
 * route is another program's may have it in another table.
 */
static bool item_leads(const struct route_item *it)
{
	return it->route.table == RT_TABLE_MAIN && it->route.type == RTN_UNICAST && !it->underlay &&
	       (item_is_wanted(it) || it->status == ROUTE_COVERED || it->status == ROUTE_REFUSED ||
		(it->status == ROUTE_FOREIGN && it->route.dst.len));
}

static void leads_make(struct leads *l, const struct route_items *items)
{
	*l = (struct leads){.items = items};
	vec_each(items, it) {
		const struct prefix *p = &it->route.dst;
		unsigned int span = p->len < 8 ? 1u << (8 - p->len) : 1;

		if (!item_leads(it))
			continue;
		l->lens[is_v6(&p->addr)][p->len] = true;
		for (unsigned int i = 0; i < span; i++)
			l->first[is_v6(&p->addr)][p->addr.bytes[0] + i] = true;
	}
}

/* Anywhere: for a few addresses that is quicker than to find out where. */
static void leads_may_be(struct leads *l, const struct route_items *items)
{
	l->items = items;
	memset(l->lens, true, sizeof(l->lens));
	memset(l->first, true, sizeof(l->first));
}

/* Of this prefix, with the best metric: one of the device, or one of all the others. */
static const struct route_item *leads_exact(const struct leads *l, const struct prefix *p,
					    uint32_t device, bool own)
{
	const struct route_item *it = routes_from(l->items, RT_TABLE_MAIN, p),
				*end = l->items->at + l->items->len;

	for (; it < end && it->route.table == RT_TABLE_MAIN && !prefix_cmp(&it->route.dst, p); it++)
		if (item_leads(it) && (it->device == device) == own &&
		    (own || it->status != ROUTE_REFUSED))
			return it;
	return NULL;
}

static const struct route_item *leads_find(const struct leads *l, const struct addr *to,
					   uint32_t device, bool own)
{
	const bool *lens = l->lens[is_v6(to)];

	if (!l->first[is_v6(to)][to->bytes[0]])
		return NULL;
	for (int len = (int)addr_bits(to); len >= 0; len--) {
		struct prefix p = prefix_from(to, (uint8_t)len);
		const struct route_item *it = lens[len] ? leads_exact(l, &p, device, own) : NULL;

		if (it)
			return it;
	}
	return NULL;
}

/* Somebody's rule leads what the device sends by its mark, before the main table does. */
static bool has_rule(const struct state *s, const struct device *d, uint8_t family)
{
	vec_each(&s->rules, r)
		if (r->protocol != ROUTE_PROTOCOL && r->family == family && r->fwmask &&
		    !r->invert && (d->fwmark & r->fwmask) == r->fwmark &&
		    r->priority < PRIORITY_MAIN && r->action == FR_ACT_TO_TBL &&
		    r->table != RT_TABLE_MAIN)
			return true;
	return false;
}

/* Can a route matter to this endpoint at all? Link-local ones say their interface themselves. */
static bool is_routed(const struct state *s, const struct endpoint *e)
{
	return e->addr.family && !e->scope_id && !addr_is_unusable(&e->addr) &&
	       !state_has_addr(s, &e->addr);
}

/* What is to be done for one endpoint of a peer. */
typedef void (*endpoint_fn)(void *ctx, const struct leads *l, uint32_t device, uint32_t peer,
			    const struct addr *to);

static void each_endpoint(const struct leads *l, const struct state *s, endpoint_fn fn, void *ctx)
{
	for (uint32_t i = 0; i < s->devices.len; i++) {
		const struct device *d = &s->devices.at[i];

		for (uint32_t j = 0; j < d->peers.len; j++) {
			const struct peer *p = &d->peers.at[j];
			const struct endpoint *both[] = {&p->wg.endpoint, &peer_care(p)->coming};

			for (int k = 0; k < 2; k++) {
				const struct addr *to = &both[k]->addr;

				if (to->family && leads_find(l, to, i, true) &&
				    is_routed(s, both[k]) && !has_rule(s, d, to->family))
					fn(ctx, l, i, j, to);
			}
		}
	}
}

bool underlay_has_any(const struct route_items *items, const struct underlay_ends *ends)
{
	struct leads l;

	if (ends->len > FEW)
		leads_make(&l, items);
	else
		leads_may_be(&l, items);
	vec_each(ends, to)
		if (leads_find(&l, &to->addr, to->device, true))
			return true;
	return false;
}

bool underlay_has_inside(const struct route_items *items, const struct state *s, uint32_t device)
{
	const struct device *d = &s->devices.at[device];
	struct leads l;

	leads_make(&l, items);
	vec_each(&d->peers, p) {
		const struct addr *its = &p->wg.endpoint.addr, *coming = &peer_care(p)->coming.addr;

		if ((its->family && leads_find(&l, its, device, true)) ||
		    (coming->family && leads_find(&l, coming, device, true)))
			return true;
	}
	return false;
}

static int addr_order(const void *a, const void *b)
{
	return addr_cmp(a, b);
}

static void wanted_add(void *out, const struct leads *l, uint32_t device, uint32_t peer,
		       const struct addr *to)
{
	(void)l;
	(void)device;
	(void)peer;
	*vec_add((struct addrs *)out) = *to;
}

void underlay_wanted(struct addrs *out, const struct route_items *items, const struct state *s)
{
	struct leads l;
	uint32_t kept = 0;

	out->len = 0;
	leads_make(&l, items);
	each_endpoint(&l, s, wanted_add, out);
	vec_each(items, it)
		if (it->mark && item_is_wanted(it))
			*vec_add(out) = (struct addr){.family = it->route.dst.addr.family};
	vec_sort(out, addr_order);
	vec_each(out, a)
		if (!kept || addr_cmp(a, &out->at[kept - 1]))
			out->at[kept++] = *a;
	out->len = kept;
}

/* Of two routes to one address, does the kernel follow a? It does when b is NULL. */
static bool is_nearer(const struct route *a, const struct route *b)
{
	if (!b || a->dst.len != b->dst.len)
		return !b || a->dst.len > b->dst.len;
	return a->metric < b->metric;
}

/*
 * A tunnel in another tunnel is fine, as long as that other one is not in this one, or to the same
 * far end. True also for interfaces that are no tunnels.
 */
static bool is_outside(const struct leads *l, const struct state *s, uint32_t oif, uint32_t device,
		       const struct addr *to)
{
	if (oif == s->devices.at[device].ifindex)
		return false;
	vec_each(&s->devices, d) {
		if (d->ifindex != oif)
			continue;
		vec_each(&d->peers, p) {
			const struct addr *its = &p->wg.endpoint.addr;

			if (!addr_cmp(its, to) || !addr_cmp(&peer_care(p)->coming.addr, to) ||
			    (its->family && leads_find(l, its, device, true)))
				return false;
		}
	}
	return true;
}

/* The way that does not lead into this device; NULL when there is none. */
static const struct route *way_outside(const struct leads *l, const struct state *s,
				       uint32_t device, const struct addr *to)
{
	const struct route_item *other = leads_find(l, to, device, false);
	const struct route *best = NULL;

	if (other && is_outside(l, s, other->route.oif, device, to))
		best = &other->route;
	vec_each(&s->underlay, r)
		if (!r->tos && prefix_has(&r->dst, to) && is_nearer(r, best) &&
		    (r->oif || r->type != RTN_UNICAST) && is_outside(l, s, r->oif, device, to))
			best = r;
	return best;
}

struct making {
	struct route_items fresh;
	const struct state *state;
};

/* Of one address, the one that has a way comes first. */
static int made_cmp(const void *va, const void *vb)
{
	const struct route_item *a = va, *b = vb;
	int c = addr_cmp(&a->route.dst.addr, &b->route.dst.addr);

	if (!c)
		c = (a->status > b->status) - (a->status < b->status);
	if (!c)
		c = (a->device > b->device) - (a->device < b->device);
	return c ? c : (a->peer > b->peer) - (a->peer < b->peer);
}

static struct route host_route(const struct state *s, const struct addr *to,
			       const struct route *way)
{
	struct route r = {.dst = prefix_from(to, (uint8_t)addr_bits(to)),
			  .table = RT_TABLE_MAIN,
			  .protocol = ROUTE_PROTOCOL,
			  .type = RTN_UNICAST};

	if (to->family == AF_INET6)
		r.metric = ROUTE_METRIC_IPV6;
	if (!way)
		return r;
	r.oif = way->oif;
	route_set_gateway(&r, route_gateway(way));
	r.onlink = way->onlink;
	if (state_has_addr(s, route_source(way)))
		route_set_source(&r, route_source(way));
	if (to->family == AF_INET && !route_gateway(way)->family)
		r.scope = RT_SCOPE_LINK;
	return r;
}

static void item_make(void *ctx, const struct leads *l, uint32_t device, uint32_t peer,
		      const struct addr *to)
{
	struct making *m = ctx;
	const struct route_item *inside = leads_find(l, to, device, true);
	const struct route *way = way_outside(l, m->state, device, to);
	struct route_item *it;

	if (way && !is_nearer(&inside->route, way))
		return;
	it = vec_add(&m->fresh);
	it->route = host_route(m->state, to, way);
	it->device = device;
	it->peer = peer;
	it->underlay = true;
	it->status = way && way->type == RTN_UNICAST ? ROUTE_MISSING : ROUTE_WAITING;
	it->why = word_of(it->status == ROUTE_MISSING
				  ? "the way to the peer's endpoint, outside the tunnel"
				  : "there is no way to the peer's endpoint outside the tunnel");
}

/* What has just the address of a host route has to give way to it. */
static void give_way(struct route_items *items, const struct route *host)
{
	const struct route_item *first = routes_from(items, RT_TABLE_MAIN, &host->dst);

	for (struct route_item *it = items->at + (first - items->at);
	     it < items->at + items->len && it->route.table == host->table &&
	     !prefix_cmp(&it->route.dst, &host->dst);
	     it++) {
		if (it->status != ROUTE_MISSING && it->status != ROUTE_SHADOWED &&
		    it->status != ROUTE_COVERED)
			continue;
		it->status = ROUTE_REFUSED;
		it->why = word_of("it is the endpoint of a peer");
	}
}

bool underlay_items(struct route_items *items, const struct state *s)
{
	struct making m = {.state = s};
	const struct route_item *last = NULL;
	struct leads l;

	leads_make(&l, items);
	each_endpoint(&l, s, item_make, &m);
	vec_sort(&m.fresh, made_cmp);
	vec_each(&m.fresh, it)
		give_way(items, &it->route);
	vec_each(&m.fresh, it) {
		if (!last || addr_cmp(&last->route.dst.addr, &it->route.dst.addr))
			*vec_add(items) = *it;
		last = it;
	}
	vec_free(&m.fresh);
	return last != NULL;
}
