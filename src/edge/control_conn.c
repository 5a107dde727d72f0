// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients of the control socket: bytes in, bytes out, patience.
 *
 * Nothing that a client does may cost the daemon more than a bounded buffer: it has one write of
 * answers on its way at a time and is not read from until it has taken it. One that takes nothing
 * is closed.
 */
#include "control_conn.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/answer.h"

#define DRAIN	  2000	     /* ms in which a refused client may go on sending */
#define DRAIN_MAX (4u << 20) /* bytes of the same */

/* One write; its text is freed with it. */
struct parcel {
	uv_write_t req;
	char *text;
};

/* --- coming and going ----------------------------------------------------------------------- */

static uv_stream_t *conn_stream(struct conn *c)
{
	return (uv_stream_t *)&c->pipe;
}

bool conn_closing(const struct conn *c)
{
	return uv_is_closing((const uv_handle_t *)&c->pipe);
}

bool conn_has_news(const struct conn *c)
{
	return c->held.len || c->lost;
}

void conns_hold(struct conns *cs)
{
	cs->handles++;
}

void conns_release(struct conns *cs)
{
	if (!--cs->handles && cs->ended)
		cs->all_closed(cs);
}

static void conn_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct conns *cs = c->all;

	str_free(&c->held);
	free(c);
	conns_release(cs);
}

static void conn_close(struct conn *c)
{
	struct conns *cs = c->all;

	if (conn_closing(c))
		return;
	turn_forget(c);
	DL_DELETE(cs->list, c);
	cs->count--;
	cs->watchers -= c->watching;
	uv_close((uv_handle_t *)&c->pipe, conn_closed);
}

/* --- answers out ---------------------------------------------------------------------------- */

static void parcel_done(uv_write_t *req, int status)
{
	struct parcel *p = req->data;
	struct conn *c = req->handle->data;

	free(p->text);
	free(p);
	if (conn_closing(c))
		return;
	if (status < 0) {
		conn_close(c);
		return;
	}
	c->moved = uv_now(c->all->loop);
	c->answering = false;
	conn_go_on(c);
}

void conn_send(struct conn *c, char *text, size_t len)
{
	struct parcel *p = mem_calloc(1, sizeof(*p));
	uv_buf_t buf = uv_buf_init(text, (unsigned int)len);

	*p = (struct parcel){.text = text};
	p->req.data = p;
	c->moved = uv_now(c->all->loop);
	c->queued += len;
	c->answering = true;
	if (uv_write(&p->req, conn_stream(c), &buf, 1, parcel_done)) {
		free(p->text);
		free(p);
		conn_close(c);
	}
}

static void conn_said_bye(uv_shutdown_t *req, int status)
{
	(void)req; /* what is still coming is dropped until it says the same */
	(void)status;
}

/* Says why, sends no more, and drops what is still coming so that the answer is not lost. */
static void conn_refuse(struct conn *c, const char *code, const char *message)
{
	struct str out = {0};

	answer_error(&out, code, message);
	c->refused = true;
	c->len = 0;
	turn_forget(c);
	conn_send(c, out.text, out.len);
	if (!conn_closing(c))
		uv_shutdown(&c->bye, conn_stream(c), conn_said_bye);
}

/* --- what comes next for a client ----------------------------------------------------------- */

/* Has the other side gone altogether, and not only ended what it sends? */
static bool conn_gone(struct conn *c)
{
	struct pollfd p = {.events = 0};

	if (uv_fileno((uv_handle_t *)&c->pipe, &p.fd))
		return true;
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

static void conn_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	struct conn *c = handle->data;
	(void)size;

	*buf = uv_buf_init(c->line + c->len, (unsigned int)(CONTROL_LINE_MAX + 1 - c->len));
}

static void conn_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;
	(void)buf;

	if (n < 0 && n != UV_EOF) {
		conn_close(c);
		return;
	}
	if (n == UV_EOF) {
		c->ended = true;
	} else if (c->refused) {
		c->drained += (size_t)n;
		if (c->drained > DRAIN_MAX)
			conn_close(c);
		return;
	} else {
		c->len += (size_t)n;
		c->moved = uv_now(stream->loop);
	}
	conn_go_on(c);
}

