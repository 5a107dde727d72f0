// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NETMAP with packets: two peers have the network that is ours as well, and everybody reaches
 * everybody by addresses that are one's own; what an ICMP error quotes is translated, too; policies
 * and masquerading know the outside.
 */
#include "support/test.h"

#include "support/fw_live.h"

#include <stdio.h>
#include <unistd.h>

#define INSIDE	"192.168.1.0/24"
#define INSIDE6 "fd00:1::/64"

static int setup(void **state)
{
	(void)state;
	live_run("nft flush ruleset");
	return 0;
}

/* Refused, not lost: an ICMP error came back, and the socket knew the packet that it quotes. */
static bool refused_udp(enum live_host host, const char *to)
{
	return !live_on(
		host, "bash -c 'exec 3<>/dev/udp/%s/9; echo >&3; sleep 0.2; echo 2>/dev/null >&3'",
		to);
}

/* Answered by a reset: the handshake's sums were right. */
static bool refused_tcp(enum live_host host, const char *to)
{
	return live_on(host,
		       "sh -c 'timeout 0.5 bash -c \"exec 3<>/dev/tcp/%s/9\" 2>/dev/null; "
		       "test $? -eq 1'",
		       to);
}

static void clinics(struct fw_world *w)
{
	fw_world_init(w);
	fw_world_iface(w, "wg0");
	fw_world_iface(w, "wg1");
	fw_world_peer(w, "wg0", "one", "sites", "10.49.0.2/32 " INSIDE " " INSIDE6);
	fw_world_netmap(w, "wg0", INSIDE, "10.201.1.0/24");
	fw_world_netmap(w, "wg0", INSIDE6, "fd00:201::/64");
	fw_world_peer(w, "wg1", "two", "sites", "10.50.0.2/32 " INSIDE);
	fw_world_netmap(w, "wg1", INSIDE, "10.202.1.0/24");
	fw_world_zone(w, "dc", "10.10.0.0/16 fd00:10::/64");
	fw_world_join(w);
}

static void three_equal_networks(void **state)
{
	struct fw_world w;
	(void)state;

	clinics(&w);
	live_converge(&w);
	assert_true(live_ping(LIVE_SERVER, "10.10.0.5", "10.201.1.5"));
	assert_true(live_ping(LIVE_SERVER, "10.10.0.5", "10.202.1.5"));
	assert_true(live_ping(LIVE_SERVER, "10.10.0.5", "192.168.1.1")); /* ours */
	assert_true(live_ping(LIVE_PEER, "192.168.1.5", "10.10.0.5"));
	assert_true(live_ping(LIVE_OTHER, "192.168.1.5", "10.10.0.5"));
	assert_true(live_ping(LIVE_SERVER, "fd00:10::5", "fd00:201::5"));
	assert_true(live_ping(LIVE_PEER, "fd00:1::5", "fd00:10::5"));
	live_run("ping -q -c 1 -W 0.5 10.201.1.5 >/dev/null"); /* from this host itself */
	live_run("ping -q -c 1 -W 0.5 10.202.1.5 >/dev/null");
	assert_false(live_ping(LIVE_PEER, "192.168.1.5", "10.202.1.5")); /* peers are kept apart */
	assert_int_equal(live_converge(&w), 0);
	fw_world_free(&w);
}

static void sums_and_errors_are_right(void **state)
{
	struct fw_world w;
	(void)state;

	clinics(&w);
	live_converge(&w);
	assert_true(refused_tcp(LIVE_SERVER, "10.201.1.5"));
	assert_true(refused_tcp(LIVE_SERVER, "fd00:201::5"));
	assert_true(refused_tcp(LIVE_PEER, "10.10.0.5"));
	assert_true(refused_udp(LIVE_SERVER, "10.201.1.5"));
	assert_true(refused_udp(LIVE_SERVER, "fd00:201::5"));
	assert_true(refused_udp(LIVE_PEER, "10.10.0.5"));
	assert_true(refused_udp(LIVE_PEER, "fd00:10::5"));
	fw_world_free(&w);
}

/* The path gets narrow behind the peer: who sent too much has to hear of it. */
static void a_narrow_path_is_heard_of(void **state)
{
	struct fw_world w;
	(void)state;

	clinics(&w);
	live_converge(&w);
	assert_true(live_on(LIVE_PEER, "ip link add narrow mtu 1400 type veth peer name far"));
	assert_true(live_on(LIVE_PEER, "sh -c 'ip link set narrow up; ip link set far up; "
				       "echo 1 >/proc/sys/net/ipv4/ip_forward; "
				       "ip route add 192.168.1.77 dev narrow'"));
	assert_true(live_on(LIVE_SERVER, "sh -c 'ping -c 2 -W 0.3 -M do -s 1440 10.201.1.77 2>&1 | "
					 "grep -q \"mtu *= *1400\"'"));
	assert_true(live_on(LIVE_PEER, "ip link del narrow"));
	fw_world_free(&w);
}

