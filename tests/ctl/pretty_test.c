// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON on many lines is what jansson makes of the same.
 */
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#include "../../src/ctl/pretty.h"

#define ROUNDS 20000

static json_t *grow(struct rng *r, int depth)
{
	static const char *const texts[] = {"",	      "a",	  "{,:}[]", "\"\\",
					    "\n\x01", "\xc3\xa9", "\\\""};
	static const char *const keys[] = {"name", "a:b", "\"", "routes"};
	json_t *o;

	switch (rng_below(r, depth ? 6 : 4)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(rng_below(r, 2));
	case 2:
		return json_integer((json_int_t)rng_next(r) >> rng_below(r, 64));
	case 3:
		return json_string(texts[rng_below(r, ARRAY_LEN(texts))]);
	case 4:
		o = json_array();
		for (uint32_t n = rng_below(r, 4); n; n--)
			json_array_append_new(o, grow(r, depth - 1));
		return o;
	default:
		o = json_object();
		for (uint32_t n = rng_below(r, 4); n; n--)
			json_object_set_new(o, keys[rng_below(r, ARRAY_LEN(keys))],
					    grow(r, depth - 1));
		return o;
	}
}

static void as_jansson_has_it(void **state)
{
	struct rng r = {1};
	(void)state;

	for (int i = 0; i < ROUNDS; i++) {
		json_t *o = grow(&r, i % 11);
		char *flat = json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY);
		char *want = json_dumps(o, JSON_INDENT(2) | JSON_ENCODE_ANY);
		struct str have = {0};

		pretty_add(&have, flat, strlen(flat));
		assert_string_equal(str_text(&have), want);
		str_free(&have);
		free(flat);
		free(want);
		json_decref(o);
	}
}

/* What is no JSON at all comes out as something, and nothing beyond its end is read. */
static void any_bytes(void **state)
{
	struct rng r = {1};
	(void)state;

	for (int i = 0; i < ROUNDS; i++) {
		static const char signs[] = "{}[],:\"\\a1";
		size_t len = rng_below(&r, 12);
		char *text = malloc(len ? len : 1);
		struct str out = {0};

		for (size_t j = 0; j < len; j++)
			text[j] = signs[rng_below(&r, sizeof(signs) - 1)];
		pretty_add(&out, text, len);
		assert_true(out.len >= len);
		str_free(&out);
		free(text);
	}
}

TEST_MAIN(as_jansson_has_it, any_bytes)
