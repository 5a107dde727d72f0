// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that a program can do, to measure Wayside against in the same run: only the netlink
 * work, on bare libmnl, with nothing looked at, compared or kept. Each peer has a /32 and a /24.
 *
 *	floor conf N [names]	prints a configuration of N peers for `wg setconf`, their endpoints
 *				by name where that is asked for
 *	floor hosts N MOVED	prints a hosts(5) of those names, the first MOVED of which are
 *				somewhere else than their endpoints
 *	floor dump IFACE	one WG_CMD_GET_DEVICE dump, every attribute of it visited
 *	floor shown IFACE	one dump of the routes over it, filtered by the kernel, every
 *				attribute of it visited
 *	floor routes IFACE N	adds the 2N routes of those peers in batches of 8 KiB; then,
 *				unmeasured, takes them out again
 *	floor endpoints IFACE N	sets the endpoints of those peers to somewhere else, in messages of
 *				at most 8 KiB; then, unmeasured, back
 *	floor run CMD...	runs CMD, with its output on stderr
 *
 * All but the first two print milliseconds (under QEMU's -icount: millions of instructions, user
 *and kernel); `run` also what of it was work of CMD and the largest resident set in KiB, and it
 *ends with CMD's exit code.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCH	   8192
#define DUMP_BUF   32768 /* what WireGuard's dump fills at once, and some */
#define ROUTE_ROOM 128	 /* one RTM_NEWROUTE, or one peer's endpoint, and its attributes */
#define PROTOCOL   186	 /* nobody's */

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double timeval_ms(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct mnl_socket *nl_open(int bus)
{
	struct mnl_socket *nl = mnl_socket_open(bus);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		die("netlink socket");
	return nl;
}

/* Sends one message and hands every answer to cb until it is done. */
static void nl_talk(struct mnl_socket *nl, struct nlmsghdr *h, mnl_cb_t cb, void *data)
{
	static char buf[DUMP_BUF];
	ssize_t n;
	int r = MNL_CB_OK;

	if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		die("send");
	while (r == MNL_CB_OK) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			die("receive");
		r = mnl_cb_run(buf, (size_t)n, h->nlmsg_seq, mnl_socket_get_portid(nl), cb, data);
	}
	if (r < 0)
		die("netlink answer");
}

/* Peer i: 100.64.0.0 + i, and 10.0.0.0/24 + i, in host order. */
static uint32_t peer_addr(uint32_t i, bool lan)
{
	return lan ? (10u << 24) + (i << 8) : (100u << 24) + (64u << 16) + i;
}

static void addr_print(const char *before, uint32_t addr, const char *after)
{
	struct in_addr in = {.s_addr = htonl(addr)};

	printf("%s%s%s", before, inet_ntoa(in), after);
}

/* The 43 digits of what looks like a key in base 64; the same ones each time. */
static void key_digits(uint32_t i, uint8_t out[43])
{
	uint64_t x = 0x9e3779b97f4a7c15ull * (i + 1);

	for (int digit = 0; digit < 43; digit++) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		/* The last digit carries four bits of the 256 only. */
		out[digit] = (uint8_t)(digit < 42 ? x >> 32 & 63 : x >> 32 & 60);
	}
}

static void key_print(uint32_t i)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t key[43];

	key_digits(i, key);
	printf("PublicKey = ");
	for (int digit = 0; digit < 43; digit++)
		putchar(digits[key[digit]]);
	puts("=");
}

static void key_bytes(uint32_t i, uint8_t out[WG_KEY_LEN])
{
	uint8_t key[43];
	uint32_t bits = 0, have = 0, n = 0;

	key_digits(i, key);
	for (int digit = 0; digit < 43; digit++) {
		bits = bits << 6 | key[digit];
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (uint8_t)(bits >> have);
	}
}

/* Peer i is at 198.18.0.0 + i, or 198.19.0.0 + i. */
static uint32_t endpoint_addr(uint32_t i, uint32_t net)
{
	return (198u << 24) + (net << 16) + i;
}

static int conf_print(uint32_t peers, bool names)
{
	puts("[Interface]\nPrivateKey = eLbIlV1cIrfp1m3sXMTUQ3nS2jXvB1QbTnp6cnXbbG8=\n"
	     "ListenPort = 51820");
	for (uint32_t i = 0; i < peers; i++) {
		puts("\n[Peer]");
		key_print(i);
		addr_print("AllowedIPs = ", peer_addr(i, false), "/32, ");
		addr_print("", peer_addr(i, true), "/24\n");
		if (names)
			printf("Endpoint = n%u.many:51820\n", i);
		else
			addr_print("Endpoint = ", endpoint_addr(i, 18), ":51820\n");
	}
	return 0;
}

