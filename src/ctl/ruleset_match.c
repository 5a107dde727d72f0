// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a rule match a packet of which only this is known: UDP, its port, where it comes in, that
 * its connection is new? Registers are followed as the kernel's nf_tables_core.c fills them; one
 * that holds anything else makes every comparison with it a "maybe".
 */
#include "ruleset.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "codec/attr.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_tcpudp.h>

#define CT_NEW	  (1u << (IP_CT_NEW + 1)) /* NF_CT_STATE_BIT() of the kernel */
#define REGISTERS 24
#define VALUE_MAX 16

/* What a register holds: so many bytes that are known, or 0. */
struct value {
	uint8_t bytes[VALUE_MAX];
	size_t len;
};

struct machine {
	const struct ruleset_packet *packet;
	struct value registers[REGISTERS];
	struct ruleset_effect effect;
};

static uint32_t child_u32(const struct nlattr *nest, uint16_t type, uint32_t missing)
{
	const struct nlattr *a = attr_child(nest, type);

	return a && attr_payload(a, 4) ? ntohl(mnl_attr_get_u32(a)) : missing;
}

/* NFT_REG_1..4 are four of NFT_REG32_00 and on each; the verdict is none of them. */
static struct value *register_at(struct machine *m, uint32_t number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		number = NFT_REG32_00 + (number - NFT_REG_1) * 4;
	return number >= NFT_REG32_00 && number < REGISTERS ? &m->registers[number] : NULL;
}

/* What is in the register that an expression reads; nothing where it names none. */
static const struct value *source_of(struct machine *m, const struct nlattr *data, uint16_t type)
{
	static const struct value nothing;
	const struct value *v = register_at(m, child_u32(data, type, 0));

	return v ? v : &nothing;
}

static void load(struct machine *m, const struct nlattr *data, uint16_t type, const void *bytes,
		 size_t len)
{
	struct value *v = register_at(m, child_u32(data, type, 0));

	if (!v)
		return;
	*v = (struct value){.len = len};
	if (len)
		memcpy(v->bytes, bytes, len);
}

static void matches(struct machine *m, enum ruleset_match match)
{
	if (match < m->effect.match)
		m->effect.match = match;
}

/* --- what loads a register ------------------------------------------------------------------ */

static void do_meta(struct machine *m, const struct nlattr *data)
{
	const uint8_t udp = IPPROTO_UDP, family = m->packet->family;
	char name[VALUE_MAX] = "";

	switch (child_u32(data, NFTA_META_KEY, UINT32_MAX)) {
	case NFT_META_L4PROTO:
		load(m, data, NFTA_META_DREG, &udp, 1);
		break;
	case NFT_META_NFPROTO:
		load(m, data, NFTA_META_DREG, &family, 1);
		break;
	case NFT_META_IIFNAME:
		mem_copy_str(name, sizeof(name), m->packet->iif);
		load(m, data, NFTA_META_DREG, name, *name ? sizeof(name) : 0);
		break;
	default:
		load(m, data, NFTA_META_DREG, NULL, 0);
		break;
	}
}

static void do_payload(struct machine *m, const struct nlattr *data)
{
	uint32_t base = child_u32(data, NFTA_PAYLOAD_BASE, UINT32_MAX);
	uint32_t at = child_u32(data, NFTA_PAYLOAD_OFFSET, 0);
	uint32_t len = child_u32(data, NFTA_PAYLOAD_LEN, 0);
	const uint8_t port[] = {(uint8_t)(m->packet->port >> 8), (uint8_t)m->packet->port};
	const uint8_t udp = IPPROTO_UDP;

	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && at == 2 && len == 2)
		load(m, data, NFTA_PAYLOAD_DREG, port, sizeof(port));
	else if (base == NFT_PAYLOAD_NETWORK_HEADER && m->packet->family == NFPROTO_IPV4 &&
		 at == 9 && len == 1)
		load(m, data, NFTA_PAYLOAD_DREG, &udp, 1);
	else
		load(m, data, NFTA_PAYLOAD_DREG, NULL, 0);
}

static void do_ct(struct machine *m, const struct nlattr *data)
{
	const uint32_t state = CT_NEW;
	bool asks = child_u32(data, NFTA_CT_KEY, UINT32_MAX) == NFT_CT_STATE;

	load(m, data, NFTA_CT_DREG, &state, asks ? sizeof(state) : 0);
}

/* (source & mask) ^ xor; shifts are not followed. */
static void do_bitwise(struct machine *m, const struct nlattr *data)
{
	const struct nlattr *mask =
		attr_child(attr_child(data, NFTA_BITWISE_MASK), NFTA_DATA_VALUE);
	const struct nlattr *flip = attr_child(attr_child(data, NFTA_BITWISE_XOR), NFTA_DATA_VALUE);
	struct value v = *source_of(m, data, NFTA_BITWISE_SREG);

	if (!mask || !flip || attr_len(mask) != v.len || attr_len(flip) != v.len)
		v.len = 0;
	for (size_t i = 0; i < v.len; i++)
		v.bytes[i] = (uint8_t)((v.bytes[i] & ((const uint8_t *)attr_data(mask))[i]) ^
				       ((const uint8_t *)attr_data(flip))[i]);
	load(m, data, NFTA_BITWISE_DREG, v.bytes, v.len);
}

