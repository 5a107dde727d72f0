// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The doctor: of a gateway where all is well nothing is said, and each thing that is made wrong
 * on it is found, and only that. Then the program itself in a network namespace that is ill: it
 * says so, and each command that it names mends what it was named for.
 */
#include "support/test.h"

#include <sched.h>

#include "fake_daemon.h"

#include "../../src/ctl/ctl.h"
#include "../../src/ctl/doctor.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

/* --- a gateway that is well, and what may be wrong with it ------------------------------------ */

static const char status_text[] =
	"{\"interfaces\":[{\"name\":\"wg0\",\"ifindex\":7,\"mtu\":1420,\"fwmark\":0,"
	"\"listen_port\":51820,"
	"\"peers\":2}],\"problems\":[]}";

static const char peers_text[] =
	"[{\"interface\":\"wg0\",\"label\":\"london\",\"state\":\"up\",\"keepalive_s\":25,"
	"\"endpoint\":\"203.0.113.7:51820\",\"endpoint_host\":\"london.example.net\","
	"\"allowed_ips\":[\"10.0.0.1/32\",\"192.168.1.0/24\",\"fd00:1::/48\"]},"
	"{\"interface\":\"wg0\",\"label\":\"pi\",\"state\":\"never\",\"keepalive_s\":0,"
	"\"endpoint\":null,\"endpoint_host\":null,\"allowed_ips\":[\"10.0.0.3/32\"]}]";

static const char firewall_text[] =
	"{\"enabled\":true,\"chains\":[{\"rules\":[{\"clamps_mss\":true}]}],"
	"\"foreign_chains\":[{\"family\":\"ip\",\"table\":\"filter\",\"chain\":\"FORWARD\","
	"\"drops\":true,\"owned\":false}],\"foreign_rules\":[{\"family\":\"ip\","
	"\"table\":\"filter\",\"chain\":\"FORWARD\",\"interface\":\"wg0\","
	"\"status\":\"installed\"}]}";

struct gateway {
	json_t *status, *peers, *firewall;
	struct doctor_facts f;
};

/* wg0 is links.at[0], eth0 with the LAN and the uplink at[1]; the peers are london and pi. */
static void gateway_make(struct gateway *g)
{
	*g = (struct gateway){.status = json_loads(status_text, 0, NULL),
			      .peers = json_loads(peers_text, 0, NULL),
			      .firewall = json_loads(firewall_text, 0, NULL)};
	doctor_take(&g->f, g->status, g->peers, g->firewall);
	*vec_add(&g->f.links) = (struct doctor_link){.name = "eth0",
						     .ifindex = 2,
						     .mtu = 1500,
						     .lan = true,
						     .uplink = true,
						     .ipv6 = true,
						     .rp_filter = 2,
						     .forwards = 1};
	g->f.links.at[0].forwards = 1;
	g->f.links.at[0].rp_filter = 1;
	g->f.peers.at[0].way = (struct doctor_way){2, 1500};
	vec_each(&g->f.nets, n)
		n->way = (struct doctor_way){7, 1420};
	vec_add(&g->f.resolvers)->way = (struct doctor_way){2, 1500};
	g->f.forwards6 = 1;
	g->f.udp_timeout = 120;
	g->f.now = 1800000000;
	g->f.past = 1700000000;
	g->f.synchronised = 1;
}

static void gateway_free(struct gateway *g)
{
	doctor_facts_free(&g->f);
	json_decref(g->status);
	json_decref(g->peers);
	json_decref(g->firewall);
}

static void ip_forward_off(struct doctor_facts *f)
{
	f->links.at[0].forwards = f->links.at[1].forwards = 0;
}

static void one_link_off(struct doctor_facts *f)
{
	f->links.at[0].forwards = 0;
}

static void forward6_off(struct doctor_facts *f)
{
	f->forwards6 = 0;
}

static void way_back_over_uplink(struct doctor_facts *f)
{
	f->nets.at[1].way.ifindex = 2;
}

static void hub_redirects(struct doctor_facts *f)
{
	f->links.at[0].redirects = 1;
}

static void lan_redirects(struct doctor_facts *f)
{
	f->links.at[1].redirects = 1;
}

static void narrow_underlay(struct doctor_facts *f)
{
	f->peers.at[0].way.mtu = 1479;
}

