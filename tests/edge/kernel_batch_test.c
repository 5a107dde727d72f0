// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes that are set while the kernel's answers do not fit: what has no error was done for
 * certain. They go over an interface that there is not, so that none of them is ever set.
 */
#include "support/test.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/kernel.h"

#define ROUTES	   128 /* of one batch */
#define NO_IFINDEX 0x7ffffff0

static void routes_make(struct op *ops)
{
	memset(ops, 0, ROUTES * sizeof(*ops));
	for (uint32_t i = 0; i < ROUTES; i++) {
		ops[i].kind = OP_ROUTE_ADD;
		ops[i].route.oif = NO_IFINDEX;
		ops[i].route.table = RT_TABLE_MAIN;
		ops[i].route.type = RTN_UNICAST;
		ops[i].route.protocol = ROUTE_PROTOCOL;
		ops[i].route.dst.addr.family = AF_INET;
		memcpy(ops[i].route.dst.addr.bytes, (uint8_t[]){198, 18, (uint8_t)i}, 3);
		ops[i].route.dst.len = 24;
	}
}

static size_t with_error(const struct op *ops, int error)
{
	size_t n = 0;

	for (size_t i = 0; i < ROUTES; i++)
		n += ops[i].error == error;
	return n;
}

/* How the kernel answers each of them. */
static int refusal(void)
{
	return geteuid() ? -EPERM : -ENODEV;
}

/* Returns the first error. */
static int set_routes(struct kernel *k, struct op *ops)
{
	struct edge edge;

	kernel_edge(k, &edge);
	routes_make(ops);
	return edge.apply(k, ops, ROUTES);
}

static void all_are_refused_one_by_one(void **state)
{
	struct op ops[ROUTES];
	struct kernel k = {.route_events.fd = -1};
	(void)state;

	assert_int_equal(netlink_open(&k.route, NETLINK_ROUTE), 0);
	assert_int_equal(set_routes(&k, ops), refusal());
	assert_int_equal(with_error(ops, refusal()), ROUTES);
	netlink_close(&k.route);
}

static void a_lost_answer_is_no_success(void **state)
{
	struct op ops[ROUTES];
	struct kernel k = {.route_events.fd = -1};
	int small = 0;
	(void)state;

	assert_int_equal(netlink_open(&k.route, NETLINK_ROUTE), 0);
	setsockopt(k.route.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(set_routes(&k, ops), refusal());
	assert_int_equal(with_error(ops, 0), 0);
	assert_true(with_error(ops, -ENOBUFS) > 0);
	assert_true(with_error(ops, -ENOBUFS) < ROUTES);
	netlink_close(&k.route);
}

static void what_cannot_be_sent_is_not_done(void **state)
{
	struct kernel k = {.route.fd = -1, .route_events.fd = -1};
	struct op ops[ROUTES];
	(void)state;

	assert_int_equal(set_routes(&k, ops), -EBADF);
	assert_int_equal(with_error(ops, -EBADF), ROUTES);
}

TEST_MAIN(all_are_refused_one_by_one, a_lost_answer_is_no_success, what_cannot_be_sent_is_not_done)
