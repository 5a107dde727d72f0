/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `top` knows between two looks at the daemon, and how it is drawn.
 */
#ifndef CTL_TOP_H
#define CTL_TOP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

enum top_sort { TOP_TROUBLE, TOP_NAME, TOP_HANDSHAKE, TOP_RECEIVED, TOP_SENT, TOP_SORTS };

/* One peer of the last answer; rates are bytes a second since the answer before. */
struct top_row {
	json_t *peer; /* borrowed of top.peers */
	uint64_t rx, tx;
	uint64_t rx_rate, tx_rate;
};
VEC_TYPE(top_rows, struct top_row);

struct top {
	json_t *status, *peers; /* the last answers */
	struct top_rows rows;	/* as shown */
	struct top_rows before; /* by interface and key: what rates are made from */
	int64_t before_ms, now_ms;
	enum top_sort sort;
	bool reverse;
	size_t first, chosen; /* rows: the one at the top of the screen, and the marked one */
	bool opened;	      /* the marked peer's page instead of the list */
	char key[64];	      /* the marked peer's, to find it again in the next answer */
	struct str page;      /* of the opened peer */
	size_t page_first;    /* its line at the top of the screen */
	char away_since[16];  /* "14:03:22" while there is no daemon, else "" */
};

/* Takes new answers, which replace the last ones; both are stolen. */
void top_take(struct top *t, json_t *status, json_t *peers, int64_t now_ms);
/* Sorts again, the marked peer stays marked. */
void top_order(struct top *t);
void top_free(struct top *t);

/* curses has been started; draws all of it for whatever size the screen has. */
void top_draw(struct top *t);

/* Rows or lines that fit on the screen now. */
size_t top_room(void);

#endif
