// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints as people write them, and the files of wg-quick, networkd and OpenWrt in the shapes
 * that people and installers give them. No private key ever gets through.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "codec/import.h"

#define KEY_A  "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
#define KEY_B  "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
#define KEY_C  "Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0M="
#define SECRET "U0VDUkVUU0VDUkVUU0VDUkVUU0VDUkVUU0VDUkVUU0U="
#define SHARED "UFJFU0hBUkVEUFJFU0hBUkVEUFJFU0hBUkVEUFJFU0g="

/* Every byte that an endpoint spec can hold is a part of how it reads. */
static const char *spec_text(const struct endpoint_spec *s, char *buf, size_t size)
{
	char address[ENDPOINT_STRLEN];

	if (s->kind == ENDPOINT_ADDRESS)
		snprintf(buf, size, "%s", endpoint_format(&s->address, address));
	else if (s->kind == ENDPOINT_HOST)
		snprintf(buf, size, "host %s port %u", s->host, s->port);
	else
		snprintf(buf, size, "srv %s", s->host);
	return buf;
}

static void endpoint_takes(void **state)
{
	static const struct {
		const char *text, *means;
	} cases[] = {
		{"gw.example.net:51820", "host gw.example.net port 51820"},
		{"GW.Example.NET.:1", "host gw.example.net port 1"},
		{"my_gw.example.net:65535", "host my_gw.example.net port 65535"},
		{"xn--bcher-kva.example:51820", "host xn--bcher-kva.example port 51820"},
		{"localhost:80", "host localhost port 80"},
		{"3com.example:80", "host 3com.example port 80"},
		{"192.0.2.1:51820", "192.0.2.1:51820"},
		{"[2001:DB8::1]:51820", "[2001:db8::1]:51820"},
		{"srv:_wireguard._udp.example.net", "srv _wireguard._udp.example.net"},
		{"srv:_WireGuard._udp.Example.net.", "srv _wireguard._udp.example.net"},
		{"srv:51820", "host srv port 51820"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct endpoint_spec s;
		char host[HOST_LEN];
		const char *why = NULL;
		char buf[HOST_LEN + 32];

		assert_int_equal(endpoint_spec_parse(&s, host, cases[i].text, &why), 0);
		assert_string_equal(spec_text(&s, buf, sizeof(buf)), cases[i].means);
		assert_null(why);
	}
}

static void endpoint_refuses(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "port is missing"},
		{"gw.example.net", "port is missing"},
		{"gw.example.net:", "not a number from 1 to 65535"},
		{"gw.example.net:0", "not a number from 1 to 65535"},
		{"gw.example.net:65536", "not a number from 1 to 65535"},
		{"gw.example.net:051820", "not a number from 1 to 65535"},
		{"gw.example.net:+80", "not a number from 1 to 65535"},
		{"gw.example.net:https", "not a number from 1 to 65535"},
		{":51820", "empty label"},
		{".:51820", "empty label"},
		{"gw..example.net:1", "empty label"},
		{".example.net:1", "empty label"},
		{"gw.example.net..:1", "empty label"},
		{"b\303\274cher.example:1", "xn--"},
		{"gw example.net:1", "no host name has"},
		{"http://gw.example.net:1", "in brackets"},
		{"user@gw:1", "no host name has"},
		{"300.1.1.1:1", "neither an IPv4 address nor a host name"},
		{"10.0.0:1", "neither an IPv4 address nor a host name"},
		{"2001:db8::1:51820", "in brackets"},
		{"[2001:db8::1]", "after the bracket"},
		{"[2001:db8::1]:0", "after the bracket"},
		{"[2001:db8::1:51820", "closing bracket"},
		{"[192.0.2.1]:51820", "no IPv6 address"},
		{"[gw.example.net]:51820", "no IPv6 address"},
		{"[fe80::1%eth0]:51820", "scope"},
		{"srv:", "not a number from 1 to 65535"},
		{"srv:gw.example.net:51820", "no host name has"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct endpoint_spec s;
		char host[HOST_LEN];
		const char *why = "";

		assert_int_not_equal(endpoint_spec_parse(&s, host, cases[i].text, &why), 0);
		if (!strstr(why, cases[i].why))
			fail_msg("'%s' is refused with '%s'", cases[i].text, why);
	}
}

