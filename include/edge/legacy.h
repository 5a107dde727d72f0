/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What iptables-legacy (x_tables) does to packets that are forwarded, or for this host. Its rules
 * are in no nftables dump; we only look, so that somebody can be told.
 */
#ifndef EDGE_LEGACY_H
#define EDGE_LEGACY_H

#include "plan/firewall.h"

/*
 * Fills out->legacy4 and legacy6 (there is a filter table, and its FORWARD drops what none of its
 * rules names, or we cannot tell), the same of INPUT into legacy_input4 and legacy_input6, and adds
 * the interfaces that they accept to out->legacy_accepts.
 */
void legacy_observe(struct fw_actual *out);

#endif
