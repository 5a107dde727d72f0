// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loans of one interface, and one of a prefix, among those of others.
 */
#include "support/test.h"

#include <stdio.h>

#include "model/loans.h"

static void add(struct loans *ls, const char *ifname, unsigned int net)
{
	struct loan *l = vec_add(ls);
	char text[PREFIX_STRLEN];

	mem_copy_str(l->ifname, sizeof(l->ifname), ifname);
	snprintf(text, sizeof(text), "10.%u.0.0/16", net);
	assert_int_equal(prefix_parse(&l->prefix, text, NULL), 0);
}

/* One interface's name may begin with another's. */
static void of_one_interface(void **state)
{
	static const struct {
		const char *ifname;
		uint32_t first, n;
	} cases[] = {{"office", 0, 0}, {"wg", 0, 1},   {"wg0", 1, 3},
		     {"wg00", 4, 2},   {"wg01", 6, 0}, {"wg1", 6, 1}};
	struct loans ls = {0};
	(void)state;

	add(&ls, "wg", 1);
	for (unsigned int i = 1; i < 4; i++)
		add(&ls, "wg0", i);
	for (unsigned int i = 1; i < 3; i++)
		add(&ls, "wg00", i);
	add(&ls, "wg1", 1);
	vec_sort(&ls, loan_cmp);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t n;
		const struct loan *l = loans_of(&ls, cases[i].ifname, &n);

		assert_int_equal(n, cases[i].n);
		if (n)
			assert_ptr_equal(l, &ls.at[cases[i].first]);
		for (uint32_t j = 0; j < n; j++)
			assert_ptr_equal(loan_find(&ls, cases[i].ifname, &l[j].prefix), &l[j]);
		assert_null(loan_find(&ls, cases[i].ifname, &(struct prefix){.len = 0}));
	}
	vec_free(&ls);
}

static void of_none(void **state)
{
	struct loans none = {0};
	uint32_t n = 1;
	(void)state;

	loans_of(&none, "wg0", &n);
	assert_int_equal(n, 0);
}

/* What is only seen is not kept, and who was before matters only where somebody was. */
static void the_same_for_the_next_start(void **state)
{
	struct loans a = {0}, b = {0};
	(void)state;

	add(&a, "wg0", 1);
	add(&b, "wg0", 1);
	b.at[0].seen = true;
	b.at[0].before.bytes[0] = 1;
	assert_true(loans_same(&a, &b));
	a.at[0].passed_on = b.at[0].passed_on = true;
	assert_false(loans_same(&a, &b));
	a.at[0].before.bytes[0] = 1;
	assert_true(loans_same(&a, &b));
	a.at[0].homeless = b.at[0].homeless = true;
	b.at[0].home.bytes[0] = 1;
	assert_true(loans_same(&a, &b));
	b.at[0].holder.bytes[0] = 1;
	assert_false(loans_same(&a, &b));
	vec_free(&a);
	vec_free(&b);
}

TEST_MAIN(of_one_interface, of_none, the_same_for_the_next_start)
