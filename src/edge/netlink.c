// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink sockets. recvmsg() instead of libmnl's reader, because the sender and truncation have
 * to be checked; the interrupted flag is looked for on every part of a dump, DONE included; the
 * error code of DONE is not dropped.
 */
#include "edge/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/attr.h"

#define RECEIVE_BUFFER (4 << 20)
#define WIPE_PIECE     1024
#define ANSWER_WAIT    5 /* s: an answer is there when a request was sent, or it was lost */

/*
 * In pieces: where a large one is filled by a single instruction (rep stos), that is as many as it
 * has bytes where instructions are counted, two million in a dump of ten thousand peers.
 */
static void wipe(char *buffer, size_t len)
{
	for (size_t at = 0; at < len; at += WIPE_PIECE)
		explicit_bzero(buffer + at, len - at < WIPE_PIECE ? len - at : WIPE_PIECE);
}

static void set_option(int fd, int option)
{
	int one = 1;

	setsockopt(fd, SOL_NETLINK, option, &one, sizeof(one)); /* old kernels lack some: fine */
}

static int netlink_socket(int protocol, int flags)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocol);
	int size = RECEIVE_BUFFER;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&local, sizeof(local))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

int netlink_open(struct netlink *n, int protocol)
{
	const struct timeval wait = {.tv_sec = ANSWER_WAIT};
	struct sockaddr_nl local = {0};
	socklen_t len = sizeof(local);

	*n = (struct netlink){.fd = netlink_socket(protocol, 0)};
	if (n->fd < 0)
		return n->fd;
	setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	set_option(n->fd, NETLINK_EXT_ACK);
	set_option(n->fd, NETLINK_CAP_ACK);
	set_option(n->fd, NETLINK_GET_STRICT_CHK);
	if (!getsockname(n->fd, (struct sockaddr *)&local, &len))
		n->portid = local.nl_pid;
	n->buffer = mem_calloc(NETLINK_BUFFER, 1);
	return 0;
}

void netlink_close(struct netlink *n)
{
	if (n->buffer && n->fd >= 0)
		close(n->fd);
	free(n->buffer);
	*n = (struct netlink){.fd = -1};
}

int netlink_member(int fd, const unsigned int *groups, size_t n, bool join)
{
	int option = join ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;

	for (size_t i = 0; i < n; i++)
		if (setsockopt(fd, SOL_NETLINK, option, &groups[i], sizeof(groups[i])))
			return -errno;
	return 0;
}

int netlink_listen(struct netlink_monitor *m, int protocol, const unsigned int *groups, size_t n)
{
	int fd = netlink_socket(protocol, SOCK_NONBLOCK);
	int err = fd < 0 ? fd : netlink_member(fd, groups, n, true);

	if (err && fd >= 0)
		close(fd);
	*m = (struct netlink_monitor){.fd = err ? -1 : fd};
	return err;
}

uint32_t netlink_next(struct netlink *n)
{
	return ++n->seq;
}

/* One datagram from the kernel into the buffer: its length, 0 for one to be skipped, -errno. */
static ssize_t receive(int fd, char *buffer, int flags)
{
	struct sockaddr_nl from;
	struct iovec iov = {.iov_base = buffer, .iov_len = NETLINK_BUFFER};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t len;

	do {
		len = recvmsg(fd, &msg, flags);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	return from.nl_pid ? 0 : len;
}

static void keep_why(struct netlink *n, const struct nlmsghdr *h)
{
	size_t skip = sizeof(struct nlmsgerr);
	struct nlattr *a;

	n->why[0] = '\0';
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || !(h->nlmsg_flags & NLM_F_CAPPED))
		return;
	attr_each(a, h, skip)
		if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG && mnl_attr_get_payload_len(a))
			snprintf(n->why, sizeof(n->why), "%.*s", (int)mnl_attr_get_payload_len(a),
				 (const char *)mnl_attr_get_payload(a));
}

/* The code of an ERROR or DONE message; 0 for success. */
static int message_error(struct netlink *n, const struct nlmsghdr *h)
{
	const int *code = attr_header(h, sizeof(int));

	if (h->nlmsg_type == NLMSG_ERROR && code && *code)
		keep_why(n, h);
	return code && *code < 0 ? *code : 0;
}

