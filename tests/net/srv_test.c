// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SRV records out of bytes, good and broken ones, and the order in which they are tried.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "../../src/net/srv.h"

/* A message being written. */
struct message {
	unsigned char bytes[4096];
	size_t len;
};

static void put(struct message *m, uint32_t n, size_t size)
{
	while (size--)
		m->bytes[m->len++] = (unsigned char)(n >> size * 8);
}

/* "a.b": labels, and the root at the end. */
static void put_name(struct message *m, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		put(m, (uint32_t)n, 1);
		memcpy(m->bytes + m->len, name, n);
		m->len += n;
		name += n + (name[n] == '.');
	}
	put(m, 0, 1);
}

/* An answer to a question about _wireguard._udp.test, whose name is at offset 12. */
static struct message answer_new(uint32_t answers)
{
	struct message m = {.len = 0};

	put(&m, 0x12348180, 4);
	put(&m, 1, 2);
	put(&m, answers, 2);
	put(&m, 0, 4);
	put_name(&m, "_wireguard._udp.test");
	put(&m, 33 << 16 | 1, 4);
	return m;
}

/* The head of a record with that name; its data of that many bytes is to follow. */
static void put_head(struct message *m, uint32_t type, uint32_t ttl, size_t size)
{
	put(m, 0xc00c, 2); /* a pointer to the question's name */
	put(m, type << 16 | 1, 4);
	put(m, ttl, 4);
	put(m, (uint32_t)size, 2);
}

static void put_srv(struct message *m, uint32_t ttl, uint32_t priority, uint32_t weight,
		    uint32_t port, const char *target)
{
	put_head(m, 33, ttl, 6 + (*target ? strlen(target) + 2 : 1));
	put(m, priority, 2);
	put(m, weight, 2);
	put(m, port, 2);
	put_name(m, target);
}

static struct message three_records(void)
{
	struct message m = answer_new(3);

	put_srv(&m, 300, 10, 5, 51820, "a.test");
	put_srv(&m, 60, 20, 0, 51821, "b.test");
	put_srv(&m, 600, 10, 7, 51822, "c.test");
	return m;
}

static int parse(struct srv_records *out, uint32_t *ttl, const struct message *m)
{
	return srv_parse(out, ttl, m->bytes, m->len);
}

static void records_are_read(void **state)
{
	struct message m = three_records();
	struct srv_records r = {0};
	uint32_t ttl;
	(void)state;

	assert_int_equal(parse(&r, &ttl, &m), 0);
	assert_int_equal(r.len, 3);
	assert_int_equal(ttl, 60);
	assert_int_equal(r.at[1].priority, 20);
	assert_int_equal(r.at[2].weight, 7);
	assert_int_equal(r.at[0].port, 51820);
	assert_string_equal(r.at[0].host, "a.test");
	vec_free(&r);
}

static void other_records_are_passed_over(void **state)
{
	struct message m = answer_new(4);
	struct srv_records r = {0};
	uint32_t ttl;
	(void)state;

	put_head(&m, 46, 5, 3); /* a signature, whose TTL is its own affair */
	put(&m, 0, 3);
	put_head(&m, 5, 30, 2); /* a CNAME, whose TTL counts */
	put(&m, 0xc00c, 2);
	put_srv(&m, 300, 0, 0, 0, "a.test");
	put_srv(&m, 300, 0, 0, 1, ""); /* "decidedly not available at this domain" */
	assert_int_equal(parse(&r, &ttl, &m), 0);
	assert_int_equal(r.len, 0);
	assert_int_equal(ttl, 30);
}

static void many_records_are_bounded(void **state)
{
	struct message m = answer_new(100);
	struct srv_records r = {0};
	uint32_t ttl;
	(void)state;

	for (uint32_t i = 0; i < 100; i++)
		put_srv(&m, 1, i, 0, 1, "a.test");
	assert_int_equal(parse(&r, &ttl, &m), 0);
	assert_int_equal(r.len, SRV_RECORDS_MAX);
	vec_free(&r);
}

static void every_truncation_is_refused(void **state)
{
	struct message m = three_records();
	struct srv_records r = {0};
	uint32_t ttl;
	(void)state;

	for (size_t whole = m.len--; m.len < whole; m.len--) {
		assert_int_not_equal(parse(&r, &ttl, &m), 0);
		assert_int_equal(r.len, 0);
		if (!m.len)
			break;
	}
	vec_free(&r);
}

/* A name that begins inside the record's data and goes on behind its end. */
static void data_that_is_too_short_is_refused(void **state)
{
	struct message m = answer_new(1);
	struct srv_records r = {0};
	uint32_t ttl;
	(void)state;

	put_head(&m, 33, 1, 8);
	put(&m, 0, 4);
	put(&m, 1, 2);
	put_name(&m, "a.test");
	assert_int_not_equal(parse(&r, &ttl, &m), 0);
	vec_free(&r);
}

/* "10/5" is priority 10, weight 5; the port tells them apart. */
static struct srv_records records_of(const char *text)
{
	struct srv_records r = {0};
	unsigned int priority, weight;
	int n;

	for (; sscanf(text, "%u/%u %n", &priority, &weight, &n) == 2; text += n) {
		struct srv_record *rec = vec_add(&r);

		rec->priority = (uint16_t)priority;
		rec->weight = (uint16_t)weight;
		rec->port = (uint16_t)r.len;
	}
	return r;
}

static void order_is_by_priority(void **state)
{
	struct rng rng = {.state = 3};
	(void)state;

	for (int n = 0; n < 200; n++) {
		struct srv_records r = records_of("20/0 10/1 30/9 10/60000 10/0 20/5");

		srv_order(&r, &rng);
		assert_int_equal(r.len, 6);
		for (uint32_t i = 1; i < r.len; i++)
			assert_true(r.at[i - 1].priority <= r.at[i].priority);
		vec_free(&r);
	}
}

/* Over many draws the first one is chosen as often as its weight says. */
static void order_follows_the_weights(void **state)
{
	enum { DRAWS = 40000 };
	struct rng rng = {.state = 5};
	uint32_t first[5] = {0};
	(void)state;

	for (int n = 0; n < DRAWS; n++) {
		struct srv_records r = records_of("0/10 0/30 0/60 0/0");

		srv_order(&r, &rng);
		first[r.at[0].port]++;
		vec_free(&r);
	}
	assert_in_range(first[1], DRAWS * 8 / 100, DRAWS * 12 / 100);
	assert_in_range(first[2], DRAWS * 27 / 100, DRAWS * 33 / 100);
	assert_in_range(first[3], DRAWS * 56 / 100, DRAWS * 64 / 100);
	assert_in_range(first[4], 1, DRAWS * 3 / 100); /* a very small chance, and not none */
}

TEST_MAIN(records_are_read, other_records_are_passed_over, many_records_are_bounded,
	  every_truncation_is_refused, data_that_is_too_short_is_refused, order_is_by_priority,
	  order_follows_the_weights)
