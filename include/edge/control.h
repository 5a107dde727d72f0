/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: clients, lines, limits. It knows bytes and rights, not what a word means.
 */
#ifndef EDGE_CONTROL_H
#define EDGE_CONTROL_H

#include <uv.h>

#include "base/str.h"

#define CONTROL_LINE_MAX     4096 /* a longer request is refused and the client closed */
#define CONTROL_CLIENTS_MAX  128
#define CONTROL_CLIENTS_KEPT 16		/* of these, for root and our own user */
#define CONTROL_WATCH_MAX    (4u << 20) /* bytes that wait for one that watches: 10 000 events */

struct control;

enum control_said {
	CONTROL_ALL,
	CONTROL_WATCH, /* all, and this client watches from now on */
	CONTROL_PART,  /* a part: more() makes the next one when this one is taken */
};

struct control_events {
	void *ctx;
	/*
	 * One line without its newline. privileged: root or our own user (SO_PEERCRED). The answer
	 * is appended to out with its newline, or a part of it. rest is the client's place to note
	 * where it goes on, rest_size bytes that nobody has to free.
	 */
	enum control_said (*request)(void *ctx, const char *line, bool privileged, void *rest,
				     struct str *out);
	/* Appends the next part; true when there are more. */
	bool (*more)(void *ctx, void *rest, struct str *out);
	/* Appends a line for one that watches and has not been told the last n lines. */
	void (*lost)(void *ctx, uint64_t n, struct str *out);
	size_t rest_size;
};

/*
 * Binds path (mode 0660, group where it exists; its folder is made with 0755 when missing),
 * taking over a stale socket but never a living one (-EADDRINUSE) or another file (-EEXIST).
 * NULL and *err = -errno. SIGPIPE is ignored from then on.
 */
struct control *control_start(uv_loop_t *loop, const char *path, const char *group,
			      const struct control_events *events, int *err);

/*
 * One line, with its newline, to every client that watches, when it is its turn and it has taken
 * what it was sent before. Of what does not fit CONTROL_WATCH_MAX it is told how much it was.
 */
void control_broadcast(struct control *c, const char *line, size_t len);
bool control_has_watchers(const struct control *c);

/*
 * For tests: milliseconds after which a client is closed that takes nothing of its answer or
 * stops in the middle of a line, and one that is silent between requests.
 */
void control_set_patience(struct control *c, unsigned int slow, unsigned int idle);

/*
 * Closes everything and removes the socket's file. The memory goes when the loop has run once
 * more. Not to be called from request().
 */
void control_stop(struct control *c);

#endif
