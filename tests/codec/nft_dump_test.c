// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking at nftables: what is asked for, and what rules of other programs amount to, in the shapes
 * that iptables-nft and firewalld write.
 */
#include "support/test.h"

#include "codec/attr.h"
#include "codec/nft.h"
#include "support/fw_kernel.h"

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>

/* --- what is asked ---------------------------------------------------------------------------- */

/* "TYPE family flags: attribute=text ..." of a request. */
static const char *asked(const void *buf)
{
	static char out[256];
	const struct nlmsghdr *h = buf;
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	struct nlattr *a;
	size_t n;

	assert_int_equal(h->nlmsg_type >> 8, NFNL_SUBSYS_NFTABLES);
	assert_int_equal(h->nlmsg_seq, 5);
	assert_in_range(h->nlmsg_len, 1, NFT_REQUEST_MAX);
	n = (size_t)snprintf(out, sizeof(out), "%u %u%s:", h->nlmsg_type & 0xff, g->nfgen_family,
			     h->nlmsg_flags == (NLM_F_REQUEST | NLM_F_DUMP) ? " dump" : "");
	attr_each(a, h, sizeof(*g))
		n += (size_t)snprintf(out + n, sizeof(out) - n, " %u=%s", mnl_attr_get_type(a),
				      mnl_attr_get_str(a));
	return out;
}

/* What a request should be, with its attributes' texts. */
#define ASKS(buf, want, ...)                                       \
	do {                                                       \
		char want_[256];                                   \
		snprintf(want_, sizeof(want_), want, __VA_ARGS__); \
		assert_string_equal(asked(buf), want_);            \
	} while (0)

static void the_kernel_filters(void **state)
{
	struct fw_base base = {.family = NFPROTO_IPV4,
			       .table = "filter",
			       .chain = "FORWARD",
			       .leads = "ufw-reject"};
	char buf[NFT_REQUEST_MAX];
	(void)state;

	nft_put_gen(buf, 5);
	ASKS(buf, "%u 0:", NFT_MSG_GETGEN);
	nft_put_tables(buf, 5);
	ASKS(buf, "%u 0 dump:", NFT_MSG_GETTABLE);
	nft_put_chains(buf, 5);
	ASKS(buf, "%u 0 dump:", NFT_MSG_GETCHAIN);
	nft_put_rules(buf, 5, NULL);
	ASKS(buf, "%u 1 dump: %u=wayside", NFT_MSG_GETRULE, NFTA_RULE_TABLE);
	nft_put_rules(buf, 5, &base);
	ASKS(buf, "%u 2 dump: %u=filter %u=FORWARD", NFT_MSG_GETRULE, NFTA_RULE_TABLE,
	     NFTA_RULE_CHAIN);
	nft_put_tail(buf, 5, &base);
	ASKS(buf, "%u 2 dump: %u=filter %u=ufw-reject", NFT_MSG_GETRULE, NFTA_RULE_TABLE,
	     NFTA_RULE_CHAIN);
	assert_string_equal(base.tail, "ufw-reject"); /* and is not asked for again */
	assert_string_equal(base.leads, "");
	base.owned = true; /* who is trusted may be in any of its chains */
	nft_put_rules(buf, 5, &base);
	ASKS(buf, "%u 2 dump: %u=filter", NFT_MSG_GETRULE, NFTA_RULE_TABLE);
	nft_put_sets(buf, 5);
	ASKS(buf, "%u 1 dump: %u=wayside", NFT_MSG_GETSET, NFTA_SET_TABLE);
	nft_put_flowtables(buf, 5);
	ASKS(buf, "%u 1 dump: %u=wayside", NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE);
	nft_put_elems(buf, 5, "peers4.24");
	ASKS(buf, "%u 1 dump: %u=wayside %u=peers4.24", NFT_MSG_GETSETELEM,
	     NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET);
}

/* --- rules of others -------------------------------------------------------------------------- */

