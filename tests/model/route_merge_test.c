// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at routes: the same again, one more, one less, one of somebody else's, and looks that had
 * to be begun again.
 */
#include "support/test.h"

#include "model/route_merge.h"

#define WG0 3

static struct route route(const char *dst, uint8_t protocol)
{
	struct route r = {.oif = WG0, .table = 254, .protocol = protocol, .type = 1};

	assert_int_equal(prefix_parse(&r.dst, dst, NULL), 0);
	return r;
}

/* Three routes: two of ours and the interface's own network. */
static struct state three(void)
{
	struct state s = {0};

	*vec_add(&s.ours) = route("10.0.1.0/24", ROUTE_PROTOCOL);
	*vec_add(&s.ours) = route("10.0.2.0/24", ROUTE_PROTOCOL);
	*vec_add(&s.foreign) = route("10.9.0.0/24", 2);
	return s;
}

/* As a dump shows them, which is in no order of ours. */
static void all_of(const struct state *s, struct routes *out)
{
	vec_copy(out, &s->foreign);
	vec_each(&s->ours, r)
		*vec_add(out) = *r;
}

/* What comes: those of s but for one, and one more (NULL = none) before the last. */
static enum routes_seen look(struct state *s, const char *without, const struct route *more)
{
	struct route_merge m = {0};
	struct routes now = {0};
	enum routes_seen seen;
	struct prefix gone = {0};

	if (without)
		prefix_parse(&gone, without, NULL);
	all_of(s, &now);
	route_merge_begin(&m, s);
	for (uint32_t i = 0; i < now.len; i++) {
		if (more && i + 1 == now.len)
			route_merge_add(&m, more);
		if (prefix_cmp(&now.at[i].dst, &gone))
			route_merge_add(&m, &now.at[i]);
	}
	seen = route_merge_end(&m, true);
	route_merge_free(&m);
	vec_free(&now);
	return seen;
}

static void assert_has(const struct routes *list, uint32_t n, const char *dst)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, dst, NULL), 0);
	assert_true(n < list->len);
	assert_int_equal(prefix_cmp(&list->at[n].dst, &p), 0);
}

static void the_same_again(void **state)
{
	struct state s = three();
	const struct route *at = s.ours.at;
	(void)state;

	assert_int_equal(look(&s, NULL, NULL), ROUTES_SAME);
	assert_ptr_equal(s.ours.at, at); /* nothing was made anew */
	assert_int_equal(s.ours.len, 2);
	assert_int_equal(s.foreign.len, 1);
	state_free(&s);
}

static void one_of_ours_more_or_less(void **state)
{
	struct route more = route("10.0.1.0/25", ROUTE_PROTOCOL);
	struct state s = three();
	(void)state;

	assert_int_equal(look(&s, NULL, &more), ROUTES_OURS_CHANGED);
	assert_int_equal(s.ours.len, 3);
	assert_has(&s.ours, 1, "10.0.1.0/25"); /* in its place */
	assert_int_equal(look(&s, "10.0.1.0/24", NULL), ROUTES_OURS_CHANGED);
	assert_int_equal(s.ours.len, 2);
	assert_has(&s.ours, 0, "10.0.1.0/25");
	assert_int_equal(look(&s, "10.9.0.0/24", NULL), ROUTES_CHANGED);
	assert_int_equal(s.foreign.len, 0);
	state_free(&s);
}

static void one_of_others(void **state)
{
	struct route more = route("10.0.3.0/24", 12);
	struct state s = three();
	(void)state;

	assert_int_equal(look(&s, NULL, &more), ROUTES_CHANGED);
	assert_int_equal(look(&s, NULL, NULL), ROUTES_SAME);
	s.foreign.at[0].metric = 5; /* and now it has another metric */
	more.metric = 7;
	assert_int_equal(look(&s, "10.0.3.0/24", &more), ROUTES_CHANGED);
	state_free(&s);
}

