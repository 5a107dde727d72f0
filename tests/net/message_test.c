// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the engine takes from a net child that may be hostile, and what it does not.
 */
#include "support/test.h"

#include <string.h>

#include "base/rng.h"
#include "net/message.h"

static struct net_answer good(uint32_t kind)
{
	struct net_answer a = {.kind = kind, .id = 7, .status = NET_OK, .ttl = 60};

	if (kind == NET_LOOKUP || kind == NET_SRV) {
		a.count = 2;
		assert_int_equal(addr_parse(&a.addrs[0], "192.0.2.1"), 0);
		assert_int_equal(addr_parse(&a.addrs[1], "192.0.2.2"), 0);
	}
	if (kind == NET_SRV)
		a.ports[0] = a.ports[1] = 51820;
	return a;
}

static bool valid(const struct net_answer *a)
{
	return net_answer_valid(a, sizeof(*a));
}

static void takes_what_a_child_says(void **state)
{
	static const uint32_t kinds[] = {NET_LOOKUP, NET_SRV, NET_PROBE, NET_READY, NET_SERVE};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct net_answer a = good(kinds[i]);

		assert_true(valid(&a));
		a.count = 0;
		for (a.status = NET_OK + 1; a.status <= NET_FAILED; a.status++) {
			memset(a.addrs, 0, sizeof(a.addrs));
			memset(a.ports, 0, sizeof(a.ports));
			assert_true(valid(&a));
		}
	}
}

static void refuses_other_sizes(void **state)
{
	struct net_answer a = good(NET_LOOKUP);
	char bytes[sizeof(a) + 1] = {0};
	(void)state;

	memcpy(bytes, &a, sizeof(a));
	assert_false(net_answer_valid(bytes, 0));
	assert_false(net_answer_valid(bytes, sizeof(a) - 1));
	assert_false(net_answer_valid(bytes, sizeof(a) + 1));
	assert_true(net_answer_valid(bytes, sizeof(a)));
}

static void refuses_kinds_and_statuses(void **state)
{
	struct net_answer a = good(NET_PROBE);
	(void)state;

	a.kind = 0;
	assert_false(valid(&a));
	a.kind = NET_SERVE + 1;
	assert_false(valid(&a));
	a = good(NET_PROBE);
	a.status = NET_FAILED + 1;
	assert_false(valid(&a));
}

static void refuses_counts(void **state)
{
	struct net_answer a = good(NET_LOOKUP);
	(void)state;

	a.count = 0; /* success without an address */
	assert_false(valid(&a));
	a.count = NET_MAX_ADDRS + 1;
	assert_false(valid(&a));
	a.count = UINT32_MAX;
	assert_false(valid(&a));
	a = good(NET_LOOKUP);
	a.status = NET_TIMEOUT; /* a failure with addresses */
	assert_false(valid(&a));
	a = good(NET_PROBE);
	a.count = 1;
	assert_int_equal(addr_parse(&a.addrs[0], "192.0.2.1"), 0);
	assert_false(valid(&a));
}

static void refuses_addresses(void **state)
{
	struct net_answer a = good(NET_LOOKUP);
	(void)state;

	a.addrs[1].family = 0;
	assert_false(valid(&a));
	a.addrs[1].family = 99;
	assert_false(valid(&a));
	a.addrs[1].family = AF_INET6; /* families mixed in one answer */
	assert_false(valid(&a));
	a = good(NET_LOOKUP);
	a.addrs[1].bytes[4] = 1; /* behind an IPv4 address */
	assert_false(valid(&a));
	a = good(NET_LOOKUP);
	a.ports[1] = 1;
	assert_false(valid(&a));
	a = good(NET_SRV);
	a.ports[1] = 0;
	assert_false(valid(&a));
}

static struct net_datagram heard(void)
{
	struct net_datagram d = {.kind = NET_HEARD,
				 .ifindex = 3,
				 .x = {.kind = EXCHANGE_QUESTION,
				       .state = EXCHANGE_WANT,
				       .nonce = 1,
				       .wait = 60,
				       .about.bytes = {1}}};

	addr_parse(&d.local, "10.0.0.1");
	endpoint_parse(&d.remote, "10.0.0.2:51821");
	return d;
}

static bool datagram_valid(struct net_datagram d)
{
	return net_datagram_valid(&d, sizeof(d));
}

static void takes_datagrams_that_keep_the_format(void **state)
{
	struct net_datagram d = heard(), counts = {.kind = NET_DROPPED, .dropped = {1, 2, 3}};
	(void)state;

	assert_true(datagram_valid(d));
	assert_true(datagram_valid(counts));
	assert_false(net_datagram_valid(&d, sizeof(d) - 1));
	assert_false(net_answer_valid(&d, sizeof(d)));
	d.kind = NET_TELL; /* that is for the child */
	assert_false(datagram_valid(d));
	d = heard();
	d.ifindex = 0;
	assert_false(datagram_valid(d));
	d = heard();
	d.remote.port = 0;
	assert_false(datagram_valid(d));
	d = heard();
	d.remote.addr.family = AF_INET6; /* not the family that it was sent to */
	assert_false(datagram_valid(d));
	d = heard();
	d.remote.addr.family = 77;
	assert_false(datagram_valid(d));
	d = heard();
	d.local.bytes[9] = 1;
	assert_false(datagram_valid(d));
	d = heard();
	d.x.nonce = 0;
	assert_false(datagram_valid(d));
}

/* Whatever the bytes are: what is taken keeps the promises of the header. */
static void random_bytes_keep_the_promises(void **state)
{
	struct rng rng = {.state = 11};
	unsigned int taken = 0;
	(void)state;

	for (int n = 0; n < 200000; n++) {
		struct net_answer a = good(1 + rng_below(&rng, 4));

		for (uint32_t i = rng_below(&rng, 4); i; i--)
			((uint8_t *)&a)[rng_below(&rng, sizeof(a))] = (uint8_t)rng_next(&rng);
		if (!valid(&a))
			continue;
		taken++;
		assert_in_range(a.kind, NET_LOOKUP, NET_SERVE);
		assert_in_range(a.status, NET_OK, NET_FAILED);
		assert_in_range(a.count, 0, NET_MAX_ADDRS);
		for (uint32_t i = 0; i < a.count; i++)
			assert_true(addr_size(&a.addrs[i]) > 0);
	}
	assert_in_range(taken, 1000, 199000);
}

TEST_MAIN(takes_what_a_child_says, refuses_other_sizes, refuses_kinds_and_statuses, refuses_counts,
	  refuses_addresses, takes_datagrams_that_keep_the_format, random_bytes_keep_the_promises)
