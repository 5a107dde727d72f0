// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What another program's rule amounts to, as far as it concerns us: does it accept everything on
 * one interface (or one port there) or send it to another chain, does it drop or reject
 * everything? All else is "some rule".
 */
#include "nft_parse.h"

#include <linux/netfilter/nf_tables_compat.h>

/* One expression. data is NULL where it has none. */
struct expression {
	char name[FW_NAME_LEN];
	const struct nlattr *data;
};

static struct expression expression_parse(const struct nlattr *elem)
{
	struct expression e = {.name = ""};
	const struct nlattr *a;

	attr_each_nested(a, elem) {
		if (mnl_attr_get_type(a) == NFTA_EXPR_NAME)
			nft_text(a, e.name);
		else if (mnl_attr_get_type(a) == NFTA_EXPR_DATA)
			e.data = a;
	}
	return e;
}

static uint32_t child_u32(const struct nlattr *nest, uint16_t type, uint32_t missing)
{
	const struct nlattr *a = attr_child(nest, type);

	return a ? nft_u32(a) : missing;
}

/* The verdict of an immediate that sets one; UINT32_MAX else. */
static uint32_t immediate_verdict(const struct expression *e)
{
	const struct nlattr *v =
		attr_child(attr_child(e->data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);

	return child_u32(v, NFTA_VERDICT_CODE, UINT32_MAX);
}

/* The chain of an immediate that jumps or goes there; "" else. */
static void immediate_chain(const struct expression *e, char *name)
{
	const struct nlattr *v =
		attr_child(attr_child(e->data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	const struct nlattr *chain = attr_child(v, NFTA_VERDICT_CHAIN);

	*name = '\0';
	if (chain)
		nft_text(chain, name);
}

static bool is_drop(const struct expression *e)
{
	const struct nlattr *target = attr_child(e->data, NFTA_TARGET_NAME);
	char name[FW_NAME_LEN] = "";

	if (!strcmp(e->name, "immediate"))
		return immediate_verdict(e) == NF_DROP;
	if (!strcmp(e->name, "target") && target)
		nft_text(target, name);
	return !strcmp(e->name, "reject") || !strcmp(name, "REJECT") || !strcmp(name, "DROP");
}

static bool is_harmless(const struct expression *e)
{
	return !strcmp(e->name, "counter") || !strcmp(e->name, "log");
}

/* Loads an interface's name? */
static bool is_iface_load(const struct expression *e, bool *out)
{
	uint32_t key = child_u32(e->data, NFTA_META_KEY, UINT32_MAX);

	*out = key == NFT_META_OIFNAME;
	return !strcmp(e->name, "meta") && attr_child(e->data, NFTA_META_DREG) &&
	       (key == NFT_META_IIFNAME || key == NFT_META_OIFNAME);
}

/* Compares it with a whole name, that is with the terminating zero? */
static bool is_name_compare(const struct expression *e, char *ifname)
{
	const struct nlattr *value =
		attr_child(attr_child(e->data, NFTA_CMP_DATA), NFTA_DATA_VALUE);
	size_t len = value ? mnl_attr_get_payload_len(value) : 0;

	if (strcmp(e->name, "cmp") != 0 || child_u32(e->data, NFTA_CMP_OP, 1) != NFT_CMP_EQ)
		return false;
	if (!len || len > IFNAME_LEN || !memchr(mnl_attr_get_payload(value), '\0', len))
		return false;
	memcpy(ifname, mnl_attr_get_payload(value), len);
	return *ifname;
}

/* The bytes of a comparison for equality; NULL when it is no such one of that size. */
static const uint8_t *compared(const struct expression *e, size_t size)
{
	const struct nlattr *value =
		attr_child(attr_child(e->data, NFTA_CMP_DATA), NFTA_DATA_VALUE);

	if (strcmp(e->name, "cmp") != 0 || child_u32(e->data, NFTA_CMP_OP, 1) != NFT_CMP_EQ)
		return NULL;
	return value && mnl_attr_get_payload_len(value) == size ? mnl_attr_get_payload(value)
								: NULL;
}

/* `-p udp --dport 51821` are four expressions: is this the one at that place? */
static bool is_service_part(const struct expression *e, unsigned int place, struct nft_shape *s)
{
	const uint8_t *v;

	switch (place) {
	case 0:
		return !strcmp(e->name, "meta") && attr_child(e->data, NFTA_META_DREG) &&
		       child_u32(e->data, NFTA_META_KEY, UINT32_MAX) == NFT_META_L4PROTO;
	case 1:
		v = compared(e, 1);
		s->protocol = v ? v[0] : 0;
		return v;
	case 2:
		return !strcmp(e->name, "payload") && attr_child(e->data, NFTA_PAYLOAD_DREG) &&
		       child_u32(e->data, NFTA_PAYLOAD_BASE, UINT32_MAX) ==
			       NFT_PAYLOAD_TRANSPORT_HEADER &&
		       child_u32(e->data, NFTA_PAYLOAD_OFFSET, 0) == 2 &&
		       child_u32(e->data, NFTA_PAYLOAD_LEN, 0) == 2;
	default:
		v = compared(e, 2);
		s->port = (uint16_t)(v ? (unsigned int)v[0] << 8 | v[1] : 0);
		return v;
	}
}

/* How far a rule is what an accept of ours begins with. */
struct progress {
	bool named;	    /* nothing else so far */
	bool harmless;	    /* nothing that asks anything so far */
	unsigned int n;	    /* expressions so far */
	unsigned int parts; /* of a service, 0 or up to 4 */
};

static void shape_follow(struct nft_shape *s, struct progress *p, const struct expression *e)
{
	bool inside = p->parts && p->parts < 4;

	if (p->n == 0) {
		p->named = is_iface_load(e, &s->accepts_out);
	} else if (p->n == 1) {
		p->named = p->named && is_name_compare(e, s->ifname);
	} else if (inside || (p->n == 2 && !strcmp(e->name, "meta"))) {
		p->named = p->named && is_service_part(e, p->parts, s);
		p->parts++;
	} else {
		p->named = p->named && !strcmp(e->name, "counter");
	}
	p->harmless = p->harmless && is_harmless(e);
	p->n++;
}

struct nft_shape nft_parse_shape(const struct nlattr *expressions)
{
	struct progress p = {.harmless = true};
	struct nft_shape s = {.drops = false};
	const struct nlattr *a;

	attr_each_nested(a, expressions) {
		struct expression e = expression_parse(a);
		bool whole = p.named && p.n > 1 && (!p.parts || p.parts == 4);

		s.drops = p.harmless && is_drop(&e);
		s.accepts =
			whole && !strcmp(e.name, "immediate") && immediate_verdict(&e) == NF_ACCEPT;
		*s.leads = *s.always = '\0';
		if (!strcmp(e.name, "immediate") && p.harmless)
			immediate_chain(&e, s.always);
		else if (!strcmp(e.name, "immediate") && whole && !p.parts)
			immediate_chain(&e, s.leads);
		shape_follow(&s, &p, &e);
	}
	return s;
}
