// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of other programs' changes concern us. Many programs change rules all day (a ban, a
 * container, a node port); few of these changes touch our table, or how a packet is forwarded or
 * let in.
 */
#include "nft_parse.h"

static bool forwards(uint8_t family)
{
	return family == NFPROTO_IPV4 || family == NFPROTO_IPV6 || family == NFPROTO_INET;
}

/* chain NULL: any of that table. */
static bool has_base(const struct fw_actual *have, uint8_t family, const char *table,
		     const char *chain)
{
	if (!have)
		return forwards(family);
	vec_each(&have->bases, b)
		if (b->family == family && !strcmp(b->table, table) &&
		    (!chain || b->owned || !strcmp(b->chain, chain) || !strcmp(b->tail, chain)))
			return true;
	return false;
}

static bool is_on_our_hooks(const struct nlmsghdr *h, uint8_t family)
{
	struct fw_hook hook = {.num = UINT8_MAX};
	const struct nlattr *a;

	attr_each(a, h, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(a) == NFTA_CHAIN_HOOK)
			nft_parse_hook(a, &hook);
	return forwards(family) && nft_hook_matters(hook.num);
}

static bool table_matters(const struct nlmsghdr *h, uint8_t family, const struct fw_actual *have)
{
	char table[FW_NAME_LEN];

	nft_find_text(h, NFTA_TABLE_NAME, table);
	return nft_is_ours(family, table) || has_base(have, family, table, NULL);
}

static bool chain_matters(const struct nlmsghdr *h, uint8_t family, const struct fw_actual *have)
{
	char table[FW_NAME_LEN], chain[FW_NAME_LEN];

	nft_find_text(h, NFTA_CHAIN_TABLE, table);
	nft_find_text(h, NFTA_CHAIN_NAME, chain);
	return nft_is_ours(family, table) || is_on_our_hooks(h, family) ||
	       has_base(have, family, table, chain);
}

static bool rule_matters(const struct nlmsghdr *h, uint8_t family, const struct fw_actual *have)
{
	char table[FW_NAME_LEN], chain[FW_NAME_LEN];

	nft_find_text(h, NFTA_RULE_TABLE, table);
	nft_find_text(h, NFTA_RULE_CHAIN, chain);
	return nft_is_ours(family, table) || has_base(have, family, table, chain);
}

static bool set_matters(const struct nlmsghdr *h, uint8_t family, uint16_t attribute)
{
	char table[FW_NAME_LEN];

	nft_find_text(h, attribute, table);
	return nft_is_ours(family, table);
}

bool nft_event_matters(const struct nlmsghdr *h, const struct fw_actual *have)
{
	uint8_t family = 0;

	switch (nft_message(h, &family)) {
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_DELTABLE:
		return table_matters(h, family, have);
	case NFT_MSG_NEWCHAIN:
	case NFT_MSG_DELCHAIN:
		return chain_matters(h, family, have);
	case NFT_MSG_NEWRULE:
	case NFT_MSG_DELRULE:
		return rule_matters(h, family, have);
	case NFT_MSG_NEWSET:
	case NFT_MSG_DELSET:
		return set_matters(h, family, NFTA_SET_TABLE);
	case NFT_MSG_NEWFLOWTABLE:
	case NFT_MSG_DELFLOWTABLE:
		return set_matters(h, family, NFTA_FLOWTABLE_TABLE);
	case NFT_MSG_NEWSETELEM:
	case NFT_MSG_DELSETELEM:
		return set_matters(h, family, NFTA_SET_ELEM_LIST_TABLE);
	default:
		return false;
	}
}
