// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What waysidectl tells a LAN's router to be told: the gateway of Madrid, whose tunnel is
 * 10.0.0.0/24, with London behind a peer and a full tunnel behind another.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "fake_daemon.h"

#include "../../src/ctl/get.c"
#include "../../src/ctl/lan_addrs.c"

#define WG0                                                                   \
	"{\"name\":\"wg0\",\"addresses\":[\"10.0.0.2/24\",\"fd00:aa::2/64\"," \
	"\"fe80::1/64\"]}"

/* In no order, one of them twice, as daemons tell them. */
static const struct fake_answer madrid[] = {
	{"status", "{\"interfaces\":[" WG0 "]}"},
	{"peers", "[{\"label\":\"vpn\",\"allowed_ips\":[\"0.0.0.0/0\",\"::/0\"]},"
		  "{\"label\":\"half\",\"allowed_ips\":[\"0.0.0.0/1\",\"128.0.0.0/1\","
		  "\"::/1\",\"8000::/1\",\"2000::/3\"]},"
		  "{\"label\":\"pi\",\"allowed_ips\":[\"10.0.0.0/24\",\"172.16.9.9/32\","
		  "\"fd00:2::/48\",\"192.168.1.0/24\"]},"
		  "{\"label\":\"london\",\"allowed_ips\":[\"10.0.0.1/32\",\"fd00:aa::1/128\","
		  "\"192.168.1.0/24\"]},"
		  "{\"label\":\"new\",\"allowed_ips\":[]}]"},
	{"routes", "[]"},
	{0},
};

/* A hub that answers for two supernets, one of which is refused. */
static const struct fake_answer hospital[] = {
	{"status", "{\"interfaces\":[" WG0 "]}"},
	{"peers", "[{\"label\":\"clinic\",\"allowed_ips\":[\"10.49.0.2/32\",\"10.20.1.0/24\"]}]"},
	{"routes", "[{\"prefix\":\"10.20.0.0/16\",\"type\":\"unreachable\","
		   "\"status\":\"installed\"},{\"prefix\":\"10.49.0.0/16\","
		   "\"type\":\"blackhole\",\"status\":\"refused\"},"
		   "{\"prefix\":\"10.20.1.0/24\",\"type\":\"unicast\","
		   "\"status\":\"installed\"}]"},
	{0},
};

static const struct fake_answer only_default[] = {
	{"status", "{\"interfaces\":[" WG0 "]}"},
	{"peers", "[{\"label\":\"vpn\",\"allowed_ips\":[\"0.0.0.0/0\"]}]"},
	{"routes", "[]"},
	{0},
};

static int start(void **unused)
{
	(void)unused;
	return fake_start(madrid);
}

static int start_only_default(void **unused)
{
	(void)unused;
	return fake_start(only_default);
}

static int start_hospital(void **unused)
{
	(void)unused;
	return fake_start(hospital);
}

#define VIAS " --via 192.168.2.2 --via fd00:22::2"

/* All of it comes here, whether its site is there or not; what is in it needs no route. */
static void a_supernet_is_one_route(void **state)
{
	(void)state;
	assert_string_equal(run(0, "lan-routes --via 10.10.1.10"),
			    "ip route add 10.20.0.0/16 via 10.10.1.10\n"
			    "ip route add 10.49.0.2/32 via 10.10.1.10\n");
}

