// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a probe goes, and whose silence it began. When one is sent is in endpoints_test.c.
 */
#include "support/test.h"

#include "plan/probe.h"

struct fixture {
	struct state state;
	struct device device;
	struct peer peer;
};

static void end(struct fixture *f)
{
	state_free(&f->state);
	device_free(&f->device);
}

static void carry(struct fixture *f, const char *text)
{
	assert_int_equal(prefix_parse(vec_add(&f->device.aips), text, NULL), 0);
	f->peer.wg.aips++;
}

static void own(struct fixture *f, const char *text)
{
	assert_int_equal(addr_parse(&vec_add(&f->state.addrs)->addr, text), 0);
}

static void assert_target(const struct fixture *f, const char *want)
{
	struct addr to = probe_target(&f->state, &f->device, &f->peer);
	char buf[ADDR_STRLEN];

	assert_string_equal(addr_format(&to, buf), want);
}

static void an_address_of_the_peer(void **state)
{
	static const char *const cases[][2] = {
		{"10.0.0.5/32", "10.0.0.5"},
		{"10.20.1.0/24", "10.20.1.1"},
		{"10.20.1.128/25", "10.20.1.129"},
		{"fd00:20::/64", "fd00:20::1"},
		{"fd00::9/128", "fd00::9"},
		{"0.0.0.0/0", "(none)"},
		{"::/0", "(none)"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f = {.peer.wg.aips = 0};

		carry(&f, cases[i][0]);
		assert_target(&f, cases[i][1]);
		end(&f);
	}
}

/* The longest is the most surely its own; of two, the first. */
static void the_longest_prefix(void **state)
{
	struct fixture f = {.peer.wg.aips = 0};
	(void)state;

	assert_target(&f, "(none)");
	carry(&f, "0.0.0.0/0");
	carry(&f, "10.20.0.0/16");
	carry(&f, "10.0.0.5/32");
	carry(&f, "10.0.0.6/32");
	carry(&f, "10.30.1.0/24");
	assert_target(&f, "10.0.0.5");
	f.peer.wg.aips = 2; /* what comes behind is the next peer's */
	assert_target(&f, "10.20.0.1");
	end(&f);
}

/* We are in the peer's network: the next address, and never ourselves. */
static void not_to_ourselves(void **state)
{
	struct fixture f = {.peer.wg.aips = 0};
	(void)state;

	carry(&f, "10.0.0.0/24");
	own(&f, "10.0.0.1");
	assert_target(&f, "10.0.0.2");
	own(&f, "10.0.0.2");
	assert_target(&f, "(none)");
	end(&f);
}

static void a_host_that_is_ourselves(void **state)
{
	struct fixture f = {.peer.wg.aips = 0};
	(void)state;

	carry(&f, "10.0.0.5/32");
	own(&f, "10.0.0.5");
	assert_target(&f, "(none)");
	end(&f);
}

static void a_probe_is_one_operation(void **state)
{
	struct fixture f = {.device.ifindex = 3, .peer.wg.key = {{7}}};
	struct endpoint_input in = {.state = &f.state, .now = 5000};
	char buf[ENDPOINT_STRLEN];
	struct ops ops = {0};
	(void)state;

	assert_false(probe_add(&ops, &f.device, &f.peer, &in)); /* it carries nothing */
	assert_int_equal(ops.len, 0);
	assert_null(f.peer.care);
	carry(&f, "10.0.0.5/32");
	assert_true(probe_add(&ops, &f.device, &f.peer, &in));
	assert_int_equal(ops.len, 1);
	assert_int_equal(ops.at[0].kind, OP_PROBE);
	assert_int_equal(ops.at[0].ifindex, 3);
	assert_int_equal(ops.at[0].peer.key.bytes[0], 7);
	assert_string_equal(endpoint_format(&ops.at[0].peer.endpoint, buf), "10.0.0.5:9");
	assert_int_equal(peer_care(&f.peer)->probed, 5000);
	vec_free(&ops);
	free(f.peer.care);
	end(&f);
}

/* A silence that begins within a keepalive's time of the probe began with it. */
static void whose_silence(void **state)
{
	static const struct {
		msec probed, since;
		bool want;
	} cases[] = {
		{0, 0, false},	      {0, 5000, false},	    {5000, 0, false},	{5000, 4000, false},
		{5000, 5000, false},  {5000, 5001, true},   {5000, 6000, true}, {5000, 15999, true},
		{5000, 16000, false}, {5000, 90000, false},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct peer_care care = {.probed = cases[i].probed};
		struct peer p = {.care = &care, .life.sent_since = cases[i].since};

		assert_int_equal(probe_began_silence(&p), cases[i].want);
	}
}

TEST_MAIN(an_address_of_the_peer, the_longest_prefix, not_to_ourselves, a_host_that_is_ourselves,
	  a_probe_is_one_operation, whose_silence)
