// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a forwarded packet costs behind our table: with ten peers and with ten thousand, counted and
 * not, beside no firewall and beside one rule a prefix. And what the table costs the kernel: from
 * nothing, and when one peer changes.
 *
 * Each ruleset has a gateway of its own, a network namespace between a source and a sink, so that
 * all of them are measured in turn, round after round. A round sends packets of 10 000 flows in one
 * burst; veth forwards a packet on the sender's processor before sending it returns, so the time of
 * the burst is the time of the whole way. Of many rounds the shortest counts: whatever else the
 * machine does only makes one longer. What a ruleset costs is the difference to the gateway without
 * one (but with conntrack, which every firewall needs).
 *
 *	packet_cost [ROUNDS]	figures, one a line (support/figure.h)
 *
 * Nothing leaves the namespaces, and they end with this process.
 */
#include "support/test.h"

#include "codec/nft.h"
#include "edge/nft.h"
#include "support/figure.h"
#include "support/fw_live.h"
#include "support/fw_world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FLOWS	    10000
#define BURST	    64
#define FRAME	    (14 + 28 + 22)
#define GATEWAY_MAC "02:00:00:00:00:0a"

enum kind { PLAIN, OURS, COUNTED, LINEAR };

struct gateway {
	enum kind kind;
	unsigned int peers;
	unsigned int packets; /* of a round */
	pid_t pid, sink;
	char link[IFNAME_LEN]; /* to it, in the source */
	double best[2];	       /* us a packet: of new connections, of known ones */
};

static struct gateway gateways[] = {
	{.kind = PLAIN, .packets = FLOWS},
	{.kind = OURS, .peers = 10, .packets = FLOWS},
	{.kind = OURS, .peers = 100, .packets = FLOWS},
	{.kind = OURS, .peers = 1000, .packets = FLOWS},
	{.kind = OURS, .peers = 10000, .packets = FLOWS},
	{.kind = COUNTED, .peers = 10, .packets = FLOWS},
	{.kind = COUNTED, .peers = 10000, .packets = FLOWS},
	{.kind = LINEAR, .peers = 10, .packets = FLOWS},
	{.kind = LINEAR, .peers = 1000, .packets = 1000},
};

#define GATEWAYS (sizeof(gateways) / sizeof(gateways[0]))

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) == 0)
		return;
	fprintf(stderr, "failed: %s\n", command);
	exit(1);
}

/* --- namespaces ------------------------------------------------------------------------------- */

static int source; /* our own namespace */

static void home(void)
{
	if (setns(source, CLONE_NEWNET))
		exit(1);
}

static void enter(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		perror(path);
		exit(1);
	}
	close(fd);
}

/* The sink drops what it gets: it is nobody's there. Sources need no way back. */
static void links_make(struct gateway *g, unsigned int n)
{
	snprintf(g->link, sizeof(g->link), "g%u", n);
	g->pid = live_host_start();
	g->sink = live_host_start();
	run("ip link add %s type veth peer name wg0 address " GATEWAY_MAC
	    " netns %d && ip link set %s up",
	    g->link, g->pid, g->link);
	run("nsenter -t %d -n sh -c 'ip link add out address " GATEWAY_MAC
	    " type veth peer name in netns %d; "
	    "ip link set lo up; ip link set wg0 arp off up; ip link set out up; "
	    "ip route add 10.0.0.0/8 dev wg0; ip address add 192.0.2.1/24 dev out; ip route add "
	    "198.51.100.0/24 via 192.0.2.2; "
	    "echo 1 >/proc/sys/net/ipv4/ip_forward; "
	    "for i in all wg0; do echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; done; "
	    "ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev out nud permanent'",
	    g->pid, g->sink);
	run("nsenter -t %d -n ip link set in up", g->sink);
}

/* --- rulesets --------------------------------------------------------------------------------- */

static void aips_format(char *out, size_t size, unsigned int i)
{
	snprintf(out, size, "100.64.%u.%u/32 10.%u.%u.0/24", i >> 8, i & 255, i >> 8, i & 255);
}

