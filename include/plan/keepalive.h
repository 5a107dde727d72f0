/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keepalives: one behind a NAT is kept open, one that somebody set is left as it is.
 */
#ifndef PLAN_KEEPALIVE_H
#define PLAN_KEEPALIVE_H

#include "plan/endpoints.h"

#define KEEPALIVE_SECONDS 25 /* what auto sets; wg(8) recommends it for NATs */

/* Appends the operation that makes the keepalive of p what it should be, where one is needed. */
void keepalive_plan(struct ops *out, struct device *d, struct peer *p,
		    const struct endpoint_input *in);

#endif
