// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A route in the words of the routers that people have. What is printed can be pasted into a
 * shell of the router, for networkd appended to the .network file of its LAN. Prefixes and
 * addresses come from parsers, so nothing in them needs quoting.
 */
#include <stdio.h>
#include <string.h>

#include "lan.h"

static void iproute2_route(const char *prefix, const char *via, bool ipv6)
{
	printf("ip %sroute add %s via %s\n", ipv6 ? "-6 " : "", prefix, via);
}

/* UCI: https://openwrt.org/docs/guide-user/network/routing/routes_configuration */
static void openwrt_route(const char *prefix, const char *via, bool ipv6)
{
	const char *section = ipv6 ? "route6" : "route";

	printf("uci add network %s\n", section);
	printf("uci set network.@%s[-1].interface='lan'\n", section);
	printf("uci set network.@%s[-1].target='%s'\n", section, prefix);
	printf("uci set network.@%s[-1].gateway='%s'\n", section, via);
}

/* RouterOS 7: https://help.mikrotik.com/docs/display/ROS/IP+Routing */
static void mikrotik_route(const char *prefix, const char *via, bool ipv6)
{
	printf("/%s/route/add dst-address=%s gateway=%s comment=wayside\n", ipv6 ? "ipv6" : "ip",
	       prefix, via);
}

/* https://docs.vyos.io/en/latest/configuration/protocols/static.html; in configuration mode */
static void vyos_route(const char *prefix, const char *via, bool ipv6)
{
	printf("set protocols static %s %s next-hop %s\n", ipv6 ? "route6" : "route", prefix, via);
}

/* https://docs.frrouting.org/en/latest/static.html; in frr.conf or after configure terminal */
static void frr_route(const char *prefix, const char *via, bool ipv6)
{
	printf("%s route %s %s\n", ipv6 ? "ipv6" : "ip", prefix, via);
}

/* systemd.network(5) */
static void networkd_route(const char *prefix, const char *via, bool ipv6)
{
	(void)ipv6;
	printf("[Route]\nDestination=%s\nGateway=%s\n", prefix, via);
}

static const struct lan_format formats[] = {
	{"iproute2", iproute2_route, NULL},
	{"openwrt", openwrt_route, "uci commit network\nservice network reload"},
	{"mikrotik", mikrotik_route, NULL},
	{"vyos", vyos_route, "commit\nsave"},
	{"frr", frr_route, NULL},
	{"networkd", networkd_route, NULL},
};

const struct lan_format *lan_format_find(const char *name)
{
	if (!name)
		return &formats[0];
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}
