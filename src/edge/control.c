// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket: clients, lines, limits. Lines go to the engine and answers come back; what
 * they mean is not known here.
 *
 * Nothing that a client does may cost the daemon more than a bounded buffer or keep it busy. A
 * client has one write of answers on its way at a time and is not read from until it has taken
 * it; a turn answers a few lines, or a part of a long answer, then others have theirs; one that
 * takes nothing is closed.
 */
#include "edge/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/answer.h"
#include "control_bind.h"

#define TICK	       1000	  /* ms between two looks at the deadlines */
#define SLOW	       30000	  /* ms for the next byte of a line, or of an answer taken */
#define IDLE	       600000	  /* ms of silence between requests */
#define DRAIN	       2000	  /* ms in which a refused client may go on sending */
#define DRAIN_MAX      (4u << 20) /* bytes of the same */
#define LINES_A_TURN   16
#define ANSWERS_A_TURN (1u << 20) /* bytes from which on a turn ends */
#define ACCEPTS_A_TURN 16
#define HELD_MAX       (1u << 20) /* bytes of events for one that does not take its answer */
#define ACCEPT_PAUSE   1000	  /* ms, when there are no file descriptors left */

struct client {
	uv_pipe_t pipe;
	uv_shutdown_t bye;
	struct control *control;
	struct client *prev, *next;
	char line[CONTROL_LINE_MAX + 2]; /* what was read and not answered; ends with "\n\0" */
	size_t len;
	uint64_t queued, taken; /* bytes given to libuv; of these, taken at the last tick */
	uint64_t moved;		/* uv_now() when it last did something */
	size_t drained;
	bool privileged;
	bool watching;
	bool answering;	 /* answers are on their way: no reading, no further turn */
	bool in_parts;	 /* the answer goes on: rest says where */
	struct str held; /* lines for one that watches, until its answer is whole */
	bool ended;	 /* it sends no more */
	bool refused;	 /* it broke the rules: what it still sends is dropped */
	_Alignas(max_align_t) unsigned char rest[];
};

struct control {
	uv_loop_t *loop;
	uv_poll_t door;
	uv_timer_t tick;
	int fd;
	char *path;
	struct stat file; /* of the socket, so that only our own is removed */
	struct control_events events;
	struct client *clients;
	unsigned int count, watchers, handles;
	uint64_t slow, idle;
	uint64_t door_opens; /* uv_now() from which on to accept again; 0 = open */
	bool stopped;
};

/* One write; its text is freed with it. */
struct parcel {
	uv_write_t req;
	char *text;
	bool answer;
};

static void client_turn(struct client *c);

/* --- one client ----------------------------------------------------------------------------- */

static uv_stream_t *client_stream(struct client *c)
{
	return (uv_stream_t *)&c->pipe;
}

static bool client_closing(const struct client *c)
{
	return uv_is_closing((const uv_handle_t *)&c->pipe);
}

static void control_release(struct control *k)
{
	if (--k->handles || !k->stopped)
		return;
	free(k->path);
	free(k);
}

static void client_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;
	struct control *k = c->control;

	str_free(&c->held);
	free(c);
	control_release(k);
}

static void client_close(struct client *c)
{
	struct control *k = c->control;

	if (client_closing(c))
		return;
	DL_DELETE(k->clients, c);
	k->count--;
	k->watchers -= c->watching;
	uv_close((uv_handle_t *)&c->pipe, client_closed);
}

static void parcel_done(uv_write_t *req, int status)
{
	struct parcel *p = req->data;
	struct client *c = req->handle->data;
	bool answer = p->answer;

	free(p->text);
	free(p);
	if (client_closing(c))
		return;
	if (status < 0) {
		client_close(c);
		return;
	}
	c->moved = uv_now(c->control->loop);
	if (answer)
		c->answering = false;
	client_turn(c);
}

/* Takes the text. */
static void client_send(struct client *c, char *text, size_t len, bool answer)
{
	struct parcel *p = mem_calloc(1, sizeof(*p));
	uv_buf_t buf = uv_buf_init(text, (unsigned int)len);

	*p = (struct parcel){.text = text, .answer = answer};
	p->req.data = p;
	if (!client_stream(c)->write_queue_size)
		c->moved = uv_now(c->control->loop);
	c->queued += len;
	c->answering = c->answering || answer;
	if (uv_write(&p->req, client_stream(c), &buf, 1, parcel_done)) {
		free(p->text);
		free(p);
		client_close(c);
	} else if (client_stream(c)->write_queue_size > CONTROL_BACKLOG_MAX) {
		log_info("control: closed a client that does not read what it asked for");
		client_close(c);
	}
}

