// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wayside.conf, key by key: what each value becomes, what overrides what, and that order does not
 * matter. Mistakes are in conf_mistakes_test.c, includes and syntax in conf_text_test.c, the
 * example that is installed in conf_example_test.c.
 */
#include "support/test.h"

#include "base/rng.h"
#include "codec/conf_memory.h"

/* The lines of a that b has not. */
static char *only_in(const char *a, const char *b)
{
	struct str s = {0};

	while (*a) {
		size_t n = strcspn(a, "\n") + 1;
		char line[512];

		snprintf(line, sizeof(line), "%.*s", (int)n, a);
		if (!strstr(b, line))
			str_add(&s, "%s", line);
		a += n;
	}
	return s.text ? s.text : mem_strdup("");
}

static void nothing_is_the_defaults(void **state)
{
	struct config *config = config_new();
	char *builtin = config_text(config), *empty = load_good("");
	(void)state;

	assert_string_equal(empty, builtin);
	config_free(config);
	free(builtin);
	free(empty);
}

/* A key, a file without it, a file with it, and the lines in which the result differs. */
static const struct example {
	const char *path, *without, *with, *differs;
} examples[] = {
	{"on_exit", "", "on_exit = \"clean\";", "clean_on_exit=1\n"},
	{"state_dir", "", "state_dir = \"/srv/w\";", "state_dir=/srv/w\n"},
	{"socket.path", "", "socket = { path = \"/tmp/s\"; };", "socket.path=/tmp/s\n"},
	{"socket.group", "", "socket = { group = \"\"; };", "socket.group=\n"},
	{"log_level", "", "log_level = \"debug\";", "log_level=debug\n"},

	{"defaults.poll_interval", "", DEFAULTS("poll_interval = 0.25;"),
	 "defaults.poll_interval=250\n"},
	{"defaults.poll_interval_max", "", DEFAULTS("poll_interval_max = 60;"),
	 "defaults.poll_interval_max=60000\n"},
	{"defaults.import", "", DEFAULTS("import = [ \"uci\", \"networkd\" ];"),
	 "defaults.import=6\n"},
	{"defaults.import", "", DEFAULTS("import = [ ];"), "defaults.import=0\n"},

	{"defaults.endpoints.resolve", "", ENDPOINTS("resolve = false;"),
	 "defaults.endpoints.resolve=0\n"},
	{"defaults.endpoints.family", "", ENDPOINTS("family = \"ipv6\";"),
	 "defaults.endpoints.family=2\n"},
	{"defaults.endpoints.ttl_min", "", ENDPOINTS("ttl_min = 1.5;"),
	 "defaults.endpoints.ttl_min=1500\n"},
	{"defaults.endpoints.ttl_max", "", ENDPOINTS("ttl_max = 86400;"),
	 "defaults.endpoints.ttl_max=86400000\n"},
	{"defaults.endpoints.dead_after", "", ENDPOINTS("dead_after = 0x10;"),
	 "defaults.endpoints.dead_after=16000\n"},
	{"defaults.endpoints.probe_interval", "", ENDPOINTS("probe_interval = 60;"),
	 "defaults.endpoints.probe_interval=60000\n"},
	{"defaults.endpoints.rebind_after", "", ENDPOINTS("rebind_after = 0;"),
	 "defaults.endpoints.rebind_after=0\n"},
	{"defaults.endpoints.keep_listen_port", "", ENDPOINTS("keep_listen_port = false;"),
	 "defaults.endpoints.keep_listen_port=0\n"},

	{"defaults.keepalive", "", DEFAULTS("keepalive = 25;"), "defaults.keepalive=3 25\n"},
	{"defaults.keepalive", "", DEFAULTS("keepalive = 65535;"), "defaults.keepalive=3 65535\n"},
	{"defaults.keepalive", "", DEFAULTS("keepalive = \"off\";"), "defaults.keepalive=1 0\n"},
	{"defaults.keepalive", "", DEFAULTS("keepalive = \"keep\";"), "defaults.keepalive=2 0\n"},
	{"defaults.keepalive", "", DEFAULTS("keepalive = \"auto\";"), ""},

	{"defaults.routes.enabled", "", ROUTES("enabled = false;"), "defaults.routes.enabled=0\n"},
	{"defaults.routes.table", "", ROUTES("table = \"vpn\";"),
	 "defaults.routes.table=100 set\n"},
	{"defaults.routes.table", "", ROUTES("table = \"main\";"),
	 "defaults.routes.table=254 set\n"},
	{"defaults.routes.table", "", ROUTES("table = \"100\";"),
	 "defaults.routes.table=100 set\n"},
	{"defaults.routes.table", "", ROUTES("table = 4294967295;"),
	 "defaults.routes.table=4294967295 set\n"},
	{"defaults.routes.table", "", ROUTES("table = \"off\";"),
	 "defaults.routes.enabled=0\ndefaults.routes.table=0 set\n"},
	{"defaults.routes.metric", "", ROUTES("metric = 4294967295;"),
	 "defaults.routes.metric=4294967295\n"},
	{"defaults.routes.scope", "", ROUTES("scope = \"global\";"), "defaults.routes.scope=0\n"},
	{"defaults.routes.scope", "", ROUTES("scope = \"link\";"), ""},
	{"defaults.routes.source", "", ROUTES("source = \"10.0.0.1\";"),
	 "defaults.routes.source4=10.0.0.1\n"},
	{"defaults.routes.source", "", ROUTES("source = [ \"fd00::1\", \"10.0.0.1\" ];"),
	 "defaults.routes.source4=10.0.0.1\ndefaults.routes.source6=fd00::1\n"},
	{"defaults.routes.source", "", ROUTES("source = \"\";"), ""},
	{"defaults.routes.default_route", "", ROUTES("default_route = \"main\";"),
	 "defaults.routes.default_route=1\n"},
	{"defaults.routes.withdraw_dead", "", ROUTES("withdraw_dead = false;"), ""},
	{"defaults.routes.unreachable", "",
	 ROUTES("unreachable = [ \"10.20.0.0/16\", \"fd00::/8\" ];"),
	 "defaults.routes.unreachable=10.20.0.0/16 7\ndefaults.routes.unreachable=fd00::/8 7\n"},
	{"defaults.routes.unreachable.prefix", "",
	 ROUTES("unreachable = ( \"10.0.0.0/8\", { prefix = \"10.1.2.3/16\"; } );"),
	 "defaults.routes.unreachable=10.0.0.0/8 7\ndefaults.routes.unreachable=10.1.0.0/16 7\n"},
	{"defaults.routes.unreachable.type", "",
	 ROUTES("unreachable = ( { prefix = \"10.1.0.0/16\"; type = \"blackhole\"; } );"),
	 "defaults.routes.unreachable=10.1.0.0/16 6\n"},

	{"defaults.firewall.enabled", "", FIREWALL("enabled = true;"),
	 "defaults.firewall.enabled=1\n"},
	{"defaults.firewall.default", "", FIREWALL("default = \"reject\";"),
	 "defaults.firewall.default=2\n"},
	{"defaults.firewall.policy.from", "",
	 FIREWALL("policy = ( { from = \"10.0.0.0/8\"; to = \"peers\"; } );"),
	 "defaults.firewall.policy=10.0.0.0/8 -> zone peers: 0\n"},
	{"defaults.firewall.policy.to", PEER("zone = \"sites\";"),
	 FIREWALL("policy = ( { from = \"gw\"; to = \"sites\"; } );") PEER("zone = \"sites\";"),
	 "defaults.firewall.policy=peer gw -> zone sites: 0\n"
	 "iface0.firewall.policy=peer gw -> zone sites: 0\n"},
	{"defaults.firewall.policy.action", ZONE(""),
	 FIREWALL("policy = ( { from = \"dc\"; to = \"any\"; action = \"drop\"; } );") ZONE(""),
	 "defaults.firewall.policy=zone dc -> any: 1\n"},
	{"defaults.firewall.policy.ports", "",
	 FIREWALL("policy = ( { from = \"any\"; to = \"any\"; ports = [ \"tcp\", \"tcp/22\", "
		  "\"udp/1000-2000\", \"sctp/9\", \"icmp\", \"icmpv6\" ]; } );"),
	 "defaults.firewall.policy=any -> any, 6/0-0, 6/22-22, 17/1000-2000, 132/9-9, 1/0-0, "
	 "58/0-0: 0\n"},
	{"defaults.firewall.policy.ports", "",
	 FIREWALL("policy = ( { from = \"any\"; to = \"any\"; ports = \"tcp/80-90\"; } );"),
	 "defaults.firewall.policy=any -> any, 6/80-90: 0\n"},
	{"defaults.firewall.policy.log", "",
	 FIREWALL("policy = ( { from = \"any\"; to = \"any\"; log = 20; } );"),
	 "defaults.firewall.policy=any -> any: 0 log 20\n"},
	{"defaults.firewall.policy.log", "",
	 FIREWALL("policy = ( { from = \"any\"; to = \"any\"; log = true; } );"),
	 "defaults.firewall.policy=any -> any: 0 log\n"},
	{"defaults.firewall.input", "", FIREWALL("input = ( );"), ""},
	{"defaults.firewall.input.from", "", FIREWALL("input = ( { from = \"peers\"; } );"),
	 "defaults.firewall.input=zone peers: 0\n"},
	{"defaults.firewall.input.ports", "",
	 FIREWALL("input = ( { from = \"any\"; ports = [ \"tcp/22\", \"icmp\" ]; } );"),
	 "defaults.firewall.input=any, 6/22-22, 1/0-0: 0\n"},
	{"defaults.firewall.input.action", "",
	 FIREWALL("input = ( { from = \"10.0.0.0/8\"; action = \"reject\"; } );"),
	 "defaults.firewall.input=10.0.0.0/8: 2\n"},
	{"defaults.firewall.input.log", "",
	 FIREWALL("input = ( { from = \"any\"; action = \"drop\"; log = true; } );"),
	 "defaults.firewall.input=any: 1 log\n"},
	{"defaults.firewall.masquerade", "", FIREWALL("masquerade = [ ];"), ""},
	{"defaults.firewall.masquerade", "",
	 FIREWALL("masquerade = [ \"10.0.0.0/8\", \"peers\" ];"),
	 "defaults.firewall.masquerade=10.0.0.0/8\ndefaults.firewall.masquerade=zone peers\n"},
	{"defaults.firewall.flowtable", "", FIREWALL("flowtable = true;"),
	 "defaults.firewall.flowtable\n"},
	{"defaults.firewall.owner", "", FIREWALL("owner = true;"), "defaults.firewall.owner\n"},
	{"defaults.firewall.peer_to_peer", "", FIREWALL("peer_to_peer = true;"),
	 "defaults.firewall.peer_to_peer=1\n"},
	{"defaults.firewall.clamp_mss", "", FIREWALL("clamp_mss = false;"),
	 "defaults.firewall.clamp_mss=0\n"},
	{"defaults.firewall.counters", "", FIREWALL("counters = true;"),
	 "defaults.firewall.counters=1\n"},
	{"defaults.firewall.foreign_chains", "", FIREWALL("foreign_chains = \"off\";"),
	 "defaults.firewall.foreign_mode=1\n"},
	{"defaults.firewall.foreign_chains", "",
	 FIREWALL("foreign_chains = [ \"ip filter FORWARD\", \"inet  fw4 forward\" ];"),
	 "defaults.firewall.foreign_mode=2\n"
	 "defaults.firewall.foreign_chains=2 filter FORWARD\n"
	 "defaults.firewall.foreign_chains=1 fw4 forward\n"},

	{"defaults.exchange.serve", "", DEFAULTS("exchange = { serve = true; };"),
	 "defaults.exchange=1 51821\n"},
	{"interfaces.exchange.serve", IFACE(""), IFACE("exchange = { serve = true; };"),
	 "iface0.exchange=1 51821\n"},
	{"defaults.exchange.port", "", DEFAULTS("exchange = { port = 1; };"),
	 "defaults.exchange=0 1\n"},

	{"interfaces.name", IFACE(""), "interfaces = ( { name = \"wg?-*\"; } );",
	 "iface0.name=wg?-*\n"},
	{"interfaces.peers.name", PEER(""), IFACE("peers = ( { name = \"B\xc3\xbcro\"; } );"),
	 "iface0.peer0.name=B\xc3\xbcro\n"},
	{"interfaces.peers.public_key", PEER(""), PEER("public_key = \"" KEY_A "\";"),
	 "iface0.peer0.public_key=" KEY_A "\n"},
	{"interfaces.peers.endpoint", PEER(""), PEER("endpoint = \"GW.example.net:51820\";"),
	 "iface0.peer0.endpoint=1 gw.example.net 51820 (none)\n"},
	{"interfaces.peers.endpoint", PEER(""), PEER("endpoint = [ \"[2001:db8::1]:7\" ];"),
	 "iface0.peer0.endpoint=0  0 2001:db8::1\n"},
	{"interfaces.peers.zone", PEER(""), PEER("zone = \"sites\";"), "iface0.peer0.zone=sites\n"},
	{"interfaces.peers.keepalive", PEER(""), PEER("keepalive = 25;"),
	 "iface0.peer0.keepalive=3 25\n"},
	{"interfaces.peers.exchange", PEER(""), PEER("exchange = true;"),
	 "iface0.peer0.exchange=(none):0\n"},
	{"interfaces.peers.exchange", PEER(""), PEER("exchange = \"10.0.0.1\";"),
	 "iface0.peer0.exchange=10.0.0.1:0\n"},
	{"interfaces.peers.exchange", PEER(""), PEER("exchange = \"[fd00::1]:51900\";"),
	 "iface0.peer0.exchange=fd00::1:51900\n"},
	{"interfaces.peers.direct", PEER(""), PEER("direct = true;"), "iface0.peer0.direct=1\n"},
	{"interfaces.peers.direct", PEER(""), PEER("direct = \"always\";"),
	 "iface0.peer0.direct=2\n"},
	{"interfaces.peers.standby_for", PEER("}, { name = \"b\";"),
	 PEER("}, { name = \"b\"; standby_for = \"gw\";"), "iface0.peer1.standby_for=gw\n"},
	{"interfaces.peers.return_after", PEER(""), PEER("return_after = 300;"), ""},
	{"interfaces.peers.netmap", PEER(""), PEER("netmap = ( );"), ""},
	{"interfaces.peers.netmap.inside", PEER(""),
	 PEER("netmap = ( { inside = \"192.168.1.9/24\"; outside = \"10.201.1.0/24\"; } );"),
	 "iface0.peer0.netmap=192.168.1.0/24 is 10.201.1.0/24\n"},
	{"interfaces.peers.netmap.outside", PEER(""),
	 PEER("netmap = ( { inside = \"fd00:1::/48\"; outside = \"fd00:2::/48\"; } );"),
	 "iface0.peer0.netmap=fd00:1::/48 is fd00:2::/48\n"},
	{"interfaces.peers.allowed_ips", PEER(""), PEER("allowed_ips = [ \"10.1.1.0/24\" ];"),
	 "iface0.peer0.allowed_ips=10.1.1.0/24\n"},

	{"zones.name", "", "zones = ( { name = \"x\"; } );", "zone=x\n"},
	{"zones.prefixes", "", ZONE("prefixes = [ \"10.1.0.0/16\", \"10.2.0.0/16\" ];"),
	 "zone=dc 10.1.0.0/16 10.2.0.0/16\n"},
	{"zones.interfaces", "", ZONE("interfaces = \"br-lan\";"), "zone=dc br-lan\n"},
};

