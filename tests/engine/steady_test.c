// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steady state: peers are healthy, nobody changes anything. Then nothing is allocated, nothing
 * is sent, and what is wanted is not computed again.
 */
#include "support/test.h"

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

/* So that the test above can fail. */
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

TEST_MAIN(polls_allocate_nothing, what_changes_is_seen, a_look_mends_what_no_event_told_of)
