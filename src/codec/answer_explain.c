// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `explain`: what happens to a packet for an address, step by step, and what is in its way.
 *
 * WireGuard gives a packet to the peer with the longest allowed-IP that has its destination, once
 * a route has given it to the interface. Both are looked at here, from what is known already; no
 * packet is sent and the kernel is not asked. Then come the firewall's rules about it, from anybody
 * or from where it is said to come from.
 */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "answer_put.h"
#include "model/netmap.h"

struct owner {
	const struct device *device;
	const struct peer *peer;
	struct prefix network; /* an allowed-IP, or what NETMAP makes of it */
};

/* The longest network of a peer of any interface that contains p whole. */
static struct owner owner_find(const struct state *s, const struct prefix *p)
{
	struct owner best = {0};

	vec_each(&s->devices, d) {
		vec_each(&d->peers, peer) {
			struct peer_networks walk = {.device = d, .peer = peer};
			struct prefix net;

			while (peer_networks_next(&walk, &net))
				if (prefix_covers(&net, p) &&
				    (!best.peer || net.len > best.network.len))
					best = (struct owner){d, peer, net};
		}
	}
	return best;
}

/* Does this route lead a packet on? What is served by others is as good as ours. */
static bool item_serves(const struct route_item *item)
{
	return item->status == ROUTE_INSTALLED || item->status == ROUTE_FOREIGN ||
	       item->status == ROUTE_COVERED;
}

/* What decides about a packet: the rule whose table has a route for it, and that route. */
struct decision {
	const struct rule *rule; /* NULL: the main table, or none that is known */
	const struct route_item *item;
};

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

/*
 * By the rules that are there, table by table. An item whose table no rule looks at decides
 * nothing; it is shown all the same when there is no other.
 */
static struct decision decide(const struct answer_view *v, const struct prefix *p)
{
	const struct rules *rules = &v->state->rules;

	for (const struct rule *r = rule_next(rules, p, NULL); r; r = rule_next(rules, p, r)) {
		const struct route_item *item = item_find(v->routes, p, r->table);

		if (item && item->route.dst.len > r->suppress_prefixlen)
			return (struct decision){r, item};
	}
	return (struct decision){NULL, item_find(v->routes, p, 0)};
}

static void say(struct str *lines, const struct str *text)
{
	put_text(lines, NULL, str_text(text));
}

/* Is that network another one at the peer? */
static void explain_netmap(struct str *lines, const struct owner *o)
{
	char in[PREFIX_STRLEN], out[PREFIX_STRLEN];
	struct str s = {0};

	if (!o->peer->conf)
		return;
	vec_each(&o->peer->conf->netmaps, map) {
		if (!prefix_covers(&map->outside, &o->network))
			continue;
		str_add(&s, "in the tunnel and at the peer, %s is %s (netmap)",
			prefix_format(&map->outside, out), prefix_format(&map->inside, in));
		say(lines, &s);
		s.len = 0;
	}
	str_free(&s);
}

static bool explain_peer(struct str *lines, const struct owner *o, msec now)
{
	char label[KEY_STRLEN], aip[PREFIX_STRLEN];
	enum life_state state = o->peer->life.state;
	struct str s = {0};

	str_add(&s, "%s has it: its allowed-IP %s on %s is the longest that does",
		peer_label(o->peer, label), prefix_format(&o->network, aip), o->device->name);
	say(lines, &s);
	explain_netmap(lines, o);
	s.len = 0;
	str_add(&s, "%s is %s", peer_label(o->peer, label), life_state_name(state));
	if (life_unanswered_for(&o->peer->life, now))
		str_add(&s, ", what is sent to it goes unanswered for %lld s",
			(long long)life_unanswered_for(&o->peer->life, now) / 1000);
	if (!o->peer->wg.endpoint.addr.family)
		str_add(&s, " and has no endpoint: it has to call first");
	say(lines, &s);
	str_free(&s);
	return o->device->up && (state == LIFE_UP || state == LIFE_IDLE);
}

/* The main table needs no word, and a host of which no rules are known has none that lead away. */
static bool explain_rule(struct str *lines, const struct answer_view *v, const struct decision *by)
{
	bool known = v->state->rules.len != 0;
	struct str s = {0};

	if (!by->item || by->item->route.table == RT_TABLE_MAIN || !known)
		return true;
	if (by->rule) {
		str_add(&s, "rule ");
		rule_format(&s, by->rule);
		str_add(&s, " leads to the table of the route");
	} else {
		str_add(&s, "no rule leads to table %u for what this host sends",
			by->item->route.table);
	}
	say(lines, &s);
	str_free(&s);
	return by->rule != NULL;
}

