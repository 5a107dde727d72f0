// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which rule of the configuration decides about a packet, for `explain`: of `policy` for what is
 * forwarded, of `input` for what is sent to this host itself.
 *
 * Nothing is asked of the compiled rules here: what they mean is what is written, and that is what
 * people look for.
 */
#include <string.h>

#include "explain.h"

static const char *end_ifname(const struct answer_view *v, const struct policy_end *e)
{
	const struct local_addr *a = e->device ? NULL : explain_local(v->state, e->prefix);

	if (e->device)
		return e->device->name;
	return a ? state_ifname(v->state, a->ifindex) : NULL;
}

static bool zone_has(const struct answer_view *v, const char *zone, const struct policy_end *e)
{
	const struct zone_conf *z = config_zone(v->config, zone);
	const char *ifname = end_ifname(v, e);

	if (e->peer && !strcmp(peer_zone(e->peer), zone))
		return true;
	if (!z)
		return false;
	vec_each(&z->prefixes, p)
		if (prefix_covers(p, e->prefix))
			return true;
	vec_each(&z->interfaces, i)
		if (ifname && !strcmp(i->name, ifname))
			return true;
	return false;
}

/* end NULL is anybody. */
static bool party_is(const struct answer_view *v, const struct party *party,
		     const struct policy_end *e)
{
	const char *name = e && e->peer ? peer_name(e->peer) : NULL;

	if (!e || party->kind == PARTY_ANY)
		return true;
	if (party->kind == PARTY_PREFIX)
		return prefix_covers(&party->prefix, e->prefix);
	if (party->kind == PARTY_PEER)
		return name && !strcmp(name, party->name);
	return zone_has(v, party->name, e);
}

/* "zone sites, zone dc", or "no zone". */
static void zones_format(struct str *out, const struct answer_view *v, const struct policy_end *e)
{
	struct zone_counts zones = {0};
	bool any = false;

	zones_collect(&zones, v);
	vec_each(&zones, z) {
		if (!zone_has(v, z->name, e))
			continue;
		str_add(out, "%szone %s", any ? ", " : "", z->name);
		any = true;
	}
	str_add(out, any ? "" : "no zone");
	vec_free(&zones);
}

/* By which ports, and where it is written. */
static void policy_rule_rest(struct str *out, const struct policy_rule *rule)
{
	vec_each(&rule->ports, m) {
		str_add(out, "%s", m == rule->ports.at ? " by " : ", ");
		policy_port_format(out, m);
	}
	if (rule->place.file)
		str_add(out, " (%s:%u)", rule->place.file, rule->place.line);
}

static void policy_rule_format(struct str *out, const struct policy_rule *rule)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	str_add(out, "%s what goes from %s to %s", policy_verdict_name(rule->action),
		policy_party_name(&rule->from, a), policy_party_name(&rule->to, b));
	policy_rule_rest(out, rule);
}

/* What a list of rules does with a packet. */
struct ruling {
	bool accepts; /* some of it, or all */
	bool decided; /* all of it: no later rule is asked */
};

/* Of one rule about it, the next in order. */
static void ruling_add(struct explanation *x, struct ruling *r, const struct device *d,
		       const struct policy_rule *rule, bool all)
{
	struct str s = {0};

	policy_rule_format(&s, rule);
	explain_say(x, "policy of %s: %s", d->name, str_text(&s));
	str_free(&s);
	r->accepts = r->accepts || rule->action == VERDICT_ACCEPT;
	r->decided = all && !rule->ports.len;
}

/* The zone of an end, or its prefix: what a rule about it would name. */
static const char *end_party(const struct answer_view *v, const struct policy_end *e, char *buf)
{
	struct zone_counts zones = {0};
	const char *found = NULL;

	if (e->peer)
		return peer_zone(e->peer);
	zones_collect(&zones, v);
	vec_each(&zones, z)
		if (!found && zone_has(v, z->name, e))
			found = z->name;
	vec_free(&zones);
	return found ? found : prefix_format(e->prefix, buf);
}

/* The rules that can be about it, in order, until one is about all of it. */
static bool explain_rules(struct explanation *x, const struct device *d,
			  const struct firewall_conf *f, const struct policy_end *from,
			  const struct policy_end *to)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];
	struct ruling r = {0};

	vec_each(&f->policy, rule)
		if (!r.decided && party_is(x->view, &rule->from, from) &&
		    party_is(x->view, &rule->to, to))
			ruling_add(x, &r, d, rule, from || rule->from.kind == PARTY_ANY);
	if (!r.decided)
		explain_say(x, "policy of %s: %s everything else", d->name,
			    policy_verdict_name(f->default_verdict));
	if (r.accepts || (!r.decided && f->default_verdict == VERDICT_ACCEPT))
		return true;
	if (from)
		explain_help(x, "in firewall.policy of %s: { from = \"%s\"; to = \"%s\"; }",
			     d->name, end_party(x->view, from, a), end_party(x->view, to, b));
	return false;
}

