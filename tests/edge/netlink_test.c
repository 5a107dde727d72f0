// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asking the kernel when its answers did not fit: the socket is of use again afterwards.
 */
#include "support/test.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/rtnl.h"
#include "edge/netlink.h"

#define TOO_MANY 400 /* answers for the smallest buffer there is */

static void count(void *ctx, const struct nlmsghdr *h)
{
	(void)h;
	++*(int *)ctx;
}

static int links_of(struct netlink *n)
{
	char msg[RTNL_MESSAGE_MAX];
	int links = 0, err;

	rtnl_put_dump_links(msg, netlink_next(n));
	err = netlink_ask(n, msg, count, &links);
	return err ? err : links;
}

/* Each is answered with a refusal, and nobody reads those. */
static void overrun(struct netlink *n)
{
	struct nlmsghdr bad = {.nlmsg_len = sizeof(bad),
			       .nlmsg_type = RTM_GETLINK,
			       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};

	for (int i = 0; i < TOO_MANY; i++)
		send(n->fd, &bad, sizeof(bad), 0);
}

/*
 * The kernel tells of an overrun once, and drops what comes until the buffer was read empty: who
 * goes on without doing that waits for an answer that never comes.
 */
static void an_overrun_is_read_empty(void **state)
{
	struct netlink n;
	int small = 0;
	(void)state;

	assert_int_equal(netlink_open(&n, NETLINK_ROUTE), 0);
	assert_true(links_of(&n) > 0);
	setsockopt(n.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	alarm(60);
	overrun(&n);
	assert_int_equal(links_of(&n), -ENOBUFS);
	assert_true(links_of(&n) > 0);
	alarm(0);
	netlink_close(&n);
}

/* No answer at all is an error after a while, and no end of everything. */
static void no_answer_is_not_waited_for(void **state)
{
	struct nlmsghdr quiet = {.nlmsg_len = sizeof(quiet), .nlmsg_type = NLMSG_NOOP};
	struct netlink n;
	(void)state;

	assert_int_equal(netlink_open(&n, NETLINK_ROUTE), 0);
	quiet.nlmsg_seq = netlink_next(&n);
	alarm(60);
	assert_int_equal(netlink_ask(&n, &quiet, NULL, NULL), -ETIMEDOUT);
	alarm(0);
	assert_true(links_of(&n) > 0);
	netlink_close(&n);
}

/* Whoever may send to our socket is not the kernel: here the end of a dump that has not begun. */
static void only_the_kernel_is_believed(void **state)
{
	struct {
		struct nlmsghdr h;
		int code;
	} done = {.h = {.nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE}};
	struct sockaddr_nl to = {.nl_family = AF_NETLINK};
	struct netlink n, other;
	(void)state;

	assert_int_equal(netlink_open(&n, NETLINK_ROUTE), 0);
	assert_int_equal(netlink_open(&other, NETLINK_ROUTE), 0);
	to.nl_pid = n.portid;
	done.h.nlmsg_seq = n.seq + 1;
	done.h.nlmsg_flags = NLM_F_MULTI;
	if (sendto(other.fd, &done, sizeof(done), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		skip(); /* only root may do that */
	assert_true(links_of(&n) > 0);
	netlink_close(&other);
	netlink_close(&n);
}

TEST_MAIN(an_overrun_is_read_empty, no_answer_is_not_waited_for, only_the_kernel_is_believed)
