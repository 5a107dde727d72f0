// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink messages: links, addresses, routes and rules made by hand as the kernel makes them
 * and parsed, operations parsed back, and messages that are cut or garbled.
 */
#include "support/test.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "base/rng.h"
#include "codec/rtnl.h"

/* One message in the making; a union for its alignment. */
union message {
	char bytes[4096];
	struct nlmsghdr h;
};

/* A message of a type, with a family header of size bytes copied in. */
static struct nlmsghdr *message(union message *m, uint16_t type, const void *family, size_t size)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(memset(m, 0, sizeof(*m)));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_MULTI;
	memcpy(mnl_nlmsg_put_extra_header(h, size), family, size);
	return h;
}

static struct addr ip(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

static void put_ip(struct nlmsghdr *h, uint16_t type, const char *text)
{
	struct addr a = ip(text);

	mnl_attr_put(h, type, addr_size(&a), a.bytes);
}

static void assert_ip(const struct addr *a, const char *want)
{
	char buf[ADDR_STRLEN];

	assert_string_equal(addr_format(a, buf), want);
}

static void assert_prefix(const struct prefix *p, const char *want)
{
	char buf[PREFIX_STRLEN];

	assert_string_equal(prefix_format(p, buf), want);
}

/* --- links -------------------------------------------------------------------------------- */

static struct nlmsghdr *link_message(union message *m, const char *name, const char *kind)
{
	struct ifinfomsg i = {.ifi_index = 7, .ifi_flags = IFF_UP | IFF_NOARP};
	struct nlmsghdr *h = message(m, RTM_NEWLINK, &i, sizeof(i));
	struct nlattr *info;

	mnl_attr_put_u32(h, IFLA_MTU, 1420);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u8(h, IFLA_OPERSTATE, 0);
	if (kind) {
		info = mnl_attr_nest_start(h, IFLA_LINKINFO);
		mnl_attr_put_strz(h, IFLA_INFO_KIND, kind);
		mnl_attr_nest_end(h, info);
	}
	return h;
}

static void a_wireguard_link(void **state)
{
	union message m;
	struct link l;
	(void)state;

	assert_int_equal(rtnl_parse_link(link_message(&m, "wg0", "wireguard"), &l), 0);
	assert_int_equal(l.ifindex, 7);
	assert_string_equal(l.name, "wg0");
	assert_int_equal(l.mtu, 1420);
	assert_true(l.up);
	assert_true(l.wireguard);
}

static void other_links(void **state)
{
	static const char *const kinds[] = {NULL, "veth", "wire", "", "bridge", "wireguard0"};
	union message m;
	struct link l;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		assert_int_equal(rtnl_parse_link(link_message(&m, "eth0", kinds[i]), &l), 0);
		assert_false(l.wireguard);
	}
}

/* The longest name that there is, and one that is longer, which there can't be. */
static void names_of_links(void **state)
{
	union message m;
	struct link l;
	(void)state;

	assert_int_equal(rtnl_parse_link(link_message(&m, "fifteen-letters", NULL), &l), 0);
	assert_string_equal(l.name, "fifteen-letters");
	assert_int_equal(l.mtu, 1420); /* what is behind it is as it was */
	assert_int_equal(rtnl_parse_link(link_message(&m, "sixteen-letters!", NULL), &l), 0);
	assert_string_equal(l.name, "sixteen-letters");
	assert_int_equal(l.mtu, 1420);
}

static void a_link_that_goes(void **state)
{
	struct ifinfomsg i = {.ifi_index = 7};
	union message m;
	struct link l;
	(void)state;

	assert_int_equal(rtnl_parse_link(message(&m, RTM_DELLINK, &i, sizeof(i)), &l), 0);
	assert_int_equal(l.ifindex, 7);
	assert_false(l.up);
	assert_int_not_equal(rtnl_parse_link(message(&m, RTM_NEWADDR, &i, sizeof(i)), &l), 0);
	assert_int_not_equal(rtnl_parse_link(message(&m, RTM_NEWLINK, &i, 8), &l), 0);
}

/* --- addresses ---------------------------------------------------------------------------- */

