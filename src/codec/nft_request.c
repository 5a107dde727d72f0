// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests for dumps of nftables. The kernel filters by what is named in them.
 */
#include "nft_parse.h"

static struct nlmsghdr *put(void *buf, uint32_t seq, uint16_t type, uint8_t family, bool dump)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : 0);
	h->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	return h;
}

void nft_put_gen(void *buf, uint32_t seq)
{
	put(buf, seq, NFT_MSG_GETGEN, AF_UNSPEC, false);
}

void nft_put_tables(void *buf, uint32_t seq)
{
	put(buf, seq, NFT_MSG_GETTABLE, AF_UNSPEC, true);
}

void nft_put_chains(void *buf, uint32_t seq)
{
	put(buf, seq, NFT_MSG_GETCHAIN, AF_UNSPEC, true);
}

void nft_put_rules(void *buf, uint32_t seq, const struct fw_base *base)
{
	struct nlmsghdr *h =
		put(buf, seq, NFT_MSG_GETRULE, base ? base->family : NFPROTO_INET, true);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, base ? base->table : FW_TABLE);
	if (base && !base->owned)
		mnl_attr_put_strz(h, NFTA_RULE_CHAIN, base->chain);
}

void nft_put_tail(void *buf, uint32_t seq, struct fw_base *base)
{
	struct nlmsghdr *h = put(buf, seq, NFT_MSG_GETRULE, base->family, true);

	mem_copy_str(base->tail, FW_NAME_LEN, base->leads);
	*base->leads = '\0';
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, base->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, base->tail);
}

void nft_put_sets(void *buf, uint32_t seq)
{
	struct nlmsghdr *h = put(buf, seq, NFT_MSG_GETSET, NFPROTO_INET, true);

	mnl_attr_put_strz(h, NFTA_SET_TABLE, FW_TABLE);
}

void nft_put_flowtables(void *buf, uint32_t seq)
{
	struct nlmsghdr *h = put(buf, seq, NFT_MSG_GETFLOWTABLE, NFPROTO_INET, true);

	mnl_attr_put_strz(h, NFTA_FLOWTABLE_TABLE, FW_TABLE);
}

void nft_put_elems(void *buf, uint32_t seq, const char *set)
{
	struct nlmsghdr *h = put(buf, seq, NFT_MSG_GETSETELEM, NFPROTO_INET, true);

	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, FW_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
}
