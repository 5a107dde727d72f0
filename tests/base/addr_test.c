// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses, prefixes and endpoints: what text they take, what order they have, what covers what.
 */
#include "support/test.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/rng.h"

static struct prefix pfx(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text, NULL), 0);
	return p;
}

static void prefix_text_and_back(void **state)
{
	static const char *const same[] = {"10.0.0.0/8", "0.0.0.0/0", "192.168.1.7/32",
					   "::/0",	 "fd00::/64", "2001:db8::1/128"};
	char buf[PREFIX_STRLEN];
	(void)state;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct prefix p = pfx(same[i]);

		assert_string_equal(prefix_format(&p, buf), same[i]);
	}
}

static void prefix_masks_host_bits(void **state)
{
	struct prefix p;
	char buf[PREFIX_STRLEN];
	bool masked;
	(void)state;

	assert_int_equal(prefix_parse(&p, "10.1.2.3/16", &masked), 0);
	assert_true(masked);
	assert_string_equal(prefix_format(&p, buf), "10.1.0.0/16");
	assert_int_equal(prefix_parse(&p, "10.1.2.3", &masked), 0);
	assert_false(masked);
	assert_int_equal(p.len, 32);
}

static void prefix_refuses(void **state)
{
	static const char *const bad[] = {"",	       "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
					  "10.0.0/8",  "::/129",      "x/8",	     "10.0.0.0/8x",
					  "1.2.3.4.5", "10.0.0.0/ 8", "::1::/64",    "1.2.3.4/+8"};
	struct prefix p;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(prefix_parse(&p, bad[i], NULL), 0);
}

static void covering(void **state)
{
	struct prefix eight = pfx("10.0.0.0/8"), inner = pfx("10.20.1.0/24");
	struct prefix odd = pfx("10.16.0.0/12"), six = pfx("::/0");
	(void)state;

	assert_true(prefix_covers(&eight, &inner));
	assert_false(prefix_covers(&inner, &eight));
	assert_true(prefix_covers(&odd, &inner));
	assert_true(prefix_covers(&inner, &inner));
	assert_false(prefix_covers(&six, &inner));
}

/* Against the naive reference: compare bit by bit. */
static void covering_matches_bits(void **state)
{
	struct rng rng = {.state = 1};
	(void)state;

	for (int n = 0; n < 20000; n++) {
		uint8_t a[4] = {0}, b[4] = {0};
		uint8_t la = (uint8_t)rng_below(&rng, 33), lb = (uint8_t)rng_below(&rng, 33);
		struct addr x, y;
		struct prefix p, q;
		bool want = la <= lb;

		for (int i = 0; i < 4; i++) {
			a[i] = (uint8_t)rng_below(&rng, 2);
			b[i] = (uint8_t)rng_below(&rng, 2);
		}
		x = addr_from(AF_INET, a);
		y = addr_from(AF_INET, b);
		p = prefix_from(&x, la);
		q = prefix_from(&y, lb);
		for (int bit = 0; bit < la; bit++) {
			int shift = 7 - bit % 8;

			want = want && ((a[bit / 8] >> shift) & 1) == ((b[bit / 8] >> shift) & 1);
		}
		assert_int_equal(prefix_covers(&p, &q), want);
		if (want)
			assert_true(prefix_cmp(&p, &q) <= 0); /* a covering one sorts first */
	}
}

static void endpoint_text_and_back(void **state)
{
	static const char *const same[] = {"192.0.2.1:51820", "[2001:db8::1]:1", "10.0.0.1:65535"};
	static const char *const bad[] = {
		"192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "[::1",
		"[::1]",     "::1:80",	    "host.example:80", "[1.2.3.4]:80",
		":80",	     "1.2.3.4:",    "[::1]:8a",	       ""};
	char buf[ENDPOINT_STRLEN];
	struct endpoint e;
	(void)state;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(endpoint_parse(&e, same[i]), 0);
		assert_string_equal(endpoint_format(&e, buf), same[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(endpoint_parse(&e, bad[i]), 0);
}

static void endpoint_through_sockaddr(void **state)
{
	struct sockaddr_storage ss;
	struct endpoint e, back;
	socklen_t len;
	(void)state;

	assert_int_equal(endpoint_parse(&e, "[fe80::1]:7"), 0);
	e.scope_id = 3;
	len = endpoint_to_sockaddr(&e, &ss);
	assert_int_equal(endpoint_from_sockaddr(&back, &ss, len), 0);
	assert_int_equal(endpoint_cmp(&e, &back), 0);
	assert_int_not_equal(endpoint_from_sockaddr(&back, &ss, 3), 0);
}

static void private_kinds(void **state)
{
	static const struct {
		const char *text, *kind;
	} cases[] = {
		{"10.1.1.1", "private"},       {"172.16.0.1", "private"}, {"172.32.0.1", NULL},
		{"192.168.9.9", "private"},    {"100.64.0.1", "shared"},  {"100.128.0.1", NULL},
		{"169.254.1.1", "link-local"}, {"fe80::1", "link-local"}, {"fd12::1", "private"},
		{"2001:db8::1", NULL},	       {"8.8.8.8", NULL}};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a;
		const char *kind;

		assert_int_equal(addr_parse(&a, cases[i].text), 0);
		kind = addr_private_kind(&a);
		assert_int_equal(!kind, !cases[i].kind);
		if (kind)
			assert_string_equal(kind, cases[i].kind);
	}
}

static void unusable(void **state)
{
	static const char *const bad[] = {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255",
					  "::",	     "::1",	  "ff02::1",   "::ffff:192.0.2.1"};
	static const char *const good[] = {"10.0.0.1", "192.0.2.1", "fe80::1", "2001:db8::1",
					   "64:ff9b::192.0.2.1"};
	struct addr a;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(addr_parse(&a, bad[i]), 0);
		assert_true(addr_is_unusable(&a));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(addr_parse(&a, good[i]), 0);
		assert_false(addr_is_unusable(&a));
	}
}

static void text_as_the_library_has_it(void **state)
{
	struct rng r = {1};
	(void)state;

	for (int i = 0; i < 20000; i++) {
		uint64_t bytes = rng_next(&r) >> rng_below(&r, 32);
		struct prefix p = {.addr = addr_from(AF_INET, &bytes), .len = (uint8_t)(i % 33)};
		char have[PREFIX_STRLEN], want[PREFIX_STRLEN], four[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &bytes, four, sizeof(four));
		snprintf(want, sizeof(want), "%s/%d", four, i % 33);
		assert_string_equal(prefix_format(&p, have), want);
	}
}

TEST_MAIN(prefix_text_and_back, text_as_the_library_has_it, prefix_masks_host_bits, prefix_refuses,
	  covering, covering_matches_bits, endpoint_text_and_back, endpoint_through_sockaddr,
	  private_kinds, unusable)
