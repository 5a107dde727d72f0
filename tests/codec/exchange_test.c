// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Datagrams of the exchange: where each field stands, and that nothing else is read.
 */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "base/rng.h"
#include "codec/exchange.h"

static struct exchange question(void)
{
	struct exchange x = {.kind = EXCHANGE_QUESTION,
			     .state = EXCHANGE_WANT,
			     .nonce = 0x0102030405060708,
			     .wait = 60,
			     .age = 35,
			     .candidates = 2};

	memset(x.about.bytes, 0xab, KEY_LEN);
	assert_int_equal(addr_parse(&x.candidate[0].addr, "192.168.1.5"), 0);
	assert_int_equal(addr_parse(&x.candidate[1].addr, "fd00::5"), 0);
	x.candidate[0].len = 24;
	x.candidate[1].len = 64;
	x.candidate[0].port = x.candidate[1].port = 51820;
	return x;
}

static struct exchange answer(void)
{
	struct exchange x = question();

	x.kind = EXCHANGE_ANSWER;
	assert_int_equal(endpoint_parse(&x.endpoint, "203.0.113.7:40000"), 0);
	x.state = EXCHANGE_READY;
	x.flags = EXCHANGE_AGREED | EXCHANGE_GO | EXCHANGE_SAME_NAT;
	x.serial = 3;
	x.wait = 12;
	assert_int_equal(endpoint_parse(&x.own, "[2001:db8::9]:51820"), 0);
	return x;
}

static void fields_stand_where_they_are_written_down(void **state)
{
	static const uint8_t head[24] = {'W', 'a', 'E', 'x', 1, 2, 2, 7, 1, 2,	3, 4,
					 5,   6,   7,	8,   0, 0, 0, 3, 0, 12, 0, 35};
	static const uint8_t four[8] = {4, 0, 0x9c, 0x40, 203, 0, 113, 7};
	static const uint8_t six[8] = {6, 0, 0xca, 0x6c, 0x20, 0x01, 0x0d, 0xb8};
	static const uint8_t candidate[8] = {4, 24, 0xca, 0x6c, 192, 168, 1, 5};
	uint8_t bytes[EXCHANGE_BYTES];
	struct exchange x = answer();
	(void)state;

	exchange_write(bytes, &x);
	assert_memory_equal(bytes, head, sizeof(head));
	assert_memory_equal(bytes + 24, x.about.bytes, KEY_LEN);
	assert_memory_equal(bytes + 56, four, sizeof(four));
	assert_memory_equal(bytes + 76, six, sizeof(six));
	assert_memory_equal(bytes + 96, candidate, sizeof(candidate));
	assert_int_equal(bytes[116], 6);
	assert_int_equal(bytes[136], 0);
	assert_int_equal(EXCHANGE_BYTES, 176);
}

static bool survives(const struct exchange *x)
{
	uint8_t bytes[EXCHANGE_BYTES];
	struct exchange back;

	exchange_write(bytes, x);
	return !exchange_read(&back, bytes, sizeof(bytes)) && back.kind == x->kind &&
	       back.state == x->state && back.flags == x->flags && back.nonce == x->nonce &&
	       back.serial == x->serial && back.wait == x->wait && back.age == x->age &&
	       !key_cmp(&back.about, &x->about) && !endpoint_cmp(&back.endpoint, &x->endpoint) &&
	       !endpoint_cmp(&back.own, &x->own) && back.candidates == x->candidates &&
	       back.candidate[1].len == x->candidate[1].len;
}

static void written_and_read(void **state)
{
	struct exchange q = question(), a = answer();
	(void)state;

	assert_true(survives(&q));
	assert_true(survives(&a));
	memset(q.candidate, 0, sizeof(q.candidate));
	q.candidates = 0;
	assert_true(survives(&q));
	a = (struct exchange){.kind = EXCHANGE_ANSWER, .nonce = 1, .serial = 1, .about = a.about};
	assert_true(survives(&a)); /* "not yet" */
}

static void every_other_size_is_refused(void **state)
{
	uint8_t bytes[EXCHANGE_BYTES + 8] = {0};
	struct exchange x = answer();
	(void)state;

	exchange_write(bytes, &x);
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_int_equal(exchange_read(&x, bytes, len),
				 len == EXCHANGE_BYTES ? 0 : -EBADMSG);
}

static bool question_is_ok(struct exchange x)
{
	assert_int_equal(x.kind, EXCHANGE_QUESTION);
	return survives(&x);
}

static bool answer_is_ok(struct exchange x)
{
	return exchange_valid(&x);
}

