// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hub's side of the exchange: who is told what, and that nobody is told more.
 */
#include "support/test.h"

#include "base/rng.h"
#include "plan/exchange.h"

#define NOW 10000000

static struct {
	struct device d;
	struct exchange_hub hub;
	struct net_datagrams out;
	msec now;
	uint64_t nonce;
} t;

static struct key key_of(uint8_t n)
{
	struct key k;

	memset(k.bytes, n, KEY_LEN);
	return k;
}

/* Spoke n is 10.0.0.n and fd00::n, seen at endpoint, with a handshake 10 s ago. */
static struct peer *spoke(uint8_t n, const char *endpoint)
{
	struct peer *p = vec_add(&t.d.peers);

	p->wg.key = key_of(n);
	p->wg.first_aip = t.d.aips.len;
	p->wg.aips = 2;
	p->life.handshake = t.now - 10000;
	assert_int_equal(endpoint_parse(&p->wg.endpoint, endpoint), 0);
	*vec_add(&t.d.aips) = (struct prefix){.addr = {AF_INET, {10, 0, 0, n}}, .len = 32};
	*vec_add(&t.d.aips) = (struct prefix){.addr = {AF_INET6, {0xfd, [15] = n}}, .len = 128};
	return p;
}

static struct peer *peer_of(uint8_t n)
{
	vec_each(&t.d.peers, p)
		if (p->wg.key.bytes[0] == n)
			return p;
	fail();
	return NULL;
}

static struct net_datagram question(uint8_t from, uint8_t about, uint8_t state)
{
	struct net_datagram q = {.kind = NET_HEARD, .ifindex = 3};

	q.local = (struct addr){AF_INET, {10, 0, 0, 1}};
	q.remote = (struct endpoint){.addr = {AF_INET, {10, 0, 0, from}}, .port = 51821};
	q.x = (struct exchange){.kind = EXCHANGE_QUESTION,
				.state = state,
				.nonce = ++t.nonce,
				.wait = 60,
				.about = key_of(about),
				.candidates = 1,
				.candidate = {{{AF_INET, {192, 168, 7, from}}, 24, 51820}}};
	return q;
}

static enum exchange_fate hear(struct net_datagram q)
{
	enum exchange_fate fate;

	t.out.len = 0;
	fate = exchange_hear(&t.hub, &t.d, &q, t.now, &t.out);
	vec_each(&t.out, d) {
		assert_int_equal(d->kind, NET_TELL);
		assert_int_equal(d->ifindex, 3);
		assert_true(exchange_valid(&d->x));
	}
	return fate;
}

static enum exchange_fate asks(uint8_t from, uint8_t about, uint8_t state)
{
	return hear(question(from, about, state));
}

static uint32_t follow(void)
{
	t.out.len = 0;
	exchange_follow(&t.hub, &t.d, t.now, &t.out);
	return t.out.len;
}

/* The answer to spoke n among those just made; NULL when there is none. */
static const struct exchange *answer_to(uint8_t n)
{
	vec_each(&t.out, d)
		if (d->remote.addr.bytes[3] == n || d->remote.addr.bytes[15] == n)
			return &d->x;
	return NULL;
}

static void expect_endpoint(const struct endpoint *e, const char *want)
{
	char buf[ENDPOINT_STRLEN];

	assert_string_equal(endpoint_format(e, buf), want);
}

static int begin(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.d.ifindex = t.hub.ifindex = 3;
	t.now = NOW;
	spoke(2, "203.0.113.2:2222");
	spoke(3, "198.51.100.3:3333");
	spoke(4, "203.0.113.2:4444"); /* behind the NAT of 2 */
	return 0;
}

static int end(void **state)
{
	(void)state;
	exchange_hub_free(&t.hub);
	device_free(&t.d);
	vec_free(&t.out);
	return 0;
}

static void the_second_of_two_brings_both_their_answers(void **state)
{
	(void)state;
	assert_int_equal(asks(2, 3, EXCHANGE_WANT), EXCHANGE_NOT_YET);
	assert_int_equal(t.out.len, 1);
	assert_int_equal(answer_to(2)->flags, 0);
	assert_int_equal(answer_to(2)->nonce, 1);
	expect_endpoint(&answer_to(2)->own, "203.0.113.2:2222");
	assert_int_equal(answer_to(2)->endpoint.addr.family, 0);
	assert_int_equal(asks(3, 2, EXCHANGE_WANT), EXCHANGE_AGREES);
	assert_int_equal(t.out.len, 2);
	expect_endpoint(&answer_to(2)->endpoint, "198.51.100.3:3333");
	expect_endpoint(&answer_to(3)->endpoint, "203.0.113.2:2222");
	assert_int_equal(answer_to(2)->nonce, 1);
	assert_int_equal(answer_to(2)->serial, 2);
	assert_int_equal(answer_to(3)->nonce, 2);
	assert_int_equal(answer_to(3)->serial, 1);
	assert_int_equal(answer_to(3)->state, EXCHANGE_WANT);
	assert_int_equal(answer_to(3)->age, 10);
	assert_int_equal(answer_to(3)->candidates, 0); /* other public addresses */
	assert_int_equal(t.out.at[0].local.bytes[3], 1);
}