/* Two zones of peers, so that source and destination have to be looked up. */
static void world_make(struct fw_world *w, const struct gateway *g)
{
	fw_world_init(w);
	fw_world_iface(w, "wg0")->firewall.counters = g->kind == COUNTED;
	for (unsigned int i = 0; i < g->peers; i++) {
		char aips[64], name[16];

		aips_format(aips, sizeof(aips), i);
		snprintf(name, sizeof(name), "site-%u", i);
		fw_world_peer(w, "wg0", name, i % 2 ? "sites" : NULL, aips);
	}
	fw_world_zone(w, "dc", "198.51.100.0/24");
	fw_world_rule(w, "wg0", "dc", "sites", NULL, VERDICT_ACCEPT);
	fw_world_rule(w, "wg0", "sites", "dc", "udp", VERDICT_ACCEPT);
	fw_world_rule(w, "wg0", "peers", "dc", "udp", VERDICT_ACCEPT);
	fw_world_join(w);
}

struct cost {
	double desired, kernel; /* us */
	size_t bytes;		/* on the wire */
};

/* Makes it so; how long the kernel took for it. */
static struct cost converge(struct nft *nft, const struct fw_world *w)
{
	struct nft_batch batch = {0};
	struct fw_actual have = {0};
	struct fw_ruleset want = {0};
	struct fw_plan plan = {0};
	struct cost c;
	char why[256] = "";
	double t;

	if (nft_observe(nft, &have) || !have.available) {
		fprintf(stderr, "no nftables\n");
		exit(1);
	}
	t = now_us();
	firewall_desired(&want, &w->state, w->config, &have);
	firewall_plan(&plan, &want, &have);
	c.desired = now_us() - t;
	nft_batch_encode(&batch, &plan, have.genid, 1, true);
	c.bytes = batch.len;
	t = now_us();
	if (nft_apply(nft, &plan, &have, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	c.kernel = now_us() - t;
	nft_batch_free(&batch);
	fw_plan_free(&plan);
	fw_ruleset_free(&want);
	fw_actual_free(&have);
	return c;
}

static void ours_make(const struct gateway *g)
{
	struct fw_world w;
	struct nft *nft;
	int err;

	nft = nft_open(&err);
	if (!nft)
		exit(1);
	world_make(&w, g);
	converge(nft, &w);
	nft_close(nft);
	fw_world_free(&w);
}

static void linear_make(const struct gateway *g)
{
	FILE *f = popen("nft -f -", "w");

	if (!f)
		exit(1);
	fprintf(f, "table inet linear {\nchain forward {\ntype filter hook forward priority -5;\n"
		   "ct state established,related accept\nct state invalid drop\n");
	for (unsigned int i = 0; i < g->peers; i++)
		fprintf(f,
			"iifname wg0 ip saddr 100.64.%u.%u accept\n"
			"iifname wg0 ip saddr 10.%u.%u.0/24 accept\n",
			i >> 8, i & 255, i >> 8, i & 255);
	fprintf(f, "iifname wg0 drop\n}\n}\n");
	if (pclose(f) != 0)
		exit(1);
}

static void rules_make(struct gateway *g)
{
	enter(g->pid);
	if (g->kind == PLAIN)
		run("nft 'table inet plain { chain forward { type filter hook forward priority -5; "
		    "ct state established,related accept; }; }'");
	else if (g->kind == LINEAR)
		linear_make(g);
	else
		ours_make(g);
}

/* --- packets ---------------------------------------------------------------------------------- */

static uint16_t checksum(const void *data, size_t size)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Behind the peers' /24: the /32 are looked up first, in vain. */
static void frame_make(uint8_t *frame, const struct gateway *g, unsigned int flow, bool answer)
{
	unsigned int peer = flow % (g->peers ? g->peers : 10),
		     turn = flow / (g->peers ? g->peers : 10);
	uint32_t inside = 10u << 24 | peer << 8 | (1 + turn % 250), outside = 0xc6336401;
	struct iphdr ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP};
	struct udphdr udp = {.len = htons(FRAME - 14 - 20)};
	uint16_t port = htons((uint16_t)(1000 + turn / 250)), service = htons(9);

	memcpy(frame, "\2\0\0\0\0\12", 6);
	memcpy(frame + 6, "\2\0\0\0\0\1", 6);
	frame[12] = 8;
	frame[13] = 0;
	ip.tot_len = htons(FRAME - 14);
	ip.saddr = htonl(answer ? outside : inside);
	ip.daddr = htonl(answer ? inside : outside);
	ip.check = checksum(&ip, sizeof(ip));
	udp.source = answer ? service : port;
	udp.dest = answer ? port : service;
	memcpy(frame + 14, &ip, sizeof(ip));
	memcpy(frame + 34, &udp, sizeof(udp));
}

static int link_open(const char *name)
{
	struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), size = 1 << 22, one = 1;

