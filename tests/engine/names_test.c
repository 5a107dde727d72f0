// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers that are known by names: who they are is followed as the list of peers changes, and an
 * answer that moves one of them costs what that one costs.
 */
#include "support/test.h"

#include <errno.h>
#include <stdio.h>

#include "../../src/engine/internal.h"
#include "support/many.h"

#define KNOWN	300 /* keys that the import knows, of which some are in the kernel */
#define PEERS	100
#define CHANGES 3000
#define MOVED	"198.51.100.77"

/* --- a hub whose peers are never heard of --------------------------------------------------- */

static struct net_request asked[2 * KNOWN];
static uint32_t asks;

static int ask(void *ctx, const struct net_request *q)
{
	(void)ctx;
	asked[asks++ % ARRAY_LEN(asked)] = *q;
	return 0;
}

/* Each has a name of its own; every seventh is known by an address, every fifth shares one. */
static void import_names(struct many *m, uint32_t n, bool mixed)
{
	struct imports im = {0};

	for (uint32_t i = 0; i < n; i++) {
		struct import_peer *p = vec_add(&im.peers);
		char host[32];

		mem_copy_str(p->ifname, sizeof(p->ifname), "wg0");
		p->key = m->peers.at[i].key;
		p->has_endpoint = true;
		p->endpoint.kind = mixed && i % 7 == 6 ? ENDPOINT_ADDRESS : ENDPOINT_HOST;
		p->endpoint.address = m->peers.at[i].endpoint;
		p->endpoint.port = 51820;
		snprintf(host, sizeof(host), "n%u.many", mixed && i % 5 == 4 ? KNOWN : i);
		p->endpoint.host = texts_keep(&im.texts, host);
	}
	engine_import(m->engine, &im, m->at);
}

static void silence(struct many *m)
{
	vec_each(&m->peers, p) {
		p->handshake_ns = 0;
		p->rx = p->tx = 0;
	}
}

/* As many_turn(), with nobody saying anything. */
static void turn(struct many *m)
{
	m->at.wall += m->next - m->at.now;
	m->at.now = m->next;
	m->next = engine_turn(m->engine, m->at);
}

static void soon(struct many *m)
{
	m->next = m->at.now + 5;
	turn(m);
}

static void answer(struct many *m, const struct net_request *q, const char *to)
{
	struct net_answer a = {.kind = q->kind, .id = q->id, .status = NET_NO_DATA, .ttl = 3600};

	if (q->family == AF_INET) {
		a.status = NET_OK;
		a.count = 1;
		assert_int_equal(addr_parse(&a.addrs[0], to), 0);
	}
	engine_answer(m->engine, &a, m->at);
}

/* Each is where its name says, and was for a while. */
static struct many *hub(uint32_t peers)
{
	struct many *m = many_new(peers, false);

	m->ask = ask;
	asks = 0;
	silence(m);
	import_names(m, peers, false);
	turn(m);
	for (uint32_t i = 0; i < asks; i++) {
		const struct net_request *q = &asked[i % ARRAY_LEN(asked)];
		char to[ADDR_STRLEN];
		uint32_t n;

		assert_int_equal(sscanf(q->name, "n%u.", &n), 1);
		answer(m, q, addr_format(&m->peers.at[n].endpoint.addr, to));
		if (i + 1 == asks)
			soon(m);
	}
	for (int i = 0; i < 40; i++)
		turn(m);
	assert_true(engine_converged(m->engine));
	asks = 0;
	return m;
}

/* A question about the name of one peer, and its answer. */
static void resolve(struct many *m, uint32_t peer, const char *to)
{
	char host[32];

	snprintf(host, sizeof(host), "n%u.many", peer);
	asks = 0;
	name_refresh(&m->engine->names, names_find(&m->engine->names, host), m->at.now);
	soon(m);
	assert_int_equal(asks, 2);
	assert_string_equal(asked[0].name, host);
	answer(m, &asked[0], to);
	soon(m);
	answer(m, &asked[1], to);
	soon(m);
}

/* --- one that moves ------------------------------------------------------------------------- */

