/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look at the kernel's routes, merged into the list of the last look.
 *
 * The kernel dumps in an order that stays, so as long as routes come as they came last time
 * nothing is written and nothing allocated. From the first difference on a fresh list is made,
 * which takes the place of the old one when the look came to its end.
 */
#ifndef MODEL_ROUTE_MERGE_H
#define MODEL_ROUTE_MERGE_H

#include "model/state.h"

struct route_merge {
	struct routes *known; /* of the last look; not touched before the end */
	uint32_t matched;     /* how many of them came again; unless differs */
	bool differs;
	struct routes fresh; /* with differs: all that came */
};

/* What a look shows, against the last one. */
enum routes_seen {
	ROUTES_SAME,
	ROUTES_OURS_CHANGED, /* and nobody else's: what is wanted of us is the same */
	ROUTES_CHANGED,
};

void route_merge_begin(struct route_merge *m, struct routes *known);
void route_merge_add(struct route_merge *m, const struct route *r);

/* How many came so far; and back to there, when what came since was void. */
uint32_t route_merge_count(const struct route_merge *m);
void route_merge_back(struct route_merge *m, uint32_t count);

/* With ok false the look is thrown away and the list stays. */
enum routes_seen route_merge_end(struct route_merge *m, bool ok);

#endif