static void every_example(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		char *without = load_good(examples[i].without);
		char *with = load_good(examples[i].with);
		char *differs = only_in(with, without);

		assert_string_equal(differs, examples[i].differs);
		free(without);
		free(with);
		free(differs);
	}
}

static bool has_example(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		if (!strcmp(examples[i].path, path))
			return true;
	return false;
}

/* A key of an interface or a peer counts as shown when the same key of the defaults is. */
static void wants_example(void *ctx, const char *path)
{
	static const char *const same[] = {"interfaces.peers.", "interfaces."};
	static const char *const groups[] = {"socket",
					     "defaults",
					     "zones",
					     "interfaces",
					     "defaults.endpoints",
					     "defaults.routes",
					     "defaults.firewall",
					     "defaults.exchange",
					     "defaults.firewall.policy",
					     "interfaces.peers",
					     "interfaces.peers.routes"};
	char other[128];
	(void)ctx;

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (!strcmp(groups[i], path))
			return;
	if (has_example(path))
		return;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		size_t n = strlen(same[i]);

		if (strncmp(path, same[i], n) != 0)
			continue;
		snprintf(other, sizeof(other), "defaults.%s", path + n);
		wants_example(NULL, other);
		return;
	}
	fail_msg("no example of %s in this test", path);
}