static void an_address(void **state)
{
	struct ifaddrmsg i = {
		.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_scope = 0, .ifa_index = 3};
	struct local_addr a;
	union message m;
	struct nlmsghdr *h;
	(void)state;

	h = message(&m, RTM_NEWADDR, &i, sizeof(i));
	put_ip(h, IFA_ADDRESS, "192.168.1.2");
	put_ip(h, IFA_LOCAL, "192.168.1.2");
	assert_int_equal(rtnl_parse_addr(h, &a), 0);
	assert_ip(&a.addr, "192.168.1.2");
	assert_int_equal(a.ifindex, 3);
	assert_int_equal(a.len, 24);
	/* On a point-to-point link IFA_ADDRESS is the far end. */
	h = message(&m, RTM_NEWADDR, &i, sizeof(i));
	put_ip(h, IFA_ADDRESS, "10.9.9.1");
	put_ip(h, IFA_LOCAL, "10.9.9.2");
	assert_int_equal(rtnl_parse_addr(h, &a), 0);
	assert_ip(&a.addr, "10.9.9.2");
	/* IPv6 has IFA_ADDRESS only. */
	i.ifa_family = AF_INET6;
	i.ifa_scope = RT_SCOPE_LINK;
	h = message(&m, RTM_DELADDR, &i, sizeof(i));
	put_ip(h, IFA_ADDRESS, "fe80::1");
	assert_int_equal(rtnl_parse_addr(h, &a), 0);
	assert_ip(&a.addr, "fe80::1");
	assert_int_equal(a.scope, RT_SCOPE_LINK);
}

static void what_is_no_address(void **state)
{
	struct ifaddrmsg i = {.ifa_family = AF_INET6, .ifa_index = 3};
	struct local_addr a;
	union message m;
	struct nlmsghdr *h;
	(void)state;

	h = message(&m, RTM_NEWADDR, &i, sizeof(i));
	assert_int_not_equal(rtnl_parse_addr(h, &a), 0); /* none in it */
	put_ip(h, IFA_ADDRESS, "10.0.0.1");		 /* too short for its family */
	assert_int_not_equal(rtnl_parse_addr(h, &a), 0);
	i.ifa_family = AF_PACKET;
	h = message(&m, RTM_NEWADDR, &i, sizeof(i));
	put_ip(h, IFA_ADDRESS, "10.0.0.1");
	assert_int_not_equal(rtnl_parse_addr(h, &a), 0);
}

/* --- routes ------------------------------------------------------------------------------- */

static struct rtmsg rtm(uint8_t family, uint8_t len)
{
	return (struct rtmsg){.rtm_family = family,
			      .rtm_dst_len = len,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_STATIC,
			      .rtm_type = RTN_UNICAST};
}

static void a_route(void **state)
{
	struct rtmsg i = rtm(AF_INET, 24);
	struct route r;
	union message m;
	struct nlmsghdr *h;
	(void)state;

	i.rtm_scope = RT_SCOPE_LINK;
	i.rtm_tos = 0x10;
	h = message(&m, RTM_NEWROUTE, &i, sizeof(i));
	put_ip(h, RTA_DST, "10.20.1.0");
	mnl_attr_put_u32(h, RTA_TABLE, 1000); /* more than rtm_table can say */
	mnl_attr_put_u32(h, RTA_PRIORITY, 50);
	mnl_attr_put_u32(h, RTA_OIF, 3);
	put_ip(h, RTA_PREFSRC, "192.168.1.1");
	put_ip(h, RTA_GATEWAY, "10.0.0.1");
	assert_int_equal(rtnl_parse_route(h, &r), 0);
	assert_prefix(&r.dst, "10.20.1.0/24");
	assert_int_equal(r.table, 1000);
	assert_int_equal(r.metric, 50);
	assert_int_equal(r.oif, 3);
	assert_int_equal(r.tos, 0x10);
	assert_int_equal(r.scope, RT_SCOPE_LINK);
	assert_int_equal(r.protocol, RTPROT_STATIC);
	assert_ip(route_source(&r), "192.168.1.1");
	assert_ip(route_gateway(&r), "10.0.0.1");
}

