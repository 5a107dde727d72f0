// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of a peer, as replays of what was measured on Linux 6.1: who sends how many bytes
 * when, and what that says of the other end.
 *
 * A replay has a clock of its own that looks once a second, as the daemon does, and the counters
 * that the kernel would show. Sizes: a keepalive is 32 bytes, an initiation 148, its answer 92.
 */
#include "support/test.h"

#include "base/rng.h"
#include "model/life.h"

#define SECOND	    1000
#define DEAD_AFTER  (20 * SECOND)
#define WALL	    1780000000000LL /* ms; some day in 2026 */
#define YEAR	    (365LL * 24 * 3600 * SECOND)
#define KEEPALIVE   32
#define INITIATION  148
#define RESPONSE    92
#define DATA(bytes) (32 + ((bytes) + 15) / 16 * 16)

struct replay {
	struct life life;
	struct life_counters was, kernel;
	msec now;
	int64_t wall;
	unsigned int changes; /* what life_observe() said */
	msec was_not_up;      /* when the state was first something else than up; 0 = never */
};

/* An hour after boot, with an interval for keepalives; the peer was never heard of. */
static struct replay begin(uint16_t keepalive)
{
	return (struct replay){
		.kernel = {.keepalive = keepalive}, .now = 3600 * SECOND, .wall = WALL};
}

static enum life_state look(struct replay *r)
{
	struct moment at = {.now = r->now, .wall = r->wall};

	r->changes += life_observe(&r->life, &r->was, &r->kernel, at, DEAD_AFTER);
	r->was = r->kernel;
	if (r->life.state != LIFE_UP && !r->was_not_up)
		r->was_not_up = r->now;
	return r->life.state;
}

static enum life_state wait_for(struct replay *r, msec d)
{
	r->now += d;
	r->wall += d;
	return look(r);
}

static enum life_state wait_seconds(struct replay *r, int seconds)
{
	while (seconds--)
		wait_for(r, SECOND);
	return r->life.state;
}

static void handshake(struct replay *r)
{
	r->kernel.tx += INITIATION + KEEPALIVE;
	r->kernel.rx += RESPONSE;
	r->kernel.handshake_ns = r->wall * 1000000;
	look(r);
	r->was_not_up = 0;
}

/* A session that has just begun. */
static struct replay session(uint16_t keepalive)
{
	struct replay r = begin(keepalive);

	look(&r);
	wait_for(&r, SECOND);
	handshake(&r);
	assert_int_equal(r.life.state, LIFE_UP);
	return r;
}

/* tx +148 every 5 s, rx +0, until the state is s; how long that took. */
static msec initiations_until(struct replay *r, enum life_state s)
{
	msec began = r->now;

	for (int i = 0; r->life.state != s; i++) {
		if (i % 5 == 0)
			r->kernel.tx += INITIATION;
		assert_true(i < 600);
		wait_for(r, SECOND);
	}
	return r->now - began;
}

static void first_contact(void **state)
{
	struct replay r = begin(25);
	(void)state;

	assert_int_equal(look(&r), LIFE_NEVER);
	r.kernel.tx += INITIATION;
	assert_int_equal(wait_for(&r, SECOND), LIFE_NEVER);
	r.kernel.tx += KEEPALIVE; /* 180 in all, and 92 back */
	r.kernel.rx += RESPONSE;
	r.kernel.handshake_ns = r.wall * 1000000;
	assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
	assert_int_equal(r.life.handshake, r.now - SECOND);
	assert_int_equal(r.life.proof, r.now);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
}

/* A peer that never answered is "never", however long it is called; yet the calling is known. */
static void never_answered(void **state)
{
	struct replay r = begin(25);
	(void)state;

	look(&r);
	for (int i = 0; i < 600; i++) {
		if (i % 5 == 0)
			r.kernel.tx += INITIATION;
		assert_int_equal(wait_for(&r, SECOND), LIFE_NEVER);
	}
	assert_int_equal(life_unanswered_for(&r.life, r.now), 599 * SECOND);
}

