// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring of events and the list of problems. Values only: who writes them to a log or to a
 * watcher is the engine's business.
 */
#include "model/events.h"

#include <stdarg.h>
#include <stdio.h>

struct event *event_ring_add(struct event_ring *r, int64_t wall, const char *code)
{
	struct event *e = &r->at[++r->last % EVENTS_KEPT];

	*e = (struct event){.seq = r->last, .wall = wall, .level = LOG_LEVEL_INFO};
	mem_copy_str(e->code, sizeof(e->code), code);
	return e;
}

const struct event *event_ring_get(const struct event_ring *r, uint64_t seq)
{
	const struct event *e = &r->at[seq % EVENTS_KEPT];

	return seq && e->seq == seq ? e : NULL;
}

struct problem *problem_add(struct problems *ps, const char *code, const char *hint,
			    const char *fmt, ...)
{
	struct problem *p = vec_add(ps);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mem_copy_str(p->code, sizeof(p->code), code);
	p->message = mem_strdup(text);
	p->hint = mem_strdup(hint);
	return p;
}

void problems_clear(struct problems *ps)
{
	vec_each(ps, p) {
		free(p->message);
		free(p->hint);
	}
	ps->len = 0;
}

void problems_free(struct problems *ps)
{
	problems_clear(ps);
	vec_free(ps);
}
