// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes the parsers of rtnetlink: a stream of messages, as one read of the socket gives it, and
 * each goes through all of them. A route or rule that was read can be sent, and reads back as
 * what it was.
 */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/attr.h"
#include "codec/netconf.h"
#include "codec/rtnl.h"
#include "support/fuzz.h"

static bool is_text(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static void check_route(const struct route *r)
{
	struct op op = {.kind = OP_ROUTE_DEL, .route = *r};
	_Alignas(8) char buf[RTNL_MESSAGE_MAX];
	struct route back;

	expect(addr_size(&r->dst.addr) && r->dst.len <= addr_bits(&r->dst.addr));
	expect(rtnl_put_op(buf, 1, &op) <= sizeof(buf));
	expect(!rtnl_parse_route((void *)buf, &back));
	expect(!prefix_cmp(&back.dst, &r->dst) && back.table == r->table);
	expect(back.metric == r->metric && back.oif == r->oif && back.tos == r->tos);
	expect(back.protocol == r->protocol && back.type == r->type);
	expect(!addr_cmp(route_source(&back), route_source(r)));
	if (route_ways_many())
		route_ways_sweep();
}

static void check_rule(const struct rule *r)
{
	struct op op = {.kind = OP_RULE_DEL, .rule = *r};
	_Alignas(8) char buf[RTNL_MESSAGE_MAX];
	struct rule back;

	expect(is_text(r->iif, sizeof(r->iif)) && is_text(r->oif, sizeof(r->oif)));
	expect(rtnl_put_op(buf, 1, &op) <= sizeof(buf));
	expect(!rtnl_parse_rule((void *)buf, &back));
	expect(back.priority == r->priority && back.table == r->table);
	expect(back.protocol == r->protocol && back.fwmask == r->fwmask);
}

static void parse_all(const struct nlmsghdr *h)
{
	struct local_addr a;
	struct route r;
	struct rule f;
	struct link l;

	if (!rtnl_parse_link(h, &l))
		expect(is_text(l.name, sizeof(l.name)));
	if (!rtnl_parse_addr(h, &a))
		expect(addr_size(&a.addr));
	if (!rtnl_parse_route(h, &r))
		check_route(&r);
	if (!rtnl_parse_rule(h, &f))
		check_rule(&f);
	netconf_parse_rp_filter(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t aligned = (size + MNL_ALIGNTO - 1) & ~(size_t)(MNL_ALIGNTO - 1);
	void *bytes = mem_calloc(1, aligned);
	const struct nlmsghdr *h = bytes;
	int left = (int)aligned;

	if (size)
		memcpy(bytes, data, size);
	for (; message_ok(h, left); h = mnl_nlmsg_next(h, &left))
		parse_all(h);
	free(bytes);
	return 0;
}
