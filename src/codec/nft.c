// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking at nftables: the answers to a dump into struct fw_actual.
 *
 * Of our own table everything is taken (its sets in nft_set.c); of others' only base chains on the
 * forward and the input hook, how they begin and how they end; where we may not change them, also
 * which interfaces they trust.
 */
#include "nft_parse.h"

#include <endian.h>
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

/* --- rules ------------------------------------------------------------------------------------ */

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

static void take_rule(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family)
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
		take_rule(a, h, family);
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
