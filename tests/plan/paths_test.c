// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Direct paths: a hub and its spokes over messages that are late, lost, doubled or overtake each
 * other, with daemons that stop anywhere. Whatever happens, both ends agree soon, and the way by
 * the hub is left for nothing but a handshake.
 */
#include "support/test.h"

#include "support/spokes.h"

static struct spokes s;

static int end(void **state)
{
	(void)state;
	spokes_free(&s);
	return 0;
}

static bool both_direct(void)
{
	return spokes_direct(&s, 0, 1) && spokes_direct(&s, 1, 0);
}

static bool both_by_hub(void)
{
	return !spokes_direct(&s, 0, 1) && !spokes_direct(&s, 1, 0);
}

/* How long until ready() is true; more than limit fails. */
static msec until(bool (*ready)(void), msec limit)
{
	msec begun = s.now;

	while (!ready() && s.now - begun < limit)
		spokes_run(&s, 50, true);
	assert_true(ready());
	return s.now - begun;
}

static void two_nats_that_preserve_ports(void **state)
{
	(void)state;
	spokes_make(&s, 2, 1);
	assert_in_range(until(both_direct, 15000), 100, 15000);
	spokes_run(&s, 60000, true);
	assert_int_equal(s.lost, 0);
	assert_true(s.delivered[1] > s.delivered[0]);
	assert_true(both_direct());
}

static void one_nat_and_one_public(void **state)
{
	(void)state;
	spokes_make(&s, 2, 2);
	s.spokes[1].nat = NAT_NONE;
	until(both_direct, 10000);
	spokes_run(&s, 60000, true);
	assert_int_equal(s.lost, 0);
}

/* The open side sees the real port, and nothing writes over it. */
static void a_symmetric_nat_and_an_open_side(void **state)
{
	(void)state;
	spokes_make(&s, 2, 3);
	s.spokes[0].nat = NAT_SYMMETRIC;
	s.spokes[1].nat = NAT_NONE;
	until(both_direct, 15000);
	spokes_run(&s, 300000, true);
	assert_true(both_direct());
	assert_int_equal(s.lost, 0);
}

static void two_that_cannot_meet_stay_on_the_hub(void **state)
{
	(void)state;
	for (int nat = NAT_PRESERVING; nat <= NAT_SYMMETRIC; nat++) {
		spokes_make(&s, 2, 4);
		s.spokes[0].nat = NAT_SYMMETRIC;
		s.spokes[1].nat = (enum nat)nat;
		for (int i = 0; i < 1200; i++) {
			spokes_run(&s, 500, true);
			assert_true(both_by_hub());
		}
		assert_int_equal(s.lost, 0);
		while (spokes_path(&s, 0, 1)->state != PATH_HUB)
			spokes_run(&s, 100, true);
		assert_non_null(strstr(spokes_path(&s, 0, 1)->why, "symmetric"));
		if (nat == NAT_PRESERVING)
			spokes_free(&s);
	}
}

/* After an hour of failing: questions, answers and handshakes of both, a minute. */
static void a_failed_pair_costs_little(void **state)
{
	uint64_t before;
	(void)state;

	spokes_make(&s, 2, 5);
	s.spokes[0].nat = s.spokes[1].nat = NAT_SYMMETRIC;
	spokes_run(&s, 3600000, false);
	before = s.asked + s.told + s.handshakes;
	spokes_run(&s, 3600000, false);
	assert_in_range(s.asked + s.told + s.handshakes - before, 10, 2 * 60);
}

static void a_cut_way_is_left_and_found_again(void **state)
{
	uint64_t lost;
	(void)state;

	spokes_make(&s, 2, 6);
	until(both_direct, 15000);
	spokes_run(&s, 100000, true);
	for (int i = 0; i < 3; i++) {
		s.cut = true;
		assert_in_range(until(both_by_hub, 20000), PATH_BEAR - 1000, 20000);
		lost = s.lost;
		spokes_run(&s, 20000 + i * 60000, true);
		assert_true(both_by_hub());
		assert_int_equal(s.lost, lost); /* trying costs nothing */
		s.cut = false;
		until(both_direct, 60000);
		lost = s.lost;
		spokes_run(&s, 30000, true);
		assert_int_equal(s.lost, lost);
	}
}

static void the_hub_may_die_meanwhile(void **state)
{
	(void)state;
	spokes_make(&s, 2, 7);
	until(both_direct, 15000);
	s.hub_stopped = true;
	spokes_run(&s, 600000, true);
	assert_true(both_direct());
	assert_int_equal(s.lost, 0);
	spokes_restart_hub(&s);
	s.hub_stopped = false;
	spokes_run(&s, 120000, true);
	assert_true(both_direct());
	assert_int_equal(s.lost, 0);
}

static void a_hub_without_wayside_is_told(void **state)
{
	(void)state;
	spokes_make(&s, 2, 8);
	s.hub_stopped = true;
	spokes_run(&s, 30000, true);
	assert_true(both_by_hub());
	assert_true(path_hub_find(&s.spokes[0].paths, 3)->silent >= PATH_ASKS);
	assert_non_null(strstr(spokes_path(&s, 0, 1)->why, "does not answer"));
	spokes_run(&s, 3600000, true);
	assert_in_range(s.asked, 4, 120);
	s.hub_stopped = false;
	until(both_direct, 1500000);
}

