// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes: what is wanted, and what serves already.
 *
 * First every allowed-IP (or what NETMAP makes of it) becomes an item. Then items and the routes of
 * others are walked once in the order in which a covering prefix comes before what it covers, with
 * the covering ones on a stack: the nearest of them tells whether somebody already leads a prefix
 * to the same interface. What remains is compared with what is there: routes_diff.c.
 */
#include "model/netmap.h"
#include "plan/overlaps.h"
#include "plan/policy.h"
#include "plan/standby.h"
#include "plan/underlay.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#define NO_INDEX UINT32_MAX

const char *route_status_name(enum route_status s)
{
	static const char *const names[] = {
		"installed", "missing", "foreign", "covered", "blocked", "shadowed",
		"withdrawn", "down",	"waiting", "off",     "refused", "failed",
	};

	return names[s];
}

static int order(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

const struct route_item *routes_main_from(const struct route_items *items, const struct prefix *p)
{
	struct route key = {.table = RT_TABLE_MAIN, .dst = *p};

	return items->at +
	       array_from(items->at, items->len, sizeof(*items->at), &key, route_place_cmp);
}

static int item_cmp(const void *va, const void *vb)
{
	const struct route_item *a = va, *b = vb;
	int c = route_key_cmp(&a->route, &b->route);

	if (!c) /* a peer's route before a supernet, the lower interface first */
		c = order(a->route.type, b->route.type);
	if (!c)
		c = order(a->device, b->device);
	return c ? c : order(a->peer, b->peer);
}

/* What metric 0 becomes in the kernel. */
static uint32_t metric_of(uint8_t family, uint32_t metric)
{
	return family == AF_INET6 && !metric ? ROUTE_METRIC_IPV6 : metric;
}

static struct route route_new(const struct prefix *dst, const struct routes_conf *conf)
{
	struct route r = {.dst = *dst,
			  .table = conf->table,
			  .metric = conf->metric,
			  .protocol = ROUTE_PROTOCOL,
			  .type = RTN_UNICAST};

	r.metric = metric_of(dst->addr.family, conf->metric);
	if (dst->addr.family == AF_INET)
		r.source = conf->source4;
	else
		r.source = conf->source6;
	return r;
}

/* What Table= of whoever made the interface means here, unless the table was configured. */
static bool imported_off(const struct device *d, const struct routes_conf *conf)
{
	return !conf->table_set && d->imported && d->imported->routes == IMPORT_ROUTES_OFF;
}

static uint32_t table_for(const struct device *d, const struct routes_conf *conf)
{
	if (!conf->table_set && d->imported && d->imported->routes == IMPORT_ROUTES_TABLE)
		return d->imported->table;
	return conf->table;
}

/* Dead, or one that never called and that cannot be called: what is announced would go nowhere. */
static bool peer_is_gone(const struct peer *p)
{
	return p->life.state == LIFE_DEAD ||
	       (p->life.state == LIFE_NEVER && !p->wg.endpoint.addr.family);
}

static void item_judge(struct route_item *it, const struct state *s, const struct device *d,
		       const struct peer *p, const struct routes_conf *conf)
{
	it->status = ROUTE_MISSING;
	if (!conf->enabled) {
		it->status = ROUTE_OFF;
		it->why = "routes are off";
	} else if (imported_off(d, conf)) {
		it->status = ROUTE_OFF;
		it->why = "Table = off where the interface is configured";
	} else if (!it->route.dst.len && conf->default_route == DEFAULT_ROUTE_OFF) {
		it->status = ROUTE_OFF;
		it->why = "default_route is off";
	} else if (!d->up) {
		it->status = ROUTE_DOWN;
		it->why = "the interface is down";
	} else if (it->mark && d->settling) {
		it->status = ROUTE_DOWN;
		it->why = "whoever made the interface may be about to do it";
	} else if (conf->withdraw_dead && peer_is_gone(p)) {
		it->status = ROUTE_WITHDRAWN;
		it->why = p->life.state == LIFE_DEAD ? "the peer is dead"
						     : "the peer has never called";
	} else if (it->route.source.family && !state_has_addr(s, &it->route.source)) {
		it->why = "waiting for the source address";
		it->status = ROUTE_WAITING;
	}
}

static void item_by_policy(struct route_item *it, const struct state *s, const struct device *d)
{
	it->mark = policy_mark(s, d);
	it->route.table = policy_table(it->mark);
}

/* Behind the routes of the peer on another interface that it stands by for. */
static void item_second(struct route_item *it, const struct peer *p)
{
	uint32_t first = metric_of(it->route.dst.addr.family, p->second_to);

	if (it->route.metric < first)
		it->route.metric = first;
	it->route.metric += STANDBY_METRIC;
}

static void peer_items(struct route_items *out, const struct state *s, uint32_t device,
		       uint32_t peer)
{
	const struct device *d = &s->devices.at[device];
	const struct peer *p = &d->peers.at[peer];
	const struct routes_conf *conf = peer_routes(d, p);
	struct peer_networks walk = {.device = d, .peer = p};
	struct prefix net;

	while (peer_networks_next(&walk, &net)) {
		struct route_item *it = vec_add(out);

		it->route = route_new(&net, conf);
		it->route.table = table_for(d, conf);
		it->route.oif = d->ifindex;
		if (p->second)
			item_second(it, p);
		if (net.addr.family == AF_INET)
			it->route.scope = conf->scope;
		it->device = device;
		it->peer = peer;
		if (!net.len && policy_wanted(d, conf))
			item_by_policy(it, s, d);
		item_judge(it, s, d, p, conf);
	}
}

static void supernet_judge(struct route_item *it, const struct state *s,
			   const struct routes_conf *conf)
{
	struct overlap o;

	it->status = ROUTE_MISSING;
	if (!conf->enabled) {
		it->status = ROUTE_OFF;
		it->why = "routes are off";
	} else if (overlap_of_supernet(&o, s, &it->route.dst)) {
		it->status = ROUTE_REFUSED;
		it->why = o.network ? "it overlaps with a network that this host is in"
				    : "it covers the endpoint of a peer";
	}
}

static void supernet_items(struct route_items *out, const struct state *s, uint32_t device)
{
	const struct device *d = &s->devices.at[device];
	const struct routes_conf *conf = &d->conf->routes;

	vec_each(&conf->unreachable, u) {
		struct route_item *it = vec_add(out);

		it->route = route_new(&u->prefix, conf);
		it->route.table = table_for(d, conf);
		it->route.type = u->type;
		it->route.source = (struct addr){0};
		it->device = device;
		it->peer = NO_INDEX;
		supernet_judge(it, s, conf);
	}
}

/* One of two that the kernel could not tell apart, and the other came first. */
static void item_shadow(struct route_item *it, const struct route_item *first)
{
	if (it->peer == NO_INDEX && first->peer != NO_INDEX) {
		it->status = ROUTE_COVERED;
		it->why = "a peer has the same prefix";
	} else {
		it->status = ROUTE_SHADOWED;
		it->why = "another interface has the same prefix";
	}
}

/* The first in order stays. The same supernet of two interfaces is one, and not worth a word. */
static void shadow_twins(struct route_items *items)
{
	struct route_item *first = NULL;
	uint32_t kept = 0;

	vec_each(items, it) {
		bool twin = first && it->status == ROUTE_MISSING &&
			    !route_key_cmp(&first->route, &it->route);

		if (twin && it->peer == NO_INDEX && !route_cmp(&first->route, &it->route))
			continue;
		if (twin)
			item_shadow(it, first);
		items->at[kept] = *it;
		if (it->status == ROUTE_MISSING)
			first = &items->at[kept];
		kept++;
	}
	items->len = kept;
}

static const struct peer *item_peer(const struct state *s, const struct route_item *it)
{
	return it->peer == NO_INDEX ? NULL : &s->devices.at[it->device].peers.at[it->peer];
}

/* Of items with one prefix: does a standby on another interface serve it now? */
static bool served_by_second(const struct route_item *it, const struct route_item *end,
			     const struct state *s)
{
	for (; it < end; it++) {
		const struct peer *p = item_peer(s, it);

		if (p && p->second && it->status == ROUTE_MISSING)
			return true;
	}
	return false;
}

/* The routes of a peer whose standby on another interface has taken over go, where it has them. */
static void relieve(struct route_items *items, const struct state *s)
{
	struct route_item *end = items->at + items->len, *next;

	for (struct route_item *first = items->at; first < end; first = next) {
		for (next = first; next < end && first->route.table == next->route.table &&
				   !prefix_cmp(&first->route.dst, &next->route.dst);)
			next++;
		for (struct route_item *it = first; it < next; it++) {
			const struct peer *p = item_peer(s, it);

			if (!p || !p->relieved || it->status != ROUTE_MISSING ||
			    !served_by_second(first, next, s))
				continue;
			it->status = ROUTE_WITHDRAWN;
			it->why = "its standby on another interface has taken over";
		}
	}
}

/* One entry of the nesting walk: an item, or a route of somebody else over our devices. */
struct nested {
	const struct route *route;
	struct route_item *item; /* NULL: foreign */
};
VEC_TYPE(nesting, struct nested);

static int nested_cmp(const void *va, const void *vb)
{
	const struct nested *a = va, *b = vb;
	int c = order(a->route->table, b->route->table);

	if (!c)
		c = prefix_cmp(&a->route->dst, &b->route->dst);
	if (!c) /* foreign first, so that it is there when the item asks */
		c = order(a->item != NULL, b->item != NULL);
	return c ? c : order(a->route->oif, b->route->oif);
}

static bool same_prefix(const struct route *a, const struct route *b)
{
	return a->table == b->table && !prefix_cmp(&a->dst, &b->dst);
}

static bool route_covers(const struct route *outer, const struct route *inner)
{
	return outer->table == inner->table && prefix_covers(&outer->dst, &inner->dst);
}

/* Does a foreign route lead this item's prefix to the item's own interface? */
static bool serves(const struct nested *near, const struct route_item *it)
{
	bool same = near->route->dst.len == it->route.dst.len;

	if (it->route.type != RTN_UNICAST || near->item || near->route->oif != it->route.oif ||
	    near->route->type != RTN_UNICAST || near->route->tos)
		return false;
	return same || near->route->dst.len; /* a default route does not stand for everything */
}

/* Of the entries with its prefix, does the kernel follow this one? */
static bool is_best(const struct nesting *stack, uint32_t i)
{
	uint32_t first = i, metric = stack->at[i].route->metric;

	while (first && same_prefix(stack->at[first - 1].route, stack->at[i].route))
		first--;
	for (uint32_t j = first; j < stack->len; j++)
		if (!stack->at[j].route->tos && stack->at[j].route->metric < metric)
			return false;
	return true;
}

/*
 * Entries with the same prefix: when any foreign one of them goes over the item's interface, it
 * serves, whatever its metric. A wider one has to be the one that the kernel follows.
 */
static const struct nested *nearest_serving(const struct nesting *stack,
					    const struct route_item *it)
{
	for (uint32_t i = stack->len; i-- > 0;) {
		const struct nested *n = &stack->at[i];

		if (serves(n, it) && (n->route->dst.len == it->route.dst.len || is_best(stack, i)))
			return n;
		if (!i || !same_prefix(n->route, n[-1].route))
			return NULL;
	}
	return NULL;
}

static void item_cover(struct route_item *it, const struct nested *by)
{
	bool same = by->route->dst.len == it->route.dst.len;

	it->status = same ? ROUTE_FOREIGN : ROUTE_COVERED;
	if (by->route->protocol == RTPROT_KERNEL)
		it->why = "the interface's own network";
	else
		it->why = same ? "another program's route serves it"
			       : "another program's route over this interface serves it";
}

/*
 * Entries with one prefix, foreign ones first. When one of the items needs a route of its own, so
 * does each: it would be nearer than what covers the others.
 */
static void walk_prefix(struct nesting *stack, struct nested *n, const struct nested *end)
{
	const struct nested *items, *by;
	bool all = true;

	for (; n < end && !n->item; n++)
		*vec_add(stack) = *n;
	for (items = n; items < end; items++)
		all = all && nearest_serving(stack, items->item);
	for (; n < end; n++) {
		by = nearest_serving(stack, n->item);
		if (by && (all || by->route->dst.len == n->route->dst.len))
			item_cover(n->item, by);
		else
			*vec_add(stack) = *n;
	}
}

static void walk_nesting(struct nesting *all)
{
	struct nested *end = all->at + all->len, *n = all->at, *next;
	struct nesting stack = {0};

	for (; n < end; n = next) {
		for (next = n + 1; next < end && same_prefix(n->route, next->route);)
			next++;
		while (stack.len && !route_covers(stack.at[stack.len - 1].route, n->route))
			stack.len--;
		walk_prefix(&stack, n, next);
	}
	vec_free(&stack);
}

/*
 * The networks that the host is in by its other interfaces: their routes are not among those that
 * were looked at, and they are nearer than what goes around them over a device of ours.
 */
static void connected(struct routes *out, const struct state *s)
{
	vec_each(&s->addrs, a) {
		const struct link *l = state_link(s, a->ifindex);

		if (l && !l->wireguard && a->len < addr_bits(&a->addr))
			*vec_add(out) = (struct route){.dst = prefix_from(&a->addr, a->len),
						       .table = RT_TABLE_MAIN,
						       .oif = a->ifindex,
						       .protocol = RTPROT_KERNEL,
						       .type = RTN_UNICAST};
	}
}

static void find_covered(struct route_items *items, const struct state *s)
{
	struct nesting all = {0};
	struct routes nets = {0};

	vec_each(&s->foreign, r)
		if (r->table != RT_TABLE_LOCAL)
			vec_add(&all)->route = r;
	if (all.len)
		connected(&nets, s);
	vec_each(&nets, r)
		vec_add(&all)->route = r;
	if (all.len) {
		vec_each(items, it) {
			if (it->status == ROUTE_MISSING)
				*vec_add(&all) = (struct nested){&it->route, it};
		}
		vec_sort(&all, nested_cmp);
		walk_nesting(&all);
	}
	vec_free(&all);
	vec_free(&nets);
}

void routes_desired(struct route_items *out, const struct state *s, const struct config *c)
{
	(void)c;
	out->len = 0;
	for (uint32_t i = 0; i < s->devices.len; i++) {
		const struct device *d = &s->devices.at[i];

		for (uint32_t j = 0; j < d->peers.len; j++)
			peer_items(out, s, i, j);
		supernet_items(out, s, i);
	}
	policy_judge(out, s);
	vec_sort(out, item_cmp);
	relieve(out, s);
	shadow_twins(out);
	find_covered(out, s);
	if (underlay_items(out, s))
		vec_sort(out, item_cmp);
}
