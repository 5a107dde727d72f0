// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Growing text, copies that never overrun, and the pattern match against fnmatch(3).
 */
#include "support/test.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"

static void text_grows(void **state)
{
	struct str s = {0};
	(void)state;

	assert_string_equal(str_text(&s), "");
	for (int i = 0; i < 1000; i++)
		str_add(&s, "%d,", i % 10);
	assert_int_equal(s.len, 2000);
	assert_int_equal(strlen(str_text(&s)), 2000);
	assert_memory_equal(s.text, "0,1,2,3,4,5,6,7,8,9,0,", 22);
	str_add_bytes(&s, "\0x", 2); /* bytes are not text: a zero is one of them */
	assert_int_equal(s.len, 2002);
	assert_int_equal(s.text[2001], 'x');
	str_free(&s);
	assert_string_equal(str_text(&s), "");
}

static void a_piece_longer_than_the_buffer(void **state)
{
	struct str s = {0};
	char *long_one = mem_calloc(5001, 1);
	(void)state;

	memset(long_one, 'a', 5000);
	str_add(&s, "<%s>", long_one);
	assert_int_equal(s.len, 5002);
	assert_int_equal(s.text[5001], '>');
	str_free(&s);
	free(long_one);
}

static void a_copy_is_cut_and_terminated(void **state)
{
	char buf[8];
	(void)state;

	memset(buf, '#', sizeof(buf));
	assert_true(mem_copy_str(buf, sizeof(buf), "1234567"));
	assert_string_equal(buf, "1234567");
	assert_false(mem_copy_str(buf, sizeof(buf), "12345678"));
	assert_string_equal(buf, "1234567");
	assert_true(mem_copy_str(buf, 1, ""));
	assert_string_equal(buf, "");
	assert_true(mem_copy_str(buf, sizeof(buf), "abcdef"));
	assert_true(mem_copy_str(buf, sizeof(buf), buf + 2)); /* overlapping is fine */
	assert_string_equal(buf, "cdef");
}

static void interface_patterns(void **state)
{
	(void)state;

	assert_true(glob_match("wg*", "wg0"));
	assert_true(glob_match("wg*", "wg"));
	assert_true(glob_match("wg?", "wg0"));
	assert_true(glob_match("*", ""));
	assert_true(glob_match("*-gw*", "london-gw-2"));
	assert_false(glob_match("wg?", "wg10"));
	assert_false(glob_match("wg0", "wg01"));
	assert_false(glob_match("", "wg0"));
	assert_true(glob_match("[w]g0", "[w]g0")); /* no brackets: they are themselves */
}

/* Short words over a small alphabet, so that matches happen. */
static void random_word(char *out, struct rng *rng, const char *letters)
{
	uint32_t n = rng_below(rng, 8);

	for (uint32_t i = 0; i < n; i++)
		*out++ = letters[rng_below(rng, (uint32_t)strlen(letters))];
	*out = '\0';
}

static void patterns_match_as_fnmatch_says(void **state)
{
	struct rng rng = {.state = 4};
	unsigned int matches = 0;
	(void)state;

	for (int i = 0; i < 200000; i++) {
		char pattern[9], name[9];
		bool want;

		random_word(pattern, &rng, "ab*?");
		random_word(name, &rng, "ab");
		want = !fnmatch(pattern, name, 0);
		matches += want;
		if (glob_match(pattern, name) != want)
			fail_msg("\"%s\" and \"%s\"", pattern, name);
	}
	assert_in_range(matches, 10000, 190000);
}

/* The match goes back to the last star only: many of them do not make it slow. */
static void many_stars_are_quick(void **state)
{
	char name[201];
	(void)state;

	memset(name, 'a', 200);
	name[200] = '\0';
	assert_false(glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

TEST_MAIN(text_grows, a_piece_longer_than_the_buffer, a_copy_is_cut_and_terminated,
	  interface_patterns, patterns_match_as_fnmatch_says, many_stars_are_quick)