/* --- what compares it ----------------------------------------------------------------------- */

static bool cmp_holds(uint32_t op, int cmp)
{
	switch (op) {
	case NFT_CMP_EQ:
		return cmp == 0;
	case NFT_CMP_NEQ:
		return cmp != 0;
	case NFT_CMP_LT:
		return cmp < 0;
	case NFT_CMP_LTE:
		return cmp <= 0;
	case NFT_CMP_GT:
		return cmp > 0;
	default:
		return cmp >= 0;
	}
}

static void do_cmp(struct machine *m, const struct nlattr *data)
{
	const struct value *v = source_of(m, data, NFTA_CMP_SREG);
	const struct nlattr *want = attr_child(attr_child(data, NFTA_CMP_DATA), NFTA_DATA_VALUE);
	uint32_t op = child_u32(data, NFTA_CMP_OP, NFT_CMP_EQ);

	if (!want || !v->len || attr_len(want) > v->len)
		matches(m, RULESET_MAYBE);
	else if (!cmp_holds(op, memcmp(v->bytes, attr_data(want), attr_len(want))))
		matches(m, RULESET_NO);
}

static void do_range(struct machine *m, const struct nlattr *data)
{
	const struct value *v = source_of(m, data, NFTA_RANGE_SREG);
	const struct nlattr *from =
		attr_child(attr_child(data, NFTA_RANGE_FROM_DATA), NFTA_DATA_VALUE);
	const struct nlattr *to = attr_child(attr_child(data, NFTA_RANGE_TO_DATA), NFTA_DATA_VALUE);
	bool inside, wanted = child_u32(data, NFTA_RANGE_OP, NFT_RANGE_EQ) == NFT_RANGE_EQ;

	if (!from || !to || !v->len || attr_len(from) != v->len || attr_len(to) != v->len) {
		matches(m, RULESET_MAYBE);
		return;
	}
	inside = memcmp(v->bytes, attr_data(from), v->len) >= 0 &&
		 memcmp(v->bytes, attr_data(to), v->len) <= 0;
	if (inside != wanted)
		matches(m, RULESET_NO);
}

/* `-p udp --dport` as iptables-nft has it. */
static enum ruleset_match udp_match(const struct nlattr *info, const struct ruleset_packet *p)
{
	struct xt_udp u;

	if (!info || !attr_payload(info, sizeof(u)))
		return RULESET_MAYBE;
	memcpy(&u, attr_data(info), sizeof(u));
	if ((p->port >= u.dpts[0] && p->port <= u.dpts[1]) ==
	    ((u.invflags & XT_UDP_INV_DSTPT) != 0))
		return RULESET_NO;
	return u.spts[0] == 0 && u.spts[1] == 0xffff && !(u.invflags & XT_UDP_INV_SRCPT)
		       ? RULESET_YES
		       : RULESET_MAYBE;
}

/* `-m conntrack --ctstate`, and nothing else of it. */
static enum ruleset_match state_match(const struct nlattr *info)
{
	struct xt_conntrack_mtinfo3 c;

	if (!info || !attr_payload(info, sizeof(c)))
		return RULESET_MAYBE;
	memcpy(&c, attr_data(info), sizeof(c));
	if ((c.match_flags & ~XT_CONNTRACK_STATE_ALIAS) != XT_CONNTRACK_STATE)
		return RULESET_MAYBE;
	return !(c.state_mask & CT_NEW) == !(c.invert_flags & XT_CONNTRACK_STATE) ? RULESET_NO
										  : RULESET_YES;
}

/* `-m addrtype --dst-type`: it is for this host. */
static enum ruleset_match local_match(const struct nlattr *info)
{
	struct xt_addrtype_info_v1 t;

	if (!info || !attr_payload(info, sizeof(t)))
		return RULESET_MAYBE;
	memcpy(&t, attr_data(info), sizeof(t));
	if (t.source || t.flags)
		return RULESET_MAYBE;
	return t.dest & XT_ADDRTYPE_LOCAL ? RULESET_YES : RULESET_NO;
}

static void do_xt_match(struct machine *m, const struct nlattr *data)
{
	const struct nlattr *name = attr_child(data, NFTA_MATCH_NAME),
			    *info = attr_child(data, NFTA_MATCH_INFO);
	uint32_t revision = child_u32(data, NFTA_MATCH_REV, 0);
	char text[32] = "";

	if (name && attr_len(name) < sizeof(text))
		memcpy(text, attr_data(name), attr_len(name));
	if (!strcmp(text, "udp"))
		matches(m, udp_match(info, m->packet));
	else if (!strcmp(text, "tcp"))
		matches(m, RULESET_NO);
	else if (!strcmp(text, "conntrack") && revision == 3)
		matches(m, state_match(info));
	else if (!strcmp(text, "addrtype") && revision == 1)
		matches(m, local_match(info));
	else if (strcmp(text, "comment") != 0)
		matches(m, RULESET_MAYBE);
}