/* Four labels of 63, 63, 63 and last characters: 253 is the most that DNS can carry. */
static int long_name_parse(int last)
{
	struct endpoint_spec s;
	char host[HOST_LEN];
	const char *why;
	char text[300], label[65];

	memset(label, 'a', sizeof(label));
	snprintf(text, sizeof(text), "%.63s.%.63s.%.63s.%.*s:1", label, label, label, last, label);
	return endpoint_spec_parse(&s, host, text, &why);
}

static void endpoint_name_lengths(void **state)
{
	struct endpoint_spec s;
	char host[HOST_LEN];
	const char *why;
	char text[80];
	(void)state;

	assert_int_equal(long_name_parse(61), 0);
	assert_int_not_equal(long_name_parse(62), 0);
	memset(text, 'a', sizeof(text));
	memcpy(text + 63, ".b:1", 5);
	assert_int_equal(endpoint_spec_parse(&s, host, text, &why), 0);
	memcpy(text + 63, "ab:1", 5);
	assert_int_not_equal(endpoint_spec_parse(&s, host, text, &why), 0);
	assert_non_null(strstr(why, "63"));
}

/* What was imported, one line a peer and one an interface, sorted. */
static char *listing(struct imports *im)
{
	static const char *const routes[] = {"unset", "table", "off"};
	struct str s = {0};

	imports_sort(im);
	vec_each(&im->ifaces, i) {
		str_add(&s, "%s routes %s", i->ifname, routes[i->routes]);
		if (i->routes == IMPORT_ROUTES_TABLE)
			str_add(&s, " %u", i->table);
		str_add(&s, "\n");
	}
	vec_each(&im->peers, p) {
		char key[KEY_STRLEN], buf[HOST_LEN + 32];

		/* the test keys are AAAA…, BBBB…, CCCC… */
		str_add(&s, "%s %c", p->ifname, p->key.bytes[0]);
		if (p->name)
			str_add(&s, " '%s'", p->name);
		if (p->has_endpoint)
			str_add(&s, " %s", spec_text(&p->endpoint, buf, sizeof(buf)));
		if (p->keepalive)
			str_add(&s, " every %u", p->keepalive);
		str_add(&s, "\n");
		assert_int_equal(strlen(key_format(&p->key, key)), 44);
	}
	return s.text ? s.text : mem_strdup("");
}

static void expect_listing(struct imports *im, const char *want)
{
	char *got = listing(im);

	assert_string_equal(got, want);
	free(got);
	imports_free(im);
}

static void expect_wg_quick(const char *text, const char *want)
{
	struct imports im = {0};

	import_wg_quick(&im, "wg0", text, strlen(text));
	expect_listing(&im, want);
}

static void expect_networkd(const char *text, const char *want)
{
	struct imports im = {0};

	import_networkd(&im, text, strlen(text));
	expect_listing(&im, want);
}

static void expect_uci(const char *text, const char *want)
{
	struct imports im = {0};

	import_uci(&im, text, strlen(text));
	expect_listing(&im, want);
}

static void wg_quick_whole_file(void **state)
{
	(void)state;
	expect_wg_quick("[Interface]\n"
			"PrivateKey = " SECRET "\n"
			"Address = 10.9.0.1/24, fd09::1/64\n"
			"ListenPort = 51820\n"
			"Table = 1234\n"
			"PostUp = iptables -A FORWARD -i %i -j ACCEPT # PublicKey = " KEY_C "\n"
			"\n"
			"[Peer]\n"
			"PublicKey = " KEY_A "\n"
			"PresharedKey = " SHARED "\n"
			"AllowedIPs = 10.9.0.2/32\n"
			"Endpoint = London.example.net:50501\n"
			"PersistentKeepalive = 25\n"
			"\n"
			"[Peer]\n"
			"PublicKey = " KEY_B "\n"
			"AllowedIPs = 10.9.0.3/32\n"
			"Endpoint = [2001:db8::7]:51820\n"
			"PersistentKeepalive = off\n",
			"wg0 routes table 1234\n"
			"wg0 A host london.example.net port 50501 every 25\n"
			"wg0 B [2001:db8::7]:51820\n");
}