static void own_addresses_are_told_behind_one_nat_only(void **state)
{
	(void)state;
	asks(2, 4, EXCHANGE_WANT);
	asks(4, 2, EXCHANGE_WANT);
	assert_int_equal(answer_to(2)->flags, EXCHANGE_AGREED | EXCHANGE_SAME_NAT);
	assert_int_equal(answer_to(2)->candidates, 1);
	assert_int_equal(answer_to(2)->candidate[0].addr.bytes[3], 4);
	assert_int_equal(answer_to(4)->candidate[0].addr.bytes[3], 2);
}

/* One that does not exist, is not there, or did not ask: the answer is the same. */
static void not_yet_tells_nothing(void **state)
{
	struct exchange first;
	(void)state;

	asks(2, 3, EXCHANGE_WANT);
	first = *answer_to(2);
	first.nonce = 0;
	assert_int_equal(asks(2, 99, EXCHANGE_WANT), EXCHANGE_NOT_YET);
	assert_int_equal(asks(3, 2, EXCHANGE_WANT), EXCHANGE_AGREES);
	peer_of(3)->life.handshake = t.now - EXCHANGE_FRESH;
	assert_int_equal(asks(2, 3, EXCHANGE_WANT), EXCHANGE_NOT_YET);
	assert_int_equal(t.out.len, 1);
	t.out.at[0].x.nonce = 0;
	assert_memory_equal(&t.out.at[0].x, &first, sizeof(first));
	peer_of(3)->life.handshake = t.now;
	peer_of(3)->wg.endpoint.addr.family = 0;
	assert_int_equal(asks(2, 3, EXCHANGE_WANT), EXCHANGE_NOT_YET);
}

/* What comes from a network with a NETMAP has its outside address when it gets to the hub. */
static void a_netmap_is_known_by_its_outside(void **state)
{
	struct net_datagram q = question(2, 3, EXCHANGE_WANT);
	struct netmap map = {0};
	struct peer_conf conf = {0};
	(void)state;

	assert_int_equal(prefix_parse(&map.inside, "10.0.0.2/32", NULL), 0);
	assert_int_equal(prefix_parse(&map.outside, "10.201.0.2/32", NULL), 0);
	*vec_add(&conf.netmaps) = map;
	peer_of(2)->conf = &conf;
	assert_int_equal(hear(q), EXCHANGE_STRANGER); /* whoever that is */
	q.remote.addr = map.outside.addr;
	assert_int_equal(hear(q), EXCHANGE_NOT_YET);
	assert_int_equal(asks(3, 2, EXCHANGE_WANT), EXCHANGE_AGREES);
	assert_int_equal(t.out.at[1].remote.addr.bytes[1], 201);
	peer_of(2)->conf = NULL; /* a configuration without it */
	owners_forget(&t.hub.owners);
	assert_int_equal(asks(2, 3, EXCHANGE_WANT), EXCHANGE_AGREES);
	vec_free(&conf.netmaps);
}

static void strangers_hear_nothing(void **state)
{
	struct net_datagram q = question(9, 2, EXCHANGE_WANT); /* nobody's address */
	(void)state;

	assert_int_equal(hear(q), EXCHANGE_STRANGER);
	assert_int_equal(asks(2, 2, EXCHANGE_WANT), EXCHANGE_STRANGER); /* itself */
	peer_of(2)->life.handshake = t.now - EXCHANGE_FRESH;
	assert_int_equal(asks(2, 3, EXCHANGE_WANT), EXCHANGE_STRANGER);
	peer_of(2)->life.handshake = 0;
	assert_int_equal(asks(2, 3, EXCHANGE_WANT), EXCHANGE_STRANGER);
	assert_int_equal(t.out.len, 0);
	assert_int_equal(exchange_asks(&t.hub), 0);
}