/* The daemon of one is away while the way is cut; when it is back, both ends meet again. */
static void a_daemon_that_comes_back_finds_its_place(void **state)
{
	(void)state;
	spokes_make(&s, 2, 9);
	until(both_direct, 15000);
	spokes_restart(&s, 0);
	spokes_run(&s, 30000, true);
	assert_true(both_direct());
	assert_int_equal(s.lost, 0);
	s.spokes[0].stopped = true;
	spokes_run(&s, 400000, true);
	assert_true(both_direct()); /* what works stays */
	s.cut = true;
	spokes_run(&s, 30000, true);
	assert_false(spokes_direct(&s, 1, 0));
	s.spokes[0].stopped = false;
	spokes_restart(&s, 0);
	until(both_by_hub, 20000);
	s.cut = false;
	until(both_direct, 60000);
}

/* Somebody makes the interface of one again, from its file. */
static void an_interface_made_again_is_noticed(void **state)
{
	(void)state;
	spokes_make(&s, 2, 10);
	until(both_direct, 15000);
	spokes_run(&s, 30000, true);
	spokes_restart(&s, 0);
	s.spokes[0].direct[1] = false;
	s.spokes[0].session[1] = 0;
	s.spokes[0].state.devices.at[0].peers.at[1].wg =
		(struct wg_peer){.key = s.spokes[0].state.devices.at[0].peers.at[1].wg.key};
	s.spokes[0].state.devices.at[0].peers.at[1].life = (struct life){0};
	until(both_by_hub, 3000);
	until(both_direct, 30000);
}

/*
 * Every order and every crash: with messages that arrive anyhow and daemons that begin anew at any
 * moment, the ends never disagree for long, and in the end both are where they can be.
 */
static void whatever_happens_both_ends_agree(void **state)
{
	msec longest = 0;
	(void)state;

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct rng rng = {.state = seed * 7919};

		spokes_make(&s, 2, seed);
		s.delay = rng_below(&rng, 3) ? 60 : 1000;
		s.loss = rng_below(&rng, 40);
		s.doubles = rng_below(&rng, 40);
		s.spokes[1].nat = rng_below(&rng, 3) ? NAT_PRESERVING : NAT_NONE;
		for (int i = 0; i < 12; i++) {
			spokes_run(&s, rng_below(&rng, 12000), true);
			switch (rng_below(&rng, 6)) {
			case 0:
			case 1:
				spokes_restart(&s, rng_below(&rng, 2));
				break;
			case 2:
				spokes_restart_hub(&s);
				break;
			case 3:
				s.cut = !s.cut;
				break;
			case 4:
				s.spokes[rng_below(&rng, 2)].place.port++;
				break;
			}
		}
		s.cut = false;
		s.loss = 0;
		longest = msec_max(longest, s.mixed);
		for (int i = 0; i < 1500 && !both_direct(); i++)
			spokes_run(&s, 100, true);
		if (!both_direct() || s.mixed > 60000)
			fail_msg("seed %d: %d %d, apart for %d ms", (int)seed,
				 spokes_direct(&s, 0, 1), spokes_direct(&s, 1, 0), (int)s.mixed);
		if (seed < 300)
			spokes_free(&s);
	}
	print_message("apart for %d ms at most\n", (int)longest);
}

/* 9900 pairs: what the hub hears and remembers is bounded, also when it begins anew. */
static void a_hundred_spokes_want_each_other(void **state)
{
	uint64_t asked;
	(void)state;

	spokes_make(&s, 100, 11);
	spokes_run(&s, 240000, false);
	for (uint32_t i = 0; i < 100; i++)
		for (uint32_t k = 0; k < 100; k++)
			if (i != k && !spokes_direct(&s, i, k))
				fail_msg("%u to %u: %s", i, k, spokes_path(&s, i, k)->why);
	assert_int_equal(exchange_asks(&s.hub), 9900);
	asked = s.asked;
	spokes_run(&s, 60000, false);
	print_message("%d questions a minute\n", (int)(s.asked - asked));
	assert_in_range(s.asked - asked, 9000, 12000); /* one each minute and direct pair */
	spokes_restart_hub(&s);
	asked = s.asked;
	spokes_run(&s, 60000, false);
	assert_in_range(s.asked - asked, 9000, 12000); /* and no storm */
	assert_in_range(exchange_asks(&s.hub), 9000, 9900);
}

#define CASE(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(two_nats_that_preserve_ports),
		CASE(one_nat_and_one_public),
		CASE(a_symmetric_nat_and_an_open_side),
		CASE(two_that_cannot_meet_stay_on_the_hub),
		CASE(a_failed_pair_costs_little),
		CASE(a_cut_way_is_left_and_found_again),
		CASE(the_hub_may_die_meanwhile),
		CASE(a_hub_without_wayside_is_told),
		CASE(a_daemon_that_comes_back_finds_its_place),
		CASE(an_interface_made_again_is_noticed),
		CASE(whatever_happens_both_ends_agree),
		CASE(a_hundred_spokes_want_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