/* Any field that differs is a difference. */
static void each_field_counts(void **state)
{
	struct route_merge m = {0};
	struct state s;
	struct route r;
	struct addr a;
	(void)state;

#define DIFFERS(change)                                                       \
	do {                                                                  \
		s = three();                                                  \
		r = s.ours.at[0];                                             \
		change;                                                       \
		route_merge_begin(&m, &s);                                    \
		route_merge_add(&m, &r);                                      \
		route_merge_add(&m, &s.ours.at[1]);                           \
		route_merge_add(&m, &s.foreign.at[0]);                        \
		assert_int_not_equal(route_merge_end(&m, true), ROUTES_SAME); \
		state_free(&s);                                               \
	} while (0)
	assert_int_equal(addr_parse(&a, "10.0.0.1"), 0);
	DIFFERS(r.dst.len = 25);
	DIFFERS(r.table = 100);
	DIFFERS(r.metric = 1);
	DIFFERS(r.oif = WG0 + 1);
	DIFFERS(r.tos = 4);
	DIFFERS(r.protocol = 3);
	DIFFERS(r.type = 7);
	DIFFERS(r.scope = 253);
	DIFFERS(r.onlink = true);
	DIFFERS(r.multipath = true);
	DIFFERS(route_set_source(&r, &a));
	DIFFERS(route_set_gateway(&r, &a));
	route_merge_free(&m);
}

static void an_interrupted_pass_is_taken_back(void **state)
{
	struct route other = route("10.0.3.0/24", ROUTE_PROTOCOL);
	struct route_merge m = {0};
	struct route_mark before;
	struct state s = three();
	(void)state;

	route_merge_begin(&m, &s);
	route_merge_add(&m, &s.ours.at[0]);
	before = route_merge_mark(&m);
	route_merge_add(&m, &s.ours.at[1]);
	route_merge_add(&m, &other); /* deleted while the dump went on */
	route_merge_back(&m, before);
	route_merge_add(&m, &s.ours.at[1]);
	route_merge_add(&m, &s.foreign.at[0]);
	assert_int_equal(route_merge_end(&m, true), ROUTES_SAME);
	assert_int_equal(s.ours.len, 2);
	route_merge_free(&m);
	state_free(&s);
}

static void what_only_an_interrupted_pass_had_goes(void **state)
{
	struct route_merge m = {0};
	struct route_mark before;
	struct state s = three();
	(void)state;

	route_merge_begin(&m, &s);
	route_merge_add(&m, &s.foreign.at[0]);
	route_merge_add(&m, &s.ours.at[0]);
	before = route_merge_mark(&m);
	route_merge_add(&m, &s.ours.at[1]);
	route_merge_back(&m, before);
	assert_int_equal(route_merge_end(&m, true), ROUTES_OURS_CHANGED);
	assert_int_equal(s.ours.len, 1);
	assert_has(&s.ours, 0, "10.0.1.0/24");
	route_merge_free(&m);
	state_free(&s);
}

/* As many as before, and not the same. */
static void one_twice_and_another_gone(void **state)
{
	struct route_merge m = {0};
	struct state s = three();
	(void)state;

	route_merge_begin(&m, &s);
	route_merge_add(&m, &s.ours.at[0]);
	route_merge_add(&m, &s.foreign.at[0]);
	route_merge_add(&m, &s.ours.at[0]);
	assert_int_equal(route_merge_end(&m, true), ROUTES_OURS_CHANGED);
	assert_int_equal(s.ours.len, 1);
	assert_has(&s.ours, 0, "10.0.1.0/24");
	route_merge_free(&m);
	state_free(&s);
}

