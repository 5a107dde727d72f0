/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words that this program knows: one table for running them, for the help and for completion.
 */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

#include <stdio.h>

#include "ctl.h"

/* What may stand behind a word, for completion. */
enum word_takes {
	TAKES_NOTHING,
	TAKES_INTERFACE,
	TAKES_PEER,
	TAKES_PEER_OR_ALL,
	TAKES_ADDRESS, /* of any kind: nothing to offer but peers */
	TAKES_NUMBER,
	TAKES_LEVEL,
	TAKES_SHELL,
};

struct word {
	const char *name, *args, *summary;
	enum word_takes takes;
	const char *options; /* of its own, separated by blanks; NULL = none */
	const char *formats; /* what --format takes; NULL = there is no --format */
	show_fn show;	     /* NULL: as it comes */
	make_fn make;	     /* made here and not sent; NULL: a request */
	bool has_verdict;    /* its exit code says something even with --json */
};

/* The table, ended by one without a name. */
extern const struct word words[];

/* NULL when there is none. */
const struct word *word_find(const char *name);

/* Usage, words, options, exit codes. */
void help_print(FILE *to);

#endif
