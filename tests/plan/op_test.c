// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations as `plan` and --dry-run print them.
 */
#include "support/test.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "plan/op.h"

/* 32 bytes of one: its text is known. */
#define KEY "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

static void assert_line(const struct op *op, const char *want)
{
	struct state s = {.links = {0}};
	struct str line = {0};

	*vec_add(&s.links) = (struct link){.ifindex = 3, .name = "wg0"};
	op_format(&line, op, &s);
	assert_string_equal(str_text(&line), want);
	str_free(&line);
	state_free(&s);
}

static struct op peer_op(enum op_kind kind)
{
	struct op op = {.kind = kind, .ifindex = 3};

	memset(op.peer.key.bytes, 1, KEY_LEN);
	return op;
}

static void routes(void **state)
{
	struct op op = {.kind = OP_ROUTE_ADD, .ifindex = 3};
	struct addr source, gateway;
	(void)state;

	op.route.type = RTN_UNICAST;
	op.route.table = RT_TABLE_MAIN;
	op.route.oif = 3;
	assert_int_equal(prefix_parse(&op.route.dst, "10.20.1.0/24", NULL), 0);
	assert_line(&op, "route add 10.20.1.0/24 dev wg0 table main");
	op.kind = OP_ROUTE_DEL;
	op.route.table = 51820;
	op.route.metric = 50;
	op.route.oif = 9;
	assert_int_equal(addr_parse(&source, "192.168.1.1"), 0);
	assert_int_equal(addr_parse(&gateway, "10.0.0.1"), 0);
	route_set_source(&op.route, &source);
	route_set_gateway(&op.route, &gateway);
	assert_line(&op, "route del 10.20.1.0/24 via 10.0.0.1 dev if9 table 51820 metric 50 "
			 "src 192.168.1.1");
}

static void answers_for_supernets(void **state)
{
	static const struct {
		uint8_t type;
		const char *want;
	} cases[] = {{RTN_UNREACHABLE, "route add unreachable 10.0.0.0/8 table main"},
		     {RTN_BLACKHOLE, "route add blackhole 10.0.0.0/8 table main"},
		     {RTN_PROHIBIT, "route add prohibit 10.0.0.0/8 table main"}};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct op op = {.kind = OP_ROUTE_ADD};

		op.route.type = ROUTE_TYPE(cases[i].type);
		op.route.table = RT_TABLE_MAIN;
		assert_int_equal(prefix_parse(&op.route.dst, "10.0.0.0/8", NULL), 0);
		assert_line(&op, cases[i].want);
	}
}

static void peers(void **state)
{
	struct op op = peer_op(OP_ENDPOINT);
	(void)state;

	assert_int_equal(endpoint_parse(&op.peer.endpoint, "[2001:db8::1]:51820"), 0);
	assert_line(&op, "set wg0 peer " KEY " endpoint [2001:db8::1]:51820");
	op = peer_op(OP_KEEPALIVE);
	op.peer.keepalive = 25;
	assert_line(&op, "set wg0 peer " KEY " persistent-keepalive 25");
	op = peer_op(OP_KICK);
	assert_line(&op, "kick wg0 peer " KEY);
	op = peer_op(OP_PROBE);
	assert_int_equal(endpoint_parse(&op.peer.endpoint, "10.0.0.5:9"), 0);
	assert_line(&op, "probe wg0 peer " KEY " at 10.0.0.5");
}

static void devices(void **state)
{
	struct op op = {.kind = OP_FWMARK, .ifindex = 3, .fwmark = 0xca6c};
	(void)state;

	assert_line(&op, "set wg0 fwmark 0xca6c");
	op = (struct op){.kind = OP_REBIND, .ifindex = 3};
	assert_line(&op, "set wg0 listen-port 0");
}

TEST_MAIN(routes, answers_for_supernets, peers, devices)
