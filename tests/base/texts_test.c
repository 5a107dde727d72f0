// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts that are kept: each stays where and what it was, however many come after it.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/texts.h"

#define MANY 5000

static void each_stays(void **state)
{
	static const char *kept[MANY];
	struct texts t = {0};
	char text[32];
	(void)state;

	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "host-%d.example.net", i);
		kept[i] = texts_keep(&t, text);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "host-%d.example.net", i);
		assert_string_equal(kept[i], text);
	}
	texts_free(&t);
	assert_null(t.blocks);
}

static void of_any_length(void **state)
{
	struct texts t = {0};
	const char *before = texts_keep(&t, "before"), *kept;
	char *text = calloc(10001, 1);
	(void)state;

	memset(text, 'x', 10000);
	kept = texts_keep(&t, text);
	assert_string_equal(kept, text);
	assert_string_equal(before, "before");
	assert_string_equal(texts_keep(&t, ""), "");
	free(text);
	texts_free(&t);
}

TEST_MAIN(each_stays, of_any_length)
