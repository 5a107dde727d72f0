// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan as one nfnetlink batch.
 *
 * An attribute's length has 16 bits, so a long list of elements is several messages. Elements are
 * written directly: libnftnl would allocate each of them first.
 */
#include "nft_put.h"

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define MESSAGE_MAX  (1 << 17) /* bytes that are kept free for the next message */
#define ELEMENTS_MAX 60000     /* bytes of elements in a message */
#define UDATA_MAX    256       /* NFT_USERDATA_MAXLEN */

/* enum byteorder of nft(8) */
enum { HOST_ENDIAN = 1, NETWORK_ENDIAN = 2 };

/* --- messages --------------------------------------------------------------------------------- */

static void *room(struct nft_batch *b)
{
	if (b->len + MESSAGE_MAX > b->cap) {
		b->cap = (b->cap + MESSAGE_MAX) * 2;
		b->at = mem_realloc(b->at, b->cap, 1);
	}
	return b->at + b->len;
}

/* Takes over the message that was written into the room. */
static void keep(struct nft_batch *b, const struct nlmsghdr *h)
{
	b->last = b->len;
	b->len += (h->nlmsg_len + 3) & ~3u;
}

static uint32_t next_seq(const struct nft_batch *b)
{
	return b->seq + 1 + b->ops.len;
}

static struct nlmsghdr *message(struct nft_batch *b, uint16_t type, uint16_t family, uint16_t flags)
{
	return nftnl_nlmsg_build_hdr(room(b), type, family, flags, next_seq(b));
}

static void finish(struct nft_batch *b, const struct nlmsghdr *h, uint32_t op)
{
	keep(b, h);
	*vec_add(&b->ops) = op;
}

/* --- operations ------------------------------------------------------------------------------- */

static void put_table(struct nft_batch *b, uint32_t op, bool add, uint32_t flags)
{
	struct nlmsghdr *h = message(b, add ? NFT_MSG_NEWTABLE : NFT_MSG_DELTABLE, NFPROTO_INET,
				     add ? NLM_F_CREATE : 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, FW_TABLE);
	if (add)
		mnl_attr_put_u32(h, NFTA_TABLE_FLAGS, htonl(flags));
	finish(b, h, op);
}

static void put_hook(struct nftnl_chain *c, const struct fw_hook *hook)
{
	if (!*hook->type)
		return;
	nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, hook->type);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, hook->num);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, hook->priority);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, hook->drops ? NF_DROP : NF_ACCEPT);
}

static void put_chain(struct nft_batch *b, uint32_t op, const char *name,
		      const struct fw_chain *add)
{
	struct nlmsghdr *h = message(b, add ? NFT_MSG_NEWCHAIN : NFT_MSG_DELCHAIN, NFPROTO_INET,
				     add ? NLM_F_CREATE : 0);
	struct nftnl_chain *c = nftnl_chain_alloc();

	if (!c)
		abort(); /* as base/mem.h */
	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, FW_TABLE);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, name);
	if (add)
		put_hook(c, &add->hook);
	nftnl_chain_nlmsg_build_payload(h, c);
	nftnl_chain_free(c);
	finish(b, h, op);
}

static void put_flush(struct nft_batch *b, uint32_t op, const char *chain)
{
	struct nlmsghdr *h = message(b, NFT_MSG_DELRULE, NFPROTO_INET, 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, FW_TABLE);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	finish(b, h, op);
}

static void put_rules(struct nft_batch *b, uint32_t op, const struct fw_ruleset *rules,
		      const struct fw_chain *chain)
{
	vec_each(&chain->rules, rule) {
		struct nlmsghdr *h =
			message(b, NFT_MSG_NEWRULE, NFPROTO_INET, NLM_F_CREATE | NLM_F_APPEND);
		struct nftnl_rule *r = nft_rule_make(rules, chain, rule);

		nftnl_rule_nlmsg_build_payload(h, r);
		nftnl_rule_free(r);
		finish(b, h, op);
	}
}

static uint32_t key_type(enum fw_key k)
{
	return k == FW_KEY_IP4	 ? NFT_TYPE_IPADDR
	       : k == FW_KEY_IP6 ? NFT_TYPE_IP6ADDR
				 : NFT_TYPE_IFNAME;
}

/* nft(8) wants to be told that a name's bytes are not a number's. */
static void put_set_udata(struct nftnl_set *s, enum fw_key key)
{
	struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(UDATA_MAX);

	if (!u)
		abort();
	nftnl_udata_put_u32(u, NFTNL_UDATA_SET_KEYBYTEORDER,
			    key == FW_KEY_IFNAME ? HOST_ENDIAN : NETWORK_ENDIAN);
	nftnl_set_set_data(s, NFTNL_SET_USERDATA, nftnl_udata_buf_data(u), nftnl_udata_buf_len(u));
	nftnl_udata_buf_free(u);
}

