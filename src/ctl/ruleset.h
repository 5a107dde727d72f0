/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other programs' nftables rules do with one packet: a UDP packet of a new connection, from
 * a stranger, to this host. Jumps are followed. Reading needs CAP_NET_ADMIN; nothing is changed.
 *
 * What is not understood makes the answer "unknown", never a guess.
 */
#ifndef CTL_RULESET_H
#define CTL_RULESET_H

#include <libmnl/libmnl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

#define RULESET_NAME 128 /* of a table or a chain, terminated; longer ones are not known */

struct ruleset_chain {
	uint8_t family; /* NFPROTO_* */
	char table[RULESET_NAME], name[RULESET_NAME];
	bool base;  /* of type filter, on the prerouting or input hook */
	bool drops; /* by policy */
};

struct ruleset_rule {
	uint8_t family;
	char table[RULESET_NAME], chain[RULESET_NAME];
	size_t at; /* of its message in bytes */
};

struct ruleset {
	VEC(struct ruleset_chain) chains;
	VEC(struct ruleset_rule) rules; /* in each chain's order */
	struct str bytes;
};

/* 0, or -errno: -EPERM without the right, -EAGAIN when somebody changed rules meanwhile. */
int ruleset_read(struct ruleset *r);
void ruleset_free(struct ruleset *r);

struct ruleset_packet {
	uint8_t family; /* NFPROTO_IPV4 or NFPROTO_IPV6 */
	uint16_t port;
	char iif[IF_NAMESIZE]; /* where it comes in; lower layers' addresses are not known */
};

enum ruleset_fate { RULESET_UNKNOWN, RULESET_PASSES, RULESET_DROPS };

/* by: "ip filter ufw-user-input", the chain that drops it; of RULESET_DROPS only. */
enum ruleset_fate ruleset_fate(const struct ruleset *r, const struct ruleset_packet *p,
			       struct str *by);

/* --- one rule ------------------------------------------------------------------------------- */

enum ruleset_match { RULESET_NO, RULESET_MAYBE, RULESET_YES };
enum ruleset_verdict {
	RULESET_NONE, /* it only counts, logs or marks */
	RULESET_ACCEPT,
	RULESET_DROP,
	RULESET_RETURN,
	RULESET_JUMP,
	RULESET_GOTO,
	RULESET_OTHER, /* a verdict map, a queue, a target that is not known */
};

struct ruleset_effect {
	enum ruleset_match match;
	enum ruleset_verdict verdict;
	char target[RULESET_NAME]; /* of a jump */
};

/* expressions: NFTA_RULE_EXPRESSIONS, or NULL. */
struct ruleset_effect ruleset_effect(const struct nlattr *expressions,
				     const struct ruleset_packet *p);

#endif