static void what_comes_twice_is_there_once(void **state)
{
	struct route other = route("10.0.3.0/24", ROUTE_PROTOCOL);
	struct route_merge m = {0};
	struct state s = three();
	(void)state;

	route_merge_begin(&m, &s);
	route_merge_add(&m, &s.ours.at[0]);
	route_merge_add(&m, &s.ours.at[1]);
	route_merge_add(&m, &s.ours.at[0]);
	route_merge_add(&m, &s.foreign.at[0]);
	route_merge_add(&m, &other);
	assert_int_equal(route_merge_end(&m, true), ROUTES_OURS_CHANGED);
	assert_int_equal(s.ours.len, 3);
	assert_has(&s.ours, 1, "10.0.2.0/24");
	assert_has(&s.ours, 2, "10.0.3.0/24");
	route_merge_free(&m);
	state_free(&s);
}

/* Or an event that it went would leave it there. */
static void a_new_one_twice_is_one(void **state)
{
	struct route other = route("10.0.0.0/24", ROUTE_PROTOCOL);
	struct route_merge m = {0};
	struct state s = three();
	(void)state;

	route_merge_begin(&m, &s);
	route_merge_add(&m, &other);
	route_merge_add(&m, &s.ours.at[0]);
	route_merge_add(&m, &s.ours.at[1]);
	route_merge_add(&m, &s.foreign.at[0]);
	route_merge_add(&m, &other);
	assert_int_equal(route_merge_end(&m, true), ROUTES_OURS_CHANGED);
	assert_int_equal(s.ours.len, 3);
	assert_has(&s.ours, 0, "10.0.0.0/24");
	assert_has(&s.ours, 1, "10.0.1.0/24");
	route_merge_free(&m);
	state_free(&s);
}

static void a_failed_look_changes_nothing(void **state)
{
	struct route other = route("10.0.3.0/24", ROUTE_PROTOCOL);
	struct route_merge m = {0};
	struct state s = three();
	(void)state;

	route_merge_begin(&m, &s);
	route_merge_add(&m, &other);
	route_merge_end(&m, false);
	assert_int_equal(s.ours.len, 2);
	assert_int_equal(look(&s, NULL, NULL), ROUTES_SAME);
	route_merge_free(&m);
	state_free(&s);
}

/* --- events ----------------------------------------------------------------------------------- */

static void an_event_brings_a_route_or_takes_it(void **state)
{
	struct route r = route("10.0.1.128/25", ROUTE_PROTOCOL);
	struct state s = three();
	(void)state;

	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_CAME), ROUTE_LEARNED);
	assert_has(&s.ours, 1, "10.0.1.128/25");
	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_CAME), ROUTE_KNOWN);
	assert_int_equal(s.ours.len, 3);
	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_WENT), ROUTE_LEARNED);
	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_WENT), ROUTE_KNOWN);
	assert_int_equal(s.ours.len, 2);
	assert_has(&s.ours, 1, "10.0.2.0/24");
	state_free(&s);
}

/* Where another one has the same key, or a route took the place of one that is not named. */
static void an_event_that_does_not_say_all_is_doubted(void **state)
{
	struct state s = three();
	struct route r = s.ours.at[1];
	(void)state;

	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_REPLACED), ROUTE_DOUBTFUL);
	r.oif++;
	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_CAME), ROUTE_DOUBTFUL);
	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_WENT), ROUTE_DOUBTFUL);
	r = route("10.0.3.0/24", ROUTE_PROTOCOL);
	r.multipath = true;
	assert_int_equal(routes_learn(&s.ours, &r, ROUTE_CAME), ROUTE_DOUBTFUL);
	assert_int_equal(s.ours.len, 2);
	state_free(&s);
}

TEST_MAIN(the_same_again, one_of_ours_more_or_less, one_of_others, each_field_counts,
	  an_interrupted_pass_is_taken_back, what_only_an_interrupted_pass_had_goes,
	  one_twice_and_another_gone, what_comes_twice_is_there_once, a_new_one_twice_is_one,
	  a_failed_look_changes_nothing, an_event_brings_a_route_or_takes_it,
	  an_event_that_does_not_say_all_is_doubted)
