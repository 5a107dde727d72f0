// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory: what is allocated, counted byte by byte where things are at rest, for what is resident
 * says little of it: a sanitizer keeps what was freed, and an allocator its pages.
 *
 * An engine that has lived through a world holds no more than one that begins in it anew; and when
 * a world is over nothing of it is held but ways of routes, which are there to be used again. What
 * nobody points to any more the sanitizer tells. Without one nothing is judged: malloc calls in use
 * what it keeps at hand.
 */
#include "chaos/chaos.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#define SLACK	   (64 * 1024) /* bytes: arrays that were once longer, events that are remembered */
#define WAYS_SLACK 2048	       /* bytes in all: ways of routes that the first world did not have */

/* Of the sanitizer's allocator, where there is one. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static bool is_exact(void)
{
	return __sanitizer_get_current_allocated_bytes != NULL;
}

size_t memory_held(void)
{
	if (is_exact())
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks;
}

size_t memory_resident(void)
{
	unsigned long size, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Of the engine that there is. */
static size_t engine_held(struct chaos *c)
{
	size_t with = memory_held();

	engine_free(c->w->engine);
	c->w->engine = NULL;
	return with - memory_held();
}

void memory_of_engine(struct chaos *c)
{
	size_t old = engine_held(c), fresh;

	events_restart(c);
	rest(c);
	fresh = engine_held(c);
	events_restart(c);
	if (is_exact() && old > fresh + SLACK)
		chaos_fail(c, "the engine held %zu bytes after all that, and a new one %zu", old,
			   fresh);
	if (old > c->held)
		c->held = old;
}

void memory_after(uint64_t seed, size_t before)
{
	size_t now = memory_held();

	if (!is_exact() || now <= before + WAYS_SLACK)
		return;
	fprintf(stderr, "seed %llu: %zu bytes of the world are still held\n",
		(unsigned long long)seed, now - before);
	exit(1);
}