static void narrow_underlay6(struct doctor_facts *f)
{
	endpoint_parse(&f->peers.at[0].endpoint, "[2001:db8::1]:51820");
	f->peers.at[0].way.mtu = 1499;
}

static void narrow_tunnel(struct doctor_facts *f)
{
	f->links.at[0].mtu = 1200;
}

static void no_clamp(struct doctor_facts *f)
{
	f->clamps = false;
}

static void clock_behind(struct doctor_facts *f)
{
	f->now = f->past - 1;
}

static void clock_alone(struct doctor_facts *f)
{
	f->synchronised = 0;
}

static void nets_taken(struct doctor_facts *f)
{
	f->peers.at[1].nets = 0;
}

static void endpoint_inside(struct doctor_facts *f)
{
	f->peers.at[0].way.ifindex = 7;
}

static void chain_without_accept(struct doctor_facts *f)
{
	json_array_clear(f->chains.at[0].accepted);
}

static void networkd_clears_routes(struct doctor_facts *f)
{
	f->networkd = f->networkd_takes_routes = true;
}

static void networkd_clears_rules(struct doctor_facts *f)
{
	f->networkd = f->networkd_takes_rules = true;
}

static void conntrack_is_short(struct doctor_facts *f)
{
	f->udp_timeout = 24;
}

static void input_drops(struct doctor_facts *f)
{
	struct doctor_chain *c = vec_add(&f->chains);

	*c = (struct doctor_chain){true, "ip", "filter", "INPUT", true, false, json_array()};
}

static void hub_sees_another_port(struct doctor_facts *f)
{
	endpoint_parse(&f->peers.at[0].seen, "198.51.100.9:40001");
}

static void port_is_closed(struct doctor_facts *f)
{
	f->links.at[0].port_fate = RULESET_DROPS;
	strcpy(f->links.at[0].port_by, "ip filter local");
}

static void dns_inside(struct doctor_facts *f)
{
	f->resolvers.at[0].way.ifindex = 7;
}

static const struct illness {
	void (*make)(struct doctor_facts *f);
	const char *code, *what, *command;
} illnesses[] = {
	{ip_forward_off, "no-forwarding", "forwards no IPv4", "net.ipv4.ip_forward=1"},
	{one_link_off, "no-forwarding", "wg0 forwards no IPv4", "conf.wg0.forwarding=1"},
	{forward6_off, "no-forwarding", "forwards no IPv6", "net.ipv6.conf.all.forwarding=1"},
	{way_back_over_uplink, "strict-source-check", "192.168.1.0/24 of london leads over eth0",
	 "conf.wg0.rp_filter=2"},
	{hub_redirects, "redirects", "wg0 sends ICMP redirects", "conf.wg0.send_redirects=0"},
	{lan_redirects, "redirects", "eth0 sends ICMP redirects", "conf.eth0.send_redirects=0"},
	{narrow_underlay, "mtu", "packets of 1480 bytes", "dev wg0 mtu 1419"},
	{narrow_underlay6, "mtu", "packets of 1500 bytes", "dev wg0 mtu 1419"},
	{narrow_tunnel, "mtu-ipv6", "london has IPv6 networks", "mtu 1280"},
	{no_clamp, "mss", "MTU 1500", "maxseg size set rt mtu"},
	{clock_behind, "clock", "2023-11-14 22:13, and it was already 2023-11-14 22:13", "set-ntp"},
	{clock_alone, "clock", "no time service", "set-ntp"},
	{nets_taken, "no-allowed-ips", "pi has no allowed-IP", "wg set wg0"},
	{endpoint_inside, "endpoint-in-tunnel", "203.0.113.7:51820 of london", "203.0.113.7/32"},
	{chain_without_accept, "foreign-chain", "ip filter FORWARD", "iptables -I FORWARD -i wg0"},
	{networkd_clears_routes, "networkd-foreign", "programs' routes when",
	 "ManageForeignRoutes=no"},
	{networkd_clears_rules, "networkd-foreign", "programs' rules when",
	 "ManageForeignRoutingPolicyRules=no"},
	{conntrack_is_short, "conntrack-timeout", "after 24 s, and the keepalive of london is 25",
	 "udp_timeout_stream=85"},
	{input_drops, "listen-port", "nobody has called at UDP port 51820 of wg0",
	 "ufw allow 51820/udp"},
	{port_is_closed, "listen-port", "chain ip filter local drops what a stranger sends to UDP",
	 "--dport 51820"},
	{hub_sees_another_port, "nat-port", "sees it at 198.51.100.9:40001", "UDP port 51820"},
	{dns_inside, "dns-in-tunnel", "over a tunnel, wg0", "resolvectl dns"},
};

