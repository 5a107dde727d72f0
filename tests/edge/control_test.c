// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket with real clients in a folder of its own. The loop and the clients share one
 * thread: the loop is turned until what a test waits for has come.
 */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/control.h"

#define WAIT_MS 5000
#define BIG	(600u << 10)
#define PARTS	50u
#define PART	(20u << 10)

static uv_loop_t loop;
static struct control *control;
static char folder[64], path[80];
static unsigned int requests, parts;
static char asked[256];	 /* the first letters of the requests, in their order */
static uint64_t part_ns; /* how long it takes to make a part */

/* What is said comes back, with the right to act; "big" is answered at length, "long" in parts. */
static enum control_said echo(void *ctx, const char *line, bool privileged, void *rest,
			      struct str *out)
{
	(void)ctx;
	if (requests < sizeof(asked) - 1)
		asked[requests] = line[0];
	requests++;
	if (!strcmp(line, "long")) {
		*(unsigned int *)rest = PARTS;
		str_add(out, "<");
		return CONTROL_PART;
	}
	if (!strcmp(line, "shout"))
		control_broadcast(control, "event\n", 6);
	if (!strcmp(line, "big"))
		str_add(out, "%0*d\n", (int)BIG - 1, 0);
	else if (strcmp(line, "nothing") != 0)
		str_add(out, "%s %s\n", line, privileged ? "root" : "user");
	return strcmp(line, "watch") ? CONTROL_ALL : CONTROL_WATCH;
}

static bool next_part(void *ctx, void *rest, struct str *out)
{
	unsigned int *left = rest;
	uint64_t start = uv_hrtime();
	(void)ctx;

	while (uv_hrtime() - start < part_ns)
		continue;
	parts++;
	str_add(out, "%0*d", (int)PART, 0);
	if (--*left)
		return true;
	str_add(out, ">\n");
	return false;
}

static void lost_lines(void *ctx, uint64_t n, struct str *out)
{
	(void)ctx;
	str_add(out, "lost %llu\n", (unsigned long long)n);
}

static const struct control_events events = {
	.request = echo, .more = next_part, .lost = lost_lines, .rest_size = sizeof(unsigned int)};

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	poll(NULL, 0, 1);
}

static int start(void **unused)
{
	int err;
	(void)unused;

	strcpy(folder, "/tmp/wayside-control-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/run/w.sock", folder);
	uv_loop_init(&loop);
	control = control_start(&loop, path, "no-such-group", &events, &err);
	assert_int_equal(err, 0);
	assert_non_null(control);
	requests = 0;
	memset(asked, 0, sizeof(asked));
	part_ns = 0;
	return 0;
}

static int stop(void **unused)
{
	struct stat st;
	(void)unused;

	control_stop(control);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(lstat(path, &st), -1);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	return rmdir(folder);
}

