/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients of the control socket that were let in: their lines, their answers, whose turn it is.
 * Private to the control socket.
 */
#ifndef EDGE_CONTROL_CONN_H
#define EDGE_CONTROL_CONN_H

#include <stddef.h>

#include "edge/control.h"

struct conns {
	uv_loop_t *loop;
	struct control_events events;
	uint64_t slow, idle; /* ms, as in control_set_patience() */
	struct conn *list;
	struct conn *quick, *bulk; /* those that wait for a turn: with lines; in an answer */
	uv_idle_t turns;	   /* active while any does */
	unsigned int count, watchers;
	unsigned int handles; /* of libuv that are not closed yet, the one above with them */
	bool ended;
	void (*all_closed)(struct conns *cs); /* after conns_end(); the memory may go */
};

struct conn {
	uv_pipe_t pipe;
	uv_shutdown_t bye;
	struct conns *all;
	struct conn *prev, *next;
	struct conn *before, *behind;	 /* in its queue */
	struct conn **queue;		 /* NULL: it waits for no turn */
	char line[CONTROL_LINE_MAX + 2]; /* what was read and not answered; ends with "\n\0" */
	size_t len;
	uint64_t queued, taken; /* bytes given to libuv; of these, taken at the last look */
	uint64_t moved;		/* uv_now() when it last did something */
	size_t drained;
	bool privileged;
	bool watching;
	bool answering;	 /* something is on its way: no reading, no further turn */
	bool in_parts;	 /* the answer goes on: rest says where */
	struct str held; /* lines for one that watches, until its turn */
	uint64_t lost;	 /* lines that had no room in held and came after it */
	bool ended;	 /* it sends no more */
	bool refused;	 /* it broke the rules: what it still sends is dropped */
	_Alignas(max_align_t) unsigned char rest[];
};

/* loop, events and all_closed are set. */
void conns_begin(struct conns *cs);
/* Closes all. */
void conns_end(struct conns *cs);
/* For a handle of somebody else that has to be closed before all_closed(). */
void conns_hold(struct conns *cs);
void conns_release(struct conns *cs);

/* Takes fd, which does not block. */
void conns_add(struct conns *cs, int fd, bool privileged);
/* Closes those that take nothing, stop in the middle or are silent for too long. */
void conns_look(struct conns *cs);
/* One line, with its newline, for all that watch. */
void conns_tell(struct conns *cs, const char *line, size_t len);

/* --- between control_conn.c and control_turn.c ---------------------------------------------- */

bool conn_closing(const struct conn *c);
/* Is there something that it watches for, or was? */
bool conn_has_news(const struct conn *c);
/* Takes the text. Nothing more is sent, or read, until the client has taken it. */
void conn_send(struct conn *c, char *text, size_t len);
/* What comes next: it gets a turn, or is read from, or is done with. */
void conn_go_on(struct conn *c);

bool turn_has_line(struct conn *c);
/* Into one of the two queues, at the end. */
void turn_wait(struct conn *c, struct conn **queue);
void turn_forget(struct conn *c);

#endif
