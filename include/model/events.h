/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened, and what is wrong: the story that `events` and `watch` tell, and the list that
 * `status` shows.
 *
 * An event is past and stays; a problem is present and goes away by itself when it is mended:
 * problems are collected anew whenever something is looked at.
 */
#ifndef MODEL_EVENTS_H
#define MODEL_EVENTS_H

#include "base/log.h"
#include "model/config.h"

#define EVENT_TEXT_LEN 240
#define EVENT_CODE_LEN 24
#define EVENTS_KEPT    512

struct event {
	uint64_t seq; /* counts from 1 */
	int64_t wall; /* ms of CLOCK_REALTIME, for showing */
	enum log_level level;
	char code[EVENT_CODE_LEN]; /* "peer-state", "endpoint", "route", "firewall", "reload", … */
	char ifname[IFNAME_LEN];   /* "" = no interface in particular */
	char peer[NAME_LEN];	   /* the peer's label, "" = none */
	char text[EVENT_TEXT_LEN];
};

/* The last EVENTS_KEPT events; zeroed is empty. */
struct event_ring {
	struct event at[EVENTS_KEPT];
	uint64_t last; /* seq of the newest */
};

/* Room for the next event, with seq, wall and code set; the caller fills the rest. */
struct event *event_ring_add(struct event_ring *r, int64_t wall, const char *code);
/* The event with this seq, or NULL when it is gone or not there yet. */
const struct event *event_ring_get(const struct event_ring *r, uint64_t seq);

struct problem {
	char code[EVENT_CODE_LEN]; /* "no-interface", "route-blocked", "allowed-ip-taken", … */
	char *message;		   /* the thing and the reason */
	char *hint;		   /* what to do; NULL when nothing is known to help */
};
VEC_TYPE(problems, struct problem);

/* Appends; message is formatted, hint copied (NULL is fine). */
struct problem *problem_add(struct problems *ps, const char *code, const char *hint,
			    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void problems_clear(struct problems *ps); /* keeps the memory of the list */
void problems_free(struct problems *ps);

#endif