static int client(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(a.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until the text ends so, or the other side closes; returns what came. */
static const char *hear(int fd, const char *end)
{
	static char text[4096];
	size_t len = 0, n = strlen(end);

	for (int i = 0; i < WAIT_MS && len < sizeof(text) - 1; i++) {
		ssize_t got = recv(fd, text + len, sizeof(text) - 1 - len, 0);

		if (got == 0)
			break;
		len += got > 0 ? (size_t)got : 0;
		text[len] = '\0';
		if (n && len >= n && !strcmp(text + len - n, end))
			break;
		turn();
	}
	text[len] = '\0';
	return text;
}

/* Reads to the end; returns how much came, -1 when it did not end. */
static ssize_t hear_all(int fd)
{
	static char text[65536];
	ssize_t len = 0;

	for (int i = 0; i < WAIT_MS; i++) {
		ssize_t got = recv(fd, text, sizeof(text), 0);

		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return len;
		if (got > 0)
			len += got;
		else
			turn();
	}
	return -1;
}

static void one_request(void **state)
{
	int fd = client();
	(void)state;

	say(fd, "status\n");
	assert_string_equal(hear(fd, "\n"), "status root\n");
	say(fd, "peers wg0\n");
	assert_string_equal(hear(fd, "\n"), "peers wg0 root\n");
	close(fd);
}

static void many_at_once(void **state)
{
	char text[1024] = "";
	int fd = client();
	(void)state;

	for (int i = 0; i < 100; i++)
		strcat(text, i == 50 ? "nothing\n" : "a\n");
	say(fd, text);
	shutdown(fd, SHUT_WR);
	assert_int_equal(hear_all(fd), 99 * strlen("a root\n"));
	assert_int_equal(requests, 100);
	close(fd);
}

/* More than the daemon takes in at once, behind an answer that has to be waited for. */
static void many_while_an_answer_is_on_its_way(void **state)
{
	static char text[3 * 4000 + 8];
	int fd = client();
	(void)state;

	strcpy(text, "big\n");
	for (size_t len = 4; len < sizeof(text) - 3; len += 3)
		memcpy(text + len, "ab\n", 3);
	say(fd, text);
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 20; i++)
		turn();
	assert_in_range(requests, 1, 100); /* the others wait until these answers are taken */
	assert_int_equal(hear_all(fd), BIG + (strlen(text) - 4) / 3 * strlen("ab root\n"));
	assert_int_equal(requests, 1 + (strlen(text) - 4) / 3);
	close(fd);
}

/* Each part is made when the one before is taken, and others have their turn in between. */
static void a_long_answer_in_parts(void **state)
{
	int slow = client(), quick = client();
	(void)state;

	parts = 0;
	say(slow, "long\nnext\n");
	for (int i = 0; i < 50; i++)
		turn();
	assert_in_range(parts, 1, PARTS - 1); /* what the socket takes, and no more */
	say(quick, "a\n");
	assert_string_equal(hear(quick, "\n"), "a root\n");
	shutdown(slow, SHUT_WR);
	assert_int_equal(hear_all(slow), PARTS * PART + strlen("<>\n") + strlen("next root\n"));
	assert_int_equal(parts, PARTS);
	close(slow);
	close(quick);
}

/* What is told meanwhile does not come in the middle of the line. */
static void a_watcher_that_asks_at_length(void **state)
{
	static const char event[] = "{\"event\":1}\n", end[] = ">\n{\"event\":1}\n";
	static char all[PARTS * PART + 64];
	size_t len = 0, want = 1 + PARTS * PART + strlen(end);
	int fd = client();
	(void)state;

	parts = 0;
	say(fd, "watch\n");
	hear(fd, "\n");
	say(fd, "long\n");
	while (!parts)
		turn();
	control_broadcast(control, event, strlen(event));
	assert_int_not_equal(parts, PARTS);
	for (int i = 0; i < WAIT_MS && len < want; i++) {
		ssize_t got = recv(fd, all + len, sizeof(all) - len, 0);

		len += got > 0 ? (size_t)got : 0;
		turn();
	}
	assert_int_equal(len, want);
	assert_memory_equal(all + len - strlen(end), end, strlen(end));
	close(fd);
}

static void a_client_that_leaves_in_the_middle(void **state)
{
	int fd = client();
	(void)state;

	parts = 0;
	say(fd, "long\n");
	while (!parts)
		turn();
	close(fd);
	for (int i = 0; i < 50; i++)
		turn();
	one_request(NULL);
	assert_in_range(parts, 1, PARTS - 1);
}

static void a_request_in_pieces(void **state)
{
	int fd = client();
	(void)state;

	for (const char *c = "routes"; *c; c++) {
		assert_int_equal(send(fd, c, 1, 0), 1);
		turn();
	}
	assert_int_equal(requests, 0);
	say(fd, "\n");
	assert_string_equal(hear(fd, "\n"), "routes root\n");
	close(fd);
}

static void half_closed_and_without_newline(void **state)
{
	int fd = client();
	(void)state;

	say(fd, "one\ntwo");
	shutdown(fd, SHUT_WR);
	assert_string_equal(hear(fd, ""), "one root\ntwo root\n");
	close(fd);
}

static void a_line_of_the_longest_length(void **state)
{
	char line[CONTROL_LINE_MAX + 2];
	int fd = client();
	(void)state;

	memset(line, 'x', CONTROL_LINE_MAX);
	strcpy(line + CONTROL_LINE_MAX, "\n");
	say(fd, line);
	shutdown(fd, SHUT_WR);
	assert_int_equal(hear_all(fd), CONTROL_LINE_MAX + strlen(" root\n"));
	close(fd);
}

static void a_megabyte_without_a_newline(void **state)
{
	static char noise[1 << 20];
	size_t sent = 0;
	int fd = client();
	(void)state;

	memset(noise, 'x', sizeof(noise));
	while (sent < sizeof(noise)) {
		ssize_t n = send(fd, noise + sent, sizeof(noise) - sent, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		assert_true(n > 0 || errno == EAGAIN);
		turn();
	}
	assert_non_null(strstr(hear(fd, ""), "\"too-long\""));
	assert_int_equal(requests, 0);
	close(fd);

	fd = client(); /* and others are served as before */
	say(fd, "status\n");
	assert_string_equal(hear(fd, "\n"), "status root\n");
	close(fd);
}

static void noise_for_ever_ends(void **state)
{
	static char noise[65536];
	size_t sent = 0;
	int fd = client();
	(void)state;

	memset(noise, 'x', sizeof(noise));
	for (;;) {
		ssize_t n = send(fd, noise, sizeof(noise), MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
		assert_true(sent < 16u << 20);
		turn();
	}
	close(fd);
}

static void watchers_hear(void **state)
{
	int a = client(), b = client();
	(void)state;

	assert_false(control_has_watchers(control));
	say(a, "watch\n");
	hear(a, "\n");
	say(b, "status\n");
	hear(b, "\n");
	assert_true(control_has_watchers(control));
	control_broadcast(control, "event\n", 6);
	assert_string_equal(hear(a, "\n"), "event\n");
	say(a, "status\n"); /* it may still ask */
	assert_string_equal(hear(a, "\n"), "status root\n");
	shutdown(a, SHUT_WR); /* and goes on hearing when it has nothing more to ask */
	for (int i = 0; i < 20; i++)
		turn();
	control_broadcast(control, "event\n", 6);
	assert_string_equal(hear(a, "\n"), "event\n");
	assert_int_equal(recv(b, (char[1]){0}, 1, 0), -1);
	close(a);
	close(b);
	for (int i = 0; i < WAIT_MS && control_has_watchers(control); i++)
		turn();
	assert_false(control_has_watchers(control));
}

static void a_watcher_that_is_gone_is_noticed(void **state)
{
	int a = client();
	(void)state;

	control_set_patience(control, 100, 100);
	say(a, "watch\n");
	hear(a, "\n");
	shutdown(a, SHUT_WR);
	for (int i = 0; i < 300; i++)
		turn();
	assert_true(control_has_watchers(control)); /* silence is what a watcher is for */
	close(a);
	for (int i = 0; i < WAIT_MS && control_has_watchers(control); i++)
		turn();
	assert_false(control_has_watchers(control));
}

/* It asks for ever and reads nothing: no more is done for it than fits a few answers. */
static void a_client_that_does_not_read(void **state)
{
	int fd = client();
	(void)state;

	control_set_patience(control, 200, 10000);
	for (int i = 0; i < 200; i++) {
		if (send(fd, "big\nbig\nbig\n", 12, MSG_NOSIGNAL) < 0)
			break;
		turn();
	}
	assert_in_range(requests, 1, 20);
	for (int i = 0; i < WAIT_MS; i++) {
		struct pollfd p = {.fd = fd, .events = 0};

		turn();
		if (poll(&p, 1, 0) > 0 && (p.revents & POLLHUP))
			break;
		assert_int_not_equal(i, WAIT_MS - 1);
	}
	close(fd);
}

static void a_slow_reader_gets_all(void **state)
{
	char piece[4096];
	size_t got = 0;
	int fd = client();
	(void)state;

	control_set_patience(control, 2000, 10000);
	say(fd, "big\n");
	for (int i = 0; i < WAIT_MS && got < BIG; i++) { /* takes longer than the patience */
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		assert_int_not_equal(n, 0);
		got += n > 0 ? (size_t)n : 0;
		turn();
		poll(NULL, 0, 20);
	}
	assert_int_equal(got, BIG);
	close(fd);
}

/* It hears of what it does itself behind the answer, however many lines it sends at once. */
static void a_watcher_that_does_something(void **state)
{
	int a = client(), b = client();
	(void)state;

	say(a, "watch\n");
	hear(a, "\n");
	say(b, "watch\n");
	hear(b, "\n");
	say(a, "shout\nshout\nlast\n");
	assert_string_equal(hear(a, "last root\n"),
			    "shout root\nevent\nshout root\nevent\nlast root\n");
	assert_string_equal(hear(b, "event\nevent\n"), "event\nevent\n");
	close(a);
	close(b);
}

/* What is kept for it has an end; it is told how much it missed, and goes on hearing. */
static void a_watcher_that_reads_late(void **state)
{
	static char line[1000], all[8 << 20];
	const unsigned int lines = 3 * CONTROL_WATCH_MAX / sizeof(line);
	unsigned int told = 0, lost = 0;
	size_t len = 0;
	int a = client();
	(void)state;

	memset(line, 'e', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	say(a, "watch\n");
	hear(a, "\n");
	for (unsigned int i = 0; i < lines; i++)
		control_broadcast(control, line, sizeof(line));
	for (int i = 0; i < WAIT_MS && !lost; i++) {
		ssize_t got = recv(a, all + len, sizeof(all) - 1 - len, 0);

		len += got > 0 ? (size_t)got : 0;
		all[len] = '\0';
		if (len && strstr(all + len - (len < 64 ? len : 64), "lost "))
			lost = (unsigned int)atoi(strstr(all, "lost ") + 5);
		turn();
	}
	for (size_t i = 0; i < len; i++)
		told += all[i] == '\n';
	assert_in_range(len, CONTROL_WATCH_MAX - sizeof(line), CONTROL_WATCH_MAX + 64);
	assert_int_equal(told - 1 + lost, lines);
	control_broadcast(control, "event\n", 6);
	assert_string_equal(hear(a, "\n"), "event\n");
	close(a);
}

static void a_watcher_that_does_not_read(void **state)
{
	static char line[65536];
	int a = client();
	(void)state;

	control_set_patience(control, 100, 10000);
	memset(line, 'e', sizeof(line));
	say(a, "watch\n");
	hear(a, "\n");
	for (int i = 0; i < 64; i++)
		control_broadcast(control, line, sizeof(line));
	for (int i = 0; i < WAIT_MS && control_has_watchers(control); i++)
		turn();
	assert_false(control_has_watchers(control));
	close(a);
}

/* Many lines for one, one line for others: each has a turn before anybody has a second one. */
static void one_line_each_while_others_wait(void **state)
{
	char text[2 * 100 + 1] = "", want[] = "abcabaaa";
	int a = client(), b = client(), c = client();
	(void)state;

	for (int i = 0; i < 100; i++)
		strcat(text, "a\n");
	turn(); /* all are let in */
	say(a, text);
	say(b, "b\nb\n");
	say(c, "c\n");
	for (int i = 0; i < WAIT_MS && requests < 103; i++)
		turn();
	assert_int_equal(requests, 103);
	assert_memory_equal(asked, want, strlen(want));
	close(a);
	close(b);
	close(c);
}

static void idle_and_stuck_are_closed(void **state)
{
	int idle = client(), stuck = client();
	(void)state;

	control_set_patience(control, 100, 2000);
	say(stuck, "stat");
	assert_int_equal(hear_all(stuck), 0);
	assert_int_equal(recv(idle, (char[1]){0}, 1, 0), -1);
	assert_int_equal(hear_all(idle), 0);
	close(idle);
	close(stuck);
}

static void one_too_many(void **state)
{
	int fds[CONTROL_CLIENTS_MAX], extra;
	(void)state;

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = client();
		say(fds[i], "a\n");
		assert_string_equal(hear(fds[i], "\n"), "a root\n");
	}
	extra = client();
	assert_non_null(strstr(hear(extra, ""), "\"busy\""));
	close(extra);
	close(fds[7]);
	for (int i = 0; i < 10; i++)
		turn();
	fds[7] = client();
	say(fds[7], "a\n");
	assert_string_equal(hear(fds[7], "\n"), "a root\n");
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}

/* Runs as somebody who may do nothing, while the loop turns; returns its exit code. */
static int as_nobody(int (*run)(void))
{
	int fds[2], status;
	char c;
	pid_t pid;

	assert_int_equal(chmod(folder, 0755) | chmod(path, 0666), 0);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid)
		_exit(setuid(65534) ? 2 : run());
	close(fds[1]);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	while (read(fds[0], &c, 1) < 0) /* the child holds the other end */
		turn();
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Asks as long as one is let in; returns how many were, 0 when the end was not as it should be. */
static int take_all_places(void)
{
	for (int n = 0; n <= CONTROL_CLIENTS_MAX; n++) {
		char text[256] = "";
		int fd = client();

		fcntl(fd, F_SETFL, 0);
		if (send(fd, "a\n", 2, MSG_NOSIGNAL) < 0 && errno != EPIPE)
			return 0;
		if (read(fd, text, sizeof(text) - 1) <= 0)
			return 0;
		if (strcmp(text, "a user\n") != 0)
			return strstr(text, "\"busy\"") ? n : 0;
	}
	return 0;
}

/* Nobody can shut root out by taking every place. */
static void places_kept_for_root(void **state)
{
	static int fds[CONTROL_CLIENTS_MAX];
	(void)state;

	if (getuid() != 0)
		skip();
	fds[0] = client();
	say(fds[0], "a\n");
	hear(fds[0], "\n");
	assert_int_equal(as_nobody(take_all_places),
			 CONTROL_CLIENTS_MAX - CONTROL_CLIENTS_KEPT - 1);
	for (int i = 1; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = client(); /* those of the child are gone */
		say(fds[i], "a\n");
		assert_string_equal(hear(fds[i], "\n"), "a root\n");
	}
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}

/* Long answers to all, and none of them read: who asks a short question has it all the same. */
static void a_crowd_of_slow_readers(void **state)
{
	int fds[CONTROL_CLIENTS_MAX - 1], fd = client();
	unsigned int before;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = client();
		say(fds[i], i % 2 ? "long\nbig\n" : "big\nlong\n");
		turn(); /* the backlog is not for ever */
	}
	for (int i = 0; i < 100; i++)
		turn();
	before = parts;
	say(fd, "a\n");
	assert_string_equal(hear(fd, "\n"), "a root\n");
	assert_int_equal(parts, before); /* nobody takes anything, nothing is made for them */
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	close(fd);
}

/* Of those that are gone before their answer is made, nothing is left. */
static void a_crowd_that_is_gone(void **state)
{
	int fd;
	(void)state;

	for (int i = 0; i < 1000; i++) {
		fd = client();
		say(fd, i % 3 ? "long\nlong\n" : "big\n");
		if (i % 2)
			shutdown(fd, SHUT_WR);
		if (i % 7 == 0)
			turn();
		close(fd);
		if (i % 50 == 0)
			turn();
	}
	for (int i = 0; i < 50; i++)
		turn();
	fd = client();
	say(fd, "a\n");
	assert_string_equal(hear(fd, "\n"), "a root\n");
	close(fd);
}

/* A short question among many who have a long answer on its way and take it. */
static void a_crowd_that_reads(void **state)
{
	int fds[40], fd = client();
	unsigned int before;
	char text[4096];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = client();
		say(fds[i], "long\nlong\nlong\nlong\n");
	}
	part_ns = 1000000;
	for (int i = 0; i < 20; i++) {
		turn();
		for (size_t j = 0; j < ARRAY_LEN(fds); j++)
			while (recv(fds[j], text, sizeof(text), 0) > 0)
				continue;
	}
	before = parts;
	assert_true(before > 0);
	say(fd, "a\n");
	uv_run(&loop, UV_RUN_NOWAIT); /* reads the line */
	uv_run(&loop, UV_RUN_NOWAIT); /* answers it */
	assert_int_equal(recv(fd, text, sizeof(text), 0), strlen("a root\n"));
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	close(fd);
}

/* No file descriptors left: clients wait in the queue and are served later; nothing spins. */
static void without_file_descriptors(void **state)
{
	struct rlimit old, none;
	int fd = client(), spare = dup(fd);
	(void)state;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)spare;
	close(spare);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	say(fd, "late\n");
	for (int i = 0; i < 50; i++)
		turn();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(requests, 0);
	assert_string_equal(hear(fd, "\n"), "late root\n");
	close(fd);
}