/* tx +32 every 25 to 27 s, rx +0 for two minutes: healthy. */
static void healthy_and_idle_with_keepalive(void **state)
{
	struct replay r = session(25);
	struct rng rng = {.state = 1};
	(void)state;

	for (int rekey = 0; rekey < 20; rekey++) {
		for (int s = 0, next = 25; s < 120; s++) {
			if (s == next) {
				r.kernel.tx += KEEPALIVE;
				next += 25 + (int)rng_below(&rng, 3);
			}
			assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
			assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
		}
		handshake(&r);
	}
	assert_int_equal(r.was_not_up, 0);
}

/*
 * When the peer was the one who began the session, the next handshake can be as late as 180 s and
 * a keepalive: not idle, just not seen yet.
 */
static void the_latest_rekey_that_is_healthy(void **state)
{
	struct replay r = session(25);
	(void)state;

	for (int s = 1; s < 208; s++) {
		if (s % 26 == 0 && s < 180)
			r.kernel.tx += KEEPALIVE;
		wait_for(&r, SECOND);
	}
	assert_int_equal(r.was_not_up, 0);
	handshake(&r);
	wait_seconds(&r, 20);
	assert_int_equal(r.was_not_up, 0);
}

static void healthy_under_traffic(void **state)
{
	struct replay r = session(0);
	struct rng rng = {.state = 2};
	(void)state;

	for (int s = 0; s < 3600; s++) {
		r.kernel.tx += DATA(rng_below(&rng, 1400));
		r.kernel.rx += DATA(rng_below(&rng, 1400));
		assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
	}
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
}

/* What only goes one way is answered by a keepalive 10 s after: healthy as well. */
static void one_way_data(void **state)
{
	struct replay r = session(0);
	(void)state;

	for (int s = 1; s <= 3600; s++) {
		r.kernel.tx += DATA(200);
		if (s % 10 == 0)
			r.kernel.rx += KEEPALIVE;
		assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
	}
}

/* The other way round: data comes in, and only our passive keepalives go out. */
static void one_way_data_towards_us(void **state)
{
	struct replay r = session(0);
	(void)state;

	for (int s = 1; s <= 600; s++) {
		r.kernel.rx += DATA(200);
		if (s % 10 == 0)
			r.kernel.tx += KEEPALIVE;
		wait_for(&r, SECOND);
	}
	r.kernel.tx += KEEPALIVE; /* the last one, after the data has ended */
	wait_seconds(&r, 60);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
	assert_int_equal(r.was_not_up, 0);
}

/* Nobody sends: up while the session lasts, then idle, never worse, and up again at once. */
static void idle_without_keepalive(void **state)
{
	struct replay r = session(0);
	(void)state;

	assert_int_equal(wait_seconds(&r, 179), LIFE_UP);
	assert_int_equal(wait_seconds(&r, 1), LIFE_IDLE);
	assert_int_equal(wait_seconds(&r, 86400), LIFE_IDLE);
	handshake(&r);
	assert_int_equal(r.life.state, LIFE_UP);
}

/* Gone while we idle: from the rekey on tx +148 every 5 s, rx +0. */
static void gone_while_idle(void **state)
{
	struct replay r = session(25);
	(void)state;

	for (int s = 1; s <= 120; s++) {
		if (s % 25 == 0)
			r.kernel.tx += KEEPALIVE;
		assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
	}
	assert_in_range(initiations_until(&r, LIFE_UNANSWERED), 15 * SECOND, 21 * SECOND);
	assert_in_range(initiations_until(&r, LIFE_DEAD), 159 * SECOND, 161 * SECOND);
}

/* Gone under traffic: data at once, and the first initiation after 15 s. */
static void gone_under_traffic(void **state)
{
	struct replay r = session(0);
	int s;
	(void)state;

	for (s = 0; r.life.state == LIFE_UP; s++) {
		r.kernel.tx += s < 15 ? DATA(84) : s % 5 ? 0 : INITIATION;
		assert_true(s < 100);
		wait_for(&r, SECOND);
	}
	assert_int_equal(r.life.state, LIFE_UNANSWERED);
	assert_in_range(s, 15, 22);
}

