/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules: what makes default routes by policy take effect, and the fwmarks that they ask for.
 */
#ifndef PLAN_RULES_H
#define PLAN_RULES_H

#include "plan/policy.h"

/*
 * Before the rules that the kernel makes (32766), and before those that ip(8) puts there when
 * nobody says where (32765 and down): ours are next to each other.
 */
#define RULE_PRIORITY_SOURCE 32749 /* what has an uplink's address leaves by the uplink */
#define RULE_PRIORITY_MAIN   32750 /* more specific routes of the main table come first */
#define RULE_PRIORITY_TUNNEL 32751 /* then what is not the tunnel's own goes into it */

/* All that a rule is told by, the protocol apart. */
int rule_cmp(const void *a, const void *b);

/*
 * The rules of those default routes whose device has its mark already, sorted by rule_cmp(): a
 * rule without the mark would send the tunnel into itself.
 *
 * Whoever reached this host at an uplink's address is answered from that address, and by the
 * uplink: through the tunnel the answer would be lost, for no peer lets that source pass. A rule
 * for each such address does it for what is sent from it, with nothing to be remembered of
 * connections; what is unbound is sent from the tunnel's own address, so there has to be one. The
 * kernel looks up the way back of what comes in by the same rules, so a strict rp_filter on the
 * uplink lets the tunnel's packets pass, without net.ipv4.conf.*.src_valid_mark.
 */
void rules_desired(struct rules *out, const struct route_items *items, const struct state *s);

/*
 * Compares with state.rules and appends what makes them equal: additions in the order in which
 * the kernel looks at them, then deletions in the opposite order. Never names a rule that is not
 * of protocol 87; a rule of somebody else that is the same counts as there.
 */
void rules_plan(struct ops *out, const struct rules *want, const struct state *s);

/* OP_FWMARK for devices whose default route goes by policy and that have none. */
void marks_plan(struct ops *out, const struct route_items *items, const struct state *s);

#endif
