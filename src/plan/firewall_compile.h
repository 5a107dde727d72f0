/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that compile one policy share: the policy in the making, and the kins, which are
 * the classes of peers (firewall_build.h) that its rules do not tell apart.
 *
 *	firewall_policy.c	a chain for each kin of sources, in it one for each of destinations
 *	firewall_kin.c		the kins, and the lookups that tell them
 *	firewall_leaf.c		the rules that are left when both ends are known
 */
#ifndef PLAN_FIREWALL_COMPILE_H
#define PLAN_FIREWALL_COMPILE_H

#include "firewall_build.h"

/* Classes that the rules at hand do not tell apart; none = elsewhere. */
struct kin {
	VEC(uint32_t) classes;
	uint64_t *matched; /* a bit for each rule whose party they all are */
	uint32_t chain;	   /* where they are decided */
};

VEC_TYPE(kins, struct kin);

enum end { FROM, TO };

enum question { FORWARDED, MASQUERADED, ADDRESSED_TO_US };

/* The policy at hand, and which of its rules can still match. */
struct compile {
	struct fw_build *b;
	const struct device *device;
	const struct firewall_conf *conf;
	enum question question; /* MASQUERADED: what is accepted is, the rest left as it is */
	bool *alive;
};

/* Is every peer of this class that party? */
bool fw_class_is(const struct fw_build *b, uint32_t class, const struct party *p);

/*
 * The classes of closed devices that some living rule matches by who they are at this end. The
 * caller frees.
 */
struct kins fw_kins_find(const struct compile *c, enum end end);
void fw_kins_free(struct kins *all);
/* A chain for each kin, called after its first class. */
void fw_kins_chain(struct compile *c, struct kins *all, const char *stem);

/*
 * Appends to chain the lookups that send the packets of each kin to its chain. Returns the chain
 * that decides for elsewhere: the same one, unless somebody has to be sent there.
 */
uint32_t fw_kins_lookup(struct compile *c, uint32_t chain, enum end end, const char *stem,
			const struct kins *all);

/* Rules that cannot match this source, and those behind one that always does, are dead. */
void fw_leaf_judge(struct compile *c, const struct kin *from);
/* Appends the living rules as they are between two kins, of which NULL is elsewhere. */
void fw_leaf_build(struct compile *c, uint32_t chain, const struct kin *from, const struct kin *to);

enum fw_verdict fw_leaf_verdict(const struct compile *c, enum verdict v);
/* "accept", "drop", "reject" */
const char *fw_verdict_name(enum verdict v);

#endif
