/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The underlay: how the host reaches the endpoints of its peers without the tunnel.
 *
 * An allowed-IP that has the endpoint of a peer of the same interface (0.0.0.0/0 with
 * default_route = "main", its two halves, a network that the far end itself is in) would send
 * the tunnel's own packets into the tunnel. Such an endpoint gets a host route in the main table,
 * by the way that it would take were that interface not there: the most specific of the routes of
 * others and of other interfaces, the one with the best metric among those; where that has several
 * ways, the first that works, for a tunnel that changes its way with every look-up gains nothing.
 * The kernel is asked for others' routes anew whenever one of them changes, so the way follows the
 * uplink.
 *
 * With a default route by policy the fwmark does it, and with a rule of somebody else for the
 * interface's fwmark that rule: then no host route is wanted.
 */
#ifndef PLAN_UNDERLAY_H
#define PLAN_UNDERLAY_H

#include "plan/routes.h"

VEC_TYPE(addrs, struct addr);

/*
 * The endpoints that an allowed-IP of their own interface has, sorted, each once: whose ways the
 * edge has to look at (state.underlay). With a default route by policy also 0.0.0.0 or ::, which
 * only default routes have: those tell which interfaces are uplinks.
 */
void underlay_wanted(struct addrs *out, const struct route_items *items, const struct state *s);

/*
 * Appends an item for each of them whose way leads into its own tunnel: MISSING with the way that
 * it is to take, or WAITING when there is none outside. An allowed-IP that is just that address
 * is REFUSED. Returns whether there was any; the caller sorts again.
 */
bool underlay_items(struct route_items *items, const struct state *s);

/* One that is to be an endpoint of a device (an index). */
struct underlay_end {
	uint32_t device;
	struct addr addr;
};
VEC_TYPE(underlay_ends, struct underlay_end);

/* Is any of these inside its own device, by the items as they are (sorted)? Few are looked up. */
bool underlay_has_any(const struct route_items *items, const struct underlay_ends *ends);

/* Is any endpoint of this device (an index) inside it, by the items as they are (sorted)? */
bool underlay_has_inside(const struct route_items *items, const struct state *s, uint32_t device);

#endif
