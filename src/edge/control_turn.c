// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose turn it is at the control socket, and what a turn is: some lines answered, a part of a
 * long answer, or what a watcher is told.
 *
 * Who waits stands in one of two queues: with a line, asked or to be told, or in the middle of an
 * answer. Each time the loop comes round both have a few milliseconds, so that a short question
 * does not wait for a hundred long answers, and the daemon's own work for neither. In a queue
 * everybody has one turn after the other; and while others wait, one line answered is a turn.
 */
#include <string.h>
#include <utlist.h>

#include "control_conn.h"

#define LINES_A_TURN   16
#define ANSWERS_A_TURN (128u << 10) /* bytes from which on a turn ends */
#define ROUND_NS       2000000	    /* of either queue, each time the loop comes round */

/* The end of the line that begins at pos; NULL when it is not whole. */
static char *line_end(struct conn *c, size_t pos)
{
	size_t left = c->len - pos;
	char *end = memchr(c->line + pos, '\n', left);

	if (!end && c->ended && left &&
	    left <= CONTROL_LINE_MAX) /* the last may lack its newline */
		end = c->line + c->len;
	return end;
}

bool turn_has_line(struct conn *c)
{
	return line_end(c, 0) != NULL;
}

/* Cuts the next whole line off the text at *pos; NULL when there is none. */
static char *conn_line(struct conn *c, size_t *pos)
{
	char *line = c->line + *pos, *end = line_end(c, *pos);

	if (!end)
		return NULL;
	*end = '\0';
	*pos = (size_t)(end - c->line) + 1;
	if (*pos > c->len)
		*pos = c->len;
	return line;
}

static void conn_ask(struct conn *c, const char *line, struct str *out)
{
	const struct control_events *events = &c->all->events;
	enum control_said said = events->request(events->ctx, line, c->privileged, c->rest, out);

	c->in_parts = said == CONTROL_PART;
	if (said == CONTROL_WATCH && !c->watching) {
		c->watching = true;
		c->all->watchers++;
	}
}

static void conn_part(struct conn *c, struct str *out)
{
	const struct control_events *events = &c->all->events;

	c->in_parts = events->more(events->ctx, c->rest, out);
}

/* What one that watches is told, in one write however many lines there are. */
static void conn_news(struct conn *c, struct str *out)
{
	const struct control_events *events = &c->all->events;

	*out = c->held;
	c->held = (struct str){0};
	if (c->lost)
		events->lost(events->ctx, c->lost, out);
	c->lost = 0;
}

static void conn_lines(struct conn *c, struct str *out)
{
	size_t pos = 0;
	char *line;

	for (int n = 0; n < LINES_A_TURN && out->len < ANSWERS_A_TURN && !c->in_parts; n++) {
		line = conn_line(c, &pos);
		if (!line)
			break;
		conn_ask(c, line, out);
		if (c->all->quick)
			break;
	}
	c->len -= pos;
	memmove(c->line, c->line + pos, c->len);
}

/* In one write. */
static void conn_turn(struct conn *c)
{
	struct str out = {0};

	if (c->in_parts)
		conn_part(c, &out);
	else if (conn_has_news(c))
		conn_news(c, &out);
	else
		conn_lines(c, &out);
	if (out.len && !conn_closing(c))
		conn_send(c, out.text, out.len);
	else
		str_free(&out);
	if (!conn_closing(c))
		conn_go_on(c);
}

void turn_forget(struct conn *c)
{
	if (c->queue)
		DL_DELETE2(*c->queue, c, before, behind);
	c->queue = NULL;
}

/* One after the other, until the queue is empty or its time is up; one in any case. */
static void queue_round(struct conn **queue)
{
	uint64_t end = uv_hrtime() + ROUND_NS;

	while (*queue) {
		struct conn *c = *queue;

		turn_forget(c);
		conn_turn(c);
		if (uv_hrtime() >= end)
			return;
	}
}

static void conns_round(uv_idle_t *turns)
{
	struct conns *cs = turns->data;

	queue_round(&cs->quick);
	queue_round(&cs->bulk);
	if (!cs->quick && !cs->bulk)
		uv_idle_stop(turns);
}

void turn_wait(struct conn *c, struct conn **queue)
{
	if (c->queue == queue)
		return;
	turn_forget(c);
	DL_APPEND2(*queue, c, before, behind);
	c->queue = queue;
	uv_idle_start(&c->all->turns, conns_round);
}
