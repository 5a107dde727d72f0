/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints: a healthy peer is left alone; one that does not answer is given the next address that
 * its names have, then kicked, then another source port, each step further apart.
 */
#ifndef PLAN_ENDPOINTS_H
#define PLAN_ENDPOINTS_H

#include "model/names.h"
#include "plan/op.h"

#define ENDPOINT_DOUBT_AFTER 3000    /* ms unanswered that count together with a changed name */
#define ENDPOINT_RETRY_MIN   6000    /* ms between repairs, doubled each time; see endpoints.c */
#define ENDPOINT_RETRY_MAX   300000  /* ms */
#define ENDPOINT_FIGHTS_MAX  3	     /* times that another program undoes what we wrote */
#define ENDPOINT_FIGHT_PAUSE 600000  /* ms in which it has its way */
#define ENDPOINT_REBIND_MAX  3600000 /* ms between changes of the source port, at most */

/*
 * Which source the host would use towards an endpoint: family 0 when it has none. exact asks for
 * the route itself; otherwise an address that is private when the real one is will do.
 */
typedef struct addr (*source_fn)(void *ctx, const struct device *d, const struct endpoint *to,
				 bool exact);

struct endpoint_input {
	const struct state *state;
	struct names *names;
	source_fn source;
	void *source_ctx;
	struct rng *rng;
	msec now;
	uint32_t generation; /* moves when addresses or routes of the host may have */
};

/* Why an endpoint is written; static text for events. */
struct endpoint_change {
	uint32_t device, peer; /* indices into the state */
	struct endpoint from, to;
	const char *why;
};
VEC_TYPE(endpoint_changes, struct endpoint_change);

/*
 * Appends what one device's peers need now. Updates the peers' repair bookkeeping
 * (attempt, repaired_at, retry_at, tried, written, source). changes gets one entry for each
 * OP_ENDPOINT.
 */
void endpoints_plan(struct ops *out, struct endpoint_changes *changes, struct device *d,
		    const struct endpoint_input *in);

/*
 * The same for one of them, whose names lead elsewhere now: what the others need does not follow
 * from that. The source port is not changed for it.
 */
void endpoints_plan_peer(struct ops *out, struct endpoint_changes *changes, struct device *d,
			 struct peer *p, const struct endpoint_input *in);

/* The kernel took it, without an error: so there it is, until a look says otherwise. */
void endpoint_is_set(struct peer *p, const struct endpoint *to, const struct endpoint_input *in);

#endif
