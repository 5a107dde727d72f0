// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lookups and probes as the engine asks for them: through a confined child, of a real name
 * server.
 *
 * Needs root and dnsmasq, else it is skipped (exit status 77).
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/child.h"
#include "support/asking.h"
#include "support/dns_world.h"

#define SILENT_SERVERS "nameserver 127.0.0.2\nnameserver 127.0.0.3\nnameserver 127.0.0.4\n"

static void addresses_and_ttls(void **state)
{
	(void)state;
	expect_answer(lookup("four.test", AF_INET), "found 300 192.0.2.4");
	expect_answer(lookup("six.test", AF_INET6), "found 600 2001:db8::6");
	expect_answer(lookup("FOUR.Test", AF_INET), "found 300 192.0.2.4");
	assert_int_equal(lookup("many.test", AF_INET).count, 3);
}

static void cname_ttls_count(void **state)
{
	(void)state;
	expect_answer(lookup("short.test", AF_INET),
		      "found 30 192.0.2.4"); /* the CNAME's is smaller */
	expect_answer(lookup("long.test", AF_INET), "found 300 192.0.2.4"); /* the address's is */
	expect_answer(lookup("chain.test", AF_INET),
		      "found 30 192.0.2.4"); /* the one in the middle */
}

static void long_answers_come_over_tcp(void **state)
{
	struct net_answer a = lookup("big.test", AF_INET);
	(void)state;

	assert_int_equal(a.status, NET_OK);
	assert_int_equal(a.count, NET_MAX_ADDRS);
}

static void failures_have_reasons(void **state)
{
	(void)state;
	expect_answer(lookup("nothing.test", AF_INET), "no such name");
	expect_answer(lookup("four.test", AF_INET6), "no address of this family");
	expect_answer(lookup("six.test", AF_INET), "no address of this family");
	expect_answer(lookup("elsewhere.example", AF_INET),
		      "the name servers failed, refused or cannot be reached");
}

static struct net_answer srv_lookup(const char *name, uint8_t family)
{
	struct net_request q = lookup_request(12, name, family);

	q.kind = NET_SRV;
	return ask_within(&q, 5000);
}

static void srv_records_lead_to_addresses(void **state)
{
	struct net_answer a = srv_lookup("_wireguard._udp.test", AF_INET);
	(void)state;

	expect_answer(a, "found 0 192.0.2.77 192.0.2.4"); /* by priority; hosts have no TTL */
	assert_int_equal(a.ports[0], 51821);
	assert_int_equal(a.ports[1], 51820);
	a = srv_lookup("_wireguard._udp.test", AF_INET6);
	expect_answer(a, "found 0 2001:db8::77 2001:db8::6");
	assert_int_equal(a.ports[1], 51822);
	a = srv_lookup("_wireguard._udp.test", AF_UNSPEC);
	expect_answer(a, "found 0 2001:db8::77 192.0.2.77 192.0.2.4 2001:db8::6");
	assert_int_equal(a.ports[0], 51821);
	assert_int_equal(a.ports[1], 51821);
	assert_int_equal(a.ports[3], 51822);
	expect_answer(srv_lookup("_two._udp.test", AF_UNSPEC), "found 120 192.0.2.4");
	expect_answer(srv_lookup("_nothing._udp.test", AF_INET), "no such name");
	expect_answer(srv_lookup("_lost._udp.test", AF_INET), "no such name");
	expect_answer(srv_lookup("four.test", AF_INET), "no address of this family");
}

/* What is in resolv.conf is the network's; no line of it may end the child. */
static void resolv_conf_of_any_shape(void **state)
{
	(void)state;
	dns_world_write(
		"/etc/resolv.conf",
		"; a comment\n# another\n\nnonsense\nnameserver\nnameserver x.y.z\n"
		"nameserver fe80::1%lo\nnameserver fe80::1%nowhere\nnameserver ::1\n"
		"sortlist 130.155.160.0/255.255.240.0 130.155.0.0\n"
		"domain example.net\nsearch a.example b.example\n"
		"options ndots:3 timeout:1 attempts:1 rotate edns0 trust-ad use-vc no-tld-query\n"
		"lookup file bind\n" NAME_SERVER "nameserver 127.0.0.1:53\n");
	wait_until(&asking.restarts, 2, 1500);
	expect_answer(lookup("hosted.test", AF_INET), "found 0 192.0.2.77");
	expect_answer(lookup("four.test", AF_INET), "found 300 192.0.2.4");
	assert_int_equal(asking.restarts, 2);
}

/* nsswitch.conf here says "hosts: files", and resolv.conf has a search list with the domain. */
static void names_are_full_names(void **state)
{
	(void)state;
	expect_answer(lookup("four", AF_INET), "no such name");
}

static void hosts_file_is_read(void **state)
{
	(void)state;
	expect_answer(lookup("hosted.test", AF_INET), "found 0 192.0.2.77");
	expect_answer(lookup("hosted.test", AF_INET6), "found 0 2001:db8::77");
	expect_answer(lookup("localhost", AF_INET), "found 0 127.0.0.1");
	expect_answer(lookup("192.0.2.9", AF_INET), "found 0 192.0.2.9");
}

