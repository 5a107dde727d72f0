// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The desired ruleset: the base chain that every forwarded packet meets, a chain for each
 * interface's policy, what is masqueraded, the sets they look into, and the accepts in other
 * programs' chains.
 *
 * What is none of our business leaves after one rule; a packet of a known connection after four,
 * unless it is counted (firewall_counters.c).
 */
#include "plan/firewall.h"

#include "firewall_build.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

const struct firewall_conf *fw_device_conf(const struct fw_build *b, const struct device *d)
{
	return d->conf ? &d->conf->firewall : &config_iface(b->config, d->name)->firewall;
}

static uint32_t count_enabled(const struct fw_build *b)
{
	uint32_t n = 0;

	vec_each(&b->state->devices, d)
		n += fw_device_conf(b, d)->enabled;
	return n;
}

static void name_add(struct fw_build *b, const char *ifname)
{
	struct fw_elem *e = vec_add(&b->out->sets.at[b->interfaces - 1].elems);

	memcpy(e->key, ifname, strnlen(ifname, IFNAME_LEN - 1));
}

static void interfaces_build(struct fw_build *b)
{
	b->awaited = fw_awaited_build(b);
	b->interfaces = fw_set_new(b->out, FW_KEY_IFNAME, 0, "interfaces");
	vec_each(&b->state->devices, d) {
		if (fw_device_conf(b, d)->enabled)
			name_add(b, d->name);
	}
	if (b->awaited)
		vec_each(&b->out->sets.at[b->awaited - 1].elems, e)
			name_add(b, (const char *)e->key);
	vec_sort(&b->out->sets.at[b->interfaces - 1].elems, fw_elem_cmp);
}

static struct fw_rule *base_rule(struct fw_build *b, enum fw_verdict verdict, const char *comment)
{
	struct fw_rule *rule = fw_rule_new(b->out, 1);

	rule->verdict = verdict;
	fw_rule_comment(rule, "%s", comment);
	return rule;
}

static void clamp_rule(struct fw_build *b, const char *iif, const char *oif)
{
	struct fw_rule *rule = base_rule(b, FW_CONTINUE, "fit TCP into the tunnel");

	mem_copy_str(rule->iif.name, IFNAME_LEN, iif);
	mem_copy_str(rule->oif.name, IFNAME_LEN, oif);
	rule->syn = true;
	rule->clamp = true;
}

/* Where all of our interfaces ask for it, the packet need not be asked which one it is. */
static void clamp_build(struct fw_build *b)
{
	bool all = true;

	vec_each(&b->state->devices, d)
		all = all && (!fw_device_conf(b, d)->enabled || fw_device_conf(b, d)->clamp_mss);
	if (all) {
		clamp_rule(b, "", "");
		return;
	}
	vec_each(&b->state->devices, d) {
		if (!fw_device_conf(b, d)->enabled || !fw_device_conf(b, d)->clamp_mss)
			continue;
		clamp_rule(b, d->name, "");
		clamp_rule(b, "", d->name);
	}
}

static void jump_build(struct fw_build *b, const char *iif, const char *oif, uint32_t chain)
{
	struct fw_rule *rule = base_rule(b, FW_JUMP, "");

	fw_rule_comment(rule, "policy of %s", *oif ? oif : iif);
	mem_copy_str(rule->iif.name, IFNAME_LEN, iif);
	mem_copy_str(rule->oif.name, IFNAME_LEN, oif);
	rule->iif.invert = *oif;
	rule->target = chain;
}

/*
 * The policy of the interface that a packet comes from is asked first, then that of the interface
 * it goes to, unless these are the same.
 */
static void policies_build(struct fw_build *b)
{
	vec_each(&b->members, m) {
		if (!fw_device_conf(b, m->device)->enabled)
			continue;
		m->policy = fw_policy_build(b, m->device);
		jump_build(b, m->device->name, "", m->policy);
	}
	vec_each(&b->members, m)
		if (m->policy)
			jump_build(b, m->device->name, m->device->name, m->policy);
}

