// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which rule and route decide about a packet that this host sends, for `explain`: table by table,
 * by the rules that are there, and of our own routes only.
 */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "explain.h"

/* Does this route lead a packet on? What is served by others is as good as ours. */
static bool item_serves(const struct route_item *item)
{
	return item->status == ROUTE_INSTALLED || item->status == ROUTE_FOREIGN ||
	       item->status == ROUTE_COVERED;
}

/*
 * The most specific item of a table that has p: the one the kernel would follow were it installed.
 * Of several with one prefix the one that is there.
 */
static const struct route_item *item_find(const struct route_items *items, const struct prefix *p,
					  uint32_t table)
{
	const struct route_item *best = NULL;

	vec_each(items, item) {
		if ((table && item->route.table != table) || !prefix_covers(&item->route.dst, p))
			continue;
		if (!best || item->route.dst.len > best->route.dst.len ||
		    (item->route.dst.len == best->route.dst.len && !item_serves(best) &&
		     item_serves(item)))
			best = item;
	}
	return best;
}

/* Does a rule look at a packet to p that this host sends, with no mark and no source yet? */
static bool rule_applies(const struct rule *r, const struct prefix *p)
{
	bool matches = !r->fwmask || !r->fwmark;

	return r->family == p->addr.family && r->action == FR_ACT_TO_TBL && matches != r->invert &&
	       !r->src.addr.family && !*r->iif && !*r->oif &&
	       (!r->dst.addr.family || prefix_covers(&r->dst, p));
}

/* The next rule in the kernel's order after the one with this priority that applies. */
static const struct rule *rule_next(const struct rules *rules, const struct prefix *p,
				    const struct rule *after)
{
	const struct rule *next = NULL;

	vec_each(rules, r) {
		bool later = !after || r->priority > after->priority ||
			     (r->priority == after->priority && r > after);

		if (later && rule_applies(r, p) && (!next || r->priority < next->priority))
			next = r;
	}
	return next;
}

struct decision explain_decide(const struct answer_view *v, const struct prefix *p)
{
	const struct rules *rules = &v->state->rules;

	for (const struct rule *r = rule_next(rules, p, NULL); r; r = rule_next(rules, p, r)) {
		const struct route_item *item = item_find(v->routes, p, r->table);

		if (item && item->route.dst.len > r->suppress_prefixlen)
			return (struct decision){r, item};
	}
	return (struct decision){NULL, item_find(v->routes, p, 0)};
}

/* The main table needs no word, and a host of which no rules are known has none that lead away. */
bool explain_rule(struct explanation *x, const struct decision *by)
{
	bool known = x->view->state->rules.len != 0;
	struct str s = {0};

	if (!by->item || by->item->route.table == RT_TABLE_MAIN || !known)
		return true;
	if (by->rule) {
		rule_format(&s, by->rule);
		explain_say(x, "rule %s leads to the table of the route", str_text(&s));
	} else {
		explain_say(x, "no rule leads to table %u for what this host sends",
			    by->item->route.table);
		explain_help(x, "ip rule add lookup %u, or routes.table = \"main\"",
			     by->item->route.table);
	}
	str_free(&s);
	return by->rule != NULL;
}

static void help_route(struct explanation *x, const struct owner *o, const struct route_item *item)
{
	char dst[PREFIX_STRLEN], label[KEY_STRLEN];

	prefix_format(&item->route.dst, dst);
	switch (item->status) {
	case ROUTE_BLOCKED:
		explain_help(
			x,
			"ip route show %s: the other program's route has to go, or routes.metric "
			"of ours has to be another",
			dst);
		break;
	case ROUTE_DOWN:
		explain_help(x, "ip link set dev %s up", o->device ? o->device->name : "IFACE");
		break;
	case ROUTE_SHADOWED:
		explain_help(x, "give %s to a peer of one interface only", dst);
		break;
	case ROUTE_WITHDRAWN:
		if (o->peer)
			explain_help(x, "it comes back with %s (withdraw_dead)",
				     peer_label(o->peer, label));
		break;
	case ROUTE_OFF:
		explain_help(x, "routes.enabled, table and default_route in wayside.conf, or "
				"Table of the interface's other configuration");
		break;
	default:
		explain_help(x, "waysidectl plan tells what is pending, waysidectl status why");
		break;
	}
}

bool explain_route(struct explanation *x, const struct owner *o, const struct route_item *item)
{
	bool serves = item && item_serves(item), elsewhere;
	struct str s = {0};

	if (!item) {
		explain_say(x, "no route of ours leads there");
		return false;
	}
	elsewhere = o->device && item->route.oif && item->route.oif != o->device->ifindex;
	route_format(&s, &item->route, x->view->state);
	explain_say(x, "route %s is %s%s%s%s", str_text(&s), route_status_name(item->status),
		    item->why ? ": " : "", item->why ? word_text(item->why) : "",
		    elsewhere ? "; it leads to another interface than the peer's" : "");
	str_free(&s);
	if (!serves)
		help_route(x, o, item);
	return serves && item->route.oif && !elsewhere;
}

static bool leads_to(const struct route *r, const struct route *ours)
{
	return r->oif == ours->oif && r->type == ours->type;
}

bool explain_kernel(struct explanation *x, const struct prefix *p, const struct route_item *item)
{
	const struct answer_view *v = x->view;
	char dst[PREFIX_STRLEN];
	struct str s = {0};
	struct route r;

	if (!item || !item_serves(item) || !v->follows || v->follows(v->edge, &p->addr, &r) ||
	    r.dst.len > p->len || leads_to(&r, &item->route))
		return true;
	route_format(&s, &r, v->state);
	explain_say(x, "but the kernel follows another one: %s", str_text(&s));
	str_free(&s);
	explain_help(x,
		     "ip route show %s: that route has to go, or ours needs a better metric "
		     "(routes.metric)",
		     prefix_format(&r.dst, dst));
	return false;
}
