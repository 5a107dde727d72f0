// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process of our own binary with one end of a socket pair, and nothing else that is ours.
 *
 * edge/starter.c starts and kills it; it is this thread's to wait for all the same. Its end comes
 * over a pidfd; SIGCHLD and the children of others are no business of ours.
 */
#include "child_run.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/starter.h"

#define MESSAGE_MAX 4096 /* of any length that a child may have reason to send */
#define BURST	    256	 /* messages read in one wake-up, so that others get their turn */

struct child_run {
	struct child_run_events events;
	uv_poll_t socket, exit;
	int fd, pidfd;
	pid_t pid; /* 0 when there is none, or it was reaped */
	bool freed;
	unsigned int handles; /* of the two, those that are not closed */
};

/* 0 or -errno; what it opened is in r even then. */
static int process_start(struct child_run *r)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	r->fd = pair[0];
	pid = starter_start(pair[1]);
	close(pair[1]);
	if (pid < 0)
		return pid;
	r->pid = pid;
	r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0); /* not every libc has it */
	return r->pidfd < 0 ? -errno : 0;
}

static int wanted_events(bool full)
{
	return full ? UV_READABLE | UV_WRITABLE : UV_READABLE;
}

/* The other end is closed, and a child without its socket is of no use. */
static void socket_lost(struct child_run *r)
{
	uv_poll_stop(&r->socket);
	child_run_kill(r);
}

void child_run_read(struct child_run *r)
{
	char bytes[MESSAGE_MAX];

	for (int i = 0; i < BURST && !r->freed; i++) {
		ssize_t n = recv(r->fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC);

		if (n > 0) {
			r->events.message(r->events.ctx, bytes, (size_t)n);
			continue;
		}
		if (!n || (errno != EAGAIN && errno != EINTR))
			socket_lost(r);
		return;
	}
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
	struct child_run *r = poll->data;

	if (status < 0)
		socket_lost(r);
	if (events & UV_READABLE)
		child_run_read(r);
	if (r->freed || !(events & UV_WRITABLE))
		return;
	uv_poll_start(&r->socket, wanted_events(false), on_socket);
	r->events.writable(r->events.ctx);
}

/*
 * A pidfd can be readable a moment before there is an end to wait for: it is asked again then, or
 * the process would stay a zombie for as long as we live.
 */
static void on_process_end(uv_poll_t *poll, int status, int events)
{
	struct child_run *r = poll->data;
	siginfo_t info = {0};

	(void)status;
	(void)events;
	if (waitid(P_PIDFD, (id_t)r->pidfd, &info, WEXITED | WNOHANG) ? errno == EINTR
								      : !info.si_pid)
		return;
	r->pid = 0;
	uv_poll_stop(&r->exit);
	if (info.si_code == CLD_EXITED)
		r->events.ended(r->events.ctx, 0, info.si_status);
	else
		r->events.ended(r->events.ctx, info.si_status, 0);
}

static int polls_start(uv_loop_t *loop, struct child_run *r)
{
	r->socket.data = r->exit.data = r;
	if (uv_poll_init(loop, &r->socket, r->fd))
		return -ENOMEM;
	r->handles = 1;
	if (uv_poll_init(loop, &r->exit, r->pidfd))
		return -ENOMEM;
	r->handles = 2;
	uv_poll_start(&r->socket, wanted_events(false), on_socket);
	uv_poll_start(&r->exit, UV_READABLE, on_process_end);
	return 0;
}

struct child_run *child_run_start(uv_loop_t *loop, const struct child_run_events *events, int *err)
{
	struct child_run *r = mem_calloc(1, sizeof(*r));

	r->events = *events;
	r->fd = r->pidfd = -1;
	*err = process_start(r);
	if (!*err)
		*err = polls_start(loop, r);
	if (!*err)
		return r;
	child_run_free(r);
	return NULL;
}

int child_run_send(struct child_run *r, const void *bytes, size_t len)
{
	if (send(r->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno == EAGAIN)
		uv_poll_start(&r->socket, wanted_events(true), on_socket);
	return -errno;
}

int child_run_pid(const struct child_run *r)
{
	return r->pid;
}

/* Without the right to signal another user's process, its socket's end has to do. */
void child_run_kill(struct child_run *r)
{
	if (!r->pid)
		return;
	shutdown(r->fd, SHUT_RDWR);
	starter_kill(r->pid); /* not reaped, so the number is still its own */
}

static void on_closed(uv_handle_t *handle)
{
	struct child_run *r = handle->data;

	if (!--r->handles)
		free(r);
}

void child_run_free(struct child_run *r)
{
	child_run_kill(r);
	if (r->pid)
		waitpid(r->pid, NULL, 0);
	r->freed = true;
	if (r->handles > 0)
		uv_close((uv_handle_t *)&r->socket, on_closed);
	if (r->handles > 1)
		uv_close((uv_handle_t *)&r->exit, on_closed);
	if (r->fd >= 0)
		close(r->fd);
	if (r->pidfd >= 0)
		close(r->pidfd);
	if (!r->handles)
		free(r);
}
