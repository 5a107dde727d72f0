/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink: links, addresses, routes and rules to structs and back (rtnetlink(7),
 * linux/rtnetlink.h, linux/fib_rules.h).
 *
 * Builders write one message into a buffer of RTNL_MESSAGE_MAX. Parsers return 0, or -EINVAL for
 * a message that is not of their kind or of no interest; extra attributes are stepped over.
 */
#ifndef CODEC_RTNL_H
#define CODEC_RTNL_H

#include <linux/netlink.h>

#include "plan/op.h"

#define RTNL_MESSAGE_MAX 512

void rtnl_put_dump_links(void *buf, uint32_t seq);
void rtnl_put_dump_addrs(void *buf, uint32_t seq);
void rtnl_put_dump_rules(void *buf, uint32_t seq, uint8_t family);
/*
 * Routes of one family. What of the filter is not 0 is done by the kernel (when the socket has
 * NETLINK_GET_STRICT_CHK); the caller still checks.
 */
struct rtnl_route_filter {
	uint32_t oif;
	uint8_t protocol, type;
};
void rtnl_put_dump_routes(void *buf, uint32_t seq, uint8_t family,
			  const struct rtnl_route_filter *filter);

/* Routes of one family and table, the same way. */
void rtnl_put_dump_table(void *buf, uint32_t seq, uint8_t family, uint32_t table);

int rtnl_parse_link(const struct nlmsghdr *h, struct link *out);
int rtnl_parse_addr(const struct nlmsghdr *h, struct local_addr *out);
int rtnl_parse_route(const struct nlmsghdr *h, struct route *out);
int rtnl_parse_rule(const struct nlmsghdr *h, struct rule *out);

/* OP_ROUTE_ADD/DEL and OP_RULE_ADD/DEL; returns the message's length, without an ACK flag. */
size_t rtnl_put_op(void *buf, uint32_t seq, const struct op *op);

/* Asks which way a packet would go; the answer is a route whose source is what counts. */
void rtnl_put_lookup(void *buf, uint32_t seq, const struct addr *to, uint32_t fwmark);

/* Asks which route of the tables a packet would follow; the answer is that route as it is there. */
void rtnl_put_match(void *buf, uint32_t seq, const struct addr *to);

#endif
