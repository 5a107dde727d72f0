// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Token buckets by source address. A spoke that owns a whole network can come from many addresses;
 * the engine counts by peer as well, behind this.
 */
#include "share.h"

/* Fowler, Noll, Vo: FNV-1a. */
static uint32_t source_hash(uint32_t seed, uint32_t ifindex, const struct addr *a)
{
	uint32_t h = 2166136261u ^ seed;

	h = (h ^ ifindex) * 16777619u;
	h = (h ^ a->family) * 16777619u;
	for (size_t i = 0; i < sizeof(a->bytes); i++)
		h = (h ^ a->bytes[i]) * 16777619u;
	return h ? h : 1;
}

static bool bucket_take(struct bucket *b, uint32_t rate, uint32_t burst, msec now)
{
	msec elapsed = now - b->at < 60000 ? now - b->at : 60000;
	uint64_t tokens = b->tokens + (uint64_t)elapsed * rate;

	b->at = now;
	b->tokens = (uint32_t)(tokens < burst * 1000ull ? tokens : burst * 1000ull);
	if (b->tokens < 1000)
		return false;
	b->tokens -= 1000;
	return true;
}

bool share_take(struct shares *s, uint32_t ifindex, const struct addr *source, msec now)
{
	uint32_t hash = source_hash(s->seed, ifindex, source);
	struct bucket *b = &s->of[hash % SHARE_SLOTS];

	if (!bucket_take(&s->all, SHARE_ALL, SHARE_ALL, now))
		return false;
	if (b->source != hash)
		*b = (struct bucket){.source = hash, .tokens = SHARE_BURST * 1000, .at = now};
	return bucket_take(b, SHARE_RATE, SHARE_BURST, now);
}