static void every_key_has_an_example(void **state)
{
	(void)state;
	conf_each_key(wants_example, NULL);
}

/* An interface starts from the defaults, a peer from its interface; nothing flows back. */
static const char layers[] =
	"interfaces = ("
	"  { name = \"wg0\";"
	"    keepalive = 30;"
	"    routes = { metric = 20; source = \"10.0.0.2\"; unreachable = [ \"10.2.0.0/16\" ]; };"
	"    firewall = { policy = ( { from = \"any\"; to = \"any\"; } ); };"
	"    peers = ("
	"      { name = \"plain\"; },"
	"      { name = \"own\"; keepalive = \"off\"; routes = { table = 7; unreachable = [ ]; }; "
	"} );"
	"  },"
	"  { name = \"wg1\"; peers = ( { name = \"plain\"; } ); } );"
	"defaults = {"
	"  keepalive = 10;"
	"  routes = { metric = 10; source = [ \"10.0.0.1\", \"fd00::1\" ]; unreachable = [ "
	"\"10.1.0.0/16\" ]; };"
	"  firewall = { policy = ( { from = \"plain\"; to = \"any\"; ports = \"icmp\"; } ); };"
	"};";

static void each_layer_overrides_the_one_before(void **state)
{
	static const char *const lines[] = {
		"defaults.keepalive=3 10\n",
		"defaults.routes.metric=10\n",
		"defaults.routes.unreachable=10.1.0.0/16 7\n",
		"defaults.firewall.policy=peer plain -> any, 1/0-0: 0\n",
		"iface0.keepalive=3 30\n",
		"iface0.routes.metric=20\n",
		"iface0.routes.source4=10.0.0.2\n",
		"iface0.routes.source6=(none)\n",
		"iface0.routes.unreachable=10.2.0.0/16 7\n",
		"iface0.firewall.policy=any -> any: 0\n",
		"iface0.peer0.keepalive=3 30\n",
		"iface0.peer0.routes.metric=20\n",
		"iface0.peer0.routes.table=254\n",
		"iface0.peer0.routes.unreachable=10.2.0.0/16 7\n",
		"iface0.peer1.keepalive=1 0\n",
		"iface0.peer1.routes.metric=20\n",
		"iface0.peer1.routes.table=7 set\n",
		"iface1.keepalive=3 10\n",
		"iface1.routes.source6=fd00::1\n",
		"iface1.routes.unreachable=10.1.0.0/16 7\n",
		"iface1.firewall.policy=peer plain -> any, 1/0-0: 0\n",
		"iface1.peer0.routes.metric=10\n",
	};
	char *text = load_good(layers);
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (!strstr(text, lines[i]))
			fail_msg("%s is missing in\n%s", lines[i], text);
	assert_null(strstr(text, "defaults.routes.unreachable=10.2"));
	assert_null(strstr(text, "iface0.routes.unreachable=10.1"));
	assert_null(strstr(text, "iface0.peer1.routes.unreachable"));
	free(text);
}

