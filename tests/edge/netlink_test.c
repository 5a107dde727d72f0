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

/* Anybody may send to the groups of NETLINK_USERSOCK; what does not come from the kernel is
 * skipped. */
static const unsigned int group[] = {1};

static void tell_group(int fd, int times)
{
	struct nlmsghdr h = {.nlmsg_len = sizeof(h), .nlmsg_type = NLMSG_NOOP};
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = 1};

	for (int i = 0; i < times; i++)
		sendto(fd, &h, sizeof(h), 0, (struct sockaddr *)&to, sizeof(to));
}

/* Reads one after the other; how many there were, all of them -ENOBUFS, until it is empty. */
static int lost_until_empty(struct netlink_monitor *m, struct netlink *n)
{
	int reads = 0;

	while (netlink_events(m, n, 1, NULL, NULL) == -ENOBUFS && reads < TOO_MANY)
		reads++;
	assert_false(m->overrun);
	return reads;
}

/* What is told while the rest is being read is dropped without another word. */
static void events_are_lost_until_all_were_read(void **state)
{
	struct netlink_monitor m;
	struct netlink n;
	int small = 0;
	(void)state;

	assert_int_equal(netlink_open(&n, NETLINK_USERSOCK), 0);
	assert_int_equal(netlink_listen(&m, NETLINK_USERSOCK, group, 1), 0);
	setsockopt(m.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(netlink_events(&m, &n, 1, NULL, NULL), 0);
	tell_group(n.fd, TOO_MANY);
	assert_int_equal(netlink_events(&m, &n, 1, NULL, NULL), -ENOBUFS);
	tell_group(n.fd, 1); /* not heard */
	assert_true(lost_until_empty(&m, &n) > 1);
	tell_group(n.fd, 1);
	assert_int_equal(netlink_events(&m, &n, 2, NULL, NULL), 0);
	close(m.fd);
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

TEST_MAIN(an_overrun_is_read_empty, events_are_lost_until_all_were_read,
	  no_answer_is_not_waited_for, only_the_kernel_is_believed)
