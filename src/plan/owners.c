// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The owner of an address: one search for each length that any allowed-IP has, longest first. That
 * is a handful however many peers there are.
 */
#include "plan/owners.h"

#include "model/netmap.h"

static int owner_cmp(const void *a, const void *b)
{
	return prefix_cmp(&((const struct owned *)a)->prefix, &((const struct owned *)b)->prefix);
}

static void lengths_note(struct owners *o)
{
	bool used[129] = {false};
	size_t n = 0;

	vec_each(&o->list, e)
		used[e->prefix.len] = true;
	for (int len = 128; len >= 0; len--)
		if (used[len])
			o->lengths[n++] = (uint8_t)len;
	o->lengths[n] = UINT8_MAX;
}

void owners_follow(struct owners *o, const struct device *d)
{
	if (o->made && o->structure == d->structure)
		return;
	o->list.len = 0;
	for (uint32_t i = 0; i < d->peers.len; i++) {
		struct peer_networks walk = {.device = d, .peer = &d->peers.at[i]};
		struct prefix net;

		while (peer_networks_next(&walk, &net))
			*vec_add(&o->list) = (struct owned){.prefix = net, .peer = i};
	}
	vec_sort(&o->list, owner_cmp);
	lengths_note(o);
	o->structure = d->structure;
	o->made = true;
}

void owners_forget(struct owners *o)
{
	o->made = false;
}

uint32_t owners_find(const struct owners *o, const struct addr *a)
{
	for (const uint8_t *len = o->lengths; o->made && *len != UINT8_MAX; len++) {
		struct owned want = {0}, *found;

		if (*len > addr_bits(a))
			continue;
		want.prefix = prefix_from(a, *len);
		found = vec_find(&o->list, &want, owner_cmp);
		if (found)
			return found->peer;
	}
	return UINT32_MAX;
}

void owners_free(struct owners *o)
{
	vec_free(&o->list);
	o->made = false;
}
