// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One daemon acts, another stands by: with two configurations in one network namespace each would
 * take away what the other has set, for ever. The second looks, plans and answers, sets nothing,
 * says so, and goes on as the first when that is gone. --once sets nothing beside it, either.
 */
#include "daemon_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "edge/seat.h"

#define ASK_EVERY    1000 /* ms between two looks whether the seat is free */
#define ENDING_EVERY 50	  /* ms between two of those at the start */
#define ENDING_TRIES 10

static void take_failed(int err, const struct seat_holder *who)
{
	if (err == -EPERM)
		log_warn("pid %d has the name by which daemons notice each other, and is no "
			 "waysided: a second one would not be noticed. End it, then restart",
			 (int)who->pid);
	else
		log_warn("a second waysided would not be noticed: %s", strerror(-err));
}

/*
 * Is it ours? Or can it not be had, so that one has to do without? Else who has it. Who is asked
 * and has just gone is no obstacle the next time.
 */
static bool take(struct daemon *d, struct seat_holder *who, bool patient)
{
	int err = 0;

	*who = (struct seat_holder){0};
	for (int i = 0; i < 3; i++) {
		err = seat_take(&d->seat_fd);
		if (!err)
			return true;
		if (err == -EADDRINUSE)
			err = seat_ask(who, patient);
		if (!err || err == -EAGAIN)
			return false;
	}
	take_failed(err, who);
	return true;
}

static void on_ask(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	struct seat_holder who;

	d->seated = take(d, &who, false);
	if (d->seated)
		uv_stop(&d->loop);
}

static void stand_by(struct daemon *d, const struct seat_holder *who)
{
	char other[SEAT_PATH_MAX + 64];

	seat_describe(other, sizeof(other), who);
	if (d->options->once)
		log_warn("%s acts in this network namespace: nothing is set beside it", other);
	else
		log_error("%s acts in this network namespace: standing by, nothing is set until it "
			  "ends; stop one of the two",
			  other);
	engine_stand_by(d->engine, other);
}

/* False when it was told to stop before the other ended. */
static bool wait_for_end(struct daemon *d)
{
	uv_timer_init(&d->loop, &d->seat_timer);
	d->seat_timer.data = d;
	uv_timer_start(&d->seat_timer, on_ask, ASK_EVERY, ASK_EVERY);
	daemon_turn_now(d);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_timer_stop(&d->seat_timer);
	if (!d->seated)
		return false;
	log_info("the other waysided has ended: this one acts from now on");
	engine_stand_by(d->engine, NULL);
	return true;
}

/* One that is just about to end is not worth a word. */
static bool take_patiently(struct daemon *d, struct seat_holder *who)
{
	for (int i = 0; i < ENDING_TRIES; i++) {
		if (take(d, who, false))
			return true;
		uv_sleep(ENDING_EVERY);
	}
	return take(d, who, true);
}

bool daemon_sit(struct daemon *d)
{
	struct seat_holder who;

	d->seated = take_patiently(d, &who);
	daemon_confine(d);
	if (!d->seated) {
		stand_by(d, &who);
		if (!d->options->once && !wait_for_end(d))
			return false;
	}
	if (d->seat_fd >= 0)
		d->seat = seat_keep(&d->loop, d->seat_fd, d->control ? control_path(d) : "");
	return true;
}
