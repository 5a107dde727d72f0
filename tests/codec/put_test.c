// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON, written: jansson reads back what was put, whatever bytes a text is made of.
 */
#include "support/test.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "codec/put.h"

#define ROUNDS 20000

static void object_as_in_the_header(void **state)
{
	struct str o = {0};
	(void)state;

	put_object(&o, NULL);
	put_text(&o, "name", "london-gw");
	put_list(&o, "ports");
	put_int(&o, NULL, 51820);
	put_list_end(&o);
	put_object_end(&o);
	assert_string_equal(str_text(&o), "{\"name\":\"london-gw\",\"ports\":[51820]}");
	str_free(&o);
}

static void commas_where_they_belong(void **state)
{
	struct str o = {0}, raw = {0};
	(void)state;

	str_add(&raw, "[{}]");
	put_list(&o, NULL);
	put_list(&o, NULL);
	put_list_end(&o);
	put_object(&o, NULL);
	put_object_end(&o);
	put_null(&o, NULL);
	put_bool(&o, NULL, true);
	put_text(&o, NULL, "["); /* a bracket inside a text opens nothing */
	put_text(&o, NULL, "");
	put_name(&o, NULL, "");
	put_signed(&o, NULL, -300);
	put_raw(&o, NULL, &raw);
	put_known(&o, NULL, false, 7);
	put_list_end(&o);
	assert_string_equal(str_text(&o), "[[],{},null,true,\"[\",\"\",null,-300,[{}],null]");
	str_free(&raw);
	str_free(&o);
}

/* One answer behind another: lines of their own. */
static void a_line_begins_anew(void **state)
{
	struct str o = {0};
	(void)state;

	for (int i = 0; i < 2; i++) {
		put_object(&o, NULL);
		put_object_end(&o);
		str_add(&o, "\n");
	}
	assert_string_equal(str_text(&o), "{}\n{}\n");
	str_free(&o);
}

static void numbers(void **state)
{
	struct str o = {0};
	(void)state;

	put_list(&o, NULL);
	put_int(&o, NULL, 0);
	put_int(&o, NULL, 10);
	put_int(&o, NULL, UINT64_MAX);
	put_signed(&o, NULL, INT64_MIN);
	put_list_end(&o);
	assert_string_equal(str_text(&o), "[0,10,9223372036854775807,-9223372036854775808]");
	str_free(&o);
}

static void times(void **state)
{
	struct str o = {0};
	(void)state;

	put_list(&o, NULL);
	put_age(&o, NULL, 0, 5000); /* never */
	put_age(&o, NULL, 1000, 5999);
	put_age(&o, NULL, 6000, 5000); /* not before it happened */
	put_until(&o, NULL, 0, 5000);
	put_until(&o, NULL, MSEC_NEVER, 5000);
	put_until(&o, NULL, 5001, 5000);
	put_until(&o, NULL, 4000, 5000);
	put_wall(&o, NULL, 0);
	put_wall(&o, NULL, INT64_C(1709210096789));
	put_wall(&o, NULL, INT64_C(2147483648000)); /* behind 2038-01-19 */
	put_list_end(&o);
	assert_string_equal(str_text(&o),
			    "[null,4,0,null,null,1,0,null,"
			    "\"2024-02-29T12:34:56.789Z\",\"2038-01-19T03:14:08.000Z\"]");
	str_free(&o);
}

/* --- texts ---------------------------------------------------------------------------------- */

/* Bytes of the character at text by what jansson takes; 0 = none. */
static size_t character(const char *text)
{
	for (size_t n = 1; n <= 4 && n <= strlen(text); n++) {
		json_t *c = json_stringn(text, n);

		json_decref(c);
		if (c)
			return n;
	}
	return 0;
}

/* What has to come out of a text at the other end. */
static void expected(const char *text, char *out)
{
	while (*text) {
		size_t n = character(text);

		if (n)
			memcpy(out, text, n);
		else
			*out = '?';
		out += n ? n : 1;
		text += n ? n : 1;
	}
	*out = '\0';
}

static void reads_back(const char *text, const char *want)
{
	struct str o = {0};
	json_t *json;

	put_text(&o, NULL, text);
	json = json_loads(str_text(&o), JSON_DECODE_ANY, NULL);
	if (!json)
		fail_msg("not JSON: %s", str_text(&o));
	assert_string_equal(json_string_value(json), want);
	json_decref(json);
	str_free(&o);
}

