// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One abstract rule as text, in nft(8)'s words, and the tag that it is known by in the kernel.
 *
 * The tag is a hash of the text: whatever a rule says is in it, so two rules with the same tag do
 * the same.
 */
#include <inttypes.h>

#include "firewall_build.h"

static void iface_format(struct str *out, const struct fw_ruleset *r, const char *key,
			 const struct fw_iface *i)
{
	const struct fw_set *set = fw_ruleset_set(r, i->set);

	if (set)
		str_add(out, "%s %s@%s ", key, i->invert ? "!= " : "", set->name);
	else if (*i->name)
		str_add(out, "%s %s\"%s\" ", key, i->invert ? "!= " : "", i->name);
}

static void address_format(struct str *out, const struct fw_ruleset *r, const char *side,
			   const struct prefix *p, uint32_t number)
{
	const struct fw_set *set = fw_ruleset_set(r, number);
	char buf[PREFIX_STRLEN];

	if (p->addr.family)
		str_add(out, "%s %s %s ", p->addr.family == AF_INET6 ? "ip6" : "ip", side,
			prefix_format(p, buf));
	if (set)
		str_add(out, "%s %s/%u @%s ", set->key == FW_KEY_IP6 ? "ip6" : "ip", side,
			set->masklen, set->name);
}

const char *fw_protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		return NULL;
	}
}

static void protocol_format(struct str *out, const struct fw_rule *rule)
{
	const char *name = fw_protocol_name(rule->protocol);

	if (name)
		str_add(out, "%s ", name);
	else if (rule->protocol)
		str_add(out, "protocol %u ", rule->protocol);
	if (rule->last)
		str_add(out, rule->first == rule->last ? "dport %u " : "dport %u-%u ", rule->first,
			rule->last);
	if (rule->syn)
		str_add(out, "tcp flags & (syn|rst) == syn ");
}

/* What an ICMP error quotes has no words in nft(8). */
static void error_format(struct str *out, const struct fw_rule *rule)
{
	if (rule->error_last)
		str_add(out, "type %u-%u quoting ", rule->error_first, rule->error_last);
}

static void map_format(struct str *out, const char *side, const struct prefix *to)
{
	const char *family = to->addr.family == AF_INET6 ? "ip6" : "ip";
	char buf[PREFIX_STRLEN];

	if (to->addr.family)
		str_add(out, "%s %s set prefix %s ", family, side, prefix_format(to, buf));
}

static void ct_format(struct str *out, uint8_t ct)
{
	static const char *const names[] = {"new", "established", "related", "invalid"};
	const char *separator = "ct state ";

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(ct & 1 << i))
			continue;
		str_add(out, "%s%s", separator, names[i]);
		separator = ",";
	}
	if (ct)
		str_add(out, " ");
}

static void verdict_format(struct str *out, const struct fw_ruleset *r, const struct fw_rule *rule)
{
	static const char *const words[] = {
		[FW_CONTINUE] = "continue", [FW_ACCEPT] = "accept",
		[FW_DROP] = "counter drop", [FW_REJECT] = "counter reject",
		[FW_RETURN] = "return",	    [FW_JUMP] = "jump",
		[FW_GOTO] = "goto",	    [FW_MASQUERADE] = "masquerade"};
	const struct fw_chain *target = fw_ruleset_chain(r, rule->target);

	if (rule->log)
		str_add(out, "limit rate %u/second log prefix \"" FW_LOG_PREFIX "\"", rule->log);
	if (rule->clamp)
		str_add(out, "tcp option maxseg size set rt mtu");
	if (rule->count)
		str_add(out, "counter ");
	if (rule->offload)
		str_add(out, "flow add @" FW_FLOWTABLE);
	if (rule->verdict != FW_CONTINUE)
		str_add(out, "%s", words[rule->verdict]);
	if (target)
		str_add(out, " %s", target->name);
	if (*rule->comment)
		str_add(out, " comment \"%s\"", rule->comment);
}

/* As text in nft(8)'s words. */
static void fw_rule_format(struct str *out, const struct fw_ruleset *r, const struct fw_rule *rule)
{
	iface_format(out, r, "iifname", &rule->iif);
	iface_format(out, r, "oifname", &rule->oif);
	error_format(out, rule);
	address_format(out, r, "saddr", &rule->src, rule->src_set);
	address_format(out, r, "daddr", &rule->dst, rule->dst_set);
	protocol_format(out, rule);
	ct_format(out, rule->ct);
	map_format(out, "saddr", &rule->map_src);
	map_format(out, "daddr", &rule->map_dst);
	verdict_format(out, r, rule);
}

uint64_t fw_rule_tag(const struct fw_ruleset *r, const struct fw_rule *rule)
{
	struct str text = {0};
	uint64_t hash;

	str_add(&text, "%s", FW_RULE_ENCODING);
	fw_rule_format(&text, r, rule);
	hash = fw_text_hash(str_text(&text)); /* 0 is a rule that is not ours */
	str_free(&text);
	return hash;
}

void fw_ruleset_format(struct str *out, const struct fw_ruleset *r)
{
	vec_each(&r->chains, c) {
		str_add(out, "chain %s {\n", c->name);
		vec_each(&c->rules, rule) {
			str_add(out, "\t");
			fw_rule_format(out, r, rule);
			str_add(out, "\n");
		}
		str_add(out, "}\n");
	}
}
