// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The compiled ruleset does to real packets in the running kernel what a naive reading of the
 * policy says: random configurations, random packets of both families, also of peers with NETMAP.
 *
 * The gateway's interfaces are in a namespace, their other ends in a second one. A packet is put on
 * one of these as a frame, and it passed when it comes out of another one. Everything happens on
 * one processor and in order, so when a last packet that always passes has come out, all those
 * before it have come out or never will: nothing waits for a clock.
 */
#include "support/test.h"

#include "plan/tally.h"
#include "support/fw_live.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORLDS	  300
#define PACKETS	  100
#define FRAME_MAX 128
#define MAC	  "02:00:00:00:00:0a"
#define LIMIT	  10000 /* ms until a packet that has to come is given up */

static const char *const ifnames[] = {"wg0", "wg1", "wg2", "eth0", "br-lan"};

#define IFACES (sizeof(ifnames) / sizeof(ifnames[0]))
#define ETH0   3
#define BR_LAN 4

static pid_t outside; /* holds the namespace of the other ends */
static int wires[IFACES];

/* --- wires ------------------------------------------------------------------------------------ */

static int wire_open(const char *name)
{
	struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	int size = 1 << 22, one = 1;

	assert_true(fd >= 0);
	a.sll_ifindex = (int)if_nametoindex(name);
	assert_int_equal(bind(fd, (void *)&a, sizeof(a)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	return fd;
}

/* Interfaces without addresses and without neighbours: whatever is routed there comes out. */
static void wires_make(void)
{
	char command[512], path[64];
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there;

	live_run("ip link set lo up; echo 1 > /proc/sys/net/ipv4/ip_forward; "
		 "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; "
		 "echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects; "
		 "echo 0 > /proc/sys/net/ipv4/conf/default/send_redirects");
	for (size_t i = 0; i < IFACES; i++) {
		snprintf(command, sizeof(command),
			 "ip link add %s address " MAC " type veth peer name x%zu netns %d && "
			 "nsenter -t %d -n ip link set x%zu up && ip link set %s arp off up",
			 ifnames[i], i, outside, outside, i, ifnames[i]);
		live_run(command);
	}
	live_run("ip route add 10.9.9.9 dev br-lan");
	snprintf(path, sizeof(path), "/proc/%d/ns/net", outside);
	there = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	for (size_t i = 0; i < IFACES; i++) {
		snprintf(path, sizeof(path), "x%zu", i);
		wires[i] = wire_open(path);
	}
	assert_int_equal(setns(here, CLONE_NEWNET), 0);
	close(here);
	close(there);
}

static size_t wire_of(const char *ifname)
{
	for (size_t i = 0; i < IFACES; i++)
		if (!strcmp(ifnames[i], ifname))
			return i;
	fail_msg("no interface %s", ifname);
	return 0;
}

/* --- frames ----------------------------------------------------------------------------------- */

static size_t put(uint8_t *frame, size_t at, const void *bytes, size_t n)
{
	memcpy(frame + at, bytes, n);
	return at + n;
}

static size_t put16(uint8_t *frame, size_t at, unsigned int n)
{
	uint16_t value = htons((uint16_t)n);

	return put(frame, at, &value, sizeof(value));
}

static uint16_t checksum(const uint8_t *p, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* RFC 791 section 3.1, RFC 8200 section 3. */
static size_t put_network(uint8_t *f, const struct fw_packet *p, size_t payload)
{
	size_t at, size = addr_size(&p->src);
	uint16_t sum;

	if (p->src.family == AF_INET6) {
		at = put(f, 14, "\x60\0\0\0", 4);
		at = put16(f, at, (unsigned int)payload);
		f[at++] = p->protocol;
		f[at++] = 64;
	} else {
		at = put(f, 14, "\x45\0", 2);
		at = put16(f, at, (unsigned int)(20 + payload));
		at = put(f, at, "\0\0\0\0\x40", 5);
		f[at++] = p->protocol;
		at = put16(f, at, 0);
	}
	at = put(f, at, p->src.bytes, size);
	at = put(f, at, p->dst.bytes, size);
	if (p->src.family == AF_INET) {
		sum = checksum(f + 14, 20);
		put(f, 24, &sum, sizeof(sum));
	}
	return at;
}

/*
 * The first packet of a connection that there was never before; the number is its source port or
 * identifier, and its last four bytes. One that conntrack calls invalid has no TCP flag set.
 */
static size_t put_transport(uint8_t *f, size_t at, const struct fw_packet *p, uint32_t number)
{
	uint32_t token = htonl(number);

	switch (p->protocol) {
	case IPPROTO_TCP: /* RFC 9293 section 3.1 */
		at = put16(f, at, number);
		at = put16(f, at, p->port);
		at = put(f, at, "\0\0\0\1\0\0\0\0\x50", 9);
		f[at++] = p->ct & FW_CT_INVALID ? 0 : 2;
		at = put(f, at, "\x20\0\0\0\0\0", 6);
		break;
	case IPPROTO_UDP:
		at = put16(f, at, number);
		at = put16(f, at, p->port);
		at = put16(f, at, 12);
		at = put16(f, at, 0);
		break;
	case IPPROTO_SCTP: /* RFC 9260: INIT, whose last field is the first sequence number */
		at = put16(f, at, number);
		at = put16(f, at, p->port);
		at = put(f, at, "\0\0\0\0\0\0\0\0\1\0\0\x14\0\0\0\1\0\0\x10\0\0\1\0\1", 24);
		break;
	default: /* an echo request */
		f[at++] = p->protocol == IPPROTO_ICMPV6 ? 128 : 8;
		f[at++] = 0;
		at = put16(f, at, 0);
		at = put16(f, at, number);
		at = put16(f, at, 1);
	}
	return put(f, at, &token, sizeof(token));
}

static size_t packet_send(const struct fw_packet *p, uint32_t number)
{
	uint8_t frame[FRAME_MAX] = {0}, body[FRAME_MAX];
	size_t payload = put_transport(body, 0, p, number), at;

	memcpy(frame, "\2\0\0\0\0\xa\2\0\0\0\0\1", 12);
	put16(frame, 12, p->src.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP);
	at = put_network(frame, p, payload);
	at = put(frame, at, body, payload);
	assert_int_equal(send(wires[wire_of(p->iif)], frame, at, 0), at);
	return at;
}

/* --- what comes out --------------------------------------------------------------------------- */

/* A packet that was sent. An error that quotes it is longer. */
struct sent {
	struct fw_packet packet;
	size_t size;
	int out;	      /* the wire on which it came out; -1 = none */
	struct addr src, dst; /* as it came out */
};

static void ends_read(struct sent *s, const uint8_t *frame)
{
	size_t size = addr_size(&s->packet.src);
	size_t at = 14 + (s->packet.src.family == AF_INET6 ? 8 : 12);

	s->src = addr_from(s->packet.src.family, frame + at);
	s->dst = addr_from(s->packet.src.family, frame + at + size);
}

/* Notes on which wire each number came out. */
static void wires_read(uint32_t first, struct sent *all, size_t n)
{
	uint8_t frame[2048];

	for (size_t i = 0; i < IFACES; i++) {
		ssize_t size;

		while ((size = recv(wires[i], frame, sizeof(frame), 0)) > 0) {
			uint32_t number;

			if (size < 18)
				continue;
			memcpy(&number, frame + size - 4, sizeof(number));
			number = ntohl(number) - first;
			if (number >= n || (size_t)size != all[number].size)
				continue;
			all[number].out = (int)i;
			ends_read(&all[number], frame);
		}
	}
}

/*
 * Until the last one has come out. Those before it may have come out of a wire that was read just
 * before they did, where the kernel forwards in a thread of its own because it has much to do.
 */
static void wires_await(uint32_t first, struct sent *all, size_t n)
{
	struct pollfd p = {.fd = wires[BR_LAN], .events = POLLIN};

	for (;;) {
		wires_read(first, all, n);
		if (all[n - 1].out >= 0) {
			wires_read(first, all, n);
			return;
		}
		if (poll(&p, 1, LIMIT) <= 0)
			fail_msg("the last packet did not come");
	}
}

/* --- the property ----------------------------------------------------------------------------- */

/*
 * Where addresses are: 10.0.0.0 to 10.0.0.15 and fd00:: to fd00::f, and the outsides of NETMAPs in
 * 10.1.0.0/28 and fd01::/124; by family, outside, last byte.
 */
static uint8_t places[2][2][16];

static void places_draw(struct rng *rng)
{
	FILE *f = popen("ip -batch - >/dev/null", "w");

	assert_non_null(f);
	for (unsigned int i = 0; i < 32; i++) {
		unsigned int side = i / 16, last = i % 16;
		uint8_t v4 = (uint8_t)rng_below(rng, IFACES), v6 = (uint8_t)rng_below(rng, IFACES);

		places[0][side][last] = v4;
		places[1][side][last] = v6;
		fprintf(f, "route replace 10.%u.0.%u/32 dev %s\n", side, last, ifnames[v4]);
		fprintf(f, "route replace fd0%u::%x/128 dev %s metric 1\n", side, last,
			ifnames[v6]);
	}
	assert_int_equal(pclose(f), 0);
}

static const char *place_of(const struct addr *a)
{
	bool v6 = a->family == AF_INET6;

	return ifnames[places[v6][a->bytes[1] & 1][a->bytes[v6 ? 15 : 3]]];
}

/* One that this kernel would forward the way it says, and whose state a first packet can have. */
static struct fw_packet packet_draw(struct fw_world *w)
{
	for (;;) {
		struct fw_packet p = fw_world_packet(w);

		if (strcmp(place_of(&p.dst), p.oif) != 0)
			continue;
		if (p.ct & FW_CT_INVALID) {
			p.protocol = IPPROTO_TCP;
			p.port = 22;
		}
		if (p.ct & (FW_CT_NEW | FW_CT_INVALID))
			return p;
	}
}

/* As it comes out of the tunnel: its source is what the peer calls it. */
static struct fw_packet packet_on_wire(const struct fw_world *w, const struct fw_packet *p)
{
	struct fw_packet back = *p, wire = *p;

	memcpy(back.oif, p->iif, sizeof(back.oif));
	back.dst = p->src;
	fw_world_netmap_apply(w, &back, false);
	wire.src = back.dst;
	return wire;
}

static void no_masquerade(struct fw_world *w)
{
	vec_each(&w->config->interfaces, i)
		i->firewall.masquerade.len = 0;
}

static const struct fw_packet sentinel = {.iif = "eth0",
					  .oif = "br-lan",
					  .src = {AF_INET, {192, 0, 2, 1}},
					  .dst = {AF_INET, {10, 9, 9, 9}},
					  .protocol = IPPROTO_UDP,
					  .port = 9,
					  .ct = FW_CT_NEW};

static void judge(const struct fw_world *w, const struct sent *s, uint64_t seed)
{
	static const char *const names[] = {"accept", "drop", "reject"};
	enum verdict v = fw_world_verdict(w, &s->packet);
	int expected = v == VERDICT_ACCEPT ? (int)wire_of(s->packet.oif) : -1;
	struct fw_packet leaves = s->packet;
	struct str text = {0};

	fw_world_netmap_apply(w, &leaves, false);
	if (s->out == expected &&
	    (s->out < 0 || (!addr_cmp(&s->src, &leaves.src) && !addr_cmp(&s->dst, &leaves.dst))))
		return;
	fw_packet_format(&text, &s->packet);
	fail_msg("seed %llu: %s: the policy says %s, it came out of %s", (unsigned long long)seed,
		 str_text(&text), names[v], s->out < 0 ? "nowhere" : ifnames[s->out]);
}

/* --- and what it counts ----------------------------------------------------------------------- */

static void tally_read(struct tally *t, const struct fw_world *w)
{
	struct fw_actual have = live_observe();
	struct fw_ruleset want = {0};

	firewall_desired(&want, &w->state, w->config, &have);
	tally_take(t, &want, &have);
	fw_ruleset_free(&want);
	fw_actual_free(&have);
}

static unsigned int counts_naive(const struct fw_world *w, const struct sent *sent, size_t n,
				 const struct peer *p, const char *ifname, enum fw_traffic traffic)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct fw_packet *k = &sent[i].packet;
		bool from = !strcmp(k->iif, ifname) && fw_world_peer_of(w, k->iif, &k->src) == p;
		bool to = !strcmp(k->oif, ifname) && fw_world_peer_of(w, k->oif, &k->dst) == p;
		bool passed = sent[i].out >= 0, refused = !passed && k->ct & FW_CT_NEW;

		if (traffic == FW_DROPPED)
			sum += refused ? (unsigned int)from + to : 0;
		else
			sum += passed && (traffic == FW_FROM ? from : to);
	}
	return sum;
}

/* Returns how much was counted. */
static unsigned int judge_counters(const struct fw_world *w, const struct tally *t,
				   const struct sent *sent, uint64_t seed)
{
	unsigned int sum = 0;

	vec_each(&w->state.devices, d) {
		vec_each(&d->peers, p) {
			const struct tally_peer *found = tally_find(t, d->name, &p->wg.key);

			for (int i = 0; d->conf->firewall.counters && found && i < FW_TRAFFICS;
			     i++) {
				unsigned int n = counts_naive(w, sent, PACKETS, p, d->name,
							      (enum fw_traffic)i);

				if (d->conf->firewall.enabled && found->count[i].packets != n)
					fail_msg("seed %llu: %s, traffic %d: %llu counted, not %u",
						 (unsigned long long)seed, d->name, i,
						 (unsigned long long)found->count[i].packets, n);
				sum += n;
			}
		}
	}
	return sum;
}

static void the_kernel_does_what_the_policy_says(void **state)
{
	unsigned int passed = 0, stopped = 0, counted = 0;
	uint32_t number = 1;
	(void)state;

	for (uint64_t seed = 1; seed <= WORLDS; seed++) {
		struct sent sent[PACKETS + 1];
		struct tally tally = {0};
		struct fw_packet wire;
		struct fw_world w;

		fw_world_random(&w, seed);
		no_masquerade(&w);
		live_converge(&w);
		places_draw(&w.rng);
		tally_read(&tally, &w);
		vec_each(&tally.peers, p)
			memset(p->count, 0, sizeof(p->count));
		for (unsigned int i = 0; i <= PACKETS; i++) {
			sent[i].packet = i < PACKETS ? packet_draw(&w) : sentinel;
			sent[i].out = -1;
			wire = packet_on_wire(&w, &sent[i].packet);
			sent[i].size = packet_send(&wire, number + i);
		}
		wires_await(number, sent, PACKETS + 1);
		for (unsigned int i = 0; i < PACKETS; i++) {
			judge(&w, &sent[i], seed);
			passed += sent[i].out >= 0;
			stopped += sent[i].out < 0;
		}
		tally_read(&tally, &w);
		counted += judge_counters(&w, &tally, sent, seed);
		tally_free(&tally);
		number += PACKETS + 1;
		fw_world_free(&w);
	}
	print_message("%u packets passed, %u did not; %u were counted\n", passed, stopped, counted);
	assert_true(counted > 1000);
	assert_true(passed > 1000);
	assert_true(stopped > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_does_what_the_policy_says),
	};
	int failed = live_open();
	cpu_set_t one;

	if (failed)
		return failed;
	if (!live_has_tool("ip") || !live_has_tool("nsenter")) {
		printf("SKIP: needs ip and nsenter\n");
		return 77;
	}
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	outside = live_host_start();
	wires_make();
	if (live_has_tool("nft"))
		live_run("nft flush ruleset; echo 0 > "
			 "/proc/sys/net/netfilter/nf_conntrack_checksum 2>/dev/null; :");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	kill(outside, SIGKILL);
	waitpid(outside, NULL, 0);
	live_close();
	return failed;
}