/* The handshake that the kernel begins 15 s after one lost datagram tells that it was one. */
static void one_small_datagram_is_lost(void **state)
{
	struct replay r = session(0);
	(void)state;

	wait_seconds(&r, 30);
	r.kernel.tx += DATA(29); /* a datagram of one byte: as many bytes as two keepalives */
	wait_seconds(&r, 15);
	assert_int_equal(r.life.state, LIFE_UP);
	assert_in_range(initiations_until(&r, LIFE_UNANSWERED), 5 * SECOND, 6 * SECOND);
}

/* A probe's answer: 96 bytes at once when the host says port unreachable, 32 after 10 s if not. */
static void a_probe_is_answered(void **state)
{
	struct replay r = session(0);
	(void)state;

	wait_seconds(&r, 150);
	r.kernel.tx += DATA(29);
	wait_seconds(&r, 10);
	r.kernel.rx += KEEPALIVE;
	assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
	assert_int_equal(wait_seconds(&r, 179), LIFE_UP);
	assert_int_equal(r.was_not_up, 0);
}

/* A probe of ours needs no second sign: its silence counts from the beginning. */
static void a_probe_is_not_answered(void **state)
{
	struct replay r = session(25);
	(void)state;

	wait_seconds(&r, 20);
	r.kernel.tx += DATA(29);
	r.kernel.probed = true;
	wait_for(&r, SECOND);
	r.kernel.probed = false;
	wait_seconds(&r, 11);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 11 * SECOND);
	/* One that was not sent after all: what the timers send is no probe. */
	handshake(&r);
	r.kernel.tx += KEEPALIVE;
	r.kernel.probed = true;
	wait_for(&r, SECOND);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
}

/* Kicks between two looks, and the timer's own keepalive with them, ask for no answer. */
static void kicks_of_a_healthy_peer(void **state)
{
	struct replay r = session(25);
	(void)state;

	for (int s = 1; s < 120; s++) {
		if (s % 25 == 0)
			r.kernel.tx += s == 50 ? 3 * KEEPALIVE : KEEPALIVE;
		wait_for(&r, SECOND);
		assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
	}
	assert_int_equal(r.was_not_up, 0);
	r.kernel.tx += 2 * KEEPALIVE; /* long after the first: judged alone */
	wait_for(&r, SECOND);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
}

/* Keepalives every second fit into one look at five. */
static void quick_keepalives_and_slow_looks(void **state)
{
	struct replay r = session(1);
	(void)state;

	for (int s = 0; s < 110; s += 5) {
		r.kernel.tx += 5 * KEEPALIVE;
		wait_for(&r, 5 * SECOND);
		assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
	}
	/* Ten in five seconds are something else, at the second time at least. */
	r.kernel.tx += 10 * KEEPALIVE;
	wait_for(&r, 5 * SECOND);
	r.kernel.tx += 10 * KEEPALIVE;
	wait_for(&r, 5 * SECOND);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 5 * SECOND);
}

/*
 * The host has lost its route to the endpoint: the kernel cannot send, tx stands still, and that
 * no keepalive goes out is all that can be seen.
 */
static void a_host_that_cannot_send(void **state)
{
	struct replay r = session(25);
	int s = 0;
	(void)state;

	r.kernel.tx += KEEPALIVE;
	while (wait_for(&r, SECOND) == LIFE_UP)
		assert_true(s++ < 300);
	assert_int_equal(r.life.state, LIFE_UNANSWERED);
	assert_in_range(s, 45, 65);
	r.kernel.rx += RESPONSE;
	r.kernel.tx += INITIATION;
	assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
}

/* Nothing can be sent where the caller says so, and without a keepalive silence is silence. */
static void silence_that_says_nothing(void **state)
{
	struct replay r = session(0);
	(void)state;

	wait_seconds(&r, 170);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
	r.kernel.keepalive = 25; /* it is set now; nothing is overdue yet */
	wait_seconds(&r, 5);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
}

