// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes out of a tunnel for this host itself, with packets: who is named is restricted, all
 * others are left alone; beside another program's INPUT that drops, what we allow passes, and what
 * we do not decide about is not let in by an accept of ours.
 */
#include "support/test.h"

#include "support/fw_live.h"

#include <stdio.h>
#include <unistd.h>

/* A file of this run's own: several may run at once. */
static const char *own_file(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/run/wayside-input-test.%d", (int)getpid());
	return path;
}

static void run_with_file(const char *fmt)
{
	char command[512];

	snprintf(command, sizeof(command), fmt, own_file(), own_file());
	live_run(command);
}

static int setup(void **state)
{
	(void)state;
	live_run("nft flush ruleset");
	live_heard();
	return 0;
}

/* A closed port answers at once; only what was dropped takes its time. */
static bool reaches_tcp(enum live_host host, const char *to, int port)
{
	return live_on(host,
		       "sh -c 'timeout 0.5 bash -c \"exec 3<>/dev/tcp/%s/%d\" 2>/dev/null; "
		       "test $? -ne 124'",
		       to, port);
}

/* The second datagram to a closed port is refused when the first one arrived. */
static bool reaches_udp(enum live_host host, const char *to, int port)
{
	return !live_on(
		host, "bash -c 'exec 3<>/dev/udp/%s/%d; echo >&3; sleep 0.2; echo 2>/dev/null >&3'",
		to, port);
}

static void algo(void)
{
	LIVE_NEED("iptables-nft");
	live_run("iptables-nft-restore < tests/edge/foreign/algo.iptables");
}

static void who_is_named_is_restricted(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32 fd00:49::2/128");
	fw_world_peer(&w, "wg0", "phone", NULL, "10.49.0.3/32");
	fw_world_input(&w, "wg0", "sites", "tcp/22 icmp", VERDICT_ACCEPT);
	fw_world_join(&w);
	live_converge(&w);
	assert_true(live_ping(LIVE_PEER, "10.49.0.2", "10.49.0.1"));
	assert_true(reaches_tcp(LIVE_PEER, "10.49.0.1", 22));
	assert_false(reaches_tcp(LIVE_PEER, "10.49.0.1", 80));
	assert_false(reaches_tcp(LIVE_PEER, "10.10.0.1", 80)); /* another address of this host */
	assert_false(live_ping(LIVE_PEER, "fd00:49::2", "fd00:49::1"));
	assert_true(live_on(LIVE_PEER, "ip route add 10.49.0.1 dev eth0 src 10.49.0.3"));
	assert_true(reaches_tcp(LIVE_PEER, "10.49.0.1", 80));
	assert_true(live_on(LIVE_PEER, "ip route del 10.49.0.1 dev eth0 src 10.49.0.3"));
	assert_true(reaches_tcp(LIVE_OTHER, "10.50.0.1", 80));
	assert_true(reaches_tcp(LIVE_SERVER, "10.10.0.1", 80));
	live_says("nft list chain inet wayside input",
		  "type filter hook input priority filter - 5; policy accept;");
	fw_world_free(&w);
}

/* A new rule does not end what began under the old ones. */
static void who_is_connected_stays_connected(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_input(&w, "wg0", "any", "tcp/22", VERDICT_ACCEPT);
	w.config->interfaces.at[0].firewall.default_verdict = VERDICT_ACCEPT;
	fw_world_join(&w);
	live_converge(&w);
	assert_true(live_on(LIVE_PEER, "sh -c 'ping -q -i 0.2 -c 10 10.49.0.1 > %s & sleep 0.5'",
			    own_file()));
	w.config->interfaces.at[0].firewall.default_verdict = VERDICT_DROP;
	assert_true(live_converge(&w) > 0);
	run_with_file("for i in $(seq 100); do grep -q received %s && break; sleep 0.1; done; grep "
		      "-q \"10 received\" %s");
	unlink(own_file());
	assert_false(live_ping(LIVE_PEER, "10.49.0.2", "10.49.0.1"));
	fw_world_free(&w);
}

