/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon that knows its answers by heart, and waysidectl run against it.
 */
#ifndef CTL_FAKE_DAEMON_H
#define CTL_FAKE_DAEMON_H

#include "support/test.h"

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* A list of these ends with one without a request. */
struct fake_answer {
	const char *request, *result;
	const char *then; /* a line after it, and then the daemon dies: a stream ends */
};

static char folder[64], path[80], program[PATH_MAX];
static char fake_before[512]; /* what runs the program, where something has to */
static pid_t daemon_pid;

static void fake_answer(FILE *to, char *line, const struct fake_answer *list)
{
	line[strcspn(line, "\n")] = '\0';
	for (; list->request; list++) {
		if (strcmp(list->request, line) != 0)
			continue;
		fprintf(to, "{\"ok\":true,\"result\":%s}\n", list->result);
		if (!list->then)
			return;
		fprintf(to, "%s\n", list->then);
		fflush(to);
		_exit(0);
	}
	fprintf(to,
		"{\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":\"no such thing: %s\"}}\n",
		strncmp(line, "kick", 4) ? "unknown-request" : "not-found", line);
}

static void fake_serve(int listener, const struct fake_answer *list)
{
	char line[4096];
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (!fork()) {
			FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");

			while (fgets(line, sizeof(line), in)) {
				fake_answer(out, line, list);
				fflush(out);
			}
			_exit(0);
		}
		close(fd);
	}
	_exit(1);
}

static void fake_listen(const struct fake_answer *list)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	mem_copy_str(a.sun_path, sizeof(a.sun_path), path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	daemon_pid = fork();
	if (!daemon_pid) {
		signal(SIGCHLD, SIG_IGN);
		fake_serve(fd, list);
	}
	close(fd);
}

/* No one is let in any more; who is inside stays. */
static inline void fake_end(void)
{
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	unlink(path);
}

static int fake_start(const struct fake_answer *list)
{
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	assert_true(n > 0); /* …/tests/ctl/ctl_test, and what is tested is …/waysidectl */
	program[n] = '\0';
	dirname(dirname(dirname(program)));
	n = (ssize_t)strlen(program);
	mem_copy_str(program + n, sizeof(program) - (size_t)n, "/waysidectl");
	mem_copy_str(folder, sizeof(folder), "/tmp/wayside-ctl-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	fake_listen(list);
	return 0;
}

static int fake_stop(void **unused)
{
	(void)unused;
	fake_end();
	return rmdir(folder);
}

/* Runs it with these words; what it says on both outputs is returned, its exit code checked. */
static inline const char *run(int code, const char *words)
{
	static char text[65536];
	char command[PATH_MAX + 2048];
	int status;
	size_t n;
	FILE *f;

	if (access(program, X_OK))
		fail_msg("%s is not built", program);
	snprintf(command, sizeof(command), "TZ=UTC0 LC_ALL=C.UTF-8 %s '%s' -s '%s' %s 2>&1",
		 fake_before, program, path, words);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	status = pclose(f);
	if (WEXITSTATUS(status) != code)
		fail_msg("%s: exit %d, said: %s", words, WEXITSTATUS(status), text);
	return text;
}

static inline void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

#endif