static void texts_that_are_not_utf8(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"\xff", "?"},
		{"a\x80z", "a?z"},
		{"\xc3\xa9", "\xc3\xa9"},		  /* e acute */
		{"\xc3", "?"},				  /* cut off */
		{"\xc0\xaf", "??"},			  /* not the shortest form */
		{"\xe0\x9f\xbf", "???"},		  /* the same */
		{"\xed\xa0\x80", "???"},		  /* a surrogate */
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}, /* beyond 16 bits */
		{"\xf4\x90\x80\x80", "????"},		  /* beyond Unicode */
		{"\xe2\x82\"", "??\""},			  /* a quote is no part of it */
		{"\x01\b\f\n\r\t\x1f\x7f", "\x01\b\f\n\r\t\x1f\x7f"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		reads_back(cases[i].text, cases[i].want);
}

/* Mostly plain, with what is special more often than chance would have it. */
static char some_byte(struct rng *r)
{
	static const char special[] =
		"\"\\/\n\t\x01\x1f\x7f\x80\xbf\xc2\xc3\xe0\xed\xef\xf0\xf4\xf5";
	uint32_t n = rng_below(r, 4);

	if (n == 0)
		return special[rng_below(r, sizeof(special) - 1)];
	return (char)(n == 1 ? 1 + rng_below(r, 255) : 0x80 + rng_below(r, 0x40));
}

static void any_bytes_read_back(void **state)
{
	struct rng r = {1};
	(void)state;

	for (int i = 0; i < ROUNDS; i++) {
		char text[24] = "", want[24];
		uint32_t len = rng_below(&r, sizeof(text));

		for (uint32_t j = 0; j < len; j++)
			text[j] = some_byte(&r);
		expected(text, want);
		reads_back(text, want);
	}
}

/* --- trees ---------------------------------------------------------------------------------- */

static json_t *grow(struct str *o, const char *key, struct rng *r, int depth);

static json_t *grow_list(struct str *o, const char *key, struct rng *r, int depth)
{
	json_t *list = json_array();

	put_list(o, key);
	for (uint32_t n = rng_below(r, 4); n; n--)
		json_array_append_new(list, grow(o, NULL, r, depth - 1));
	put_list_end(o);
	return list;
}

static json_t *grow_object(struct str *o, const char *key, struct rng *r, int depth)
{
	static const char *const keys[] = {"name", "routes", "public_key"};
	json_t *object = json_object();

	put_object(o, key);
	for (size_t i = rng_below(r, 4); i < ARRAY_LEN(keys); i++)
		json_object_set_new(object, keys[i], grow(o, keys[i], r, depth - 1));
	put_object_end(o);
	return object;
}

/* The same value twice: as text, and as jansson has it. */
static json_t *grow(struct str *o, const char *key, struct rng *r, int depth)
{
	uint64_t n = rng_next(r) >> rng_below(r, 64);

	switch (rng_below(r, depth ? 6 : 4)) {
	case 0:
		put_null(o, key);
		return json_null();
	case 1:
		put_bool(o, key, n & 1);
		return json_boolean(n & 1);
	case 2:
		put_int(o, key, n >> 1);
		return json_integer((json_int_t)(n >> 1));
	case 3:
		put_text(o, key, n & 1 ? "a,b" : "{");
		return json_string(n & 1 ? "a,b" : "{");
	case 4:
		return grow_list(o, key, r, depth);
	default:
		return grow_object(o, key, r, depth);
	}
}

static void any_tree_reads_back(void **state)
{
	struct rng r = {1};
	(void)state;

	for (int i = 0; i < ROUNDS; i++) {
		struct str o = {0};
		json_t *want = grow(&o, NULL, &r, 4);
		json_t *have = json_loads(str_text(&o), JSON_DECODE_ANY, NULL);

		if (!have || !json_equal(want, have))
			fail_msg("written %s", str_text(&o));
		json_decref(want);
		json_decref(have);
		str_free(&o);
	}
}

TEST_MAIN(object_as_in_the_header, commas_where_they_belong, a_line_begins_anew, numbers, times,
	  texts_that_are_not_utf8, any_bytes_read_back, any_tree_reads_back)
