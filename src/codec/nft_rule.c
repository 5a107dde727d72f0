// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An abstract rule as the kernel's expressions: each condition loads a piece of the packet into
 * register 1 and compares it, the last expression is the verdict.
 *
 * The shapes are those that nft(8) itself makes of the same rule, so that it prints them as they
 * would be written by hand.
 */
#include "nft_put.h"

#include <libnftnl/udata.h>

#include "nft_expr.h"

#define TCP_FLAGS_AT 13 /* RFC 9293 section 3.1 */
#define IP_SUM_AT    10 /* RFC 791 section 3.1 */
#define ICMP_HEADER  8	/* RFC 792: bytes before what an error quotes; RFC 4443 section 3 */
#define ICMP_SUM_AT  2
#define TCP_SYN	     0x02
#define TCP_RST	     0x04
#define TCP_OPT_MSS  2	 /* RFC 9293 section 3.2 */
#define UDATA_MAX    256 /* NFT_USERDATA_MAXLEN */

/* --- conditions ------------------------------------------------------------------------------- */

static void put_iface(struct nftnl_rule *r, const struct fw_ruleset *rules, uint32_t key,
		      const struct fw_iface *i)
{
	const struct fw_set *set = fw_ruleset_set(rules, i->set);
	char name[IFNAME_LEN] = "";

	if (!set && !*i->name)
		return;
	expr_load_meta(r, key);
	mem_copy_str(name, sizeof(name), i->name);
	if (set)
		expr_look_up(r, set, i->invert);
	else
		expr_compare(r, i->invert ? NFT_CMP_NEQ : NFT_CMP_EQ, name, sizeof(name));
}

static void put_family(struct nftnl_rule *r, uint8_t family)
{
	uint8_t protocol = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;

	expr_load_meta(r, NFT_META_NFPROTO);
	expr_compare(r, NFT_CMP_EQ, &protocol, sizeof(protocol));
}

/* Where an address is: in the packet's header, or in that of the packet that an error quotes. */
struct where {
	uint8_t family;
	bool dst, quoted;
};

static uint32_t where_base(const struct where *w)
{
	return w->quoted ? NFT_PAYLOAD_TRANSPORT_HEADER : NFT_PAYLOAD_NETWORK_HEADER;
}

static uint32_t where_size(const struct where *w)
{
	return w->family == AF_INET6 ? 16 : 4;
}

/* RFC 791 section 3.1, RFC 8200 section 3; an error's own header: RFC 792, RFC 4443. */
static uint32_t where_offset(const struct where *w)
{
	uint32_t at = w->family == AF_INET6 ? 8 : 12;

	return (w->quoted ? ICMP_HEADER : 0) + at + (w->dst ? where_size(w) : 0);
}

/* The first len bits of an address. */
static void load_address(struct nftnl_rule *r, const struct where *w, uint8_t len)
{
	uint32_t size = where_size(w);
	uint8_t mask[16];

	expr_load_payload(r, where_base(w), where_offset(w), size);
	if (len == size * 8)
		return;
	prefix_mask(len, size, mask);
	expr_mask(r, mask, NULL, size);
}

static void put_prefix(struct nftnl_rule *r, const struct prefix *p, bool dst, bool quoted)
{
	struct where w = {p->addr.family, dst, quoted};

	if (!p->addr.family || !p->len)
		return; /* everything: the family was looked at already */
	load_address(r, &w, p->len);
	expr_compare(r, NFT_CMP_EQ, p->addr.bytes, (uint32_t)addr_size(&p->addr));
}

static uint8_t set_family(const struct fw_set *set)
{
	return set->key == FW_KEY_IP6 ? AF_INET6 : AF_INET;
}

static void put_member(struct nftnl_rule *r, const struct fw_set *set, bool dst)
{
	struct where w = {set ? set_family(set) : 0, dst, false};

	if (!set)
		return;
	load_address(r, &w, set->masklen);
	expr_look_up(r, set, false);
}

static void put_addresses(struct nftnl_rule *r, const struct fw_ruleset *rules,
			  const struct fw_rule *rule)
{
	const struct fw_set *src = fw_ruleset_set(rules, rule->src_set);
	const struct fw_set *dst = fw_ruleset_set(rules, rule->dst_set);

	if (src || dst)
		put_family(r, set_family(src ? src : dst));
	else if (rule->src.addr.family || rule->dst.addr.family)
		put_family(r,
			   rule->src.addr.family ? rule->src.addr.family : rule->dst.addr.family);
	put_prefix(r, &rule->src, false, rule->error_last);
	put_member(r, src, false);
	put_prefix(r, &rule->dst, true, rule->error_last);
	put_member(r, dst, true);
}