/* Accepts; where packets are counted, they are counted first. */
static struct fw_rule *pass_rule(struct fw_build *b, const char *comment)
{
	struct fw_rule *rule = base_rule(b, b->passed ? FW_GOTO : FW_ACCEPT, comment);

	rule->target = b->passed;
	return rule;
}

static void base_build(struct fw_build *b)
{
	uint32_t chain = fw_chain_new(b->out, FW_CHAIN);
	struct fw_rule *rule;

	b->out->chains.at[chain - 1].hook =
		(struct fw_hook){.type = "filter", .num = NF_INET_FORWARD, .priority = FW_PRIORITY};
	rule = base_rule(b, FW_RETURN, "not ours to decide");
	rule->iif.set = rule->oif.set = b->interfaces;
	rule->iif.invert = rule->oif.invert = true;
	clamp_build(b);
	fw_counters_build(b);
	fw_offload_build(b, chain, b->have);
	pass_rule(b, "connections that passed")->ct = FW_CT_ESTABLISHED | FW_CT_RELATED;
	base_rule(b, FW_DROP, "of no connection")->ct = FW_CT_INVALID;
	if (b->awaited) {
		base_rule(b, FW_DROP, "nothing is known of it yet")->iif.set = b->awaited;
		base_rule(b, FW_DROP, "nothing is known of it yet")->oif.set = b->awaited;
	}
}

static uint32_t nat_chain(struct fw_build *b)
{
	uint32_t chain = fw_chain_new(b->out, FW_CHAIN_NAT);

	b->out->chains.at[chain - 1].hook = (struct fw_hook){
		.type = "nat", .num = NF_INET_POST_ROUTING, .priority = FW_PRIORITY_NAT};
	return chain;
}

/*
 * Only a connection's first packet comes here. Since Linux 5.7 postrouting knows the interface
 * that a packet came from; before, none of these rules match, and nothing is masqueraded.
 */
static void nat_build(struct fw_build *b)
{
	uint32_t chain = 0, target;

	vec_each(&b->state->devices, d) {
		const struct firewall_conf *conf = fw_device_conf(b, d);
		struct fw_rule *rule;

		if (!conf->enabled || !conf->masquerade.len)
			continue;
		chain = chain ? chain : nat_chain(b);
		target = fw_masquerade_build(b, d);
		rule = fw_rule_new(b->out, chain);
		mem_copy_str(rule->iif.name, IFNAME_LEN, d->name);
		rule->oif.set = b->interfaces;
		rule->oif.invert = true;
		rule->verdict = FW_JUMP;
		rule->target = target;
	}
}

static void filter_build(struct fw_build *b)
{
	interfaces_build(b);
	fw_classify(b);
	base_build(b);
	policies_build(b);
	if (b->passed)
		pass_rule(b, "what the policies let pass");
	fw_input_build(b);
	nat_build(b);
}

bool firewall_filters(const struct state *s, const struct config *c)
{
	struct fw_build b = {.state = s, .config = c};

	return count_enabled(&b) || fw_awaits(&b);
}

/* There is one table for all. */
static bool owner_wanted(const struct fw_build *b)
{
	vec_each(&b->state->devices, d)
		if (fw_device_conf(b, d)->enabled && fw_device_conf(b, d)->owner)
			return true;
	return b->config->defaults.firewall.enabled && b->config->defaults.firewall.owner;
}

bool firewall_owner_wanted(const struct state *s, const struct config *c)
{
	struct fw_build b = {.state = s, .config = c};

	return firewall_filters(s, c) && owner_wanted(&b);
}

void firewall_desired(struct fw_ruleset *out, const struct state *s, const struct config *c,
		      const struct fw_actual *have)
{
	struct fw_build b = {.out = out, .have = have, .state = s, .config = c};

	if (count_enabled(&b) || fw_awaits(&b))
		filter_build(&b);
	fw_netmap_build(&b);
	out->table = out->chains.len;
	if (out->table && owner_wanted(&b) && !(have->lacks & FW_FEATURE_OWNER))
		out->table_flags = FW_TABLE_OWNED;
	fw_foreign_build(&b, have);
	fw_ruleset_finish(out);
	fw_build_free(&b);
}
