// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One interface's policy as chains.
 *
 *	wg0-policy		looks up which class of peers the source is and goes on in
 *	wg0-from-sites		where only the rules are left that can match such a source; looks
 *				up the destination if one of these speaks of peers, and goes on in
 *	wg0-from-sites-to-pi	where only prefixes, interfaces and ports are left to check.
 *
 * A chain without a lookup holds the rules themselves. Prefixes and interfaces are checked by the
 * rules, so whoever is in no class that matters ("elsewhere") is served by the rest of the chain
 * that did the lookup. A packet that passes returns to the base chain, which may ask the other
 * interface's policy too.
 *
 * Whom to masquerade is asked in the same way, as a policy from each of them to any; and so is
 * who may send to this host itself.
 */
#include "firewall_build.h"

/* What a party asks of a packet's end once the class is known: nothing, or one of these. */
struct side {
	struct prefix prefix; /* family 0 = the interface */
	char ifname[IFNAME_LEN];
};

struct sides {
	bool always;
	VEC(struct side) any_of; /* empty and not always: it cannot be */
};

/* Classes that the rules at hand do not tell apart; none = elsewhere. */
struct kin {
	VEC(uint32_t) classes;
	uint64_t *matched; /* a bit for each rule whose party they all are */
	uint32_t chain;	   /* where they are decided */
};

VEC_TYPE(kins, struct kin);

enum end { FROM, TO };

enum question { FORWARDED, MASQUERADED, ADDRESSED_TO_US };

/* The policy at hand, and which of its rules can still match. */
struct compile {
	struct fw_build *b;
	const struct device *device;
	const struct firewall_conf *conf;
	enum question question; /* MASQUERADED: what is accepted is, the rest left as it is */
	bool *alive;
};

static const struct party *rule_end(const struct policy_rule *rule, enum end end)
{
	return end == FROM ? &rule->from : &rule->to;
}

/* Is every peer of this class that party? */
static bool class_is(const struct fw_build *b, uint32_t class, const struct party *p)
{
	const struct fw_class *k = &b->classes.at[class];

	if (p->kind == PARTY_ZONE)
		return class && !strcmp(k->zone, p->name);
	return p->kind == PARTY_PEER && class && !strcmp(k->peer, p->name);
}

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
			if (m->open && class_is(b, m->class, p))
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

	if (p->kind == PARTY_ANY || (kin && class_is(b, kin->classes.at[0], p)))
		s.always = true;
	else if (p->kind == PARTY_PREFIX)
		side_prefix(&s, b, kin, &p->prefix);
	else if (p->kind == PARTY_ZONE)
		sides_zone(&s, b, kin, p);
	return s;
}

/* --- which classes the rules tell apart ----------------------------------------------------- */

#define WORDS(rules) ((rules) / 64 + 1)

static struct kin kin_of(const struct compile *c, uint32_t class, enum end end)
{
	struct kin k = {.matched = mem_calloc(WORDS(c->conf->policy.len), sizeof(uint64_t))};

	*vec_add(&k.classes) = class;
	for (uint32_t i = 0; i < c->conf->policy.len; i++)
		if (c->alive[i] && class_is(c->b, class, rule_end(&c->conf->policy.at[i], end)))
			k.matched[i / 64] |= 1ULL << i % 64;
	return k;
}

static void kin_free(struct kin *k)
{
	vec_free(&k->classes);
	free(k->matched);
}

static void kins_free(struct kins *all)
{
	vec_each(all, k)
		kin_free(k);
	vec_free(all);
}

static bool kin_is_distinct(const struct compile *c, const struct kin *k)
{
	for (uint32_t i = 0; i < WORDS(c->conf->policy.len); i++)
		if (k->matched[i])
			return true;
	return false;
}

static void kins_join(struct kins *all, const struct compile *c, struct kin *k)
{
	size_t size = WORDS(c->conf->policy.len) * sizeof(uint64_t);

	vec_each(all, old) {
		if (memcmp(old->matched, k->matched, size) != 0)
			continue;
		*vec_add(&old->classes) = k->classes.at[0];
		kin_free(k);
		return;
	}
	*vec_add(all) = *k;
}

/* Those of closed devices that some living rule matches by who they are. */
static struct kins kins_find(const struct compile *c, enum end end)
{
	struct kins all = {0};

