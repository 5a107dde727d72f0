/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON for people's eyes and for programs alike: two blanks a level, as jansson's JSON_INDENT(2).
 */
#ifndef CTL_PRETTY_H
#define CTL_PRETTY_H

#include "base/str.h"

/* Appends; text is JSON without blanks between its parts, as the daemon writes it. */
void pretty_add(struct str *out, const char *text, size_t len);

#endif