/* A lid was closed for an hour: nothing was sent because nothing ran. */
static void a_suspended_host(void **state)
{
	struct replay r = session(25);
	(void)state;

	wait_for(&r, 3600 * SECOND);
	assert_int_equal(r.life.state, LIFE_IDLE);
	wait_seconds(&r, 25);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
	handshake(&r);
	assert_int_equal(r.life.state, LIFE_UP);
}

static void dead_and_back(void **state)
{
	struct replay r = session(25);
	(void)state;

	initiations_until(&r, LIFE_DEAD);
	assert_int_equal(r.now - life_unanswered_since(&r.life), 180 * SECOND);
	assert_int_equal(wait_seconds(&r, 7200), LIFE_DEAD);
	r.kernel.rx += INITIATION; /* it calls us */
	r.kernel.tx += RESPONSE;
	assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
	assert_int_equal(r.life.since, r.now);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
}

/* Every change is told once: never, up, unanswered, dead, up. */
static void changes_are_told_once(void **state)
{
	struct replay r = session(25);
	(void)state;

	initiations_until(&r, LIFE_DEAD);
	wait_seconds(&r, 100);
	handshake(&r);
	wait_seconds(&r, 20);
	assert_int_equal(r.changes, 5);
}

/* Silence that is being judged is not called idle on the way. */
static void in_doubt_is_not_idle(void **state)
{
	struct replay r = session(0);
	(void)state;

	wait_seconds(&r, 170);
	initiations_until(&r, LIFE_UNANSWERED);
	assert_int_equal(r.was_not_up, r.now);
}

/* An idle peer that is sent to is not up before it answers. */
static void idle_until_it_answers(void **state)
{
	struct replay r = session(0);
	(void)state;

	assert_int_equal(wait_seconds(&r, 200), LIFE_IDLE);
	r.kernel.tx += INITIATION;
	assert_int_equal(wait_for(&r, SECOND), LIFE_IDLE);
	r.kernel.rx += RESPONSE;
	assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
}

/* The peer was removed and made again: its counters begin anew, and so does its life. */
static void counters_that_went_back(void **state)
{
	struct replay r = session(25);
	(void)state;

	wait_seconds(&r, 10);
	r.kernel.rx = r.kernel.tx = 0;
	r.kernel.handshake_ns = 0;
	assert_int_equal(wait_for(&r, SECOND), LIFE_NEVER);
	assert_int_equal(r.life.proof, 0);
	assert_int_equal(r.life.handshake, 0);
	handshake(&r);
	assert_int_equal(r.life.state, LIFE_UP);
}

/* One of them may be larger than before. */
static void one_counter_that_went_back(void **state)
{
	(void)state;

	for (int which = 0; which < 2; which++) {
		struct replay r = session(0);

		wait_seconds(&r, 10);
		r.kernel.tx = which ? 0 : 10000;
		r.kernel.rx = which ? 10000 : 0;
		r.kernel.handshake_ns = 0;
		assert_int_equal(wait_for(&r, SECOND), LIFE_NEVER);
	}
}

/* The same in the middle of a silence. */
static void counters_that_went_back_while_unanswered(void **state)
{
	struct replay r = session(25);
	(void)state;

	initiations_until(&r, LIFE_UNANSWERED);
	r.kernel.tx = INITIATION;
	r.kernel.rx = 0;
	r.kernel.handshake_ns = 0;
	assert_int_equal(wait_for(&r, SECOND), LIFE_NEVER);
	assert_int_equal(life_unanswered_for(&r.life, r.now), 0);
}