static void mode_of_the_file(void **state)
{
	struct stat st;
	(void)state;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void a_living_socket_is_respected(void **state)
{
	int err = 0;
	(void)state;

	assert_null(control_start(&loop, path, "", &events, &err));
	assert_int_equal(err, -EADDRINUSE);
	one_request(NULL);
}

static void a_stale_socket_is_taken_over(void **state)
{
	char other[80];
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct control *second;
	int err = 0, fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)state;

	snprintf(other, sizeof(other), "%s/stale", folder);
	strcpy(a.sun_path, other);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd); /* as a daemon that was killed leaves it */
	second = control_start(&loop, other, NULL, &events, &err);
	assert_non_null(second);
	control_stop(second);

	fd = open(other, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_null(control_start(&loop, other, NULL, &events, &err));
	assert_int_equal(err, -EEXIST);
	assert_int_equal(unlink(other), 0); /* it is still there */
}

static void a_path_too_long_is_refused(void **state)
{
	char longish[200];
	int err = 0;
	(void)state;

	memset(longish, 'x', sizeof(longish) - 1);
	longish[sizeof(longish) - 1] = '\0';
	assert_null(control_start(&loop, longish, "", &events, &err));
	assert_int_equal(err, -ENAMETOOLONG);
}

static int kick_is_for_others(void)
{
	char text[32] = "";
	int fd = client();

	fcntl(fd, F_SETFL, 0);
	if (write(fd, "kick a\n", 7) != 7 || read(fd, text, sizeof(text) - 1) <= 0)
		return 3;
	return strcmp(text, "kick a user\n") ? 4 : 0;
}

