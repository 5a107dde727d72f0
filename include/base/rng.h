/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chance as a parameter: jitter that a test can repeat. Not for secrets.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

#include "base/clock.h"

struct rng {
	uint64_t state; /* any seed */
};

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (splitmix64). */
uint64_t rng_next(struct rng *r);

/* 0 .. n - 1; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);

/* d, less or more up to a quarter of it. */
msec rng_jitter(struct rng *r, msec d);

/* The delay after this one: doubled, between min and max. Add jitter when it is used. */
msec backoff_next(msec delay, msec min, msec max);

#endif