/* Each element that is added gets a copy of it. */
static void put_set_counter(struct nlmsghdr *h)
{
	struct nlattr *expr = mnl_attr_nest_start(h, NFTA_SET_EXPR), *data;

	mnl_attr_put_strz(h, NFTA_EXPR_NAME, "counter");
	data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, expr);
}

static void put_set(struct nft_batch *b, uint32_t op, const struct fw_set *set, uint32_t number)
{
	struct nlmsghdr *h = message(b, NFT_MSG_NEWSET, NFPROTO_INET, NLM_F_CREATE | NLM_F_EXCL);
	struct nftnl_set *s = nftnl_set_alloc();

	if (!s)
		abort();
	nftnl_set_set_str(s, NFTNL_SET_TABLE, FW_TABLE);
	nftnl_set_set_str(s, NFTNL_SET_NAME, set->name);
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_INET);
	nftnl_set_set_u32(s, NFTNL_SET_FLAGS, 0);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, key_type(set->key));
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, (uint32_t)fw_key_size(set->key));
	nftnl_set_set_u32(s, NFTNL_SET_ID, number);
	nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, set->size);
	put_set_udata(s, set->key);
	nftnl_set_nlmsg_build_payload(h, s);
	if (set->counting)
		put_set_counter(h);
	nftnl_set_free(s);
	finish(b, h, op);
}

static void put_set_del(struct nft_batch *b, uint32_t op, const char *name)
{
	struct nlmsghdr *h = message(b, NFT_MSG_DELSET, NFPROTO_INET, 0);

	mnl_attr_put_strz(h, NFTA_SET_TABLE, FW_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_NAME, name);
	finish(b, h, op);
}

/* As libnftnl's: type, length with the terminating zero, text. */
static void put_elem_comment(struct nlmsghdr *h, const char *text)
{
	uint8_t tlv[2 + FW_LABEL_LEN] = {NFTNL_UDATA_SET_ELEM_COMMENT};
	size_t size = strlen(text) + 1;

	tlv[1] = (uint8_t)size;
	memcpy(tlv + 2, text, size);
	mnl_attr_put(h, NFTA_SET_ELEM_USERDATA, 2 + size, tlv);
}

static void put_elem(struct nlmsghdr *h, const struct fw_elem *e, size_t size,
		     const struct fw_owner *owner)
{
	struct nlattr *elem = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	struct nlattr *key = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);

	mnl_attr_put(h, NFTA_DATA_VALUE, size, e->key);
	mnl_attr_nest_end(h, key);
	if (owner && *owner->label)
		put_elem_comment(h, owner->label);
	mnl_attr_nest_end(h, elem);
}

/* As many as go into one message, from *i on. */
static void put_elems_part(struct nft_batch *b, const struct fw_op *op, uint32_t place, uint32_t *i)
{
	bool add = op->kind == FW_OP_ADD_ELEMS;
	struct nlmsghdr *h = message(b, add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, NFPROTO_INET,
				     add ? NLM_F_CREATE : 0);
	size_t size = fw_key_size(op->set->key);
	struct nlattr *list;
	uint32_t start;

	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, FW_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, op->name);
	list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	start = h->nlmsg_len;
	for (; *i < op->elems.len && h->nlmsg_len - start < ELEMENTS_MAX; (*i)++)
		put_elem(h, &op->elems.at[*i], size,
			 add ? fw_ruleset_owner(op->want, &op->elems.at[*i]) : NULL);
	mnl_attr_nest_end(h, list);
	finish(b, h, place);
}

/* On the ingress hook of each interface, before everything there. */
static void put_flowtable(struct nft_batch *b, uint32_t op, const struct fw_elems *names)
{
	struct nlmsghdr *h = message(b, NFT_MSG_NEWFLOWTABLE, NFPROTO_INET, NLM_F_CREATE);
	struct nlattr *hook, *devices;

	mnl_attr_put_strz(h, NFTA_FLOWTABLE_TABLE, FW_TABLE);
	mnl_attr_put_strz(h, NFTA_FLOWTABLE_NAME, FW_FLOWTABLE);
	hook = mnl_attr_nest_start(h, NFTA_FLOWTABLE_HOOK);
	mnl_attr_put_u32(h, NFTA_FLOWTABLE_HOOK_NUM, htonl(NF_NETDEV_INGRESS));
	mnl_attr_put_u32(h, NFTA_FLOWTABLE_HOOK_PRIORITY, htonl(0));
	devices = mnl_attr_nest_start(h, NFTA_FLOWTABLE_HOOK_DEVS);
	vec_each(names, e)
		mnl_attr_put_strz(h, NFTA_DEVICE_NAME, (const char *)e->key);
	mnl_attr_nest_end(h, devices);
	mnl_attr_nest_end(h, hook);
	finish(b, h, op);
}