static void of_many_one_is_set_without_a_look(void **state)
{
	struct many *m = hub(PEERS);
	uint64_t polls = m->polls, applied = m->applied;
	const struct peer *p = &m->engine->state.devices.at[0].peers.at[42];
	struct endpoint to;
	(void)state;

	assert_int_equal(endpoint_parse(&to, MOVED ":51820"), 0);
	resolve(m, 42, MOVED);
	assert_int_equal(endpoint_cmp(&m->peers.at[42].endpoint, &to), 0);
	assert_int_equal(m->applied, applied + 2); /* the endpoint, and a kick */
	assert_int_equal(m->polls, polls);
	assert_int_equal(endpoint_cmp(&p->wg.endpoint, &to), 0);
	assert_int_equal(p->source, SOURCE_DNS);
	assert_true(engine_converged(m->engine));
	while (m->polls == polls)
		turn(m);
	assert_int_equal(endpoint_cmp(&p->wg.endpoint, &to), 0);
	assert_int_equal(p->source, SOURCE_DNS);
	assert_int_equal(m->applied, applied + 2);
	many_free(m);
}

/* It is there within a second: an interval of polls, of which the last one may just have been. */
static void the_next_look_comes_soon(void **state)
{
	struct many *m = hub(PEERS);
	uint64_t polls = m->polls;
	msec moved;
	(void)state;

	resolve(m, 42, MOVED);
	moved = m->at.now;
	while (m->polls == polls)
		turn(m);
	assert_in_range(m->at.now - moved, 0, 1000);
	many_free(m);
}

static void of_few_all_are_looked_at(void **state)
{
	struct many *m = hub(10);
	uint64_t polls = m->polls;
	(void)state;

	resolve(m, 4, MOVED);
	assert_int_equal(m->polls, polls + 1);
	many_free(m);
}

/* What the kernel refused is not known to be there. */
static void what_was_refused_is_not_there(void **state)
{
	struct many *m = hub(PEERS);
	const struct peer *p = &m->engine->state.devices.at[0].peers.at[42];
	struct endpoint was = p->wg.endpoint;
	(void)state;

	m->refusal = -EPERM;
	resolve(m, 42, MOVED);
	assert_int_equal(endpoint_cmp(&p->wg.endpoint, &was), 0);
	assert_false(engine_converged(m->engine));
	m->refusal = 0;
	for (int i = 0; i < 10; i++)
		turn(m);
	assert_int_equal(endpoint_cmp(&p->wg.endpoint, &m->peers.at[42].endpoint), 0);
	assert_int_not_equal(endpoint_cmp(&p->wg.endpoint, &was), 0);
	assert_true(engine_converged(m->engine));
	many_free(m);
}

/* Another program writes something else before we look: that is what is there. */
static void what_others_write_is_seen(void **state)
{
	struct many *m = hub(PEERS);
	const struct peer *p = &m->engine->state.devices.at[0].peers.at[42];
	uint64_t polls = m->polls;
	struct endpoint theirs;
	(void)state;

	assert_int_equal(endpoint_parse(&theirs, "198.51.100.1:7"), 0);
	resolve(m, 42, MOVED);
	m->peers.at[42].endpoint = theirs;
	m->peers.at[42].rx += 96;
	while (m->polls == polls)
		turn(m);
	assert_int_equal(endpoint_cmp(&p->wg.endpoint, &theirs), 0);
	assert_int_equal(p->source, SOURCE_ROAMED);
	many_free(m);
}

/* Their routes are enough for one turn: what they are known by is asked in the next one. */
static void a_long_list_waits_for_the_next_turn(void **state)
{
	struct many *m = many_new(1200, false);
	(void)state;

	m->ask = ask;
	asks = 0;
	import_names(m, 1200, false);
	turn(m);
	assert_int_equal(asks, 0);
	assert_int_equal(m->applied, 2 * 1200);
	assert_false(engine_settled(m->engine));
	assert_int_equal(m->next, m->at.now + 1);
	turn(m);
	assert_int_equal(asks, NAMES_IN_FLIGHT);
	assert_int_equal(m->engine->names.by_id.len, 1200);
	many_free(m);
}

