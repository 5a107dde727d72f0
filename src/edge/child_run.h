/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One life of the net child: a process, the socket to it, and the news of its end. Only
 * edge/child.c has one, and starts the next.
 */
#ifndef EDGE_CHILD_RUN_H
#define EDGE_CHILD_RUN_H

#include <stddef.h>
#include <uv.h>

struct child_run;

struct child_run_events {
	void *ctx;
	/* One message, of any length and content. */
	void (*message)(void *ctx, const void *bytes, size_t len);
	/* There is room again, after child_run_send() said -EAGAIN. */
	void (*writable)(void *ctx);
	/* It is gone and reaped: killed by signal, or signal is 0 and it left with status. */
	void (*ended)(void *ctx, int signal, int status);
};

/* Starts the process. The caller frees with child_run_free(). NULL and *err = -errno. */
struct child_run *child_run_start(uv_loop_t *loop, const struct child_run_events *events, int *err);

/* Never blocks: 0, -EAGAIN when there is no room (writable() will tell), or another -errno. */
int child_run_send(struct child_run *r, const void *bytes, size_t len);

/* Reads what is there now, instead of when the loop gets to it. */
void child_run_read(struct child_run *r);

int child_run_pid(const struct child_run *r);

/* Kills it; ended() follows. */
void child_run_kill(struct child_run *r);

/* Kills and reaps it if that is still to be done. No event comes any more. */
void child_run_free(struct child_run *r);

#endif
