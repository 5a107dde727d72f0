// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking at nftables: our table's sets, their elements with what they say and have counted.
 */
#include "nft_parse.h"

#include <endian.h>
#include <libnftnl/udata.h>

static enum fw_key key_of(uint32_t type, uint32_t len)
{
	if (type == NFT_TYPE_IPADDR && len == 4)
		return FW_KEY_IP4;
	if (type == NFT_TYPE_IP6ADDR && len == 16)
		return FW_KEY_IP6;
	return type == NFT_TYPE_IFNAME && len == 16 ? FW_KEY_IFNAME : FW_KEY_OTHER;
}

static uint32_t desc_size(const struct nlattr *desc)
{
	const struct nlattr *a;

	attr_each_nested(a, desc)
		if (mnl_attr_get_type(a) == NFTA_SET_DESC_SIZE)
			return nft_u32(a);
	return 0;
}

static void parse_counter(struct fw_count *out, const struct nlattr *data)
{
	const struct nlattr *a;

	attr_each_nested(a, data) {
		if (!attr_payload(a, sizeof(uint64_t)))
			continue;
		if (mnl_attr_get_type(a) == NFTA_COUNTER_PACKETS)
			out->packets = be64toh(mnl_attr_get_u64(a));
		else if (mnl_attr_get_type(a) == NFTA_COUNTER_BYTES)
			out->bytes = be64toh(mnl_attr_get_u64(a));
	}
}

/* The counter of an element. Returns whether expr is one; NFTA_EXPR_NAME comes first. */
static bool parse_elem_counter(struct fw_count *out, const struct nlattr *expr)
{
	char name[FW_NAME_LEN] = "";
	const struct nlattr *a;

	attr_each_nested(a, expr) {
		if (mnl_attr_get_type(a) == NFTA_EXPR_NAME)
			nft_text(a, name);
		else if (mnl_attr_get_type(a) == NFTA_EXPR_DATA && !strcmp(name, "counter"))
			parse_counter(out, a);
	}
	return !strcmp(name, "counter");
}

void nft_take_set(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family)
{
	uint32_t flags = 0, type = 0, len = 0;
	char table[FW_NAME_LEN] = "";
	struct fw_set set = {.name = ""};
	struct fw_count none = {0};
	const struct nlattr *attr;

	attr_each(attr, h, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_SET_TABLE:
			nft_text(attr, table);
			break;
		case NFTA_SET_NAME:
			nft_text(attr, set.name);
			break;
		case NFTA_SET_FLAGS:
			flags = nft_u32(attr);
			break;
		case NFTA_SET_KEY_TYPE:
			type = nft_u32(attr);
			break;
		case NFTA_SET_KEY_LEN:
			len = nft_u32(attr);
			break;
		case NFTA_SET_DESC:
			set.size = desc_size(attr);
			break;
		case NFTA_SET_EXPR:
			set.counting = parse_elem_counter(&none, attr);
			break;
		}
	}
	if (!nft_is_ours(family, table) || flags & NFT_SET_ANONYMOUS)
		return; /* an anonymous one goes with its rule */
	set.key = key_of(type, len);
	set.plain = !flags;
	*vec_add(&a->sets) = set;
}

/* The comment, as nft(8) writes one: a hash is enough to see that it is another. */
static uint64_t parse_label(const struct nlattr *udata)
{
	const uint8_t *p = mnl_attr_get_payload(udata);
	size_t left = mnl_attr_get_payload_len(udata);
	char text[UINT8_MAX + 1] = "";

	for (; left >= 2 && left - 2 >= p[1]; left -= 2u + p[1], p += 2u + p[1])
		if (p[0] == NFTNL_UDATA_SET_ELEM_COMMENT)
			memcpy(text, p + 2, p[1]); /* shorter than text, which ends with zeros */
	return fw_text_hash(text);
}

/* False when it is not of this set's type. */
static bool parse_elem_key(struct fw_elem *out, const struct nlattr *key, size_t size)
{
	const struct nlattr *value;

	attr_each_nested(value, key) {
		if (mnl_attr_get_type(value) != NFTA_DATA_VALUE ||
		    mnl_attr_get_payload_len(value) != size)
			continue;
		memcpy(out->key, mnl_attr_get_payload(value), size);
		return true;
	}
	return false;
}

static void take_elem(struct fw_set *set, const struct nlattr *elem)
{
	struct fw_elem e = {.label = 0};
	const struct nlattr *a;
	bool good = false;

	attr_each_nested(a, elem) {
		if (mnl_attr_get_type(a) == NFTA_SET_ELEM_KEY)
			good = parse_elem_key(&e, a, fw_key_size(set->key));
		else if (mnl_attr_get_type(a) == NFTA_SET_ELEM_USERDATA)
			e.label = parse_label(a);
		else if (mnl_attr_get_type(a) == NFTA_SET_ELEM_EXPR)
			parse_elem_counter(&e.count, a);
	}
	if (good)
		*vec_add(&set->elems) = e;
}

void nft_take_elems(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family)
{
	char table[FW_NAME_LEN], name[FW_NAME_LEN];
	const struct nlattr *attr, *elem;

	nft_find_text(h, NFTA_SET_ELEM_LIST_TABLE, table);
	nft_find_text(h, NFTA_SET_ELEM_LIST_SET, name);
	vec_each(&a->sets, set) {
		if (!nft_is_ours(family, table) || strcmp(set->name, name) != 0)
			continue;
		attr_each(attr, h, sizeof(struct nfgenmsg))
			if (mnl_attr_get_type(attr) == NFTA_SET_ELEM_LIST_ELEMENTS)
				attr_each_nested(elem, attr)
					take_elem(set, elem);
		return;
	}
}