static int hosts_print(uint32_t peers, uint32_t moved)
{
	char name[32];

	for (uint32_t i = 0; i < peers; i++) {
		snprintf(name, sizeof(name), " n%u.many\n", i);
		addr_print("", endpoint_addr(i, i < moved ? 19 : 18), name);
	}
	return 0;
}

static int family_read(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)data = mnl_attr_get_u16(a);
	}
	return MNL_CB_OK;
}

static struct nlmsghdr *genl_put(char *buf, uint16_t type, uint16_t flags, uint8_t cmd)
{
	static uint32_t seq;
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++seq;
	g->cmd = cmd;
	g->version = 1;
	return h;
}

static uint16_t wireguard_family(struct mnl_socket *nl)
{
	char buf[256];
	struct nlmsghdr *h = genl_put(buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY);
	uint16_t family = 0;

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	nl_talk(nl, h, family_read, &family);
	return family;
}

/* Visits the attributes of a message, nested ones too, and adds up what they weigh. */
static uint64_t attrs_visit(const void *at, size_t len, int depth)
{
	const struct nlattr *a = at;
	uint64_t sum = 0;

	for (; mnl_attr_ok(a, (int)((const char *)at + len - (const char *)a));
	     a = mnl_attr_next(a)) {
		sum += mnl_attr_get_payload_len(a);
		if (depth && a->nla_type & NLA_F_NESTED)
			sum += attrs_visit(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a),
					   depth - 1);
	}
	return sum;
}

static int device_read(const struct nlmsghdr *h, void *data)
{
	*(uint64_t *)data +=
		attrs_visit(mnl_nlmsg_get_payload_offset(h, sizeof(struct genlmsghdr)),
			    mnl_nlmsg_get_payload_len(h) - sizeof(struct genlmsghdr), 5);
	return MNL_CB_OK;
}

static int dump_measure(const char *iface)
{
	struct mnl_socket *nl = nl_open(NETLINK_GENERIC);
	uint16_t family = wireguard_family(nl);
	char buf[256];
	struct nlmsghdr *h;
	uint64_t bytes = 0;
	double start = now_ms();

	h = genl_put(buf, family, NLM_F_DUMP, WG_CMD_GET_DEVICE);
	mnl_attr_put_strz(h, WGDEVICE_A_IFNAME, iface);
	nl_talk(nl, h, device_read, &bytes);
	printf("%.3f\n", now_ms() - start);
	return bytes ? 0 : 1;
}

static size_t route_put(char *at, uint16_t type, uint16_t flags, uint32_t seq, uint32_t ifindex)
{
	uint32_t peer = (seq - 1) / 2;
	bool lan = (seq - 1) % 2;
	struct nlmsghdr *h = mnl_nlmsg_put_header(at);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = seq;
	r->rtm_family = AF_INET;
	r->rtm_dst_len = lan ? 24 : 32;
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = PROTOCOL;
	r->rtm_scope = RT_SCOPE_LINK;
	r->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(h, RTA_DST, htonl(peer_addr(peer, lan)));
	mnl_attr_put_u32(h, RTA_OIF, ifindex);
	return h->nlmsg_len;
}

/* Reads answers until the one for seq; only errors and that one are sent. */
static void ack_wait(struct mnl_socket *nl, uint32_t seq)
{
	char buf[BATCH];
	ssize_t n;
	int left;

	for (;;) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			die("receive");
		left = (int)n;
		for (struct nlmsghdr *h = (void *)buf; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

			errno = -e->error;
			if (errno)
				die("route");
			if (h->nlmsg_seq == seq)
				return;
		}
	}
}

static void routes_send(struct mnl_socket *nl, uint16_t type, uint16_t flags, uint32_t ifindex,
			uint32_t count)
{
	char buf[BATCH];
	size_t len = 0, last;

	for (uint32_t seq = 1; seq <= count; seq++) {
		last = len;
		len += route_put(buf + len, type, flags, seq, ifindex);
		if (len + ROUTE_ROOM <= sizeof(buf) && seq < count)
			continue;
		((struct nlmsghdr *)(buf + last))->nlmsg_flags |= NLM_F_ACK;
		if (mnl_socket_sendto(nl, buf, len) < 0)
			die("send");
		ack_wait(nl, seq);
		len = 0;
	}
}