/* "off" is a value of the key table: another table takes it away, enabled = false stays. */
static void table_off_can_be_overridden(void **state)
{
	char *text;
	(void)state;

	text = load_good(ROUTES("table = \"off\";") IFACE("routes = { table = 7; };"));
	assert_non_null(strstr(text, "defaults.routes.enabled=0\n"));
	assert_non_null(strstr(text, "iface0.routes.enabled=1\niface0.routes.table=7 set\n"));
	free(text);
	text = load_good(ROUTES("enabled = false;") IFACE("routes = { table = 7; };"));
	assert_non_null(strstr(text, "iface0.routes.enabled=0\niface0.routes.table=7 set\n"));
	free(text);
}

/* What is good, but perhaps not meant. */
static void notes(void **state)
{
	static const struct memory_file file = {
		"wayside.conf",
		"interfaces = ( { name = \"wg*\"; },\n{ name = \"wg0\";\n"
		"peers = ( { name = \"x\"; zone = \"used\"; } ); } );\n"
		"zones = ( { name = \"used\"; },\n{ name = \"empty\"; },\n"
		"{ name = \"dc\"; prefixes = [ \"10.0.0.0/8\",\n\"10.1.2.3/16\" ]; } );",
		0};
	struct conf_problems problems = {0};
	struct config *config;
	char *said;
	(void)state;

	assert_int_equal(memory_load(&file, 1, &config, &problems), 0);
	said = problems_text(&problems);
	assert_string_equal(said,
			    "wayside.conf:2: note: \"wg0\" is never used: \"wg*\" at "
			    "wayside.conf:1 matches first\n"
			    "wayside.conf:5: note: zone \"empty\" has no prefixes, interfaces or "
			    "peers: nothing is in it\n"
			    "wayside.conf:7: note: prefixes: \"10.1.2.3/16\" has host bits set, "
			    "taken as 10.1.0.0/16\n");
	free(said);
	config_free(config);
}

