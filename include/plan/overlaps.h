/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes that are somebody else's already: what a supernet must not answer for, and what two
 * interfaces, or an interface and a network that the host is in, both claim.
 *
 * That one prefix is inside another is how routing works and no overlap: a peer may have all of
 * 10.0.0.0/8 beside a LAN of 10.1.1.0/24. It is one where it takes something away.
 */
#ifndef PLAN_OVERLAPS_H
#define PLAN_OVERLAPS_H

#include "plan/routes.h"

/* One of the three is set, and says what item overlaps with. */
struct overlap {
	const struct route_item *item;
	const struct local_addr *network; /* a network that the host is in */
	const struct device *device;	  /* with peer: whose endpoint is covered */
	const struct peer *peer;
	const struct endpoint *endpoint; /* of that peer: the one it has, or is about to get */
	const struct route_item *other;	 /* another interface's, which has the route */
};
VEC_TYPE(overlaps, struct overlap);

/*
 * Does a supernet cover a whole network that the host is in, is it a part of one, or does it
 * cover an endpoint in use? Sets all of out but the item when it does. WireGuard's own interfaces,
 * single addresses and the loopback are no such networks.
 *
 * The connected route would be nearer than the supernet, so the network itself stayed in reach.
 * But what is behind a router in it did not: a host in 10.10.0.0/16 reaches the rest of a site's
 * 10.0.0.0/8 by the default route, which is less specific, and often that is where its own name
 * server is. Nothing here tells such a network from one of peers, so it is refused, and whoever
 * wants it names the smaller networks.
 */
bool overlap_of_supernet(struct overlap *out, const struct state *s, const struct prefix *p);

/* Is an address in a network that some interface is to answer for (`unreachable`)? */
bool supernets_have(const struct state *s, const struct addr *a);

/*
 * All there are among items that routes_desired() made. Of items: supernets that were refused, and
 * prefixes that another interface has too, of which there are none where no item is awry. Of
 * networks: prefixes of peers inside a network that the host is in; a single address there is meant
 * so (proxy ARP). What out points at lives as long as items and state.
 */
void overlaps_of_items(struct overlaps *out, const struct route_items *items,
		       const struct state *s);
void overlaps_of_networks(struct overlaps *out, const struct route_items *items,
			  const struct state *s);

#endif
