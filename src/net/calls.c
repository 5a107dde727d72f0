// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The net child's system calls, beside runtime_calls: what glibc, libuv and c-ares need to ask name
 * servers over UDP and TCP, to read resolv.conf and hosts, and to speak the exchange over UDP.
 * Anything else ends the process, and the engine starts a new one.
 *
 * No call here or there starts a program or a process, writes or names a file for writing, makes
 * memory executable, or opens a socket that is not IPv4's or IPv6's.
 */
#include "net/filter.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Allowed whatever the arguments are. */
static const int calls[] = {
	SCMP_SYS(read),		/* files, the loop's own pipes */
	SCMP_SYS(readv),	/* the same, by other versions of the libraries */
	SCMP_SYS(write),	/* the loop's eventfd and signal pipe; FSIZE is 0 for files */
	SCMP_SYS(close),	/* sockets and files */
	SCMP_SYS(dup3),		/* stdio_close(), once */
	SCMP_SYS(fstat),	/* stdio, of a file that it opened */
	SCMP_SYS(newfstatat),	/* the same in newer glibc; c-ares looks at hosts' age */
	SCMP_SYS(statx),	/* the same on 32 bits */
	SCMP_SYS(epoll_create), /* the loop of an older libuv */
	SCMP_SYS(connect),	/* to a name server */
	SCMP_SYS(bind),		/* a probe's source, the exchange's port */
	SCMP_SYS(send),		/* questions and answers; send, recv on 32 bits only */
	SCMP_SYS(sendto),	/* … */
	SCMP_SYS(sendmsg),	/* … */
	SCMP_SYS(writev),	/* questions over TCP */
	SCMP_SYS(recv),		/* … */
	SCMP_SYS(recvfrom),	/* … */
	SCMP_SYS(recvmsg),	/* … */
	SCMP_SYS(setsockopt),	/* buffer sizes, TCP_NODELAY, the interface of probe and exchange */
	SCMP_SYS(getsockopt),	/* how a connect ended */
	SCMP_SYS(getsockname),	/* newer c-ares, for DNS cookies */
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
	/* name servers and probes; others (Unix, netlink) are for nscd and for sorting addresses */
	{SCMP_SYS(socket), ALLOW, 1, {SCMP_A0_64(SCMP_CMP_EQ, AF_INET)}},
	{SCMP_SYS(socket), ALLOW, 1, {SCMP_A0_64(SCMP_CMP_EQ, AF_INET6)}},
	{SCMP_SYS(socket), REFUSE(EAFNOSUPPORT), 1, {SCMP_A0_64(SCMP_CMP_LT, AF_INET)}},
	{SCMP_SYS(socket), REFUSE(EAFNOSUPPORT), 1, {SCMP_A0_64(SCMP_CMP_GT, AF_INET6)}},
	/* the scope of a name server fe80::…%eth0 */
	{SCMP_SYS(ioctl), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, SIOCGIFINDEX)}},
};

const struct filter_list net_calls = FILTER_LIST(calls, limited);
