/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Claims: which peer should have an allowed-IP for now, instead of the one it belongs to.
 *
 * Whoever wants a prefix elsewhere (a standby, a direct path) says so anew each time the peers
 * were looked at. Nothing is accumulated: a prefix that nobody claims goes home. What is
 * remembered is whose it is (model/loans.h), for that cannot be seen any more once it was moved.
 *
 *	claims (desired) + loans (memory) + allowed-IPs (observed)  ->  moves + loans
 *
 * The kernel takes an allowed-IP from whoever has it when it is given to another peer, so a move
 * is one addition, and at no moment the prefix is nobody's.
 */
#ifndef PLAN_CLAIMS_H
#define PLAN_CLAIMS_H

#include "model/loans.h"
#include "plan/op.h"

#define CLAIM_FIGHTS_MAX   3	  /* times that another program undoes what we moved */
#define CLAIM_FIGHT_WITHIN 60000  /* ms from one time to the next: rarer is no fight */
#define CLAIM_FIGHT_PAUSE  600000 /* ms in which it has its way */

/* Who claims; of two claims for one prefix the one that stands first here counts. */
enum claim_by { CLAIM_DIRECT, CLAIM_STANDBY };

struct claim {
	uint32_t device; /* index into state.devices: where the prefix is */
	struct prefix prefix;
	struct key to;	/* on the same interface, unless elsewhere */
	bool elsewhere; /* another interface serves it: remembered, and nothing is moved */
	bool ahead; /* it is about to be moved: remembered now, so that the move need not wait */
	enum claim_by by;
	const char *why; /* static text */
	uint32_t nth;	 /* claims_plan() keeps here which came first */
};
VEC_TYPE(claims, struct claim);

/*
 * Drops loans that another program has ended: the prefix was given to a third peer, or taken from
 * the interface. To be done after each look, before anybody claims on the ground of a loan. True
 * when one was dropped.
 */
bool loans_review(struct loans *loans, const struct state *s);

struct claims_plan {
	struct moves moves; /* sorted by device, peer and kind: a SET message for each device */
	struct loans loans; /* what has to be remembered before that */
};

/*
 * Sorts claims, each prefix once, and compares them with what was observed. Devices that are not
 * readable, or that somebody is still making, are left alone.
 */
void claims_plan(struct claims_plan *out, const struct state *s, struct claims *claims,
		 const struct loans *loans);
void claims_plan_free(struct claims_plan *p);

/* Appends an OP_ALLOWED_IPS for each device; they point into moves. */
void claims_ops(struct ops *out, const struct moves *moves, const struct state *s);

/* Who has it now; NULL = nobody. */
const struct peer *aip_owner(const struct device *d, const struct prefix *p);

#endif
