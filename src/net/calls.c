// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The net child's system calls: what glibc, libuv and c-ares need to ask name servers over UDP
 * and TCP, to read resolv.conf and hosts, and to speak the exchange over UDP. Anything else ends
 * the process, and the engine starts a new one.
 *
 * No call here starts a program or a process, writes or names a file for writing, makes memory
 * executable, or opens a socket that is not IPv4's or IPv6's.
 */
#include "net/filter.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Allowed whatever the arguments are. */
static const int calls[] = {
	SCMP_SYS(read),		   /* files, the loop's own pipes */
	SCMP_SYS(readv),	   /* the same, by other versions of the libraries */
	SCMP_SYS(write),	   /* the loop's eventfd and signal pipe; FSIZE is 0 for files */
	SCMP_SYS(close),	   /* sockets and files */
	SCMP_SYS(dup3),		   /* stdio_close(), once */
	SCMP_SYS(fstat),	   /* stdio, of a file that it opened */
	SCMP_SYS(newfstatat),	   /* the same in newer glibc; c-ares looks at hosts' age */
	SCMP_SYS(statx),	   /* the same on 32 bits */
	SCMP_SYS(lseek),	   /* stdio, before it closes a file */
	SCMP_SYS(_llseek),	   /* the same on 32 bits */
	SCMP_SYS(fcntl),	   /* O_NONBLOCK and FD_CLOEXEC of sockets */
	SCMP_SYS(fcntl64),	   /* the same on 32 bits */
	SCMP_SYS(brk),		   /* malloc */
	SCMP_SYS(munmap),	   /* malloc */
	SCMP_SYS(mremap),	   /* realloc */
	SCMP_SYS(madvise),	   /* malloc, giving memory back */
	SCMP_SYS(futex),	   /* glibc's locks and once-initializers */
	SCMP_SYS(futex_time64),	   /* the same on 32 bits */
	SCMP_SYS(getrandom),	   /* query ids, malloc's and hash tables' seeds */
	SCMP_SYS(clock_gettime),   /* timeouts, where there is no vDSO */
	SCMP_SYS(clock_gettime64), /* the same on 32 bits */
	SCMP_SYS(clock_getres),	   /* libuv picks its clock */
	SCMP_SYS(gettimeofday),	   /* timeouts in older c-ares */
	SCMP_SYS(time),		   /* the same */
	SCMP_SYS(getpid),	   /* libuv checks for a fork */
	SCMP_SYS(gettid),	   /* glibc's locks */
	SCMP_SYS(uname),	   /* libuv looks for bugs of old kernels */
	SCMP_SYS(epoll_create),	   /* the loop, in all its versions */
	SCMP_SYS(epoll_create1),   /* … */
	SCMP_SYS(epoll_ctl),	   /* … */
	SCMP_SYS(epoll_wait),	   /* … */
	SCMP_SYS(epoll_pwait),	   /* … */
	SCMP_SYS(epoll_pwait2),	   /* … */
	SCMP_SYS(eventfd2),	   /* the loop's wake-up */
	SCMP_SYS(pipe2),	   /* the loop's signal pipe */
	SCMP_SYS(poll),		   /* waiting until the engine reads on */
	SCMP_SYS(ppoll),	   /* the same where there is no poll */
	SCMP_SYS(ppoll_time64),	   /* the same on 32 bits */
	SCMP_SYS(connect),	   /* to a name server */
	SCMP_SYS(bind),		   /* a probe's source, the exchange's port */
	SCMP_SYS(send),		   /* questions and answers; send, recv on 32 bits only */
	SCMP_SYS(sendto),	   /* … */
	SCMP_SYS(sendmsg),	   /* … */
	SCMP_SYS(writev),	   /* questions over TCP */
	SCMP_SYS(recv),		   /* … */
	SCMP_SYS(recvfrom),	   /* … */
	SCMP_SYS(recvmsg),	   /* … */
	SCMP_SYS(setsockopt),	/* buffer sizes, TCP_NODELAY, the interface of probe and exchange */
	SCMP_SYS(getsockopt),	/* how a connect ended */
	SCMP_SYS(getsockname),	/* newer c-ares, for DNS cookies */
	SCMP_SYS(rt_sigaction), /* libuv sets up and tears down its loop */
	SCMP_SYS(rt_sigprocmask),  /* the same */
	SCMP_SYS(rt_sigreturn),	   /* out of a signal handler */
	SCMP_SYS(sigreturn),	   /* the same on 32 bits */
	SCMP_SYS(restart_syscall), /* after SIGSTOP and SIGCONT, or a suspend */
	SCMP_SYS(exit),		   /* the end */
	SCMP_SYS(exit_group),	   /* the end */
};

#define WRITE_FLAGS (O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE)

#define ALLOW	    FILTER_ALLOW
#define REFUSE(err) FILTER_REFUSE(err)

/*
 * Where an argument decides. What is refused gets an error that the libraries know to live with;
 * what no line speaks of ends the process like any other call.
 */
static const struct filter_rule limited[] = {
	/* stdio and c-ares read files and write none */
	{SCMP_SYS(openat), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, WRITE_FLAGS, O_RDONLY)}},
	{SCMP_SYS(open), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_MASKED_EQ, WRITE_FLAGS, O_RDONLY)}},
	/* malloc maps memory, and none that can be executed */
	{SCMP_SYS(mmap), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	{SCMP_SYS(mmap2), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	{SCMP_SYS(mprotect), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	/* name servers and probes; others (Unix, netlink) are for nscd and for sorting addresses */
	{SCMP_SYS(socket), ALLOW, 1, {SCMP_A0_64(SCMP_CMP_EQ, AF_INET)}},
	{SCMP_SYS(socket), ALLOW, 1, {SCMP_A0_64(SCMP_CMP_EQ, AF_INET6)}},
	{SCMP_SYS(socket), REFUSE(EAFNOSUPPORT), 1, {SCMP_A0_64(SCMP_CMP_LT, AF_INET)}},
	{SCMP_SYS(socket), REFUSE(EAFNOSUPPORT), 1, {SCMP_A0_64(SCMP_CMP_GT, AF_INET6)}},
	/* libuv's way to set O_NONBLOCK, and the scope of a name server fe80::…%eth0 */
	{SCMP_SYS(ioctl), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, FIONBIO)}},
	{SCMP_SYS(ioctl), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, SIOCGIFINDEX)}},
	/* stdio asks whether a file is a terminal */
	{SCMP_SYS(ioctl), REFUSE(ENOTTY), 1, {SCMP_A1_64(SCMP_CMP_EQ, TCGETS)}},
	/* newer glibc names what malloc maps when it is told to, and lives with a no */
	{SCMP_SYS(prctl), REFUSE(EINVAL), 1, {SCMP_A0_64(SCMP_CMP_EQ, PR_SET_VMA)}},
	/* newer libuv would rather have a ring than epoll, and takes no for an answer */
	{SCMP_SYS(io_uring_setup), REFUSE(ENOSYS), 0, {{0}}},
};

const struct filter_list net_calls = FILTER_LIST(calls, limited);
