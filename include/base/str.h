/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that grows: built piece by piece, freed by its owner.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
	char *text; /* always terminated once something was added; NULL before */
	size_t len, cap;
};

void str_add(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_add_bytes(struct str *s, const char *bytes, size_t n);
void str_free(struct str *s);

/* "" instead of NULL. */
const char *str_text(const struct str *s);

/* Does name match a pattern of '*' (any run) and '?' (any one)? As fnmatch(3) without brackets. */
bool glob_match(const char *pattern, const char *name);

#endif
