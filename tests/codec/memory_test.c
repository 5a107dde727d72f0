// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory file: what is written is read back, and what makes no sense is not believed.
 */
#include "support/test.h"

#include "codec/memory.h"

static const struct endpoints_conf any = {.ttl_min = 1000, .ttl_max = 60000};

static void answer(struct names *ns, const char *host, uint8_t family, const char *addr,
		   uint16_t port)
{
	struct net_answer a = {.kind = NET_LOOKUP, .ttl = 60, .count = 1};
	struct name *n = names_find(ns, host);
	struct rng rng = {0};

	a.id = n->id * 2 + (family == AF_INET6);
	assert_int_equal(addr_parse(&a.addrs[0], addr), 0);
	a.ports[0] = port;
	assert_true(names_answer(ns, &a, 1000, &rng, &n));
}

static struct names wanted(void)
{
	struct names ns = {0};

	names_want(&ns, "gw.example.net", &any);
	names_want_srv(&ns, "_wireguard._udp.example.net", &any);
	names_want(&ns, "never.example.net", &any);
	names_sweep(&ns);
	return ns;
}

static void written_and_read(void **state)
{
	struct names before = wanted(), after = wanted();
	struct endpoint e[4];
	struct memory m = {0};
	struct str text = {0};
	char buf[ENDPOINT_STRLEN];
	(void)state;

	answer(&before, "gw.example.net", AF_INET, "203.0.113.7", 0);
	answer(&before, "gw.example.net", AF_INET6, "2001:db8::7", 0);
	answer(&before, "_wireguard._udp.example.net", AF_INET, "203.0.113.8", 51821);
	memory_write(&text, &before);
	assert_int_equal(memory_read(&m, str_text(&text), text.len), 0);
	assert_int_equal(memory_recall(&m, &after), 2);
	assert_int_equal(name_endpoints(names_find(&after, "gw.example.net"), 5, e, 4), 2);
	assert_string_equal(endpoint_format(&e[0], buf), "[2001:db8::7]:5");
	assert_string_equal(endpoint_format(&e[1], buf), "203.0.113.7:5");
	assert_int_equal(name_endpoints(names_find(&after, "_wireguard._udp.example.net"), 5, e, 4),
			 1);
	assert_string_equal(endpoint_format(&e[0], buf), "203.0.113.8:51821");
	assert_false(name_known(names_find(&after, "never.example.net")));
	/* What a server said is newer than any memory. */
	assert_int_equal(memory_recall(&m, &before), 0);
	memory_free(&m);
	str_free(&text);
	names_free(&before);
	names_free(&after);
}

static void what_makes_no_sense(void **state)
{
	static const char *const broken[] = {
		"",
		"{",
		"[]",
		"null",
		"{\"version\":2,\"names\":{\"gw.example.net\":[\"203.0.113.7\"]}}",
		"{\"names\":{\"gw.example.net\":[\"203.0.113.7\"]}}"};
	static const char half[] =
		"{\"version\":1,\"names\":{\"gw.example.net\":[\"127.0.0.1\",7,\"x\",\"::\","
		"\"203.0.113.9:80\",\"203.0.113.7\"],\"b\":3}}";
	struct names ns = wanted();
	struct memory m = {0};
	struct endpoint e[4];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		assert_int_not_equal(memory_read(&m, broken[i], strlen(broken[i])), 0);
		assert_int_equal(memory_recall(&m, &ns), 0);
	}
	assert_int_equal(memory_read(&m, half, strlen(half)), 0);
	assert_int_equal(memory_recall(&m, &ns), 1);
	assert_int_equal(name_endpoints(names_find(&ns, "gw.example.net"), 5, e, 4), 1);
	memory_free(&m);
	names_free(&ns);
}

TEST_MAIN(written_and_read, what_makes_no_sense)
