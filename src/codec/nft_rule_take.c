// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules of a dump. Of ours the tag is taken, in the order of their chain; of a base chain of
 * others how it begins and how it ends; where we may not change it, also which interfaces it
 * trusts.
 */
#include "nft_parse.h"

#include <endian.h>

struct seen_rule {
	char table[FW_NAME_LEN], chain[FW_NAME_LEN];
	uint64_t handle;
	const struct nlattr *expressions;
	const uint8_t *tag; /* the payload of our TLV, or NULL */
	uint8_t tag_len;
};

/* Userdata is TLVs of a byte each for type and length: libnftnl/udata.h. */
static void find_tag(struct seen_rule *r, const struct nlattr *udata)
{
	const uint8_t *p = mnl_attr_get_payload(udata);
	size_t left = mnl_attr_get_payload_len(udata);

	while (left >= 2 && left - 2 >= p[1]) {
		if (p[0] == NFT_UDATA_TAG) {
			r->tag = p + 2;
			r->tag_len = p[1];
		}
		left -= 2u + p[1];
		p += 2u + p[1];
	}
}

static void parse_rule(struct seen_rule *r, const struct nlmsghdr *h)
{
	const struct nlattr *a;

	attr_each(a, h, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(a)) {
		case NFTA_RULE_TABLE:
			nft_text(a, r->table);
			break;
		case NFTA_RULE_CHAIN:
			nft_text(a, r->chain);
			break;
		case NFTA_RULE_HANDLE:
			if (attr_payload(a, sizeof(r->handle)))
				r->handle = be64toh(mnl_attr_get_u64(a));
			break;
		case NFTA_RULE_EXPRESSIONS:
			r->expressions = a;
			break;
		case NFTA_RULE_USERDATA:
			find_tag(r, a);
			break;
		}
	}
}

static void take_own_rule(struct fw_actual *a, const struct seen_rule *r)
{
	uint64_t tag = 0;

	if (r->tag && r->tag_len == sizeof(tag))
		memcpy(&tag, r->tag, sizeof(tag));
	vec_each(&a->chains, c) {
		if (strcmp(c->name, r->chain) != 0)
			continue;
		*vec_add(&c->tags) = tag;
		return;
	}
}

static struct fw_foreign *add_accept(struct fw_foreigns *out, const struct fw_base *b,
				     const struct seen_rule *r)
{
	struct fw_foreign *f = vec_add(out);

	f->family = b->family;
	mem_copy_str(f->table, FW_NAME_LEN, b->table);
	mem_copy_str(f->chain, FW_NAME_LEN, b->chain);
	f->handle = r->handle;
	return f;
}

/* Ours, as foreign_tag() of nft_rule.c wrote it. */
static bool take_tag(struct fw_foreign *f, const struct seen_rule *r)
{
	const uint8_t *name;
	size_t len = r->tag_len;

	if (!r->tag || len < 2)
		return false;
	name = r->tag + 1;
	if (r->tag[0] == 'p' && len > 4) {
		f->protocol = r->tag[1];
		f->port = (uint16_t)(r->tag[2] << 8 | r->tag[3]);
		name += 3;
		len -= 3;
	} else if (r->tag[0] != 'i' && r->tag[0] != 'o') {
		return false;
	}
	if (len < 3 || len > 1 + IFNAME_LEN || name[len - 2])
		return false;
	f->out = r->tag[0] == 'o';
	mem_copy_str(f->ifname, IFNAME_LEN, (const char *)name);
	return true;
}

static void take_base_rule(struct fw_actual *a, struct fw_base *b, const struct seen_rule *r)
{
	struct fw_foreign tagged = {.handle = 0}, *f = NULL;
	struct nft_shape shape = {.drops = false};

	if (r->expressions)
		shape = nft_parse_shape(r->expressions);
	if (take_tag(&tagged, r)) {
		f = add_accept(&a->foreign, b, r);
		mem_copy_str(f->ifname, IFNAME_LEN, tagged.ifname);
		f->out = tagged.out;
		f->protocol = tagged.protocol;
		f->port = tagged.port;
	} else if (shape.accepts && b->open == b->rules) {
		f = add_accept(&a->copies, b, r);
		mem_copy_str(f->ifname, IFNAME_LEN, shape.ifname);
		f->out = shape.accepts_out;
		f->protocol = shape.protocol;
		f->port = shape.port;
	}
	if (b->open == b->rules && shape.accepts)
		b->open++;
	b->rules++;
	b->last_drops = shape.drops;
	mem_copy_str(b->leads, FW_NAME_LEN, shape.always);
}

/* The end of the chain may be in another one: the last rule there is the last one of all. */
static void take_tail_rule(struct fw_base *b, const struct seen_rule *r)
{
	struct nft_shape shape = {.drops = false};

	if (r->expressions)
		shape = nft_parse_shape(r->expressions);
	b->last_drops = shape.drops;
	mem_copy_str(b->leads, FW_NAME_LEN, shape.always);
}

/*
 * firewalld: "iifname "wg0" goto filter_FWD_trusted" (or filter_IN_trusted), in a chain that its
 * base chain jumps to.
 */
static void take_owned_rule(struct fw_actual *a, const struct fw_base *b, const struct seen_rule *r)
{
	struct nft_shape shape;
	struct fw_foreign *f;

	if (!r->expressions)
		return;
	shape = nft_parse_shape(r->expressions);
	if (shape.accepts_out || strcmp(shape.leads, "filter_FWD_trusted") != 0)
		return; /* both hooks get it in one breath */
	f = add_accept(&a->trusted, b, r);
	mem_copy_str(f->ifname, IFNAME_LEN, shape.ifname);
}

void nft_take_rule(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family)
{
	struct seen_rule r = {.handle = 0};

	parse_rule(&r, h);
	if (nft_is_ours(family, r.table)) {
		take_own_rule(a, &r);
		return;
	}
	vec_each(&a->bases, b) {
		if (b->family != family || strcmp(b->table, r.table) != 0)
			continue;
		if (!strcmp(b->chain, r.chain))
			take_base_rule(a, b, &r);
		else if (!strcmp(b->tail, r.chain))
			take_tail_rule(b, &r);
		else if (b->owned)
			take_owned_rule(a, b, &r);
	}
}
