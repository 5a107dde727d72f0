// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink messages to structs: links, addresses, routes and rules, of a dump or of an event.
 */
#include "codec/rtnl.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "codec/attr.h"

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