static void every_syntax(void **state)
{
	(void)state;
	assert_string_equal(run(0, "lan-routes --format iproute2" VIAS),
			    "ip route add 172.16.9.9/32 via 192.168.2.2\n"
			    "ip route add 192.168.1.0/24 via 192.168.2.2\n"
			    "ip -6 route add fd00:2::/48 via fd00:22::2\n");
	assert_string_equal(run(0, "lan-routes --format openwrt" VIAS),
			    "uci add network route\n"
			    "uci set network.@route[-1].interface='lan'\n"
			    "uci set network.@route[-1].target='172.16.9.9/32'\n"
			    "uci set network.@route[-1].gateway='192.168.2.2'\n"
			    "uci add network route\n"
			    "uci set network.@route[-1].interface='lan'\n"
			    "uci set network.@route[-1].target='192.168.1.0/24'\n"
			    "uci set network.@route[-1].gateway='192.168.2.2'\n"
			    "uci add network route6\n"
			    "uci set network.@route6[-1].interface='lan'\n"
			    "uci set network.@route6[-1].target='fd00:2::/48'\n"
			    "uci set network.@route6[-1].gateway='fd00:22::2'\n"
			    "uci commit network\n"
			    "service network reload\n");
	assert_string_equal(
		run(0, "lan-routes --format mikrotik" VIAS),
		"/ip/route/add dst-address=172.16.9.9/32 gateway=192.168.2.2 comment=wayside\n"
		"/ip/route/add dst-address=192.168.1.0/24 gateway=192.168.2.2 comment=wayside\n"
		"/ipv6/route/add dst-address=fd00:2::/48 gateway=fd00:22::2 comment=wayside\n");
	assert_string_equal(run(0, "lan-routes --format vyos" VIAS),
			    "set protocols static route 172.16.9.9/32 next-hop 192.168.2.2\n"
			    "set protocols static route 192.168.1.0/24 next-hop 192.168.2.2\n"
			    "set protocols static route6 fd00:2::/48 next-hop fd00:22::2\n"
			    "commit\nsave\n");
	assert_string_equal(run(0, "lan-routes --format frr" VIAS),
			    "ip route 172.16.9.9/32 192.168.2.2\n"
			    "ip route 192.168.1.0/24 192.168.2.2\n"
			    "ipv6 route fd00:2::/48 fd00:22::2\n");
	assert_string_equal(run(0, "lan-routes --format networkd" VIAS),
			    "[Route]\nDestination=172.16.9.9/32\nGateway=192.168.2.2\n"
			    "[Route]\nDestination=192.168.1.0/24\nGateway=192.168.2.2\n"
			    "[Route]\nDestination=fd00:2::/48\nGateway=fd00:22::2\n");
}

static void options_stand_anywhere(void **state)
{
	static const char first[] = "ip route add 172.16.9.9/32 via 192.168.2.2\n";
	(void)state;

	has(run(0, "--via 192.168.2.2 --format=iproute2 lan-routes --via fd00::2"), first);
	has(run(0, "lan-routes" VIAS), first); /* iproute2 when nothing is said */
	has(run(0, "-F frr" VIAS " lan-routes"), "ip route 172.16.9.9/32 192.168.2.2\n");
	has(run(0, "--json lan-routes" VIAS), "\"prefix\": \"fd00:2::/48\",\n");
}

static void what_is_no_answer(void **state)
{
	(void)state;
	has(run(2, "lan-routes --format ios" VIAS), "openwrt mikrotik vyos frr networkd");
	has(run(2, "lan-routes more" VIAS), "lan-routes takes");
	has(run(2, "lan-routes --via nonsense"), "not an address of a host");
	has(run(2, "lan-routes --via 192.168.2.0/24"), "not an address of a host");
	has(run(2, "lan-routes --via 127.0.0.1"), "not an address of a host");
	has(run(2, "lan-routes --via 10.1.1.1 --via 10.1.1.2"), "one address a family");
	has(run(2, "lan-routes --via 10.1.1.1 --via fd00::1 --via fd00::2"),
	    "one address a family");
	has(run(3, "-s /nowhere/at/all lan-routes"), "no daemon listens");
}

static void nothing_to_route(void **state)
{
	(void)state;
	assert_string_equal(run(0, "lan-routes --format openwrt --via 192.168.2.2"),
			    "waysidectl: no peer has a network that the router has to know\n");
}

/* In a network of its own with these addresses; false where that cannot be had. */
static bool has_network(void)
{
	return system("unshare -rn ip link add lan0 type bridge 2>/dev/null") == 0;
}

#define NETWORK(more) \
	"link add lan0 type bridge; link set lan0 up; address add 192.168.2.2/24 dev lan0; " more
