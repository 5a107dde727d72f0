// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink messages to structs and back.
 *
 * A route that we delete is named by table, protocol, prefix, metric and interface, never by less:
 * a deletion without a metric is a wildcard. A route that we add says NLM_F_EXCL: another
 * program's route with the same key is an error to report, not something to replace.
 */
#include "codec/rtnl.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "codec/attr.h"

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

static void attr_addr(const struct nlattr *a, uint8_t family, struct addr *out)
{
	struct addr probe = {.family = family};

	if (addr_size(&probe) && attr_len(a) >= addr_size(&probe))
		*out = addr_from(family, attr_data(a));
}

static void attr_name(const struct nlattr *a, char *out)
{
	size_t n = attr_len(a);

	if (n >= IFNAME_LEN)
		n = IFNAME_LEN - 1;
	memcpy(out, attr_data(a), n);
	out[n] = '\0';
}

/* Which program is behind a tun device, if any, is not known here. */
static void link_kind(const struct nlattr *info, struct link *out)
{
	char kind[IFNAME_LEN] = "";
	struct nlattr *a;

	attr_each_nested(a, info)
		if (attr_type(a) == IFLA_INFO_KIND)
			attr_name(a, kind);
	out->wireguard = !strcmp(kind, "wireguard");
	out->tun = !strcmp(kind, "tun");
}

int rtnl_parse_link(const struct nlmsghdr *h, struct link *out)
{
	const struct ifinfomsg *i = attr_header(h, sizeof(*i));
	struct nlattr *a;

	if (!i || (h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK))
		return -EINVAL;
	*out = (struct link){.ifindex = (uint32_t)i->ifi_index, .up = i->ifi_flags & IFF_UP};
	attr_each(a, h, sizeof(*i)) {
		if (attr_type(a) == IFLA_IFNAME)
			attr_name(a, out->name);
		else if (attr_type(a) == IFLA_MTU)
			out->mtu = attr_u32(a);
		else if (attr_type(a) == IFLA_LINKINFO)
			link_kind(a, out);
	}
	return 0;
}

int rtnl_parse_addr(const struct nlmsghdr *h, struct local_addr *out)
{
	const struct ifaddrmsg *i = attr_header(h, sizeof(*i));
	struct addr address = {0}, local = {0};
	struct nlattr *a;

	if (!i || (h->nlmsg_type != RTM_NEWADDR && h->nlmsg_type != RTM_DELADDR))
		return -EINVAL;
	*out = (struct local_addr){
		.ifindex = i->ifa_index, .len = i->ifa_prefixlen, .scope = i->ifa_scope};
	attr_each(a, h, sizeof(*i)) {
		if (attr_type(a) == IFA_ADDRESS)
			attr_addr(a, i->ifa_family, &address);
		else if (attr_type(a) == IFA_LOCAL)
			attr_addr(a, i->ifa_family, &local);
	}
	out->addr = local.family ? local : address; /* IFA_ADDRESS is the far end of a link */
	return out->addr.family ? 0 : -EINVAL;
}

/* A gateway of another family than the route's (struct rtvia). */
static void attr_via(const struct nlattr *a, struct addr *out)
{
	const uint8_t *bytes = attr_data(a);
	struct addr gateway = {0};
	uint16_t family;

	if (attr_len(a) < sizeof(family))
		return;
	memcpy(&family, bytes, sizeof(family));
	gateway.family = (uint8_t)family;
	if (addr_size(&gateway) && attr_len(a) >= sizeof(family) + addr_size(&gateway))
		*out = addr_from(gateway.family, bytes + sizeof(family));
}

/* A route in the making. */
struct parsed {
	struct route *route;
	struct addr source, gateway;
};

static void parse_hop(const struct rtnexthop *hop, uint8_t family, struct parsed *out)
{
	const char *end = (const char *)hop + hop->rtnh_len;
	const struct nlattr *a = (const struct nlattr *)(hop + 1);

	out->route->oif = (uint32_t)hop->rtnh_ifindex;
	out->route->onlink = hop->rtnh_flags & RTNH_F_ONLINK;
	for (; mnl_attr_ok(a, (int)(end - (const char *)a)); a = mnl_attr_next(a)) {
		if (attr_type(a) == RTA_GATEWAY)
			attr_addr(a, family, &out->gateway);
		else if (attr_type(a) == RTA_VIA)
			attr_via(a, &out->gateway);
	}
}

/* Several ways: the first one that works stands for them (struct rtnexthop). */
static void parse_hops(const struct nlattr *a, uint8_t family, struct parsed *out)
{
	const char *at = attr_data(a), *end = at + attr_len(a);

	out->route->multipath = true;
	while (end - at >= (long)sizeof(struct rtnexthop)) {
		const struct rtnexthop *hop = (const struct rtnexthop *)at;

		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > end - at)
			return;
		if (!out->route->oif && !(hop->rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)))
			parse_hop(hop, family, out);
		at += MNL_ALIGN(hop->rtnh_len);
	}
}

