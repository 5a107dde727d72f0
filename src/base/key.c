// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Public keys as text and bytes. No secret passes here, so nothing needs constant time.
 */
#include "base/key.h"

#include <errno.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int key_cmp(const struct key *a, const struct key *b)
{
	return memcmp(a->bytes, b->bytes, KEY_LEN);
}

/* The values of base64's characters, plus one; 0 for what is none. */
static const uint8_t digits[256] = {
	['A'] = 1,  ['B'] = 2,	['C'] = 3,  ['D'] = 4,	['E'] = 5,  ['F'] = 6,	['G'] = 7,
	['H'] = 8,  ['I'] = 9,	['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
	['/'] = 64,
};

/* The value of a character of base64, or -1. */
static int sextet(char c)
{
	return digits[(unsigned char)c] - 1;
}

int key_parse(struct key *out, const char *text)
{
	struct key k;
	uint32_t bits = 0;
	unsigned int have = 0, n = 0;

	if (strlen(text) != KEY_STRLEN - 1 || text[43] != '=')
		return -EINVAL;
	for (const char *p = text; p < text + 43; p++) {
		int value = sextet(*p);

		if (value < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			k.bytes[n++] = (uint8_t)(bits >> have);
		}
	}
	if (bits & 3) /* the last two bits are padding: one key, one text */
		return -EINVAL;
	*out = k;
	return 0;
}

const char *key_format(const struct key *k, char *buf)
{
	uint8_t padded[33] = {0};
	char *o = buf;

	memcpy(padded, k->bytes, KEY_LEN);
	for (unsigned int i = 0; i < sizeof(padded); i += 3) {
		uint32_t v =
			(uint32_t)padded[i] << 16 | (uint32_t)padded[i + 1] << 8 | padded[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*o++ = alphabet[v >> shift & 63];
	}
	buf[43] = '=';
	buf[44] = '\0';
	return buf;
}
