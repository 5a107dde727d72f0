// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nftables messages: what we write reads back as what we wanted, long lists are split, other
 * programs' rules are understood as far as they matter, and so are events.
 */
#include "support/test.h"

#include "codec/attr.h"
#include "codec/nft.h"
#include "support/fw_kernel.h"
#include "support/fw_world.h"

#include <ctype.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>

/* The messages of a batch, one after the other. */
static void each_message(const struct nft_batch *b, void (*on)(void *ctx, const struct nlmsghdr *h),
			 void *ctx)
{
	const struct nlmsghdr *h = (const void *)b->at;
	int left = (int)b->len;

	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
		on(ctx, h);
	assert_int_equal(left, 0);
}

static void on_take(void *ctx, const struct nlmsghdr *h)
{
	nft_take(ctx, h);
}

/* A batch that makes everything from nothing has the very messages that a dump has. */
static struct fw_actual read_back(const struct nft_batch *b, const struct fw_actual *before)
{
	struct fw_actual a = {.available = true};

	vec_copy(&a.bases, &before->bases);
	each_message(b, on_take, &a);
	nft_taken(&a);
	return a;
}

static void assert_reads_back(const struct fw_world *w, const struct fw_actual *nothing)
{
	struct fw_ruleset want = {0};
	struct nft_batch b = {0};
	struct fw_plan p = {0};
	struct fw_actual a;
	struct str left = {0};

	firewall_desired(&want, &w->state, w->config, nothing);
	firewall_plan(&p, &want, nothing);
	nft_batch_encode(&b, &p, 7, 100, true);
	fw_plan_free(&p);
	a = read_back(&b, nothing);
	firewall_plan(&p, &want, &a);
	fw_plan_format(&left, &p);
	assert_string_equal(str_text(&left), "");
	assert_int_equal(a.foreign.len, want.foreign.len);
	str_free(&left);
	fw_plan_free(&p);
	nft_batch_free(&b);
	fw_actual_free(&a);
	fw_ruleset_free(&want);
}

static void what_is_written_reads_back(void **state)
{
	struct fw_kernel k;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	fw_kernel_base(&k, NFPROTO_INET, "fw4", "forward", true);
	for (uint64_t seed = 1; seed <= 500; seed++) {
		struct fw_world w;

		fw_world_random(&w, seed);
		assert_reads_back(&w, &k.actual);
		fw_world_free(&w);
	}
	fw_kernel_free(&k);
}

struct sizes {
	uint32_t messages, element_messages, seq, acks;
	bool seen_end;
};

static void on_size(void *ctx, const struct nlmsghdr *h)
{
	struct sizes *s = ctx;

	assert_int_equal(h->nlmsg_seq, s->seq + s->messages);
	assert_false(s->seen_end);
	s->messages++;
	s->acks += h->nlmsg_flags & NLM_F_ACK ? 1 : 0;
	s->seen_end = h->nlmsg_type == NFNL_MSG_BATCH_END;
	if (h->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM))
		s->element_messages++;
	assert_true(h->nlmsg_len < 65536);
}

static void long_lists_are_split(void **state)
{
	struct fw_actual nothing = {.available = true};
	struct fw_ruleset want = {0};
	struct sizes s = {.seq = 40};
	struct nft_batch b = {0};
	struct fw_plan p = {0};
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	for (unsigned int i = 0; i < 20000; i++) {
		char aips[32];

		snprintf(aips, sizeof(aips), "10.%u.%u.0/24", i >> 8, i & 255);
		fw_world_peer(&w, "wg0", NULL, "sites", aips);
	}
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	firewall_desired(&want, &w.state, w.config, &nothing);
	firewall_plan(&p, &want, &nothing);
	nft_batch_encode(&b, &p, 1, s.seq, true);
	each_message(&b, on_size, &s);
	assert_true(s.element_messages > 5);
	assert_true(s.seen_end);
	assert_int_equal(s.acks, 1);
	assert_int_equal(nft_batch_last(&b), s.seq + s.messages - 2);
	assert_null(nft_batch_op(&b, &p, s.seq));
	assert_int_equal(nft_batch_op(&b, &p, s.seq + 1)->kind, FW_OP_ADD_TABLE);
	assert_null(nft_batch_op(&b, &p, s.seq + s.messages - 1));
	nft_batch_free(&b);
	fw_plan_free(&p);
	assert_reads_back(&w, &nothing);
	fw_ruleset_free(&want);
	fw_world_free(&w);
}

static void a_batch_without_foreign_operations(void **state)
{
	struct fw_kernel k;
	struct fw_foreign f = {.family = NFPROTO_IPV4, .ifname = "wg0"};
	struct fw_ruleset want = {0};
	struct nft_batch b = {0};
	struct fw_plan p = {0};
	(void)state;

	fw_kernel_init(&k);
	*vec_add(&want.foreign) = f;
	firewall_plan(&p, &want, &k.actual);
	assert_int_equal(fw_plan_count(&p), 1);
	nft_batch_encode(&b, &p, 1, 1, false);
	assert_int_equal(b.ops.len, 0);
	nft_batch_free(&b);
	fw_plan_free(&p);
	fw_ruleset_free(&want);
	fw_kernel_free(&k);
}