static void wg_quick_as_typed(void **state)
{
	(void)state;
	/* CRLF, a byte order mark, any case, spaces everywhere, no newline at the end */
	expect_wg_quick("\xef\xbb\xbf[interface]\r\nTABLE=OFF\r\n\r\n[ Peer ]\r\n"
			"publickey=" KEY_A
			" \t \r\n  endpoint\t=  a.example:1  # old: b.example:2\r\n"
			"persistentkeepalive=7",
			"wg0 routes off\n"
			"wg0 A host a.example port 1 every 7\n");
	expect_wg_quick("", "wg0 routes unset\n");
	expect_wg_quick("[Peer]", "wg0 routes unset\n");
}

static void wg_quick_skips_nonsense(void **state)
{
	(void)state;
	expect_wg_quick("PublicKey = " KEY_C "\n"	   /* in no section */
			"[Peer]\nEndpoint = a.example:1\n" /* no key */
			"[Peer]\nPublicKey = short\n"
			"[Peer]\nPublicKey = " KEY_A "\nEndpoint = nonsense\n"
			"PersistentKeepalive = 65536\nwhat is this\n=\n= 3\n[\n]\n"
			"[Peer\nPublicKey = " KEY_B "\n",
			"wg0 routes unset\nwg0 A\nwg0 B\n");
}

static void wg_quick_table(void **state)
{
	static const struct {
		const char *value, *routes;
	} cases[] = {
		{"off", "off"},		 {"auto", "unset"},
		{"254", "table 254"},	 {"0x1f", "table 31"},
		{"0", "unset"},		 {"vpn", "unset"},
		{"4294967296", "unset"}, {"-1", "unset"},
		{"", "unset"},		 {"4294967295 # x", "table 4294967295"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[80], want[80];

		snprintf(text, sizeof(text), "[Interface]\nTable = %s\n", cases[i].value);
		snprintf(want, sizeof(want), "wg0 routes %s\n", cases[i].routes);
		expect_wg_quick(text, want);
	}
	/* a peer has no Table, and the last of several is the one that counts */
	expect_wg_quick("[Interface]\nTable = 7\nTable = 8\n[Peer]\nTable = 9\n",
			"wg0 routes table 8\n");
}

static void wg_quick_same_key_again(void **state)
{
	(void)state;
	expect_wg_quick("# first\n[Peer]\nPublicKey = " KEY_A "\nEndpoint = a.example:1\n"
			"PersistentKeepalive = 25\n"
			"[Peer]\nPublicKey = " KEY_B "\n"
			"[Peer]\nPublicKey = " KEY_A "\nEndpoint = b.example:2\n"
			"[Peer]\nPublicKey = " KEY_A "\nAllowedIPs = 10.0.0.0/8\n",
			"wg0 routes unset\n"
			"wg0 A 'first' host b.example port 2 every 25\n"
			"wg0 B\n");
}

static void wg_quick_bad_interface_names(void **state)
{
	static const char *const bad[] = {"", "sixteen-letters.", "a/b", "a b", "a\033b"};
	const char *text = "[Peer]\nPublicKey = " KEY_A "\n";
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct imports im = {0};

		import_wg_quick(&im, bad[i], text, strlen(text));
		assert_int_equal(im.ifaces.len + im.peers.len, 0);
	}
}

/* One peer with a comment before it and a comment inside it. */
static void expect_name(const char *before, const char *inside, const char *name)
{
	char text[1024], want[128];

	snprintf(text, sizeof(text),
		 "[Interface]\nPrivateKey = " SECRET "\n\n%s[Peer]\n%sPublicKey = " KEY_A "\n",
		 before, inside);
	if (name)
		snprintf(want, sizeof(want), "wg0 routes unset\nwg0 A '%s'\n", name);
	else
		snprintf(want, sizeof(want), "wg0 routes unset\nwg0 A\n");
	expect_wg_quick(text, want);
}