static void put_hop(struct nlmsghdr *h, int ifindex, uint8_t flags, const char *gateway)
{
	struct rtnexthop hop = {
		.rtnh_len = sizeof(hop), .rtnh_flags = flags, .rtnh_ifindex = ifindex};
	char *at = mnl_nlmsg_get_payload_tail(h);

	memcpy(at, &hop, sizeof(hop));
	h->nlmsg_len += (uint32_t)sizeof(hop);
	if (gateway)
		put_ip(h, RTA_GATEWAY, gateway);
	((struct rtnexthop *)at)->rtnh_len =
		(unsigned short)((char *)mnl_nlmsg_get_payload_tail(h) - at);
}

/* Several ways: the first that works; and hops that are cut short are none. */
static void a_route_of_several_ways(void **state)
{
	struct rtmsg i = rtm(AF_INET, 0);
	struct nlattr *list;
	struct nlmsghdr *h;
	struct route r;
	union message m;
	(void)state;

	h = message(&m, RTM_NEWROUTE, &i, sizeof(i));
	list = mnl_attr_nest_start(h, RTA_MULTIPATH);
	put_hop(h, 2, RTNH_F_LINKDOWN, "192.0.2.1");
	put_hop(h, 4, RTNH_F_ONLINK, "198.51.100.1");
	put_hop(h, 5, 0, NULL);
	mnl_attr_nest_end(h, list);
	assert_int_equal(rtnl_parse_route(h, &r), 0);
	assert_true(r.multipath);
	assert_true(r.onlink);
	assert_int_equal(r.oif, 4);
	assert_ip(route_gateway(&r), "198.51.100.1");
	((struct rtnexthop *)mnl_attr_get_payload(list))->rtnh_len = 7;
	assert_int_equal(rtnl_parse_route(h, &r), 0);
	assert_int_equal(r.oif, 0);
	((struct rtnexthop *)mnl_attr_get_payload(list))->rtnh_len = 2000;
	assert_int_equal(rtnl_parse_route(h, &r), 0);
	assert_int_equal(r.oif, 0);
}

/* A default route has no RTA_DST. */
static void a_default_route(void **state)
{
	struct rtmsg four = rtm(AF_INET, 0), six = rtm(AF_INET6, 0);
	struct route r;
	union message m;
	(void)state;

	assert_int_equal(rtnl_parse_route(message(&m, RTM_NEWROUTE, &four, sizeof(four)), &r), 0);
	assert_prefix(&r.dst, "0.0.0.0/0");
	assert_int_equal(r.table, RT_TABLE_MAIN);
	assert_int_equal(rtnl_parse_route(message(&m, RTM_DELROUTE, &six, sizeof(six)), &r), 0);
	assert_prefix(&r.dst, "::/0");
	assert_int_equal(route_source(&r)->family, 0);
}

/* IPv6 shows an unreachable route with the loopback interface; IPv4 with none. */
static void an_unreachable_route(void **state)
{
	struct rtmsg i = rtm(AF_INET6, 8);
	struct route r;
	union message m;
	struct nlmsghdr *h;
	(void)state;

	i.rtm_type = RTN_UNREACHABLE;
	h = message(&m, RTM_NEWROUTE, &i, sizeof(i));
	put_ip(h, RTA_DST, "fd00::");
	mnl_attr_put_u32(h, RTA_OIF, 1);
	assert_int_equal(rtnl_parse_route(h, &r), 0);
	assert_int_equal(r.type, RTN_UNREACHABLE);
	assert_int_equal(r.oif, 0);
}

/* Cached routes in a dump are none; the answer to a look-up is one, and has that flag as well. */
static void cached_routes(void **state)
{
	struct rtmsg i = rtm(AF_INET, 32);
	struct route r;
	union message m;
	struct nlmsghdr *h;
	(void)state;

	i.rtm_flags = RTM_F_CLONED;
	h = message(&m, RTM_NEWROUTE, &i, sizeof(i));
	put_ip(h, RTA_DST, "203.0.113.1");
	put_ip(h, RTA_PREFSRC, "192.168.1.2");
	assert_int_not_equal(rtnl_parse_route(h, &r), 0);
	h->nlmsg_flags = 0;
	assert_int_equal(rtnl_parse_route(h, &r), 0);
	assert_ip(route_source(&r), "192.168.1.2");
}