#define WITH(change)                      \
	({                                \
		struct exchange x = base; \
		change;                   \
		x;                        \
	})

static void questions_that_make_no_sense(void **state)
{
	const struct exchange base = question();
	struct endpoint own;
	(void)state;

	endpoint_parse(&own, "198.51.100.1:1");
	assert_true(question_is_ok(base));
	assert_false(question_is_ok(WITH(x.nonce = 0)));
	assert_false(question_is_ok(WITH(x.state = EXCHANGE_UNKNOWN)));
	assert_false(question_is_ok(WITH(x.state = EXCHANGE_BACK + 1)));
	assert_false(question_is_ok(WITH(x.flags = EXCHANGE_AGREED)));
	assert_false(question_is_ok(WITH(x.serial = 1)));
	assert_false(question_is_ok(WITH(x.wait = 0)));
	assert_false(question_is_ok(WITH(x.wait = EXCHANGE_LEASE_MAX + 1)));
	assert_false(question_is_ok(WITH(memset(&x.about, 0, sizeof(x.about)))));
	assert_false(question_is_ok(WITH(x.own = own)));
	assert_false(question_is_ok(WITH(x.endpoint = own)));
	assert_false(question_is_ok(WITH(addr_parse(&x.candidate[0].addr, "203.0.113.9"))));
	assert_false(question_is_ok(WITH(addr_parse(&x.candidate[1].addr, "fe80::1"))));
	assert_false(question_is_ok(WITH(x.candidate[0].len = 33)));
	assert_false(question_is_ok(WITH(x.candidate[0].len = 0)));
	assert_false(question_is_ok(WITH(x.candidate[1].port = 0)));
}

static void answers_that_make_no_sense(void **state)
{
	const struct exchange base = answer();
	(void)state;

	assert_true(answer_is_ok(base));
	assert_false(answer_is_ok(WITH(x.kind = 0)));
	assert_false(answer_is_ok(WITH(x.kind = EXCHANGE_ANSWER + 1)));
	assert_false(answer_is_ok(WITH(x.serial = 0)));
	assert_false(answer_is_ok(WITH(x.endpoint.port = 0)));
	assert_false(answer_is_ok(WITH(addr_parse(&x.endpoint.addr, "127.0.0.1"))));
	assert_false(answer_is_ok(WITH(addr_parse(&x.endpoint.addr, "169.254.1.1"))));
	assert_false(answer_is_ok(WITH(addr_parse(&x.own.addr, "224.0.0.1"))));
	assert_false(answer_is_ok(WITH(x.flags |= 8)));
	assert_false(answer_is_ok(WITH(x.flags = EXCHANGE_AGREED; x.wait = 0))); /* candidates */
	assert_false(
		answer_is_ok(WITH(x.flags = EXCHANGE_AGREED | EXCHANGE_SAME_NAT))); /* a wait */
	assert_false(answer_is_ok(WITH(x.flags = EXCHANGE_GO)));
	assert_false(answer_is_ok(WITH(x.state = EXCHANGE_UNKNOWN)));
	assert_false(answer_is_ok(WITH(memset(&x.endpoint, 0, sizeof(x.endpoint)))));
	assert_false(answer_is_ok(WITH(x.candidates = EXCHANGE_CANDIDATES + 1)));
}

/* Every bit counts: whatever is read is written again as the same bytes. */
static void no_two_datagrams_are_one_message(void **state)
{
	struct rng rng = {.state = 6};
	unsigned int taken = 0;
	(void)state;

	for (int n = 0; n < 200000; n++) {
		struct exchange x = n & 1 ? question() : answer(), back;
		uint8_t bytes[EXCHANGE_BYTES], again[EXCHANGE_BYTES];

		exchange_write(bytes, &x);
		for (uint32_t i = rng_below(&rng, 4); i; i--)
			bytes[rng_below(&rng, sizeof(bytes))] ^=
				(uint8_t)(1u << rng_below(&rng, 8));
		if (exchange_read(&back, bytes, sizeof(bytes)))
			continue;
		taken++;
		exchange_write(again, &back);
		assert_memory_equal(bytes, again, sizeof(bytes));
	}
	assert_in_range(taken, 50000, 199000);
}

static void states_have_names(void **state)
{
	(void)state;
	assert_string_equal(exchange_state_name(EXCHANGE_MOVED), "moved");
	assert_string_equal(exchange_state_name(99), "unknown");
}

TEST_MAIN(fields_stand_where_they_are_written_down, written_and_read, every_other_size_is_refused,
	  questions_that_make_no_sense, answers_that_make_no_sense,
	  no_two_datagrams_are_one_message, states_have_names)
