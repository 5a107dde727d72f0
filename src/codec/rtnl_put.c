// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink requests: dumps, a single question, and the operations of a plan.
 *
 * A route that we delete is named by table, protocol, prefix, metric and interface, never by less:
 * a deletion without a metric is a wildcard. A route that we add says NLM_F_EXCL: another
 * program's route with the same key is an error to report, not something to replace.
 */
#include "codec/rtnl.h"

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

static struct nlmsghdr *put(void *buf, uint32_t seq, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = seq;
	return h;
}

void rtnl_put_dump_links(void *buf, uint32_t seq)
{
	struct nlmsghdr *h = put(buf, seq, RTM_GETLINK, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
}

void rtnl_put_dump_addrs(void *buf, uint32_t seq)
{
	struct nlmsghdr *h = put(buf, seq, RTM_GETADDR, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ifaddrmsg));
}

void rtnl_put_dump_rules(void *buf, uint32_t seq, uint8_t family)
{
	struct nlmsghdr *h = put(buf, seq, RTM_GETRULE, NLM_F_DUMP);
	struct fib_rule_hdr *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->family = family;
}

void rtnl_put_dump_routes(void *buf, uint32_t seq, uint8_t family,
			  const struct rtnl_route_filter *filter)
{
	struct nlmsghdr *h = put(buf, seq, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->rtm_family = family;
	r->rtm_protocol = filter->protocol;
	r->rtm_type = filter->type;
	if (filter->oif)
		mnl_attr_put_u32(h, RTA_OIF, filter->oif);
}

void rtnl_put_dump_table(void *buf, uint32_t seq, uint8_t family, uint32_t table)
{
	struct nlmsghdr *h = put(buf, seq, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->rtm_family = family;
	mnl_attr_put_u32(h, RTA_TABLE, table);
}

static void put_addr(struct nlmsghdr *h, uint16_t type, const struct addr *a)
{
	mnl_attr_put(h, type, addr_size(a), a->bytes);
}

static void put_gateway(struct nlmsghdr *h, const struct route *r)
{
	const struct addr *gateway = route_gateway(r);
	uint8_t via[sizeof(uint16_t) + sizeof(gateway->bytes)];
	uint16_t family = gateway->family;

	if (family == r->dst.addr.family) {
		put_addr(h, RTA_GATEWAY, gateway);
		return;
	}
	memcpy(via, &family, sizeof(family));
	memcpy(via + sizeof(family), gateway->bytes, addr_size(gateway));
	mnl_attr_put(h, RTA_VIA, sizeof(family) + addr_size(gateway), via);
}

static struct nlmsghdr *put_route(void *buf, uint32_t seq, const struct op *op)
{
	bool add = op->kind == OP_ROUTE_ADD;
	const struct route *r = &op->route;
	struct nlmsghdr *h = put(buf, seq, add ? RTM_NEWROUTE : RTM_DELROUTE,
				 add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->rtm_family = r->dst.addr.family;
	m->rtm_dst_len = r->dst.len;
	m->rtm_tos = r->tos;
	m->rtm_table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_UNSPEC;
	m->rtm_protocol = r->protocol;
	m->rtm_scope = r->scope;
	m->rtm_type = r->type;
	put_addr(h, RTA_DST, &r->dst.addr);
	mnl_attr_put_u32(h, RTA_TABLE, r->table);
	if (r->oif)
		mnl_attr_put_u32(h, RTA_OIF, r->oif);
	if (r->metric)
		mnl_attr_put_u32(h, RTA_PRIORITY, r->metric);
	if (route_source(r)->family)
		put_addr(h, RTA_PREFSRC, route_source(r));
	if (route_gateway(r)->family)
		put_gateway(h, r);
	if (r->onlink && add)
		m->rtm_flags |= RTNH_F_ONLINK;
	return h;
}

static struct nlmsghdr *put_rule(void *buf, uint32_t seq, const struct op *op)
{
	bool add = op->kind == OP_RULE_ADD;
	const struct rule *r = &op->rule;
	struct nlmsghdr *h =
		put(buf, seq, add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->family = r->family;
	m->action = r->action;
	m->flags = r->invert ? FIB_RULE_INVERT : 0;
	m->table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_UNSPEC;
	m->src_len = r->src.len;
	if (r->src.addr.family)
		put_addr(h, FRA_SRC, &r->src.addr);
	mnl_attr_put_u32(h, FRA_TABLE, r->table);
	mnl_attr_put_u32(h, FRA_PRIORITY, r->priority);
	mnl_attr_put_u8(h, FRA_PROTOCOL, r->protocol);
	if (r->fwmask) {
		mnl_attr_put_u32(h, FRA_FWMARK, r->fwmark);
		mnl_attr_put_u32(h, FRA_FWMASK, r->fwmask);
	}
	if (r->suppress_prefixlen >= 0)
		mnl_attr_put_u32(h, FRA_SUPPRESS_PREFIXLEN, (uint32_t)r->suppress_prefixlen);
	return h;
}

size_t rtnl_put_op(void *buf, uint32_t seq, const struct op *op)
{
	bool rule = op->kind == OP_RULE_ADD || op->kind == OP_RULE_DEL;
	struct nlmsghdr *h = rule ? put_rule(buf, seq, op) : put_route(buf, seq, op);

	return h->nlmsg_len;
}

static struct nlmsghdr *put_question(void *buf, uint32_t seq, const struct addr *to,
				     unsigned int flags)
{
	struct nlmsghdr *h = put(buf, seq, RTM_GETROUTE, 0);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->rtm_family = to->family;
	r->rtm_dst_len = (uint8_t)addr_bits(to);
	r->rtm_flags = flags;
	put_addr(h, RTA_DST, to);
	return h;
}

void rtnl_put_lookup(void *buf, uint32_t seq, const struct addr *to, uint32_t fwmark)
{
	struct nlmsghdr *h = put_question(buf, seq, to, 0);

	if (fwmark)
		mnl_attr_put_u32(h, RTA_MARK, fwmark);
}

void rtnl_put_match(void *buf, uint32_t seq, const struct addr *to)
{
	put_question(buf, seq, to, RTM_F_FIB_MATCH);
}