/* "TYPE:" and the texts of a message's attributes, for the batch after its begin and before its
 * end. */
static void on_format(void *ctx, const struct nlmsghdr *h)
{
	struct str *out = ctx;
	struct nlattr *a;

	if (h->nlmsg_type == NFNL_MSG_BATCH_BEGIN || h->nlmsg_type == NFNL_MSG_BATCH_END)
		return;
	str_add(out, "%u:", h->nlmsg_type & 0xff);
	attr_each(a, h, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_payload_len(a) == 8 && !isalpha(*mnl_attr_get_str(a)))
			str_add(out, " %llu", (unsigned long long)be64toh(mnl_attr_get_u64(a)));
		else
			str_add(out, " %s", mnl_attr_get_str(a));
	}
	str_add(out, "\n");
}

/* What is taken away: rules, a set, the flowtable, and a rule of another program's chain. */
static void deletions_name_what_they_delete(void **state)
{
	const struct fw_foreign rule = {
		.family = NFPROTO_IPV4, .table = "filter", .chain = "FORWARD", .handle = 4711};
	struct fw_ruleset want = {.table = true};
	struct fw_plan p = {.want = &want};
	struct str said = {0}, expected = {0};
	struct nft_batch b = {0};
	(void)state;

	*vec_add(&p.ops) = (struct fw_op){.kind = FW_OP_FLUSH_CHAIN, .name = "forward"};
	*vec_add(&p.ops) = (struct fw_op){.kind = FW_OP_DEL_SET, .name = "peers4.24"};
	*vec_add(&p.ops) = (struct fw_op){.kind = FW_OP_DEL_FLOWTABLE};
	*vec_add(&p.ops) = (struct fw_op){.kind = FW_OP_DEL_FOREIGN, .rule = &rule};
	nft_batch_encode(&b, &p, 1, 1, true);
	each_message(&b, on_format, &said);
	str_add(&expected,
		"%u: wayside forward\n%u: wayside peers4.24\n%u: wayside %s\n"
		"%u: filter FORWARD 4711\n",
		NFT_MSG_DELRULE, NFT_MSG_DELSET, NFT_MSG_DELFLOWTABLE, FW_FLOWTABLE,
		NFT_MSG_DELRULE);
	assert_string_equal(said.text, expected.text);
	assert_int_equal(nft_batch_op(&b, &p, 3)->kind, FW_OP_DEL_SET);
	str_free(&said);
	str_free(&expected);
	nft_batch_free(&b);
	fw_plan_free(&p);
}

/* --- other programs' rules -------------------------------------------------------------------- */

static void put_expr(struct nftnl_rule *r, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);

	assert_non_null(e);
	if (!strcmp(name, "immediate")) {
		nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
		nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, NF_DROP);
	} else if (!strcmp(name, "meta")) {
		nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_IIFNAME);
		nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
	} else if (!strcmp(name, "target")) {
		nftnl_expr_set_str(e, NFTNL_EXPR_TG_NAME, "REJECT");
	}
	nftnl_rule_add_expr(r, e);
}

/* A rule of ip filter FORWARD made of the expressions named, separated by spaces. */
static struct nlmsghdr *foreign_rule(char *buf, const char *expressions)
{
	struct nlmsghdr *h = nftnl_nlmsg_build_hdr(buf, NFT_MSG_NEWRULE, NFPROTO_IPV4, 0, 1);
	struct nftnl_rule *r = nftnl_rule_alloc();
	char name[32];
	int n;

	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, "filter");
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, "FORWARD");
	for (; sscanf(expressions, "%31s%n", name, &n) == 1; expressions += n)
		put_expr(r, name);
	nftnl_rule_nlmsg_build_payload(h, r);
	nftnl_rule_free(r);
	return h;
}

static void the_last_rule_that_drops_everything(void **state)
{
	static const struct {
		const char *rule;
		bool drops;
	} cases[] = {{"immediate", true},	  {"counter immediate", true},
		     {"counter reject", true},	  {"counter target", true},
		     {"log immediate", true},	  {"meta immediate", false},
		     {"meta cmp reject", false},  {"counter", false},
		     {"immediate counter", false}};
	struct fw_kernel k;
	char buf[4096];
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", false);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		nft_take(&k.actual, foreign_rule(buf, cases[i].rule));
		assert_int_equal(k.actual.bases.at[0].last_drops, cases[i].drops);
		assert_int_equal(k.actual.bases.at[0].rules, i + 1);
	}
	fw_kernel_free(&k);
}

/* --- events ----------------------------------------------------------------------------------- */

struct event {
	char buf[1024];
	struct nlmsghdr *h;
};

static void event(struct event *e, uint16_t type, uint8_t family, uint16_t table_attr,
		  const char *table, uint16_t chain_attr, const char *chain)
{
	e->h = nftnl_nlmsg_build_hdr(e->buf, type, family, 0, 1);
	mnl_attr_put_strz(e->h, table_attr, table);
	if (chain)
		mnl_attr_put_strz(e->h, chain_attr, chain);
}

