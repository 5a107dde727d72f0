/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts for shells, made from the table of words.
 */
#ifndef CTL_COMPLETION_H
#define CTL_COMPLETION_H

#include "words.h"

/* Each prints the whole script of its shell. */
void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

/* An option that any word may have. */
struct completion_option {
	char letter; /* 0: none */
	const char *name, *summary;
	bool takes; /* an argument */
};

/* Those, ended by one without a name. */
extern const struct completion_option completion_options[];

/* The names of the words that take this, with something between them; false when there are none. */
bool completion_words_print(enum word_takes takes, const char *between);

#endif
