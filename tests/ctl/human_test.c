// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes and durations: the same text as wg(8) has for them.
 */
#include "support/test.h"

#include <string.h>

#include "../../src/ctl/human.c"

static void bytes(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{1023, "1023 B"},
		{1024, "1.00 KiB"},
		{1268763, "1.21 MiB"},
		{UINT64_C(5) << 30, "5.00 GiB"},
		{UINT64_C(1) << 41, "2.00 TiB"},
		{UINT64_MAX, "16777216.00 TiB"},
	};
	char buf[HUMAN_LEN];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(human_bytes(cases[i].n, buf), cases[i].text);
}

static void durations(void **state)
{
	static const struct {
		int64_t seconds;
		int units;
		const char *text;
	} cases[] = {
		{0, 3, "0 seconds"},
		{1, 3, "1 second"},
		{63, 3, "1 minute, 3 seconds"},
		{3600, 3, "1 hour"},
		{3603, 3, "1 hour, 3 seconds"},
		{93784, 2, "1 day, 2 hours"},
		{93784, 1, "1 day"},
		{2 * 365 * 86400 + 86400 + 1, 5, "2 years, 1 day, 1 second"},
		{-5, 3, "0 seconds"},
	};
	char buf[HUMAN_LEN];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(human_duration(cases[i].seconds, cases[i].units, buf),
				    cases[i].text);
}

static void the_longest_fits(void **state)
{
	char buf[HUMAN_LEN];
	(void)state;

	assert_true(strlen(human_duration(INT64_MAX, 9, buf)) < HUMAN_LEN - 1);
}

TEST_MAIN(bytes, durations, the_longest_fits)
