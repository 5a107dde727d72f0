/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1:1 NETMAP: a network behind a peer that is known here by another prefix, because its own is
 * taken. Inside is what it is in the tunnel, in WireGuard's allowed-IPs, and at the peer; outside
 * is what it is to everybody on this side: to routes, to policies and zones, to other hosts.
 */
#ifndef MODEL_NETMAP_H
#define MODEL_NETMAP_H

#include "model/state.h"

/* The same place in another prefix of the same length: 192.168.1.7 of /24 to 10.201.1.7. */
struct addr netmap_translate(const struct addr *a, const struct prefix *to);

/*
 * The networks of a peer as they are seen on this side: its allowed-IPs, of which those inside a
 * map are the map's outside, and one that is larger than a map is there beside its outside.
 *
 *	struct peer_networks walk = {.device = d, .peer = p};
 *	struct prefix net;
 *
 *	while (peer_networks_next(&walk, &net)) …
 */
struct peer_networks {
	const struct device *device;
	const struct peer *peer;
	uint32_t aip, map; /* how far the walk is */
};
bool peer_networks_next(struct peer_networks *walk, struct prefix *out);

/* Does one of the peer's allowed-IPs reach into the inside of the map? Else it does nothing. */
bool netmap_is_used(const struct device *d, const struct peer *p, const struct netmap *map);

#endif
