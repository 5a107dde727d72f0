/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loans: allowed-IPs that were moved from the peer they belong to, its home, to another one that
 * holds them for now. This is all that is remembered of a move. A loan is written down before the
 * kernel is told, so that whatever happens in between, it is known whose a prefix is.
 *
 * Interfaces are remembered by name: one that is made again has another index.
 */
#ifndef MODEL_LOANS_H
#define MODEL_LOANS_H

#include "model/state.h"

struct loan {
	char ifname[IFNAME_LEN];
	struct prefix prefix;
	bool homeless;	   /* nobody had it */
	struct key home;   /* unless homeless */
	struct key holder; /* whom it was given to */
	bool passed_on;	   /* by a holder before that one, who may still have it */
	struct key before; /* if passed_on */
	bool elsewhere;	   /* a peer of another interface, which serves it: nothing was moved */
	bool seen;	   /* the holder was seen to have it; not kept for the next start */
};
VEC_TYPE(loans, struct loan); /* sorted by loan_cmp() */

/* By interface name, then prefix: what there is one of. */
int loan_cmp(const void *a, const void *b);

/* NULL when the prefix is at home. */
const struct loan *loan_find(const struct loans *ls, const char *ifname, const struct prefix *p);

/* The loans of one interface: *n of them from the result on. */
const struct loan *loans_of(const struct loans *ls, const char *ifname, uint32_t *n);

/* Are the two lists one in everything that is kept for the next start? */
bool loans_same(const struct loans *a, const struct loans *b);

#endif
