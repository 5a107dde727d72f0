// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CLOCK_BOOTTIME for decisions (it goes on during suspend), CLOCK_REALTIME for showing.
 */
#include "edge/clock.h"

#include <time.h>

static int64_t clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct moment moment_now(void)
{
	return (struct moment){.now = clock_ms(CLOCK_BOOTTIME), .wall = clock_ms(CLOCK_REALTIME)};
}