static void names_as_people_write_them(void **state)
{
	static const struct {
		const char *comment, *name;
	} cases[] = {
		{"# Name = bob\n", "bob"},
		{"# name=bob\n", "bob"},
		{"# Name: Bob's phone\n", "Bob's phone"},
		{"# friendly_name = bob\n", "bob"},
		{"#friendly_name=bob\n", "bob"},
		{"# friendly_name = \"bob\"\n", "bob"},
		{"#Name# = bob\n", "bob"},
		{"#+Alias = bob\n", "bob"},
		{"### Client bob\n", "bob"},
		{"# BEGIN_PEER bob\n", "bob"},
		{"### begin bob ###\n", "bob"},
		{"# Client: bob (7d9f2c9a-0000-4000-8000-0123456789ab)\n", "bob"},
		{"# bob\n", "bob"},
		{"#bob\n", "bob"},
		{"; bob\n", "bob"},
		{"# --- bob ---\n", "bob"},
		{"# === bob ===\n", "bob"},
		{"##########\n# bob\n##########\n", "bob"},
		{"# bob\n# he moves a lot\n", "bob"},
		{"# he moves a lot\n# Name = bob\n", "bob"},
		{"# ID: cabc\n# Name: bob\n# Email: b@example.net\n", "bob"},
		{"# b\303\266b\n", "b\303\266b"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		expect_name(cases[i].comment, "", cases[i].name);
		expect_name("", cases[i].comment, cases[i].name);
	}
	expect_name("# prose\n", "# friendly_name = bob\n", "bob");
	expect_name("# first\n", "# second\n", "first");
}

static void names_behind_the_text(void **state)
{
	(void)state;
	expect_wg_quick("[Peer] # bob\nPublicKey = " KEY_A "\n", "wg0 routes unset\nwg0 A 'bob'\n");
	expect_wg_quick("[Peer]\nPublicKey = " KEY_A " # bob\nAllowedIPs = ::/0 # all\n",
			"wg0 routes unset\nwg0 A 'bob'\n");
}

static void names_that_are_none(void **state)
{
	static const char *const comments[] = {
		"#\n",
		"#####\n",
		"# Endpoint = old.example:1\n",
		"#PersistentKeepalive=25\n",
		"# PresharedKey = " SHARED "\n",
		"# " SHARED "\n",
		"# Name = " SHARED "\n",
		"# Name = x" SHARED " and more\n",
		"# was 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
		"# Name =\n",
		"# Name = a\tb\n",
		"# Name = \x1b[31mred\n",
		"# Name = \302\23331m\n",
		"# Name = \xff\xfe\n",
		"# Name = \xc3\n",
		"# Name = \xed\xa0\x80\n",
		"# END_PEER alice\n",
		"### end alice ###\n",
		"#[Peer]\n# bob\n# Name = bob\n",
		"# This peer is in the cellar of the house that stands next to the old church\n",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(comments); i++) {
		expect_name(comments[i], "", NULL);
		expect_name("", comments[i], NULL);
	}
}

static void names_are_cut_between_characters(void **state)
{
	char before[128], want[NAME_LEN];
	(void)state;

	snprintf(before, sizeof(before), "# Name = %.61s\xe2\x82\xac and more\n",
		 "a name with a lot of blanks in it goes on and on and on and on and on");
	memcpy(want, before + 9, 61);
	want[61] = '\0'; /* the euro sign would end at byte 64 */
	expect_name(before, "", want);
}

/* A comment belongs to what follows it. */
static void names_find_their_peer(void **state)
{
	(void)state;
	expect_wg_quick("# my little gateway\n[Interface]\n# Name = server\nListenPort = 1\n"
			"# not a name\nTable = auto\n"
			"[Peer]\nPublicKey = " KEY_A "\n"
			"[Peer]\nPublicKey = " KEY_B "\n# prose about B\nEndpoint = b.example:1\n"
			"# Name = b\nAllowedIPs = ::/0\n"
			"# c\n[Peer]\nPublicKey = " KEY_C "\n",
			"wg0 routes unset\nwg0 A\nwg0 B 'b' host b.example port 1\nwg0 C 'c'\n");
	/* at the end of a section, with an empty line after it */
	expect_wg_quick("[Peer]\nPublicKey = " KEY_A "\n# Name = a\n\n"
			"[Peer]\nPublicKey = " KEY_B "\n# Name = b\n",
			"wg0 routes unset\nwg0 A 'a'\nwg0 B 'b'\n");
	/* between empty lines: what says that it is a name is one, prose is not */
	expect_wg_quick("[Peer]\nPublicKey = " KEY_A "\n\n# Name = b\n\n"
			"[Peer]\nPublicKey = " KEY_B "\n\n# the others\n\n"
			"[Peer]\nPublicKey = " KEY_C "\n",
			"wg0 routes unset\nwg0 A\nwg0 B 'b'\nwg0 C\n");
}

static void names_survive_dead_sections(void **state)
{
	(void)state;
	expect_wg_quick("[Peer]\nPublicKey = " KEY_A "\n\n"
			"# alice\n#[Peer]\n# Name = alice\n#PublicKey = " KEY_C "\n"
			"#AllowedIPs = 10.0.0.3/32\n\n"
			"# bob\n[Peer]\nPublicKey = " KEY_B "\n",
			"wg0 routes unset\nwg0 A\nwg0 B 'bob'\n");
}

static void names_from_installers(void **state)
{
	(void)state;
	expect_wg_quick("[Interface]\nAddress = 10.66.66.1/24,fd42:42:42::1/64\nListenPort = 5\n"
			"PrivateKey = " SECRET "\n\n"
			"### Client alice\n[Peer]\nPublicKey = " KEY_A "\nPresharedKey = " SHARED
			"\nAllowedIPs = 10.66.66.2/32\n\n"
			"### Client bob\n[Peer]\nPublicKey = " KEY_B "\nPresharedKey = " SHARED
			"\nAllowedIPs = 10.66.66.3/32\n",
			"wg0 routes unset\nwg0 A 'alice'\nwg0 B 'bob'\n");
	expect_wg_quick("# Do not alter the commented lines\n# They are used by the installer\n"
			"# ENDPOINT 203.0.113.5\n\n[Interface]\nPrivateKey = " SECRET "\n\n"
			"# BEGIN_PEER alice\n[Peer]\nPublicKey = " KEY_A "\nAllowedIPs = ::/0\n"
			"# END_PEER alice\n# BEGIN_PEER bob\n[Peer]\nPublicKey = " KEY_B "\n"
			"# END_PEER bob\n",
			"wg0 routes unset\nwg0 A 'alice'\nwg0 B 'bob'\n");
	expect_wg_quick("[Interface]\nPrivateKey = " SECRET "\n\n"
			"[Peer]\n# peer_alice\nPublicKey = " KEY_A "\n\n"
			"[Peer]\n# peer_bob\nPublicKey = " KEY_B "\n",
			"wg0 routes unset\nwg0 A 'peer_alice'\nwg0 B 'peer_bob'\n");
}

static void networkd_whole_file(void **state)
{
	(void)state;
	expect_networkd(
		"# site-to-site\n[NetDev]\nName=wg-lon\nKind=wireguard\n"
		"Description=London\n\n"
		"[WireGuard]\nPrivateKey=" SECRET "\nListenPort=51820\nRouteTable=1000\n\n"
		"# london\n[WireGuardPeer]\nPublicKey=" KEY_A "\nPresharedKey=" SHARED "\n"
		"AllowedIPs=10.1.0.0/16, \\\n  10.2.0.0/16\nEndpoint=lon.example.net:51820\n"
		"PersistentKeepalive=25\n\n"
		"[WireGuardPeer]\n; paris\nPublicKey=" KEY_B "\nPersistentKeepalive=off\n",
		"wg-lon routes table 1000\n"
		"wg-lon A 'london' host lon.example.net port 51820 every 25\n"
		"wg-lon B 'paris'\n");
}

static void networkd_route_tables(void **state)
{
	static const struct {
		const char *own, *a, *b, *routes;
	} cases[] = {
		{"", "", "", "unset"},
		{"RouteTable=off", "", "", "off"},
		{"RouteTable=no", "", "", "off"},
		{"RouteTable=main", "", "", "table 254"},
		{"RouteTable=vpn", "", "", "unset"},
		{"RouteTable=7", "RouteTable=8", "", "table 7"},
		{"", "RouteTable=8", "", "table 8"},
		{"", "RouteTable=8", "RouteTable=8", "table 8"},
		{"", "RouteTable=8", "RouteTable=9", "unset"},
		{"RouteTable=7\nRouteTable=", "", "", "unset"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512], want[80];

		snprintf(text, sizeof(text),
			 "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\n%s\n"
			 "[WireGuardPeer]\n%s\n[WireGuardPeer]\n%s\n",
			 cases[i].own, cases[i].a, cases[i].b);
		snprintf(want, sizeof(want), "wg0 routes %s\n", cases[i].routes);
		expect_networkd(text, want);
	}
}

static void networkd_other_devices(void **state)
{
	const char *peer = "[WireGuardPeer]\nPublicKey=" KEY_A "\n";
	char text[256];
	(void)state;

	snprintf(text, sizeof(text), "[NetDev]\nName=br0\nKind=bridge\n%s", peer);
	expect_networkd(text, "");
	snprintf(text, sizeof(text), "[NetDev]\nName=wg0\n%s", peer);
	expect_networkd(text, "");
	snprintf(text, sizeof(text), "[NetDev]\nKind=wireguard\n%s", peer);
	expect_networkd(text, "");
	/* the order of the sections does not matter */
	snprintf(text, sizeof(text), "%s[NetDev]\nKind=wireguard\nName=wg0\n", peer);
	expect_networkd(text, "wg0 routes unset\nwg0 A\n");
}

static void uci_whole_file(void **state)
{
	(void)state;
	expect_uci(
		"\nconfig interface 'loopback'\n\toption device 'lo'\n\toption proto 'static'\n\n"
		"config interface 'wg0'\n\toption proto 'wireguard'\n"
		"\toption private_key '" SECRET "'\n\toption listen_port '51820'\n"
		"\tlist addresses '10.9.0.1/24'\n\n"
		"config wireguard_wg0 'alice'\n\toption public_key '" KEY_A "'\n"
		"\toption preshared_key '" SHARED "'\n\toption route_allowed_ips '0'\n"
		"\tlist allowed_ips '10.9.0.2/32'\n\toption endpoint_host 'A.example.net'\n"
		"\toption endpoint_port '50501'\n\toption persistent_keepalive '25'\n\n"
		"config wireguard_wg0\n\toption description 'Bob'\"'\"'s phone'\n"
		"\toption public_key \"" KEY_B "\"\n\toption endpoint_host '2001:db8::1'\n\n"
		"config wireguard_wg0 carol\n\toption description \"Carol \\\"C\\\"\"\n"
		"\toption public_key " KEY_C " # hers\n\toption endpoint_host 192.0.2.9\n",
		"wg0 routes unset\n"
		"wg0 A 'alice' host a.example.net port 50501 every 25\n"
		"wg0 B 'Bob's phone' [2001:db8::1]:51820\n"
		"wg0 C 'Carol \"C\"' 192.0.2.9:51820\n");
}

static void uci_what_is_off(void **state)
{
	(void)state;
	/* a disabled peer, a disabled interface, an interface of another kind, one that is not
	 * there */
	expect_uci("config wireguard_wg0\n option public_key " KEY_A "\n option disabled '1'\n"
		   "config wireguard_wg0\n option public_key " KEY_B "\n option disabled '0'\n"
		   "config interface wg0\n option proto wireguard\n"
		   "config interface wg1\n option proto wireguard\n option disabled 1\n"
		   "config wireguard_wg1\n option public_key " KEY_A "\n"
		   "config interface wg2\n option proto amneziawg\n"
		   "config wireguard_wg2\n option public_key " KEY_A "\n"
		   "config wireguard_wg3\n option public_key " KEY_A "\n",
		   "wg0 routes unset\nwg0 B\n");
}

static void uci_as_typed(void **state)
{
	(void)state;
	expect_uci("config interface 'wg0'\r\n\toption 'proto' 'wireguard'\r\n"
		   "# config wireguard_wg0 'no'\r\nconfig\twireguard_wg0\t'yes' # one\r\n"
		   "  option\tpublic_key\t'" KEY_A "'\r\n\toption endpoint_host '#'\r\n"
		   "\toption\r\noption description\r\noption persistent_keepalive 'often'",
		   "wg0 routes unset\nwg0 A 'yes'\n");
	expect_uci("config interface 'wg0'\n option proto 'wireguard\n"
		   "config wireguard_wg0\n option public_key '" KEY_A "\n",
		   "wg0 routes unset\nwg0 A\n");
	expect_uci("", "");
}

/* Pieces of files in any order, with secrets where they stand and where they should not. */
static const char *const pieces[] = {
	"[Interface]",
	"[Peer]",
	"#[Peer]",
	"[NetDev]",
	"[WireGuard]",
	"[WireGuardPeer]",
	"Name=wg0",
	"Kind=wireguard",
	"PublicKey = " KEY_A,
	"PublicKey=" KEY_B " # bob",
	"# alice",
	"### Client bob",
	"",
	"",
	"# Name = carol",
	"Endpoint = a.example:1",
	"PrivateKey = " SECRET,
	"#PrivateKey=" SECRET,
	"PresharedKey = " SHARED,
	"# PresharedKey = " SHARED,
	"# " SECRET,
	"### Client " SECRET,
	"# Name = " SHARED,
	"# Name: the key is " SECRET,
	"; " SHARED,
	"PublicKey = " KEY_C " # " SHARED,
	"config interface 'wg0'",
	"\toption proto 'wireguard'",
	"config wireguard_wg0",
	"config wireguard_wg0 '" SECRET "'",
	"\toption private_key '" SECRET "'",
	"\toption preshared_key '" SHARED "'",
	"\toption description '" SHARED "'",
	"\toption public_key '" KEY_C "'",
	"\toption endpoint_host 'b.example'",
};

/* Is there any run of ten characters of the secret in these bytes? */
static void expect_no_secret(const char *secret, const void *bytes, size_t len)
{
	for (size_t i = 0; i + 10 <= strlen(secret); i++)
		assert_null(len ? memmem(bytes, len, secret + i, 10) : NULL);
}

static void secrets_never_get_through(void **state)
{
	struct rng rng = {.state = 7};
	uint32_t peers = 0;
	(void)state;

	for (int n = 0; n < 5000; n++) {
		struct imports im = {0};
		struct str s = {0};

		for (uint32_t i = 0; i < 60; i++)
			str_add(&s, "%s\n", pieces[rng_below(&rng, ARRAY_LEN(pieces))]);
		import_wg_quick(&im, "wg0", s.text, s.len);
		import_networkd(&im, s.text, s.len);
		import_uci(&im, s.text, s.len);
		peers += im.peers.len;
		expect_no_secret(SECRET, im.peers.at, im.peers.len * sizeof(*im.peers.at));
		expect_no_secret(SHARED, im.peers.at, im.peers.len * sizeof(*im.peers.at));
		expect_no_secret(SECRET, im.ifaces.at, im.ifaces.len * sizeof(*im.ifaces.at));
		imports_free(&im);
		str_free(&s);
	}
	assert_true(peers > 1000); /* the pieces do make peers */
}

TEST_MAIN(endpoint_takes, endpoint_refuses, endpoint_name_lengths, wg_quick_whole_file,
	  wg_quick_as_typed, wg_quick_skips_nonsense, wg_quick_table, wg_quick_same_key_again,
	  wg_quick_bad_interface_names, names_as_people_write_them, names_behind_the_text,
	  names_that_are_none, names_are_cut_between_characters, names_find_their_peer,
	  names_survive_dead_sections, names_from_installers, networkd_whole_file,
	  networkd_route_tables, networkd_other_devices, uci_whole_file, uci_what_is_off,
	  uci_as_typed, secrets_never_get_through)
