// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Beside other programs' rules, with packets: a server reaches a network behind a peer although
 * they would drop that, peers that may not talk still may not, their owner reads its rules and
 * loads them again, and afterwards they are as they were.
 */
#include "support/test.h"

#include "support/fw_live.h"

#include <errno.h>
#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <stdio.h>
#include <unistd.h>

/* A rule set in tests/edge/foreign. */
struct ruleset {
	const char *need;
	const char *load;
	const char *list, *shows; /* how its owner looks at it, and what it sees of ours */
};

#define IPTABLES(name)                                                                        \
	"iptables-nft", "iptables-nft-restore < tests/edge/foreign/" name, "iptables-nft -S", \
		"-A FORWARD -i wg0 -j ACCEPT\n-A FORWARD -o wg0 -j ACCEPT\n"
#define NFT(name, chain)                                                        \
	"nft", "nft -f tests/edge/foreign/" name, "nft list chain inet " chain, \
		"iifname \"wg0\" counter"

static const struct ruleset algo = {IPTABLES("algo.iptables")};
static const struct ruleset ufw = {IPTABLES("ufw.iptables")};
static const struct ruleset docker = {IPTABLES("docker.iptables")};
static const struct ruleset fw4 = {NFT("fw4.nft", "fw4 forward")};
static const struct ruleset firewalld = {NFT("firewalld.nft", "firewalld filter_FORWARD")};
static const struct ruleset tail = {NFT("tail.nft", "gate forward")};
static const struct ruleset nftables = {NFT("nftables.nft", "filter forward")};

/* Servers may speak to peers, peers not to each other. */
static void hub(struct fw_world *w)
{
	fw_world_init(w);
	fw_world_iface(w, "wg0");
	fw_world_iface(w, "wg1");
	fw_world_zone(w, "dc", "10.10.0.0/16");
	fw_world_rule(w, "wg0", "dc", "peers", NULL, VERDICT_ACCEPT);
	fw_world_rule(w, "wg1", "dc", "peers", NULL, VERDICT_ACCEPT);
	fw_world_join(w);
}

static bool server_reaches_clinic(void)
{
	return live_ping(LIVE_SERVER, "10.10.0.5", "10.20.1.1");
}

static bool clinic_reaches_server(void)
{
	return live_ping(LIVE_PEER, "10.20.1.1", "10.10.0.5");
}

static bool peers_reach_each_other(void)
{
	return live_ping(LIVE_PEER, "10.49.0.2", "10.50.0.2");
}

static void beside(const struct ruleset *other)
{
	struct str before, after;
	struct fw_world w;

	LIVE_NEED(other->need);
	live_run(other->load);
	before =
		live_output("nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'");
	assert_false(server_reaches_clinic());
	hub(&w);
	live_converge(&w);
	assert_true(server_reaches_clinic());
	assert_false(clinic_reaches_server());
	assert_false(peers_reach_each_other());
	live_says(other->list, other->shows);
	live_heard();
	live_run(other->load); /* the owner loads its rules again */
	assert_true(live_heard());
	assert_false(server_reaches_clinic());
	assert_true(live_converge(&w) > 0);
	assert_true(server_reaches_clinic());
	live_clean();
	after = live_output("nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'");
	assert_string_equal(str_text(&after), str_text(&before));
	assert_false(server_reaches_clinic());
	str_free(&before);
	str_free(&after);
	fw_world_free(&w);
}

static void beside_algo(void **state)
{
	(void)state;
	beside(&algo);
}

static void beside_ufw(void **state)
{
	(void)state;
	beside(&ufw);
}

static void beside_docker(void **state)
{
	(void)state;
	beside(&docker);
}

static void beside_openwrt(void **state)
{
	(void)state;
	beside(&fw4);
}

static void beside_firewalld(void **state)
{
	(void)state;
	beside(&firewalld);
}

static void beside_an_own_ruleset(void **state)
{
	(void)state;
	beside(&nftables);
}

/* The base chain's policy accepts, its last rule leads to where everything is refused. */
static void beside_a_chain_that_ends_elsewhere(void **state)
{
	struct fw_world w;
	(void)state;

	beside(&tail);
	hub(&w);
	live_converge(&w);
	live_heard();
	live_run("nft flush chain inet gate refuse"); /* nothing is dropped now: nothing to do */
	assert_true(live_heard());
	assert_true(live_converge(&w) > 0);
	fw_world_free(&w);
}

