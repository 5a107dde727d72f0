// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one client waits for while others do what they like: the control socket with an engine of
 * a great many simulated peers behind it in one process, a crowd in a second, and in a third a
 * client that asks again and again and looks at the clock.
 *
 *	clients PEERS...	one line a figure: WHAT, PEERS, VALUE, UNIT, separated by tabs
 *
 * The wait is wall-clock; as root the daemon and the client that asks go before others, so that
 * less of what else a machine does is measured. They are not of real time: Linux stops such
 * processes for 50 ms in each second that they use up (sched(7)), as a greedy crowd makes them.
 * The work in front of an answer is the processor time that the daemon took between question and
 * answer, which is the wait on a machine that does nothing else.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edge/control.h"
#include "support/figure.h"
#include "support/many.h"

#define CROWD	1000
#define SECONDS 3

static char folder[] = "/tmp/wayside-clients-XXXXXX", path[64];

static double clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static void go_first(bool first)
{
	if (setpriority(PRIO_PROCESS, 0, first ? -20 : 0))
		return; /* not allowed: others count, too */
}

/* --- the daemon ----------------------------------------------------------------------------- */

static enum control_said on_request(void *ctx, const char *line, bool privileged, void *rest,
				    struct str *out)
{
	static const enum control_said said[] = {[ENGINE_SAID_ALL] = CONTROL_ALL,
						 [ENGINE_SAID_WATCH] = CONTROL_WATCH,
						 [ENGINE_SAID_A_PART] = CONTROL_PART};
	struct many *m = ctx;

	return said[engine_request(m->engine, m->at, line, privileged, rest, out)];
}

static bool on_more(void *ctx, void *rest, struct str *out)
{
	struct many *m = ctx;

	return engine_request_more(m->engine, m->at, rest, out);
}

static void on_poll(uv_timer_t *timer)
{
	many_turn(timer->data);
}

static void on_lost(void *ctx, uint64_t n, struct str *out)
{
	struct many *m = ctx;

	engine_lost_line(m->engine, m->at, n, out);
}

/* Names that nobody answers for, and routes that the kernel does not take. */
static void bring_trouble(struct many *m)
{
	struct imports im = {0};

	for (uint32_t i = 0; i < m->peers.len; i++) {
		struct import_peer *p = vec_add(&im.peers);
		char host[64];

		strcpy(p->ifname, "wg0");
		p->key = m->peers.at[i].key;
		p->has_endpoint = true;
		p->endpoint.kind = ENDPOINT_HOST;
		p->endpoint.port = 51820;
		snprintf(host, sizeof(host), "site-%u.example.net", i);
		p->endpoint.host = texts_keep(&im.texts, host);
	}
	m->refusal = -ENOSPC;
	log_set_level(LOG_LEVEL_ERROR);
	engine_import(m->engine, &im, m->at);
}

static void serve(uint32_t peers, bool trouble, int ready)
{
	struct many *m = many_new(peers, true);
	struct control_events events = {.ctx = m,
					.request = on_request,
					.more = on_more,
					.lost = on_lost,
					.rest_size = sizeof(struct engine_rest)};
	uv_timer_t poll_timer = {.data = m};
	uv_loop_t loop;
	int err;

	if (trouble)
		bring_trouble(m);
	for (int i = 0; i < 3; i++)
		many_turn(m);
	uv_loop_init(&loop);
	if (!control_start(&loop, path, "", &events, &err))
		exit(1);
	uv_timer_init(&loop, &poll_timer);
	uv_timer_start(&poll_timer, on_poll, 1000, 1000);
	if (write(ready, "", 1) != 1)
		exit(1);
	go_first(true);
	uv_run(&loop, UV_RUN_DEFAULT);
	exit(0);
}

/* --- a client ------------------------------------------------------------------------------- */

