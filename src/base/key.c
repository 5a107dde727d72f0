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

/* The value of a character of base64, or -1. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
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
