/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words and marks of wayside.conf: what libconfig's scanner would see, each with its line.
 */
#ifndef CODEC_CONF_TOKENS_H
#define CODEC_CONF_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

enum conf_token_kind {
	CONF_TOKEN_END,
	CONF_TOKEN_NAME,   /* what may be a key */
	CONF_TOKEN_STRING, /* with its quotes */
	CONF_TOKEN_SCALAR, /* a number, true or false */
	CONF_TOKEN_WORD,   /* letters and digits that are neither a name nor a number */
	CONF_TOKEN_MARK,   /* one byte, whatever it is: text[0] says which */
};

struct conf_token {
	enum conf_token_kind kind;
	const char *text; /* len bytes of the text that is read, no zero behind them */
	size_t len;
	unsigned int line;   /* of the text, from 1 on, where it ends */
	unsigned int indent; /* columns of blanks at the start of that line */
	bool first;	     /* nothing but blanks is before it in its line */
};

/* Where a scan is. Begin with at = the text, without comments, line_start = at and line = 1. */
struct conf_scan {
	const char *at, *line_start;
	unsigned int line;
};

/* The next one; CONF_TOKEN_END again and again at the end. */
struct conf_token conf_token_next(struct conf_scan *s);

/* Past the closing quote of the string that starts at `at`, when there is one in its line. */
const char *conf_string_end(const char *at);

/* Past the letters, digits and what people write among them that begin here; at itself for none. */
const char *conf_word_end(const char *at);

/* Is all of this a whole number? */
bool conf_is_whole(const char *at, const char *end);

#endif
