// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Growing arrays, and the walk over two sorted lists against the naive reference: look up each
 * element of one in the other.
 */
#include "support/test.h"

#include "base/rng.h"
#include "base/vec.h"

VEC_TYPE(numbers, int);

static int int_cmp(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void new_elements_are_zero(void **state)
{
	struct numbers v = {0};
	(void)state;

	for (int i = 1; i <= 100; i++)
		*vec_add(&v) = i;
	v.len = 0; /* emptied, memory kept */
	for (int i = 0; i < 100; i++)
		assert_int_equal(*vec_add(&v), 0);
	assert_int_equal(v.len, 100);
	vec_free(&v);
	assert_null(v.at);
	assert_int_equal(v.len, 0);
}

static void an_emptied_one_keeps_its_memory(void **state)
{
	struct numbers v = {0};
	const int *at;
	(void)state;

	for (int i = 0; i < 1000; i++)
		*vec_add(&v) = i;
	at = v.at;
	v.len = 0;
	for (int i = 0; i < 1000; i++)
		*vec_add(&v) = i;
	assert_ptr_equal(v.at, at);
	vec_free(&v);
}

static void each_of_none_is_nothing(void **state)
{
	struct numbers v = {0};
	int n = 0;
	(void)state;

	vec_each(&v, p)
		n += 1 + *p;
	assert_int_equal(n, 0);
	vec_sort(&v, int_cmp);
	assert_null(vec_find(&v, &n, int_cmp));
}

static void sorted_and_found(void **state)
{
	struct numbers v = {0}, copy = {0};
	struct rng rng = {.state = 2};
	int missing = -1;
	(void)state;

	for (int i = 0; i < 500; i++)
		*vec_add(&v) = (int)rng_below(&rng, 1000);
	vec_copy(&copy, &v);
	vec_sort(&v, int_cmp);
	for (uint32_t i = 1; i < v.len; i++)
		assert_true(v.at[i - 1] <= v.at[i]);
	vec_each(&copy, n)
		assert_int_equal(*vec_find(&v, n, int_cmp), *n);
	assert_null(vec_find(&v, &missing, int_cmp));
	vec_free(&v);
	vec_free(&copy);
}

/* As large as what is sorted here mostly is. */
struct dealt {
	int value, nth;
	char more[44];
};
VEC_TYPE(dealts, struct dealt);

static unsigned int compared;

static int dealt_cmp(const void *a, const void *b)
{
	compared++;
	return int_cmp(a, b);
}

/* Some lists in order, shuffled into each other. */
static void shuffled(struct dealts *out, uint32_t n, uint32_t lists, struct rng *rng)
{
	int last[16] = {0};

	out->len = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t list = rng_below(rng, lists);
		struct dealt *d = vec_add(out);

		last[list] += (int)rng_below(rng, 3); /* now and then the same twice */
		d->value = last[list] - (int)list * 1000;
		d->nth = (int)i;
		memset(d->more, (int)i & 0x7f, sizeof(d->more));
	}
}

/* And whoever was first among equal ones stays so, where it is not left to qsort(3). */
static void assert_sorted(const struct dealts *v, bool stable)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < v->len; i++) {
		const struct dealt *d = &v->at[i];

		sum += (uint64_t)d->nth;
		assert_int_equal(d->more[43], d->nth & 0x7f);
		if (!i)
			continue;
		assert_true(d[-1].value <= d->value);
		assert_true(!stable || d[-1].value < d->value || d[-1].nth < d->nth);
	}
	assert_int_equal(sum, v->len ? (uint64_t)v->len * (v->len - 1) / 2 : 0);
}

static void lists_that_were_shuffled(void **state)
{
	struct rng rng = {.state = 5};
	struct dealts v = {0};
	(void)state;

	for (int i = 0; i < 3000; i++) {
		uint32_t lists = 1 + rng_below(&rng, 12);

		shuffled(&v, rng_below(&rng, 300), lists, &rng);
		vec_sort(&v, dealt_cmp);
		assert_sorted(&v, lists <= 8 && v.len >= 64);
	}
	vec_free(&v);
}

