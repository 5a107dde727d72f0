// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of a scenario's line.
 */
#include "support/play.h"

#include <stdio.h>

const char *play_word(struct play *p, unsigned int i)
{
	if (i >= p->n)
		play_fail(p, "a word is missing");
	return p->words[i];
}

long play_number(struct play *p, unsigned int i)
{
	char *end;
	long n = strtol(play_word(p, i), &end, 10);

	if (*end)
		play_fail(p, "not a number: %s", play_word(p, i));
	return n;
}

const char *play_option(struct play *p, const char *key)
{
	size_t len = strlen(key);

	for (unsigned int i = 0; i < p->n; i++)
		if (!strncmp(p->words[i], key, len) && p->words[i][len] == '=')
			return p->words[i] + len + 1;
	return NULL;
}

struct prefix play_prefix(struct play *p, const char *text)
{
	struct prefix out;

	if (prefix_parse(&out, text, NULL))
		play_fail(p, "not a prefix: %s", text);
	return out;
}

struct endpoint play_endpoint(struct play *p, const char *text)
{
	struct endpoint out;

	if (endpoint_parse(&out, text))
		play_fail(p, "not an endpoint: %s", text);
	return out;
}

uint8_t play_family(struct play *p)
{
	return play_number(p, 1) == 6 ? AF_INET6 : AF_INET;
}

/* The rest of the line as one text. */
const char *play_rest(struct play *p)
{
	static char text[512];

	text[0] = '\0';
	for (unsigned int i = 1; i < p->n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 1 ? " " : "",
			 p->words[i]);
	return text;
}