static void nothing_is_said_of_a_healthy_gateway(void **state)
{
	struct findings found = {0};
	struct gateway g;
	(void)state;

	gateway_make(&g);
	assert_int_equal(g.f.links.len, 2);
	assert_int_equal(g.f.peers.len, 2);
	assert_int_equal(g.f.nets.len, 4);
	doctor_judge(&found, &g.f);
	if (found.len)
		fail_msg("found: %s", found.at[0].what);
	findings_free(&found);
	gateway_free(&g);
}

static void each_illness_is_found_and_only_that(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(illnesses); i++) {
		const struct illness *ill = &illnesses[i];
		struct findings found = {0};
		struct gateway g;

		gateway_make(&g);
		ill->make(&g.f);
		doctor_judge(&found, &g.f);
		if (found.len != 1)
			fail_msg("%s, %s: %u findings, the last: %s", ill->code, ill->what,
				 found.len, found.len ? found.at[found.len - 1].what : "none");
		assert_string_equal(found.at[0].code, ill->code);
		has(found.at[0].what, ill->what);
		has(found.at[0].command, ill->command);
		assert_true(strlen(found.at[0].why) > 20);
		findings_free(&found);
		gateway_free(&g);
	}
}

/* What is unknown, or does not matter here, is no finding. */
static void no_word_without_a_reason(void **state)
{
	struct findings found = {0};
	struct gateway g;
	(void)state;

	gateway_make(&g);
	g.f.firewall = false; /* a laptop without a LAN forwards nothing and needs not */
	g.f.links.at[1].lan = false;
	ip_forward_off(&g.f);
	forward6_off(&g.f);
	chain_without_accept(&g.f);
	no_clamp(&g.f);
	lan_redirects(&g.f);
	g.f.links.at[0].redirects = UNKNOWN;
	g.f.udp_timeout = UNKNOWN;		      /* no conntrack */
	g.f.peers.at[0].way = (struct doctor_way){0}; /* no way to it just now */
	g.f.networkd_takes_routes = true;	      /* but it does not run */
	g.f.resolvers.len = 0;
	g.f.synchronised = UNKNOWN;
	g.f.peers.at[1].moves = true;
	endpoint_parse(&g.f.peers.at[0].seen, "198.51.100.9:51820");
	input_drops(&g.f);
	g.f.peers.at[0].roamed = true; /* somebody has called: the port is open */
	port_is_closed(&g.f);
	nets_taken(&g.f);
	doctor_judge(&found, &g.f);
	if (found.len)
		fail_msg("found: %s", found.at[0].what);
	findings_free(&found);
	gateway_free(&g);
}

/* A LAN without a firewall of ours may be a laptop's: that is a note. */
static void weights(void **state)
{
	struct findings found = {0};
	struct gateway g;
	(void)state;

	gateway_make(&g);
	ip_forward_off(&g.f);
	clock_alone(&g.f);
	narrow_underlay(&g.f);
	g.f.firewall = false;
	doctor_judge(&found, &g.f);
	assert_int_equal(found.len, 3);
	assert_string_equal(found.at[0].code, "mtu");
	assert_int_equal(found.at[0].weight, FINDING_PROBLEM);
	assert_string_equal(found.at[1].code, "no-forwarding");
	assert_int_equal(found.at[1].weight, FINDING_NOTE);
	assert_int_equal(found.at[2].weight, FINDING_NOTE);
	findings_free(&found);
	gateway_free(&g);
}