/* 3 also has all of 10.0.0.0/24: what 2 has more specifically is 2's all the same. */
static void the_longest_prefix_is_who_asks(void **state)
{
	struct net_datagram q = question(77, 2, EXCHANGE_WANT);
	(void)state;

	*vec_add(&t.d.aips) = (struct prefix){.addr = {AF_INET, {10, 0, 0, 0}}, .len = 24};
	t.d.peers.at[2].wg.aips++; /* the list ends with those of the last peer: 4 */
	t.d.structure++;
	assert_int_equal(asks(2, 4, EXCHANGE_WANT), EXCHANGE_NOT_YET);
	assert_int_equal(hear(q), EXCHANGE_AGREES); /* 10.0.0.77 is 4 */
	q = question(2, 4, EXCHANGE_WANT);
	q.remote.addr = (struct addr){AF_INET6, {0xfd, [15] = 2}};
	assert_int_equal(hear(q), EXCHANGE_AGREES);
}

static void a_repeated_question_changes_nothing(void **state)
{
	struct net_datagram q = question(2, 3, EXCHANGE_WANT), again;
	(void)state;

	asks(3, 2, EXCHANGE_WANT);
	assert_int_equal(hear(q), EXCHANGE_AGREES);
	again = q;
	again.x.state = EXCHANGE_MOVED;
	assert_int_equal(hear(again), EXCHANGE_REPEATED);
	assert_int_equal(t.out.len, 0);
}

static void go_is_told_to_both_when_both_are_ready(void **state)
{
	struct net_datagram q;
	(void)state;

	asks(2, 3, EXCHANGE_WANT);
	asks(3, 2, EXCHANGE_WANT);
	q = question(2, 3, EXCHANGE_READY);
	q.x.age = 10;
	hear(q);
	assert_int_equal(answer_to(2)->flags, EXCHANGE_AGREED);
	assert_int_equal(answer_to(3)->state, EXCHANGE_READY); /* 3 hears of it */
	q = question(3, 2, EXCHANGE_READY);
	q.x.age = 50;
	hear(q);
	assert_int_equal(answer_to(2)->flags, EXCHANGE_AGREED | EXCHANGE_GO);
	assert_int_equal(answer_to(2)->wait, 20); /* it is nearer by half of 40 */
	assert_int_equal(answer_to(3)->flags, EXCHANGE_AGREED | EXCHANGE_GO);
	assert_int_equal(answer_to(3)->wait, 0);
	asks(2, 3, EXCHANGE_MOVED);
	assert_int_equal(answer_to(2)->flags, EXCHANGE_AGREED);
	assert_int_equal(answer_to(3)->flags, EXCHANGE_AGREED | EXCHANGE_GO); /* lost the first? */
	asks(3, 2, EXCHANGE_MOVED);
	assert_int_equal(answer_to(2)->state, EXCHANGE_MOVED);
	assert_int_equal(answer_to(3)->flags, EXCHANGE_AGREED);
	assert_int_equal(follow(), 0);
}

static void one_that_goes_back_takes_the_other_along(void **state)
{
	(void)state;
	asks(2, 3, EXCHANGE_MOVED);
	asks(3, 2, EXCHANGE_MOVED);
	asks(3, 2, EXCHANGE_BACK);
	assert_int_equal(answer_to(2)->state, EXCHANGE_BACK);
}

/* Renewals are no news; a try of the other is, but not all the time. */
static void a_try_is_told_to_the_other(void **state)
{
	(void)state;
	asks(2, 3, EXCHANGE_WANT);
	asks(3, 2, EXCHANGE_WANT);
	asks(3, 2, EXCHANGE_WANT);
	assert_null(answer_to(2));
	t.now += EXCHANGE_AGAIN;
	asks(3, 2, EXCHANGE_WANT);
	assert_non_null(answer_to(2));
	t.now += EXCHANGE_AGAIN;
	asks(2, 3, EXCHANGE_MOVED);
	asks(3, 2, EXCHANGE_MOVED);
	t.now += EXCHANGE_AGAIN;
	asks(3, 2, EXCHANGE_MOVED);
	assert_null(answer_to(2));
}

static void a_changed_endpoint_is_told_to_those_who_asked(void **state)
{
	(void)state;
	asks(2, 3, EXCHANGE_WANT);
	asks(3, 2, EXCHANGE_WANT);
	asks(4, 3, EXCHANGE_WANT); /* 3 does not want 4 */
	assert_int_equal(follow(), 0);
	endpoint_parse(&peer_of(3)->wg.endpoint, "198.51.100.99:9");
	assert_int_equal(follow(), 1);
	expect_endpoint(&answer_to(2)->endpoint, "198.51.100.99:9");
	assert_int_equal(follow(), 0);
	vec_free(&t.d.peers); /* all gone: forgotten, and nothing is said */
	assert_int_equal(follow(), 0);
	assert_int_equal(exchange_asks(&t.hub), 0);
}

