// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The net child's seccomp filter, tried call by call: each in a process of its own that loads
 * the filter first. That lookups still work under it, resolver_test shows.
 */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/filter.h"

static int page_exec(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static int page_make_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int program_start(void)
{
	static char *const argv[] = {"true", NULL};

	return execve("/bin/true", argv, argv + 1);
}

static int thread_like(void)
{
	return fork() > 0;
}

static int file_write(void)
{
	return open("/dev/null", O_WRONLY);
}

static int file_create(void)
{
	return open("/tmp/wayside-filter-test", O_RDONLY | O_CREAT, 0600);
}

static int file_remove(void)
{
	return unlink("/tmp/wayside-filter-test");
}

static int other_signal(void)
{
	return kill(1, 0);
}

static int other_trace(void)
{
	return (int)ptrace(PTRACE_ATTACH, 1, 0, 0);
}

static int user_change(void)
{
	return setuid(0);
}

static int privs_change(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int server_start(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

/* The rest is what a call returned: 0 is good. */
static int sockets_inet(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) < 0 || socket(AF_INET6, SOCK_STREAM, 0) < 0;
}

static int sockets_other(void)
{
	static const int families[] = {AF_UNSPEC, AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK};

	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (socket(families[i], SOCK_DGRAM, 0) != -1 || errno != EAFNOSUPPORT)
			return 1;
	return 0;
}

static int file_read(void)
{
	char c;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	return read(fd, &c, 1) != 1;
}

static int memory_use(void)
{
	volatile char *p = malloc(1 << 24);

	if (!p)
		return 1;
	p[1 << 23] = 1;
	p = realloc((void *)p, 1 << 25);
	if (!p || p[1 << 23] != 1)
		return 1;
	free((void *)p);
	return 0;
}

/* How a process that loads the filter and then calls does end: as wait(2) tells it. */
static int ending(int (*call)(void))
{
	static const struct filter_list *const lists[] = {&runtime_calls, &net_calls};
	int status;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core of the processes that are killed */
		_exit(filter_load(lists, ARRAY_LEN(lists), FILTER_KILL) ? 99 : call());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void what_it_ends(void **state)
{
	static const struct {
		const char *name;
		int (*call)(void);
	} cases[] = {
		{"starting a program", program_start},
		{"starting a process", thread_like},
		{"mapping code", page_exec},
		{"making data code", page_make_exec},
		{"writing a file", file_write},
		{"creating a file", file_create},
		{"removing a file", file_remove},
		{"signalling others", other_signal},
		{"tracing others", other_trace},
		{"changing the user", user_change},
		{"changing what was given up", privs_change},
		{"being a server", server_start},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status = ending(cases[i].call);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: wait status 0x%x", cases[i].name, (unsigned int)status);
	}
}

static void what_it_lets_be(void **state)
{
	static int (*const calls[])(void) = {sockets_inet, sockets_other, file_read, memory_use};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		assert_int_equal(ending(calls[i]), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_ends),
		cmocka_unit_test(what_it_lets_be),
	};

	if (!CONFINE_FULLY) {
		puts("SKIP: a build with AddressSanitizer has no filter");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
