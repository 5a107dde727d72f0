// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bit for each two bytes that an endpoint begins with. A prefix is a range of them.
 */
#include "model/ends.h"

#define PLACES (1u << 16)

static uint32_t place_of(const struct addr *a)
{
	uint32_t family = a->family == AF_INET6;

	return family * PLACES + a->bytes[0] * 256u + a->bytes[1];
}

void ends_begin(struct device *d)
{
	if (d->ends.len || d->peers.len < ENDS_PEERS_MIN)
		return;
	vec_reserve(&d->ends, 2 * PLACES / 64);
	d->ends.len = d->ends.cap;
	memset(d->ends.at, 0, d->ends.len * sizeof(*d->ends.at));
	vec_each(&d->peers, p) {
		ends_note(d, &p->wg.endpoint.addr);
		ends_note(d, &peer_care(p)->coming.addr);
	}
}

void ends_note(struct device *d, const struct addr *a)
{
	uint32_t at = place_of(a);

	if (d->ends.len && a->family)
		d->ends.at[at / 64] |= 1ull << at % 64;
}

bool ends_may_be_in(const struct device *d, const struct prefix *p)
{
	uint32_t at = place_of(&p->addr), n = p->len < 16 ? 1u << (16 - p->len) : 1;

	if (!d->ends.len)
		return d->peers.len;
	for (uint32_t end = at + n; at < end; at++)
		if (d->ends.at[at / 64] & 1ull << at % 64)
			return true;
	return false;
}
