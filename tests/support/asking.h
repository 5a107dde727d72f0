/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loop with a net child on it, for tests that are their own child: ask, wait, compare.
 */
#ifndef SUPPORT_ASKING_H
#define SUPPORT_ASKING_H

#include "base/vec.h"
#include "edge/child.h"

/* What the child of the running test was heard to say. */
struct asking {
	uv_loop_t loop;
	struct child *child;
	uint32_t restarts; /* times that it, or the next one, was ready */
	VEC(struct net_answer) answers;
	VEC(struct net_datagram) heard;
};
extern struct asking asking;

/* Around each test, in a world that was made; the second puts resolv.conf back as it was. */
int asking_begin(void **state);
int asking_end(void **state);

/* Runs the loop until *counter reaches n, at most that many milliseconds. Did it? */
bool run_until(const uint32_t *counter, uint32_t n, uint64_t ms);

/* For what has to come within ms, and has three times that on a machine that is slow. */
#define wait_until(counter, n, ms) assert_true(run_until(counter, n, 3 * (ms)))

struct net_request lookup_request(uint32_t id, const char *name, uint8_t family);
struct net_answer lookup(const char *name, uint8_t family);
/* Asks and waits for the answer; one of kind 0 when none came, or one to something else. */
struct net_answer ask_within(const struct net_request *q, uint64_t ms);

/* "status ttl address address …", or only the status when it failed; good until the next call. */
const char *answer_text(struct net_answer a);
#define expect_answer(a, want) assert_string_equal(answer_text(a), want)

#endif
