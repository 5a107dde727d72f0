// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policies in the words of the configuration: zones with what is in them, rules with where they
 * stand, and which of them decides about a packet from somewhere to somewhere.
 *
 * Nothing is asked of the compiled rules here: what they mean is what is written, and that is what
 * people look for.
 */
#include <string.h>

#include "answer_put.h"

static const struct firewall_conf *conf_of(const struct answer_view *v, const struct device *d)
{
	const struct firewall_conf *f =
		d->conf ? &d->conf->firewall : &config_iface(v->config, d->name)->firewall;

	return f->enabled ? f : NULL;
}

static const char *verdict_name(enum verdict v)
{
	return v == VERDICT_ACCEPT ? "accept" : v == VERDICT_DROP ? "drop" : "reject";
}

static const char *party_name(const struct party *p, char *buf)
{
	if (p->kind == PARTY_PREFIX)
		return prefix_format(&p->prefix, buf);
	return p->kind == PARTY_ANY ? "any" : p->name;
}

static void port_format(struct str *out, const struct port_match *m)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {{IPPROTO_TCP, "tcp"},
		     {IPPROTO_UDP, "udp"},
		     {IPPROTO_SCTP, "sctp"},
		     {IPPROTO_ICMP, "icmp"},
		     {IPPROTO_ICMPV6, "icmpv6"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == m->protocol)
			str_add(out, "%s", names[i].name);
	if (m->last)
		str_add(out, "/%u", m->first);
	if (m->last > m->first)
		str_add(out, "-%u", m->last);
}

/* --- `firewall` ------------------------------------------------------------------------------- */

static void put_ports(struct str *o, const char *key, const struct policy_rule *rule)
{
	put_list(o, key);
	vec_each(&rule->ports, m) {
		struct str text = {0};

		port_format(&text, m);
		put_text(o, NULL, str_text(&text));
		str_free(&text);
	}
	put_list_end(o);
}

static void put_rule(struct str *o, const struct policy_rule *rule)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	put_object(o, NULL);
	put_text(o, "from", party_name(&rule->from, a));
	put_text(o, "to", party_name(&rule->to, b));
	put_ports(o, "ports", rule);
	put_text(o, "action", verdict_name(rule->action));
	put_bool(o, "log", rule->log);
	put_int(o, "log_rate", rule->log);
	put_text(o, "file", rule->place.file);
	put_int(o, "line", rule->place.line);
	put_object_end(o);
}

static void put_rules(struct str *o, const char *key, const struct policy_rules *all)
{
	put_list(o, key);
	vec_each(all, rule)
		put_rule(o, rule);
	put_list_end(o);
}

static void put_policy(struct str *o, const struct device *d, const struct firewall_conf *f)
{
	char buf[PREFIX_STRLEN];

	put_object(o, NULL);
	put_text(o, "interface", d->name);
	put_rules(o, "rules", &f->policy);
	put_rules(o, "input", &f->input);
	put_text(o, "default", verdict_name(f->default_verdict));
	put_bool(o, "peer_to_peer", f->peer_to_peer);
	put_list(o, "masquerade");
	vec_each(&f->masquerade, party)
		put_text(o, NULL, party_name(party, buf));
	put_list_end(o);
	put_bool(o, "clamp_mss", f->clamp_mss);
	put_bool(o, "counters", f->counters);
	put_object_end(o);
}

void put_policies(struct str *o, const char *key, const struct answer_view *v)
{
	put_list(o, key);
	vec_each(&v->state->devices, d) {
		const struct firewall_conf *f = conf_of(v, d);

		if (f)
			put_policy(o, d, f);
	}
	put_list_end(o);
}

struct zone_count {
	const char *name;
	uint32_t peers;
};
VEC_TYPE(zone_counts, struct zone_count);

static int zone_count_cmp(const void *a, const void *b)
{
	return strcmp(((const struct zone_count *)a)->name, ((const struct zone_count *)b)->name);
}

/* Of all peers, and those declared; each once with how many peers it has, sorted. */
static void zones_collect(struct zone_counts *out, const struct answer_view *v)
{
	struct zone_counts all = {0};

	vec_each(&v->config->zones, z)
		*vec_add(&all) = (struct zone_count){z->name, 0};
	vec_each(&v->state->devices, d)
		vec_each(&d->peers, p)
			*vec_add(&all) = (struct zone_count){peer_zone(p), 1};
	vec_sort(&all, zone_count_cmp);
	vec_each(&all, z) {
		if (!out->len || zone_count_cmp(&out->at[out->len - 1], z))
			*vec_add(out) = *z;
		else
			out->at[out->len - 1].peers += z->peers;
	}
	vec_free(&all);
}