static void chain_event(struct event *e, uint8_t family, const char *table, int hook)
{
	struct nlattr *nest;

	event(e, NFT_MSG_NEWCHAIN, family, NFTA_CHAIN_TABLE, table, NFTA_CHAIN_NAME, "c");
	if (hook < 0)
		return;
	nest = mnl_attr_nest_start(e->h, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(e->h, NFTA_HOOK_HOOKNUM, htonl((uint32_t)hook));
	mnl_attr_put_u32(e->h, NFTA_HOOK_PRIORITY, 0);
	mnl_attr_nest_end(e->h, nest);
}

static void events_of_chains_and_tables(void **state)
{
	struct fw_kernel k;
	struct event e;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	event(&e, NFT_MSG_DELTABLE, NFPROTO_INET, NFTA_TABLE_NAME, "wayside", 0, NULL);
	assert_true(nft_event_matters(e.h, &k.actual));
	event(&e, NFT_MSG_DELTABLE, NFPROTO_IPV4, NFTA_TABLE_NAME, "filter", 0, NULL);
	assert_true(nft_event_matters(e.h, &k.actual));
	event(&e, NFT_MSG_DELTABLE, NFPROTO_IPV4, NFTA_TABLE_NAME, "nat", 0, NULL);
	assert_false(nft_event_matters(e.h, &k.actual));
	chain_event(&e, NFPROTO_INET, "new", NF_INET_FORWARD);
	assert_true(nft_event_matters(e.h, &k.actual));
	chain_event(&e, NFPROTO_INET, "new", NF_INET_LOCAL_IN);
	assert_true(nft_event_matters(e.h, &k.actual));
	chain_event(&e, NFPROTO_INET, "new", NF_INET_LOCAL_OUT);
	assert_false(nft_event_matters(e.h, &k.actual));
	chain_event(&e, NFPROTO_BRIDGE, "new", NF_INET_FORWARD);
	assert_false(nft_event_matters(e.h, &k.actual));
	chain_event(&e, NFPROTO_IPV4, "filter", -1);
	assert_false(nft_event_matters(e.h, &k.actual));
	fw_kernel_free(&k);
}

static void events_of_rules_and_elements(void **state)
{
	struct fw_kernel k;
	struct event e;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	event(&e, NFT_MSG_DELRULE, NFPROTO_IPV4, NFTA_RULE_TABLE, "filter", NFTA_RULE_CHAIN,
	      "FORWARD");
	assert_true(nft_event_matters(e.h, &k.actual));
	event(&e, NFT_MSG_NEWRULE, NFPROTO_IPV4, NFTA_RULE_TABLE, "filter", NFTA_RULE_CHAIN,
	      "f2b-sshd");
	assert_false(nft_event_matters(e.h, &k.actual));
	assert_true(nft_event_matters(e.h, NULL)); /* not looked yet: it may be one */
	mem_copy_str(k.actual.bases.at[0].tail, FW_NAME_LEN, "f2b-sshd");
	assert_true(nft_event_matters(e.h, &k.actual));
	*k.actual.bases.at[0].tail = '\0';
	k.actual.bases.at[0].owned = true; /* it may be about whom its owner trusts */
	assert_true(nft_event_matters(e.h, &k.actual));
	event(&e, NFT_MSG_NEWRULE, NFPROTO_INET, NFTA_RULE_TABLE, "wayside", NFTA_RULE_CHAIN, "x");
	assert_true(nft_event_matters(e.h, &k.actual));
	event(&e, NFT_MSG_NEWSETELEM, NFPROTO_IPV4, NFTA_SET_ELEM_LIST_TABLE, "filter",
	      NFTA_SET_ELEM_LIST_SET, "s");
	assert_false(nft_event_matters(e.h, NULL));
	event(&e, NFT_MSG_DELSETELEM, NFPROTO_INET, NFTA_SET_ELEM_LIST_TABLE, "wayside",
	      NFTA_SET_ELEM_LIST_SET, "s");
	assert_true(nft_event_matters(e.h, &k.actual));
	fw_kernel_free(&k);
}

static void generation(void **state)
{
	char buf[256];
	struct nlmsghdr *h = nftnl_nlmsg_build_hdr(buf, NFT_MSG_NEWGEN, AF_UNSPEC, 0, 1);
	uint32_t genid = 0;
	(void)state;

	assert_int_not_equal(nft_parse_gen(h, &genid), 0);
	mnl_attr_put_u32(h, NFTA_GEN_ID, htonl(4711));
	assert_int_equal(nft_parse_gen(h, &genid), 0);
	assert_int_equal(genid, 4711);
	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE;
	assert_int_not_equal(nft_parse_gen(h, &genid), 0);
}

TEST_MAIN(what_is_written_reads_back, long_lists_are_split, a_batch_without_foreign_operations,
	  deletions_name_what_they_delete, the_last_rule_that_drops_everything,
	  events_of_chains_and_tables, events_of_rules_and_elements, generation)