static void client_said_bye(uv_shutdown_t *req, int status)
{
	(void)req; /* what is still coming is dropped until it says the same */
	(void)status;
}

/* Says why, sends no more, and drops what is still coming so that the answer is not lost. */
static void client_refuse(struct client *c, const char *code, const char *message)
{
	struct str out = {0};

	answer_error(&out, code, message);
	c->refused = true;
	c->len = 0;
	client_send(c, out.text, out.len, true);
	if (!client_closing(c))
		uv_shutdown(&c->bye, client_stream(c), client_said_bye);
}

/* --- lines in, answers out ------------------------------------------------------------------ */

/* Cuts the next whole line off the text at *pos; NULL when there is none. */
static char *client_line(struct client *c, size_t *pos)
{
	char *line = c->line + *pos;
	size_t left = c->len - *pos;
	char *end = memchr(line, '\n', left);

	if (!end && c->ended && left &&
	    left <= CONTROL_LINE_MAX) /* the last may lack its newline */
		end = line + left;
	if (!end)
		return NULL;
	*end = '\0';
	*pos = (size_t)(end - c->line) + 1;
	if (*pos > c->len)
		*pos = c->len;
	return line;
}

static void client_ask(struct client *c, const char *line, struct str *out)
{
	const struct control_events *events = &c->control->events;
	enum control_said said = events->request(events->ctx, line, c->privileged, c->rest, out);

	c->in_parts = said == CONTROL_PART;
	if (said == CONTROL_WATCH && !c->watching) {
		c->watching = true;
		c->control->watchers++;
	}
}

/* The next part of an answer; behind the last one, what was held back meanwhile. */
static void client_go_on(struct client *c, struct str *out)
{
	const struct control_events *events = &c->control->events;

	c->in_parts = events->more(events->ctx, c->rest, out);
	if (c->in_parts || !c->held.len)
		return;
	str_add_bytes(out, c->held.text, c->held.len);
	str_free(&c->held);
}

/* Answers some lines in one write. */
static void client_answer(struct client *c)
{
	struct str out = {0};
	size_t pos = 0;
	char *line;

	if (c->in_parts)
		client_go_on(c, &out);
	for (int n = 0; (n < LINES_A_TURN || !out.len) && out.len < ANSWERS_A_TURN; n++) {
		line = c->in_parts ? NULL : client_line(c, &pos);
		if (!line)
			break;
		client_ask(c, line, &out);
	}
	c->len -= pos;
	memmove(c->line, c->line + pos, c->len);
	if (out.len && !client_closing(c))
		client_send(c, out.text, out.len, true);
	else
		str_free(&out);
}

/* Has the other side gone altogether, and not only ended what it sends? */
static bool client_gone(struct client *c)
{
	struct pollfd p = {.events = 0};

	if (uv_fileno((uv_handle_t *)&c->pipe, &p.fd))
		return true;
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

static void client_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	struct client *c = handle->data;
	(void)size;

	*buf = uv_buf_init(c->line + c->len, (unsigned int)(CONTROL_LINE_MAX + 1 - c->len));
}

static void client_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = stream->data;
	(void)buf;

	if (n < 0 && n != UV_EOF) {
		client_close(c);
		return;
	}
	if (n == UV_EOF) {
		c->ended = true;
	} else if (c->refused) {
		c->drained += (size_t)n;
		if (c->drained > DRAIN_MAX)
			client_close(c);
		return;
	} else {
		c->len += (size_t)n;
		c->moved = uv_now(stream->loop);
	}
	client_turn(c);
}

/* All that there is to do for a client now. */
static void client_turn(struct client *c)
{
	bool full;

	if (!c->answering && !c->refused)
		client_answer(c);
	if (client_closing(c))
		return;
	full = c->len > CONTROL_LINE_MAX && !c->answering;
	if (full)
		client_refuse(c, "too-long", "a request has at most 4096 bytes");
	if (client_closing(c))
		return;
	if (c->ended) {
		bool done = !c->answering && !client_stream(c)->write_queue_size;

		if (c->watching ? client_gone(c) : done)
			client_close(c);
	} else if (c->answering && !c->refused) {
		uv_read_stop(client_stream(c));
	} else {
		uv_read_start(client_stream(c), client_alloc, client_read);
	}
}

