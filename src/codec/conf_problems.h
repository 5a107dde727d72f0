/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a configuration, collected while it is read and then put in order.
 */
#ifndef CODEC_CONF_PROBLEMS_H
#define CODEC_CONF_PROBLEMS_H

#include <stdarg.h>

#include "codec/conf.h"

/*
 * Adds a problem, or a note. The place's file is copied; bytes that would spoil a line of a log
 * or a JSON string become '?', and a message that a value makes too long loses its middle.
 */
void conf_problem_add(struct conf_problems *problems, struct place at, bool note, const char *fmt,
		      ...) __attribute__((format(printf, 4, 5)));
void conf_problem_addv(struct conf_problems *problems, struct place at, bool note,
		       const char *prefix, const char *fmt, va_list ap);

/* Sorts by file, in the order in which they were read, then by line. */
void conf_problems_sort(struct conf_problems *problems, struct config *config);

/* Is there more than notes? */
bool conf_problems_serious(const struct conf_problems *problems);

/* The first byte that is a control character or not UTF-8 (RFC 3629); NULL when there is none. */
const char *text_find_bad(const char *text);

#endif