/* A turn that a client woke is no reason to walk over all for problems; a name that fails is. */
static void problems_are_looked_for_where_something_happened(void **state)
{
	struct many *m = many_new(1200, false);
	struct net_answer failed = {.kind = NET_LOOKUP, .status = NET_NOT_FOUND};
	struct engine *e = m->engine;
	msec collected;
	(void)state;

	m->ask = ask;
	asks = 0;
	silence(m);
	import_names(m, 1200, false);
	for (int i = 0; i < 5; i++)
		turn(m);
	collected = e->problems_at;
	m->next = collected + 500;
	turn(m);
	assert_int_equal(e->problems_at, collected);
	assert_int_equal(e->problems.len, 0);
	failed.id = asked[0].id;
	engine_answer(e, &failed, m->at);
	failed.id = asked[1].id;
	engine_answer(e, &failed, m->at);
	soon(m);
	assert_int_equal(e->problems.len, 1);
	assert_string_equal(e->problems.at[0].code, "dns");
	many_free(m);
}

/* --- the list of peers changes -------------------------------------------------------------- */

static void assert_followed(struct engine *e)
{
	struct nameds followed = {0};

	assert_false(e->names_stale);
	vec_copy(&followed, &e->named);
	e->names_stale = true;
	names_follow(e);
	assert_int_equal(followed.len, e->named.len);
	assert_memory_equal(followed.at, e->named.at, followed.len * sizeof(*followed.at));
	vec_free(&followed);
}

static void take_out(struct many *m, struct wg_peer *gone, uint32_t at)
{
	*gone = m->peers.at[at];
	memmove(&m->peers.at[at], &m->peers.at[at + 1],
		(--m->peers.len - at) * sizeof(*m->peers.at));
}

static void put_in(struct many *m, const struct wg_peer *p, uint32_t at)
{
	vec_add(&m->peers);
	memmove(&m->peers.at[at + 1], &m->peers.at[at],
		(m->peers.len - 1 - at) * sizeof(*m->peers.at));
	m->peers.at[at] = *p;
}

/* One goes, comes, moves in the list, or has one allowed-IP more or less; or some of that. */
static void change(struct many *m, struct wg_peer *out, uint32_t *outs, struct rng *rng)
{
	uint32_t at = rng_below(rng, m->peers.len), other = rng_below(rng, *outs);
	struct wg_peer p;

	switch (rng_below(rng, 5)) {
	case 0:
		if (m->peers.len > 2)
			take_out(m, &out[(*outs)++], at);
		break;
	case 1:
		if (*outs > 1) {
			put_in(m, &out[other], at);
			out[other] = out[--*outs];
		}
		break;
	case 2:
		p = m->peers.at[at];
		m->peers.at[at] = out[other];
		out[other] = p;
		break;
	case 3:
		take_out(m, &p, at);
		put_in(m, &p, rng_below(rng, m->peers.len + 1));
		break;
	default:
		m->peers.at[at].aips ^= 3;
		break;
	}
}

static void who_is_known_is_followed(void **state)
{
	struct rng rng = {.state = 1};
	struct many *m = many_new(KNOWN, false);
	struct wg_peer out[KNOWN];
	uint32_t outs = 0;
	(void)state;

	m->ask = ask;
	silence(m);
	import_names(m, KNOWN, true);
	while (m->peers.len > PEERS)
		take_out(m, &out[outs++], rng_below(&rng, m->peers.len));
	turn(m);
	assert_followed(m->engine);
	for (int i = 0; i < CHANGES; i++) {
		for (uint32_t n = 1 + rng_below(&rng, 3); n; n--)
			change(m, out, &outs, &rng);
		engine_dirty(m->engine, SUBJECT_PEERS);
		soon(m);
		assert_followed(m->engine);
	}
	many_free(m);
}

TEST_MAIN(of_many_one_is_set_without_a_look, the_next_look_comes_soon, of_few_all_are_looked_at,
	  what_was_refused_is_not_there, what_others_write_is_seen,
	  a_long_list_waits_for_the_next_turn, problems_are_looked_for_where_something_happened,
	  who_is_known_is_followed)
