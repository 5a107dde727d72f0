// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configurations by chance. Guests never have a policy that lets them to the data centre, so that
 * there are always packets that must not pass.
 */
#include "chaos/chaos.h"

#include <stdio.h>

/* By number: four peers on each interface, two sites, a guest, and one that is in no zone. */
void config_zone_of(uint32_t peer, char *out, size_t size)
{
	static const char *const zones[] = {"sites", "sites", "guests", ""};

	mem_copy_str(out, size, zones[peer / 3 % 4]);
}

static const char *one_of(struct chaos *c, const char *const *texts, uint32_t n)
{
	return texts[chaos_below(c, n)];
}
#define ONE_OF(c, ...)                                \
	one_of(c, (const char *const[]){__VA_ARGS__}, \
	       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void routes_random(struct chaos *c, struct str *out)
{
	str_add(out, "  routes = { ");
	if (chaos_one_in(c, 12))
		str_add(out, "enabled = false; ");
	if (chaos_one_in(c, 4))
		str_add(out, "metric = 50; ");
	if (chaos_one_in(c, 6))
		str_add(out, "table = 100; ");
	if (chaos_one_in(c, 5))
		str_add(out, "withdraw_dead = true; ");
	if (chaos_one_in(c, 4))
		str_add(out, "default_route = \"%s\"; ", ONE_OF(c, "main", "off"));
	if (chaos_one_in(c, 6))
		str_add(out, "source = \"%s\"; ", ONE_OF(c, "10.10.0.1", "10.99.0.1"));
	if (chaos_one_in(c, 3))
		str_add(out, "unreachable = ( \"%s\" ); ",
			ONE_OF(c, "10.20.0.0/16", "10.0.0.0/8", "fd20::/32", "10.66.0.0/16"));
	str_add(out, "};\n");
}

static void policy_random(struct chaos *c, struct str *out)
{
	str_add(out, "    policy = ( { from = \"sites\"; to = \"dc\"; }");
	if (!chaos_one_in(c, 3))
		str_add(out, ", { from = \"dc\"; to = \"sites\"; }");
	if (chaos_one_in(c, 2))
		str_add(out,
			", { from = \"peers\"; to = \"dc\"; ports = [ \"tcp/22\", \"icmp\" ]; }");
	if (chaos_one_in(c, 3))
		str_add(out, ", { from = \"site-%u\"; to = \"sites\"; }", chaos_below(c, 6));
	if (chaos_one_in(c, 3))
		str_add(out, ", { from = \"10.20.1.0/24\"; to = \"any\"; action = \"reject\"; }");
	str_add(out, " );\n");
}

static void firewall_random(struct chaos *c, struct str *out)
{
	str_add(out, "  firewall = { enabled = %s;\n", chaos_one_in(c, 8) ? "false" : "true");
	if (chaos_one_in(c, 4))
		str_add(out, "    default = \"reject\";\n");
	if (!chaos_one_in(c, 8))
		policy_random(c, out);
	if (chaos_one_in(c, 4))
		str_add(out, "    counters = true;\n");
	if (chaos_one_in(c, 4))
		str_add(out, "    flowtable = true;\n");
	if (chaos_one_in(c, 5))
		str_add(out, "    owner = true;\n");
	if (chaos_one_in(c, 4))
		str_add(out, "    input = ( { from = \"guests\"; ports = [ \"icmp\" ]; } );\n");
	if (chaos_one_in(c, 4))
		str_add(out, "    masquerade = [ \"%s\" ];\n", ONE_OF(c, "sites", "10.77.0.0/16"));
	if (chaos_one_in(c, 3))
		str_add(out, "    foreign_chains = \"off\";\n");
	str_add(out, "  };\n");
}

static void endpoints_random(struct chaos *c, struct str *out)
{
	if (chaos_one_in(c, 2))
		str_add(out, "  endpoints = { ttl_min = %s; dead_after = %s; family = \"%s\"; };\n",
			ONE_OF(c, "1", "30"), ONE_OF(c, "5", "20"),
			ONE_OF(c, "any", "ipv4", "ipv6"));
	if (chaos_one_in(c, 3))
		str_add(out, "  keepalive = %s;\n", ONE_OF(c, "25", "\"off\"", "\"keep\""));
	if (chaos_one_in(c, 3))
		str_add(out, "  poll_interval = %s;\n", ONE_OF(c, "0.5", "2.0"));
}

static void peer_random(struct chaos *c, struct str *out, uint32_t n, bool last)
{
	struct key key;
	char text[KEY_STRLEN], zone[NAME_LEN];

	memset(key.bytes, (int)(n + 1), KEY_LEN);
	config_zone_of(n, zone, sizeof(zone));
	str_add(out, "    { public_key = \"%s\"; name = \"site-%u\";", key_format(&key, text), n);
	if (*zone)
		str_add(out, " zone = \"%s\";", zone);
	if (!chaos_one_in(c, 3))
		str_add(out, " endpoint = \"%s.example.net:%u\";", ONE_OF(c, "one", "two", "three"),
			51820 + n);
	if (n >= 3 && n < 6 && chaos_one_in(c, 3)) /* of the other site on its interface */
		str_add(out, " standby_for = \"site-%u\";", n - 3);
	if (chaos_one_in(c, 6))
		str_add(out, " routes = { metric = 70; };");
	str_add(out, " }%s\n", last ? "" : ",");
}

static void interface_random(struct chaos *c, struct str *out, uint32_t n, bool last)
{
	str_add(out, " { name = \"wg%u\";\n", n);
	if (chaos_one_in(c, 4))
		routes_random(c, out);
	if (chaos_one_in(c, 4))
		firewall_random(c, out);
	str_add(out, "  peers = (\n");
	for (uint32_t p = n; p < CHAOS_PEERS; p += 3)
		peer_random(c, out, p, p + 3 >= CHAOS_PEERS);
	str_add(out, "  ); }%s\n", last ? "" : ",");
}

void config_random(struct chaos *c, struct str *out, bool broken)
{
	out->len = 0;
	str_add(out, "defaults = {\n");
	routes_random(c, out);
	firewall_random(c, out);
	endpoints_random(c, out);
	str_add(out, "%s};\ninterfaces = (\n", broken ? "  no_such_key = 1;\n" : "");
	for (uint32_t n = 0; n < 3; n++)
		interface_random(c, out, n, n == 2);
	str_add(out, ");\nzones = ( { name = \"dc\"; prefixes = [ \"10.10.0.0/16\", \"fd10::/64\" "
		     "]; } );\n");
}