static void others_have_no_privilege(void **state)
{
	(void)state;

	if (getuid() != 0)
		skip();
	assert_int_equal(as_nobody(kick_is_for_others), 0);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(one_request),
		SERVED(many_at_once),
		SERVED(many_while_an_answer_is_on_its_way),
		SERVED(a_long_answer_in_parts),
		SERVED(a_watcher_that_asks_at_length),
		SERVED(a_client_that_leaves_in_the_middle),
		SERVED(a_request_in_pieces),
		SERVED(half_closed_and_without_newline),
		SERVED(a_line_of_the_longest_length),
		SERVED(a_megabyte_without_a_newline),
		SERVED(noise_for_ever_ends),
		SERVED(watchers_hear),
		SERVED(a_watcher_that_is_gone_is_noticed),
		SERVED(a_client_that_does_not_read),
		SERVED(a_slow_reader_gets_all),
		SERVED(a_watcher_that_does_something),
		SERVED(a_watcher_that_reads_late),
		SERVED(a_watcher_that_does_not_read),
		SERVED(one_line_each_while_others_wait),
		SERVED(idle_and_stuck_are_closed),
		SERVED(one_too_many),
		SERVED(places_kept_for_root),
		SERVED(a_crowd_of_slow_readers),
		SERVED(a_crowd_that_is_gone),
		SERVED(a_crowd_that_reads),
		SERVED(without_file_descriptors),
		SERVED(mode_of_the_file),
		SERVED(a_living_socket_is_respected),
		SERVED(a_stale_socket_is_taken_over),
		SERVED(a_path_too_long_is_refused),
		SERVED(others_have_no_privilege),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
