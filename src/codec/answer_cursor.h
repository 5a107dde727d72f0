/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a long answer goes on: peers and routes are walked in runs, each from what is known then,
 * and the place behind the last one is found by its key again. Private to the answers.
 */
#ifndef CODEC_ANSWER_CURSOR_H
#define CODEC_ANSWER_CURSOR_H

#include "codec/answer.h"

/* Peers from..to - 1 of a device. */
struct peer_run {
	uint32_t device, from, to;
};

/*
 * The next peers, at most *left of them, which is lowered by as many; ifname "" is any interface.
 * False when nothing is left, and at the end: then *left is not 0.
 */
bool cursor_peers(struct answer_cursor *c, const struct state *s, const char *ifname,
		  uint32_t *left, struct peer_run *run);
/* To the first peer again. */
void cursor_rewind(struct answer_cursor *c);
/* The first item behind the last one that was told. */
uint32_t cursor_item(const struct answer_cursor *c, const struct route_items *items);

#endif