/* Two of them at once: each gets what it needs. */
static void beside_docker_and_firewalld(void **state)
{
	struct fw_world w;
	(void)state;

	LIVE_NEED("iptables-nft");
	live_run(docker.load);
	live_run(firewalld.load);
	hub(&w);
	live_converge(&w);
	assert_true(server_reaches_clinic());
	assert_false(peers_reach_each_other());
	fw_world_free(&w);
}

/* --- where we cannot help -------------------------------------------------------------------- */

static uint32_t obstacles(const struct fw_world *w, enum fw_obstacle_kind kind)
{
	struct fw_actual have = live_observe();
	struct fw_obstacles all = {0};
	uint32_t n = 0;

	firewall_obstacles(&all, &w->state, w->config, &have);
	vec_each(&all, o)
		n += o->kind == kind;
	vec_free(&all);
	fw_actual_free(&have);
	return n;
}

/* An interactive nft keeps its table for as long as it lives. */
static FILE *owner_start(const struct fw_world *w)
{
	FILE *owner = popen("nft -i >/dev/null", "w");

	assert_non_null(owner);
	fprintf(owner, "add table inet firewalld { flags owner; }\n"
		       "add chain inet firewalld filter_FWD_trusted\n"
		       "add chain inet firewalld zones\n"
		       "add chain inet firewalld filter_FORWARD { type filter hook forward "
		       "priority 10; }\n"
		       "add rule inet firewalld filter_FORWARD jump zones\n"
		       "add rule inet firewalld filter_FORWARD reject\n");
	fflush(owner);
	for (int i = 0; i < 5000 && !obstacles(w, FW_OBSTACLE_OWNED); i++)
		usleep(10000);
	return owner;
}

/* As firewalld 2.2 and newer: the kernel lets nobody but its owner change it. */
static void an_owned_table_is_an_obstacle(void **state)
{
	struct fw_world w;
	FILE *owner;
	(void)state;

	hub(&w);
	owner = owner_start(&w);
	assert_int_equal(obstacles(&w, FW_OBSTACLE_OWNED), 2);
	live_converge(&w); /* no accept is tried there, also when we are told to */
	w.config->interfaces.at[0].firewall.foreign_mode = FOREIGN_LIST;
	w.config->interfaces.at[1].firewall.foreign_mode = FOREIGN_OFF;
	*vec_add(&w.config->interfaces.at[0].firewall.foreign_chains) =
		(struct chain_name){NFPROTO_INET, "firewalld", "filter_FORWARD"};
	assert_int_equal(live_converge(&w), 0);
	assert_int_equal(obstacles(&w, FW_OBSTACLE_OWNED), 1);
	/* firewall-cmd --zone=trusted --add-interface=wg0 */
	fprintf(owner, "add rule inet firewalld zones iifname wg0 goto filter_FWD_trusted\n");
	fflush(owner);
	for (int i = 0; i < 5000 && obstacles(&w, FW_OBSTACLE_OWNED); i++)
		usleep(10000);
	assert_int_equal(obstacles(&w, FW_OBSTACLE_OWNED), 0);
	pclose(owner);
	fw_world_free(&w);
}

/* The kernel says no to an accept there: our own table is there nevertheless. */
static void an_owners_refusal_does_not_stop_us(void **state)
{
	struct fw_ruleset want = {0};
	struct fw_actual have;
	struct fw_plan p = {0};
	struct fw_foreign *f;
	struct fw_world w;
	char why[256];
	FILE *owner;
	(void)state;

	hub(&w);
	owner = owner_start(&w);
	have = live_observe();
	firewall_desired(&want, &w.state, w.config, &have);
	f = vec_add(&want.foreign);
	*f = (struct fw_foreign){.family = NFPROTO_INET, .table = "firewalld", .ifname = "wg0"};
	mem_copy_str(f->chain, FW_NAME_LEN, "filter_FORWARD");
	firewall_plan(&p, &want, &have);
	assert_int_equal(nft_apply(live_nft, &p, &have, why, sizeof(why)), -EPERM);
	assert_non_null(strstr(why, "at the top of inet firewalld filter_FORWARD: Operation not "
				    "permitted"));
	fw_plan_free(&p);
	fw_actual_free(&have);
	have = live_observe();
	assert_true(have.table);
	fw_actual_free(&have);
	fw_ruleset_free(&want);
	fw_world_free(&w);
	pclose(owner);
}

