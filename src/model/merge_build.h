/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of a merge share: merge.c finds out what differs, merge_take.c makes the
 * device what was found.
 */
#ifndef MODEL_MERGE_BUILD_H
#define MODEL_MERGE_BUILD_H

#include "model/state.h"

/* The dump came to its end, and there are edits: they become true, and are told in moves. */
void merge_take(struct device_merge *m);

#endif
