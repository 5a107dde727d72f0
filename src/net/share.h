/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each source's share of datagrams, in a table that never grows.
 */
#ifndef NET_SHARE_H
#define NET_SHARE_H

#include "base/addr.h"
#include "base/clock.h"

#define SHARE_RATE  20	 /* a second and source */
#define SHARE_BURST 100	 /* of one source at once */
#define SHARE_ALL   4000 /* a second, of all sources together */
#define SHARE_SLOTS 1024

/* A bucket that fills with time; tokens are thousandths. */
struct bucket {
	uint32_t source; /* its hash; 0 = nobody's */
	uint32_t tokens;
	msec at;
};

struct shares {
	uint32_t seed; /* so that nobody can choose whose slot to share */
	struct bucket all;
	struct bucket of[SHARE_SLOTS];
};

/*
 * May one more datagram of this source be read now? Two sources in one slot push each other out:
 * what that gains them is bounded by SHARE_ALL.
 */
bool share_take(struct shares *s, uint32_t ifindex, const struct addr *source, msec now);

#endif
