// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules that are left when a packet's kins are known at both ends: prefixes, interfaces and
 * ports, each way in which both parties of a rule can be met being a rule of its own.
 */
#include "firewall_compile.h"

/* What a party asks of a packet's end once the class is known: nothing, or one of these. */
struct side {
	struct prefix prefix; /* family 0 = the interface */
	char ifname[IFNAME_LEN];
};

struct sides {
	bool always;
	VEC(struct side) any_of; /* empty and not always: it cannot be */
};

/* --- what a party asks ---------------------------------------------------------------------- */

static void side_prefix(struct sides *out, const struct fw_build *b, const struct kin *kin,
			const struct prefix *p)
{
	bool can_be = !kin;

	if (kin)
		vec_each(&kin->classes, class)
			can_be = can_be || fw_class_overlaps(b, *class, p);
	if (can_be)
		vec_add(&out->any_of)->prefix = *p;
}

static void side_iface(struct sides *out, const struct fw_build *b, const struct kin *kin,
		       const char *ifname)
{
	bool can_be = !kin;

	if (kin)
		vec_each(&kin->classes, class)
			can_be = can_be || fw_class_is_on(b, *class, ifname);
	vec_each(&out->any_of, s)
		if (!s->prefix.addr.family && !strcmp(s->ifname, ifname))
			return;
	if (can_be)
		mem_copy_str(vec_add(&out->any_of)->ifname, IFNAME_LEN, ifname);
}

static void sides_zone(struct sides *out, const struct fw_build *b, const struct kin *kin,
		       const struct party *p)
{
	const struct zone_conf *zone = config_zone(b->config, p->name);

	if (!kin)
		vec_each(&b->members, m)
			if (m->open && fw_class_is(b, m->class, p))
				side_iface(out, b, NULL, m->device->name);
	if (!zone)
		return;
	vec_each(&zone->prefixes, prefix)
		side_prefix(out, b, kin, prefix);
	vec_each(&zone->interfaces, i)
		side_iface(out, b, kin, i->name);
}

/* kin NULL is elsewhere. */
static struct sides sides_of(const struct fw_build *b, const struct kin *kin, const struct party *p)
{
	struct sides s = {0};

	if (p->kind == PARTY_ANY || (kin && fw_class_is(b, kin->classes.at[0], p)))
		s.always = true;
	else if (p->kind == PARTY_PREFIX)
		side_prefix(&s, b, kin, &p->prefix);
	else if (p->kind == PARTY_ZONE)
		sides_zone(&s, b, kin, p);
	return s;
}

/* --- the rules that are left ---------------------------------------------------------------- */

enum fw_verdict fw_leaf_verdict(const struct compile *c, enum verdict v)
{
	if (c->question == MASQUERADED)
		return v == VERDICT_ACCEPT ? FW_MASQUERADE : FW_RETURN;
	/* What passes returns: the other interface's policy may have to be asked. */
	return v == VERDICT_ACCEPT ? FW_RETURN : v == VERDICT_DROP ? FW_DROP : FW_REJECT;
}

const char *fw_verdict_name(enum verdict v)
{
	return v == VERDICT_ACCEPT ? "accept" : v == VERDICT_DROP ? "drop" : "reject";
}

static const char *party_text(const struct party *p, char *buf)
{
	if (p->kind == PARTY_PREFIX)
		return prefix_format(&p->prefix, buf);
	return p->kind == PARTY_ANY ? "any" : p->name;
}

static void side_put(struct fw_iface *iface, struct prefix *prefix, const struct side *s)
{
	if (!s)
		return;
	*prefix = s->prefix;
	if (!s->prefix.addr.family)
		mem_copy_str(iface->name, IFNAME_LEN, s->ifname);
}

/* An IPv4 prefix on one end, an IPv6 prefix or ICMPv6 on the other: there is no such packet. */
static bool can_match(const struct side *from, const struct side *to, const struct port_match *port)
{
	uint8_t a = from ? from->prefix.addr.family : 0, b = to ? to->prefix.addr.family : 0;
	uint8_t family = a ? a : b;

	if (a && b && a != b)
		return false;
	if (port && port->protocol == IPPROTO_ICMP)
		return family != AF_INET6;
	return !port || port->protocol != IPPROTO_ICMPV6 || family != AF_INET;
}

