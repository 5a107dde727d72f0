// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What another program's rule amounts to, as far as it concerns us: does it accept everything on
 * one interface or send it to another chain, does it drop or reject everything? All else is "some
 * rule".
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

static const struct nlattr *child(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a;

	if (!nest)
		return NULL;
	attr_each_nested(a, nest)
		if (mnl_attr_get_type(a) == type)
			return a;
	return NULL;
}

static uint32_t child_u32(const struct nlattr *nest, uint16_t type, uint32_t missing)
{
	const struct nlattr *a = child(nest, type);

	return a ? nft_u32(a) : missing;
}

/* The verdict of an immediate that sets one; UINT32_MAX else. */
static uint32_t immediate_verdict(const struct expression *e)
{
	const struct nlattr *v = child(child(e->data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);

	return child_u32(v, NFTA_VERDICT_CODE, UINT32_MAX);
}

/* The chain of an immediate that jumps or goes there; "" else. */
static void immediate_chain(const struct expression *e, char *name)
{
	const struct nlattr *v = child(child(e->data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	const struct nlattr *chain = child(v, NFTA_VERDICT_CHAIN);

	*name = '\0';
	if (chain)
		nft_text(chain, name);
}

static bool is_drop(const struct expression *e)
{
	const struct nlattr *target = child(e->data, NFTA_TARGET_NAME);
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
	return !strcmp(e->name, "meta") && child(e->data, NFTA_META_DREG) &&
	       (key == NFT_META_IIFNAME || key == NFT_META_OIFNAME);
}

/* Compares it with a whole name, that is with the terminating zero? */
static bool is_name_compare(const struct expression *e, char *ifname)
{
	const struct nlattr *value = child(child(e->data, NFTA_CMP_DATA), NFTA_DATA_VALUE);
	size_t len = value ? mnl_attr_get_payload_len(value) : 0;

	if (strcmp(e->name, "cmp") != 0 || child_u32(e->data, NFTA_CMP_OP, 1) != NFT_CMP_EQ)
		return false;
	if (!len || len > IFNAME_LEN || !memchr(mnl_attr_get_payload(value), '\0', len))
		return false;
	memcpy(ifname, mnl_attr_get_payload(value), len);
	return *ifname;
}

struct nft_shape nft_parse_shape(const struct nlattr *expressions)
{
	struct nft_shape s = {.drops = false};
	bool harmless = true, named = false;
	const struct nlattr *a;
	unsigned int n = 0;

	attr_each_nested(a, expressions) {
		struct expression e = expression_parse(a);

		s.drops = harmless && is_drop(&e);
		s.accepts =
			named && !strcmp(e.name, "immediate") && immediate_verdict(&e) == NF_ACCEPT;
		*s.leads = *s.always = '\0';
		if (!strcmp(e.name, "immediate") && harmless)
			immediate_chain(&e, s.always);
		else if (!strcmp(e.name, "immediate") && named && n > 1)
			immediate_chain(&e, s.leads);
		if (n == 1)
			named = named && is_name_compare(&e, s.ifname);
		else if (n == 0)
			named = is_iface_load(&e, &s.accepts_out);
		else
			named = named && !strcmp(e.name, "counter");
		harmless = harmless && is_harmless(&e);
		n++;
	}
	return s;
}
