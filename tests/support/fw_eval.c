// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a packet through an abstract ruleset as the kernel would: chains, jumps, returns.
 */
#include "support/fw_world.h"

#include "model/netmap.h"

#include <assert.h>

static bool set_has(const struct fw_set *set, const struct fw_elem *key)
{
	for (uint32_t i = 0; i < set->elems.len; i++)
		if (!fw_elem_cmp(&set->elems.at[i], key))
			return true;
	return false;
}

static bool iface_matches(const struct fw_ruleset *r, const struct fw_iface *i, const char *name)
{
	const struct fw_set *set = fw_ruleset_set(r, i->set);
	struct fw_elem key = {0};

	if (!set && !*i->name)
		return true;
	memcpy(key.key, name, strlen(name));
	return (set ? set_has(set, &key) : !strcmp(i->name, name)) != i->invert;
}

static bool address_matches(const struct fw_ruleset *r, const struct prefix *p, uint32_t number,
			    const struct addr *a)
{
	const struct fw_set *set = fw_ruleset_set(r, number);
	struct prefix masked;
	struct fw_elem key;

	if (p->addr.family && !prefix_has(p, a))
		return false;
	if (!set)
		return true;
	if ((set->key == FW_KEY_IP4) != (a->family == AF_INET))
		return false;
	masked = prefix_from(a, set->masklen);
	memcpy(key.key, masked.addr.bytes, sizeof(key.key));
	return set_has(set, &key);
}

static bool rule_matches(const struct fw_ruleset *r, const struct fw_rule *rule,
			 const struct fw_packet *p)
{
	return iface_matches(r, &rule->iif, p->iif) && iface_matches(r, &rule->oif, p->oif) &&
	       address_matches(r, &rule->src, rule->src_set, &p->src) &&
	       address_matches(r, &rule->dst, rule->dst_set, &p->dst) &&
	       (!rule->protocol || rule->protocol == p->protocol) &&
	       (!rule->last || (p->port >= rule->first && p->port <= rule->last)) &&
	       (!rule->ct || rule->ct & p->ct) && (!rule->syn || p->syn);
}

static void address_map(struct addr *a, const struct prefix *to)
{
	if (to->addr.family)
		*a = netmap_translate(a, to);
}

/* The verdict, FW_RETURN at the end of the chain. The packet may be changed. */
static enum fw_verdict chain_eval(const struct fw_ruleset *r, uint32_t number, struct fw_packet *p,
				  unsigned int depth)
{
	const struct fw_chain *c = fw_ruleset_chain(r, number);

	assert(c && depth < 16);
	vec_each(&c->rules, rule) {
		enum fw_verdict v = rule->verdict;

		if (rule->error_last || !rule_matches(r, rule, p))
			continue; /* what an error quotes is for the running kernel to test */
		address_map(&p->src, &rule->map_src);
		address_map(&p->dst, &rule->map_dst);
		if (v == FW_GOTO)
			return chain_eval(r, rule->target, p, depth + 1);
		if (v == FW_JUMP)
			v = chain_eval(r, rule->target, p, depth + 1);
		else if (v == FW_RETURN)
			return v;
		if (v != FW_CONTINUE && v != FW_RETURN)
			return v;
	}
	return FW_RETURN;
}

/* The verdict of the base chain of that name; FW_RETURN where there is none. */
static enum fw_verdict base_change(const struct fw_ruleset *r, const char *name,
				   struct fw_packet *p)
{
	for (uint32_t i = 0; i < r->chains.len; i++)
		if (!strcmp(r->chains.at[i].name, name))
			return chain_eval(r, i + 1, p, 0);
	return FW_RETURN;
}

static enum fw_verdict base_eval(const struct fw_ruleset *r, const char *name,
				 const struct fw_packet *p)
{
	struct fw_packet copy = *p;

	return base_change(r, name, &copy);
}

enum fw_verdict fw_eval(const struct fw_ruleset *r, const struct fw_packet *p)
{
	enum fw_verdict v = base_eval(r, FW_CHAIN, p);

	return v == FW_RETURN ? FW_ACCEPT : v; /* the base chain's policy */
}

void fw_eval_netmap(const struct fw_ruleset *r, struct fw_packet *p, bool in)
{
	base_change(r, in ? FW_CHAIN_NETMAP_IN : FW_CHAIN_NETMAP_OUT, p);
}

enum fw_verdict fw_eval_input(const struct fw_ruleset *r, const struct fw_packet *p)
{
	enum fw_verdict v = base_eval(r, FW_CHAIN_INPUT, p);

	return v == FW_RETURN ? FW_ACCEPT : v;
}

bool fw_eval_masquerade(const struct fw_ruleset *r, const struct fw_packet *p)
{
	return base_eval(r, FW_CHAIN_NAT, p) == FW_MASQUERADE;
}
