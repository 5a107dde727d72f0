// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policy rules that can never match: what their two ends ask for does not exist together, or an
 * earlier rule decides about all of it. Whoever wrote such a rule believes that it does something.
 *
 * Only what is certain is refused. Two rules that cover a third one between them are not seen.
 */
#include "conf_keys.h"
#include "conf_problems.h"

static bool has_peers(const struct config *config, const char *zone)
{
	if (!strcmp(zone, "peers"))
		return true;
	vec_each(&config->interfaces, i)
		vec_each(&i->peers, p)
			if (!strcmp(p->zone, zone))
				return true;
	return false;
}

/* Does one of the zone's prefixes hold all of p? */
static bool zone_covers(const struct config *config, const char *name, const struct prefix *p)
{
	const struct zone_conf *zone = config_zone(config, name);

	if (zone)
		vec_each(&zone->prefixes, own)
			if (prefix_covers(own, p))
				return true;
	return false;
}

/* Is the zone made of nothing but prefixes, all inside of p? */
static bool zone_is_within(const struct config *config, const char *name, const struct prefix *p)
{
	const struct zone_conf *zone = config_zone(config, name);

	if (!zone || !zone->prefixes.len || zone->interfaces.len || has_peers(config, name))
		return false;
	vec_each(&zone->prefixes, own)
		if (!prefix_covers(p, own))
			return false;
	return true;
}

/* Is whoever is b also a? */
static bool party_covers(const struct config *config, const struct party *a, const struct party *b)
{
	if (a->kind == PARTY_ANY)
		return true;
	if (a->kind == PARTY_PREFIX && b->kind == PARTY_PREFIX)
		return prefix_covers(&a->prefix, &b->prefix);
	if (a->kind == PARTY_ZONE && b->kind == PARTY_PREFIX)
		return zone_covers(config, a->name, &b->prefix);
	if (a->kind == PARTY_PREFIX && b->kind == PARTY_ZONE)
		return zone_is_within(config, b->name, &a->prefix);
	return a->kind == b->kind && a->kind != PARTY_PREFIX && !strcmp(a->name, b->name);
}

static bool port_covers(const struct port_match *a, const struct port_match *b)
{
	if (a->protocol != b->protocol)
		return false;
	return !a->last || (b->last && a->first <= b->first && b->last <= a->last);
}

static bool port_is_covered(const struct policy_rule *a, const struct port_match *port)
{
	vec_each(&a->ports, m)
		if (port_covers(m, port))
			return true;
	return false;
}

static bool rule_covers(const struct config *config, const struct policy_rule *a,
			const struct policy_rule *b)
{
	if (!party_covers(config, &a->from, &b->from) || !party_covers(config, &a->to, &b->to))
		return false;
	if (!a->ports.len || !b->ports.len)
		return !a->ports.len;
	vec_each(&b->ports, port)
		if (!port_is_covered(a, port))
			return false;
	return true;
}

/* AF_INET or AF_INET6 where a prefix says so, else 0. */
static uint8_t party_family(const struct party *p)
{
	return p->kind == PARTY_PREFIX ? p->prefix.addr.family : 0;
}

static bool port_exists(const struct port_match *port, uint8_t family)
{
	return !(port->protocol == IPPROTO_ICMP && family == AF_INET6) &&
	       !(port->protocol == IPPROTO_ICMPV6 && family == AF_INET);
}

/* Why there is no such packet; NULL when there may be. */
static const char *rule_contradicts(const struct policy_rule *rule)
{
	uint8_t from = party_family(&rule->from), to = party_family(&rule->to);

	if (from && to && from != to)
		return "one end is IPv4 and the other is IPv6";
	vec_each(&rule->ports, port)
		if (port_exists(port, from ? from : to))
			return NULL;
	return rule->ports.len ? "icmp is of IPv4, icmpv6 of IPv6" : NULL;
}

/* key is the list's. */
static void check_rule(struct conf *c, const char *key, const struct policy_rules *rules,
		       const struct policy_rule *rule)
{
	const char *why = rule_contradicts(rule);

	if (why)
		conf_problem_add(c->problems, rule->place, false,
				 "%s: this rule can never match: %s", key, why);
	for (const struct policy_rule *first = rules->at; first < rule && !why; first++) {
		if (!rule_covers(c->config, first, rule))
			continue;
		conf_problem_add(c->problems, rule->place, false,
				 "%s: this rule can never match: the one at %s:%u decides "
				 "about everything in it before",
				 key, first->place.file, first->place.line);
		return;
	}
}

/* Are they those that the defaults have, and were they judged there? */
static bool is_inherited(const struct policy_rules *rules, const struct policy_rules *defaults)
{
	return rules != defaults && rules->len && defaults->len &&
	       rules->at[0].place.file == defaults->at[0].place.file &&
	       rules->at[0].place.line == defaults->at[0].place.line;
}

static void check_rules(struct conf *c, const char *key, const struct policy_rules *rules,
			const struct policy_rules *defaults)
{
	if (!is_inherited(rules, defaults))
		vec_each(rules, rule)
			check_rule(c, key, rules, rule);
}

/* In input, a zone that is nothing but other interfaces: what comes from there is not asked. */
static bool zone_is_elsewhere(const struct config *config, const struct iface_conf *i,
			      const char *name)
{
	const struct zone_conf *zone = config_zone(config, name);

	if (!zone || zone->prefixes.len || has_peers(config, name))
		return false;
	vec_each(&zone->interfaces, other)
		if (glob_match(i->name, other->name))
			return false;
	return true;
}

static void check_input(struct conf *c, const struct iface_conf *i)
{
	vec_each(&i->firewall.input, rule)
		if (rule->from.kind == PARTY_ZONE &&
		    zone_is_elsewhere(c->config, i, rule->from.name))
			conf_problem_add(c->problems, rule->place, false,
					 "input: this rule can never match: nothing of zone \"%s\" "
					 "comes from %s",
					 rule->from.name, i->name);
}

static void check_interface(struct conf *c, const struct iface_conf *i)
{
	const struct firewall_conf *defaults = &c->config->defaults.firewall;

	check_rules(c, "policy", &i->firewall.policy, &defaults->policy);
	check_rules(c, "input", &i->firewall.input, &defaults->input);
	if (!is_inherited(&i->firewall.input, &defaults->input))
		check_input(c, i);
}

void conf_check_policies(struct conf *c)
{
	if (conf_problems_serious(c->problems))
		return; /* a party that was not understood says nothing */
	check_interface(c, &c->config->defaults);
	vec_each(&c->config->interfaces, i)
		check_interface(c, i);
}