static void put_flowtable_del(struct nft_batch *b, uint32_t op)
{
	struct nlmsghdr *h = message(b, NFT_MSG_DELFLOWTABLE, NFPROTO_INET, 0);

	mnl_attr_put_strz(h, NFTA_FLOWTABLE_TABLE, FW_TABLE);
	mnl_attr_put_strz(h, NFTA_FLOWTABLE_NAME, FW_FLOWTABLE);
	finish(b, h, op);
}

static void put_foreign(struct nft_batch *b, uint32_t op, const struct fw_foreign *f)
{
	/* Without NLM_F_APPEND a rule goes to the top. */
	struct nlmsghdr *h = message(b, NFT_MSG_NEWRULE, f->family, NLM_F_CREATE);
	struct nftnl_rule *r = nft_foreign_make(f);

	nftnl_rule_nlmsg_build_payload(h, r);
	nftnl_rule_free(r);
	finish(b, h, op);
}

static void put_foreign_del(struct nft_batch *b, uint32_t op, const struct fw_foreign *f)
{
	struct nlmsghdr *h = message(b, NFT_MSG_DELRULE, f->family, 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, f->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, f->chain);
	mnl_attr_put_u64(h, NFTA_RULE_HANDLE, htobe64(f->handle));
	finish(b, h, op);
}

/* In our table. */
static void put_own_op(struct nft_batch *b, const struct fw_plan *p, uint32_t place)
{
	const struct fw_op *op = &p->ops.at[place];

	switch (op->kind) {
	case FW_OP_ADD_TABLE:
	case FW_OP_TAKE_TABLE:
	case FW_OP_DEL_TABLE:
		put_table(b, place, op->kind != FW_OP_DEL_TABLE, p->want->table_flags);
		break;
	case FW_OP_ADD_CHAIN:
	case FW_OP_DEL_CHAIN:
		put_chain(b, place, op->name, op->chain);
		break;
	case FW_OP_FLUSH_CHAIN:
		put_flush(b, place, op->name);
		break;
	case FW_OP_FILL_CHAIN:
		put_rules(b, place, p->want, op->chain);
		break;
	case FW_OP_ADD_SET:
		put_set(b, place, op->set, (uint32_t)(op->set - p->want->sets.at) + 1);
		break;
	case FW_OP_DEL_SET:
		put_set_del(b, place, op->name);
		break;
	case FW_OP_ADD_ELEMS:
	case FW_OP_DEL_ELEMS:
		for (uint32_t i = 0; i < op->elems.len;)
			put_elems_part(b, op, place, &i);
		break;
	case FW_OP_ADD_FLOWTABLE:
		put_flowtable(b, place, &op->elems);
		break;
	case FW_OP_DEL_FLOWTABLE:
		put_flowtable_del(b, place);
		break;
	case FW_OP_ADD_FOREIGN:
	case FW_OP_DEL_FOREIGN:
		break; /* below */
	}
}

/* In another program's chain. */
static void put_foreign_op(struct nft_batch *b, enum fw_op_kind kind, uint32_t place,
			   const struct fw_foreign *rule)
{
	if (kind == FW_OP_ADD_FOREIGN)
		put_foreign(b, place, rule);
	else
		put_foreign_del(b, place, rule);
}

/* --- the batch -------------------------------------------------------------------------------- */

void nft_batch_encode(struct nft_batch *b, const struct fw_plan *p, uint32_t genid, uint32_t seq,
		      bool foreign)
{
	struct nlmsghdr *h;

	b->seq = seq;
	h = nftnl_batch_begin(room(b), seq);
	mnl_attr_put_u32(h, NFNL_BATCH_GENID, htonl(genid));
	keep(b, h);
	for (uint32_t i = 0; i < p->ops.len; i++) {
		if (!p->ops.at[i].rule)
			put_own_op(b, p, i);
		else if (foreign)
			put_foreign_op(b, p->ops.at[i].kind, i, p->ops.at[i].rule);
	}
	h = (struct nlmsghdr *)(b->at + b->last);
	if (b->ops.len)
		h->nlmsg_flags |= NLM_F_ACK;
	keep(b, nftnl_batch_end(room(b), next_seq(b)));
}

void nft_batch_free(struct nft_batch *b)
{
	free(b->at);
	vec_free(&b->ops);
	*b = (struct nft_batch){0};
}

uint32_t nft_batch_last(const struct nft_batch *b)
{
	return b->seq + b->ops.len;
}

const struct fw_op *nft_batch_op(const struct nft_batch *b, const struct fw_plan *p, uint32_t seq)
{
	uint32_t i = seq - b->seq - 1;

	return i < b->ops.len ? &p->ops.at[b->ops.at[i]] : NULL;
}
