// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scanner under conf_text.c and conf_grammar.c. It is a little stricter than libconfig's:
 * a word ends where a blank or a mark is, so that 5s is one word that is no number, and not a
 * number with a key behind it; and a text in quotes ends in its line.
 */
#include "conf_tokens.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_-*+./@%", c)) || (c & 0x80);
}

const char *conf_word_end(const char *at)
{
	while (word_char(*at) && strncmp(at, "/*", 2) != 0 && strncmp(at, "//", 2) != 0)
		at++;
	return at;
}

const char *conf_string_end(const char *at)
{
	for (at++; *at && *at != '"' && *at != '\n'; at++)
		if (*at == '\\' && at[1] && at[1] != '\n')
			at++;
	return *at == '"' ? at + 1 : NULL;
}

static const char *sign_end(const char *at)
{
	return *at == '-' || *at == '+' ? at + 1 : at;
}

static const char *digits_end(const char *at)
{
	return at + strspn(at, "0123456789");
}

bool conf_is_whole(const char *at, const char *end)
{
	const char *first = sign_end(at), *last;

	if (first[0] == '0' && (first[1] == 'x' || first[1] == 'X')) {
		first += 2;
		last = first + strspn(first, "0123456789abcdefABCDEF");
	} else {
		last = digits_end(first);
	}
	if (last == first)
		return false;
	for (int i = 0; i < 2 && *last == 'L'; i++)
		last++;
	return last == end;
}

/* A number with a point or an exponent. */
static bool is_float(const char *at, const char *end)
{
	const char *first = sign_end(at), *last = digits_end(first), *exponent;
	bool digits = last > first;

	if (*last == '.') {
		first = last + 1;
		last = digits_end(first);
		digits = digits || last > first;
	}
	if (digits && (*last == 'e' || *last == 'E')) {
		exponent = sign_end(last + 1);
		last = digits_end(exponent);
		digits = last > exponent;
	}
	return digits && last == end;
}

static bool is_bool(const char *at, size_t len)
{
	return (len == 4 && !strncasecmp(at, "true", 4)) ||
	       (len == 5 && !strncasecmp(at, "false", 5));
}

static bool is_name(const char *at, const char *end)
{
	if (!isalpha((unsigned char)*at) && *at != '*')
		return false;
	for (; at < end; at++)
		if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-' && *at != '*')
			return false;
	return true;
}

static enum conf_token_kind word_kind(const char *at, const char *end)
{
	if (conf_is_whole(at, end) || is_float(at, end) || is_bool(at, (size_t)(end - at)))
		return CONF_TOKEN_SCALAR;
	return is_name(at, end) ? CONF_TOKEN_NAME : CONF_TOKEN_WORD;
}

static void skip_blanks(struct conf_scan *s)
{
	for (; *s->at && strchr(" \t\r\n\f", *s->at); s->at++) {
		if (*s->at == '\n') {
			s->line++;
			s->line_start = s->at + 1;
		}
	}
}

/* Of the line that is being read; a tab goes to the next eighth column. */
static unsigned int indent_of(const char *line)
{
	unsigned int n = 0;

	for (; *line == ' ' || *line == '\t'; line++)
		n = *line == '\t' ? (n / 8 + 1) * 8 : n + 1;
	return n;
}

struct conf_token conf_token_next(struct conf_scan *s)
{
	struct conf_token t = {.kind = CONF_TOKEN_MARK};
	const char *end;

	skip_blanks(s);
	end = conf_word_end(s->at);
	t.text = s->at;
	t.line = s->line;
	t.indent = indent_of(s->line_start);
	t.first = s->line_start + strspn(s->line_start, " \t") == s->at;
	if (!*s->at) {
		t.kind = CONF_TOKEN_END;
	} else if (end > s->at) {
		t.kind = word_kind(s->at, end);
	} else if (*s->at == '"' && (end = conf_string_end(s->at))) {
		t.kind = CONF_TOKEN_STRING;
	} else {
		end = s->at + 1;
	}
	t.len = (size_t)(end - s->at);
	s->at = end;
	return t;
}
