/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time as a parameter. Rooms without I/O never ask for it: the edge reads the clocks once a
 * wake-up and hands the reading in.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_BOOTTIME, which goes on during suspend. 0 means "never". */
typedef int64_t msec;

#define MSEC_NEVER INT64_MAX /* as a deadline: no deadline */

struct moment {
	msec now;     /* CLOCK_BOOTTIME: what every decision uses */
	int64_t wall; /* CLOCK_REALTIME in milliseconds: only for showing */
};

static inline msec msec_min(msec a, msec b)
{
	return a < b ? a : b;
}

static inline msec msec_max(msec a, msec b)
{
	return a > b ? a : b;
}

#endif