static int routes_measure(const char *iface, uint32_t peers)
{
	struct mnl_socket *nl = nl_open(NETLINK_ROUTE);
	uint32_t ifindex = if_nametoindex(iface);
	double start = now_ms();

	routes_send(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, ifindex, peers * 2);
	printf("%.3f\n", now_ms() - start);
	routes_send(nl, RTM_DELROUTE, 0, ifindex, peers * 2);
	return 0;
}

static int route_read(const struct nlmsghdr *h, void *data)
{
	*(uint64_t *)data += attrs_visit(mnl_nlmsg_get_payload_offset(h, sizeof(struct rtmsg)),
					 mnl_nlmsg_get_payload_len(h) - sizeof(struct rtmsg), 0);
	return MNL_CB_OK;
}

static int shown_measure(const char *iface)
{
	struct mnl_socket *nl = nl_open(NETLINK_ROUTE);
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	uint64_t bytes = 0;
	int on = 1;
	double start = now_ms();

	mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = 1;
	r->rtm_family = AF_INET;
	mnl_attr_put_u32(h, RTA_OIF, if_nametoindex(iface));
	nl_talk(nl, h, route_read, &bytes);
	printf("%.3f\n", now_ms() - start);
	return bytes ? 0 : 1;
}

static void endpoint_put(struct nlmsghdr *h, uint32_t peer, uint32_t net)
{
	struct nlattr *nest = mnl_attr_nest_start(h, 0);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(51820),
				 .sin_addr.s_addr = htonl(endpoint_addr(peer, net))};
	uint8_t key[WG_KEY_LEN];

	key_bytes(peer, key);
	mnl_attr_put(h, WGPEER_A_PUBLIC_KEY, sizeof(key), key);
	mnl_attr_put_u32(h, WGPEER_A_FLAGS, WGPEER_F_UPDATE_ONLY);
	mnl_attr_put(h, WGPEER_A_ENDPOINT, sizeof(to), &to);
	mnl_attr_nest_end(h, nest);
}

static void endpoints_send(struct mnl_socket *nl, uint16_t family, const char *iface,
			   uint32_t peers, uint32_t net)
{
	char buf[BATCH];
	struct nlattr *nest;
	struct nlmsghdr *h;

	for (uint32_t i = 0; i < peers;) {
		h = genl_put(buf, family, NLM_F_ACK, WG_CMD_SET_DEVICE);
		mnl_attr_put_strz(h, WGDEVICE_A_IFNAME, iface);
		nest = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
		for (; i < peers && h->nlmsg_len + ROUTE_ROOM <= sizeof(buf); i++)
			endpoint_put(h, i, net);
		mnl_attr_nest_end(h, nest);
		nl_talk(nl, h, NULL, NULL);
	}
}

static int endpoints_measure(const char *iface, uint32_t peers)
{
	struct mnl_socket *nl = nl_open(NETLINK_GENERIC);
	uint16_t family = wireguard_family(nl);
	double start = now_ms();

	endpoints_send(nl, family, iface, peers, 19);
	printf("%.3f\n", now_ms() - start);
	endpoints_send(nl, family, iface, peers, 18);
	return 0;
}

static int command_measure(char **argv)
{
	double start = now_ms();
	struct rusage used;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (wait4(pid, &status, 0, &used) < 0)
		die("wait");
	printf("%.3f %.3f %ld\n", now_ms() - start,
	       timeval_ms(&used.ru_utime) + timeval_ms(&used.ru_stime), used.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	const char *word = argc > 2 ? argv[1] : "";

	if (!strcmp(word, "conf"))
		return conf_print((uint32_t)atoi(argv[2]), argc > 3 && !strcmp(argv[3], "names"));
	if (!strcmp(word, "hosts") && argc > 3)
		return hosts_print((uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]));
	if (!strcmp(word, "dump"))
		return dump_measure(argv[2]);
	if (!strcmp(word, "shown"))
		return shown_measure(argv[2]);
	if (!strcmp(word, "routes") && argc > 3)
		return routes_measure(argv[2], (uint32_t)atoi(argv[3]));
	if (!strcmp(word, "endpoints") && argc > 3)
		return endpoints_measure(argv[2], (uint32_t)atoi(argv[3]));
	if (!strcmp(word, "run"))
		return command_measure(argv + 2);
	fputs("usage: floor conf N [names] | hosts N MOVED | dump IFACE | shown IFACE |\n"
	      "       routes IFACE N | endpoints IFACE N | run CMD...\n",
	      stderr);
	return 2;
}
