/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of `metrics` share: OpenMetrics 1.0 text. Private to the answers.
 */
#ifndef CODEC_METRICS_H
#define CODEC_METRICS_H

#include "codec/answer.h"

/* Announces a family: directly before its samples, and never twice. */
void metrics_family(struct str *out, const char *name, const char *type, const char *help);
/* {interface="…",public_key="…",friendly_name="…"} */
void metrics_peer_labels(struct str *out, const struct device *d, const struct peer *p);
/* All that is not of a peer each, and the end. */
void metrics_rest(struct str *out, const struct answer_view *v);

#endif
