// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `explain`: what happens to a packet for an address, step by step, and what is in its way.
 *
 * WireGuard gives a packet to the peer with the longest allowed-IP that has its destination, once
 * a route has given it to the interface. Both are looked at here, from what is known already; no
 * packet is sent. Then comes what may be in the way of what is forwarded, from anybody or from
 * where it is said to come from: the policy (explain_policy.c), other programs' chains, the kernel,
 * and the way back (explain_way.c).
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "model/netmap.h"

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

/* --- lines ---------------------------------------------------------------------------------- */

static void line_add(struct str *list, const char *fmt, va_list ap)
{
	char text[1024];
	struct str line = {0};

	vsnprintf(text, sizeof(text), fmt, ap);
	put_text(&line, NULL, text);
	if (!strstr(str_text(list), str_text(&line)))
		put_raw(list, NULL, &line);
	str_free(&line);
}

void explain_say(struct explanation *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_add(&x->lines, fmt, ap);
	va_end(ap);
}

void explain_help(struct explanation *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_add(&x->help, fmt, ap);
	va_end(ap);
}

/* --- the peer ------------------------------------------------------------------------------- */

/* Is that network another one at the peer? */
static void explain_netmap(struct explanation *x, const struct owner *o)
{
	char in[PREFIX_STRLEN], out[PREFIX_STRLEN];

	if (!o->peer->conf)
		return;
	vec_each(&o->peer->conf->netmaps, map)
		if (prefix_covers(&map->outside, &o->network))
			explain_say(x, "in the tunnel and at the peer, %s is %s (netmap)",
				    prefix_format(&map->outside, out),
				    prefix_format(&map->inside, in));
}

/* One that is not up: what can be done about it depends on whether it can be called. */
static void help_peer(struct explanation *x, const struct peer *p)
{
	char label[KEY_STRLEN];

	if (!p->wg.endpoint.addr.family)
		explain_help(
			x,
			"let %s call first, with a persistent keepalive at its side; or give it "
			"an endpoint in wayside.conf",
			peer_label(p, label));
	else
		explain_help(x, "waysidectl explain %s tells what was tried", peer_label(p, label));
}

const char *explain_state(const struct peer *p)
{
	switch (p->life.state) {
	case LIFE_UP:
		return "is up";
	case LIFE_IDLE:
		return "is idle";
	case LIFE_UNANSWERED:
		return "does not answer";
	case LIFE_DEAD:
		return "is dead";
	case LIFE_NEVER:
		return "has never answered";
	}
	return "is unknown";
}

static bool explain_peer(struct explanation *x, const struct owner *o)
{
	msec silent = life_unanswered_for(&o->peer->life, x->view->at.now);
	char label[KEY_STRLEN], aip[PREFIX_STRLEN];
	enum life_state state = o->peer->life.state;
	struct str s = {0};

	explain_say(x, "%s has it: its allowed-IP %s on %s is the longest that does",
		    peer_label(o->peer, label), prefix_format(&o->network, aip), o->device->name);
	explain_netmap(x, o);
	str_add(&s, "%s %s", peer_label(o->peer, label), explain_state(o->peer));
	if (silent)
		str_add(&s, ", what is sent to it goes unanswered for %lld s",
			(long long)silent / 1000);
	if (!o->peer->wg.endpoint.addr.family)
		str_add(&s, " and has no endpoint: it has to call first");
	explain_say(x, "%s", str_text(&s));
	str_free(&s);
	if (state == LIFE_UP || state == LIFE_IDLE)
		return o->device->up;
	help_peer(x, o->peer);
	return false;
}

/* The way to an endpoint: outside the tunnel, whatever allowed-IP has it. */
static bool is_way_outside(const struct route_item *item)
{
	return item && item->underlay;
}

static bool explain_owner(struct explanation *x, const struct owner *o, const struct decision *by,
			  const struct prefix *to)
{
	bool alive = explain_peer(x, o), led, followed;

	explain_path(x, o->device, o->peer, to);
	led = explain_rule(x, by);
	followed = explain_route(x, o, by->item) && explain_kernel(x, to, by->item);
	return followed && led && alive;
}

static void explain_other(struct explanation *x, const struct decision *by)
{
	const struct owner nobody = {0};

	if (is_way_outside(by->item)) {
		explain_say(x, "it is the endpoint of a peer, whose own packets stay outside the "
			       "tunnel");
	} else {
		explain_say(x, "no peer has an allowed-IP for it");
		explain_help(x,
			     "where a peer should have it: an allowed-IP of that peer, here and in "
			     "the file that the interface is made from");
	}
	if (by->item) {
		explain_rule(x, by);
		explain_route(x, &nobody, by->item);
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

/* --- all of it ------------------------------------------------------------------------------ */

/* What was found about a packet, before it is written. */
struct finding {
	struct owner owner; /* no peer: none is concerned */
	struct decision by;
	bool local, passes;
	struct explanation x;
};

/* What is in the way of a packet that is forwarded; true when nothing is known to be. */
static bool explain_forwarded(struct explanation *x, const struct policy_end *from,
			      const struct policy_end *to)
{
	bool passes = true;

	if (x->view->firewall_enabled)
		passes = explain_policies(x, from, to);
	if (!to->device && !(from && from->device))
		return passes; /* it is in no tunnel at all */
	explain_chains(x, from, to);
	passes = explain_forwarding(x, from, to) && passes;
	explain_way_back(x, from, to);
	return passes;
}

static bool is_local(const struct answer_view *v, const struct prefix *p)
{
	return p && p->len == addr_bits(&p->addr) && state_has_addr(v->state, &p->addr);
}

static void find(struct finding *f, const struct answer_view *v, const struct prefix *p,
		 const struct prefix *source)
{
	struct owner s = source ? owner_find(v->state, source) : (struct owner){0};
	struct policy_end from = {source, s.device, s.peer}, to;

	f->x.view = v;
	f->owner = owner_find(v->state, p);
	f->by = explain_decide(v, p);
	f->local = is_local(v, p);
	f->passes = f->local;
	if (is_way_outside(f->by.item))
		f->owner = (struct owner){0};
	to = (struct policy_end){p, f->owner.device, f->owner.peer};
	if (f->local) {
		explain_say(&f->x, "it is an address of this host");
		f->passes = explain_input(&f->x, source ? &from : NULL);
		return;
	}
	if (f->owner.peer)
		f->passes = explain_owner(&f->x, &f->owner, &f->by, p);
	else
		explain_other(&f->x, &f->by);
	if (is_way_outside(f->by.item) || is_local(v, source))
		return;
	if (!explain_forwarded(&f->x, source ? &from : NULL, &to))
		f->passes = false;
}

static void put_lines(struct str *o, const char *key, const struct str *lines)
{
	put_list(o, key);
	str_add_bytes(o, str_text(lines), lines->len);
	put_list_end(o);
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
	put_lines(o, "explanation", &f.x.lines);
	put_lines(o, "help", &f.x.help);
	put_object_end(o);
	str_free(&f.x.lines);
	str_free(&f.x.help);
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