/* What is noted about a file with these peers of one interface, one a line. */
static void notes_on_peers(const char *peers, const char *want)
{
	struct conf_problems problems = {0};
	struct memory_file file = {"wayside.conf", NULL, 0};
	struct config *config;
	struct str text = {0};
	char *said;

	str_add(&text, "interfaces = ( { name = \"wg0\"; peers = (\n%s ); } );", peers);
	file.text = str_text(&text);
	assert_int_equal(memory_load(&file, 1, &config, &problems), 0);
	said = problems_text(&problems);
	assert_string_equal(said, want);
	free(said);
	str_free(&text);
	config_free(config);
}

/* It is allowed, and changes what a policy means. */
static void what_changes_when_it_moves_is_noted(void **state)
{
	(void)state;
	notes_on_peers("{ name = \"a\"; zone = \"dc\"; },\n"
		       "{ name = \"b\"; standby_for = \"a\"; zone = \"dc\"; }",
		       "");
	notes_on_peers("{ name = \"a\"; zone = \"dc\"; },\n{ name = \"b\"; standby_for = \"a\"; }",
		       "wayside.conf:3: note: standby_for: b is in the zone \"peers\" and a, at "
		       "wayside.conf:2, in \"dc\": policies take what moves for the zone of the "
		       "one that has it\n");
	notes_on_peers(
		"{ name = \"a\"; netmap = ( {\n"
		"inside = \"10.1.0.0/24\"; outside = \"10.201.0.0/24\"; } ); },\n"
		"{ name = \"b\"; standby_for = \"a\"; }",
		"wayside.conf:4: note: standby_for: b has no netmap of 10.1.0.0/24, as a has "
		"at wayside.conf:2: while b serves it is known by its own addresses\n");
}