static void senseless_requests_fail(void **state)
{
	struct net_request q = lookup_request(5, "", AF_INET);
	(void)state;

	expect_answer(ask_within(&q, 1000), "the lookup failed");
	memset(q.name, 'a', sizeof(q.name)); /* no end */
	expect_answer(ask_within(&q, 1000), "the lookup failed");
	q = lookup_request(6, "four.test", AF_UNSPEC);
	expect_answer(ask_within(&q, 1000), "the lookup failed");
	memset(q.name, 'a', 100); /* a label that is too long */
	q.family = AF_INET;
	assert_int_not_equal(ask_within(&q, 1000).status, NET_OK);
}

/* More than are in flight at once, and more than the socket has room for. */
static void thousands_at_once(void **state)
{
	enum { N = 4000 };
	static bool seen[N];
	(void)state;

	for (uint32_t i = 0; i < N; i++) {
		static const char *const names[] = {"four.test", "hosted.test", "nothing.test"};
		struct net_request q = lookup_request(i, names[i % 3], AF_INET);

		assert_int_equal(child_ask(asking.child, &q), 0);
	}
	wait_until(&asking.answers.len, N, 20000);
	vec_each(&asking.answers, a) {
		assert_in_range(a->id, 0, N - 1);
		assert_false(seen[a->id]);
		seen[a->id] = true;
		assert_int_equal(a->status, a->id % 3 == 2 ? NET_NOT_FOUND : NET_OK);
	}
	assert_int_equal(asking.restarts, 1);
}

static void too_many_are_refused_and_asked_for_again(void **state)
{
	struct net_request q;
	uint32_t id = 0;
	(void)state;

	do {
		q = lookup_request(id++, "four.test", AF_INET);
	} while (!child_ask(asking.child, &q));
	assert_int_equal(id, 16384 + 1);
	wait_until(&asking.restarts, 2, 60000); /* "ask again" */
	assert_int_equal(child_ask(asking.child, &q), 0);
	wait_until(&asking.answers.len, 16384 + 1, 60000);
}

/* A server that is not there at all says so at once; one that is silent takes its time. */
static void dead_servers_time_out(void **state)
{
	struct net_request q = lookup_request(1, "four.test", AF_INET);
	struct sockaddr_in silent = {.sin_family = AF_INET, .sin_port = htons(53)};
	int fds[3];
	uint64_t start;
	(void)state;

	dns_world_write("/etc/resolv.conf", SILENT_SERVERS);
	wait_until(&asking.restarts, 2, 1500);
	expect_answer(ask_within(&q, 2000),
		      "the name servers failed, refused or cannot be reached");
	for (uint32_t i = 0; i < 3; i++) {
		fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		silent.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i);
		assert_int_equal(bind(fds[i], (struct sockaddr *)&silent, sizeof(silent)), 0);
	}
	start = uv_hrtime();
	expect_answer(ask_within(&q, 20000), "no name server answered in time");
	assert_in_range((uv_hrtime() - start) / 1000000, 5900, 15000);
	expect_answer(lookup("hosted.test", AF_INET), "found 0 192.0.2.77");
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	assert_int_equal(asking.restarts, 2);
}

static struct net_answer probe(const char *ifname, const char *source, const char *target)
{
	struct net_request q = {.kind = NET_PROBE, .id = 8};

	mem_copy_str(q.ifname, sizeof(q.ifname), ifname);
	assert_int_equal(endpoint_parse(&q.target, target), 0);
	if (*source)
		assert_int_equal(addr_parse(&q.source, source), 0);
	return ask_within(&q, 1000);
}

static void probe_sends_one_byte(void **state)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(9999)};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char bytes[8];
	(void)state;

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	expect_answer(probe("lo", "127.0.0.5", "127.0.0.1:9999"), "found 0");
	assert_int_equal(recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&sa, &len), 1);
	assert_int_equal(ntohl(sa.sin_addr.s_addr), INADDR_LOOPBACK + 4);
	expect_answer(probe("lo", "", "127.0.0.1:9999"), "found 0");
	assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), 1);
	expect_answer(probe("nowhere", "", "127.0.0.1:9999"), "the lookup failed");
	expect_answer(probe("", "", "127.0.0.1:9999"), "the lookup failed");
	expect_answer(probe("lo", "::1", "127.0.0.1:9999"), "the lookup failed");
	assert_int_equal(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), -1);
	close(fd);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, asking_begin, asking_end)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		CASE(addresses_and_ttls),
		CASE(cname_ttls_count),
		CASE(long_answers_come_over_tcp),
		CASE(failures_have_reasons),
		CASE(srv_records_lead_to_addresses),
		CASE(resolv_conf_of_any_shape),
		CASE(names_are_full_names),
		CASE(hosts_file_is_read),
		CASE(senseless_requests_fail),
		CASE(thousands_at_once),
		CASE(too_many_are_refused_and_asked_for_again),
		CASE(dead_servers_time_out),
		CASE(probe_sends_one_byte),
	};
	const char *why;
	int failed;

	if (argc == 3 && !strcmp(argv[1], "--net-child"))
		return net_child_main(atoi(argv[2]));
	why = dns_world_make();
	if (why) {
		printf("SKIP: %s\n", why);
		return 77;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	dns_world_end();
	return failed;
}