static void what_is_no_route(void **state)
{
	static const struct rtmsg bad[] = {{.rtm_family = AF_INET, .rtm_dst_len = 33},
					   {.rtm_family = AF_INET6, .rtm_dst_len = 129},
					   {.rtm_family = 128 /* multicast's */},
					   {.rtm_family = AF_UNSPEC}};
	struct rtmsg good = rtm(AF_INET, 24);
	struct route r;
	union message m;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_not_equal(
			rtnl_parse_route(message(&m, RTM_NEWROUTE, &bad[i], sizeof(bad[i])), &r),
			0);
	assert_int_not_equal(rtnl_parse_route(message(&m, RTM_NEWRULE, &good, sizeof(good)), &r),
			     0);
	assert_int_not_equal(rtnl_parse_route(message(&m, RTM_NEWROUTE, &good, 8), &r), 0);
}

/* --- rules -------------------------------------------------------------------------------- */

/* The two that wg-quick makes. */
static void wg_quicks_rules(void **state)
{
	struct fib_rule_hdr f = {
		.family = AF_INET, .action = FR_ACT_TO_TBL, .flags = FIB_RULE_INVERT};
	struct rule r;
	union message m;
	struct nlmsghdr *h;
	(void)state;

	h = message(&m, RTM_NEWRULE, &f, sizeof(f));
	mnl_attr_put_u32(h, FRA_TABLE, 51820);
	mnl_attr_put_u32(h, FRA_PRIORITY, 32765);
	mnl_attr_put_u32(h, FRA_FWMARK, 51820);
	mnl_attr_put_u32(h, FRA_FWMASK, 0xffffffff);
	mnl_attr_put_u32(h, FRA_SUPPRESS_PREFIXLEN, 0xffffffff);
	mnl_attr_put_u8(h, FRA_PROTOCOL, RTPROT_BOOT);
	assert_int_equal(rtnl_parse_rule(h, &r), 0);
	assert_true(r.invert);
	assert_int_equal(r.table, 51820);
	assert_int_equal(r.priority, 32765);
	assert_int_equal(r.fwmark, 51820);
	assert_true(r.fwmask == 0xffffffff);
	assert_int_equal(r.suppress_prefixlen, -1);
	assert_int_equal(r.protocol, RTPROT_BOOT);
	assert_int_equal(r.src.addr.family, 0);

	f = (struct fib_rule_hdr){
		.family = AF_INET6, .action = FR_ACT_TO_TBL, .table = RT_TABLE_MAIN};
	h = message(&m, RTM_NEWRULE, &f, sizeof(f));
	mnl_attr_put_u32(h, FRA_SUPPRESS_PREFIXLEN, 0);
	assert_int_equal(rtnl_parse_rule(h, &r), 0);
	assert_int_equal(r.family, AF_INET6);
	assert_int_equal(r.table, RT_TABLE_MAIN);
	assert_int_equal(r.suppress_prefixlen, 0);
	assert_false(r.invert);
}

static void a_rule_with_everything(void **state)
{
	struct fib_rule_hdr f = {.family = AF_INET, .src_len = 16, .dst_len = 24};
	struct rule r;
	union message m;
	struct nlmsghdr *h;
	(void)state;

	h = message(&m, RTM_NEWRULE, &f, sizeof(f));
	put_ip(h, FRA_SRC, "10.20.0.0");
	put_ip(h, FRA_DST, "10.30.1.0");
	mnl_attr_put_strz(h, FRA_IIFNAME, "eth0");
	mnl_attr_put_strz(h, FRA_OIFNAME, "a-name-that-is-longer-than-that");
	assert_int_equal(rtnl_parse_rule(h, &r), 0);
	assert_prefix(&r.src, "10.20.0.0/16");
	assert_prefix(&r.dst, "10.30.1.0/24");
	assert_string_equal(r.iif, "eth0");
	assert_int_equal(strlen(r.oif), IFNAME_LEN - 1);
	assert_int_not_equal(rtnl_parse_rule(message(&m, RTM_NEWROUTE, &f, sizeof(f)), &r), 0);
	assert_int_not_equal(rtnl_parse_rule(message(&m, RTM_NEWRULE, &f, 8), &r), 0);
}

/* --- operations --------------------------------------------------------------------------- */

static struct op route_op(enum op_kind kind, const char *dst, uint32_t table)
{
	struct op op = {.kind = kind, .ifindex = 3};