#define LAN1 "link add lan1 type bridge; link set lan1 up; address add 172.20.0.1/16 dev lan1"
#define NOT_LAN                                                                        \
	"link add wg0 type bridge; link set wg0 up; address add 10.0.0.2/24 dev wg0; " \
	"link add docker0 type bridge; link set docker0 up; "                          \
	"address add 172.17.0.1/16 dev docker0; address add 203.0.113.5/24 dev lan0"

static const char *run_in(int code, const char *network, const char *words)
{
	char wrapped[1024];
	const char *text;

	snprintf(wrapped, sizeof(wrapped), "lan-routes %s", words);
	snprintf(fake_before, sizeof(fake_before),
		 "unshare -rn sh -c 'echo \"%s\" | tr \";\" \"\\n\" | ip -b - && exec \"$@\"' - ",
		 network);
	text = run(code, wrapped);
	fake_before[0] = '\0';
	return text;
}

static void the_address_is_found(void **state)
{
	const char *text;
	(void)state;

	if (!has_network())
		skip();
	text = run_in(0, NETWORK(NOT_LAN), "");
	has(text, "ip route add 192.168.1.0/24 via 192.168.2.2\n");
	has(text, "no route for fd00:2::/48: this host has no private IPv6 address");
	has(run_in(0, NETWORK("address add fd00:22::2/64 dev lan0 nodad"), ""),
	    "ip -6 route add fd00:2::/48 via fd00:22::2\n");
}

static void the_address_is_asked_for(void **state)
{
	const char *text;
	(void)state;

	if (!has_network())
		skip();
	text = run_in(2, NETWORK(LAN1), "");
	has(text, "192.168.2.2 (lan0) 172.20.0.1 (lan1)");
	has(text, "--via ADDRESS");
	assert_null(strstr(text, "ip route"));
	has(run_in(0, NETWORK(LAN1), "--via 172.20.0.1"), "192.168.1.0/24 via 172.20.0.1\n");
	has(run_in(2, "link set lo up", ""), "no route for 172.16.9.9/32 and 1 more: this host");
}

/* A peer that has the LAN's own network as well: the router is in it already. */
static void not_the_lan_itself(void **state)
{
	const char *text;
	(void)state;

	if (!has_network())
		skip();
	text = run_in(0, NETWORK("address add 192.168.1.7/24 dev lan0"), "--via 192.168.2.2");
	assert_null(strstr(text, "192.168.1.0/24"));
	has(text, "172.16.9.9/32");
}

static void addresses_are_picked(void **state)
{
	struct lan_addrs list = {0};
	bool several;
	(void)state;

	assert_null(lan_addr_pick(&list, AF_INET, &several));
	assert_false(several);
	addr_parse(&vec_add(&list)->addr, "192.168.2.2");
	addr_parse(&vec_add(&list)->addr, "fd00::2");
	assert_ptr_equal(lan_addr_pick(&list, AF_INET, &several), &list.at[0]);
	assert_ptr_equal(lan_addr_pick(&list, AF_INET6, &several), &list.at[1]);
	assert_false(several);
	addr_parse(&vec_add(&list)->addr, "10.9.9.9");
	assert_null(lan_addr_pick(&list, AF_INET, &several));
	assert_true(several);
	vec_free(&list);
	assert_true(lan_ifname_is_virtual("docker0"));
	assert_true(lan_ifname_is_virtual("br-0123456789ab"));
	assert_false(lan_ifname_is_virtual("br-lan"));
	assert_false(lan_ifname_is_virtual("eth0"));
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, start, fake_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(every_syntax),
		SERVED(options_stand_anywhere),
		SERVED(what_is_no_answer),
		cmocka_unit_test_setup_teardown(nothing_to_route, start_only_default, fake_stop),
		cmocka_unit_test_setup_teardown(a_supernet_is_one_route, start_hospital, fake_stop),
		SERVED(the_address_is_found),
		SERVED(the_address_is_asked_for),
		SERVED(not_the_lan_itself),
		cmocka_unit_test(addresses_are_picked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