	for (uint32_t class = 1; class < c->b->classes.len; class ++) {
		struct kin k = kin_of(c, class, end);
		bool looked_up = false;

		vec_each(&c->b->groups, g)
			looked_up = looked_up || g->class == class;
		if (looked_up && kin_is_distinct(c, &k))
			kins_join(&all, c, &k);
		else
			kin_free(&k);
	}
	return all;
}

static const struct kin *kins_of_class(const struct kins *all, uint32_t class)
{
	vec_each(all, k)
		vec_each(&k->classes, member)
			if (*member == class)
				return k;
	return NULL;
}

/* --- the lookups ---------------------------------------------------------------------------- */

/* A class that does not matter has to be looked up where it lies inside one that does. */
static bool group_hides(const struct fw_group *g, const struct kins *all)
{
	vec_each(&g->over, class)
		if (kins_of_class(all, *class))
			return true;
	return false;
}

static void lookup(struct compile *c, uint32_t chain, enum end end, const struct fw_group *g,
		   uint32_t target)
{
	struct fw_rule *rule = fw_rule_new(c->b->out, chain);
	struct fw_iface *iface = end == FROM ? &rule->iif : &rule->oif;

	mem_copy_str(iface->name, IFNAME_LEN, g->device->name);
	*(end == FROM ? &rule->src_set : &rule->dst_set) = g->set;
	rule->verdict = FW_GOTO;
	rule->target = target;
	fw_rule_comment(rule, "%s %s", end == FROM ? "from" : "to",
			fw_class_label(&c->b->classes.at[g->class]));
}

/*
 * Longest prefixes first, as the groups are sorted. Returns the chain that decides for elsewhere:
 * the same one, unless somebody has to be sent there.
 */
static uint32_t lookups(struct compile *c, uint32_t chain, enum end end, const char *stem,
			const struct kins *all)
{
	uint32_t elsewhere = chain;

	vec_each(&c->b->groups, g) {
		const struct kin *k = kins_of_class(all, g->class);

		if (!k && !group_hides(g, all))
			continue;
		if (!k && elsewhere == chain)
			elsewhere = fw_chain_new(c->b->out, "%s-elsewhere", stem);
		lookup(c, chain, end, g, k ? k->chain : elsewhere);
	}
	if (elsewhere != chain) {
		struct fw_rule *rule = fw_rule_new(c->b->out, chain);

		rule->verdict = FW_GOTO;
		rule->target = elsewhere;
	}
	return elsewhere;
}

/* --- the rules that are left ---------------------------------------------------------------- */

static enum fw_verdict verdict_of(const struct compile *c, enum verdict v)
{
	if (c->question == MASQUERADED)
		return v == VERDICT_ACCEPT ? FW_MASQUERADE : FW_RETURN;
	/* What passes returns: the other interface's policy may have to be asked. */
	return v == VERDICT_ACCEPT ? FW_RETURN : v == VERDICT_DROP ? FW_DROP : FW_REJECT;
}

static const char *verdict_name(enum verdict v)
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
		fw_rule_comment(rule, "%s: %s to %s", verdict_name(policy->action), from,
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
	fw_rule_decide(c->b, rule, verdict_of(c, policy->action));
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

	fw_rule_decide(c->b, rule, verdict_of(c, c->conf->default_verdict));
	if (c->question == FORWARDED)
		fw_rule_comment(rule, "%s: default of %s", verdict_name(c->conf->default_verdict),
				c->device->name);
	else if (c->question == ADDRESSED_TO_US)
		fw_rule_comment(rule, "input does not name them");
}

/* Does the rule leave nothing to the ones after it? */
static bool is_final(const struct policy_rule *rule, const struct sides *from,
		     const struct sides *to)
{
	return from->always && to->always && !rule->ports.len;
}

static void leaf_build(struct compile *c, uint32_t chain, const struct kin *from,
		       const struct kin *to)
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

/* --- from a source on ----------------------------------------------------------------------- */

/* Rules that cannot match this source, and those behind one that always does, are dead. */
static void judge_alive(struct compile *c, const struct kin *from)
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

/* A chain for each kin, called after its first class. */
static void kins_chain(struct compile *c, struct kins *all, const char *stem)
{
	vec_each(all, k)
		k->chain = fw_chain_new(c->b->out, "%s-%s", stem,
					fw_class_label(&c->b->classes.at[k->classes.at[0]]));
}

