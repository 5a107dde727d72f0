// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mistakes in wayside.conf, and every word that is said about them: each at its own line, all of
 * them at once.
 */
#include "codec/conf_memory.h"

/* A file with mistakes, and all that is said about it. */
static const struct {
	const char *text, *said;
} mistakes[] = {
	{"on_exit = \"clean\";\npolicy = 3;\nlog_lvl = \"info\";",
	 "wayside.conf:2: policy: unknown key in the file\n"
	 "wayside.conf:3: log_lvl: unknown key in the file, did you mean \"log_level\"?\n"},
	{"defaults = {\n routes = {\n  tabel = \"main\";\n };\n};",
	 "wayside.conf:3: tabel: unknown key in routes, did you mean \"table\"?\n"},
	{IFACE("\npeers = ( { name = \"a\";\npubilc_key = \"\"; } );"),
	 "wayside.conf:3: pubilc_key: unknown key in peers, did you mean \"public_key\"?\n"},
	{DEFAULTS("name = \"wg0\";"), "wayside.conf:1: name: unknown key in defaults\n"},

	{"on_exit = \"leave\";",
	 "wayside.conf:1: on_exit: \"leave\" is not \"keep\" or \"clean\"\n"},
	{"log_level = 7;\nsocket = ( );\ndefaults = 1.5;\nzones = { };",
	 "wayside.conf:1: log_level: must be a text, not a whole number\n"
	 "wayside.conf:2: socket: must be a group { }, not a list ( )\n"
	 "wayside.conf:3: defaults: must be a group { }, not a number with a point\n"
	 "wayside.conf:4: zones: must be a list of groups, ( { }, { } ), not a group { }\n"},
	{"interfaces = (\n\"wg0\",\n7 );",
	 "wayside.conf:2: interfaces: must be a list of groups, ( { }, { } ), not a text\n"
	 "wayside.conf:3: interfaces: must be a list of groups, ( { }, { } ), not a whole "
	 "number\n"},
	{"state_dir = \"var\";\nsocket = { path = \"s\"; };",
	 "wayside.conf:1: state_dir: \"var\" must be an absolute path, from / on\n"
	 "wayside.conf:2: path: \"s\" must be an absolute path, from / on\n"},
	{"log_level = \"de\\x07bug\";",
	 "wayside.conf:1: log_level: byte 0x07 is neither printable nor UTF-8\n"},
	{"socket = { group = \"\\xc3\"; };",
	 "wayside.conf:1: group: byte 0xc3 is neither printable nor UTF-8\n"},

	{DEFAULTS("poll_interval = -1;"),
	 "wayside.conf:1: poll_interval: -1 seconds is out of range, 0.1 to 3600\n"},
	{DEFAULTS("poll_interval = 1e400;"),
	 "wayside.conf:1: poll_interval: inf seconds is out of range, 0.1 to 3600\n"},
	{DEFAULTS("poll_interval = 99999999999999999999;"),
	 "wayside.conf:1: poll_interval: 9.22337e+18 seconds is out of range, 0.1 to 3600\n"},
	{DEFAULTS("poll_interval = \"1\";"),
	 "wayside.conf:1: poll_interval: must be a number of seconds, not a text\n"},
	{DEFAULTS("\npoll_interval = 7;"),
	 "wayside.conf:2: poll_interval: 7 seconds are more than the 5 of poll_interval_max\n"},
	{ENDPOINTS("\nttl_max = 20;"),
	 "wayside.conf:2: ttl_min: 30 seconds are more than the 20 of ttl_max\n"},
	{ENDPOINTS("resolve = 1;"), "wayside.conf:1: resolve: must be true or false, not a whole "
				    "number\n"},
	{DEFAULTS("import = [ \"uci\",\n\"nm\" ];"),
	 "wayside.conf:2: import: \"nm\" is not \"wg-quick\", \"networkd\" or \"uci\"\n"},
	{DEFAULTS("keepalive = 0;"),
	 "wayside.conf:1: keepalive: 0 is out of range, 1 to 65535 seconds or \"off\"\n"},
	{DEFAULTS("keepalive = 65536;"),
	 "wayside.conf:1: keepalive: 65536 is out of range, 1 to 65535 seconds or \"off\"\n"},
	{DEFAULTS("keepalive = 25.0;"), "wayside.conf:1: keepalive: must be \"auto\", \"off\", "
					"\"keep\" or whole seconds, not a number with a point\n"},
	{DEFAULTS("keepalive = \"on\";"),
	 "wayside.conf:1: keepalive: \"on\" is not \"auto\", \"off\" or \"keep\"\n"},
	{DEFAULTS("exchange = { port = 65536; };"),
	 "wayside.conf:1: port: 65536 is out of range, 1 to 65535\n"},

	{ROUTES("table = 0;"), "wayside.conf:1: table: 0 is out of range, 1 to 4294967295 or "
			       "\"off\"\n"},
	{ROUTES("table = \"nope\";"),
	 "wayside.conf:1: table: no routing table \"nope\"; name it in /etc/iproute2/rt_tables or "
	 "write its number, 1 to 4294967295\n"},
	{ROUTES("table = \"4294967296\";"),
	 "wayside.conf:1: table: no routing table \"4294967296\"; name it in "
	 "/etc/iproute2/rt_tables or write its number, 1 to 4294967295\n"},
	{ROUTES("metric = 4294967296;"),
	 "wayside.conf:1: metric: 4294967296 is out of range, 0 to 4294967295\n"},
	{ROUTES("metric = 0x100000001;"),
	 "wayside.conf:1: metric: 4294967297 is out of range, 0 to 4294967295\n"},
	{ROUTES("scope = \"host\";"),
	 "wayside.conf:1: scope: \"host\" is not \"link\", \"site\" or \"global\"\n"},
	{ROUTES("source = [ \"10.0.0.1\",\n\"10.0.0.2\",\n\"::\" ];"),
	 "wayside.conf:2: source: \"10.0.0.2\" is a second IPv4 address, there can be one\n"
	 "wayside.conf:3: source: \"::\" is no address to send from\n"},
	{ROUTES("unreachable = ( \"10.0.0.0/33\",\n{ type = \"void\"; },\n\"10.0.0.0/8\",\n"
		"\"10.0.0.0/8\" );"),
	 "wayside.conf:1: unreachable: \"10.0.0.0/33\" is no prefix such as 10.0.0.0/8 or "
	 "fd00::/64\n"
	 "wayside.conf:2: type: \"void\" is not \"unreachable\", \"blackhole\" or \"prohibit\"\n"
	 "wayside.conf:2: unreachable: a group needs a prefix\n"
	 "wayside.conf:4: unreachable: 10.0.0.0/8 is given twice\n"},

	{"interfaces = ( { },\n{ name = \"wg-with-a-long-name\"; },\n{ name = \"a b\"; },\n"
	 "{ name = \"wg[0-9]\"; },\n{ name = \"\"; } );",
	 "wayside.conf:1: interfaces: an interface needs a name\n"
	 "wayside.conf:2: name: \"wg-with-a-long-name\" is neither an interface's name, at most 15 "
	 "bytes, nor a pattern such as \"wg*\"\n"
	 "wayside.conf:3: name: \"a b\" is neither an interface's name, at most 15 bytes, nor a "
	 "pattern such as \"wg*\"\n"
	 "wayside.conf:4: name: \"wg[0-9]\": a pattern has only * and ?\n"
	 "wayside.conf:5: name: \"\" is neither an interface's name, at most 15 bytes, nor a "
	 "pattern such as \"wg*\"\n"},
	{"interfaces = (\n{ name = \"wg0\"; },\n{ name = \"wg1\"; },\n{ name = \"wg0\"; } );",
	 "wayside.conf:4: interfaces: \"wg0\" is given twice, first at wayside.conf:2\n"},

	{IFACE("peers = (\n{ endpoint = \"a.example:1\"; } );"),
	 "wayside.conf:2: peers: a peer needs a public_key, or a name that an import knows\n"},
	{PEER("\npublic_key = \"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg\";"),
	 "wayside.conf:2: public_key: not 44 characters of base64 as `wg show` prints\n"},
	{IFACE("peers = (\n{ public_key = \"" KEY_A "\"; },\n{ public_key = \"" KEY_B "\"; },\n"
	       "{ name = \"x\";\npublic_key = \"" KEY_A "\"; } );"),
	 "wayside.conf:5: public_key: \"" KEY_A "\" is given twice, first at wayside.conf:2\n"},
	{IFACE("peers = (\n{ name = \"x\"; },\n{ name = \"x\"; } );"),
	 "wayside.conf:3: name: \"x\" is given twice, first at wayside.conf:2\n"},
	{PEER("zone = \"\"; }, { name = \" b\"; }, {\nname = \"b \";"),
	 "wayside.conf:1: name: \" b\" begins or ends with a blank: take it away\n"
	 "wayside.conf:1: zone: must not be empty\n"
	 "wayside.conf:2: name: \"b \" begins or ends with a blank: take it away\n"},
	{PEER("exchange = 1;"),
	 "wayside.conf:1: exchange: must be true, false or the hub's address "
	 "inside the tunnel, not a whole number\n"},
	{PEER("endpoint = \"gw.example.net\";"),
	 "wayside.conf:1: endpoint: \"gw.example.net\": the port is missing: write host:port\n"},
	{PEER("endpoint = [\n\"a.example:1\",\n\"b.example:1\",\n\"A.example:1\" ];"),
	 "wayside.conf:4: endpoint: \"A.example:1\" is given twice, first at wayside.conf:2\n"},
	{PEER("endpoint = \"a.example:1\";\nendpoint = \"b.example:1\";"),
	 "wayside.conf:2: endpoint: given twice, first at wayside.conf:1\n"},
	{PEER("\nstandby_for = \"other\";"),
	 "wayside.conf:2: standby_for: no peer is named \"other\"\n"},
	{PEER("\nstandby_for = \"gw\";"),
	 "wayside.conf:2: standby_for: a peer cannot stand by for itself\n"},
	{PEER("\nstandby_for = \"b\"; }, {\nname = \"b\"; standby_for = \"gw\";"),
	 "wayside.conf:2: standby_for: \"b\" is a standby itself, at wayside.conf:3: let both "
	 "stand "
	 "by for one peer\n"
	 "wayside.conf:3: standby_for: \"gw\" is a standby itself, at wayside.conf:2: let both "
	 "stand by for one peer\n"},
	{PEER("\nzone = \"any\"; }, { name = \"any\"; }, {\nname = \"peers\";"),
	 "wayside.conf:2: name: \"any\" has a meaning of its own in policies\n"
	 "wayside.conf:2: zone: \"any\" has a meaning of its own in policies\n"
	 "wayside.conf:2: zone: zone \"any\" has the name of a peer at wayside.conf:2, a policy "
	 "could not tell them apart\n"
	 "wayside.conf:3: name: \"peers\" has a meaning of its own in policies\n"},
	{PEER("routes = {\nmetric = -1; };"),
	 "wayside.conf:2: metric: -1 is out of range, 0 to 4294967295\n"},
	{PEER("allowed_ips = \"all\";"),
	 "wayside.conf:1: allowed_ips: \"all\" is no prefix such as 10.0.0.0/8 or fd00::/64\n"},

	{PEER("netmap = (\n{ inside = \"192.168.1.0/24\"; outside = \"10.201.0.0/16\"; },\n"
	      "{ inside = \"192.168.1.0/24\"; outside = \"fd00::/24\"; },\n"
	      "{ inside = \"10.0.0.0/8\"; outside = \"10.0.0.0/8\"; },\n"
	      "{ inside = \"10.0.0.0/8\"; },\n"
	      "{ inside = \"0.0.0.0/0\"; outside = \"all\"; } );"),
	 "wayside.conf:2: netmap: inside 192.168.1.0/24 and outside 10.201.0.0/16 have different "
	 "lengths\n"
	 "wayside.conf:3: netmap: inside 192.168.1.0/24 and outside fd00::/24 are not of one "
	 "family\n"
	 "wayside.conf:4: netmap: inside and outside are both 10.0.0.0/8: that changes nothing\n"
	 "wayside.conf:5: netmap: needs inside, the prefix at the peer, and outside, the one "
	 "here\n"
	 "wayside.conf:6: inside: 0.0.0.0/0 is everything, and cannot be mapped\n"
	 "wayside.conf:6: outside: \"all\" is no prefix such as 10.0.0.0/8 or fd00::/64\n"},
	{"interfaces = ( { name = \"wg0\"; peers = ( { name = \"a\"; netmap = (\n"
	 "{ inside = \"192.168.1.0/24\"; outside = \"10.201.1.0/24\"; } ); },\n"
	 "{ name = \"b\"; netmap = (\n"
	 "{ inside = \"192.168.0.0/16\"; outside = \"10.202.0.0/16\"; } ); } ); },\n"
	 "{ name = \"wg1\"; peers = ( { name = \"c\"; netmap = (\n"
	 "{ inside = \"192.168.1.0/24\"; outside = \"10.201.1.0/24\"; } ); } ); } );",
	 "wayside.conf:4: netmap: inside 192.168.0.0/16 overlaps 192.168.1.0/24 at "
	 "wayside.conf:2\n"
	 "wayside.conf:6: netmap: outside 10.201.1.0/24 overlaps 10.201.1.0/24 at "
	 "wayside.conf:2\n"},
	{FIREWALL("policy = (\n{ from = \"dc\";\nto = \"any\"; } );"),
	 "wayside.conf:2: policy: unknown zone or peer \"dc\"; declare it in zones, as a peer's "
	 "zone, or name the peer here or where its key is\n"},
	{FIREWALL("policy = (\n{ from = \"any\";\nto = \"local\"; } );"),
	 "wayside.conf:3: policy: unknown zone or peer \"local\"; declare it in zones, as a peer's "
	 "zone, or name the peer here or where its key is\n"},
	{FIREWALL("policy = (\n{ from = \"any\"; },\n{ from = \"any\"; to = \"any\"; action = "
		  "\"deny\"; } );"),
	 "wayside.conf:2: policy: a rule needs from and to, \"any\" where it does not matter\n"
	 "wayside.conf:3: action: \"deny\" is not \"accept\", \"drop\" or \"reject\"\n"},
	{FIREWALL("policy = (\n{ from = \"any\"; to = \"10.0.0.0/8\"; },\n{ from = \"peers\"; to = "
		  "\"10.1.0.0/16\"; ports = \"tcp/22\"; } );"),
	 "wayside.conf:3: policy: this rule can never match: the one at wayside.conf:2 decides "
	 "about "
	 "everything in it before\n"},
	{FIREWALL(
		 "policy = (\n{ from = \"any\"; to = \"any\"; ports = [ \"tcp/20-80\", \"udp\" ]; "
		 "},\n{ from = \"any\"; to = \"any\"; ports = [ \"tcp/22\", \"udp/53\" ]; action = "
		 "\"drop\"; } );"),
	 "wayside.conf:3: policy: this rule can never match: the one at wayside.conf:2 decides "
	 "about "
	 "everything in it before\n"},
	{FIREWALL("policy = (\n{ from = \"dc\"; to = \"any\"; },\n{ from = \"10.9.1.0/24\"; to = "
		  "\"peers\"; },\n{ from = \"dc\"; to = \"dc\"; } );") "zones = ( { name = \"dc\"; "
								       "prefixes = "
								       "\"10.9.0.0/16\"; } );",
	 "wayside.conf:3: policy: this rule can never match: the one at wayside.conf:2 decides "
	 "about "
	 "everything in it before\n"
	 "wayside.conf:4: policy: this rule can never match: the one at wayside.conf:2 decides "
	 "about "
	 "everything in it before\n"},
	{FIREWALL("policy = (\n{ from = \"10.0.0.0/8\"; to = \"any\"; },\n{ from = \"dc\"; to = "
		  "\"any\"; } );") "zones = ( { name = \"dc\"; prefixes = \"10.9.0.0/16\"; } );",
	 "wayside.conf:3: policy: this rule can never match: the one at wayside.conf:2 decides "
	 "about "
	 "everything in it before\n"},
	{FIREWALL("policy = (\n{ from = \"10.0.0.0/8\"; to = \"fd00::/8\"; },\n{ from = "
		  "\"10.0.0.0/8\"; to = \"any\"; ports = \"icmpv6\"; } );"),
	 "wayside.conf:2: policy: this rule can never match: one end is IPv4 and the other is "
	 "IPv6\n"
	 "wayside.conf:3: policy: this rule can never match: icmp is of IPv4, icmpv6 of IPv6\n"},
	{FIREWALL(
		 "input = (\n{ from = \"dc\"; },\n{ ports = \"tcp/22\"; },\n{ from = \"any\"; to = "
		 "\"any\"; } );"),
	 "wayside.conf:2: input: unknown zone or peer \"dc\"; declare it in zones, as a peer's "
	 "zone, or name the peer here or where its key is\n"
	 "wayside.conf:3: input: a rule needs from, \"any\" for whoever is on the interface\n"
	 "wayside.conf:4: to: unknown key in input\n"},
	{FIREWALL("input = (\n{ from = \"any\"; ports = [ \"tcp/22\", \"icmp\" ]; },\n{ from = "
		  "\"peers\"; ports = \"tcp/22\"; action = \"drop\"; },\n{ from = \"fd00::/8\"; "
		  "ports = \"icmp\"; } );"),
	 "wayside.conf:3: input: this rule can never match: the one at wayside.conf:2 decides "
	 "about everything in it before\n"
	 "wayside.conf:4: input: this rule can never match: icmp is of IPv4, icmpv6 of IPv6\n"},
	{"zones = ( { name = \"lan\"; interfaces = \"br-lan\"; },\n{ name = \"tunnel\"; "
	 "interfaces = \"wg1\"; } );\ninterfaces = ( { name = \"wg*\"; firewall = { input = (\n"
	 "{ from = \"tunnel\"; },\n{ from = \"lan\"; } ); }; } );",
	 "wayside.conf:5: input: this rule can never match: nothing of zone \"lan\" comes from "
	 "wg*\n"},
	{FIREWALL("foreign_chains = \"none\";"),
	 "wayside.conf:1: foreign_chains: \"none\" is not \"auto\" or \"off\"\n"},
	{FIREWALL("foreign_chains = [ \"arp filter INPUT\",\n\"inet wayside forward\" ];"),
	 "wayside.conf:1: foreign_chains: \"arp filter INPUT\" is no chain such as \"ip filter "
	 "FORWARD\": ip, ip6 or inet, then table and chain\n"
	 "wayside.conf:2: foreign_chains: \"inet wayside forward\" is a chain of our own\n"},

	{"zones = ( {\nprefixes = \"10.0.0.0/8\"; } );", "wayside.conf:1: zones: a zone needs a "
							 "name\n"},
	{"zones = ( { name = \"a\"; interfaces = \"a0\"; },\n{ name = \"a\"; interfaces = \"b0\"; "
	 "} );",
	 "wayside.conf:2: zones: \"a\" is given twice, first at wayside.conf:1\n"},
	{"zones = ( { name = \"a\"; prefixes = [ \"10.1.0.0/16\" ]; },\n{ name = \"b\"; prefixes "
	 "= [\n\"10.2.0.0/16\",\n\"10.0.0.0/8\" ]; } );",
	 "wayside.conf:4: prefixes: 10.0.0.0/8 of zone \"b\" overlaps 10.1.0.0/16 of zone \"a\" at "
	 "wayside.conf:1\n"},
	{"zones = ( { name = \"a\"; prefixes = [ \"10.0.0.0/8\", \"10.1.0.0/16\" ]; },\n{ name = "
	 "\"b\"; prefixes = [ \"11.0.0.0/8\",\n\"10.2.0.0/16\" ]; } );",
	 "wayside.conf:3: prefixes: 10.2.0.0/16 of zone \"b\" overlaps 10.0.0.0/8 of zone \"a\" at "
	 "wayside.conf:1\n"},
	{"zones = ( { name = \"a\"; interfaces = \"lan\"; },\n{ name = \"b\"; interfaces = [ "
	 "\"lan\",\n\"eth*\" ]; } );",
	 "wayside.conf:2: interfaces: \"lan\" is already in zone \"a\" at wayside.conf:1\n"
	 "wayside.conf:3: interfaces: \"eth*\" is no name of a network interface\n"},
	{"zones = ( { name = \"peers\"; interfaces = \"a\"; },\n{ name = \"local\"; interfaces = "
	 "\"b\"; },\n{ name = \"10.0.0.0/8\"; interfaces = \"c\"; } );",
	 "wayside.conf:1: name: \"peers\" is the zone of every peer without one of its own\n"
	 "wayside.conf:2: name: \"local\" has a meaning of its own in policies\n"
	 "wayside.conf:3: name: \"10.0.0.0/8\" is a prefix and cannot be a zone's name\n"},
	{"zones = ( {\nname = \"gw\"; interfaces = \"a\"; } );\n\n" PEER(""),
	 "wayside.conf:2: name: zone \"gw\" has the name of a peer at wayside.conf:4, a policy "
	 "could not tell them apart\n"},
};

