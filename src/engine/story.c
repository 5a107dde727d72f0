// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The story: each event is kept in the ring, written to the log once, and told to those who
 * watch.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* False: not now. *held is what was not told before. */
static bool pace_allows(struct pace *p, msec now, unsigned int *held)
{
	*held = 0;
	if (!p->since || now - p->since >= PACE_EVERY) {
		*held = p->held;
		*p = (struct pace){.since = now};
	}
	if (p->told == PACE_MAX) {
		p->held++;
		return false;
	}
	p->told++;
	return true;
}

static void pace_note(char *text, size_t size, const struct pace *p, unsigned int held)
{
	size_t len = strlen(text);

	if (held)
		snprintf(text + len, size - len, "; %u more like it were not told one by one",
			 held);
	else if (p->told == PACE_MAX)
		snprintf(text + len, size - len, "; what follows is counted for a minute");
}

void story_tell(struct engine *e, struct story s, const char *fmt, ...)
{
	unsigned int held = 0;
	char key[KEY_STRLEN];
	struct event *ev;
	va_list ap;

	if (s.pace && !pace_allows(s.pace, e->at.now, &held))
		return;
	ev = event_ring_add(e->events, e->at.wall, s.code);
	va_start(ap, fmt);
	vsnprintf(ev->text, sizeof(ev->text), fmt, ap);
	va_end(ap);
	if (s.pace)
		pace_note(ev->text, sizeof(ev->text), s.pace, held);
	ev->level = s.level ? s.level : LOG_LEVEL_INFO;
	if (s.device)
		mem_copy_str(ev->ifname, sizeof(ev->ifname), s.device->name);
	if (s.peer)
		mem_copy_str(ev->peer, sizeof(ev->peer), peer_label(s.peer, key));
	log_write(ev->level, "%s%s%s%s%s", ev->ifname, *ev->ifname ? ": " : "", ev->peer,
		  *ev->peer ? ": " : "", ev->text);
	if (e->edge.event)
		e->edge.event(e->edge.ctx, ev);
}

void engine_event_line(const struct event *ev, struct str *out)
{
	answer_event(out, ev);
	str_add_bytes(out, "\n", 1);
}

void engine_lost_line(const struct engine *e, struct moment at, uint64_t n, struct str *out)
{
	struct event ev = {.seq = e->events->last,
			   .wall = at.wall,
			   .level = LOG_LEVEL_WARN,
			   .code = "events-lost"};

	snprintf(ev.text, sizeof(ev.text),
		 "%llu events were not sent here, because those before them were not read in time; "
		 "'events' has the last %d",
		 (unsigned long long)n, EVENTS_KEPT);
	engine_event_line(&ev, out);
}

void engine_summary(const struct engine *e, char *buf, size_t size)
{
	unsigned int peers = 0, up = 0;

	vec_each(&e->state.devices, d) {
		peers += d->peers.len;
		up += d->states[LIFE_UP];
	}
	snprintf(buf, size, "%s%u interface%s, %u of %u peers up, %u routes%s",
		 *e->other ? "standing by; " : "", e->state.devices.len,
		 e->state.devices.len == 1 ? "" : "s", up, peers, e->counts.installed,
		 e->problems.len ? ", problems: see waysidectl status" : "");
}
