/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keepalives: one behind a NAT is kept open, one that somebody set is left as it is.
 */
#ifndef PLAN_KEEPALIVE_H
#define PLAN_KEEPALIVE_H

#include "plan/endpoints.h"

#define KEEPALIVE_SECONDS 25 /* what auto sets; wg(8) recommends it for NATs */

/* Why the keepalive of a peer is what it is; peer.keepalive_reason. */
enum keepalive_reason {
	KEEPALIVE_NOT_JUDGED, /* yet */
	KEEPALIVE_CONFIGURED,
	KEEPALIVE_CONFIGURED_OFF,
	KEEPALIVE_LEFT,
	KEEPALIVE_SET_OUTSIDE,
	KEEPALIVE_STANDBY, /* this and what follows: what auto says */
	KEEPALIVE_NOT_NEEDED,
	KEEPALIVE_NO_ENDPOINT,
	KEEPALIVE_CARRIER_NAT,
	KEEPALIVE_LINK_LOCAL,
	KEEPALIVE_PRIVATE,
	KEEPALIVE_DIRECT, /* the path decides; plan/paths.h */
	KEEPALIVE_BY_HUB,
};

/* In a person's words; NULL for the first. */
const char *keepalive_reason_text(enum keepalive_reason r);

/* Appends the operation that makes the keepalive of p what it should be, where one is needed. */
void keepalive_plan(struct ops *out, struct device *d, struct peer *p,
		    const struct endpoint_input *in);

#endif