/* Overlaps, iptables-legacy, chains that only their owner may change: the daemon has seen them. */
static void the_daemons_problems_are_findings(void **state)
{
	static const char text[] =
		"[{\"code\":\"iptables-legacy\",\"message\":\"it drops\",\"hint\":\"let it\"},"
		"{\"code\":\"overlap\",\"message\":\"10.0.0.0/8 twice\",\"hint\":null},"
		"{\"code\":\"endpoint-in-tunnel\",\"message\":\"seen by ourselves\"}]";
	struct findings found = {0};
	struct gateway g;
	json_t *problems = json_loads(text, 0, NULL);
	(void)state;

	gateway_make(&g);
	g.f.problems = problems;
	doctor_judge(&found, &g.f);
	assert_int_equal(found.len, 2);
	assert_string_equal(found.at[0].what, "it drops");
	assert_string_equal(found.at[0].command, "let it");
	assert_null(found.at[1].command);
	has(found.at[1].why, "one way only");
	findings_free(&found);
	gateway_free(&g);
	json_decref(problems);
}

static void configuration_of_others(void **state)
{
	struct doctor_facts f = {.networkd_takes_routes = true, .networkd_takes_rules = true};
	(void)state;

	doctor_read_networkd(&f, "[Network]\n#ManageForeignRoutes=no\n");
	assert_true(f.networkd_takes_routes);
	doctor_read_networkd(&f, "ManageForeignRoutes=no\nManageForeignRoutingPolicyRules=false\n");
	assert_false(f.networkd_takes_routes);
	assert_false(f.networkd_takes_rules);
	doctor_read_networkd(&f, "ManageForeignRoutes=yes"); /* a later file has its way */
	assert_true(f.networkd_takes_routes);

	doctor_read_resolvers(&f, "# nameserver 192.0.2.9\nsearch x\nnameserver 192.0.2.1\n"
				  "nameserver fe80::1%eth0\n nameserver\t2001:db8::53");
	assert_int_equal(f.resolvers.len, 3);
	assert_int_equal(f.resolvers.at[0].addr.family, AF_INET);
	assert_int_equal(f.resolvers.at[2].addr.family, AF_INET6);
	doctor_facts_free(&f);
}

/* --- a host that is ill ----------------------------------------------------------------------- */

#define ILL_IFINDEX "20"

static const struct fake_answer ill[] = {
	{"status", "{\"interfaces\":[{\"name\":\"wg0\",\"ifindex\":" ILL_IFINDEX
		   ",\"mtu\":1500,\"peers\":2}],\"problems\":[]}"},
	{"peers", "[{\"interface\":\"wg0\",\"label\":\"london\",\"state\":\"up\","
		  "\"keepalive_s\":25,\"endpoint\":\"192.168.2.1:51820\","
		  "\"allowed_ips\":[\"10.7.0.0/16\"]}]"},
	{"firewall", "{\"enabled\":true,\"chains\":[{\"rules\":[{\"clamps_mss\":true}]}]}"},
	{0},
};

static const char ill_host[] =
	"ip link set lo up && ip link add wg0 index " ILL_IFINDEX " type veth peer name far && "
	"ip link add eth0 type veth peer name lan && "
	"ip addr add 192.168.2.2/24 dev eth0 && ip addr add 10.0.0.1/24 dev wg0 && "
	"for i in wg0 far eth0 lan; do ip link set $i up; done && "
	"ip route add default via 192.168.2.1 && "
	"sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 "
	"net.ipv4.conf.wg0.rp_filter=1 net.ipv4.conf.eth0.rp_filter=0";

/* In a network namespace of its own, which goes with the process. */
static int ill_start(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) || system(ill_host)) {
		puts("SKIP: no right to make a network namespace");
		exit(77);
	}
	return fake_start(ill);
}

/* The command of the finding with this code; the caller frees. NULL: there is no such finding. */
static char *command_of(const char *code)
{
	json_t *list = json_loads(run(4, "--json doctor"), 0, NULL), *f;
	char *command = NULL;
	size_t i;

	assert_non_null(list);
	json_array_foreach(list, i, f) if (!strcmp(get_text(f, "code"), code) && !command) command =
		mem_strdup(get_text(f, "command"));
	json_decref(list);
	return command;
}

/* Until it is gone: once for each interface that has it. */
static void mend(const char *code)
{
	char *command = command_of(code);

	if (!command)
		fail_msg("%s is not found", code);
	for (int tries = 0; command && tries < 2; tries++) {
		command[strcspn(command, ";")] = '\0';
		assert_int_equal(system(command), 0);
		free(command);
		command = command_of(code);
	}
	if (command)
		fail_msg("'%s' does not mend %s", command, code);
}

