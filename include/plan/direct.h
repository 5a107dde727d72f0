/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is claimed for direct paths: the prefixes of a peer that is reached directly are its own,
 * those of one that is not are its hub's.
 */
#ifndef PLAN_DIRECT_H
#define PLAN_DIRECT_H

#include "plan/claims.h"
#include "plan/paths.h"

/*
 * Appends a claim for each prefix that has to be somewhere else than at home. What moves is what
 * the configuration lists, else what the peer had when it was first seen.
 */
void direct_claims(struct claims *out, const struct paths *ps, const struct state *s,
		   const struct loans *loans);

/* Has p anything that could move? Only of interest where the configuration lists nothing. */
bool direct_has_any(const struct device *d, const struct peer *p, const struct loans *loans);

#endif
