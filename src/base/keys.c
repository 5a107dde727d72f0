// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open addressing: at most half of the slots are taken, and the next one is tried after one that
 * is. Public keys are as good as random, so some of their bytes are hash enough.
 */
#include "base/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void keys_begin(struct keys *ks, uint32_t n)
{
	ks->bits = 2;
	while (ks->bits < 31 && 1u << ks->bits < 2 * (uint64_t)n)
		ks->bits++;
	ks->slots = mem_calloc((size_t)1 << ks->bits, sizeof(*ks->slots));
}

static const struct key **slot_of(const struct keys *ks, const struct key *key)
{
	size_t mask = ((size_t)1 << ks->bits) - 1, i;
	uint64_t h;

	memcpy(&h, key->bytes, sizeof(h));
	i = (size_t)(h * 0x9e3779b97f4a7c15u >> (64 - ks->bits));
	while (ks->slots[i] && key_cmp(ks->slots[i], key))
		i = (i + 1) & mask;
	return &ks->slots[i];
}

void keys_add(struct keys *ks, const struct key *key)
{
	const struct key **slot = slot_of(ks, key);

	if (!*slot)
		*slot = key;
}

const struct key *keys_find(const struct keys *ks, const struct key *key)
{
	return *slot_of(ks, key);
}

void keys_free(struct keys *ks)
{
	free(ks->slots);
	ks->slots = NULL;
}