/* It takes as many comparisons an element however many there are: a search for each takes 15. */
static void two_lists_are_merged(void **state)
{
	struct rng rng = {.state = 6};
	struct dealts v = {0};
	(void)state;

	shuffled(&v, 50000, 2, &rng);
	compared = 0;
	vec_sort(&v, dealt_cmp);
	assert_sorted(&v, true);
	assert_true(compared < 4 * v.len);
	vec_free(&v);
}

/* What a walk said: the elements that are only wanted, only there, or both, in order. */
struct said {
	struct numbers only_want, only_have, both;
};

static void note(void *ctx, const void *want, const void *have)
{
	struct said *s = ctx;

	assert_true(want || have);
	if (want && have) {
		assert_int_equal(*(const int *)want, *(const int *)have);
		*vec_add(&s->both) = *(const int *)want;
	} else if (want) {
		*vec_add(&s->only_want) = *(const int *)want;
	} else {
		*vec_add(&s->only_have) = *(const int *)have;
	}
}

/* A sorted list in which nothing is twice. */
static void random_set(struct numbers *v, struct rng *rng)
{
	v->len = 0;
	for (int i = 0; i < 30; i++)
		if (!rng_below(rng, 3))
			*vec_add(v) = i;
}

static bool in(const struct numbers *v, int n)
{
	vec_each(v, p)
		if (*p == n)
			return true;
	return false;
}

static void assert_is(const struct numbers *got, const struct numbers *from,
		      const struct numbers *other, bool both)
{
	uint32_t n = 0;

	vec_each(from, p)
		if (in(other, *p) == both)
			assert_int_equal(got->at[n++], *p);
	assert_int_equal(n, got->len);
}

static void the_walk_is_a_set_difference(void **state)
{
	struct numbers want = {0}, have = {0};
	struct rng rng = {.state = 3};
	struct said said = {0};
	(void)state;

	for (int i = 0; i < 20000; i++) {
		random_set(&want, &rng);
		random_set(&have, &rng);
		said.only_want.len = said.only_have.len = said.both.len = 0;
		sorted_diff(want.at, want.len, have.at, have.len, sizeof(int), int_cmp, note,
			    &said);
		assert_is(&said.only_want, &want, &have, false);
		assert_is(&said.only_have, &have, &want, false);
		assert_is(&said.both, &want, &have, true);
	}
	vec_free(&want);
	vec_free(&have);
	vec_free(&said.only_want);
	vec_free(&said.only_have);
	vec_free(&said.both);
}

static void some_more_find_their_places(void **state)
{
	struct numbers all = {0}, more = {0};
	struct rng rng = {.state = 4};
	(void)state;

	for (int i = 0; i < 5000; i++) {
		uint32_t sorted;

		random_set(&all, &rng);
		random_set(&more, &rng);
		sorted = all.len;
		while (rng_below(&rng, 3)) /* also more than are inserted one by one */
			vec_each(&more, p)
				*vec_add(&all) = *p;
		vec_settle(&all, sorted, int_cmp);
		for (uint32_t j = 1; j < all.len; j++)
			assert_true(all.at[j - 1] <= all.at[j]);
		for (int key = -1; key < 70; key++) {
			uint32_t from = vec_from(&all, &key, int_cmp);

			assert_true(!from || all.at[from - 1] < key);
			assert_true(from == all.len || all.at[from] >= key);
		}
	}
	vec_free(&all);
	vec_free(&more);
}

TEST_MAIN(new_elements_are_zero, an_emptied_one_keeps_its_memory, each_of_none_is_nothing,
	  sorted_and_found, lists_that_were_shuffled, two_lists_are_merged,
	  the_walk_is_a_set_difference, some_more_find_their_places)
