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
#include "firewall_compile.h"

/* stem is what its chains' names begin with: "wg0-from-sites-to", "wg0-to" for elsewhere. */
static void source_build(struct compile *c, uint32_t chain, const char *stem,
			 const struct kin *from)
{
	struct kins to;
	uint32_t elsewhere;

	fw_leaf_judge(c, from);
	to = fw_kins_find(c, TO);
	fw_kins_chain(c, &to, stem);
	elsewhere = fw_kins_lookup(c, chain, TO, stem, &to);
	vec_each(&to, k)
		fw_leaf_build(c, k->chain, from, k);
	fw_leaf_build(c, elsewhere, from, NULL);
	fw_kins_free(&to);
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
	from = fw_kins_find(c, FROM);
	str_add(&stem, stems[c->question], c->device->name);
	fw_kins_chain(c, &from, str_text(&stem));
	elsewhere = fw_kins_lookup(c, chain, FROM, str_text(&stem), &from);
	vec_each(&from, k) {
		stem.len = 0;
		str_add(&stem, "%s-to", c->b->out->chains.at[k->chain - 1].name);
		source_build(c, k->chain, str_text(&stem), k);
	}
	stem.len = 0;
	str_add(&stem, "%s-to", c->device->name);
	source_build(c, elsewhere, str_text(&stem), NULL);
	str_free(&stem);
	fw_kins_free(&from);
	free(c->alive);
}

/* No policy: peers and everybody else talk both ways, peers among themselves if they may. */
static void empty_build(struct compile *c, uint32_t chain)
{
	struct fw_rule *rule;

	if (!c->conf->peer_to_peer) {
		rule = fw_rule_new(c->b->out, chain);
		rule->iif.set = rule->oif.set = c->b->interfaces;
		fw_rule_decide(c->b, rule, fw_leaf_verdict(c, c->conf->default_verdict));
		fw_rule_comment(rule, "%s: peer to peer",
				fw_verdict_name(c->conf->default_verdict));
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
