/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink sockets: one for requests, others for events, never the same.
 *
 * A request is synchronous: the kernel answers while it is sent. What it says about itself is
 * believed: a dump that was interrupted is thrown away, a truncated or foreign message is an
 * error, and the kernel's own words for a refusal are kept.
 */
#ifndef EDGE_NETLINK_H
#define EDGE_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_BUFFER 65536 /* WireGuard and nftables answer in messages of up to 32 KiB */

struct netlink {
	int fd;
	uint32_t portid;
	uint32_t seq;
	char why[128]; /* the kernel's text for the last refusal, or "" */
	bool secret;   /* answers hold keys: the buffer is wiped after each */
	char *buffer;  /* NETLINK_BUFFER bytes */
};

/* Opens a request socket of a NETLINK_* protocol. 0 or -errno. */
int netlink_open(struct netlink *n, int protocol);
void netlink_close(struct netlink *n);

/* A non-blocking event socket; fd is -1 when there is none. */
struct netlink_monitor {
	int fd;
	bool overrun; /* events were lost, and it was not read empty since */
};

/* Opens one that is a member of all these groups; 0 or -errno. */
int netlink_listen(struct netlink_monitor *m, int protocol, const unsigned int *groups, size_t n);
/* Joins or leaves groups, until one refuses: 0 or -errno (some: -EPERM without CAP_NET_ADMIN). */
int netlink_member(int fd, const unsigned int *groups, size_t n, bool join);

typedef void (*netlink_fn)(void *ctx, const struct nlmsghdr *h);

/*
 * Sends one message (its seq must be n->seq, see netlink_next()) and hands every answer to fn
 * until the dump is done, an ACK came, or a single answer did. -EAGAIN: the dump was interrupted,
 * everything handed to fn is void. -ENOBUFS: answers were lost, and the rest has been read.
 * -ETIMEDOUT: none came, though the kernel answers at once. Otherwise 0 or the kernel's -errno.
 */
int netlink_ask(struct netlink *n, const void *msg, netlink_fn fn, void *ctx);

/* The seq for the next message. */
uint32_t netlink_next(struct netlink *n);

/*
 * Sends a batch of messages of which the last has NLM_F_ACK set, and hands each refusal to fn
 * (its nlmsg_seq, -errno). Returns 0 when the last one was answered, -ENOBUFS when answers were
 * lost and the outcome is unknown, or -errno.
 */
int netlink_batch(struct netlink *n, const void *batch, size_t len, uint32_t last_seq,
		  void (*fn)(void *ctx, uint32_t seq, int error), void *ctx);

/*
 * Reads what is there, at most max messages' worth of reads. Returns 0, or -ENOBUFS when events
 * were lost: the kernel says so once, and drops what comes until all was read, so it is returned
 * each time until then. n only lends its buffer.
 */
int netlink_events(struct netlink_monitor *m, struct netlink *n, unsigned int max, netlink_fn fn,
		   void *ctx);

#endif