static void parse_route_attr(const struct nlattr *a, uint8_t family, struct parsed *p)
{
	struct route *out = p->route;

	switch (attr_type(a)) {
	case RTA_DST:
		attr_addr(a, family, &out->dst.addr);
		break;
	case RTA_OIF:
		out->oif = attr_u32(a);
		break;
	case RTA_TABLE:
		out->table = attr_u32(a);
		break;
	case RTA_PRIORITY:
		out->metric = attr_u32(a);
		break;
	case RTA_PREFSRC:
		attr_addr(a, family, &p->source);
		break;
	case RTA_GATEWAY:
		attr_addr(a, family, &p->gateway);
		break;
	case RTA_VIA:
		attr_via(a, &p->gateway);
		break;
	case RTA_MULTIPATH:
		parse_hops(a, family, p);
		break;
	}
}

int rtnl_parse_route(const struct nlmsghdr *h, struct route *out)
{
	const struct rtmsg *r = attr_header(h, sizeof(*r));
	struct parsed p = {.route = out};
	struct nlattr *a;

	if (!r || (h->nlmsg_type != RTM_NEWROUTE && h->nlmsg_type != RTM_DELROUTE))
		return -EINVAL;
	*out = (struct route){.dst = {.addr = {.family = r->rtm_family}, .len = r->rtm_dst_len},
			      .table = r->rtm_table,
			      .tos = r->rtm_tos,
			      .protocol = r->rtm_protocol,
			      .type = ROUTE_TYPE(r->rtm_type),
			      .scope = r->rtm_scope,
			      .onlink = r->rtm_flags & RTNH_F_ONLINK};
	if (!addr_size(&out->dst.addr) || out->dst.len > addr_bits(&out->dst.addr) ||
	    (r->rtm_flags & RTM_F_CLONED && h->nlmsg_flags & NLM_F_MULTI))
		return -EINVAL;
	attr_each(a, h, sizeof(*r))
		parse_route_attr(a, r->rtm_family, &p);
	route_set_source(out, &p.source);
	if (p.gateway.family)
		route_set_gateway(out, &p.gateway);
	if (out->type != RTN_UNICAST && out->type != RTN_LOCAL)
		out->oif = 0; /* IPv6 shows unreachable routes with the loopback interface */
	return 0;
}

static void parse_rule_attr(const struct nlattr *a, struct rule *out)
{
	switch (attr_type(a)) {
	case FRA_PRIORITY:
		out->priority = attr_u32(a);
		break;
	case FRA_TABLE:
		out->table = attr_u32(a);
		break;
	case FRA_FWMARK:
		out->fwmark = attr_u32(a);
		break;
	case FRA_FWMASK:
		out->fwmask = attr_u32(a);
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		out->suppress_prefixlen = (int32_t)attr_u32(a);
		break;
	case FRA_PROTOCOL:
		if (attr_len(a) >= 1)
			out->protocol = mnl_attr_get_u8(a);
		break;
	case FRA_SRC:
		attr_addr(a, out->family, &out->src.addr);
		break;
	case FRA_DST:
		attr_addr(a, out->family, &out->dst.addr);
		break;
	case FRA_IIFNAME:
		attr_name(a, out->iif);
		break;
	case FRA_OIFNAME:
		attr_name(a, out->oif);
		break;
	}
}

int rtnl_parse_rule(const struct nlmsghdr *h, struct rule *out)
{
	const struct fib_rule_hdr *r = attr_header(h, sizeof(*r));
	struct nlattr *a;

	if (!r || (h->nlmsg_type != RTM_NEWRULE && h->nlmsg_type != RTM_DELRULE))
		return -EINVAL;
	*out = (struct rule){.family = r->family,
			     .action = r->action,
			     .table = r->table,
			     .invert = r->flags & FIB_RULE_INVERT,
			     .suppress_prefixlen = -1,
			     .src = {.len = r->src_len},
			     .dst = {.len = r->dst_len}};
	attr_each(a, h, sizeof(*r))
		parse_rule_attr(a, out);
	return 0;
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

void rtnl_put_lookup(void *buf, uint32_t seq, const struct addr *to, uint32_t fwmark)
{
	struct nlmsghdr *h = put(buf, seq, RTM_GETROUTE, 0);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->rtm_family = to->family;
	r->rtm_dst_len = (uint8_t)addr_bits(to);
	put_addr(h, RTA_DST, to);
	if (fwmark)
		mnl_attr_put_u32(h, RTA_MARK, fwmark);
}