	if (fd < 0 || bind(fd, (void *)&a, sizeof(a))) {
		perror(name);
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	return fd;
}

/* us a packet. */
static double flood(const struct gateway *g, int fd, bool answer)
{
	static uint8_t frames[FLOWS][FRAME];
	struct mmsghdr m[BURST] = {0};
	struct iovec io[BURST];
	unsigned int sent = 0;
	double t;

	for (unsigned int i = 0; i < g->packets; i++)
		frame_make(frames[i], g, i, answer);
	for (unsigned int i = 0; i < BURST; i++)
		m[i].msg_hdr = (struct msghdr){.msg_iov = &io[i], .msg_iovlen = 1};
	t = now_us();
	while (sent < g->packets) {
		unsigned int n = g->packets - sent < BURST ? g->packets - sent : BURST;
		int done;

		for (unsigned int i = 0; i < n; i++)
			io[i] = (struct iovec){frames[sent + i], FRAME};
		done = sendmmsg(fd, m, n, 0);
		if (done > 0)
			sent += (unsigned int)done;
	}
	return (now_us() - t) / g->packets;
}

static unsigned int forwarded(const struct gateway *g)
{
	char command[128];
	unsigned int n = 0;
	FILE *f;

	snprintf(command, sizeof(command),
		 "nsenter -t %d -n sed -n 's/^ *in: *[0-9]* *//p' /proc/net/dev", g->sink);
	f = popen(command, "r");
	if (!f || fscanf(f, "%u", &n) != 1)
		exit(1);
	pclose(f);
	return n;
}

/* The first burst makes the connections; with known an answer to each follows. */
static int begin(const struct gateway *g, bool known)
{
	unsigned int before = forwarded(g);
	int fd, back;

	home();
	fd = link_open(g->link);
	flood(g, fd, false);
	if (forwarded(g) - before < g->packets) {
		fprintf(stderr, "%u of %u packets arrived\n", forwarded(g) - before, g->packets);
		exit(1);
	}
	if (!known)
		return fd;
	enter(g->sink);
	back = link_open("in");
	flood(g, back, true);
	close(back);
	home();
	return fd;
}

static void measure(bool known, unsigned int rounds)
{
	int fds[GATEWAYS];

	for (size_t i = 0; i < GATEWAYS; i++)
		fds[i] = begin(&gateways[i], known);
	for (unsigned int round = 0; round < rounds; round++)
		for (size_t i = 0; i < GATEWAYS; i++) {
			double us = flood(&gateways[i], fds[i], false);
			double *best = &gateways[i].best[known];

			if (!round || us < *best)
				*best = us;
		}
	for (size_t i = 0; i < GATEWAYS; i++)
		close(fds[i]);
}

/* --- what is said ----------------------------------------------------------------------------- */

static void say_packets(bool known)
{
	static const char *const names[] = {"no firewall", "ours", "ours, counted",
					    "today: a rule a prefix"};
	double floor = gateways[0].best[known];

	for (size_t i = 0; i < GATEWAYS; i++) {
		const struct gateway *g = &gateways[i];
		char what[64];

		snprintf(what, sizeof(what), "packet, %s: %s", known ? "known" : "unanswered",
			 names[g->kind]);
		figure_beside(what, g->peers, g->best[known] * 1e3, "ns", i ? floor * 1e3 : 0);
	}
}

/* The least that could be done: the allowed-IPs as elements of one hash, and nothing else. */
static void floor_make(struct fw_ruleset *out, unsigned int peers)
{
	struct fw_set *set;

	out->table = true;
	set = vec_add(&out->sets);
	*set = (struct fw_set){.name = "floor", .key = FW_KEY_IP4, .masklen = 32, .plain = true};
	for (uint32_t i = 0; i < peers; i++) {
		uint32_t keys[2] = {htonl(100u << 24 | 64u << 16 | i), htonl(10u << 24 | i << 8)};

		for (int j = 0; j < 2; j++)
			memcpy(vec_add(&set->elems)->key, &keys[j], sizeof(keys[j]));
	}
	vec_sort(&set->elems, fw_elem_cmp);
	set->size = 2 * peers + 16;
}

/* us */
static double floor_us(unsigned int peers, unsigned int rounds)
{
	struct fw_ruleset want = {0};
	double best = 0;

	floor_make(&want, peers);
	for (unsigned int i = 0; i < rounds; i++) {
		struct fw_actual have = {0};
		struct fw_plan plan = {0};
		struct nft *nft;
		double t;
		int err;

		run("nft delete table inet wayside 2>/dev/null; :");
		nft = nft_open(&err);
		if (!nft || nft_observe(nft, &have))
			exit(1);
		firewall_plan(&plan, &want, &have);
		t = now_us();
		if (nft_apply(nft, &plan, &have, NULL, 0))
			exit(1);
		t = now_us() - t;
		best = !i || t < best ? t : best;
		fw_plan_free(&plan);
		fw_actual_free(&have);
		nft_close(nft);
	}
	figure("floor: allowed-IPs in one set", peers, best / 1e3, "ms");
	fw_ruleset_free(&want);
	return best;
}

static struct cost least(struct cost a, struct cost b)
{
	if (!a.bytes)
		return b;
	a.desired = b.desired < a.desired ? b.desired : a.desired;
	a.kernel = b.kernel < a.kernel ? b.kernel : a.kernel;
	return a;
}

/* The same for a size that was measured before. */
static double floors_us(unsigned int peers)
{
	static unsigned int known[GATEWAYS];
	static double us[GATEWAYS];

	for (size_t i = 0; i < GATEWAYS; i++) {
		if (!known[i]) {
			known[i] = peers;
			us[i] = floor_us(peers, 5);
		}
		if (known[i] == peers)
			return us[i];
	}
	return 0;
}

static void say(const char *what, const struct gateway *g, double value, const char *unit,
		double beside)
{
	char line[64];

	snprintf(line, sizeof(line), "%s%s", what, g->kind == COUNTED ? ", counted" : "");
	figure_beside(line, g->peers, value, unit, beside);
}

/* From nothing, then one peer more, again and again; the least of each. */
static void say_table(const struct gateway *g, unsigned int rounds, double floor)
{
	struct cost whole = {0}, one = {0}, gone = {0};
	struct nft *nft;
	int err;

	for (unsigned int i = 0; i < rounds; i++) {
		struct fw_world w;

		run("nft delete table inet wayside 2>/dev/null; :");
		nft = nft_open(&err);
		world_make(&w, g);
		whole = least(whole, converge(nft, &w));
		fw_world_peer(&w, "wg0", "new", "sites", "100.127.0.1/32 11.0.0.0/24");
		fw_world_join(&w);
		one = least(one, converge(nft, &w));
		w.state.devices.at[0].peers.len--;
		w.state.devices.at[0].aips.len -= 2;
		gone = least(gone, converge(nft, &w));
		fw_world_free(&w);
		nft_close(nft);
	}
	say("table from nothing", g, whole.kernel / 1e3, "ms", floor / 1e3);
	say("table computed", g, whole.desired / 1e3, "ms", 0);
	say("table: a peer more", g, one.kernel, "us", 0);
	say("table: a peer less", g, gone.kernel, "us", 0);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 40;
	cpu_set_t cpus;

	if (geteuid() != 0 || unshare(CLONE_NEWNET)) {
		printf("SKIP: needs root, for network namespaces\n");
		return 77;
	}
	if (system("command -v nft ip nsenter >/dev/null") != 0) {
		printf("SKIP: needs nft, ip and nsenter\n");
		return 77;
	}
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	source = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < GATEWAYS; i++) {
		links_make(&gateways[i], (unsigned int)i);
		rules_make(&gateways[i]);
		home();
	}
	measure(false, rounds);
	measure(true, rounds);
	say_packets(false);
	say_packets(true);
	for (size_t i = 1; i < GATEWAYS; i++)
		if (gateways[i].kind != LINEAR)
			say_table(&gateways[i], 5, floors_us(gateways[i].peers));
	return 0;
}