	assert_int_equal(prefix_parse(&op.route.dst, dst, NULL), 0);
	op.route.table = table;
	op.route.metric = 50;
	op.route.oif = 3;
	op.route.protocol = ROUTE_PROTOCOL;
	op.route.type = RTN_UNICAST;
	return op;
}

static bool routes_equal(const struct route *a, const struct route *b)
{
	return !prefix_cmp(&a->dst, &b->dst) && a->table == b->table && a->metric == b->metric &&
	       a->oif == b->oif && a->tos == b->tos && a->protocol == b->protocol &&
	       a->type == b->type && a->scope == b->scope &&
	       !addr_cmp(route_source(a), route_source(b)) &&
	       !addr_cmp(route_gateway(a), route_gateway(b)) && a->onlink == b->onlink;
}

/* What we send reads back as what we meant: additions and deletions name all of it. */
static void routes_there_and_back(void **state)
{
	static const char *const dsts[] = {"10.20.1.0/24", "0.0.0.0/0",	      "10.0.0.5/32",
					   "fd00:20::/64", "2001:db8::1/128", "::/0"};
	static const uint32_t tables[] = {RT_TABLE_MAIN, 0, 255, 256, 51820, UINT32_MAX};
	struct rng rng = {.state = 5};
	(void)state;

	for (int n = 0; n < 20000; n++) {
		struct op op = route_op(rng_below(&rng, 2) ? OP_ROUTE_ADD : OP_ROUTE_DEL,
					dsts[rng_below(&rng, ARRAY_LEN(dsts))],
					tables[rng_below(&rng, ARRAY_LEN(tables))]);
		bool add = op.kind == OP_ROUTE_ADD;
		const struct rtmsg *r;
		struct route back;
		union message m;
		size_t len;

		op.route.metric = rng_below(&rng, 2) ? (uint32_t)rng_next(&rng) : 0;
		op.route.tos = (uint8_t)rng_below(&rng, 3);
		op.route.scope = rng_below(&rng, 2) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
		if (!rng_below(&rng, 3))
			route_set_source(&op.route, &op.route.dst.addr);
		if (!rng_below(&rng, 3)) {
			struct addr gateway = ip(rng_below(&rng, 2) ? "192.0.2.1" : "fe80::1");

			route_set_gateway(&op.route, &gateway);
			op.route.onlink = add && rng_below(&rng, 2);
		}
		if (!rng_below(&rng, 4)) {
			op.route.type = RTN_BLACKHOLE;
			op.route.oif = 0;
		}
		memset(&m, 0xff, sizeof(m)); /* nothing of what was there shines through */
		len = rtnl_put_op(&m, 77, &op);
		assert_int_equal(len, m.h.nlmsg_len);
		assert_true(m.h.nlmsg_len <= RTNL_MESSAGE_MAX);
		assert_int_equal(m.h.nlmsg_seq, 77);
		assert_int_equal(m.h.nlmsg_type, add ? RTM_NEWROUTE : RTM_DELROUTE);
		/* EXCL: another program's route with the same key is never replaced. */
		assert_int_equal(m.h.nlmsg_flags,
				 NLM_F_REQUEST | (add ? NLM_F_CREATE | NLM_F_EXCL : 0));
		assert_int_equal(rtnl_parse_route(&m.h, &back), 0);
		assert_true(routes_equal(&op.route, &back));
		/* What eight bits can't say is unspecified there. */
		r = mnl_nlmsg_get_payload(&m.h);
		assert_int_equal(r->rtm_table, op.route.table < 256 ? op.route.table : 0);
	}
}

static void rules_there_and_back(void **state)
{
	for (int kind = OP_RULE_ADD; kind <= OP_RULE_DEL; kind++) {
		struct op op = {.kind = (enum op_kind)kind};
		struct rule back;
		union message m;
		size_t len;
		(void)state;

		op.rule = (struct rule){.family = AF_INET6,
					.action = FR_ACT_TO_TBL,
					.protocol = ROUTE_PROTOCOL,
					.invert = true,
					.priority = 32000,
					.table = 51820,
					/* a mark of 0 under a mask is looked at as well */
					.fwmark = kind == OP_RULE_ADD ? 0 : 0xca6c,
					.fwmask = 0xffff,
					.suppress_prefixlen = 0};
		if (kind == OP_RULE_ADD)
			assert_int_equal(prefix_parse(&op.rule.src, "2001:db8::5/128", NULL), 0);
		len = rtnl_put_op(&m, 78, &op);
		assert_int_equal(len, m.h.nlmsg_len);
		assert_true(m.h.nlmsg_len <= RTNL_MESSAGE_MAX);
		assert_int_equal(m.h.nlmsg_type, kind == OP_RULE_ADD ? RTM_NEWRULE : RTM_DELRULE);
		assert_int_equal(rtnl_parse_rule(&m.h, &back), 0);
		assert_memory_equal(&back, &op.rule, sizeof(back));
	}
}

