// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A watch for each socket that c-ares has. One that could not be had is no error: the try times
 * out, and the next one gets a new socket.
 */
#include "sockets.h"

#include <ares.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct watch {
	uv_poll_t poll;
	struct sockets *sockets;
	int fd, wants;
};

static void on_socket(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct sockets *s = w->sockets;
	bool readable = status < 0 || (events & UV_READABLE);
	bool writable = status < 0 || (events & UV_WRITABLE);

	s->ready(s->ctx, readable ? w->fd : ARES_SOCKET_BAD, writable ? w->fd : ARES_SOCKET_BAD);
	if (status < 0 && s->watches[w->fd] == w) /* libuv stops a watch that had an error */
		uv_poll_start(&w->poll, w->wants, on_socket);
}

static void on_watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void watch_close(struct sockets *s, int fd)
{
	struct watch *w = s->watches[fd];

	if (!w)
		return;
	s->watches[fd] = NULL;
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

static struct watch *watch_open(struct sockets *s, int fd)
{
	struct watch *w = mem_calloc(1, sizeof(*w));

	w->sockets = s;
	w->fd = fd;
	w->poll.data = w;
	if (uv_poll_init(s->loop, &w->poll, fd)) {
		free(w);
		return NULL; /* the try times out, and the next one gets a new socket */
	}
	s->watches[fd] = w;
	return w;
}

void sockets_state(void *sockets, int fd, int readable, int writable)
{
	struct sockets *s = sockets;
	struct watch *w;

	if (fd < 0 || fd >= SOCKETS_MAX)
		return;
	if (!readable && !writable) {
		watch_close(s, fd);
		return;
	}
	w = s->watches[fd] ? s->watches[fd] : watch_open(s, fd);
	if (!w)
		return;
	w->wants = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
	uv_poll_start(&w->poll, w->wants, on_socket);
}
