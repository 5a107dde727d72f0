// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking at nftables: the answers to a dump into struct fw_actual.
 *
 * Of our own table everything is taken (its sets in nft_set.c); of others' only base chains on the
 * forward and the input hook, and what their rules say about them (nft_rule_take.c).
 */
#include "nft_parse.h"

#include <errno.h>

/* --- attributes ------------------------------------------------------------------------------- */

uint16_t nft_message(const struct nlmsghdr *h, uint8_t *family)
{
	const struct nfgenmsg *g = attr_header(h, sizeof(*g));

	if (!g || h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return NFT_MSG_OTHER;
	*family = g->nfgen_family;
	return h->nlmsg_type & 0xff;
}

uint32_t nft_u32(const struct nlattr *a)
{
	return ntohl(attr_u32(a));
}

void nft_text(const struct nlattr *a, char *buf)
{
	size_t n = mnl_attr_get_payload_len(a);

	n = strnlen(mnl_attr_get_payload(a), n);
	if (n >= FW_NAME_LEN)
		n = 0;
	memcpy(buf, mnl_attr_get_payload(a), n);
	buf[n] = '\0';
}

void nft_find_text(const struct nlmsghdr *h, uint16_t type, char *buf)
{
	const struct nlattr *a;

	*buf = '\0';
	attr_each(a, h, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(a) == type)
			nft_text(a, buf);
}

bool nft_is_ours(uint8_t family, const char *table)
{
	return family == NFPROTO_INET && !strcmp(table, FW_TABLE);
}

bool nft_hook_matters(uint8_t hook)
{
	return hook == NF_INET_FORWARD || hook == NF_INET_LOCAL_IN;
}

int nft_parse_gen(const struct nlmsghdr *h, uint32_t *genid)
{
	const struct nlattr *a;
	uint8_t family;

	if (nft_message(h, &family) != NFT_MSG_NEWGEN)
		return -EINVAL;
	attr_each(a, h, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(a) != NFTA_GEN_ID)
			continue;
		*genid = nft_u32(a);
		return 0;
	}
	return -EINVAL;
}

/* --- tables and chains ------------------------------------------------------------------------ */

static void take_table(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family)
{
	char name[FW_NAME_LEN] = "";
	const struct nlattr *attr;
	uint32_t flags = 0, owner = 0;

	attr_each(attr, h, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == NFTA_TABLE_NAME)
			nft_text(attr, name);
		else if (mnl_attr_get_type(attr) == NFTA_TABLE_FLAGS)
			flags = nft_u32(attr);
		else if (mnl_attr_get_type(attr) == NFTA_TABLE_OWNER)
			owner = nft_u32(attr);
	}
	if (nft_is_ours(family, name)) {
		a->table = true;
		a->table_flags = flags;
		a->owner = owner;
		return;
	}
	vec_each(&a->bases, b)
		if (b->family == family && !strcmp(b->table, name))
			b->owned = flags & NFT_TABLE_F_OWNER;
}

void nft_parse_hook(const struct nlattr *nest, struct fw_hook *out)
{
	const struct nlattr *a;

	attr_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == NFTA_HOOK_HOOKNUM)
			out->num = (uint8_t)nft_u32(a);
		else if (mnl_attr_get_type(a) == NFTA_HOOK_PRIORITY)
			out->priority = (int32_t)nft_u32(a);
	}
}

struct seen_chain {
	char table[FW_NAME_LEN], name[FW_NAME_LEN];
	struct fw_hook hook; /* type "": no base chain */
};

static void parse_chain(struct seen_chain *c, const struct nlmsghdr *h)
{
	char type[FW_NAME_LEN] = "";
	const struct nlattr *a;

	attr_each(a, h, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(a)) {
		case NFTA_CHAIN_TABLE:
			nft_text(a, c->table);
			break;
		case NFTA_CHAIN_NAME:
			nft_text(a, c->name);
			break;
		case NFTA_CHAIN_TYPE:
			nft_text(a, type);
			break;
		case NFTA_CHAIN_POLICY:
			c->hook.drops = nft_u32(a) == NF_DROP;
			break;
		case NFTA_CHAIN_HOOK:
			nft_parse_hook(a, &c->hook);
			break;
		}
	}
	mem_copy_str(c->hook.type, sizeof(c->hook.type), type);
}

static bool is_in_the_way(uint8_t family, const struct fw_hook *hook)
{
	return *hook->type && nft_hook_matters(hook->num) &&
	       (family == NFPROTO_IPV4 || family == NFPROTO_IPV6 || family == NFPROTO_INET);
}

static void take_chain(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family)
{
	struct seen_chain seen = {.table = ""};

	parse_chain(&seen, h);
	if (nft_is_ours(family, seen.table)) {
		struct fw_have_chain *c = vec_add(&a->chains);

		mem_copy_str(c->name, FW_NAME_LEN, seen.name);
		c->hook = seen.hook;
	} else if (is_in_the_way(family, &seen.hook)) {
		struct fw_base *b = vec_add(&a->bases);

		b->family = family;
		b->hook = seen.hook;
		mem_copy_str(b->table, FW_NAME_LEN, seen.table);
		mem_copy_str(b->chain, FW_NAME_LEN, seen.name);
	}
}

/* --- the flowtable ---------------------------------------------------------------------------- */

static void take_devices(struct fw_actual *a, const struct nlattr *devices)
{
	const struct nlattr *attr;

	attr_each_nested(attr, devices) {
		char name[FW_NAME_LEN];

		nft_text(attr, name);
		if (mnl_attr_get_type(attr) == NFTA_DEVICE_NAME && strlen(name) < IFNAME_LEN)
			memcpy(vec_add(&a->offload)->key, name, strlen(name));
	}
}

static void take_flowtable(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family)
{
	char table[FW_NAME_LEN], name[FW_NAME_LEN];
	const struct nlattr *attr, *hook;

	nft_find_text(h, NFTA_FLOWTABLE_TABLE, table);
	nft_find_text(h, NFTA_FLOWTABLE_NAME, name);
	if (!nft_is_ours(family, table) || strcmp(name, FW_FLOWTABLE) != 0)
		return;
	a->flowtable = true;
	attr_each(attr, h, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_FLOWTABLE_HOOK)
			attr_each_nested(hook, attr)
				if (mnl_attr_get_type(hook) == NFTA_FLOWTABLE_HOOK_DEVS)
					take_devices(a, hook);
}

/* --- the whole -------------------------------------------------------------------------------- */

void nft_take(struct fw_actual *a, const struct nlmsghdr *h)
{
	uint8_t family = 0;

	switch (nft_message(h, &family)) {
	case NFT_MSG_NEWTABLE:
		take_table(a, h, family);
		break;
	case NFT_MSG_NEWCHAIN:
		take_chain(a, h, family);
		break;
	case NFT_MSG_NEWRULE:
		nft_take_rule(a, h, family);
		break;
	case NFT_MSG_NEWSET:
		nft_take_set(a, h, family);
		break;
	case NFT_MSG_NEWFLOWTABLE:
		take_flowtable(a, h, family);
		break;
	case NFT_MSG_NEWSETELEM:
		nft_take_elems(a, h, family);
		break;
	}
}

void nft_taken(struct fw_actual *a)
{
	vec_each(&a->sets, set)
		vec_sort(&set->elems, fw_elem_cmp);
	vec_sort(&a->offload, fw_elem_cmp);
	vec_sort(&a->foreign, fw_foreign_cmp);
	vec_sort(&a->copies, fw_foreign_cmp);
}
