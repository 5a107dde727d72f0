// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The net child: reads requests, hands them to the resolver or sends the probe, writes answers;
 * and speaks the exchange where it is told to.
 *
 * It confines itself before anything else and says so. It keeps nothing that its successor would
 * miss, so every trouble has one answer: end, and let the engine start the next one.
 */
#include "net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rest.h"
#include "confine.h"
#include "datagram.h"
#include "probe.h"
#include "resolver.h"

struct server {
	uv_loop_t loop;
	uv_poll_t poll;
	int fd;
	struct resolver *resolver;
	struct datagrams *datagrams;
};

/* What may come from the engine. */
union message {
	struct net_request request;
	struct net_datagram datagram;
};

static void log_to_stderr(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	dprintf(STDERR_FILENO, "<%d>%s\n", level, line);
}

/*
 * Waits for room: the engine never waits for us, so it always comes back to read. Any other
 * error means that it is gone.
 */
static void answer_send(void *ctx, const struct net_answer *a)
{
	struct server *s = ctx;

	while (send(s->fd, a, sizeof(*a), MSG_NOSIGNAL) < 0) {
		struct pollfd p = {.fd = s->fd, .events = POLLOUT};

		if (errno == EAGAIN) {
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			uv_stop(&s->loop);
			return;
		}
	}
}

/* Never waits: the engine may have more to do than to hear what a spoke floods it with. */
static int datagram_send(void *ctx, const struct net_datagram *d)
{
	struct server *s = ctx;

	return send(s->fd, d, sizeof(*d), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void answer_simply(struct server *s, uint32_t kind, uint32_t id, enum net_status status)
{
	struct net_answer a;

	memset(&a, 0, sizeof(a));
	a.kind = kind;
	a.id = id;
	a.status = status;
	answer_send(s, &a);
}

static void request_serve(struct server *s, const struct net_request *q)
{
	switch (q->kind) {
	case NET_LOOKUP:
	case NET_SRV:
		resolver_ask(s->resolver, q);
		break;
	case NET_PROBE:
		answer_simply(s, q->kind, q->id, probe_send(q));
		break;
	case NET_SERVE:
		answer_simply(s, q->kind, q->id, datagrams_serve(s->datagrams, q));
		break;
	default:
		break; /* no answer has such a kind */
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct server *s = poll->data;
	union message m;
	ssize_t n;

	(void)status;
	(void)events;
	do {
		n = recv(s->fd, &m, sizeof(m), MSG_DONTWAIT);
		if (n == (ssize_t)sizeof(m.request))
			request_serve(s, &m.request);
		else if (n == (ssize_t)sizeof(m.datagram) && m.datagram.kind == NET_TELL)
			datagrams_send(s->datagrams, &m.datagram);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n == 0 || errno != EAGAIN)
		uv_stop(&s->loop);
}

/* Whoever ends the engine (a terminal, systemd) signals us too; we end when our socket does. */
static void signals_set(void)
{
	static const int ignored[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL); /* the engine started us with all of them blocked */
}

static int server_run(struct server *s)
{
	if (uv_loop_init(&s->loop))
		return 1;
	s->datagrams = datagrams_new(&s->loop, datagram_send, s);
	s->resolver = resolver_new(&s->loop, answer_send, s);
	if (!s->resolver || uv_poll_init(&s->loop, &s->poll, s->fd))
		return 1;
	s->poll.data = s;
	uv_poll_start(&s->poll, UV_READABLE, on_readable);
	answer_simply(s, NET_READY, 0, NET_OK);
	memory_rest();
	uv_run(&s->loop, UV_RUN_DEFAULT);
	resolver_free(s->resolver);
	datagrams_free(s->datagrams);
	uv_close((uv_handle_t *)&s->poll, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	return uv_loop_close(&s->loop) ? 1 : 0;
}

int net_child_main(int fd)
{
	struct server s = {.fd = fd};
	const char *what;
	int devnull, err;

	log_set_sink(log_to_stderr, NULL);
	prctl(PR_SET_NAME, "waysided: net");
	signals_set();
	err = confine(fd, &what);
	if (err) {
		log_error("the net child cannot give up %s: %s; no name is looked up", what,
			  strerror(-err));
		return 1;
	}
	devnull = open("/dev/null", O_RDONLY | O_CLOEXEC);
	stdio_close(devnull);
	return server_run(&s);
}
