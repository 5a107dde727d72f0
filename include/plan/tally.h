/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tally: how much our table let pass and dropped for each peer, added up from the counters in the
 * kernel.
 *
 * The kernel counts for an allowed-IP, since the table was made or the element was. Here the
 * difference to the last reading goes to whoever had the allowed-IP then. So a peer's figures only
 * grow: when a prefix moves to another peer, when it is called otherwise, when somebody flushes the
 * table. They begin anew with the daemon (from what the table in the kernel has then), and with a
 * peer that is removed and added again.
 */
#ifndef PLAN_TALLY_H
#define PLAN_TALLY_H

#include "plan/firewall.h"

struct tally_peer {
	char ifname[IFNAME_LEN];
	struct key key;
	struct fw_count count[FW_TRAFFICS];
};

struct tally {
	VEC(struct tally_peer) peers; /* of interfaces that count; by interface and key */
	VEC(struct fw_set) seen;      /* the counting sets at the last reading */
};

/*
 * Adds what came since the last reading. have is a look at the kernel; reading it twice adds
 * nothing. Without a counting set in want everything is forgotten.
 */
void tally_take(struct tally *t, const struct fw_ruleset *want, const struct fw_actual *have);
/* The plan was done: what it took away counts from nothing when it is there again. */
void tally_forget(struct tally *t, const struct fw_plan *done);
void tally_free(struct tally *t);

/* NULL where nothing is counted. */
const struct tally_peer *tally_find(const struct tally *t, const char *ifname,
				    const struct key *key);

#endif
