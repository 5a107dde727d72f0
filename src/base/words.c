// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words in the order in which they came. What is said of one thing is most often said of the next
 * one, too, so the last answer is tried before all others.
 */
#include "base/words.h"

#include <string.h>

#include "base/texts.h"

static struct {
	struct texts texts;
	const char *at[256]; /* the first stands for none */
	unsigned int known;  /* without that one */
	uint8_t last;
} words;

uint8_t word_of(const char *text)
{
	unsigned int n = words.last;

	if (!text)
		return 0;
	if (n && !strcmp(words.at[n], text))
		return (uint8_t)n;
	for (n = 1; n <= words.known; n++)
		if (!strcmp(words.at[n], text))
			return words.last = (uint8_t)n;
	if (n > UINT8_MAX)
		return 0;
	words.at[n] = texts_keep(&words.texts, text);
	words.known = n;
	return words.last = (uint8_t)n;
}

const char *word_text(uint8_t word)
{
	return words.at[word];
}