/* Comes last: the kernel keeps such a table until the namespace is gone. */
static void legacy_rules_are_an_obstacle(void **state)
{
	struct fw_world w;
	(void)state;

	LIVE_NEED("iptables-legacy");
	hub(&w);
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 0);
	if (system("iptables-legacy -t nat -S >/dev/null 2>&1; "
		   "iptables-legacy -S >/dev/null 2>&1") != 0) {
		print_message("SKIP: this kernel has no iptables-legacy\n");
		skip();
	}
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 0); /* it accepts */
	live_run("iptables-legacy -A FORWARD -s 192.0.2.0/24 -j DROP; "
		 "iptables-legacy -A FORWARD -i lan0 -j REJECT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 0);
	live_run("iptables-legacy -A FORWARD -i wg+ -j DROP; iptables-legacy -P FORWARD DROP; "
		 "iptables-legacy -A FORWARD -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 0);
	live_run("iptables-legacy -D FORWARD -j ACCEPT; iptables-legacy -P FORWARD ACCEPT; "
		 "iptables-legacy -A FORWARD -j REJECT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 2);
	live_run("iptables-legacy -F FORWARD; iptables-legacy -P FORWARD DROP; "
		 "ip6tables-legacy -P FORWARD DROP");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 2);
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY6), 2);
	live_run("iptables-legacy -I FORWARD -i wg0 -j ACCEPT; "
		 "iptables-legacy -I FORWARD -o wg1 -j ACCEPT; "
		 "ip6tables-legacy -I FORWARD -o wg0 -j ACCEPT; "
		 "ip6tables-legacy -I FORWARD -i wg0 -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 2); /* each in one direction only */
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY6), 1);
	assert_false(server_reaches_clinic());
	live_converge(&w);
	live_run("iptables-legacy -I FORWARD -o wg0 -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 1);
	assert_true(server_reaches_clinic());
	w.config->interfaces.at[0].firewall.foreign_mode = FOREIGN_OFF;
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 1);
	live_run("iptables-legacy -I FORWARD -i wg1 -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 0);
	w.config->interfaces.at[0].firewall.foreign_mode = FOREIGN_AUTO;
	w.config->interfaces.at[0].exchange.serve = true;
	w.config->interfaces.at[0].exchange.port = 51821;
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 0); /* INPUT accepts */
	live_run("iptables-legacy -P INPUT DROP; "
		 "iptables-legacy -A INPUT -p udp --dport 51822 -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 1);
	live_run("iptables-legacy -I INPUT -i wg0 -p udp --dport 51821 -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY4), 0);
	live_run("ip6tables-legacy -P FORWARD ACCEPT; ip6tables-legacy -P INPUT DROP; "
		 "ip6tables-legacy -A INPUT -p udp --dport 51821:51822 -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY6), 1); /* a range is not looked into */
	live_run("ip6tables-legacy -A INPUT -p udp --dport 51821 -j ACCEPT");
	assert_int_equal(obstacles(&w, FW_OBSTACLE_LEGACY6), 0);
	fw_world_free(&w);
}

static int setup(void **state)
{
	(void)state;
	live_run("nft flush ruleset");
	live_heard();
	return 0;
}

static void way_back(void)
{
	assert_true(live_on(LIVE_SERVER, "ip route add 10.0.0.0/8 via 10.10.0.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(beside_algo, setup),
		cmocka_unit_test_setup(beside_ufw, setup),
		cmocka_unit_test_setup(beside_docker, setup),
		cmocka_unit_test_setup(beside_openwrt, setup),
		cmocka_unit_test_setup(beside_firewalld, setup),
		cmocka_unit_test_setup(beside_an_own_ruleset, setup),
		cmocka_unit_test_setup(beside_a_chain_that_ends_elsewhere, setup),
		cmocka_unit_test_setup(beside_docker_and_firewalld, setup),
		cmocka_unit_test_setup(an_owned_table_is_an_obstacle, setup),
		cmocka_unit_test_setup(an_owners_refusal_does_not_stop_us, setup),
		cmocka_unit_test_setup(legacy_rules_are_an_obstacle, setup),
	};

	return live_hosts_run(tests, ARRAY_LEN(tests), way_back);
}