static void put_zone(struct str *o, const struct zone_count *count, const struct zone_conf *z)
{
	put_object(o, NULL);
	put_text(o, "name", count->name);
	put_int(o, "peers", count->peers);
	put_list(o, "prefixes");
	if (z)
		vec_each(&z->prefixes, p)
			put_prefix(o, NULL, p);
	put_list_end(o);
	put_list(o, "interfaces");
	if (z)
		vec_each(&z->interfaces, i)
			put_text(o, NULL, i->name);
	put_list_end(o);
	put_object_end(o);
}

void put_zones(struct str *o, const char *key, const struct answer_view *v)
{
	struct zone_counts zones = {0};

	zones_collect(&zones, v);
	put_list(o, key);
	vec_each(&zones, z)
		put_zone(o, z, config_zone(v->config, z->name));
	put_list_end(o);
	vec_free(&zones);
}

/* --- `explain` -------------------------------------------------------------------------------- */

/* The interface of ours whose network p is in; NULL when it is none's. */
static const char *local_ifname(const struct state *s, const struct prefix *p)
{
	vec_each(&s->addrs, a) {
		struct prefix net = prefix_from(&a->addr, a->len);

		if (prefix_covers(&net, p))
			return state_ifname(s, a->ifindex);
	}
	return NULL;
}

static bool zone_has(const struct answer_view *v, const char *zone, const struct policy_end *e)
{
	const struct zone_conf *z = config_zone(v->config, zone);
	const char *ifname = e->device ? e->device->name : local_ifname(v->state, e->prefix);

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

static void policy_rule_format(struct str *out, const struct policy_rule *rule)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	str_add(out, "%s what goes from %s to %s", verdict_name(rule->action),
		party_name(&rule->from, a), party_name(&rule->to, b));
	vec_each(&rule->ports, m) {
		str_add(out, "%s", m == rule->ports.at ? " by " : ", ");
		port_format(out, m);
	}
	if (rule->place.file)
		str_add(out, " (%s:%u)", rule->place.file, rule->place.line);
}

static void say(struct str *lines, struct str *text)
{
	put_text(lines, NULL, str_text(text));
	text->len = 0;
}

/* The rules that can be about it, in order, until one is about all of it. */
static void explain_rules(struct str *lines, const struct answer_view *v, const struct device *d,
			  const struct firewall_conf *f, const struct policy_end *from,
			  const struct policy_end *to)
{
	struct str s = {0};
	bool decided = false;

	vec_each(&f->policy, rule) {
		if (decided || !party_is(v, &rule->from, from) || !party_is(v, &rule->to, to))
			continue;
		str_add(&s, "policy of %s: ", d->name);
		policy_rule_format(&s, rule);
		say(lines, &s);
		decided = !rule->ports.len && (from || rule->from.kind == PARTY_ANY);
	}
	if (!decided) {
		str_add(&s, "policy of %s: %s everything else", d->name,
			verdict_name(f->default_verdict));
		say(lines, &s);
	}
	str_free(&s);
}

static void explain_device(struct str *lines, const struct answer_view *v, const struct device *d,
			   const struct policy_end *from, const struct policy_end *to)
{
	const struct firewall_conf *f = conf_of(v, d);
	struct str s = {0};

	if (!f)
		str_add(&s, "%s: the firewall is not enabled", d->name);
	else if (!f->policy.len && f->peer_to_peer)
		str_add(&s, "policy of %s: none, everything may pass", d->name);
	else if (!f->policy.len)
		str_add(&s, "policy of %s: none, all may pass but what goes from peer to peer: %s",
			d->name, verdict_name(f->default_verdict));
	if (s.len)
		say(lines, &s);
	else
		explain_rules(lines, v, d, f, from, to);
	str_free(&s);
}

void explain_policies(struct str *lines, const struct answer_view *v, const struct policy_end *from,
		      const struct policy_end *to)
{
	struct str s = {0};

	str_add(&s, "it is in ");
	zones_format(&s, v, to);
	if (from) {
		str_add(&s, ", and comes from ");
		zones_format(&s, v, from);
	}
	say(lines, &s);
	str_free(&s);
	if (from && from->device)
		explain_device(lines, v, from->device, from, to);
	if (to->device && (!from || from->device != to->device))
		explain_device(lines, v, to->device, from, to);
	if (from || to->device)
		return;
	vec_each(&v->state->devices, d) /* whoever comes out of a tunnel may want to go there */
		if (conf_of(v, d))
			explain_device(lines, v, d, NULL, to);
}
