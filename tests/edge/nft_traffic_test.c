// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What our rules do to packets, in the running kernel: hosts around a gateway send to each other.
 */
#include "support/test.h"

#include "plan/tally.h"
#include "support/fw_live.h"

#include <stdio.h>

static int setup(void **state)
{
	(void)state;
	live_run("nft flush ruleset");
	return 0;
}

/* --- masquerade ------------------------------------------------------------------------------ */

/* The server has no route back to the peers: it answers whom it can see. */
static void masqueraded_reach_who_has_no_way_back(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32 10.20.1.0/24 fd00:49::2/128");
	fw_world_peer(&w, "wg0", "phone", NULL, "10.49.0.3/32");
	fw_world_join(&w);
	live_converge(&w);
	assert_false(live_ping(LIVE_PEER, "10.49.0.2", "10.10.0.5"));
	fw_world_masquerade(&w, "wg0", "sites");
	assert_true(live_converge(&w) > 0);
	assert_true(live_ping(LIVE_PEER, "10.49.0.2", "10.10.0.5"));
	assert_true(live_ping(LIVE_PEER, "10.20.1.1", "10.10.0.5"));
	assert_true(live_ping(LIVE_PEER, "fd00:49::2", "fd00:10::5"));
	assert_false(live_ping(LIVE_PEER, "10.49.0.3", "10.10.0.5"));
	live_says("nft list chain inet wayside postrouting",
		  "type nat hook postrouting priority srcnat; policy accept;");
	live_says("nft list table inet wayside", "masquerade comment \"masquerade: sites\"");
	w.config->interfaces.at[0].firewall.masquerade.len = 0;
	assert_true(live_converge(&w) > 0);
	assert_false(live_ping(LIVE_PEER, "10.49.0.2", "10.10.0.5"));
	fw_world_free(&w);
}

static void only_the_prefix_is_masqueraded(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_masquerade(&w, "wg0", "10.20.0.0/16");
	fw_world_join(&w);
	live_converge(&w);
	assert_true(live_ping(LIVE_PEER, "10.20.1.1", "10.10.0.5"));
	assert_false(live_ping(LIVE_PEER, "10.49.0.2", "10.10.0.5"));
	fw_world_free(&w);
}

/* A peer sees who the other one is. */
static void between_peers_nothing_is_masqueraded(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.peer_to_peer = true;
	fw_world_iface(&w, "wg1")->firewall.peer_to_peer = true;
	fw_world_masquerade(&w, "wg0", "peers");
	fw_world_join(&w);
	live_converge(&w);
	assert_true(live_on(LIVE_OTHER, "nft 'add table ip t; add chain ip t c { type filter hook "
					"input priority 0; }; add rule ip t c ip saddr != "
					"10.49.0.2 drop'"));
	assert_true(live_ping(LIVE_PEER, "10.49.0.2", "10.50.0.2"));
	assert_true(live_ping(LIVE_PEER, "10.49.0.2", "10.10.0.5"));
	assert_true(live_on(LIVE_OTHER, "nft delete table ip t"));
	fw_world_free(&w);
}

/* --- TCP fits into the tunnel ---------------------------------------------------------------- */

/* Counts connections' first packets and their answers whose largest segment is of this size. */
static void count_mss(enum live_host host, unsigned int mss)
{
	assert_true(
		live_on(host,
			"nft 'table inet seen { chain in { type filter hook input priority 0; "
			"tcp flags & (syn | rst) == syn tcp option maxseg size %u counter; }; }'",
			mss));
}

static bool saw_mss(enum live_host host)
{
	bool seen = live_on(host, "nft list table inet seen | grep -q 'packets 1 '");

	assert_true(live_on(host, "nft delete table inet seen"));
	return seen;
}

/* One connection; at both ends, what the other one is ready to take. */
static bool both_saw(enum live_host from, enum live_host to, const char *listen,
		     const char *connect, unsigned int mss)
{
	bool first, second;

	count_mss(from, mss);
	count_mss(to, mss);
	assert_true(live_on(to,
			    "sh -c 'timeout 20 socat -u %s,reuseaddr /dev/null & "
			    "for i in $(seq 500); do ss -Hltn | grep -q :7777 && exit; sleep 0.02; "
			    "done; exit 1'",
			    listen));
	assert_true(live_on(from, "socat -u /dev/null %s,connect-timeout=10", connect));
	first = saw_mss(from);
	second = saw_mss(to);
	return first && second;
}

