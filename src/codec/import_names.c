// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names for peers, found where people and other programs write them: in comments.
 *
 *	# Name = bob		# friendly_name = bob	#Name# = bob	#+Alias = bob
 *	### Client bob		# BEGIN_PEER bob	### begin bob ###
 *	# Client: bob (2b1f…)	# bob
 *
 * The first two rows are said to be names; the last form is only taken for one where it stands
 * (import_ini.c knows the places). A comment can also be a setting that somebody switched off,
 * private keys included, so nothing that could be a key ever becomes a name.
 */
#include "import_text.h"

#include <string.h>

#include "base/utf8.h"

/* Base64 and hex keys have 43 characters and more; words of people do not. */
#define KEY_LIKE_RUN 40

#define DECORATION "#;*-+ \t"

/* What stands before a name; after a spaced one a blank does as well as '=' or ':'. */
static const struct {
	const char *word;
	bool spaced;
} markers[] = {
	{"name", false},	  {"friendly_name", false}, {"friendlyname", false},
	{"friendly-name", false}, {"alias", false},	    {"client", true},
	{"begin_peer", true},	  {"begin", true},
};

static bool is_key_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '+' || c == '/' || c == '=';
}

static bool could_be_key(struct span s)
{
	size_t run = 0;

	for (size_t i = 0; i < s.len && run < KEY_LIKE_RUN; i++)
		run = is_key_char((unsigned char)s.at[i]) ? run + 1 : 0;
	return run >= KEY_LIKE_RUN;
}

bool name_set(char dst[NAME_LEN], struct span s)
{
	size_t fits = 0;

	if (!s.len || could_be_key(s))
		return false;
	for (size_t i = 0, n; i < s.len; i += n) {
		n = utf8_printable(s.at + i, s.len - i);
		if (!n)
			return false;
		if (i + n < NAME_LEN)
			fits = i + n;
	}
	memset(dst, 0, NAME_LEN);
	memcpy(dst, s.at, fits);
	return true;
}

/* "bob (2b1f6c0e-…)" is how wg-easy writes bob. */
static struct span without_uuid(struct span s)
{
	const size_t tail = strlen(" (00000000-0000-0000-0000-000000000000)");

	if (s.len > tail && s.at[s.len - 1] == ')' && !memcmp(s.at + s.len - tail, " (", 2))
		s.len -= tail;
	return s;
}

/* Is this one of the markers, and what follows it? */
static bool given_name(struct span s, struct span *name)
{
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
		const char *word = markers[i].word;
		struct span before;

		if (span_cut(s, '=', &before, name) &&
		    span_is(span_strip(before, DECORATION), word))
			return true;
		if (span_cut(s, ':', &before, name) && span_is(before, word))
			return true;
		if (markers[i].spaced && span_cut(s, ' ', &before, name) && span_is(before, word))
			return true;
	}
	return false;
}

/* "Endpoint = x", "END_PEER bob": made for a program, not for a reader. */
static bool is_machinery(struct span s)
{
	struct span before, after;

	if (span_cut(s, '=', &before, &after) && before.len && !memchr(before.at, ' ', before.len))
		return true;
	return span_cut(s, ' ', &before, &after) &&
	       (span_is(before, "end") || span_is(before, "end_peer"));
}

void remarks_add(struct remarks *r, struct span comment)
{
	struct span text = span_strip(comment, DECORATION), name;

	if (could_be_key(comment) || !text.len)
		return;
	if (*text.at == '[') {
		*r = (struct remarks){.in_dead_section = true};
		return;
	}
	if (r->in_dead_section)
		return;
	if (given_name(text, &name))
		name_set(r->given, span_strip(without_uuid(name), "\"' "));
	else if (!*r->plain && text.len < NAME_LEN && !is_machinery(text))
		name_set(r->plain, span_strip(text, DECORATION "="));
}
