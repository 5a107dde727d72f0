// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's turns: when the circle is turned, what systemd is told of it, and when --once is
 * done. Between turns the engine's own deadline is all that wakes us.
 */
#include "daemon_parts.h"

#include <string.h>

#include "base/rest.h"
#include "edge/clock.h"
#include "edge/notify.h"

#define GATHER_MS     2	    /* between the first event of a storm and the turn, at least */
#define GATHER_MAX    50    /* ms, where turns take long */
#define ONCE_PATIENCE 10000 /* ms that --once waits to converge */
#define ONCE_STUCK    3000  /* ms of those where all that is left was refused */
#define ONCE_NAMES    8000  /* ms of those in which it waits for names */
#define REST_EVERY    60000 /* ms at least between two times that memory is given back */
#define REST_FOR      500   /* ms without anything to do, from which on that is worth it */

void daemon_stop(struct daemon *d, int status)
{
	d->status = status;
	uv_stop(&d->loop);
}

static void daemon_once(struct daemon *d, msec now)
{
	msec waited = now - d->started;
	bool converged = engine_converged(d->engine);

	if (!d->capable)
		daemon_stop(d, EXIT_NOT_CONVERGED);
	else if (converged && (!d->seated || engine_settled(d->engine) || waited > ONCE_NAMES))
		daemon_stop(d, EXIT_CONVERGED);
	else if (waited > (!d->seated || engine_stuck(d->engine) ? ONCE_STUCK : ONCE_PATIENCE))
		daemon_stop(d, EXIT_NOT_CONVERGED);
}

static void daemon_say_status(struct daemon *d)
{
	char line[sizeof(d->said)];

	engine_summary(d->engine, line, sizeof(line));
	if (!d->ready)
		notify_send("READY=1\nSTATUS=%s", line);
	else if (strcmp(line, d->said))
		notify_send("STATUS=%s", line);
	d->ready = true;
	mem_copy_str(d->said, sizeof(d->said), line);
}

/* All is in order and nothing to do for now. */
static void daemon_rest(struct daemon *d, msec now, msec wait)
{
	if (wait < REST_FOR || !engine_converged(d->engine) ||
	    (d->rested && now - d->rested < REST_EVERY))
		return;
	d->rested = now;
	memory_rest();
}

static void on_turn(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	struct moment at = moment_now();
	uint64_t began = uv_hrtime();
	msec next = engine_turn(d->engine, at), wait;

	d->took = (int64_t)(uv_hrtime() - began) / 1000;
	engine_turn_took(d->engine, d->took);
	events_nft_begin(d);
	daemon_say_status(d);
	if (d->options->once) {
		daemon_once(d, at.now);
		next = msec_min(next, at.now + ONCE_STUCK + 1);
	}
	wait = msec_max(next - moment_now().now, 1);
	daemon_rest(d, at.now, wait);
	uv_timer_start(timer, on_turn, (uint64_t)msec_min(wait, 3600000), 0);
}

/*
 * With thousands of peers a turn takes milliseconds, and ten thousand answers about names come one
 * by one: as long as the last turn took is gathered for the next one, so that a storm has half of
 * the processor at most.
 */
static uint64_t gather_ms(const struct daemon *d)
{
	return (uint64_t)msec_min(msec_max(d->took / 1000, GATHER_MS), GATHER_MAX);
}

void daemon_wake(struct daemon *d)
{
	uint64_t gather = gather_ms(d);

	if (!uv_is_active((uv_handle_t *)&d->turn) || uv_timer_get_due_in(&d->turn) > gather)
		uv_timer_start(&d->turn, on_turn, gather, 0);
}

void daemon_turn_now(struct daemon *d)
{
	uv_timer_start(&d->turn, on_turn, 0, 0);
}