/* At most eight follow a question, whatever happens. */
static void unasked_answers_are_few(void **state)
{
	uint32_t sent = 0;
	(void)state;

	asks(2, 3, EXCHANGE_WANT);
	asks(3, 2, EXCHANGE_WANT);
	follow();
	for (uint16_t i = 1; i < 100; i++) {
		peer_of(3)->wg.endpoint.port = i;
		sent += follow();
	}
	assert_int_equal(sent, EXCHANGE_UNASKED - 1); /* one was the answer to 2 */
	asks(2, 3, EXCHANGE_WANT);
	peer_of(3)->wg.endpoint.port = 100;
	assert_int_equal(follow(), 1);
}

static void questions_are_forgotten_in_time(void **state)
{
	(void)state;
	asks(2, 3, EXCHANGE_WANT);
	t.now += 60000 + EXCHANGE_GRACE - 1;
	peer_of(2)->life.handshake = peer_of(3)->life.handshake = t.now;
	follow();
	assert_int_equal(exchange_asks(&t.hub), 1);
	t.now++;
	assert_int_equal(asks(3, 2, EXCHANGE_WANT), EXCHANGE_NOT_YET); /* also unswept */
	follow();
	assert_int_equal(exchange_asks(&t.hub), 1);
}

static void one_peer_has_its_share(void **state)
{
	unsigned int answered = 0;
	(void)state;

	for (int i = 0; i < 300; i++)
		answered += asks(2, 3, EXCHANGE_WANT) == EXCHANGE_NOT_YET;
	assert_int_equal(answered, EXCHANGE_BURST);
	t.now += 1000;
	for (int i = 0; i < 300; i++)
		answered += asks(2, 3, EXCHANGE_WANT) == EXCHANGE_NOT_YET;
	assert_int_equal(answered, EXCHANGE_BURST + EXCHANGE_RATE);
	assert_int_equal(asks(3, 2, EXCHANGE_WANT), EXCHANGE_AGREES);
	for (uint8_t about = 5; about; about++) { /* 251 others */
		t.now += 1000;
		peer_of(2)->life.handshake = t.now;
		assert_int_equal(asks(2, about, EXCHANGE_WANT), EXCHANGE_NOT_YET);
	}
	assert_in_range(exchange_asks(&t.hub), 200, EXCHANGE_ASKS + 1);
}

/* Whatever is asked in whatever order: nobody hears of one who did not ask about him. */
static void nothing_is_told_of_who_did_not_ask(void **state)
{
	struct rng rng = {.state = 3};
	msec asked[8][8] = {{0}};
	(void)state;

	spoke(5, "203.0.113.5:5555");
	spoke(6, "203.0.113.6:6666");
	t.d.structure++;
	for (int n = 0; n < 50000; n++) {
		uint8_t from = (uint8_t)(2 + rng_below(&rng, 5)), about;

		about = (uint8_t)(2 + rng_below(&rng, 5));
		t.now += rng_below(&rng, 20000);
		vec_each(&t.d.peers, p)
			p->life.handshake = t.now - 1 - rng_below(&rng, 200000);
		if (!rng_below(&rng, 4)) {
			peer_of(about)->wg.endpoint.port = (uint16_t)(1 + rng_below(&rng, 9));
			follow();
		} else if (asks(from, about, (uint8_t)(1 + rng_below(&rng, 4))) <=
			   EXCHANGE_NOT_YET) {
			asked[from][about] = t.now;
		}
		vec_each(&t.out, d) {
			uint8_t to = d->remote.addr.bytes[3], of = d->x.about.bytes[0];

			assert_true(asked[to][of] && t.now - asked[to][of] < 65000);
			if (d->x.flags & EXCHANGE_AGREED) {
				assert_true(asked[of][to] && t.now - asked[of][to] < 65000);
				assert_true(t.now - peer_of(of)->life.handshake < EXCHANGE_FRESH);
				assert_int_equal(
					endpoint_cmp(&d->x.endpoint, &peer_of(of)->wg.endpoint), 0);
			}
		}
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(the_second_of_two_brings_both_their_answers),
		CASE(own_addresses_are_told_behind_one_nat_only),
		CASE(not_yet_tells_nothing),
		CASE(a_netmap_is_known_by_its_outside),
		CASE(strangers_hear_nothing),
		CASE(the_longest_prefix_is_who_asks),
		CASE(a_repeated_question_changes_nothing),
		CASE(go_is_told_to_both_when_both_are_ready),
		CASE(one_that_goes_back_takes_the_other_along),
		CASE(a_try_is_told_to_the_other),
		CASE(a_changed_endpoint_is_told_to_those_who_asked),
		CASE(unasked_answers_are_few),
		CASE(questions_are_forgotten_in_time),
		CASE(one_peer_has_its_share),
		CASE(nothing_is_told_of_who_did_not_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
