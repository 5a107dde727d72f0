/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A default route by policy, as wg-quick(8) means it: a table of its own that everything but the
 * tunnel's own packets, known by the fwmark of the device, is looked up in.
 */
#ifndef PLAN_POLICY_H
#define PLAN_POLICY_H

#include "plan/routes.h"

#define POLICY_MARK 51820 /* the first number that is tried, as wg-quick does */

/*
 * The fwmark of a device: its own, else the number that it is to get, which no other device and
 * no rule of another program uses; that of its twin where a standby is on another interface.
 */
uint32_t policy_mark(const struct state *s, const struct device *d);

/* The table of a mark: the same number, but for those that are the kernel's own tables. */
uint32_t policy_table(uint32_t mark);

/* Does a /0 allowed-IP of this device go by policy, under these routes keys? */
bool policy_wanted(const struct device *d, const struct routes_conf *conf);

/*
 * Judges the /0 items, while they are still in the order of the devices: FOREIGN where another
 * program leads one into its device, SHADOWED where another device has the family's default route.
 */
void policy_judge(struct route_items *items, const struct state *s);

#endif