static int caller(int flags)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	strcpy(a.sun_path, path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Milliseconds until the end of the line; -1 when the other side closes. */
static double ask_ms(int fd, const char *line)
{
	static char in[1 << 16];
	double start = now_ms();
	ssize_t n;

	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		return -1;
	do {
		n = recv(fd, in, sizeof(in), 0);
		if (n <= 0)
			return -1;
	} while (in[n - 1] != '\n');
	return now_ms() - start;
}

static int double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void waits(const char *crowd, uint32_t peers, int fd, clockid_t daemon)
{
	static double took[SECONDS * 1000];
	double end = now_ms() + SECONDS * 1e3, work = 0;
	size_t n = 0;
	char what[64];

	go_first(true);
	while (now_ms() < end && n < SECONDS * 1000) {
		double before = clock_ms(daemon), after;

		took[n] = ask_ms(fd, "status\n");
		if (took[n++] < 0)
			exit(1);
		after = clock_ms(daemon);
		work = after - before > work ? after - before : work;
		poll(NULL, 0, 1);
	}
	go_first(false);
	qsort(took, n, sizeof(*took), double_cmp);
	snprintf(what, sizeof(what), "status beside %s, 99 of 100", crowd);
	figure(what, peers, took[n * 99 / 100], "ms");
	snprintf(what, sizeof(what), "status beside %s, longest", crowd);
	figure(what, peers, took[n - 1], "ms");
	snprintf(what, sizeof(what), "work in front of it beside %s, longest", crowd);
	figure(what, peers, work, "ms");
}

static double rss_kib(pid_t pid)
{
	char name[64], line[128];
	unsigned long kib = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	f = fopen(name, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmRSS:", 6))
			kib = strtoul(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return (double)kib;
}

/* --- crowds --------------------------------------------------------------------------------- */

static struct pollfd fds[CROWD];

static void swallow(int fd)
{
	static char in[1 << 16];

	while (recv(fd, in, sizeof(in), MSG_DONTWAIT) > 0)
		continue;
}

static void say(int fd, const char *text)
{
	if (fd >= 0 && send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return; /* it was turned away */
}

static void come(const char *text)
{
	for (int i = 0; i < CROWD; i++) {
		fds[i].fd = caller(0);
		fds[i].events = POLLIN;
		say(fds[i].fd, text);
	}
}

static void silent(void)
{
	come("");
	for (;;)
		pause();
}

/* They ask for all and take nothing. */
static void slow(void)
{
	come("peers\nmetrics\n");
	for (;;)
		pause();
}

static void half_closed(void)
{
	come("peers\n");
	for (int i = 0; i < CROWD; i++)
		shutdown(fds[i].fd, SHUT_WR);
	for (;;)
		pause();
}

/* They read as fast as they can, and ask again. */
static void read_all(const char *text)
{
	come(text);
	for (;;) {
		poll(fds, CROWD, -1);
		for (int i = 0; i < CROWD; i++) {
			if (!fds[i].revents)
				continue;
			swallow(fds[i].fd);
			say(fds[i].fd, text);
			if (fds[i].revents & (POLLHUP | POLLERR)) {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
		}
	}
}

static void greedy(void)
{
	read_all("peers\n");
}

/* What costs most to find. */
static void curious(void)
{
	read_all("dns\nplan\nexplain 1.0.77.1 from 1.0.78.1\nevents\nexplain 1.0.77.1\n");
}

/* They come, ask, and are gone in the middle of the answer. */
static void killed(void)
{
	for (;;) {
		int fd = caller(0);

		say(fd, "peers\npeers\n");
		close(fd);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
	bool trouble;
} crowds[] = {{"nobody", NULL, false},
	      {"1000 silent", silent, false},
	      {"1000 slow readers", slow, false},
	      {"1000 half-closed", half_closed, false},
	      {"1000 greedy readers", greedy, false},
	      {"1000 curious in trouble", curious, true},
	      {"clients killed", killed, false}};

static pid_t fork_or_die(void)
{
	pid_t pid = fork();

	if (pid < 0)
		exit(1);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void measure(uint32_t peers, size_t crowd)
{
	pid_t daemon, others = 0;
	clockid_t work;
	char byte, what[64];
	int ready[2], fd;

	if (pipe(ready))
		exit(1);
	daemon = fork_or_die();
	if (!daemon)
		serve(peers, crowds[crowd].trouble, ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(1);
	fd = caller(0); /* it was there first */
	if (!crowd)
		figure("peers by the socket", peers, ask_ms(fd, "peers\n"), "ms");
	if (crowds[crowd].run) {
		others = fork_or_die();
		if (!others)
			crowds[crowd].run();
	}
	poll(NULL, 0, 300);
	if (clock_getcpuclockid(daemon, &work))
		exit(1);
	waits(crowds[crowd].name, peers, fd, work);
	snprintf(what, sizeof(what), "memory beside %s", crowds[crowd].name);
	figure(what, peers, rss_kib(daemon), "KiB");
	if (others)
		end(others);
	end(daemon);
	close(fd);
	close(ready[0]);
	close(ready[1]);
	unlink(path);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: clients PEERS...\n", stderr);
		return 2;
	}
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/sock", folder);
	for (int i = 1; i < argc; i++)
		for (size_t crowd = 0; crowd < sizeof(crowds) / sizeof(crowds[0]); crowd++)
			measure((uint32_t)atoi(argv[i]), crowd);
	return rmdir(folder) ? 1 : 0;
}
