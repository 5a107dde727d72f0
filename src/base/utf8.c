// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Characters by their first byte, which says how many there are and what the second one may be.
 */
#include "base/utf8.h"

#include <stdbool.h>

size_t utf8_len(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf, c = len ? p[0] : 0;
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (n < 2 || n > len)
		return n > len ? 0 : n;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/* Some terminals obey those of the second kind as well. */
static bool is_control(const unsigned char *p, size_t n)
{
	return n == 1 ? p[0] < 0x20 || p[0] == 0x7f : p[0] == 0xc2 && p[1] < 0xa0;
}

size_t utf8_printable(const char *text, size_t len)
{
	size_t n = utf8_len(text, len);

	return n && !is_control((const unsigned char *)text, n) ? n : 0;
}
