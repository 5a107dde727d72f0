// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Overlaps: looked for in the sorted items by their prefix, because this is done in every turn
 * and there may be thousands of them.
 */
#include "plan/overlaps.h"

#include <linux/rtnetlink.h>

static bool is_network(const struct state *s, const struct local_addr *a)
{
	const struct link *l = state_link(s, a->ifindex);

	return a->len && a->len < addr_bits(&a->addr) && a->scope == RT_SCOPE_UNIVERSE &&
	       !addr_is_unusable(&a->addr) && !(l && l->wireguard);
}

static const struct local_addr *network_under(const struct state *s, const struct prefix *p)
{
	vec_each(&s->addrs, a) {
		struct prefix net = prefix_from(&a->addr, a->len);

		if (is_network(s, a) && (prefix_covers(p, &net) || prefix_covers(&net, p)))
			return a;
	}
	return NULL;
}

/* The one it has, or the one it is about to get: by then nobody may answer for that. */
static const struct endpoint *endpoint_in(const struct peer *peer, const struct prefix *p)
{
	const struct endpoint *both[] = {&peer->wg.endpoint, &peer_care(peer)->coming};

	for (int i = 0; i < 2; i++)
		if (both[i]->addr.family && prefix_has(p, &both[i]->addr))
			return both[i];
	return NULL;
}

bool overlap_of_supernet(struct overlap *out, const struct state *s, const struct prefix *p)
{
	*out = (struct overlap){.network = network_under(s, p)};
	if (out->network)
		return true;
	vec_each(&s->devices, d) {
		vec_each(&d->peers, peer) {
			out->endpoint = endpoint_in(peer, p);
			if (!out->endpoint)
				continue;
			out->device = d;
			out->peer = peer;
			return true;
		}
	}
	return false;
}

bool supernets_have(const struct state *s, const struct addr *a)
{
	vec_each(&s->devices, d)
		vec_each(&d->conf->routes.unreachable, u)
			if (d->conf->routes.enabled && prefix_has(&u->prefix, a))
				return true;
	return false;
}

/* The one of the same key that came first and has the route. */
static const struct route_item *owner_of(const struct route_items *items,
					 const struct route_item *it)
{
	bool any_key = !it->route.dst.len; /* default routes by policy have tables of their own */

	vec_each(items, other) {
		if (other->device == it->device || other->peer == UINT32_MAX ||
		    other->status == ROUTE_SHADOWED)
			continue;
		if (any_key ? !prefix_cmp(&other->route.dst, &it->route.dst)
			    : !route_key_cmp(&other->route, &it->route))
			return other;
	}
	return NULL;
}

void overlaps_of_items(struct overlaps *out, const struct route_items *items, const struct state *s)
{
	vec_each(items, it) {
		struct overlap o = {0};

		if (it->status == ROUTE_SHADOWED)
			o.other = owner_of(items, it);
		else if (it->status == ROUTE_REFUSED)
			overlap_of_supernet(&o, s, &it->route.dst);
		o.item = it;
		if (o.other || o.network || o.peer)
			*vec_add(out) = o;
	}
}

static bool takes_from(const struct route_item *it)
{
	return it->peer != UINT32_MAX && it->route.dst.len < addr_bits(&it->route.dst.addr) &&
	       (it->status == ROUTE_INSTALLED || it->status == ROUTE_MISSING ||
		it->status == ROUTE_BLOCKED || it->status == ROUTE_FAILED);
}

void overlaps_of_networks(struct overlaps *out, const struct route_items *items,
			  const struct state *s)
{
	vec_each(&s->addrs, a) {
		struct prefix net = prefix_from(&a->addr, a->len);
		const struct route_item *it;

		if (!items->len || !is_network(s, a))
			continue;
		for (it = routes_from(items, RT_TABLE_MAIN, &net); it < items->at + items->len;
		     it++) {
			if (it->route.table != RT_TABLE_MAIN ||
			    !prefix_covers(&net, &it->route.dst))
				break;
			if (takes_from(it))
				*vec_add(out) = (struct overlap){.item = it, .network = a};
		}
	}
}
