// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seat, kept. Who has it says where its control socket is to everybody that connects, and no
 * more: that is no secret, and nothing is read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/mem.h"
#include "edge/seat.h"

#define ANSWERS_A_SEC 16 /* so that asking all the time costs us nothing */

struct seat {
	uv_poll_t poll;
	uv_timer_t again;
	unsigned int handles;
	int fd;
	char socket[SEAT_PATH_MAX];
};

static void on_ask(uv_poll_t *poll, int status, int events);

static void on_again(uv_timer_t *timer)
{
	struct seat *s = timer->data;

	uv_poll_start(&s->poll, UV_READABLE, on_ask);
}

static void on_ask(uv_poll_t *poll, int status, int events)
{
	struct seat *s = poll->data;

	(void)status;
	(void)events;
	for (int n = 0; n < ANSWERS_A_SEC; n++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0)
			break;
		send(fd, s->socket, strlen(s->socket), MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
	}
	uv_poll_stop(poll);
	uv_timer_start(&s->again, on_again, 1000, 0);
}

struct seat *seat_keep(uv_loop_t *loop, int fd, const char *socket)
{
	struct seat *s = mem_calloc(1, sizeof(*s));

	s->fd = fd;
	s->handles = 2;
	snprintf(s->socket, sizeof(s->socket), "%s", socket);
	uv_poll_init(loop, &s->poll, fd);
	uv_timer_init(loop, &s->again);
	s->poll.data = s->again.data = s;
	uv_poll_start(&s->poll, UV_READABLE, on_ask);
	return s;
}

static void on_closed(uv_handle_t *handle)
{
	struct seat *s = handle->data;

	if (!--s->handles)
		free(s);
}

void seat_leave(struct seat *s)
{
	if (!s)
		return;
	uv_close((uv_handle_t *)&s->poll, on_closed);
	uv_close((uv_handle_t *)&s->again, on_closed);
	close(s->fd);
}