/* Without rules peers and the rest may talk, and peers may not among themselves. */
static bool explain_no_rules(struct explanation *x, const struct device *d,
			     const struct firewall_conf *f, const struct policy_end *from,
			     const struct policy_end *to)
{
	const char *drop = policy_verdict_name(f->default_verdict);
	bool among_peers = from && from->device == d && to->device == d;

	if (f->peer_to_peer) {
		explain_say(x, "policy of %s: none, everything may pass", d->name);
		return true;
	}
	explain_say(x, "policy of %s: none, all may pass but what goes from peer to peer: %s",
		    d->name, drop);
	if (!among_peers || f->default_verdict == VERDICT_ACCEPT)
		return true;
	explain_help(x, "peer_to_peer = true in firewall of %s, or a policy", d->name);
	return false;
}

static bool explain_device(struct explanation *x, const struct device *d,
			   const struct policy_end *from, const struct policy_end *to)
{
	const struct firewall_conf *f = policy_conf(x->view, d);

	if (!f) {
		explain_say(x, "%s: the firewall is not enabled", d->name);
		return true;
	}
	return f->policy.len ? explain_rules(x, d, f, from, to)
			     : explain_no_rules(x, d, f, from, to);
}

static void explain_zones(struct explanation *x, const struct policy_end *from,
			  const struct policy_end *to)
{
	struct str s = {0};

	str_add(&s, "it is in ");
	zones_format(&s, x->view, to);
	if (from) {
		str_add(&s, ", and comes from ");
		zones_format(&s, x->view, from);
	}
	explain_say(x, "%s", str_text(&s));
	str_free(&s);
}

bool explain_policies(struct explanation *x, const struct policy_end *from,
		      const struct policy_end *to)
{
	bool passes = true;

	explain_zones(x, from, to);
	if (from && from->device)
		passes = explain_device(x, from->device, from, to);
	if (to->device && (!from || from->device != to->device))
		passes = explain_device(x, to->device, from, to) && passes;
	if (from || to->device)
		return passes;
	vec_each(&x->view->state->devices, d) /* who comes out of a tunnel may want to go there */
		if (policy_conf(x->view, d))
			explain_device(x, d, NULL, to);
	return true;
}

/* --- to this host itself -------------------------------------------------------------------- */

/* A rule of `input`, which has no "to". */
static void input_rule_add(struct explanation *x, struct ruling *r, const struct device *d,
			   const struct policy_rule *rule, bool all)
{
	char who[PREFIX_STRLEN];
	struct str s = {0};

	str_add(&s, "%s what comes from %s", policy_verdict_name(rule->action),
		policy_party_name(&rule->from, who));
	policy_rule_rest(&s, rule);
	explain_say(x, "input of %s: %s", d->name, str_text(&s));
	str_free(&s);
	r->accepts = r->accepts || rule->action == VERDICT_ACCEPT;
	r->decided = all && !rule->ports.len;
}

static bool input_device(struct explanation *x, const struct device *d,
			 const struct firewall_conf *f, const struct policy_end *from)
{
	struct ruling r = {0};
	bool named = false;

	vec_each(&f->input, rule) {
		if (r.decided || !party_is(x->view, &rule->from, from))
			continue;
		input_rule_add(x, &r, d, rule, from || rule->from.kind == PARTY_ANY);
		named = true;
	}
	if (!named) {
		explain_say(x, "input of %s: no rule names where it comes from, it is left alone",
			    d->name);
		return true;
	}
	if (!r.decided)
		explain_say(x, "input of %s: %s everything else from there", d->name,
			    policy_verdict_name(f->default_verdict));
	return r.accepts || (!r.decided && f->default_verdict == VERDICT_ACCEPT);
}

bool explain_input(struct explanation *x, const struct policy_end *from)
{
	bool passes = true;

	vec_each(&x->view->state->devices, d) {
		const struct firewall_conf *f = policy_conf(x->view, d);

		if (!f || !f->input.len || (from && from->device != d))
			continue;
		passes = input_device(x, d, f, from) && passes;
	}
	return passes || !from;
}
