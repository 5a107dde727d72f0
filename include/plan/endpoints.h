/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints and keepalives: a healthy peer is left alone; one that does not answer is given the
 * next address its name has; one behind a NAT is kept open.
 */
#ifndef PLAN_ENDPOINTS_H
#define PLAN_ENDPOINTS_H

#include "model/names.h"
#include "plan/op.h"

#define ENDPOINT_DOUBT_AFTER 3000   /* ms unanswered that count together with a changed name */
#define ENDPOINT_RETRY_MIN   6000   /* ms between repairs, doubled each time; see endpoints.c */
#define ENDPOINT_RETRY_MAX   300000 /* ms */
#define KEEPALIVE_SECONDS    25	    /* what auto sets; wg(8) recommends it for NATs */

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

/* What the keepalive of p should be (seconds), and why. Equal to the present one: leave it. */
uint16_t keepalive_desired(const struct device *d, const struct peer *p,
			   const struct endpoint_input *in, const char **why);

#endif