/* A rule that has the conditions; NULL asks nothing. */
static struct fw_rule *rule_match(struct compile *c, uint32_t chain, const struct side *from,
				  const struct side *to, const struct port_match *port)
{
	struct fw_rule *rule = fw_rule_new(c->b->out, chain);

	side_put(&rule->iif, &rule->src, from);
	side_put(&rule->oif, &rule->dst, to);
	if (port) {
		rule->protocol = port->protocol;
		rule->first = port->first;
		rule->last = port->last;
	}
	return rule;
}

static void rule_describe(const struct compile *c, struct fw_rule *rule,
			  const struct policy_rule *policy)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];
	const char *from = party_text(&policy->from, a), *to = party_text(&policy->to, b);

	if (c->question == MASQUERADED)
		fw_rule_comment(rule, "masquerade: %s", from);
	else
		fw_rule_comment(rule, "%s: %s to %s", fw_verdict_name(policy->action), from,
				c->question == ADDRESSED_TO_US ? "this host" : to);
}

/* A line in the log has a rule of its own: its rate must not limit the verdict. */
static void rule_put(struct compile *c, uint32_t chain, const struct policy_rule *policy,
		     const struct side *from, const struct side *to, const struct port_match *port)
{
	struct fw_rule *rule;

	if (!can_match(from, to, port))
		return;
	if (policy->log)
		rule_match(c, chain, from, to, port)->log = policy->log;
	rule = rule_match(c, chain, from, to, port);
	fw_rule_decide(c->b, rule, fw_leaf_verdict(c, policy->action));
	rule_describe(c, rule, policy);
}

static void rule_ports(struct compile *c, uint32_t chain, const struct policy_rule *policy,
		       const struct side *from, const struct side *to)
{
	if (!policy->ports.len)
		rule_put(c, chain, policy, from, to, NULL);
	vec_each(&policy->ports, port)
		rule_put(c, chain, policy, from, to, port);
}

/* Every way in which both parties can be met. */
static void rule_sides(struct compile *c, uint32_t chain, const struct policy_rule *policy,
		       const struct sides *from, const struct sides *to)
{
	uint32_t nfrom = from->always ? 1 : from->any_of.len;
	uint32_t nto = to->always ? 1 : to->any_of.len;

	for (uint32_t i = 0; i < nfrom; i++)
		for (uint32_t j = 0; j < nto; j++)
			rule_ports(c, chain, policy, from->always ? NULL : &from->any_of.at[i],
				   to->always ? NULL : &to->any_of.at[j]);
}

static void default_put(struct compile *c, uint32_t chain)
{
	struct fw_rule *rule = fw_rule_new(c->b->out, chain);

	fw_rule_decide(c->b, rule, fw_leaf_verdict(c, c->conf->default_verdict));
	if (c->question == FORWARDED)
		fw_rule_comment(rule, "%s: default of %s",
				fw_verdict_name(c->conf->default_verdict), c->device->name);
	else if (c->question == ADDRESSED_TO_US)
		fw_rule_comment(rule, "input does not name them");
}

/* Does the rule leave nothing to the ones after it? */
static bool is_final(const struct policy_rule *rule, const struct sides *from,
		     const struct sides *to)
{
	return from->always && to->always && !rule->ports.len;
}

void fw_leaf_build(struct compile *c, uint32_t chain, const struct kin *from, const struct kin *to)
{
	bool final = false;

	for (uint32_t i = 0; i < c->conf->policy.len && !final; i++) {
		const struct policy_rule *policy = &c->conf->policy.at[i];
		struct sides f, t;

		if (!c->alive[i])
			continue;
		f = sides_of(c->b, from, &policy->from);
		t = sides_of(c->b, to, &policy->to);
		rule_sides(c, chain, policy, &f, &t);
		final = is_final(policy, &f, &t);
		vec_free(&f.any_of);
		vec_free(&t.any_of);
	}
	if (!final)
		default_put(c, chain);
}

void fw_leaf_judge(struct compile *c, const struct kin *from)
{
	bool final = false;

	for (uint32_t i = 0; i < c->conf->policy.len; i++) {
		const struct policy_rule *policy = &c->conf->policy.at[i];
		struct sides f = sides_of(c->b, from, &policy->from);
		struct sides any = {.always = policy->to.kind == PARTY_ANY};

		c->alive[i] = !final && (f.always || f.any_of.len);
		final = final || is_final(policy, &f, &any);
		vec_free(&f.any_of);
	}
}
