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
static void three(struct routes *known)
{
	*known = (struct routes){0};
	*vec_add(known) = route("10.0.1.0/24", ROUTE_PROTOCOL);
	*vec_add(known) = route("10.0.2.0/24", ROUTE_PROTOCOL);
	*vec_add(known) = route("10.9.0.0/24", 2);
}

/* What comes: those of known but for one, and one more (NULL = none) before the last. */
static enum routes_seen look(struct routes *known, uint32_t without, const struct route *more)
{
	struct routes now = {0};
	struct route_merge m;
	enum routes_seen seen;

	vec_copy(&now, known);
	route_merge_begin(&m, known);
	for (uint32_t i = 0; i < now.len; i++) {
		if (more && i + 1 == now.len)
			route_merge_add(&m, more);
		if (i != without)
			route_merge_add(&m, &now.at[i]);
	}
	seen = route_merge_end(&m, true);
	vec_free(&now);
	return seen;
}

static void the_same_again(void **state)
{
	struct routes known;
	const struct route *at;
	(void)state;

	three(&known);
	at = known.at;
	assert_int_equal(look(&known, UINT32_MAX, NULL), ROUTES_SAME);
	assert_ptr_equal(known.at, at); /* nothing was made anew */
	assert_int_equal(known.len, 3);
	vec_free(&known);
}

static void one_of_ours_more_or_less(void **state)
{
	struct route more = route("10.0.3.0/24", ROUTE_PROTOCOL);
	struct routes known;
	(void)state;

	three(&known);
	assert_int_equal(look(&known, UINT32_MAX, &more), ROUTES_OURS_CHANGED);
	assert_int_equal(known.len, 4);
	assert_int_equal(prefix_cmp(&known.at[2].dst, &more.dst), 0);
	assert_int_equal(look(&known, 0, NULL), ROUTES_OURS_CHANGED);
	assert_int_equal(known.len, 3);
	assert_int_equal(look(&known, 2, NULL), ROUTES_CHANGED); /* the last: the foreign one */
	assert_int_equal(known.len, 2);
	vec_free(&known);
}

static void one_of_others(void **state)
{
	struct route more = route("10.0.3.0/24", 12);
	struct routes known;
	(void)state;

	three(&known);
	assert_int_equal(look(&known, UINT32_MAX, &more), ROUTES_CHANGED);
	assert_int_equal(look(&known, UINT32_MAX, NULL), ROUTES_SAME);
	known.at[2].metric = 5; /* and now it has another metric */
	more.metric = 7;
	assert_int_equal(look(&known, 2, &more), ROUTES_CHANGED);
	vec_free(&known);
}

/* Any field that differs is a difference. */
static void each_field_counts(void **state)
{
	struct routes known;
	struct route_merge m;
	struct route r;
	(void)state;

#define DIFFERS(change)                                                       \
	do {                                                                  \
		three(&known);                                                \
		r = known.at[0];                                              \
		change;                                                       \
		route_merge_begin(&m, &known);                                \
		route_merge_add(&m, &r);                                      \
		route_merge_add(&m, &known.at[1]);                            \
		route_merge_add(&m, &known.at[2]);                            \
		assert_int_not_equal(route_merge_end(&m, true), ROUTES_SAME); \
		vec_free(&known);                                             \
	} while (0)
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
	DIFFERS(r.source = (addr_parse(&r.source, "10.0.0.1"), r.source));
	DIFFERS(r.gateway = (addr_parse(&r.gateway, "10.0.0.1"), r.gateway));
}

static void an_interrupted_pass_is_taken_back(void **state)
{
	struct route other = route("10.0.3.0/24", ROUTE_PROTOCOL);
	struct routes known;
	struct route_merge m;
	uint32_t before;
	(void)state;

	three(&known);
	route_merge_begin(&m, &known);
	route_merge_add(&m, &known.at[0]);
	before = route_merge_count(&m);
	route_merge_add(&m, &known.at[1]);
	route_merge_back(&m, before); /* still without a difference */
	route_merge_add(&m, &known.at[1]);
	before = route_merge_count(&m);
	route_merge_add(&m, &other);
	assert_int_equal(route_merge_count(&m), 3);
	route_merge_back(&m, before); /* with one that was void */
	route_merge_add(&m, &known.at[2]);
	assert_int_equal(route_merge_end(&m, true), ROUTES_OURS_CHANGED);
	assert_int_equal(known.len, 3);
	vec_free(&known);
}

static void a_failed_look_changes_nothing(void **state)
{
	struct route other = route("10.0.3.0/24", ROUTE_PROTOCOL);
	struct routes known;
	struct route_merge m;
	(void)state;

	three(&known);
	route_merge_begin(&m, &known);
	route_merge_add(&m, &other);
	route_merge_end(&m, false);
	assert_int_equal(known.len, 3);
	assert_int_equal(look(&known, UINT32_MAX, NULL), ROUTES_SAME);
	vec_free(&known);
}

TEST_MAIN(the_same_again, one_of_ours_more_or_less, one_of_others, each_field_counts,
	  an_interrupted_pass_is_taken_back, a_failed_look_changes_nothing)
