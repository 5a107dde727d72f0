// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system calls that are nobody's purpose: what the C library, its malloc and libuv's loop make
 * in whatever process they are, engine or net child. A newer version of theirs that takes another
 * one takes it here.
 */
#include "net/filter.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static const int calls[] = {
	SCMP_SYS(lseek),	   /* stdio, before it closes a file */
	SCMP_SYS(_llseek),	   /* the same on 32 bits */
	SCMP_SYS(fcntl),	   /* O_NONBLOCK, FD_CLOEXEC, F_GETFL */
	SCMP_SYS(fcntl64),	   /* the same on 32 bits */
	SCMP_SYS(brk),		   /* malloc */
	SCMP_SYS(munmap),	   /* malloc */
	SCMP_SYS(mremap),	   /* realloc */
	SCMP_SYS(madvise),	   /* malloc, giving memory back; memory_rest() */
	SCMP_SYS(futex),	   /* locks and once-initializers; the engine's starter */
	SCMP_SYS(futex_time64),	   /* the same on 32 bits */
	SCMP_SYS(getrandom),	   /* seeds of hash tables and of malloc; ids of DNS queries */
	SCMP_SYS(clock_gettime),   /* where there is no vDSO, or it does not have that clock */
	SCMP_SYS(clock_gettime64), /* the same on 32 bits */
	SCMP_SYS(clock_getres),	   /* libuv picks its clock */
	SCMP_SYS(gettimeofday),	   /* older C libraries and c-ares */
	SCMP_SYS(time),		   /* the same */
	SCMP_SYS(getpid),	   /* libuv checks for a fork; status */
	SCMP_SYS(gettid),	   /* glibc's locks, abort(3) */
	SCMP_SYS(uname),	   /* libuv looks for bugs of old kernels */
	SCMP_SYS(epoll_create1),   /* the loop, in all its versions */
	SCMP_SYS(epoll_ctl),	   /* … */
	SCMP_SYS(epoll_wait),	   /* … */
	SCMP_SYS(epoll_pwait),	   /* … */
	SCMP_SYS(epoll_pwait2),	   /* … */
	SCMP_SYS(eventfd2),	   /* the loop's wake-up */
	SCMP_SYS(pipe2),	   /* the loop's signal pipe */
	SCMP_SYS(poll),		   /* waiting for one socket */
	SCMP_SYS(ppoll),	   /* the same where there is no poll */
	SCMP_SYS(ppoll_time64),	   /* the same on 32 bits */
	SCMP_SYS(rt_sigaction),	   /* libuv sets up and tears down its loop; abort(3) */
	SCMP_SYS(rt_sigprocmask),  /* the same */
	SCMP_SYS(rt_sigreturn),	   /* out of a signal handler */
	SCMP_SYS(sigreturn),	   /* the same on 32 bits */
	SCMP_SYS(restart_syscall), /* after SIGSTOP and SIGCONT, or a suspend */
	SCMP_SYS(exit),		   /* the end */
	SCMP_SYS(exit_group),	   /* the end */
};

#define ALLOW	    FILTER_ALLOW
#define REFUSE(err) FILTER_REFUSE(err)

static const struct filter_rule limited[] = {
	/* malloc maps memory, and none that can be executed */
	{SCMP_SYS(mmap), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	{SCMP_SYS(mmap2), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	{SCMP_SYS(mprotect), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	/* libuv's way to set O_NONBLOCK */
	{SCMP_SYS(ioctl), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, FIONBIO)}},
	/* stdio asks whether a file is a terminal */
	{SCMP_SYS(ioctl), REFUSE(ENOTTY), 1, {SCMP_A1_64(SCMP_CMP_EQ, TCGETS)}},
	/* newer glibc names what malloc maps when it is told to, and lives with a no */
	{SCMP_SYS(prctl), REFUSE(EINVAL), 1, {SCMP_A0_64(SCMP_CMP_EQ, PR_SET_VMA)}},
	/* newer libuv would rather have a ring than epoll, and takes no for an answer */
	{SCMP_SYS(io_uring_setup), REFUSE(ENOSYS), 0, {{0}}},
};

const struct filter_list runtime_calls = FILTER_LIST(calls, limited);