static void policies_know_the_outside(void **state)
{
	struct fw_world w;
	(void)state;

	clinics(&w);
	fw_world_rule(&w, "wg0", "dc", "10.201.1.0/24", "icmp", VERDICT_ACCEPT);
	fw_world_rule(&w, "wg1", "dc", "sites", NULL, VERDICT_ACCEPT);
	fw_world_rule(&w, "wg1", "dc", INSIDE, NULL, VERDICT_ACCEPT);
	live_converge(&w);
	assert_true(live_ping(LIVE_SERVER, "10.10.0.5", "10.201.1.5"));
	assert_true(live_ping(LIVE_SERVER, "10.10.0.5", "10.202.1.5"));
	assert_false(live_ping(LIVE_PEER, "192.168.1.5", "10.10.0.5"));
	assert_false(refused_tcp(LIVE_SERVER, "10.201.1.5"));
	assert_true(refused_tcp(LIVE_SERVER, "10.202.1.5"));
	live_says("nft list chain inet wayside wg0-netmap-in",
		  "ip saddr 192.168.1.0/24 ip saddr set ip saddr & 10.201.1.255 | 10.201.1.0 "
		  "return comment \"netmap: 192.168.1.0/24 of one is 10.201.1.0/24\"");
	live_run("f=$(mktemp) && nft list ruleset > $f; nft flush ruleset; nft -f $f && rm $f");
	assert_true(live_ping(LIVE_SERVER, "10.10.0.5", "10.202.1.5"));
	fw_world_free(&w);
}

/* Who has no way back to the outside gets our address instead. */
static void masquerade_knows_the_outside(void **state)
{
	struct fw_world w;
	(void)state;

	clinics(&w);
	fw_world_masquerade(&w, "wg0", "sites");
	live_converge(&w);
	assert_true(live_on(LIVE_SERVER, "ip route del 10.200.0.0/14 via 10.10.0.1"));
	assert_true(live_ping(LIVE_PEER, "192.168.1.5", "10.10.0.5"));
	assert_false(live_ping(LIVE_OTHER, "192.168.1.5", "10.10.0.5"));
	assert_true(live_on(LIVE_SERVER, "ip route add 10.200.0.0/14 via 10.10.0.1"));
	fw_world_free(&w);
}

/* The firewall need not be enabled for it. */
static void it_needs_no_firewall(void **state)
{
	struct fw_world w;
	(void)state;

	clinics(&w);
	w.config->interfaces.at[0].firewall.enabled = false;
	w.config->interfaces.at[1].firewall.enabled = false;
	live_converge(&w);
	assert_true(live_ping(LIVE_SERVER, "10.10.0.5", "10.201.1.5"));
	assert_true(live_ping(LIVE_PEER, "192.168.1.5", "10.202.1.5") ||
		    live_ping(LIVE_SERVER, "10.10.0.5", "10.202.1.5"));
	live_clean();
	assert_false(live_ping(LIVE_SERVER, "10.10.0.5", "10.201.1.5"));
	fw_world_free(&w);
}

static void networks_open(void)
{
	live_run("echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter; "
		 "ip address add 192.168.1.1/24 dev eth1; "
		 "ip route add 10.201.1.0/24 via 10.49.0.2; " /* a veth has neighbours */
		 "ip route add 10.202.1.0/24 via 10.50.0.2; "
		 "ip route add fd00:201::/64 via fd00:49::2");
	assert_true(live_on(LIVE_PEER, "sh -c 'ip address add 192.168.1.5/32 dev eth0; "
				       "ip address add fd00:1::5/128 dev eth0 nodad; "
				       "ip route add 10.10.0.5 via 10.49.0.1 src 192.168.1.5; "
				       "ip route add fd00:10::5 via fd00:49::1 src fd00:1::5'"));
	assert_true(live_on(LIVE_OTHER, "ip address add 192.168.1.5/32 dev eth0"));
	assert_true(live_on(LIVE_SERVER, "sh -c 'ip route add 10.200.0.0/14 via 10.10.0.1; "
					 "ip route add 192.168.1.1 via 10.10.0.1; "
					 "ip -6 route add fd00:201::/64 via fd00:10::1'"));
	/* IPv6 is not ready in the first second of a link. */
	for (int i = 0; i < 20 && !live_ping(LIVE_PEER, "fd00:49::2", "fd00:49::1"); i++)
		continue;
	for (int i = 0; i < 20 && !live_ping(LIVE_SERVER, "fd00:10::5", "fd00:10::1"); i++)
		continue;
	sleep(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(three_equal_networks, setup),
		cmocka_unit_test_setup(sums_and_errors_are_right, setup),
		cmocka_unit_test_setup(a_narrow_path_is_heard_of, setup),
		cmocka_unit_test_setup(policies_know_the_outside, setup),
		cmocka_unit_test_setup(masquerade_knows_the_outside, setup),
		cmocka_unit_test_setup(it_needs_no_firewall, setup),
	};

	return live_hosts_run(tests, ARRAY_LEN(tests), networks_open);
}
