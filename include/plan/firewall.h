/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firewall: one table `inet wayside` that is computed whole from configuration and peers, and
 * compared with what the kernel has.
 *
 * Rules are few (their number depends on the policy, never on the number of peers); membership of
 * peers is in hash maps, one for each prefix length, looked up longest first, so that nested
 * allowed-IPs mean what they mean to WireGuard. A rule is an abstract value here: codec/nft makes
 * expressions of it and a test evaluates it on packets.
 */
#ifndef PLAN_FIREWALL_H
#define PLAN_FIREWALL_H

#include "base/str.h"
#include "model/state.h"

#define FW_TABLE     "wayside"
#define FW_PRIORITY  (-5) /* before NF_IP_PRI_FILTER, so that we drop first */
#define FW_CHAIN_LEN 128
#define FW_TAG_LEN   40

enum fw_verdict { FW_CONTINUE, FW_ACCEPT, FW_DROP, FW_REJECT, FW_RETURN, FW_JUMP, FW_GOTO };

#endif
