// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names in comments. They come from comments in other programs' files, so anything may be in them,
 * and nft(8) prints a comment between quotes without escaping anything: a quote would end it, a
 * newline begin another statement of a saved ruleset, bytes that are no UTF-8 end its JSON.
 */
#include "plan/firewall.h"

/* How many bytes the well-formed UTF-8 sequence (RFC 3629) at p has; 0 when there is none. */
static size_t utf8_len(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static bool is_printable(const unsigned char *p, size_t len)
{
	if (len == 1)
		return p[0] >= 0x20 && p[0] != 0x7f && p[0] != '"' && p[0] != '\\';
	return len && !(p[0] == 0xc2 && p[1] < 0xa0); /* U+0080 to U+009F control terminals */
}

void fw_text_clean(char *out, size_t size, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t used = 0;

	while (*p) {
		size_t n = utf8_len(p);
		bool good = is_printable(p, n);

		n = n ? n : 1;
		if (used + (good ? n : 1) >= size)
			break;
		if (good)
			memmove(out + used, p, n);
		else
			out[used] = '_';
		used += good ? n : 1;
		p += n;
	}
	out[used] = '\0';
}

/* Fowler, Noll, Vo: FNV-1a, 64 bits. */
uint64_t fw_text_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	if (!*text)
		return 0;
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ULL;
	return hash ? hash : 1;
}
