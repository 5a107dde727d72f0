// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `events` and what `watch` sends: what happened, oldest first.
 */
#include "answer_put.h"

json_t *answer_event(const struct event *e)
{
	json_t *o = json_object();

	put_int(o, "seq", e->seq);
	put_wall(o, "time", e->wall);
	put_text(o, "level", log_level_name(e->level));
	put_text(o, "code", e->code);
	put_name(o, "interface", e->ifname);
	put_name(o, "peer", e->peer);
	put_text(o, "text", e->text);
	return o;
}

json_t *answer_events(const struct answer_view *v, unsigned int n)
{
	const struct event_ring *ring = v->events;
	uint64_t first = ring->last > EVENTS_KEPT ? ring->last - EVENTS_KEPT : 0;
	json_t *list = json_array();

	if (n && ring->last - first > n)
		first = ring->last - n;
	for (uint64_t seq = first + 1; seq <= ring->last; seq++)
		json_array_append_new(list, answer_event(event_ring_get(ring, seq)));
	return list;
}
