// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Growing text and the pattern match for interface names.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void str_reserve(struct str *s, size_t more)
{
	size_t need = s->len + more + 1;

	if (need <= s->cap)
		return;
	s->cap = need < 128 ? 128 : need * 2;
	s->text = mem_realloc(s->text, s->cap, 1);
	s->text[s->len] = '\0';
}

void str_add_bytes(struct str *s, const char *bytes, size_t n)
{
	str_reserve(s, n);
	memcpy(s->text + s->len, bytes, n);
	s->len += n;
	s->text[s->len] = '\0';
}

void str_add(struct str *s, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	str_reserve(s, 64); /* most fit at once */
	room = s->cap - s->len;
	n = vsnprintf(s->text + s->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= room) {
		str_reserve(s, (size_t)n);
		vsnprintf(s->text + s->len, (size_t)n + 1, fmt, again);
	}
	if (n > 0)
		s->len += (size_t)n;
	s->text[s->len] = '\0';
	va_end(again);
}

void str_free(struct str *s)
{
	free(s->text);
	*s = (struct str){0};
}

const char *str_text(const struct str *s)
{
	return s->text ? s->text : "";
}

bool glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			resume = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