static void what_it_says_mends(void **state)
{
	static const char *const codes[] = {"no-forwarding", "strict-source-check", "redirects"};
	(void)state;

	has(run(4, "doctor"), "problem: this host forwards no IPv4 packets");
	assert_null(command_of("redirects")); /* what is not forwarded is not redirected */
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		mend(codes[i]);
	has(run(4, "doctor"), "packets of 1560 bytes, and the way to london (192.168.2.1:51820, "
			      "over eth0) carries 1500");
}

/* --- rules of others, as the kernel has them -------------------------------------------------- */

#define INPUT  "chain in { type filter hook input priority 0; policy accept; "
#define CLOSED "chain in { type filter hook input priority 0; policy drop; "

/* A table's chains, and what they do with UDP to port 51820 that comes in by eth0. */
static const struct {
	const char *family, *chains;
	enum ruleset_fate fate;
	const char *by;
} rules_of_others[] = {
	{"ip", "", RULESET_PASSES, ""},
	{"ip", CLOSED "}", RULESET_DROPS, "ip other in"},
	{"inet", CLOSED "}", RULESET_DROPS, "inet other in"},
	{"ip6", CLOSED "}", RULESET_PASSES, ""},
	{"ip", INPUT "udp dport 51820 drop; }", RULESET_DROPS, "ip other in"},
	{"ip", INPUT "udp dport 51821 drop; }", RULESET_PASSES, ""},
	{"ip", INPUT "udp dport 50000-52000 reject; }", RULESET_DROPS, "ip other in"},
	{"ip", INPUT "udp dport != 50000-52000 drop; }", RULESET_PASSES, ""},
	{"ip", INPUT "tcp dport 51820 drop; }", RULESET_PASSES, ""},
	{"ip", INPUT "udp sport 53 drop; }", RULESET_UNKNOWN, ""},
	{"ip", CLOSED "udp dport 51820 accept; }", RULESET_PASSES, ""},
	{"ip", CLOSED "udp dport { 53, 51820 } accept; }", RULESET_UNKNOWN, ""},
	{"ip", CLOSED "ip saddr 192.0.2.0/24 accept; }", RULESET_UNKNOWN, ""},
	{"ip", CLOSED "limit rate 5/second accept; }", RULESET_UNKNOWN, ""},
	{"ip", CLOSED "limit rate 5/second counter log prefix \"x\"; }", RULESET_DROPS,
	 "ip other in"},
	{"ip", CLOSED "ct state established,related accept; iifname lo accept; }", RULESET_DROPS,
	 "ip other in"},
	{"ip", CLOSED "ct state new accept; }", RULESET_PASSES, ""},
	{"ip", CLOSED "iifname eth0 accept; }", RULESET_PASSES, ""},
	{"ip", CLOSED "iifname \"eth*\" accept; }", RULESET_PASSES, ""},
	{"ip", CLOSED "meta mark 7 accept; }", RULESET_UNKNOWN, ""},
	{"ip", "chain b { udp dport 51820 drop; }; chain a { jump b; }; " INPUT "jump a; }",
	 RULESET_DROPS, "ip other b"},
	{"ip", "chain a { udp dport 51820 return; drop; }; " INPUT "jump a; }", RULESET_PASSES, ""},
	{"ip", "chain a { udp dport 22 return; drop; }; " INPUT "goto a; }", RULESET_DROPS,
	 "ip other a"},
	{"ip", "chain a { udp dport 51820 accept; }; " CLOSED "goto a; }", RULESET_PASSES, ""},
	{"ip", "chain a { counter; }; " CLOSED "ip saddr 192.0.2.1 jump a; }", RULESET_DROPS,
	 "ip other in"},
	{"ip", "chain a { drop; }; " INPUT "ip saddr 192.0.2.1 jump a; }", RULESET_UNKNOWN, ""},
	{"ip", INPUT "meta l4proto vmap { udp : drop }; }", RULESET_UNKNOWN, ""},
	{"ip", "chain out { type filter hook output priority 0; policy drop; }", RULESET_PASSES,
	 ""},
	{"inet", "chain raw { type filter hook prerouting priority -300; udp dport 51820 drop; }",
	 RULESET_DROPS, "inet other raw"},
};