/* The kernel says EINVAL to a strict dump request with anything else in it. */
static void dump_requests(void **state)
{
	const struct rtmsg *r;
	union message m;
	(void)state;

	rtnl_put_dump_links(&m, 1);
	assert_int_equal(m.h.nlmsg_type, RTM_GETLINK);
	assert_int_equal(m.h.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(m.h.nlmsg_len, NLMSG_LENGTH(sizeof(struct ifinfomsg)));
	rtnl_put_dump_addrs(&m, 2);
	assert_int_equal(m.h.nlmsg_type, RTM_GETADDR);
	assert_int_equal(m.h.nlmsg_len, NLMSG_LENGTH(sizeof(struct ifaddrmsg)));
	rtnl_put_dump_rules(&m, 3, AF_INET6);
	assert_int_equal(m.h.nlmsg_type, RTM_GETRULE);
	assert_int_equal(m.h.nlmsg_len, NLMSG_LENGTH(sizeof(struct fib_rule_hdr)));
	assert_int_equal(((struct fib_rule_hdr *)mnl_nlmsg_get_payload(&m.h))->family, AF_INET6);
	rtnl_put_dump_routes(&m, 4, AF_INET, &(struct rtnl_route_filter){0});
	assert_int_equal(m.h.nlmsg_len, NLMSG_LENGTH(sizeof(struct rtmsg)));
	rtnl_put_dump_routes(
		&m, 5, AF_INET,
		&(struct rtnl_route_filter){.oif = 3, .protocol = 87, .type = RTN_UNICAST});
	r = mnl_nlmsg_get_payload(&m.h);
	assert_int_equal(r->rtm_family, AF_INET);
	assert_int_equal(r->rtm_protocol, 87);
	assert_int_equal(r->rtm_type, RTN_UNICAST);
	assert_int_equal(m.h.nlmsg_len, NLMSG_LENGTH(sizeof(struct rtmsg)) + 8); /* RTA_OIF */
	assert_int_equal(m.h.nlmsg_seq, 5);
	rtnl_put_dump_table(&m, 6, AF_INET6, RT_TABLE_MAIN);
	assert_int_equal(m.h.nlmsg_len, NLMSG_LENGTH(sizeof(struct rtmsg)) + 8); /* RTA_TABLE */
}

static int mark(const struct nlattr *a, void *found)
{
	if (mnl_attr_get_type(a) == RTA_MARK)
		*(uint32_t *)found = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static void looking_up_a_way(void **state)
{
	struct addr to = ip("2001:db8::10");
	uint32_t found = 0;
	const struct rtmsg *r;
	struct route back;
	union message m;
	(void)state;

	rtnl_put_lookup(&m, 6, &to, 0xca6c);
	assert_int_equal(m.h.nlmsg_type, RTM_GETROUTE);
	assert_int_equal(m.h.nlmsg_flags, NLM_F_REQUEST);
	r = mnl_nlmsg_get_payload(&m.h);
	assert_int_equal(r->rtm_dst_len, 128);
	mnl_attr_parse(&m.h, sizeof(*r), mark, &found);
	assert_int_equal(found, 0xca6c); /* the way that WireGuard's own packets go */
	m.h.nlmsg_type = RTM_NEWROUTE;
	assert_int_equal(rtnl_parse_route(&m.h, &back), 0);
	assert_prefix(&back.dst, "2001:db8::10/128");
	rtnl_put_match(&m, 7, &to);
	r = mnl_nlmsg_get_payload(&m.h);
	assert_int_equal(r->rtm_flags, RTM_F_FIB_MATCH);
	assert_int_equal(r->rtm_dst_len, 128);
}

/* --- cut and garbled ---------------------------------------------------------------------- */

/* What the rest of the program relies on. */
static void parse_all(const struct nlmsghdr *h)
{
	struct local_addr a;
	struct route r;
	struct rule f;
	struct link l;

	if (!rtnl_parse_link(h, &l))
		assert_true(memchr(l.name, '\0', sizeof(l.name)));
	if (!rtnl_parse_addr(h, &a))
		assert_true(addr_size(&a.addr));
	if (!rtnl_parse_route(h, &r))
		assert_true(addr_size(&r.dst.addr) && r.dst.len <= addr_bits(&r.dst.addr));
	if (!rtnl_parse_rule(h, &f))
		assert_true(memchr(f.iif, '\0', sizeof(f.iif)) &&
			    memchr(f.oif, '\0', sizeof(f.oif)));
}

/* Parsed where the memory ends with the message, so that a byte too many is noticed. */
static void parse_copy(const union message *m, uint32_t len)
{
	static const uint16_t types[] = {RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWRULE};
	struct nlmsghdr *h = mem_calloc(1, NLMSG_ALIGN(len));

	memcpy(h, m, len);
	h->nlmsg_len = len;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) { /* also as what it is not */
		h->nlmsg_type = types[i];
		parse_all(h);
	}
	free(h);
}

/* Something of everything, one kind after the other. */
static void any_message(union message *m, unsigned int n)
{
	struct op op = route_op(OP_ROUTE_ADD, n % 2 ? "10.20.1.0/24" : "fd00::/64", 51820);

	route_set_source(&op.route, &op.route.dst.addr);
	switch (n % 4) {
	case 0:
		link_message(m, "wg0", "wireguard");
		break;
	case 1:
		rtnl_put_op(memset(m, 0, sizeof(*m)), 1, &op);
		put_ip(&m->h, RTA_GATEWAY, "10.0.0.1");
		if (n % 8 == 1) {
			struct nlattr *list = mnl_attr_nest_start(&m->h, RTA_MULTIPATH);

			put_hop(&m->h, 2, 0, "192.0.2.1");
			put_hop(&m->h, 4, 0, "192.0.2.2");
			mnl_attr_nest_end(&m->h, list);
		}
		break;
	case 2:
		op.kind = OP_RULE_ADD;
		op.rule = (struct rule){.family = AF_INET, .fwmask = 1, .suppress_prefixlen = 0};
		rtnl_put_op(memset(m, 0, sizeof(*m)), 1, &op);
		mnl_attr_put_strz(&m->h, FRA_IIFNAME, "eth0");
		put_ip(&m->h, FRA_SRC, "10.0.0.1");
		break;
	default:
		message(m, RTM_NEWADDR, &(struct ifaddrmsg){.ifa_family = AF_INET},
			sizeof(struct ifaddrmsg));
		put_ip(&m->h, IFA_LOCAL, "10.0.0.1");
		break;
	}
}

static void cut_anywhere(void **state)
{
	(void)state;

	for (unsigned int n = 0; n < 8; n++) {
		union message m;

		any_message(&m, n);
		for (uint32_t len = NLMSG_HDRLEN; len <= m.h.nlmsg_len; len++)
			parse_copy(&m, len);
	}
}

static void garbled_anywhere(void **state)
{
	struct rng rng = {.state = 6};
	(void)state;

	for (unsigned int round = 0; round < 50000; round++) {
		union message m;
		uint32_t len;

		any_message(&m, round);
		len = m.h.nlmsg_len;
		for (uint32_t n = 1 + rng_below(&rng, 4); n; n--)
			m.bytes[NLMSG_HDRLEN + rng_below(&rng, len - NLMSG_HDRLEN)] =
				(char)rng_next(&rng);
		parse_copy(&m, len - rng_below(&rng, 6));
	}
}

TEST_MAIN(a_wireguard_link, other_links, names_of_links, a_link_that_goes, an_address,
	  what_is_no_address, a_route, a_route_of_several_ways, a_default_route,
	  an_unreachable_route, cached_routes, what_is_no_route, wg_quicks_rules,
	  a_rule_with_everything, routes_there_and_back, rules_there_and_back, dump_requests,
	  looking_up_a_way, cut_anywhere, garbled_anywhere)
