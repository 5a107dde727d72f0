// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One order at a time: the main thread waits for it to be done, which takes a fork(2) at most.
 *
 * The child is started by execve(2) and not only forked: it gets no memory of the engine's, and a
 * fresh layout. /proc/self/exe is the very file that we run, even after an upgrade has replaced
 * it, so both ends always agree about the messages.
 *
 * What a filter for an unknown loader and C library does not name is answered with ENOSYS and
 * does not end the process: newer ones try newer calls first. The child's own filter, which comes
 * on top, is not so patient.
 */
#include "edge/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "net/fence.h"
#include "net/rights.h"

#define CHILD_FD    3 /* the number that --net-child is told */
#define STACK_BYTES (256 << 10)

enum order { ORDER_NONE, ORDER_START, ORDER_KILL };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t given, done;
	bool running;
	enum order order; /* ORDER_NONE: done */
	int fd;
	pid_t pid; /* to be killed, or the new one's, or -errno */
} starter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
	     .fd = -1};

/* Between fork and exec: only calls that are safe there (signal-safety(7)). */
static _Noreturn void child_exec(int fd)
{
	static char *const argv[] = {"waysided: net", "--net-child", "3", NULL};
	static char *const envp[] = {NULL};

	if (fd == CHILD_FD)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, CHILD_FD);
	execve("/proc/self/exe", argv, envp);
	_exit(127);
}

/*
 * No signal may come between fork and exec, where the loop's handlers would still run and write
 * to its pipe. net_child_main() lets them in again. The pid, or -errno.
 */
static pid_t child_fork(int fd)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (!pid)
		child_exec(fd);
	if (pid < 0)
		pid = -errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return pid;
}

static void order_do(void)
{
	if (starter.order == ORDER_START)
		starter.pid = child_fork(starter.fd);
	else
		kill(starter.pid, SIGKILL);
}

/* Loaders read from where the administrator has put libraries: everywhere. They write nothing. */
static void starter_confine(void)
{
	static const struct filter_list *const lists[] = {&runtime_calls, &net_calls,
							  &starter_calls};
	struct fence fence;
	int err;

	prctl(PR_SET_NAME, "starter");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (rights_give_up()) /* as the main thread; the child loses them with execve(2) */
		log_debug("the thread that starts the net child keeps its capabilities");
	if (CONFINE_FULLY && !fence_begin(&fence, FENCE_CHANGES))
		fence_close(&fence);
	err = filter_load(lists, 3, FILTER_REFUSE(ENOSYS));
	if (err && err != -ENOSYS)
		log_warn("the thread that starts the net child has no filter of system calls: %s",
			 strerror(-err));
}

static void *starter_main(void *arg)
{
	(void)arg;
	starter_confine();
	pthread_mutex_lock(&starter.lock);
	starter.running = true;
	for (;;) {
		pthread_cond_signal(&starter.done);
		while (starter.order == ORDER_NONE)
			pthread_cond_wait(&starter.given, &starter.lock);
		order_do();
		starter.order = ORDER_NONE;
	}
	return NULL;
}

static int thread_start(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &attr, starter_main, NULL);
	pthread_attr_destroy(&attr);
	return -err;
}

int starter_begin(void)
{
	sigset_t all, old;
	int err;

	if (starter.running)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&starter.lock);
	err = thread_start();
	while (!err && !starter.running)
		pthread_cond_wait(&starter.done, &starter.lock);
	pthread_mutex_unlock(&starter.lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

/* With the lock held, and left when it is done. */
static void order_give(enum order order)
{
	starter.order = order;
	pthread_cond_signal(&starter.given);
	while (starter.order != ORDER_NONE)
		pthread_cond_wait(&starter.done, &starter.lock);
}

pid_t starter_start(int fd)
{
	pid_t pid;

	if (!starter.running)
		return child_fork(fd);
	pthread_mutex_lock(&starter.lock);
	starter.fd = fd;
	order_give(ORDER_START);
	pid = starter.pid;
	pthread_mutex_unlock(&starter.lock);
	return pid;
}

void starter_kill(pid_t pid)
{
	if (!starter.running) {
		kill(pid, SIGKILL);
		return;
	}
	pthread_mutex_lock(&starter.lock);
	starter.pid = pid;
	order_give(ORDER_KILL);
	pthread_mutex_unlock(&starter.lock);
}
