// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `routes`: every prefix that somebody wants a route for with what became of it, then the routes
 * of ours that nobody wants any more and the next plan takes away.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "answer_put.h"

static const char *route_type_name(uint8_t type)
{
	switch (type) {
	case RTN_UNREACHABLE:
		return "unreachable";
	case RTN_BLACKHOLE:
		return "blackhole";
	case RTN_PROHIBIT:
		return "prohibit";
	default:
		return "unicast";
	}
}

static void put_route_fields(json_t *o, const struct answer_view *v, const struct route *r)
{
	put_prefix(o, "prefix", &r->dst);
	put_text(o, "interface", r->oif ? state_ifname(v->state, r->oif) : NULL);
	put_text(o, "type", route_type_name(r->type));
	put_table(o, "table", r->table);
	put_int(o, "metric", r->metric);
	put_addr(o, "source", &r->source);
}

/* What the kernel said where it said no, else the planner's words. */
static const char *route_reason(const struct route_item *item)
{
	if (item->why)
		return item->why;
	return item->error ? strerror(item->error < 0 ? -item->error : item->error) : NULL;
}

static const struct peer *route_item_peer(const struct state *s, const struct route_item *item)
{
	const struct device *d;

	if (item->device >= s->devices.len)
		return NULL;
	d = &s->devices.at[item->device];
	return item->peer < d->peers.len ? &d->peers.at[item->peer] : NULL;
}

json_t *route_item_json(const struct answer_view *v, const struct route_item *item)
{
	const struct peer *p = route_item_peer(v->state, item);
	char label[KEY_STRLEN];
	json_t *o = json_object();

	put_route_fields(o, v, &item->route);
	if (!item->route.oif && item->device < v->state->devices.len)
		put_text(o, "interface", v->state->devices.at[item->device].name);
	put_text(o, "peer", p ? peer_label(p, label) : NULL);
	put_text(o, "status", route_status_name(item->status));
	put_text(o, "reason", route_reason(item));
	return o;
}

json_t *route_surplus_json(const struct answer_view *v, const struct route *r)
{
	json_t *o = json_object();

	put_route_fields(o, v, r);
	put_text(o, "peer", NULL);
	put_text(o, "status", "surplus");
	put_text(o, "reason", "nobody wants it any more");
	return o;
}

bool route_is_surplus(const struct answer_view *v, const struct route *r)
{
	return r->protocol == ROUTE_PROTOCOL && !vec_find(v->routes, r, route_key_cmp);
}
