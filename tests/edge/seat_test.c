// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seat of a network namespace, in one of our own: who has it, who is asked, who is believed.
 */
#include "support/test.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "edge/seat.h"

#define NOBODY 65534

static struct seat_holder who;

/* Another process that has the seat; it ends with the pipe's other end at the latest. */
static pid_t holder_start(uid_t uid, bool listens)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0wayside.seat"};
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 13);
	int ready[2], fd;
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		alarm(300);
		fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		if (setresuid(uid, uid, uid) || bind(fd, (struct sockaddr *)&name, len) ||
		    (listens && listen(fd, 4)) || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void holder_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void one_has_it(void **state)
{
	int first, second;

	(void)state;
	assert_int_equal(seat_ask(&who, false), -ECONNREFUSED);
	assert_int_equal(seat_take(&first), 0);
	assert_int_equal(seat_take(&second), -EADDRINUSE);
	assert_int_equal(seat_ask(&who, false), 0);
	assert_int_equal(who.pid, getpid());
	assert_string_equal(who.socket, "");
	close(first);
	assert_int_equal(seat_take(&second), 0);
	close(second);
}

/* In a process of its own: whom it asks answers in this one. */
static int asked_elsewhere(const char *path)
{
	struct seat_holder s;
	pid_t parent = getpid(), pid = fork();

	if (!pid)
		_exit(seat_ask(&s, true) || s.pid != parent || strcmp(s.socket, path) != 0);
	return pid;
}

static void its_socket_is_told_to_all_that_ask(void **state)
{
	struct seat *seat;
	uv_loop_t loop;
	int fd, left = 3, status;

	(void)state;
	uv_loop_init(&loop);
	assert_int_equal(seat_take(&fd), 0);
	seat = seat_keep(&loop, fd, "/run/a.sock");
	for (int i = 0; i < left; i++)
		assert_true(asked_elsewhere("/run/a.sock") > 0);
	while (left) {
		uv_run(&loop, UV_RUN_NOWAIT);
		if (waitpid(-1, &status, WNOHANG) > 0) {
			assert_int_equal(status, 0);
			left--;
		}
	}
	seat_leave(seat);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(seat_take(&fd), 0);
	close(fd);
}

static void one_that_is_killed_leaves_it(void **state)
{
	pid_t pid = holder_start(0, true);
	int fd;

	(void)state;
	assert_int_equal(seat_take(&fd), -EADDRINUSE);
	assert_int_equal(seat_ask(&who, false), 0);
	assert_int_equal(who.pid, pid);
	holder_end(pid);
	assert_int_equal(seat_take(&fd), 0);
	close(fd);
}

static void anybody_else_is_not_believed(void **state)
{
	pid_t pid = holder_start(NOBODY, true);
	int fd;

	(void)state;
	assert_int_equal(seat_take(&fd), -EADDRINUSE);
	assert_int_equal(seat_ask(&who, true), -EPERM);
	assert_int_equal(who.pid, pid);
	holder_end(pid);
	pid = holder_start(NOBODY, false);
	assert_int_equal(seat_take(&fd), -EADDRINUSE);
	assert_int_equal(seat_ask(&who, true), -ECONNREFUSED);
	holder_end(pid);
}

static void it_is_described_by_what_is_known(void **state)
{
	char text[200];

	(void)state;
	seat_describe(text, sizeof(text), &(struct seat_holder){12, "/run/a.sock"});
	assert_string_equal(text, "another waysided (pid 12, /run/a.sock)");
	seat_describe(text, sizeof(text), &(struct seat_holder){12, ""});
	assert_string_equal(text, "another waysided (pid 12)");
	seat_describe(text, sizeof(text), &(struct seat_holder){0, "/run/a.sock"});
	assert_string_equal(text, "another waysided (/run/a.sock)");
	seat_describe(text, sizeof(text), &(struct seat_holder){0, ""});
	assert_string_equal(text, "another waysided");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_has_it),
		cmocka_unit_test(its_socket_is_told_to_all_that_ask),
		cmocka_unit_test(one_that_is_killed_leaves_it),
		cmocka_unit_test(anybody_else_is_not_believed),
		cmocka_unit_test(it_is_described_by_what_is_known),
	};

	if (geteuid() != 0 || unshare(CLONE_NEWNET)) {
		puts("SKIP: needs root, for a network namespace of its own");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