/* A name on each of two interfaces, and one that only another interface has. */
static void the_primary_on_its_own_interface_is_meant(void **state)
{
	(void)state;
	notes_on_peers("{ name = \"a\"; zone = \"dc\"; },\n"
		       "{ name = \"b\"; standby_for = \"a\"; } ); },\n"
		       "{ name = \"wg1\"; peers = ( { name = \"a\"; zone = \"lab\"; },\n"
		       "{ name = \"c\"; standby_for = \"a\"; } ); },\n"
		       "{ name = \"wg2\"; peers = ( { name = \"d\"; standby_for = \"a\"; } ); },\n"
		       "{ name = \"wg3\"; peers = ( ",
		       "wayside.conf:3: note: standby_for: b is in the zone \"peers\" and a, at "
		       "wayside.conf:2, in \"dc\": policies take what moves for the zone of the "
		       "one that has it\n"
		       "wayside.conf:5: note: standby_for: c is in the zone \"peers\" and a, at "
		       "wayside.conf:4, in \"lab\": policies take what moves for the zone of the "
		       "one that has it\n"
		       "wayside.conf:6: note: standby_for: d is in the zone \"peers\" and a, at "
		       "wayside.conf:2, in \"dc\": policies take what moves for the zone of the "
		       "one that has it\n");
}