/* It sends no more: what was asked is still answered. */
static void conn_end(struct conn *c)
{
	bool done = !c->queue && !c->answering && !conn_stream(c)->write_queue_size;

	uv_read_stop(conn_stream(c));
	if (c->watching ? conn_gone(c) : done)
		conn_close(c);
}

void conn_go_on(struct conn *c)
{
	bool waits = c->answering || c->refused;

	if (waits)
		turn_forget(c);
	else if (c->in_parts)
		turn_wait(c, &c->all->bulk);
	else if (conn_has_news(c) || turn_has_line(c))
		turn_wait(c, &c->all->quick);
	else if (c->len > CONTROL_LINE_MAX)
		conn_refuse(c, "too-long", "a request has at most 4096 bytes");
	if (conn_closing(c))
		return;
	if (c->ended)
		conn_end(c);
	else if (c->queue || (c->answering && !c->refused))
		uv_read_stop(conn_stream(c));
	else
		uv_read_start(conn_stream(c), conn_alloc, conn_read);
}

/* --- deadlines ------------------------------------------------------------------------------ */

static bool conn_late(struct conn *c, uint64_t now)
{
	const struct conns *cs = c->all;
	size_t waiting = conn_stream(c)->write_queue_size;
	uint64_t taken = c->queued - waiting, limit;

	if ((taken != c->taken && !c->refused) || c->queue)
		c->moved = now;
	c->taken = taken;
	if (waiting)
		limit = cs->slow;
	else if (c->refused)
		limit = DRAIN;
	else if (c->watching)
		return c->ended && conn_gone(c);
	else
		limit = c->len ? cs->slow : cs->idle;
	return now - c->moved > limit;
}

/* --- all of them ---------------------------------------------------------------------------- */

void conns_add(struct conns *cs, int fd, bool privileged)
{
	struct conn *c = mem_calloc(1, sizeof(*c) + cs->events.rest_size);

	c->all = cs;
	c->privileged = privileged;
	c->moved = uv_now(cs->loop);
	uv_pipe_init(cs->loop, &c->pipe, 0);
	c->pipe.data = c;
	DL_APPEND(cs->list, c);
	cs->count++;
	conns_hold(cs);
	if (uv_pipe_open(&c->pipe, fd)) {
		close(fd);
		conn_close(c);
		return;
	}
	conn_go_on(c);
}

void conns_look(struct conns *cs)
{
	uint64_t now = uv_now(cs->loop);

	for (struct conn *c = cs->list, *next; c; c = next) {
		next = c->next;
		if (conn_late(c, now))
			conn_close(c);
	}
}

/* Once something was lost, so is what comes after it: what is told has one gap, at its end. */
static void conn_hold(struct conn *c, const char *line, size_t len)
{
	if (c->lost || c->held.len + len > CONTROL_WATCH_MAX)
		c->lost++;
	else
		str_add_bytes(&c->held, line, len);
}

void conns_tell(struct conns *cs, const char *line, size_t len)
{
	for (struct conn *c = cs->list, *next; c; c = next) {
		next = c->next;
		if (!c->watching)
			continue;
		conn_hold(c, line, len);
		if (!c->queue && !c->answering && !c->refused)
			turn_wait(c, &cs->quick);
	}
}

void conns_begin(struct conns *cs)
{
	uv_idle_init(cs->loop, &cs->turns);
	cs->turns.data = cs;
	conns_hold(cs);
}

static void turns_closed(uv_handle_t *handle)
{
	conns_release(handle->data);
}

/* What can be told before the end, without waiting for anybody. */
static void conn_last_news(struct conn *c)
{
	uv_buf_t buf = uv_buf_init(c->held.text, (unsigned int)c->held.len);

	if (c->held.len && !c->answering && !c->in_parts)
		uv_try_write(conn_stream(c), &buf, 1);
}

void conns_end(struct conns *cs)
{
	while (cs->list) {
		conn_last_news(cs->list);
		conn_close(cs->list);
	}
	cs->ended = true;
	uv_close((uv_handle_t *)&cs->turns, turns_closed);
}
