/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control socket answers, read as its readers do. Each fails the test where it is told
 * something that is no JSON; what it returns is the caller's.
 */
#ifndef SUPPORT_ANSWERED_H
#define SUPPORT_ANSWERED_H

#include <jansson.h>

#include "codec/answer.h"

/* A text; it is freed. */
json_t *read_back(struct str *out);
/* The result of an answer, or NULL when that is an error; its text is freed. */
json_t *answer_result(struct str *out);
/* The same of a request, with all its parts, between which nothing happens. */
json_t *answer_whole(const struct answer_view *v, const struct request *r);

#endif