static void allowed_ips_that_nothing_moves_are_noted(void **state)
{
	(void)state;
	notes_on_peers("{ name = \"a\"; direct = true; allowed_ips = [ \"10.1.0.0/16\" ]; }", "");
	notes_on_peers("{ name = \"a\"; allowed_ips = [ ]; }", "");
	notes_on_peers(
		"{ name = \"a\";\nallowed_ips = [ \"10.1.0.0/16\" ]; }",
		"wayside.conf:3: note: allowed_ips: nothing moves to a peer without direct or "
		"standby_for; what it has otherwise is set with wg\n");
}

/* Later messages about a peer or a rule have to say where it stands. */
static void places_are_kept(void **state)
{
	static const struct memory_file files[] = {
		{"/etc/w/w.conf",
		 "\n@include \"p.conf\"\nzones = (\n{ name = \"z\"; interfaces = \"a\"; } );", 0},
		{"/etc/w/p.conf",
		 "interfaces = (\n{ name = \"wg0\"; peers = (\n{ name = \"x\"; } );\n"
		 "firewall = { policy = (\n{ from = \"z\"; to = \"x\"; } ); }; } );",
		 0},
	};
	struct conf_problems problems = {0};
	struct config *c;
	const struct iface_conf *i;
	(void)state;

	assert_int_equal(memory_load(files, 2, &c, &problems), 0);
	i = &c->interfaces.at[0];
	assert_string_equal(i->place.file, "/etc/w/p.conf");
	assert_int_equal(i->place.line, 2);
	assert_string_equal(i->peers.at[0].place.file, "/etc/w/p.conf");
	assert_int_equal(i->peers.at[0].place.line, 3);
	assert_int_equal(i->firewall.policy.at[0].place.line, 5);
	assert_string_equal(c->zones.at[0].place.file, "/etc/w/w.conf");
	assert_int_equal(c->zones.at[0].place.line, 4);
	assert_int_equal(c->files.len, 2);
	config_free(c);
	conf_problems_free(&problems);
}

/* The parts of a file in an order that chance gives. */
static void add_shuffled(struct str *s, const char *const *parts, size_t n, struct rng *rng)
{
	const char *order[8];

	for (size_t i = 0; i < n; i++) {
		size_t j = rng_below(rng, (uint32_t)i + 1);

		order[i] = order[j];
		order[j] = parts[i];
	}
	for (size_t i = 0; i < n; i++)
		str_add(s, "%s\n", order[i]);
}

static void add_group(struct str *s, const char *open, const char *const *parts, size_t n,
		      const char *close, struct rng *rng)
{
	str_add(s, "%s\n", open);
	add_shuffled(s, parts, n, rng);
	str_add(s, "%s\n", close);
}

static char *shuffled_file(struct rng *rng)
{
	static const char *const defaults[] = {
		"keepalive = 10;", "routes = { source = \"10.0.0.1\"; metric = 5; };",
		"firewall = { policy = ( { from = \"dc\"; to = \"sites\"; } ); };",
		"poll_interval_max = 9;", "poll_interval = 8;"};
	static const char *const iface[] = {"name = \"wg0\";", "keepalive = 20;",
					    "routes = { metric = 6; table = \"vpn\"; };",
					    "peers = ( { name = \"b\"; zone = \"sites\"; } );"};
	static const char *const rest[] = {
		"zones = ( { name = \"dc\"; prefixes = \"10.0.0.0/8\"; } );",
		"log_level = \"warn\";", "on_exit = \"clean\";"};
	struct str a = {0}, b = {0}, file = {0};
	const char *parts[5];

	add_group(&a, "defaults = {", defaults, ARRAY_LEN(defaults), "};", rng);
	add_group(&b, "interfaces = ( {", iface, ARRAY_LEN(iface), "} );", rng);
	memcpy(parts, rest, sizeof(rest));
	parts[3] = a.text;
	parts[4] = b.text;
	add_shuffled(&file, parts, ARRAY_LEN(parts), rng);
	str_free(&a);
	str_free(&b);
	return file.text;
}

