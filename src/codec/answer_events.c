// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `events` and what `watch` sends: what happened, oldest first.
 */
#include "answer_put.h"

#define A_PART 64 /* events */

void answer_event(struct str *o, const struct event *e)
{
	put_object(o, NULL);
	put_int(o, "seq", e->seq);
	put_wall(o, "time", e->wall);
	put_text(o, "level", log_level_name(e->level));
	put_text(o, "code", e->code);
	put_name(o, "interface", e->ifname);
	put_name(o, "peer", e->peer);
	put_text(o, "text", e->text);
	put_object_end(o);
}

void put_events_begin(struct answer_cursor *c, const struct event_ring *ring, unsigned int count)
{
	c->seq = ring->last > EVENTS_KEPT ? ring->last - EVENTS_KEPT : 0;
	if (count && ring->last - c->seq > count)
		c->seq = ring->last - count;
}

bool put_events_part(struct str *o, const struct answer_view *v, struct answer_cursor *c)
{
	uint32_t told = c->told;

	while (c->seq < v->events->last) {
		const struct event *e = event_ring_get(v->events, c->seq + 1);

		if (c->told - told >= A_PART)
			return true;
		c->seq++;
		if (!e)
			continue; /* others have come in its place meanwhile */
		part_element(o, c);
		answer_event(o, e);
	}
	return false;
}
