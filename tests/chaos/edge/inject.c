// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What netlink sockets do to a daemon on a bad day, linked around its own calls (ld --wrap):
 *
 *	CHAOS_ONE_IN=N	one call in N is interrupted, has no memory, or loses an answer
 *	CHAOS_SEED=N	which ones
 *	CHAOS_RCVBUF=N	every receive buffer has so many bytes, whatever is asked for
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rng.h"

#define FDS_MAX 1024

static bool is_netlink[FDS_MAX];

int __real_socket(int domain, int type, int protocol);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
ssize_t __real_send(int fd, const void *at, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);

int __wrap_socket(int domain, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
ssize_t __wrap_send(int fd, const void *at, size_t len, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);

static long number(const char *name)
{
	const char *text = getenv(name);

	return text ? atol(text) : 0;
}

/* 0, or one of the errors: each one call in so many. */
static int fault(int fd, const int *errors, uint32_t n)
{
	static struct rng rng;
	long one_in = number("CHAOS_ONE_IN");

	if (one_in <= 0 || fd < 0 || fd >= FDS_MAX || !is_netlink[fd])
		return 0;
	if (!rng.state)
		rng.state = (uint64_t)number("CHAOS_SEED") << 32 | (uint32_t)getpid();
	return rng_below(&rng, (uint32_t)one_in) ? 0 : errors[rng_below(&rng, n)];
}

int __wrap_socket(int domain, int type, int protocol)
{
	int fd = __real_socket(domain, type, protocol);

	if (fd >= 0 && fd < FDS_MAX)
		is_netlink[fd] = domain == AF_NETLINK;
	return fd;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int small = (int)number("CHAOS_RCVBUF");

	if (small && level == SOL_SOCKET && (name == SO_RCVBUF || name == SO_RCVBUFFORCE))
		return __real_setsockopt(fd, level, SO_RCVBUF, &small, sizeof(small));
	return __real_setsockopt(fd, level, name, value, len);
}

static const int send_errors[] = {EINTR, ENOMEM, ENOBUFS, EAGAIN};

ssize_t __wrap_send(int fd, const void *at, size_t len, int flags)
{
	int err = fault(fd, send_errors, 4);

	if (!err)
		return __real_send(fd, at, len, flags);
	errno = err;
	return -1;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	int err = fault(fd, send_errors, 4);

	if (!err)
		return __real_sendmsg(fd, msg, flags);
	errno = err;
	return -1;
}

/* An overrun takes a message with it; a dump may have been overtaken by a change. */
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	static const int errors[] = {EINTR, ENOBUFS, EOVERFLOW};
	int err = fault(fd, errors, 3);
	ssize_t len;

	if (err == EINTR) {
		errno = err;
		return -1;
	}
	len = __real_recvmsg(fd, msg, flags);
	if (len < (ssize_t)sizeof(struct nlmsghdr) || !err)
		return len;
	if (err == EOVERFLOW) {
		((struct nlmsghdr *)msg->msg_iov->iov_base)->nlmsg_flags |= NLM_F_DUMP_INTR;
		return len;
	}
	errno = err;
	return -1;
}
