// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `routes`: every prefix that somebody wants a route for with what became of it, then the routes
 * of ours that nobody wants any more and the next plan takes away.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "answer_put.h"

#define A_PART	  256  /* elements */
#define LOOKED_AT 2048 /* for them at most, where few are shown */

static void put_route_fields(struct str *o, const struct route *r, const char *ifname)
{
	put_prefix(o, "prefix", &r->dst);
	put_text(o, "interface", ifname);
	put_text(o, "type", route_type_name(r->type));
	put_table(o, "table", r->table);
	put_int(o, "metric", r->metric);
	put_addr(o, "source", route_source(r));
}

/* What the kernel said where it said no, else the planner's words. */
static const char *route_reason(const struct route_item *item)
{
	if (item->why)
		return word_text(item->why);
	return item->error ? strerror(item->error < 0 ? -item->error : item->error) : NULL;
}

/* The kernel has routes with one prefix side by side, and follows the one with the least metric. */
static bool may_be_outranked(const struct route *r)
{
	return r->table == RT_TABLE_MAIN && r->metric > (r->dst.addr.family == AF_INET6 ? 1 : 0);
}

static bool is_outranked(const struct answer_view *v, const struct route_item *item,
			 struct route *by)
{
	const struct route *r = &item->route;

	return item->status == ROUTE_INSTALLED && v->follows && may_be_outranked(r) &&
	       !v->follows(v->edge, &r->dst.addr, by) && !route_place_cmp(by, r) &&
	       by->metric < r->metric;
}

/* It is there, and packets take another program's all the same. */
static void put_reason(struct str *o, const struct answer_view *v, const struct route_item *item)
{
	struct str text = {0}, line = {0};
	struct route by;

	if (!is_outranked(v, item, &by)) {
		put_text(o, "reason", route_reason(item));
		return;
	}
	route_format(&line, &by, v->state);
	str_add(&text, "packets take a route with a better metric: %s", str_text(&line));
	put_text(o, "reason", str_text(&text));
	str_free(&text);
	str_free(&line);
}

static const struct peer *route_item_peer(const struct state *s, const struct route_item *item)
{
	const struct device *d;

	if (item->device >= s->devices.len)
		return NULL;
	d = &s->devices.at[item->device];
	return item->peer < d->peers.len ? &d->peers.at[item->peer] : NULL;
}

/* Of the route, or of the peer that it is for. */
static const char *route_item_ifname(const struct state *s, const struct route_item *item)
{
	if (item->route.oif)
		return state_ifname(s, item->route.oif);
	return item->device < s->devices.len ? s->devices.at[item->device].name : NULL;
}

void put_route_item(struct str *o, const char *key, const struct answer_view *v,
		    const struct route_item *item)
{
	const struct peer *p = route_item_peer(v->state, item);
	char label[KEY_STRLEN];

	put_object(o, key);
	put_route_fields(o, &item->route, route_item_ifname(v->state, item));
	put_text(o, "peer", p ? peer_label(p, label) : NULL);
	put_text(o, "status", route_status_name(item->status));
	put_reason(o, v, item);
	put_object_end(o);
}

static void put_route_surplus(struct str *o, const struct answer_view *v, const struct route *r)
{
	put_object(o, NULL);
	put_route_fields(o, r, r->oif ? state_ifname(v->state, r->oif) : NULL);
	put_text(o, "peer", NULL);
	put_text(o, "status", "surplus");
	put_text(o, "reason", "nobody wants it any more");
	put_object_end(o);
}

static bool is_surplus(const struct answer_view *v, const struct route *r)
{
	return !vec_find(v->routes, r, route_key_cmp);
}

/* A part ends between two keys, never between two items that share one. */
bool put_route_items_part(struct str *o, const struct answer_view *v, struct answer_cursor *c,
			  bool (*shown)(const struct route_item *item))
{
	const struct route_item *at = v->routes->at;
	uint32_t from = cursor_item(c, v->routes), told = c->told;

	for (uint32_t i = from; i < v->routes->len; i++) {
		if ((c->told - told >= A_PART || i - from >= LOOKED_AT) &&
		    route_key_cmp(&at[i].route, &at[i - 1].route))
			return true;
		c->route = at[i].route;
		if (!shown(&at[i]))
			continue;
		part_element(o, c);
		put_route_item(o, NULL, v, &at[i]);
	}
	return false;
}

/* The first of ours behind the last one that was looked at. */
static uint32_t cursor_ours(const struct answer_cursor *c, const struct routes *ours)
{
	uint32_t i = vec_from(ours, &c->route, route_order);

	return i < ours->len && !route_order(&ours->at[i], &c->route) ? i + 1 : i;
}

static bool surplus_part(struct str *o, const struct answer_view *v, struct answer_cursor *c)
{
	const struct routes *ours = &v->state->ours;
	uint32_t from = cursor_ours(c, ours), told = c->told;

	for (uint32_t i = from; i < ours->len; i++) {
		if (c->told - told >= A_PART || i - from >= LOOKED_AT)
			return true;
		c->route = ours->at[i];
		if (!is_surplus(v, &ours->at[i]))
			continue;
		part_element(o, c);
		put_route_surplus(o, v, &ours->at[i]);
	}
	return false;
}

static bool any_item(const struct route_item *item)
{
	(void)item;
	return true;
}

bool put_routes_part(struct str *o, const struct answer_view *v, struct answer_cursor *c)
{
	if (c->second)
		return surplus_part(o, v, c);
	if (!put_route_items_part(o, v, c, any_item)) {
		c->second = true;
		c->route = (struct route){0};
	}
	return true;
}
