/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firewall: one table `inet wayside` that is computed whole from configuration and peers, and
 * compared with what the kernel has.
 *
 * The number of rules depends on the policy, never on the number of peers. Which peers make up a
 * zone is in hash sets, one for each prefix length, looked up longest first, so that nested
 * allowed-IPs mean what they mean to WireGuard. They are plain sets and not verdict maps because
 * a kernel walks every element of a verdict map that leads to a chain whenever it checks the
 * table for loops, and two such maps in a row cost it the product of their sizes.
 *
 * What a policy means is written at firewall_desired().
 */
#ifndef PLAN_FIREWALL_H
#define PLAN_FIREWALL_H

#include "plan/ruleset.h"

enum fw_op_kind {
	FW_OP_ADD_TABLE,
	FW_OP_TAKE_TABLE, /* own one that was left by who owned it before */
	FW_OP_DEL_TABLE,
	FW_OP_ADD_CHAIN,
	FW_OP_DEL_CHAIN,
	FW_OP_FLUSH_CHAIN,
	FW_OP_FILL_CHAIN, /* all rules of .chain, at its end */
	FW_OP_ADD_SET,
	FW_OP_DEL_SET,
	FW_OP_ADD_ELEMS,
	FW_OP_DEL_ELEMS,
	FW_OP_ADD_FLOWTABLE, /* or give it the interfaces in .elems, too */
	FW_OP_DEL_FLOWTABLE,
	FW_OP_ADD_FOREIGN, /* at the top of the chain */
	FW_OP_DEL_FOREIGN,
};

struct fw_op {
	enum fw_op_kind kind;
	const char *name;	       /* the chain's or the set's, where there is one */
	const struct fw_chain *chain;  /* FW_OP_ADD_CHAIN, FW_OP_FILL_CHAIN */
	const struct fw_set *set;      /* FW_OP_ADD_SET, FW_OP_*_ELEMS */
	const struct fw_foreign *rule; /* FW_OP_*_FOREIGN */
	struct fw_elems elems;	       /* FW_OP_*_ELEMS: sorted; the plan's own */
	const struct fw_ruleset *want; /* FW_OP_ADD_ELEMS: whose owners they have */
};

/*
 * The operations of one transaction, in order. It points into the ruleset and the observation it
 * was made from: keep both until fw_plan_free().
 */
struct fw_plan {
	const struct fw_ruleset *want;
	VEC(struct fw_op) ops;
};

/*
 * What should be there. out is zeroed by the caller, who frees it with fw_ruleset_free(). have
 * tells which foreign base chains exist and would drop; nothing else of it is looked at.
 *
 * A packet that is forwarded from or to an interface with firewall.enabled
 *  - passes when it belongs to a connection that passed, and is dropped when conntrack calls it
 *    invalid; otherwise it has to pass the policy of the interface it comes from and the policy
 *    of the interface it goes to, where these are two of ours;
 *  - with an empty policy it passes unless both interfaces are ours and peer_to_peer is off;
 *    then `default` decides;
 *  - else the first rule whose parties and ports match decides, and `default` where none does.
 *
 * A party matches an address on an interface: `any` always; a prefix when it contains the
 * address, whatever the interface; a peer when the interface is WireGuard's and the most specific
 * of its allowed-IPs that contains the address is that peer's; a zone when that is so for one of
 * its peers, or one of its prefixes contains the address, or the interface is one of its
 * interfaces. Zones are the same for all policies: a peer of wg1 is in its zone for wg0's policy
 * too. An address that belongs to no peer known yet is in no zone of peers, unless all peers
 * that its interface can have are in the same.
 *
 * With `counters` on any of these interfaces the table counts, for each of the interface's peers,
 * what it lets pass and what policies drop; that changes no verdict.
 *
 * A connection that comes from such an interface and goes to none of them is masqueraded when its
 * source is one of the interface's masqueraded parties.
 *
 * A peer's network with a NETMAP is known by its outside prefix wherever an address is compared
 * above, and translated where packets enter and leave the tunnel, also where the firewall is not
 * enabled.
 *
 * A packet that comes from such an interface to this host itself is asked about only where `input`
 * is not empty, and only when some of its rules has a `from` that the source is. Then it passes
 * when it belongs to a connection that passed, or to a service of our own; else the first rule of
 * `input` that matches decides, and `default` where none does.
 */
void firewall_desired(struct fw_ruleset *out, const struct state *s, const struct config *c,
		      const struct fw_actual *have);

/*
 * Is anything to be filtered: on an interface, or on one that the configuration names and that is
 * not there yet? What such a one forwards is dropped until it was looked at, unless `default` is
 * to accept.
 */
bool firewall_filters(const struct state *s, const struct config *c);
/* Is the table to be owned, if the kernel can? */
bool firewall_owner_wanted(const struct state *s, const struct config *c);
/* Is there to be a flowtable, if the kernel has them? */
bool firewall_flowtable_wanted(const struct state *s, const struct config *c);

/* Why what a policy allows may not pass, where foreign_chains asks us to care. */
enum fw_obstacle_kind {
	FW_OBSTACLE_OWNED,   /* a base chain that drops, in a table that we may not change */
	FW_OBSTACLE_LEGACY4, /* iptables-legacy drops, and has no accept for it */
	FW_OBSTACLE_LEGACY6,
	/* A chain on the input hook drops, and `input` decides about some of the interface only:
	   an accept there would let in the others, too. */
	FW_OBSTACLE_PARTIAL,
};

struct fw_obstacle {
	enum fw_obstacle_kind kind;
	const char *ifname;	    /* the state's: whose traffic it concerns */
	const struct fw_base *base; /* have's; NULL for iptables-legacy, whose are: */
	bool input;		    /* INPUT, not FORWARD */
	bool all;		    /* all of the interface may be accepted in INPUT */
	uint16_t port;		    /* the UDP port that has to be, where that is enough; or 0 */
};
VEC_TYPE(fw_obstacles, struct fw_obstacle);

/* Into out, zeroed by the caller, who frees it with vec_free(). */
void firewall_obstacles(struct fw_obstacles *out, const struct state *s, const struct config *c,
			const struct fw_actual *have);

/*
 * What makes have into want; empty when nothing does. out is zeroed by the caller, who frees it
 * with fw_plan_free(). Without nftables (have->available false) it is empty.
 */
void firewall_plan(struct fw_plan *out, const struct fw_ruleset *want,
		   const struct fw_actual *have);
/* Removes our table and every foreign rule with our tag. */
void firewall_plan_clean(struct fw_plan *out, const struct fw_actual *have);
void fw_plan_free(struct fw_plan *p);

bool fw_plan_is_empty(const struct fw_plan *p);
size_t fw_plan_count(const struct fw_plan *p);

/* A line for each operation: "firewall: add 12 elements to set wg0-sites-ip-24". */
void fw_plan_format(struct str *out, const struct fw_plan *p);
void fw_op_format(struct str *out, const struct fw_op *op); /* one, without a newline */

#endif
