// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeatable chance, jitter within a quarter, and the delays of a backoff.
 */
#include "support/test.h"

#include "base/rng.h"

/* The first numbers of splitmix64 for the seed 1234567, as its authors' test vectors have them. */
static void the_known_sequence(void **state)
{
	struct rng rng = {.state = 1234567};
	(void)state;

	assert_true(rng_next(&rng) == 6457827717110365317ULL);
	assert_true(rng_next(&rng) == 3203168211198807973ULL);
	assert_true(rng_next(&rng) == 9817491932198370423ULL);
}

static void below_is_below_and_even(void **state)
{
	unsigned int seen[10] = {0};
	struct rng rng = {.state = 1};
	(void)state;

	for (int i = 0; i < 100000; i++)
		seen[rng_below(&rng, 10)]++; /* out of range would be caught by the sanitizer */
	for (int i = 0; i < 10; i++)
		assert_in_range(seen[i], 9500, 10500);
	for (int i = 0; i < 100; i++)
		assert_int_equal(rng_below(&rng, 1), 0);
}

static void jitter_is_a_quarter_each_way(void **state)
{
	static const msec delays[] = {0, 1, 3, 4, 1000, 6000, 300000, 86400000};
	struct rng rng = {.state = 2};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		msec low = MSEC_NEVER, high = 0, d = delays[i];

		for (int n = 0; n < 20000; n++) {
			msec j = rng_jitter(&rng, d);

			low = msec_min(low, j);
			high = msec_max(high, j);
			assert_true(j >= d - d / 4 && j <= d + d / 4);
		}
		/* and uses that room */
		assert_true(low <= d - d / 4 + d / 50 && high >= d + d / 4 - d / 50);
	}
}

static void a_backoff_doubles_up_to_its_end(void **state)
{
	static const msec want[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
	msec delay = 0;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		delay = backoff_next(delay, 1000, 30000);
		assert_int_equal(delay, want[i]);
	}
	assert_int_equal(backoff_next(999, 1000, 30000), 1000);
	assert_int_equal(backoff_next(1000, 1000, 1000), 1000);
}

TEST_MAIN(the_known_sequence, below_is_below_and_even, jitter_is_a_quarter_each_way,
	  a_backoff_doubles_up_to_its_end)