static bool explain_route(struct str *lines, const struct answer_view *v, const struct owner *o,
			  const struct route_item *item)
{
	struct str s = {0};
	bool serves = item && item_serves(item);

	if (!item) {
		str_add(&s, "no route of ours leads there");
	} else {
		str_add(&s, "route ");
		route_format(&s, &item->route, v->state);
		str_add(&s, " is %s", route_status_name(item->status));
		if (item->why)
			str_add(&s, ": %s", item->why);
		if (o->device && item->route.oif && item->route.oif != o->device->ifindex) {
			str_add(&s, "; it leads to another interface than the peer's");
			serves = false;
		}
	}
	say(lines, &s);
	str_free(&s);
	return serves && item->route.oif;
}

/* The way to an endpoint: outside the tunnel, whatever allowed-IP has it. */
static bool is_way_outside(const struct route_item *item)
{
	return item && item->underlay;
}

static bool explain_owner(struct str *lines, const struct answer_view *v, const struct owner *o,
			  const struct decision *by, const struct prefix *to)
{
	bool alive = explain_peer(lines, o, v->at.now), led;

	say_path(lines, v, o->device, o->peer, to);
	led = explain_rule(lines, v, by);
	return explain_route(lines, v, o, by->item) && led && alive;
}

static void explain_other(struct str *lines, const struct answer_view *v, const struct decision *by)
{
	const struct owner nobody = {0};

	if (is_way_outside(by->item))
		put_text(lines, NULL,
			 "it is the endpoint of a peer, whose own packets stay outside the tunnel");
	else
		put_text(lines, NULL, "no peer has an allowed-IP for it");
	if (by->item) {
		explain_rule(lines, v, by);
		explain_route(lines, v, &nobody, by->item);
	}
}

static void put_rule(struct str *o, const char *key, const struct rule *r)
{
	struct str s = {0};

	if (r)
		rule_format(&s, r);
	put_name(o, key, str_text(&s));
	str_free(&s);
}

static void explain_firewall(struct str *lines, const struct answer_view *v, const struct owner *o,
			     const struct prefix *p, const struct prefix *source)
{
	const struct owner s = source ? owner_find(v->state, source) : (struct owner){0};
	const struct policy_end to = {p, o->device, o->peer};
	const struct policy_end from = {source, s.device, s.peer};

	explain_policies(lines, v, source ? &from : NULL, &to);
}

/* What was found about a packet, before it is written. */
struct finding {
	struct owner owner; /* no peer: none is concerned */
	struct decision by;
	bool local, passes;
	struct str lines; /* a JSON list */
};

static void find(struct finding *f, const struct answer_view *v, const struct prefix *p,
		 const struct prefix *source)
{
	f->owner = owner_find(v->state, p);
	f->by = decide(v, p);
	f->local = p->len == addr_bits(&p->addr) && state_has_addr(v->state, &p->addr);
	f->passes = f->local;
	if (is_way_outside(f->by.item))
		f->owner.peer = NULL;
	put_list(&f->lines, NULL);
	if (f->local)
		put_text(&f->lines, NULL, "it is an address of this host");
	else if (f->owner.peer)
		f->passes = explain_owner(&f->lines, v, &f->owner, &f->by, p);
	else
		explain_other(&f->lines, v, &f->by);
	if (v->firewall_enabled && !f->local && !is_way_outside(f->by.item))
		explain_firewall(&f->lines, v, &f->owner, p, source);
	put_list_end(&f->lines);
}

/* "passes" is null where no peer is concerned: then it is not for us to say. */
static void explain_prefix(struct str *o, const struct answer_view *v, const struct prefix *p,
			   const struct prefix *source)
{
	struct finding f = {0};

	find(&f, v, p, source);
	put_object(o, NULL);
	put_prefix(o, "destination", p);
	if (f.owner.peer) {
		put_object(o, "peer");
		put_peer_fields(o, v, f.owner.device, f.owner.peer);
		put_object_end(o);
	} else {
		put_null(o, "peer");
	}
	put_rule(o, "rule", f.by.rule);
	if (f.by.item)
		put_route_item(o, "route", v, f.by.item);
	else
		put_null(o, "route");
	if (f.local || f.owner.peer)
		put_bool(o, "passes", f.passes);
	else
		put_null(o, "passes");
	put_raw(o, "explanation", &f.lines);
	put_object_end(o);
	str_free(&f.lines);
}

bool answer_explain(struct str *o, const struct answer_view *v, const char *text)
{
	const char *from = strstr(text, " from ");
	char first[PREFIX_STRLEN] = "";
	struct prefix p, source;

	if (from && from - text < PREFIX_STRLEN)
		memcpy(first, text, (size_t)(from - text));
	if (!prefix_parse(&p, text, NULL))
		explain_prefix(o, v, &p, NULL);
	else if (*first && !prefix_parse(&p, first, NULL) && !prefix_parse(&source, from + 6, NULL))
		explain_prefix(o, v, &p, &source);
	else
		return answer_peer(o, v, text);
	return true;
}
