/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's way down: from whoever started it to a user of its own with one or two
 * capabilities, a fence around its files and a filter of its system calls.
 */
#ifndef EDGE_SANDBOX_H
#define EDGE_SANDBOX_H

#include "edge/files.h"
#include "model/sandbox.h"
#include "net/filter.h"

struct sandbox_need {
	const struct sources *config; /* where the configuration is */
	bool imports;		      /* other programs' files are read */
	const char *state_dir;
	const char *socket; /* NULL: there is none */
	bool stands_by;	    /* it takes the seat later (edge/seat.h) */
};

/*
 * When everything is open that takes more than what is kept. A step that fails is a warning, and
 * the others are done; out says what came of it.
 */
void sandbox_enter(const struct sandbox_need *need, struct sandbox *out);

/* What the engine's main thread may do beside runtime_calls; and beside that, to take the seat. */
extern const struct filter_list engine_calls, seat_calls;

#endif
