/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables that fit the terminal, and colour where it is wanted.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>

#include "base/str.h"

struct column {
	const char *title;
	bool right; /* numbers */
	bool cut;   /* may be cut when the terminal is too narrow */
};

struct table {
	struct libscols_table *scols;
	struct libscols_line *line; /* the row that cells go to */
	size_t next;		    /* its next column */
};

void table_start(struct table *t, const struct column *columns, size_t n);
/* Leaves a column out; its cells are filled all the same. */
void table_hide(struct table *t, size_t column);
/* Columns of characters that there are; any number where it does not go to a terminal. */
size_t table_room(const struct table *t);
void table_row(struct table *t);
/* Fills the row from left to right; NULL or "" leaves a cell empty. */
void table_cell(struct table *t, const char *text);
void table_number(struct table *t, long long n);
/* A state, in its colour and with its symbol. */
void table_state(struct table *t, const char *state);
/* Prints and frees; says `nothing` when there is no row. */
void table_end(struct table *t, const char *nothing);

/* Is stdout a terminal where colour is wanted? NO_COLOR (no-color.org) says no. */
bool colour_wanted(void);
/* Text in the colour of a state: straight to stdout where colour is wanted, or to a text. */
void state_print(const char *state);
void state_add(struct str *out, const char *state, bool colour);

#endif