/* We start beside a running interface: the wall clock tells how old its handshakes are. */
static void first_look_at_an_old_peer(void **state)
{
	struct replay r = begin(0), old = begin(0), future = begin(0);
	(void)state;

	r.kernel = (struct life_counters){
		.rx = 5000, .tx = 5000, .handshake_ns = (WALL - 100 * SECOND) * 1000000};
	assert_int_equal(look(&r), LIFE_UP);
	assert_int_equal(r.now - r.life.handshake, 100 * SECOND);
	assert_int_equal(r.changes, 1);
	assert_int_equal(wait_seconds(&r, 80), LIFE_IDLE);

	old.kernel.handshake_ns = (WALL - YEAR) * 1000000; /* before this host was started */
	assert_int_equal(look(&old), LIFE_IDLE);
	assert_true(old.life.handshake > 0 && old.life.handshake < old.now);

	future.kernel.handshake_ns = (WALL + YEAR) * 1000000; /* the clock was set back since */
	assert_int_equal(look(&future), LIFE_UP);
	assert_int_equal(future.life.handshake, future.now);
}

/* The clock on the wall jumps while we look: nothing follows from that. */
static void steps_of_the_wall_clock(void **state)
{
	static const int64_t steps[] = {YEAR, -YEAR, 2 * YEAR, -2 * YEAR, 1, -1};
	struct replay r = session(25);
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		msec proof = r.life.proof;

		r.wall += steps[i];
		for (int s = 1; s <= 115; s++) {
			if (s % 25 == 0)
				r.kernel.tx += KEEPALIVE;
			assert_int_equal(wait_for(&r, SECOND), LIFE_UP);
		}
		assert_int_equal(r.life.proof, proof);
		/* A handshake under the new clock is new, whatever the old one's time was. */
		handshake(&r);
		assert_in_range(r.now - r.life.handshake, 0, SECOND);
	}
	assert_int_equal(r.was_not_up, 0);
	assert_in_range(initiations_until(&r, LIFE_UNANSWERED), 15 * SECOND, 21 * SECOND);
}

/* Nothing changes before the time has come, then it does. */
static void it_changes_when_the_time_has_come(void **state)
{
	static const msec after[] = {[LIFE_UNANSWERED] = DEAD_AFTER, [LIFE_DEAD] = 180 * SECOND};
	struct replay idle = session(0), silent = session(25);
	msec at;
	(void)state;

	at = idle.life.proof + 180 * SECOND;
	assert_false(life_tick(&idle.life, at - 1, DEAD_AFTER));
	assert_true(life_tick(&idle.life, at, DEAD_AFTER));
	assert_int_equal(idle.life.state, LIFE_IDLE);

	silent.kernel.tx += INITIATION;
	wait_for(&silent, SECOND);
	for (int i = LIFE_UNANSWERED; i <= LIFE_DEAD; i++) {
		at = life_unanswered_since(&silent.life) + after[i];
		assert_false(life_tick(&silent.life, at - 1, DEAD_AFTER));
		assert_true(life_tick(&silent.life, at, DEAD_AFTER));
		assert_int_equal(silent.life.state, i);
	}
}

/* More patience than 180 s: what is unanswered that long is called dead all the same. */
static void a_very_patient_configuration(void **state)
{
	struct replay r = session(0);
	msec at;
	(void)state;

	r.kernel.tx += INITIATION;
	wait_for(&r, SECOND);
	at = life_unanswered_since(&r.life) + 180 * SECOND;
	assert_false(life_tick(&r.life, at - 1, 3600 * SECOND));
	assert_true(life_tick(&r.life, at, 3600 * SECOND));
	assert_int_equal(r.life.state, LIFE_DEAD);
}

TEST_MAIN(first_contact, never_answered, healthy_and_idle_with_keepalive,
	  the_latest_rekey_that_is_healthy, healthy_under_traffic, one_way_data,
	  one_way_data_towards_us, idle_without_keepalive, gone_while_idle, gone_under_traffic,
	  one_small_datagram_is_lost, a_probe_is_answered, a_probe_is_not_answered,
	  kicks_of_a_healthy_peer, quick_keepalives_and_slow_looks, a_host_that_cannot_send,
	  silence_that_says_nothing, a_suspended_host, dead_and_back, changes_are_told_once,
	  in_doubt_is_not_idle, idle_until_it_answers, counters_that_went_back,
	  one_counter_that_went_back, counters_that_went_back_while_unanswered,
	  first_look_at_an_old_peer, steps_of_the_wall_clock, it_changes_when_the_time_has_come,
	  a_very_patient_configuration)
