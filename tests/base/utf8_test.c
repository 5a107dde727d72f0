// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every character there is, and bytes at random against RFC 3629's own grammar.
 */
#include "support/test.h"

#include <stdbool.h>

#include "base/rng.h"
#include "base/utf8.h"

/* As RFC 3629, section 3, has the bits; any number up to 21 of them. */
static size_t encode(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static bool is_character(uint32_t c)
{
	return c < 0xd800 || (c > 0xdfff && c < 0x110000);
}

static void every_number_of_21_bits(void **state)
{
	(void)state;

	for (uint32_t c = 0; c < 1u << 21; c++) {
		char text[UTF8_MAX];
		size_t n = encode(text, c), want = is_character(c) ? n : 0;
		bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);

		if (utf8_len(text, n) != want)
			fail_msg("U+%04X", c);
		if (utf8_printable(text, n) != (control ? 0 : want))
			fail_msg("printable: U+%04X", c);
		if (n > 1 && utf8_len(text, n - 1))
			fail_msg("without its last byte: U+%04X", c);
	}
}

/* The grammar of RFC 3629, section 4, alternative by alternative. */
static size_t naive(const unsigned char *p, size_t len)
{
	static const struct {
		unsigned char from[UTF8_MAX], to[UTF8_MAX];
	} forms[] = {
		{{0x00}, {0x7f}},
		{{0xc2, 0x80}, {0xdf, 0xbf}},
		{{0xe0, 0xa0, 0x80}, {0xe0, 0xbf, 0xbf}},
		{{0xe1, 0x80, 0x80}, {0xec, 0xbf, 0xbf}},
		{{0xed, 0x80, 0x80}, {0xed, 0x9f, 0xbf}},
		{{0xee, 0x80, 0x80}, {0xef, 0xbf, 0xbf}},
		{{0xf0, 0x90, 0x80, 0x80}, {0xf0, 0xbf, 0xbf, 0xbf}},
		{{0xf1, 0x80, 0x80, 0x80}, {0xf3, 0xbf, 0xbf, 0xbf}},
		{{0xf4, 0x80, 0x80, 0x80}, {0xf4, 0x8f, 0xbf, 0xbf}},
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		size_t n = 0, whole = 1;

		while (whole < UTF8_MAX && forms[i].to[whole])
			whole++;
		while (n < whole && n < len && p[n] >= forms[i].from[n] && p[n] <= forms[i].to[n])
			n++;
		if (n == whole)
			return n;
	}
	return 0;
}

/* Of which most begin as a character of several bytes does. */
static void bytes_at_random(void **state)
{
	struct rng rng = {.state = 1};
	(void)state;

	for (int i = 0; i < 300000; i++) {
		size_t len = rng_below(&rng, UTF8_MAX + 1);
		unsigned char p[UTF8_MAX] = {0};

		for (size_t b = 0; b < len; b++)
			p[b] = (unsigned char)(rng_below(&rng, 4) ? 0x80 | rng_below(&rng, 128)
								  : rng_below(&rng, 256));
		assert_int_equal(utf8_len((const char *)p, len), naive(p, len));
	}
}

static void a_terminated_text_ends(void **state)
{
	const char cut[] = "\xf0\x9f\x99"; /* its fourth byte is the zero */
	(void)state;

	assert_int_equal(utf8_len(cut, UTF8_MAX), 0);
	assert_int_equal(utf8_len("", 0), 0);
	assert_int_equal(utf8_printable("", UTF8_MAX), 0);
}

TEST_MAIN(every_number_of_21_bits, bytes_at_random, a_terminated_text_ends)
