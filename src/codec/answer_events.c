// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `events` and what `watch` sends: what happened, oldest first.
 */
#include "answer_put.h"

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

void answer_events(struct str *o, const struct answer_view *v, unsigned int n)
{
	const struct event_ring *ring = v->events;
	uint64_t first = ring->last > EVENTS_KEPT ? ring->last - EVENTS_KEPT : 0;

	if (n && ring->last - first > n)
		first = ring->last - n;
	put_list(o, NULL);
	for (uint64_t seq = first + 1; seq <= ring->last; seq++)
		answer_event(o, event_ring_get(ring, seq));
	put_list_end(o);
}
