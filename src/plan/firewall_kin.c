// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kins of one policy: classes of peers that its rules do not tell apart, and the lookups that
 * tell a packet's kin by its address.
 */
#include "firewall_compile.h"

static const struct party *rule_end(const struct policy_rule *rule, enum end end)
{
	return end == FROM ? &rule->from : &rule->to;
}

/* Is every peer of this class that party? */
bool fw_class_is(const struct fw_build *b, uint32_t class, const struct party *p)
{
	const struct fw_class *k = &b->classes.at[class];

	if (p->kind == PARTY_ZONE)
		return class && !strcmp(k->zone, p->name);
	return p->kind == PARTY_PEER && class && !strcmp(k->peer, p->name);
}

#define WORDS(rules) ((rules) / 64 + 1)

static struct kin kin_of(const struct compile *c, uint32_t class, enum end end)
{
	struct kin k = {.matched = mem_calloc(WORDS(c->conf->policy.len), sizeof(uint64_t))};

	*vec_add(&k.classes) = class;
	for (uint32_t i = 0; i < c->conf->policy.len; i++)
		if (c->alive[i] && fw_class_is(c->b, class, rule_end(&c->conf->policy.at[i], end)))
			k.matched[i / 64] |= 1ULL << i % 64;
	return k;
}

static void kin_free(struct kin *k)
{
	vec_free(&k->classes);
	free(k->matched);
}

void fw_kins_free(struct kins *all)
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
struct kins fw_kins_find(const struct compile *c, enum end end)
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

void fw_kins_chain(struct compile *c, struct kins *all, const char *stem)
{
	vec_each(all, k)
		k->chain = fw_chain_new(c->b->out, "%s-%s", stem,
					fw_class_label(&c->b->classes.at[k->classes.at[0]]));
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
uint32_t fw_kins_lookup(struct compile *c, uint32_t chain, enum end end, const char *stem,
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
