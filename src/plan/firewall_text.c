// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names in comments. They come from comments in other programs' files, so anything may be in them,
 * and nft(8) prints a comment between quotes without escaping anything: a quote would end it, a
 * newline begin another statement of a saved ruleset, bytes that are no UTF-8 end its JSON.
 */
#include "plan/ruleset.h"

#include "base/utf8.h"

static bool is_fit(const char *text)
{
	return utf8_printable(text, UTF8_MAX) && *text != '"' && *text != '\\';
}

void fw_text_clean(char *out, size_t size, const char *text)
{
	size_t used = 0;

	while (*text) {
		size_t n = utf8_len(text, UTF8_MAX);
		bool good = is_fit(text);

		n = n ? n : 1;
		if (used + (good ? n : 1) >= size)
			break;
		if (good)
			memmove(out + used, text, n);
		else
			out[used] = '_';
		used += good ? n : 1;
		text += n;
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
