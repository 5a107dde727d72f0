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
	memory_write(&text, &before, &(struct loans){0});
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

/* What changed since goes behind it: of one name the last word counts, and half a line is none. */
static void what_changed_since(void **state)
{
	struct names before = wanted(), after = wanted();
	struct endpoint e[4];
	struct memory m = {0};
	struct str text = {0};
	char buf[ENDPOINT_STRLEN];
	uint32_t written;
	size_t len;
	(void)state;

	answer(&before, "gw.example.net", AF_INET, "203.0.113.7", 0);
	answer(&before, "_wireguard._udp.example.net", AF_INET, "203.0.113.8", 51821);
	memory_write(&text, &before, &(struct loans){0});
	written = before.last_version;
	len = text.len;
	assert_int_equal(memory_write_since(&text, &before, written), 0);
	assert_int_equal(text.len, len);
	answer(&before, "gw.example.net", AF_INET, "203.0.113.70", 0);
	assert_int_equal(memory_write_since(&text, &before, written), 1);
	written = before.last_version;
	answer(&before, "gw.example.net", AF_INET, "203.0.113.71", 0);
	assert_int_equal(memory_write_since(&text, &before, written), 1);
	for (size_t torn = 0; torn < 3; torn++) {
		assert_int_equal(memory_read(&m, str_text(&text), text.len - 7 * torn), 0);
		assert_int_equal(memory_recall(&m, &after), 2);
		assert_int_equal(name_endpoints(names_find(&after, "gw.example.net"), 5, e, 4), 1);
		assert_string_equal(endpoint_format(&e[0], buf),
				    torn ? "203.0.113.70:5" : "203.0.113.71:5");
		memory_free(&m);
		names_free(&after);
		after = wanted();
	}
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

static struct loan loan_of(const char *prefix, uint8_t home, uint8_t holder)
{
	struct loan l = {
		.ifname = "wg0", .homeless = !home, .home = {{home}}, .holder = {{holder}}};

	assert_int_equal(prefix_parse(&l.prefix, prefix, NULL), 0);
	return l;
}

static void what_was_moved(void **state)
{
	struct loans moved = {0}, none = {0};
	struct memory m = {0};
	struct names ns = {0};
	struct str text = {0};
	(void)state;

	*vec_add(&moved) = loan_of("10.10.0.0/16", 1, 2);
	*vec_add(&moved) = loan_of("10.20.0.0/16", 0, 2);
	*vec_add(&moved) = loan_of("fd00::/48", 3, 4);
	moved.at[1].elsewhere = true;
	moved.at[2].passed_on = true;
	moved.at[2].before = (struct key){{7}};
	memory_write(&text, &ns, &moved);
	assert_int_equal(memory_read(&m, str_text(&text), text.len), 0);
	assert_true(loans_same(&m.loans, &moved));
	assert_false(loans_same(&m.loans, &none));
	m.loans.at[0].holder.bytes[0]++;
	assert_false(loans_same(&m.loans, &moved));
	memory_free(&m);
	vec_free(&moved);
	str_free(&text);
}

#define K1 "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define K2 "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* One that is not understood is left out; of two for one prefix one stays. */
static void moves_that_make_no_sense(void **state)
{
	static const char text[] =
		"{\"version\":1,\"moved\":[7,{},"
		"{\"interface\":\"an-interface-too-long\",\"prefix\":\"10.1.0.0/16\",\"to\":\"" K1
		"\"},"
		"{\"interface\":\"wg0\",\"prefix\":\"10.1.0.1/16\",\"to\":\"" K1 "\"},"
		"{\"interface\":\"wg0\",\"prefix\":\"10.1.0.0/16\",\"to\":\"nobody\"},"
		"{\"interface\":\"wg0\",\"prefix\":\"10.1.0.0/16\",\"from\":3,\"to\":\"" K1 "\"},"
		"{\"interface\":\"wg0\",\"prefix\":\"10.2.0.0/16\",\"from\":\"" K2 "\",\"to\":\"" K1
		"\"},"
		"{\"interface\":\"wg0\",\"prefix\":\"10.2.0.0/16\",\"to\":\"" K1 "\"}]}";
	struct memory m = {0};
	(void)state;

	assert_int_equal(memory_read(&m, text, strlen(text)), 0);
	assert_int_equal(m.loans.len, 1);
	assert_int_equal(m.loans.at[0].holder.bytes[0], 1);
	memory_free(&m);
}

TEST_MAIN(written_and_read, what_changed_since, what_makes_no_sense, what_was_moved,
	  moves_that_make_no_sense)
