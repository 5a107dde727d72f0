// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Public keys: one key has one text, and what is not that text is refused.
 */
#include "support/test.h"

#include <string.h>

#include "base/key.h"
#include "base/rng.h"

/* The public key of RFC 7748 section 6.1 (Alice's), as wg(8) shows it. */
static const char alice[] = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

static void a_key_as_wg_shows_it(void **state)
{
	static const uint8_t first[] = {0x85, 0x20, 0xf0, 0x09}, last[] = {0xaa, 0x9b, 0x4e, 0x6a};
	char buf[KEY_STRLEN];
	struct key k;
	(void)state;

	assert_int_equal(key_parse(&k, alice), 0);
	assert_memory_equal(k.bytes, first, sizeof(first));
	assert_memory_equal(k.bytes + KEY_LEN - sizeof(last), last, sizeof(last));
	assert_string_equal(key_format(&k, buf), alice);
}

static void any_key_to_text_and_back(void **state)
{
	struct rng rng = {.state = 1};
	(void)state;

	for (int n = 0; n < 20000; n++) {
		struct key k, back;
		char buf[KEY_STRLEN];

		for (int i = 0; i < KEY_LEN; i++)
			k.bytes[i] = (uint8_t)rng_below(&rng, 256);
		assert_int_equal(key_parse(&back, key_format(&k, buf)), 0);
		assert_int_equal(strlen(buf), KEY_STRLEN - 1);
		assert_int_equal(key_cmp(&k, &back), 0);
	}
}

/* Of the 64 characters that can stand before the '=', only those with two zero bits may. */
static void the_last_character_is_canonical(void **state)
{
	static const char all[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[KEY_STRLEN], buf[KEY_STRLEN];
	unsigned int taken = 0;
	struct key k;
	(void)state;

	for (int i = 0; i < 64; i++) {
		strcpy(text, alice);
		text[42] = all[i];
		if (key_parse(&k, text))
			continue;
		taken++;
		assert_string_equal(key_format(&k, buf), text);
	}
	assert_int_equal(taken, 16);
}

static void what_is_not_a_key(void **state)
{
	static const char *const bad[] = {
		"",
		"=",
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo",	/* no padding */
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmoA", /* another letter for it */
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo==",
		"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo=", /* base64url */
		"hSDwCYkwp1R0i33ctD73Wg2 Og0mOBr066SpjqqbTmo=",
		"hSDwCYkwp1R0i33ctD73Wg2=Og0mOBr066SpjqqbTmo=",
		" hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTm=",
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n",
	};
	struct key k = {{7}};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_not_equal(key_parse(&k, bad[i]), 0);
	assert_int_equal(k.bytes[0], 7); /* a refusal writes nothing */
}

static void keys_are_ordered_by_their_bytes(void **state)
{
	struct key low = {{0, 1}}, high = {{0, 2}}, top = {{0x80}};
	(void)state;

	assert_true(key_cmp(&low, &high) < 0);
	assert_true(key_cmp(&top, &high) > 0);
	assert_int_equal(key_cmp(&low, &low), 0);
}

TEST_MAIN(a_key_as_wg_shows_it, any_key_to_text_and_back, the_last_character_is_canonical,
	  what_is_not_a_key, keys_are_ordered_by_their_bytes)