static void what_we_decide_passes_others_chains(void **state)
{
	struct str before, after;
	struct fw_world w;
	(void)state;

	algo();
	before = live_output("iptables-nft -S");
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_input(&w, "wg0", "10.49.0.3", "icmp", VERDICT_ACCEPT);
	fw_world_join(&w);
	live_converge(&w); /* not all of wg0 is ours to decide */
	assert_false(live_ping(LIVE_PEER, "10.49.0.3", "10.49.0.1"));
	fw_world_input(&w, "wg0", "any", "tcp/22", VERDICT_ACCEPT);
	live_converge(&w);
	assert_true(live_ping(LIVE_PEER, "10.49.0.3", "10.49.0.1"));
	assert_false(live_ping(LIVE_PEER, "10.49.0.2", "10.49.0.1"));
	assert_true(reaches_tcp(LIVE_PEER, "10.49.0.1", 22));
	assert_false(reaches_tcp(LIVE_PEER, "10.49.0.1", 80));
	assert_false(reaches_tcp(LIVE_SERVER, "10.10.0.1", 22));
	live_says("iptables-nft -S INPUT", "-P INPUT DROP\n-A INPUT -i wg0 -j ACCEPT\n");
	live_heard();
	algo(); /* its owner loads it again */
	assert_true(live_heard());
	assert_false(live_ping(LIVE_PEER, "10.49.0.3", "10.49.0.1"));
	assert_true(live_converge(&w) > 0);
	assert_true(live_ping(LIVE_PEER, "10.49.0.3", "10.49.0.1"));
	live_clean();
	after = live_output("iptables-nft -S");
	assert_string_equal(str_text(&after), str_text(&before));
	str_free(&before);
	str_free(&after);
	fw_world_free(&w);
}

/* The exchange needs one port on the tunnel, whatever the firewall keys say. */
static void a_service_is_let_in_and_nothing_else(void **state)
{
	struct fw_world w;
	(void)state;

	algo();
	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.enabled = false;
	fw_world_join(&w);
	live_converge(&w);
	assert_false(reaches_udp(LIVE_PEER, "10.49.0.1", 51821));
	w.config->interfaces.at[0].exchange.serve = true;
	assert_int_equal(live_converge(&w), 1);
	assert_true(reaches_udp(LIVE_PEER, "10.49.0.1", 51821));
	assert_false(reaches_udp(LIVE_PEER, "10.49.0.1", 51820));
	assert_false(reaches_tcp(LIVE_PEER, "10.49.0.1", 51821));
	assert_false(reaches_udp(LIVE_OTHER, "10.50.0.1", 51821));
	live_says("iptables-nft -S INPUT",
		  "-P INPUT DROP\n-A INPUT -i wg0 -p udp -m udp --dport 51821 -j ACCEPT\n");
	/* what iptables-save wrote, restored: it has lost our mark, and serves as well */
	run_with_file("iptables-nft-save > %s; iptables-nft-restore < %s");
	unlink(own_file());
	assert_int_equal(live_converge(&w), 0);
	assert_true(reaches_udp(LIVE_PEER, "10.49.0.1", 51821));
	algo();
	assert_int_equal(live_converge(&w), 1);
	live_run("iptables-nft -I INPUT -i wg0 -j ACCEPT"); /* more than we need */
	w.config->interfaces.at[0].exchange.serve = false;
	assert_int_equal(live_converge(&w), 1);
	w.config->interfaces.at[0].exchange.serve = true;
	assert_int_equal(live_converge(&w), 0);
	fw_world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_is_named_is_restricted, setup),
		cmocka_unit_test_setup(who_is_connected_stays_connected, setup),
		cmocka_unit_test_setup(what_we_decide_passes_others_chains, setup),
		cmocka_unit_test_setup(a_service_is_let_in_and_nothing_else, setup),
	};

	return live_hosts_run(tests, ARRAY_LEN(tests), NULL);
}
