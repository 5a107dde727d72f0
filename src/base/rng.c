// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeatable chance, and the delays that are built on it.
 */
#include "base/rng.h"

uint64_t rng_next(struct rng *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

msec rng_jitter(struct rng *r, msec d)
{
	msec quarter = d / 4;

	return d - quarter + (msec)rng_below(r, (uint32_t)(quarter * 2 + 1));
}

msec backoff_next(msec delay, msec min, msec max)
{
	return delay < min ? min : msec_min(delay * 2, max);
}