/* How one answer ends what was asked. */
enum more { MORE, FINISHED };

struct asking {
	struct netlink *n;
	netlink_fn fn;
	void *ctx;
	int error;
	bool interrupted;
};

static enum more take(struct asking *q, const struct nlmsghdr *h)
{
	if (h->nlmsg_seq != q->n->seq)
		return MORE; /* a late answer to something given up */
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		q->interrupted = true;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		q->error = message_error(q->n, h);
		return FINISHED;
	}
	if (h->nlmsg_type >= NLMSG_MIN_TYPE && q->fn)
		q->fn(q->ctx, h);
	return h->nlmsg_flags & NLM_F_MULTI ? MORE : FINISHED;
}

static enum more take_all(struct asking *q, ssize_t len)
{
	const struct nlmsghdr *h = (const void *)q->n->buffer;
	int left = (int)len;

	for (; message_ok(h, left); h = mnl_nlmsg_next(h, &left))
		if (take(q, h) == FINISHED)
			return FINISHED;
	return MORE;
}

/*
 * After an overrun the kernel drops every answer until all was read, and it does not say so a
 * second time; a dump that was left has to be over before the next one. Returns err.
 */
static int drained(struct netlink *n, int err)
{
	ssize_t len;

	do {
		len = receive(n->fd, n->buffer, MSG_DONTWAIT);
	} while (len >= 0 || len == -ENOBUFS || len == -EMSGSIZE);
	if (n->secret)
		wipe(n->buffer, NETLINK_BUFFER);
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

int netlink_ask(struct netlink *n, const void *msg, netlink_fn fn, void *ctx)
{
	const struct nlmsghdr *h = msg;
	struct asking q = {.n = n, .fn = fn, .ctx = ctx};
	enum more more = MORE;

	n->why[0] = '\0';
	if (send(n->fd, msg, h->nlmsg_len, 0) < 0)
		return -errno;
	while (more == MORE) {
		ssize_t len = receive(n->fd, n->buffer, 0);

		if (len >= 0)
			more = take_all(&q, len);
		if (n->secret) /* a message that was cut has left something as well */
			wipe(n->buffer, len < 0 ? NETLINK_BUFFER : (size_t)len);
		if (len < 0)
			return drained(n, (int)len);
	}
	if (!q.error && q.interrupted)
		return -EAGAIN;
	return q.error;
}

int netlink_batch(struct netlink *n, const void *batch, size_t len, uint32_t last_seq,
		  void (*fn)(void *ctx, uint32_t seq, int error), void *ctx)
{
	bool lost = false;

	n->why[0] = '\0';
	if (send(n->fd, batch, len, 0) < 0)
		return -errno;
	for (;;) {
		/* The kernel has answered by now; when it dropped an answer, nothing more comes. */
		ssize_t got = receive(n->fd, n->buffer, MSG_DONTWAIT);
		const struct nlmsghdr *h = (const void *)n->buffer;
		int left = (int)got;

		if (got == -ENOBUFS) {
			lost = true;
			continue;
		}
		if (got < 0)
			return got == -EAGAIN || lost ? -ENOBUFS : (int)got;
		for (; message_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			int err = h->nlmsg_type == NLMSG_ERROR ? message_error(n, h) : 0;

			if (err)
				fn(ctx, h->nlmsg_seq, err);
			if (h->nlmsg_type == NLMSG_ERROR && h->nlmsg_seq == last_seq)
				return lost ? -ENOBUFS : 0;
		}
	}
}

int netlink_events(struct netlink_monitor *m, struct netlink *n, unsigned int max, netlink_fn fn,
		   void *ctx)
{
	bool overrun = m->overrun;

	while (max--) {
		ssize_t len = receive(m->fd, n->buffer, MSG_DONTWAIT);
		const struct nlmsghdr *h = (const void *)n->buffer;
		int left = (int)len;

		if (len == -EAGAIN) {
			m->overrun = false;
			break;
		}
		if (len < 0) { /* lost, or too large: either way something was missed */
			m->overrun = overrun = true;
			continue;
		}
		for (; message_ok(h, left); h = mnl_nlmsg_next(h, &left))
			fn(ctx, h);
	}
	return overrun ? -ENOBUFS : 0;
}
