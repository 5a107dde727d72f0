// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/test.h"

#include <stdio.h>

#include "base/words.h"

static void a_text_has_one_number_and_is_copied(void **state)
{
	char text[] = "the peer is dead";
	uint8_t dead = word_of(text), down = word_of("the interface is down");
	(void)state;

	assert_int_not_equal(dead, 0);
	assert_int_not_equal(dead, down);
	text[0] = 'T';
	assert_int_not_equal(word_of(text), dead);
	assert_int_equal(word_of("the peer is dead"), dead);
	assert_int_equal(word_of("the interface is down"), down);
	assert_string_equal(word_text(dead), "the peer is dead");
	assert_string_equal(word_text(down), "the interface is down");
}

static void nothing_is_0(void **state)
{
	(void)state;

	assert_int_equal(word_of(NULL), 0);
	assert_null(word_text(0));
}

/* The last test: there is no room after it. */
static void what_is_too_much_is_not_said(void **state)
{
	uint8_t known = word_of("the peer is dead"), n = 1;
	char text[16];
	(void)state;

	for (int i = 0; n && i < 300; i++) {
		snprintf(text, sizeof(text), "text %d", i);
		n = word_of(text);
		if (n)
			assert_string_equal(word_text(n), text);
	}
	assert_int_equal(n, 0);
	assert_int_equal(word_of("the peer is dead"), known);
	assert_string_equal(word_text(255), word_text(word_of(word_text(255))));
}

TEST_MAIN(a_text_has_one_number_and_is_copied, nothing_is_0, what_is_too_much_is_not_said)
