// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON on many lines, from JSON on one, without a tree in between: of ten thousand peers that takes
 * a quarter of a second and thirty megabytes.
 */
#include "pretty.h"

#include <string.h>

static void line_new(struct str *out, unsigned int depth)
{
	static const char blanks[] = "\n                ";

	if (depth <= 8) {
		str_add_bytes(out, blanks, 1 + 2 * depth);
		return;
	}
	str_add(out, "\n%*s", (int)(2 * depth), "");
}

/* Of the string that begins at text, with its quotes. */
static size_t string_len(const char *text, size_t len)
{
	size_t n = 1;

	while (n < len && text[n] != '"')
		n += text[n] == '\\' ? 2 : 1;
	return n < len ? n + 1 : len;
}

/* Numbers, true, false, null: up to what ends them. */
static size_t word_len(const char *text, size_t len)
{
	size_t n = 1;

	while (n < len && !memchr(",:]}", text[n], 4))
		n++;
	return n;
}

void pretty_add(struct str *out, const char *text, size_t len)
{
	unsigned int depth = 0;
	size_t n;

	for (; len; text += n, len -= n) {
		n = 1;
		switch (*text) {
		case '{':
		case '[':
			n = len > 1 && (text[1] == '}' || text[1] == ']') ? 2 : 1;
			str_add_bytes(out, text, n);
			if (n == 1)
				line_new(out, ++depth);
			break;
		case '}':
		case ']':
			line_new(out, depth ? --depth : 0);
			str_add_bytes(out, text, 1);
			break;
		case ',':
			str_add_bytes(out, ",", 1);
			line_new(out, depth);
			break;
		case ':':
			str_add_bytes(out, ": ", 2);
			break;
		default:
			n = *text == '"' ? string_len(text, len) : word_len(text, len);
			str_add_bytes(out, text, n);
			break;
		}
	}
}
