// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policies in the words of the configuration: zones with what is in them, rules with where they
 * stand.
 *
 * Nothing is asked of the compiled rules here: what they mean is what is written, and that is what
 * people look for.
 */
#include <string.h>

#include "explain.h"

const struct firewall_conf *policy_conf(const struct answer_view *v, const struct device *d)
{
	const struct firewall_conf *f =
		d->conf ? &d->conf->firewall : &config_iface(v->config, d->name)->firewall;

	return f->enabled ? f : NULL;
}

const char *policy_verdict_name(enum verdict v)
{
	return v == VERDICT_ACCEPT ? "accept" : v == VERDICT_DROP ? "drop" : "reject";
}

const char *policy_party_name(const struct party *p, char *buf)
{
	if (p->kind == PARTY_PREFIX)
		return prefix_format(&p->prefix, buf);
	return p->kind == PARTY_ANY ? "any" : p->name;
}

void policy_port_format(struct str *out, const struct port_match *m)
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

static void put_ports(struct str *o, const char *key, const struct policy_rule *rule)
{
	put_list(o, key);
	vec_each(&rule->ports, m) {
		struct str text = {0};

		policy_port_format(&text, m);
		put_text(o, NULL, str_text(&text));
		str_free(&text);
	}
	put_list_end(o);
}

static void put_rule(struct str *o, const struct policy_rule *rule)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	put_object(o, NULL);
	put_text(o, "from", policy_party_name(&rule->from, a));
	put_text(o, "to", policy_party_name(&rule->to, b));
	put_ports(o, "ports", rule);
	put_text(o, "action", policy_verdict_name(rule->action));
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
	put_text(o, "default", policy_verdict_name(f->default_verdict));
	put_bool(o, "peer_to_peer", f->peer_to_peer);
	put_list(o, "masquerade");
	vec_each(&f->masquerade, party)
		put_text(o, NULL, policy_party_name(party, buf));
	put_list_end(o);
	put_bool(o, "clamp_mss", f->clamp_mss);
	put_bool(o, "counters", f->counters);
	put_object_end(o);
}

void put_policies(struct str *o, const char *key, const struct answer_view *v)
{
	put_list(o, key);
	vec_each(&v->state->devices, d) {
		const struct firewall_conf *f = policy_conf(v, d);

		if (f)
			put_policy(o, d, f);
	}
	put_list_end(o);
}

static int zone_count_cmp(const void *a, const void *b)
{
	return strcmp(((const struct zone_count *)a)->name, ((const struct zone_count *)b)->name);
}

/* n peers more of that zone. */
static void zone_add(struct zone_counts *out, const char *name, uint32_t n)
{
	const struct zone_count fresh = {name, 0};
	struct zone_count *known = vec_find(out, &fresh, zone_count_cmp);

	if (known) {
		known->peers += n;
		return;
	}
	*vec_add(out) = (struct zone_count){name, n};
	vec_settle(out, out->len - 1, zone_count_cmp);
}

/* Without a peer in the configuration they are all in one. */
static void device_zones(struct zone_counts *out, const struct device *d)
{
	if (d->peers.len && d->conf && !d->conf->peers.len) {
		zone_add(out, peer_zone(&d->peers.at[0]), d->peers.len);
		return;
	}
	vec_each(&d->peers, p)
		zone_add(out, peer_zone(p), 1);
}

void zones_collect(struct zone_counts *out, const struct answer_view *v)
{
	vec_each(&v->config->zones, z)
		zone_add(out, z->name, 0);
	vec_each(&v->state->devices, d)
		device_zones(out, d);
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
