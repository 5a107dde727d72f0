// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Networks of peers as they are seen on this side of a NETMAP. A walk, so that nothing is
 * allocated for the many peers that have none.
 */
#include "model/netmap.h"

struct addr netmap_translate(const struct addr *a, const struct prefix *to)
{
	struct addr out = to->addr;
	uint8_t mask[16];
	uint32_t size = (uint32_t)addr_size(a);

	prefix_mask(to->len, size, mask);
	for (uint32_t i = 0; i < size; i++)
		out.bytes[i] = (uint8_t)(to->addr.bytes[i] | (a->bytes[i] & ~mask[i]));
	return out;
}

/* The map that has all of a prefix on its inside; NULL when the peer has none. */
static const struct netmap *netmap_around(const struct peer *p, const struct prefix *inside)
{
	if (p->conf)
		vec_each(&p->conf->netmaps, map)
			if (prefix_covers(&map->inside, inside))
				return map;
	return NULL;
}

/* The outside of the next map that lies within a larger allowed-IP. */
static bool next_within(struct peer_networks *walk, const struct prefix *aip, struct prefix *out)
{
	const struct netmaps *maps = &walk->peer->conf->netmaps;

	while (walk->map <= maps->len) {
		const struct netmap *map = &maps->at[walk->map++ - 1];

		if (!prefix_covers(aip, &map->inside))
			continue;
		*out = map->outside;
		return true;
	}
	return false;
}

bool peer_networks_next(struct peer_networks *walk, struct prefix *out)
{
	const struct peer *p = walk->peer;
	const struct prefix *aips = peer_aips(walk->device, p);

	for (; walk->aip < p->wg.aips; walk->aip++, walk->map = 0) {
		const struct prefix *aip = &aips[walk->aip];
		const struct netmap *around;

		if (walk->map) {
			if (next_within(walk, aip, out))
				return true;
			continue;
		}
		around = netmap_around(p, aip);
		*out = *aip;
		if (around)
			out->addr = netmap_translate(&aip->addr, &around->outside);
		if (p->conf && p->conf->netmaps.len && !around)
			walk->map = 1; /* what lies within comes next */
		else
			walk->aip++;
		return true;
	}
	return false;
}

bool netmap_is_used(const struct device *d, const struct peer *p, const struct netmap *map)
{
	const struct prefix *aips = peer_aips(d, p);

	for (uint32_t i = 0; i < p->wg.aips; i++)
		if (prefix_covers(&aips[i], &map->inside) || prefix_covers(&map->inside, &aips[i]))
			return true;
	return false;
}
