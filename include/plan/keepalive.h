/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keepalives: one behind a NAT is kept open, one that somebody set is left as it is.
 */
#ifndef PLAN_KEEPALIVE_H
#define PLAN_KEEPALIVE_H

#include "plan/endpoints.h"

#define KEEPALIVE_SECONDS 25 /* what auto sets; wg(8) recommends it for NATs */

/* What the keepalive of p should be (seconds), and why. Equal to the present one: leave it. */
uint16_t keepalive_desired(const struct device *d, const struct peer *p,
			   const struct endpoint_input *in, const char **why);

/* Appends the operation that makes it so, where one is needed. */
void keepalive_plan(struct ops *out, struct device *d, struct peer *p,
		    const struct endpoint_input *in);

#endif