/* A protocol, and its destination ports unless the last one is 0. */
static void put_service(struct nftnl_rule *r, uint8_t protocol, uint16_t from, uint16_t to)
{
	uint16_t first = htons(from), last = htons(to);

	expr_load_meta(r, NFT_META_L4PROTO);
	expr_compare(r, NFT_CMP_EQ, &protocol, sizeof(protocol));
	if (!to)
		return;
	expr_load_payload(r, NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof(first));
	if (first == last) {
		expr_compare(r, NFT_CMP_EQ, &first, sizeof(first));
		return;
	}
	expr_compare(r, NFT_CMP_GTE, &first, sizeof(first));
	expr_compare(r, NFT_CMP_LTE, &last, sizeof(last));
}

static void put_protocol(struct nftnl_rule *r, const struct fw_rule *rule)
{
	uint8_t protocol = rule->syn ? IPPROTO_TCP : rule->protocol;

	if (protocol)
		put_service(r, protocol, rule->first, rule->last);
}

static void put_syn(struct nftnl_rule *r)
{
	static const uint8_t mask = TCP_SYN | TCP_RST, syn = TCP_SYN;

	expr_load_payload(r, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_AT, 1);
	expr_mask(r, &mask, NULL, sizeof(mask));
	expr_compare(r, NFT_CMP_EQ, &syn, sizeof(syn));
}

/* The kernel's bits: NF_CT_STATE_BIT() of linux/netfilter/nf_conntrack_common.h. */
static void put_ct(struct nftnl_rule *r, uint8_t ct)
{
	static const struct {
		uint8_t ours, theirs;
	} bits[] = {{FW_CT_INVALID, 1}, {FW_CT_ESTABLISHED, 2}, {FW_CT_RELATED, 4}, {FW_CT_NEW, 8}};
	struct nftnl_expr *e = expr_add(r, "ct");
	uint32_t mask = 0, zero = 0;

	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_STATE);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (ct & bits[i].ours)
			mask |= bits[i].theirs;
	expr_mask(r, &mask, NULL, sizeof(mask));
	expr_compare(r, NFT_CMP_NEQ, &zero, sizeof(zero));
}

static void put_error(struct nftnl_rule *r, const struct fw_rule *rule)
{
	expr_load_payload(r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	expr_compare(r, NFT_CMP_GTE, &rule->error_first, 1);
	expr_compare(r, NFT_CMP_LTE, &rule->error_last, 1);
}

/* --- what is done ----------------------------------------------------------------------------- */

/*
 * Which checksums follow the address: IPv4's of the header that it is in, and TCP's and the like
 * by their pseudo header. A quoted IPv4 header keeps its sum, so the error's is right as it is;
 * an IPv6 header has none.
 */
static void put_sums(struct nftnl_expr *e, const struct where *w)
{
	bool ip = w->family == AF_INET;
	uint32_t at = !w->quoted ? IP_SUM_AT : ip ? ICMP_HEADER + IP_SUM_AT : ICMP_SUM_AT;

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_CSUM_TYPE,
			   ip || w->quoted ? NFT_PAYLOAD_CSUM_INET : NFT_PAYLOAD_CSUM_NONE);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_CSUM_OFFSET, ip || w->quoted ? at : 0);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_FLAGS,
			   w->quoted ? 0 : NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
}

/* `ip saddr set ip saddr & 0.0.0.255 | 10.201.1.0` */
static void put_map(struct nftnl_rule *r, const struct prefix *to, bool dst, bool quoted)
{
	struct where w = {to->addr.family, dst, quoted};
	uint32_t size = where_size(&w);
	struct nftnl_expr *e;
	uint8_t mask[16];

	if (!to->addr.family)
		return;
	prefix_mask(to->len, size, mask);
	for (uint32_t i = 0; i < size; i++)
		mask[i] = (uint8_t)~mask[i];
	expr_load_payload(r, where_base(&w), where_offset(&w), size);
	expr_mask(r, mask, to->addr.bytes, size);
	e = expr_add(r, "payload");
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, where_base(&w));
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, where_offset(&w));
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, size);
	put_sums(e, &w);
}

/* `limit rate 5/second log prefix "wayside: "`; a burst of 5 is what nft(8) takes for granted. */
static void put_log(struct nftnl_rule *r, uint16_t rate)
{
	struct nftnl_expr *e = expr_add(r, "limit");

	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, rate);
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, 1); /* second */
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, 5);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	e = expr_add(r, "log");
	nftnl_expr_set_str(e, NFTNL_EXPR_LOG_PREFIX, FW_LOG_PREFIX);
}

/* `tcp option maxseg size set rt mtu`; the kernel never makes it larger. */
static void put_clamp(struct nftnl_rule *r)
{
	struct nftnl_expr *e = expr_add(r, "rt");

	nftnl_expr_set_u32(e, NFTNL_EXPR_RT_KEY, NFT_RT_TCPMSS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_RT_DREG, NFT_REG_1);
	e = expr_add(r, "byteorder");
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_LEN, 2);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SIZE, 2);
	e = expr_add(r, "exthdr");
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_SREG, NFT_REG_1);
	nftnl_expr_set_u8(e, NFTNL_EXPR_EXTHDR_TYPE, TCP_OPT_MSS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OFFSET, 2);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_LEN, 2);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_TCPOPT);
}