static void put_meta(struct nftnl_rule *r, uint32_t key)
{
	struct nftnl_expr *e = nftnl_expr_alloc("meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
	nftnl_rule_add_expr(r, e);
}

static void put_cmp(struct nftnl_rule *r, const void *value, uint32_t len)
{
	struct nftnl_expr *e = nftnl_expr_alloc("cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, value, len);
	nftnl_rule_add_expr(r, e);
}

static void put_dport(struct nftnl_rule *r, uint32_t offset)
{
	struct nftnl_expr *e = nftnl_expr_alloc("payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, 2);
	nftnl_rule_add_expr(r, e);
}

static void put_verdict(struct nftnl_rule *r, int verdict, const char *chain)
{
	struct nftnl_expr *e = nftnl_expr_alloc("immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
	if (chain)
		nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain);
	nftnl_rule_add_expr(r, e);
}

/* A rule of the ip table "filter"; frees it. */
static void take(struct fw_actual *a, const char *chain, struct nftnl_rule *r)
{
	char buf[4096];
	struct nlmsghdr *h = nftnl_nlmsg_build_hdr(buf, NFT_MSG_NEWRULE, NFPROTO_IPV4, 0, 1);

	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, "filter");
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
	nftnl_rule_set_u64(r, NFTNL_RULE_HANDLE, 9);
	nftnl_rule_nlmsg_build_payload(h, r);
	nftnl_rule_free(r);
	nft_take(a, h);
}

/* -i wg0 -p PROTOCOL --dport PORT -j ACCEPT, with the port somewhere in the header. */
static struct nftnl_rule *service(uint8_t protocol, uint16_t port, uint32_t offset)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};

	put_meta(r, NFT_META_IIFNAME);
	put_cmp(r, "wg0", 4);
	put_meta(r, NFT_META_L4PROTO);
	put_cmp(r, &protocol, 1);
	put_dport(r, offset);
	put_cmp(r, bytes, 2);
	nftnl_rule_add_expr(r, nftnl_expr_alloc("counter"));
	put_verdict(r, NF_ACCEPT, NULL);
	return r;
}

static void an_accept_of_a_port(void **state)
{
	struct fw_kernel k;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "INPUT", true);
	take(&k.actual, "INPUT", service(IPPROTO_UDP, 51821, 2));
	assert_int_equal(k.actual.copies.len, 1);
	assert_string_equal(k.actual.copies.at[0].ifname, "wg0");
	assert_int_equal(k.actual.copies.at[0].protocol, IPPROTO_UDP);
	assert_int_equal(k.actual.copies.at[0].port, 51821);
	assert_int_equal(k.actual.copies.at[0].handle, 9);
	take(&k.actual, "INPUT", service(IPPROTO_UDP, 51821, 0)); /* --sport: something else */
	assert_int_equal(k.actual.copies.len, 1);
	assert_int_equal(k.actual.bases.at[0].open, 1);
	assert_int_equal(k.actual.bases.at[0].rules, 2);
	fw_kernel_free(&k);
}

/* ufw: the last rule of FORWARD jumps to a chain whose last rule rejects. */
static void the_end_of_a_chain_in_another(void **state)
{
	struct nftnl_rule *jump = nftnl_rule_alloc(), *reject = nftnl_rule_alloc();
	char buf[NFT_REQUEST_MAX];
	struct fw_kernel k;
	struct fw_base *b;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", false);
	b = k.actual.bases.at;
	nftnl_rule_add_expr(jump, nftnl_expr_alloc("counter"));
	put_verdict(jump, NFT_JUMP, "ufw-reject-forward");
	take(&k.actual, "FORWARD", jump);
	assert_string_equal(b->leads, "ufw-reject-forward");
	assert_false(b->last_drops);
	nft_put_tail(buf, 1, b);
	nftnl_rule_add_expr(reject, nftnl_expr_alloc("reject"));
	take(&k.actual, "ufw-reject-forward", reject);
	assert_true(b->last_drops);
	assert_string_equal(b->leads, "");
	assert_int_equal(b->rules, 1);
	fw_kernel_free(&k);
}

/* firewalld: -i wg0 goes to the trusted zone's chain. */
static void whom_an_owner_trusts(void **state)
{
	static const struct {
		uint32_t meta;
		const char *chain;
		uint32_t trusted;
	} cases[] = {{NFT_META_IIFNAME, "filter_FWD_public", 0},
		     {NFT_META_OIFNAME, "filter_FWD_trusted", 0},
		     {NFT_META_IIFNAME, "filter_FWD_trusted", 1}};
	struct fw_kernel k;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "filter_FORWARD", true);
	k.actual.bases.at[0].owned = true;
	take(&k.actual, "filter_FORWARD_ZONES", nftnl_rule_alloc()); /* without any expression */
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct nftnl_rule *r = nftnl_rule_alloc();

		put_meta(r, cases[i].meta);
		put_cmp(r, "wg0", 4);
		put_verdict(r, NFT_GOTO, cases[i].chain);
		take(&k.actual, "filter_FORWARD_ZONES", r);
		assert_int_equal(k.actual.trusted.len, cases[i].trusted);
	}
	assert_string_equal(k.actual.trusted.at[0].ifname, "wg0");
	fw_kernel_free(&k);
}

TEST_MAIN(the_kernel_filters, an_accept_of_a_port, the_end_of_a_chain_in_another,
	  whom_an_owner_trusts)