/* The hosts' own links carry 1500 bytes, the tunnel 1420: nobody told them. */
static void tcp_fits_into_the_tunnel_both_ways(void **state)
{
	struct fw_world w;
	(void)state;

	if (!live_has_tool("socat") || !live_has_tool("ss")) {
		print_message("SKIP: needs socat and ss\n");
		skip();
	}
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_join(&w);
	live_converge(&w);
	live_run("ip link set wg0 mtu 1420; ip route replace 10.20.1.0/24 dev wg0");
	assert_true(live_on(LIVE_SERVER, "ip route add 10.0.0.0/8 via 10.10.0.1"));
	assert_true(live_on(LIVE_SERVER, "ip route add fd00:49::/64 via fd00:10::1"));
	assert_true(
		both_saw(LIVE_PEER, LIVE_SERVER, "TCP-LISTEN:7777", "TCP:10.10.0.5:7777", 1380));
	assert_true(
		both_saw(LIVE_SERVER, LIVE_PEER, "TCP-LISTEN:7777", "TCP:10.49.0.2:7777", 1380));
	assert_true(both_saw(LIVE_PEER, LIVE_SERVER, "TCP6-LISTEN:7777", "TCP6:[fd00:10::5]:7777",
			     1360));
	assert_true(both_saw(LIVE_SERVER, LIVE_PEER, "TCP6-LISTEN:7777", "TCP6:[fd00:49::2]:7777",
			     1360));
	w.config->interfaces.at[0].firewall.clamp_mss = false;
	live_converge(&w);
	assert_true(
		both_saw(LIVE_PEER, LIVE_SERVER, "TCP-LISTEN:7777", "TCP:10.10.0.5:7777", 1460));
	assert_true(live_on(LIVE_SERVER, "ip route del 10.0.0.0/8 via 10.10.0.1"));
	assert_true(live_on(LIVE_SERVER, "ip route del fd00:49::/64 via fd00:10::1"));
	live_run("ip link set wg0 mtu 1500; ip route replace 10.20.1.0/24 dev wg0");
	fw_world_free(&w);
}

/* --- counters -------------------------------------------------------------------------------- */

static struct tally tally;

static struct fw_count counted(const struct fw_world *w, uint32_t peer, enum fw_traffic traffic)
{
	const struct device *d = &w->state.devices.at[0];
	struct fw_actual have = live_observe();
	struct fw_ruleset want = {0};
	const struct tally_peer *p;

	firewall_desired(&want, &w->state, w->config, &have);
	assert_int_equal(nft_recount(live_nft, &have), 0);
	tally_take(&tally, &want, &have);
	fw_ruleset_free(&want);
	fw_actual_free(&have);
	p = tally_find(&tally, d->name, &d->peers.at[peer].wg.key);
	assert_non_null(p);
	return p->count[traffic];
}

/* An echo and its answer are 84 bytes each: RFC 791, RFC 792 and 56 bytes of ping(8)'s. */
static void what_passes_and_what_does_not_is_counted(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.counters = true;
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32 10.20.1.0/24 fd00:49::2/128");
	fw_world_peer(&w, "wg0", "phone", NULL, "10.49.0.3/32");
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	fw_world_masquerade(&w, "wg0", "peers");
	fw_world_masquerade(&w, "wg0", "sites");
	fw_world_join(&w);
	live_converge(&w);
	assert_true(live_ping(LIVE_PEER, "10.49.0.2", "10.10.0.5"));
	assert_true(live_ping(LIVE_PEER, "10.20.1.1", "10.10.0.5"));
	assert_true(live_ping(LIVE_PEER, "fd00:49::2", "fd00:10::5"));
	assert_false(live_ping(LIVE_PEER, "10.49.0.3", "10.10.0.5"));
	assert_int_equal(counted(&w, 0, FW_FROM).packets, 3);
	assert_int_equal(counted(&w, 0, FW_FROM).bytes, 84 + 84 + 104);
	assert_int_equal(counted(&w, 0, FW_TO).packets, 3);
	assert_int_equal(counted(&w, 0, FW_DROPPED).packets, 0);
	assert_int_equal(counted(&w, 1, FW_FROM).packets, 0);
	assert_int_equal(counted(&w, 1, FW_DROPPED).packets, 1);
	assert_int_equal(counted(&w, 1, FW_DROPPED).bytes, 84);
	/* Another policy: the sets that count stay as they are. */
	w.config->interfaces.at[0].firewall.policy.at[0].action = VERDICT_REJECT;
	assert_true(live_converge(&w) > 0);
	assert_false(live_ping(LIVE_PEER, "10.49.0.2", "10.10.0.5"));
	assert_int_equal(counted(&w, 0, FW_FROM).packets, 3);
	assert_int_equal(counted(&w, 0, FW_DROPPED).packets, 1);
	live_says("nft list set inet wayside wg0-dropped-ip-32",
		  "10.49.0.2 counter packets 1 bytes 84 comment \"pi\"");
	live_says("nft list set inet wayside wg0-passed-from-ip-24", "packets 1 bytes 84");
	live_save_and_load("nft list ruleset", "nft flush ruleset; nft -f");
	tally_free(&tally);
	fw_world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(masqueraded_reach_who_has_no_way_back, setup),
		cmocka_unit_test_setup(only_the_prefix_is_masqueraded, setup),
		cmocka_unit_test_setup(between_peers_nothing_is_masqueraded, setup),
		cmocka_unit_test_setup(tcp_fits_into_the_tunnel_both_ways, setup),
		cmocka_unit_test_setup(what_passes_and_what_does_not_is_counted, setup),
	};

	return live_hosts_run(tests, ARRAY_LEN(tests), NULL);
}