static void fate_is(const char *what, enum ruleset_fate fate, const char *by)
{
	const struct ruleset_packet p = {.family = NFPROTO_IPV4, .port = 51820, .iif = "eth0"};
	struct ruleset r;
	struct str said = {0};
	enum ruleset_fate have;

	assert_int_equal(ruleset_read(&r), 0);
	have = ruleset_fate(&r, &p, &said);
	if (have != fate || strcmp(str_text(&said), by) != 0)
		fail_msg("%s: %u %s", what, have, str_text(&said));
	str_free(&said);
	ruleset_free(&r);
}

static void what_rules_of_others_do(void **state)
{
	char command[1024];
	(void)state;

	if (system("nft --version >/dev/null 2>&1"))
		skip();
	for (size_t i = 0; i < ARRAY_LEN(rules_of_others); i++) {
		snprintf(command, sizeof(command), "nft 'table %s other { %s\n}'",
			 rules_of_others[i].family, rules_of_others[i].chains);
		assert_int_equal(system(command), 0);
		fate_is(rules_of_others[i].chains, rules_of_others[i].fate, rules_of_others[i].by);
		assert_int_equal(system("nft flush ruleset"), 0);
	}
}

/* The same in the words of iptables-nft, which have shapes of their own. */
static const struct {
	const char *rules;
	enum ruleset_fate fate;
	const char *by;
} iptables_of_others[] = {
	{"-A INPUT -p udp --dport 51820 -j DROP", RULESET_DROPS, "ip filter INPUT"},
	{"-A INPUT -p udp --dport 51821 -j DROP", RULESET_PASSES, ""},
	{"-A INPUT -p udp ! --dport 51821 -j REJECT", RULESET_DROPS, "ip filter INPUT"},
	{"-A INPUT -p tcp --dport 51820 -j DROP", RULESET_PASSES, ""},
	{"-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -P INPUT DROP",
	 RULESET_DROPS, "ip filter INPUT"},
	{"-A INPUT -m conntrack --ctstate NEW -j ACCEPT; iptables -P INPUT DROP", RULESET_PASSES,
	 ""},
	{"-A INPUT -m conntrack ! --ctstate NEW -j ACCEPT; iptables -P INPUT DROP", RULESET_DROPS,
	 "ip filter INPUT"},
	{"-A INPUT -m addrtype --dst-type LOCAL -j RETURN; iptables -A INPUT -j DROP",
	 RULESET_PASSES, ""},
	{"-A INPUT -m addrtype --dst-type BROADCAST -j RETURN; iptables -A INPUT -j DROP",
	 RULESET_DROPS, "ip filter INPUT"},
	{"-A INPUT -s 192.0.2.0/24 -j DROP", RULESET_UNKNOWN, ""},
	{"-A INPUT -i eth+ -m comment --comment x -j DROP", RULESET_DROPS, "ip filter INPUT"},
	{"-N a; iptables -A a -m limit --limit 5/min -j LOG; iptables -A a -j DROP; "
	 "iptables -A INPUT -j a",
	 RULESET_DROPS, "ip filter a"},
};

static void what_iptables_of_others_does(void **state)
{
	char command[1024];
	(void)state;

	if (system("iptables-nft --version >/dev/null 2>&1"))
		skip();
	for (size_t i = 0; i < ARRAY_LEN(iptables_of_others); i++) {
		snprintf(command, sizeof(command),
			 "iptables() { iptables-nft \"$@\"; }; iptables %s",
			 iptables_of_others[i].rules);
		assert_int_equal(system(command), 0);
		fate_is(iptables_of_others[i].rules, iptables_of_others[i].fate,
			iptables_of_others[i].by);
		assert_int_equal(system("nft flush ruleset"), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_of_a_healthy_gateway),
		cmocka_unit_test(each_illness_is_found_and_only_that),
		cmocka_unit_test(no_word_without_a_reason),
		cmocka_unit_test(weights),
		cmocka_unit_test(the_daemons_problems_are_findings),
		cmocka_unit_test(configuration_of_others),
		cmocka_unit_test(what_it_says_mends),
		cmocka_unit_test(what_rules_of_others_do),
		cmocka_unit_test(what_iptables_of_others_does),
	};

	return cmocka_run_group_tests(tests, ill_start, fake_stop);
}