static void every_mistake(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		char *said = load_bad(mistakes[i].text);

		assert_string_equal(said, mistakes[i].said);
		free(said);
	}
}

static void bad_ports(void **state)
{
	static const char *const ports[] = {
		"22",	     "",       "tcp/",	 "tcp/0",      "tcp/65536",  "tcp/22-",
		"tcp/22-21", "tcp/-5", "tcp/a",	 "tcp/22-23-", "tcp/ 22",    "icmp/8",
		"icmpv6/1",  "gre",    "TCP/22", "tcp 22",     "tcp/000022", "tcp/22,23",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		struct str text = {0}, want = {0};
		char *said;

		str_add(&text,
			FIREWALL("policy = ( { from = \"any\"; to = \"any\";\nports = \"%s\"; "
				 "} );"),
			ports[i]);
		str_add(&want, "wayside.conf:2: ports: \"%s\" is not like", ports[i]);
		said = load_bad(text.text);
		if (strncmp(said, want.text, want.len) != 0)
			fail_msg("%s", said);
		free(said);
		str_free(&text);
		str_free(&want);
	}
}

/* A value of n letters between what comes before and after it. */
static char *long_value(const char *before, size_t n, const char *after)
{
	struct str s = {0};

	str_add(&s, "%s", before);
	while (n--)
		str_add(&s, "x");
	str_add(&s, "%s", after);
	return s.text;
}