/* stem is what its chains' names begin with: "wg0-from-sites-to", "wg0-to" for elsewhere. */
static void source_build(struct compile *c, uint32_t chain, const char *stem,
			 const struct kin *from)
{
	struct kins to;
	uint32_t elsewhere;

	judge_alive(c, from);
	to = kins_find(c, TO);
	kins_chain(c, &to, stem);
	elsewhere = lookups(c, chain, TO, stem, &to);
	vec_each(&to, k)
		leaf_build(c, k->chain, from, k);
	leaf_build(c, elsewhere, from, NULL);
	kins_free(&to);
}

static void rules_build(struct compile *c, uint32_t chain)
{
	static const char *const stems[] = {[FORWARDED] = "%s-from",
					    [MASQUERADED] = "%s-masquerade",
					    [ADDRESSED_TO_US] = "%s-input"};
	struct str stem = {0};
	struct kins from;
	uint32_t elsewhere;

	c->alive = mem_calloc(c->conf->policy.len, sizeof(*c->alive));
	memset(c->alive, true, c->conf->policy.len);
	from = kins_find(c, FROM);
	str_add(&stem, stems[c->question], c->device->name);
	kins_chain(c, &from, str_text(&stem));
	elsewhere = lookups(c, chain, FROM, str_text(&stem), &from);
	vec_each(&from, k) {
		stem.len = 0;
		str_add(&stem, "%s-to", c->b->out->chains.at[k->chain - 1].name);
		source_build(c, k->chain, str_text(&stem), k);
	}
	stem.len = 0;
	str_add(&stem, "%s-to", c->device->name);
	source_build(c, elsewhere, str_text(&stem), NULL);
	str_free(&stem);
	kins_free(&from);
	free(c->alive);
}

/* No policy: peers and everybody else talk both ways, peers among themselves if they may. */
static void empty_build(struct compile *c, uint32_t chain)
{
	struct fw_rule *rule;

	if (!c->conf->peer_to_peer) {
		rule = fw_rule_new(c->b->out, chain);
		rule->iif.set = rule->oif.set = c->b->interfaces;
		fw_rule_decide(c->b, rule, verdict_of(c, c->conf->default_verdict));
		fw_rule_comment(rule, "%s: peer to peer", verdict_name(c->conf->default_verdict));
	}
	rule = fw_rule_new(c->b->out, chain);
	rule->verdict = FW_RETURN;
	fw_rule_comment(rule, "accept: no policy");
}

uint32_t fw_policy_build(struct fw_build *b, const struct device *d)
{
	struct compile c = {.b = b, .device = d, .conf = fw_device_conf(b, d)};
	uint32_t chain = fw_chain_new(b->out, "%s-policy", d->name);

	if (!c.conf->policy.len) {
		empty_build(&c, chain);
		return chain;
	}
	rules_build(&c, chain);
	return chain;
}

uint32_t fw_masquerade_build(struct fw_build *b, const struct device *d)
{
	struct firewall_conf as_policy = {.default_verdict = VERDICT_DROP};
	struct compile c = {.b = b, .device = d, .conf = &as_policy, .question = MASQUERADED};
	uint32_t chain = fw_chain_new(b->out, "%s-masquerade", d->name);

	vec_each(&fw_device_conf(b, d)->masquerade, party)
		*vec_add(&as_policy.policy) = (struct policy_rule){
			.from = *party, .to.kind = PARTY_ANY, .action = VERDICT_ACCEPT};
	rules_build(&c, chain);
	vec_free(&as_policy.policy);
	return chain;
}

/* What the rules leave is `default`, but for those only whom some rule names. */
void fw_input_policy(struct fw_build *b, const struct device *d, uint32_t chain)
{
	const struct firewall_conf *conf = fw_device_conf(b, d);
	struct firewall_conf as_policy = {.default_verdict = VERDICT_ACCEPT};
	struct compile c = {.b = b, .device = d, .conf = &as_policy, .question = ADDRESSED_TO_US};

	vec_copy(&as_policy.policy, &conf->input); /* with the ports of the original */
	vec_each(&conf->input, rule)
		*vec_add(&as_policy.policy) = (struct policy_rule){
			.from = rule->from, .to.kind = PARTY_ANY, .action = conf->default_verdict};
	rules_build(&c, chain);
	vec_free(&as_policy.policy);
}
