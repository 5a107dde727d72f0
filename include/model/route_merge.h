/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look at the kernel's routes, merged into the lists of the last look.
 *
 * The kernel dumps in an order that stays and that is nearly that of our lists. So each route is
 * first looked for where the last one was found, then anywhere; what is in neither list is kept
 * aside. A look that shows the same again allocates nothing, and a difference is written only when
 * the look came to its end.
 */
#ifndef MODEL_ROUTE_MERGE_H
#define MODEL_ROUTE_MERGE_H

#include "model/state.h"

/* Some of a list, one behind the other: from..to - 1. */
struct route_run {
	uint32_t from, to;
};

/* How far a look is. */
struct route_mark {
	uint32_t runs, end, again, fresh;
};

struct route_merge {
	struct routes *ours, *foreign; /* of the last look; not touched before the end */
	uint32_t next_ours, next_foreign;
	VEC(struct route_run) matched; /* which of them came again; memory is kept */
	uint32_t again;		       /* how many */
	struct routes fresh;	       /* that came and are in neither */
};

/* What a look shows, against the last one. */
enum routes_seen {
	ROUTES_SAME,
	ROUTES_OURS_CHANGED, /* and nobody else's: what is wanted of us is the same */
	ROUTES_CHANGED,
};

/* Into s->ours and s->foreign. m is zeroed before its first look. */
void route_merge_begin(struct route_merge *m, struct state *s);
void route_merge_add(struct route_merge *m, const struct route *r);

/* How far it is; and back to there, when what came since was void. */
struct route_mark route_merge_mark(const struct route_merge *m);
void route_merge_back(struct route_merge *m, struct route_mark to);

/* With ok false the look is thrown away and the lists stay. */
enum routes_seen route_merge_end(struct route_merge *m, bool ok);
void route_merge_free(struct route_merge *m);

#endif
