// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket: its file, its door and its clock. What goes on with those that were let in
 * is in control_conn.c; what their lines mean is known to neither.
 */
#include "edge/control.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/answer.h"
#include "control_bind.h"
#include "control_conn.h"

#define TICK	       1000   /* ms between two looks at the deadlines */
#define SLOW	       30000  /* ms for the next byte of a line, or of an answer taken */
#define IDLE	       600000 /* ms of silence between requests */
#define ACCEPTS_A_TURN 16
#define ACCEPT_PAUSE   1000 /* ms, when there are no file descriptors left */

struct control {
	struct conns conns; /* first: its end is ours */
	uv_poll_t door;
	uv_timer_t tick;
	int fd;
	char *path;
	struct stat file;    /* of the socket, so that only our own is removed */
	uint64_t door_opens; /* uv_now() from which on to accept again; 0 = open */
};

/* --- the clock ------------------------------------------------------------------------------ */

static void door_open(struct control *k);

static void control_tick(uv_timer_t *timer)
{
	struct control *k = timer->data;

	conns_look(&k->conns);
	if (k->door_opens && uv_now(timer->loop) >= k->door_opens)
		door_open(k);
	if (!k->conns.list && !k->door_opens)
		uv_timer_stop(timer);
}

/* Ticks only while there is a client or a closed door. */
static void tick_start(struct control *k)
{
	uint64_t slow = k->conns.slow, every = slow / 4 < TICK ? slow / 4 + 1 : TICK;

	if (!uv_is_active((uv_handle_t *)&k->tick))
		uv_timer_start(&k->tick, control_tick, every, every);
}

/* --- the door ------------------------------------------------------------------------------- */

static bool peer_privileged(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	return cred.uid == 0 || cred.uid == geteuid();
}

/* The last places are for those who can do something about the others. */
static unsigned int places(bool privileged)
{
	return privileged ? CONTROL_CLIENTS_MAX : CONTROL_CLIENTS_MAX - CONTROL_CLIENTS_KEPT;
}

/* One too many: it is told so and let go, for those inside may stay for days. */
static void turn_away(int fd, unsigned int inside)
{
	struct str out = {0};
	char why[128];

	snprintf(why, sizeof(why),
		 "%u clients are connected, no more are let in; end a 'top' or 'watch' that nobody "
		 "needs, or try again later",
		 inside);
	answer_error(&out, "busy", why);
	if (send(fd, out.text, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("control: a client went before it was turned away");
	str_free(&out);
	close(fd);
}

static void let_in(struct control *k, int fd)
{
	bool privileged = peer_privileged(fd);

	if (k->conns.count >= places(privileged)) {
		turn_away(fd, k->conns.count);
		return;
	}
	conns_add(&k->conns, fd, privileged);
	tick_start(k);
}

static void door_close(struct control *k, int err)
{
	log_warn("control: cannot accept a client: %s; trying again in a second", strerror(err));
	uv_poll_stop(&k->door);
	k->door_opens = uv_now(k->door.loop) + ACCEPT_PAUSE;
	tick_start(k);
}

static void door_knock(uv_poll_t *door, int status, int events)
{
	struct control *k = door->data;
	(void)status;
	(void)events;

	for (int n = 0; n < ACCEPTS_A_TURN; n++) {
		int fd = accept4(k->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			let_in(k, fd);
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR && errno != ECONNABORTED) {
			door_close(k, errno);
			return;
		}
	}
}

static void door_open(struct control *k)
{
	k->door_opens = 0;
	uv_poll_start(&k->door, UV_READABLE, door_knock);
}

/* --- for the daemon ------------------------------------------------------------------------- */

static void control_free(struct conns *conns)
{
	struct control *k = (struct control *)conns;

	free(k->path);
	free(k);
}

struct control *control_start(uv_loop_t *loop, const char *path, const char *group,
			      const struct control_events *events, int *err)
{
	struct control *k;
	int fd;

	*err = control_bind(path, group, &fd);
	if (*err)
		return NULL;
	signal(SIGPIPE, SIG_IGN); /* libuv writes with write(2), which has no MSG_NOSIGNAL */
	k = mem_calloc(1, sizeof(*k));
	k->conns = (struct conns){.loop = loop, .events = *events, .all_closed = control_free};
	k->fd = fd;
	k->path = mem_strdup(path);
	control_set_patience(k, SLOW, IDLE);
	lstat(path, &k->file);
	uv_poll_init(loop, &k->door, fd);
	uv_timer_init(loop, &k->tick);
	k->door.data = k->tick.data = k;
	conns_begin(&k->conns);
	conns_hold(&k->conns); /* the door */
	conns_hold(&k->conns); /* the tick */
	door_open(k);
	return k;
}

void control_set_patience(struct control *k, unsigned int slow, unsigned int idle)
{
	k->conns.slow = slow;
	k->conns.idle = idle;
}

void control_broadcast(struct control *k, const char *line, size_t len)
{
	conns_tell(&k->conns, line, len);
}

bool control_has_watchers(const struct control *k)
{
	return k->conns.watchers > 0;
}

static void control_closed(uv_handle_t *handle)
{
	struct control *k = handle->data;

	conns_release(&k->conns);
}

static void socket_remove(const struct control *k)
{
	struct stat st;

	if (!lstat(k->path, &st) && st.st_dev == k->file.st_dev && st.st_ino == k->file.st_ino)
		unlink(k->path);
}

void control_stop(struct control *k)
{
	socket_remove(k);
	conns_end(&k->conns);
	uv_close((uv_handle_t *)&k->door, control_closed);
	uv_close((uv_handle_t *)&k->tick, control_closed);
	close(k->fd);
}
