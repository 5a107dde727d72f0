// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring of events and the list of problems.
 */
#include "support/test.h"

#include <string.h>

#include "model/events.h"

static void the_last_ones_are_kept(void **state)
{
	struct event_ring *r = mem_calloc(1, sizeof(*r));
	(void)state;

	assert_null(event_ring_get(r, 0));
	assert_null(event_ring_get(r, 1));
	for (uint64_t seq = 1; seq <= 3 * EVENTS_KEPT; seq++) {
		struct event *e = event_ring_add(r, 1000 + (int64_t)seq, "route");

		assert_int_equal(e->seq, seq);
		assert_string_equal(e->text, ""); /* nothing of an older one is left */
		memset(e->text, 'x', 10);
	}
	assert_int_equal(r->last, 3 * EVENTS_KEPT);
	assert_null(event_ring_get(r, 0));
	assert_null(event_ring_get(r, 2 * EVENTS_KEPT));
	assert_null(event_ring_get(r, 3 * EVENTS_KEPT + 1));
	for (uint64_t seq = 2 * EVENTS_KEPT + 1; seq <= 3 * EVENTS_KEPT; seq++)
		assert_int_equal(event_ring_get(r, seq)->wall, 1000 + (int64_t)seq);
	free(r);
}

static void an_event_begins_empty(void **state)
{
	struct event_ring *r = mem_calloc(1, sizeof(*r));
	struct event *e = event_ring_add(r, 5, "a-code-that-is-much-too-long-for-its-field");
	(void)state;

	assert_int_equal(e->level, LOG_LEVEL_INFO);
	assert_int_equal(strlen(e->code), EVENT_CODE_LEN - 1);
	assert_string_equal(e->ifname, "");
	assert_string_equal(e->peer, "");
	free(r);
}

static void problems_are_collected_anew(void **state)
{
	struct problems ps = {0};
	const void *at;
	(void)state;

	problem_add(&ps, "dns", NULL, "%s has no known address", "gw.example.net");
	problem_add(&ps, "route-blocked", "remove that route", "%u routes", 3U);
	assert_string_equal(ps.at[0].message, "gw.example.net has no known address");
	assert_null(ps.at[0].hint);
	assert_string_equal(ps.at[1].code, "route-blocked");
	assert_string_equal(ps.at[1].hint, "remove that route");
	at = ps.at;
	problems_clear(&ps);
	assert_int_equal(ps.len, 0);
	problem_add(&ps, "dns", NULL, "again");
	assert_ptr_equal(ps.at, at); /* in the same memory */
	problems_free(&ps);
	assert_int_equal(ps.len, 0);
}

TEST_MAIN(the_last_ones_are_kept, an_event_begins_empty, problems_are_collected_anew)
