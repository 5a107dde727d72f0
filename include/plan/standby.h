/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standby: two peers that lead to the same prefixes. While the first, the primary, does not answer
 * and the other does, the primary's allowed-IPs are the standby's.
 *
 * It is left when what is sent goes unanswered for STANDBY_BEAR: WireGuard answers data within
 * 10 s, and after 15 s asks by itself with a handshake. It gets its prefixes back when it answered
 * a handshake and stayed well for STANDBY_RETURN, which is proof of the way without a packet being
 * risked on it; longer when it fell silent soon after the last time. When neither answers, the
 * primary has them.
 *
 * Where the standby is a peer of another interface nothing is moved: both have their routes, the
 * standby's with a worse metric, and the primary's are taken out meanwhile. Default routes by
 * policy are in one table then, for the two interfaces have one fwmark: neither tunnel is sent into
 * the other.
 */
#ifndef PLAN_STANDBY_H
#define PLAN_STANDBY_H

#include "plan/claims.h"

#define STANDBY_BEAR	   16000  /* ms of silence, or dead_after where that is less */
#define STANDBY_DOUBT	   3000	  /* ms of silence that make a standby no better */
#define STANDBY_RETURN	   30000  /* ms that the primary has to be well */
#define STANDBY_RETURN_MAX 600000 /* ms; doubled when it falls silent within this time */
#define STANDBY_ASK	   25000  /* ms between questions to a primary that has no keepalive */
#define STANDBY_METRIC	   10	  /* how much worse the routes of a standby elsewhere are */

enum standby_side { SIDE_PRIMARY, SIDE_STANDBY };

struct standby_pair {
	uint32_t device, primary; /* indices into the state */
	uint32_t other_device, standby;
	enum standby_side holds, wants; /* as remembered; as it should be */
	bool prefixes;			/* is there anything to hold? */
	bool ready;			/* the standby would answer */
	bool lost;			/* it would not */
	bool unknown;			/* neither is known: it is never asked */
	const char *why;		/* static text, or NULL: all is well */
};
VEC_TYPE(standby_pairs, struct standby_pair);

/*
 * The pairs whose peers are both there, and which side has and should have the prefixes. Marks the
 * peers of state (paired, relieved, second), their devices (twin) and updates what they keep for
 * this (doubted, returned, return_delay). True when routes have to be planned again.
 */
bool standby_judge(struct standby_pairs *out, struct state *s, const struct loans *loans, msec now);

/*
 * A primary without allowed-IPs and without a keepalive is sent nothing, and could not prove that
 * it lives: appends an OP_KICK for it now and then, which makes the kernel ask.
 */
void standby_ask(struct ops *out, const struct standby_pairs *pairs, const struct state *s,
		 msec now);

/* Appends what follows from that. */
void standby_claims(struct claims *out, const struct standby_pairs *pairs, const struct state *s,
		    const struct loans *loans);

#endif
