// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steady state: peers are healthy, nobody changes anything. Then nothing is allocated, nothing
 * is sent, and what is wanted is not computed again.
 */
#include "support/test.h"

#include "../../src/engine/internal.h"
#include "plan/routes.h"
#include "support/allocs.h"
#include "support/many.h"

#define PEERS 200
#define POLLS 1000 /* and the looks at everything every five minutes among them */

static struct many *settled(void)
{
	struct many *m = many_new(PEERS, true);

	for (int i = 0; i < 3; i++) { /* each list has been looked at twice, and has its memory */
		engine_dirty(m->engine, SUBJECT_ALL);
		many_turn(m);
	}
	while (m->engine->routes_again)
		many_turn(m);
	assert_true(engine_converged(m->engine));
	assert_int_equal(m->applied, 2 * PEERS);
	return m;
}

static void polls_allocate_nothing(void **state)
{
	struct many *m = settled();
	uint64_t before = allocs_count(), polls = m->polls, looks = m->looks;
	(void)state;

	while (m->polls < polls + POLLS)
		many_turn(m);
	assert_int_equal(allocs_count() - before, 0);
	assert_true(m->looks - looks >= 2);
	assert_int_equal(m->applied, 2 * PEERS);
	many_free(m);
}

/* Of a peer with a /32 and a /24 this much is held for good: 4 MB for ten thousand. */
static void what_a_peer_takes(void **state)
{
	size_t networks =
		2 * (sizeof(struct prefix) + sizeof(struct route_item) + sizeof(struct route));
	(void)state;

	if (sizeof(void *) == 8)
		assert_in_range(sizeof(struct peer) + networks, 1, 404);
}

/* So that the first of these tests can fail. */
static void what_changes_is_seen(void **state)
{
	struct many *m = settled();
	uint64_t before = allocs_count();
	(void)state;

	many_add(m);
	many_turn(m);
	assert_int_equal(m->applied, 2 * PEERS + 2);
	if (allocs_counted())
		assert_true(allocs_count() > before);
	many_free(m);
}

/* Nobody tells of a route that is gone: the next look at everything finds it. */
static void a_look_mends_what_no_event_told_of(void **state)
{
	struct many *m = settled();
	msec start = m->at.now;
	(void)state;

	m->routes.len--;
	while (m->applied == 2 * PEERS && m->at.now - start < 400000)
		many_turn(m);
	assert_int_equal(m->applied, 2 * PEERS + 1);
	assert_int_equal(m->routes.len, 2 * PEERS);
	many_free(m);
}

/* What one peer needs is planned and set without a look at the routes of all the others. */
static void one_peer_more_is_no_look(void **state)
{
	struct many *m = settled();
	uint64_t looks = m->looks;
	(void)state;

	many_add(m);
	many_turn(m);
	assert_int_equal(m->applied, 2 * PEERS + 2);
	assert_int_equal(m->looks, looks);
	assert_true(engine_converged(m->engine));
	many_free(m);
}

/* Somebody deletes a route, and the kernel says so: it is back in the next turn, without a look. */
static void a_route_that_went_comes_back(void **state)
{
	struct many *m = settled();
	struct route gone = m->routes.at[PEERS];
	uint64_t looks = m->looks;
	(void)state;

	memmove(&m->routes.at[PEERS], &m->routes.at[PEERS + 1],
		(--m->routes.len - PEERS) * sizeof(gone));
	engine_route_event(m->engine, &gone, ROUTE_WENT);
	many_turn(m);
	assert_int_equal(m->applied, 2 * PEERS + 1);
	assert_int_equal(route_cmp(&m->routes.at[PEERS], &gone), 0);
	assert_int_equal(m->looks, looks);
	assert_true(engine_converged(m->engine));
	many_free(m);
}

/* An old event, of before it was put back: what the kernel answers is a reason to look. */
static void an_old_event_is_seen_through(void **state)
{
	struct many *m = settled();
	uint64_t looks = m->looks;
	(void)state;

	engine_route_event(m->engine, &m->routes.at[PEERS], ROUTE_WENT);
	many_turn(m);
	assert_int_equal(m->looks, looks + 1);
	assert_int_equal(m->routes.len, 2 * PEERS);
	assert_true(engine_converged(m->engine));
	many_free(m);
}

/*
 * The same where all is planned anyway: our own route, which the event says is gone, is not taken
 * for another program's that is in the way.
 */
static void an_old_event_is_no_reason_to_plan(void **state)
{
	struct many *m = settled();
	struct imports none = {0};
	(void)state;

	engine_route_event(m->engine, &m->routes.at[PEERS], ROUTE_WENT);
	engine_import(m->engine, &none, m->at);
	many_turn(m);
	assert_int_equal(m->engine->counters.apply_errors, 0);
	assert_int_equal(m->applied, 2 * PEERS);
	assert_true(engine_converged(m->engine));
	many_free(m);
}

/* So many events at once are one look. */
static void a_flush_is_one_look(void **state)
{
	struct many *m = settled();
	uint64_t looks = m->looks;
	(void)state;

	vec_each(&m->routes, r)
		engine_route_event(m->engine, r, ROUTE_WENT);
	m->routes.len = 0;
	for (int i = 0; i < 3; i++)
		many_turn(m);
	assert_int_equal(m->applied, 4 * PEERS);
	assert_int_equal(m->routes.len, 2 * PEERS);
	assert_true(m->looks <= looks + 2); /* and one after so many operations */
	assert_true(engine_converged(m->engine));
	many_free(m);
}

TEST_MAIN(polls_allocate_nothing, what_a_peer_takes, what_changes_is_seen,
	  a_look_mends_what_no_event_told_of, one_peer_more_is_no_look,
	  a_route_that_went_comes_back, an_old_event_is_seen_through,
	  an_old_event_is_no_reason_to_plan, a_flush_is_one_look)