static void order_does_not_matter(void **state)
{
	struct rng rng = {.state = 7};
	char *first = NULL;
	(void)state;

	for (int n = 0; n < 500; n++) {
		char *file = shuffled_file(&rng);
		char *text = load_good(file);

		if (first)
			assert_string_equal(text, first);
		else
			first = mem_strdup(text);
		free(file);
		free(text);
	}
	assert_non_null(strstr(first, "iface0.peer0.keepalive=3 20\n"));
	assert_non_null(strstr(first, "iface0.firewall.policy=zone dc -> zone sites: 0\n"));
	free(first);
}

static void tables_by_name(void **state)
{
	static const char text[] = "#\n# reserved values\n#\n255\tlocal\n0\tunspec\n"
				   "100 vpn\n 0xca6c\tmarked # a comment\n010 ten\n"
				   "4294967296 toobig\n-1 below\nx none\n7 la";
	static const struct {
		const char *name;
		int64_t table;
	} cases[] = {{"vpn", 100},     {"marked", 0xca6c}, {"ten", 10},	  {"toobig", -1},
		     {"below", -1},    {"none", -1},	   {"vp", -1},	  {"vpns", -1},
		     {"comment", -1},  {"", -1},	   {"main", 254}, {"local", 255},
		     {"default", 253}, {"unspec", 0},	   {"la", 7},	  {"lan", -1}};
	uint32_t table;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int err = rt_tables_find(text, sizeof(text) - 1, cases[i].name, &table);

		assert_int_equal(err, cases[i].table < 0 ? -ENOENT : 0);
		if (!err)
			assert_int_equal(table, cases[i].table);
	}
	assert_int_equal(rt_tables_find(text, sizeof(text) - 2, "la", &table), -ENOENT);
	assert_int_equal(rt_tables_find("", 0, "main", &table), 0);
}

/* Each of these is narrower than what comes after, or says something about other packets. */
static void rules_that_may_match_are_taken(void **state)
{
	static const char *const policies[] = {
		"{ from = \"any\"; to = \"any\"; ports = \"tcp/22\"; }, { from = \"any\"; to = "
		"\"any\"; }",
		"{ from = \"10.1.0.0/16\"; to = \"any\"; }, { from = \"10.0.0.0/8\"; to = \"any\"; "
		"}",
		"{ from = \"10.0.0.0/8\"; to = \"any\"; }, { from = \"dc\"; to = \"any\"; }",
		"{ from = \"0.0.0.0/0\"; to = \"any\"; }, { from = \"any\"; to = \"any\"; }",
		"{ from = \"peers\"; to = \"dc\"; }, { from = \"dc\"; to = \"peers\"; }",
		"{ from = \"any\"; to = \"any\"; ports = \"tcp/22\"; }, "
		"{ from = \"any\"; to = \"any\"; ports = [ \"tcp/22\", \"tcp/23\" ]; }",
		"{ from = \"any\"; to = \"any\"; ports = \"tcp/22\"; }, "
		"{ from = \"any\"; to = \"any\"; ports = \"tcp\"; }",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		struct str text = {0};

		str_add(&text, "zones = ( { name = \"dc\"; prefixes = \"10.9.0.0/16\"; "
			       "interfaces = \"lan0\"; } );\n");
		str_add(&text, FIREWALL("policy = ( %s );"), policies[i]);
		free(load_good(str_text(&text)));
		str_free(&text);
	}
}

TEST_MAIN(nothing_is_the_defaults, every_example, every_key_has_an_example,
	  each_layer_overrides_the_one_before, table_off_can_be_overridden, notes,
	  what_changes_when_it_moves_is_noted, the_primary_on_its_own_interface_is_meant,
	  allowed_ips_that_nothing_moves_are_noted, places_are_kept, order_does_not_matter,
	  rules_that_may_match_are_taken, tables_by_name)