static void lengths(void **state)
{
	static const struct {
		const char *before, *after, *said;
		size_t max;
	} cases[] = {
		{"socket = { path = \"/", "\"; };", "path: the path is longer than 107 bytes", 106},
		{"state_dir = \"/", "\";", "state_dir: the path is longer than 255 bytes", 254},
		{"socket = { group = \"", "\"; };", "group: longer than 63 bytes", 63},
		{"zones = ( { interfaces = \"a\"; name = \"", "\"; } );",
		 "name: longer than 63 bytes", 63},
		{"interfaces = ( { name = \"a\"; peers = ( { name = \"", "\"; } ); } );",
		 "name: longer than 63 bytes", 63},
		{"interfaces = ( { name = \"", "\"; } );", "name: \"xxxxxxxxxxxxxxxx\" is neither",
		 15},
		{"interfaces = ( { name = \"*", "\"; } );", "name: \"*xxxxxxxxxxxx", 30},
		{"defaults = { firewall = { foreign_chains = [ \"ip filter ", "\" ]; }; };",
		 "foreign_chains: \"ip filter xxxx", 63},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *fits = long_value(cases[i].before, cases[i].max, cases[i].after);
		char *over = long_value(cases[i].before, cases[i].max + 1, cases[i].after);
		char *said = load_bad(over);

		assert_non_null(strstr(said, cases[i].said));
		free(load_good(fits));
		free(said);
		free(fits);
		free(over);
	}
}

TEST_MAIN(every_mistake, bad_ports, lengths)