/* --- what decides --------------------------------------------------------------------------- */

static void do_immediate(struct machine *m, const struct nlattr *data)
{
	const struct nlattr *v =
		attr_child(attr_child(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	const struct nlattr *chain = attr_child(v, NFTA_VERDICT_CHAIN);
	struct ruleset_effect *e = &m->effect;

	if (!v) {
		load(m, data, NFTA_IMMEDIATE_DREG, NULL, 0);
		return;
	}
	if (chain && attr_len(chain) <= RULESET_NAME)
		mem_copy_str(e->target, sizeof(e->target), attr_data(chain));
	switch ((int)child_u32(v, NFTA_VERDICT_CODE, UINT32_MAX)) {
	case NF_ACCEPT:
		e->verdict = RULESET_ACCEPT;
		break;
	case NF_DROP:
		e->verdict = RULESET_DROP;
		break;
	case NFT_RETURN:
		e->verdict = RULESET_RETURN;
		break;
	case NFT_JUMP:
		e->verdict = *e->target ? RULESET_JUMP : RULESET_OTHER;
		break;
	case NFT_GOTO:
		e->verdict = *e->target ? RULESET_GOTO : RULESET_OTHER;
		break;
	case NFT_CONTINUE:
		break;
	default:
		e->verdict = RULESET_OTHER;
		break;
	}
}

static void do_xt_target(struct machine *m, const struct nlattr *data)
{
	const struct nlattr *name = attr_child(data, NFTA_TARGET_NAME);
	const char *text = name && attr_payload(name, 4) ? attr_data(name) : "";

	if (!strncmp(text, "DROP", 4) || !strncmp(text, "REJECT", 4))
		m->effect.verdict = RULESET_DROP;
	else if (strncmp(text, "LOG", 4) != 0 && strncmp(text, "NFLOG", 4) != 0)
		m->effect.verdict = RULESET_OTHER;
}

static void do_reject(struct machine *m, const struct nlattr *data)
{
	(void)data;
	m->effect.verdict = RULESET_DROP;
}

/* In a set, or in a map: of verdicts, it may decide anything. */
static void do_lookup(struct machine *m, const struct nlattr *data)
{
	matches(m, RULESET_MAYBE);
	if (attr_child(data, NFTA_LOOKUP_DREG) &&
	    child_u32(data, NFTA_LOOKUP_DREG, 1) == NFT_REG_VERDICT)
		m->effect.verdict = RULESET_OTHER;
	else
		load(m, data, NFTA_LOOKUP_DREG, NULL, 0);
}

static void do_nothing(struct machine *m, const struct nlattr *data)
{
	(void)m;
	(void)data;
}

static void do_maybe(struct machine *m, const struct nlattr *data)
{
	(void)data;
	matches(m, RULESET_MAYBE);
}

static const struct {
	const char *name;
	void (*run)(struct machine *m, const struct nlattr *data);
} expressions_known[] = {
	{"meta", do_meta},
	{"payload", do_payload},
	{"ct", do_ct},
	{"bitwise", do_bitwise},
	{"cmp", do_cmp},
	{"range", do_range},
	{"match", do_xt_match},
	{"immediate", do_immediate},
	{"target", do_xt_target},
	{"reject", do_reject},
	{"lookup", do_lookup},
	{"counter", do_nothing},
	{"log", do_nothing},
	{"limit", do_maybe},
	{"quota", do_maybe},
};

/* Of one that is not known nothing is: what it loads, whether it matches, where it leads. */
static void do_unknown(struct machine *m)
{
	matches(m, RULESET_MAYBE);
	memset(m->registers, 0, sizeof(m->registers));
	m->effect.verdict = RULESET_OTHER;
}

static void expression_run(struct machine *m, const struct nlattr *elem)
{
	const struct nlattr *name = attr_child(elem, NFTA_EXPR_NAME),
			    *data = attr_child(elem, NFTA_EXPR_DATA);

	for (size_t i = 0; name && i < sizeof(expressions_known) / sizeof(expressions_known[0]);
	     i++) {
		if (strncmp(attr_data(name), expressions_known[i].name, attr_len(name)) != 0)
			continue;
		expressions_known[i].run(m, data);
		return;
	}
	do_unknown(m);
}

struct ruleset_effect ruleset_effect(const struct nlattr *expressions,
				     const struct ruleset_packet *p)
{
	struct machine m = {.packet = p, .effect.match = RULESET_YES};
	const struct nlattr *a;

	if (!expressions)
		return m.effect;
	attr_each_nested(a, expressions) {
		if (m.effect.match == RULESET_NO)
			break;
		expression_run(&m, a);
	}
	return m.effect;
}
