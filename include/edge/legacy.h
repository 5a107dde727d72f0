/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What iptables-legacy (x_tables) does to forwarded packets. Its rules are in no nftables dump; we
 * only look, so that somebody can be told.
 */
#ifndef EDGE_LEGACY_H
#define EDGE_LEGACY_H

#include "plan/firewall.h"

/*
 * Fills out->legacy4 and legacy6 (there is a filter table, and its FORWARD drops what none of its
 * rules names, or we cannot tell) and adds the interfaces that it accepts to out->legacy_accepts.
 */
void legacy_observe(struct fw_actual *out);

#endif