static void put_reject(struct nftnl_rule *r)
{
	struct nftnl_expr *e = expr_add(r, "reject");

	nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_ICMPX_UNREACH);
	nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
}

static void put_verdict(struct nftnl_rule *r, const struct fw_ruleset *rules,
			const struct fw_rule *rule)
{
	static const uint32_t codes[] = {[FW_ACCEPT] = NF_ACCEPT,
					 [FW_DROP] = NF_DROP,
					 [FW_RETURN] = (uint32_t)NFT_RETURN,
					 [FW_JUMP] = (uint32_t)NFT_JUMP,
					 [FW_GOTO] = (uint32_t)NFT_GOTO};
	const struct fw_chain *target = fw_ruleset_chain(rules, rule->target);

	if (rule->verdict == FW_DROP || rule->verdict == FW_REJECT || rule->count)
		expr_add(r, "counter");
	if (rule->verdict == FW_REJECT)
		put_reject(r);
	else if (rule->verdict == FW_MASQUERADE)
		expr_add(r, "masq");
	else if (rule->verdict != FW_CONTINUE)
		expr_verdict(r, codes[rule->verdict], target ? target->name : NULL);
}

/* --- the rule --------------------------------------------------------------------------------- */

static struct nftnl_rule *rule_alloc(uint32_t family, const char *table, const char *chain)
{
	struct nftnl_rule *r = nftnl_rule_alloc();

	if (!r)
		abort();
	nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, family);
	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, table);
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
	return r;
}

static void put_udata(struct nftnl_rule *r, const char *comment, const void *tag, uint8_t len)
{
	struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(UDATA_MAX);

	if (!u)
		abort();
	if (*comment)
		nftnl_udata_put_strz(u, NFTNL_UDATA_RULE_COMMENT, comment);
	nftnl_udata_put(u, NFT_UDATA_TAG, len, tag);
	nftnl_rule_set_data(r, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(u),
			    nftnl_udata_buf_len(u));
	nftnl_udata_buf_free(u);
}

struct nftnl_rule *nft_rule_make(const struct fw_ruleset *rules, const struct fw_chain *chain,
				 const struct fw_rule *rule)
{
	struct nftnl_rule *r = rule_alloc(NFPROTO_INET, FW_TABLE, chain->name);

	put_iface(r, rules, NFT_META_IIFNAME, &rule->iif);
	put_iface(r, rules, NFT_META_OIFNAME, &rule->oif);
	if (rule->error_last) {
		put_protocol(r, rule); /* before its header is looked into */
		put_error(r, rule);
	}
	put_addresses(r, rules, rule);
	if (!rule->error_last)
		put_protocol(r, rule);
	if (rule->syn)
		put_syn(r);
	if (rule->ct)
		put_ct(r, rule->ct);
	if (rule->log)
		put_log(r, rule->log);
	if (rule->clamp)
		put_clamp(r);
	if (rule->offload)
		nftnl_expr_set_str(expr_add(r, "flow_offload"), NFTNL_EXPR_FLOW_TABLE_NAME,
				   FW_FLOWTABLE);
	put_map(r, &rule->map_src, false, rule->error_last);
	put_map(r, &rule->map_dst, true, rule->error_last);
	put_verdict(r, rules, rule);
	put_udata(r, rule->comment, &rule->tag, sizeof(rule->tag));
	return r;
}

/*
 * What one of ours is known by: 'i' or 'o' and the interface's name with its terminating zero; or
 * 'p', the protocol, the port in network byte order, and the same. The length in bytes.
 */
static uint8_t foreign_tag(const struct fw_foreign *f, char tag[4 + IFNAME_LEN])
{
	uint8_t n = 0;

	tag[n++] = f->protocol ? 'p' : f->out ? 'o' : 'i';
	if (f->protocol) {
		tag[n++] = (char)f->protocol;
		tag[n++] = (char)(f->port >> 8);
		tag[n++] = (char)(f->port & 0xff);
	}
	mem_copy_str(tag + n, IFNAME_LEN, f->ifname);
	return (uint8_t)(n + strlen(f->ifname) + 1);
}

/* As iptables-nft: the name compared with its terminating zero and no further. */
struct nftnl_rule *nft_foreign_make(const struct fw_foreign *f)
{
	struct nftnl_rule *r = rule_alloc(f->family, f->table, f->chain);
	char tag[4 + IFNAME_LEN];
	uint8_t len = foreign_tag(f, tag);

	expr_load_meta(r, f->out ? NFT_META_OIFNAME : NFT_META_IIFNAME);
	expr_compare(r, NFT_CMP_EQ, f->ifname, (uint32_t)strlen(f->ifname) + 1);
	if (f->protocol)
		put_service(r, f->protocol, f->port, f->port);
	expr_add(r, "counter");
	expr_verdict(r, NF_ACCEPT, NULL);
	put_udata(r, "", tag, len);
	return r;
}