/* --- deadlines ------------------------------------------------------------------------------ */

static bool client_late(struct client *c, uint64_t now)
{
	const struct control *k = c->control;
	size_t waiting = client_stream(c)->write_queue_size;
	uint64_t taken = c->queued - waiting, limit;

	if (taken != c->taken && !c->refused)
		c->moved = now;
	c->taken = taken;
	if (waiting)
		limit = k->slow;
	else if (c->refused)
		limit = DRAIN;
	else if (c->watching)
		return c->ended && client_gone(c);
	else
		limit = c->len ? k->slow : k->idle;
	return now - c->moved > limit;
}

static void door_open(struct control *k);

static void control_tick(uv_timer_t *timer)
{
	struct control *k = timer->data;
	uint64_t now = uv_now(k->loop);

	for (struct client *c = k->clients, *next; c; c = next) {
		next = c->next;
		if (client_late(c, now))
			client_close(c);
	}
	if (k->door_opens && now >= k->door_opens)
		door_open(k);
	if (!k->clients && !k->door_opens)
		uv_timer_stop(timer);
}

/* Ticks only while there is a client or a closed door. */
static void tick_start(struct control *k)
{
	uint64_t every = k->slow / 4 < TICK ? k->slow / 4 + 1 : TICK;

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

static void client_open(struct control *k, int fd)
{
	struct client *c = mem_calloc(1, sizeof(*c) + k->events.rest_size);

	c->control = k;
	c->privileged = peer_privileged(fd);
	c->moved = uv_now(k->loop);
	uv_pipe_init(k->loop, &c->pipe, 0);
	c->pipe.data = c;
	DL_APPEND(k->clients, c);
	k->count++;
	k->handles++;
	tick_start(k);
	if (uv_pipe_open(&c->pipe, fd)) {
		close(fd);
		client_close(c);
		return;
	}
	client_turn(c);
}

/* One too many: it is told so and let go, for those inside may stay for days. */
static void client_turn_away(int fd)
{
	struct str out = {0};

	answer_error(&out, "busy", "too many clients are connected, try again later");
	if (send(fd, out.text, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("control: a client went before it was turned away");
	str_free(&out);
	close(fd);
}

static void door_close(struct control *k, int err)
{
	log_warn("control: cannot accept a client: %s; trying again in a second", strerror(err));
	uv_poll_stop(&k->door);
	k->door_opens = uv_now(k->loop) + ACCEPT_PAUSE;
	tick_start(k);
}

static void door_knock(uv_poll_t *door, int status, int events)
{
	struct control *k = door->data;
	(void)status;
	(void)events;

	for (int n = 0; n < ACCEPTS_A_TURN; n++) {
		int fd = accept4(k->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0 && k->count < CONTROL_CLIENTS_MAX)
			client_open(k, fd);
		else if (fd >= 0)
			client_turn_away(fd);
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
	k->loop = loop;
	k->fd = fd;
	k->path = mem_strdup(path);
	k->events = *events;
	control_set_patience(k, SLOW, IDLE);
	lstat(path, &k->file);
	uv_poll_init(loop, &k->door, fd);
	uv_timer_init(loop, &k->tick);
	k->door.data = k->tick.data = k;
	k->handles = 2;
	door_open(k);
	return k;
}

void control_set_patience(struct control *k, unsigned int slow, unsigned int idle)
{
	k->slow = slow;
	k->idle = idle;
}

static void client_hold(struct client *c, const char *line, size_t len)
{
	str_add_bytes(&c->held, line, len);
	if (c->held.len > HELD_MAX)
		client_close(c);
}

void control_broadcast(struct control *k, const char *line, size_t len)
{
	for (struct client *c = k->clients, *next; c; c = next) {
		struct str copy = {0};

		next = c->next;
		if (!c->watching)
			continue;
		if (c->in_parts) {
			client_hold(c, line, len);
			continue;
		}
		str_add_bytes(&copy, line, len);
		client_send(c, copy.text, copy.len, false);
	}
}

bool control_has_watchers(const struct control *k)
{
	return k->watchers > 0;
}

static void control_closed(uv_handle_t *handle)
{
	control_release(handle->data);
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
	while (k->clients)
		client_close(k->clients);
	k->stopped = true;
	uv_close((uv_handle_t *)&k->door, control_closed);
	uv_close((uv_handle_t *)&k->tick, control_closed);
	close(k->fd);
}
