// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps a net child alive, and believes little of what it says.
 *
 * Everything that was asked is kept by its id until it is answered, so that an answer can be held
 * against its question. A child that sends anything else, or nothing for too long while something
 * is open, is replaced; so is one whose resolv.conf is out of date. What was open then is
 * forgotten: restarted() tells the engine to ask again.
 */
#include "edge/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "child_run.h"
#include "resolv_watch.h"

#define OPEN_MAX     16384 /* requests without an answer; as many as the child queues */
#define SILENCE_MS   30000 /* the child answers any lookup within half of that */
#define PULSE_MS     5000
#define DELAY_MIN_MS 100
#define DELAY_MAX_MS 10000
#define STABLE_MS    10000 /* after a life as long as this the next delay is short again */

/* Questions without an answer: n of them with this id, since all probes have the same. */
struct open_request {
	uint32_t id, kind, n;
	uint8_t family;
	UT_hash_handle hh;
};

/* A question that the socket had no room for. */
struct unsent {
	struct unsent *prev, *next;
	struct net_request q;
};

enum life {
	LIFE_NONE,     /* between two */
	LIFE_STARTING, /* until it says that it is ready */
	LIFE_READY,
	LIFE_ENDING, /* killed; what it still says is not heard */
};

struct child {
	uv_loop_t *loop;
	struct child_events events;
	struct resolv_watch *watch;
	uv_timer_t again, pulse;
	enum life life;
	struct child_run *run; /* NULL in LIFE_NONE */
	bool replaced;	       /* on purpose: the next one starts at once */
	bool refused;	       /* a request for want of room: the engine waits for a sign */
	uint64_t started;
	uint64_t heard;		   /* when it last said something, or first had something to say */
	msec delay;		   /* before the next start */
	struct open_request *open; /* by id */
	struct unsent *unsent;	   /* first in, first out */
	unsigned int handles;
};

static void life_start(struct child *c);

static void open_forget(struct child *c, struct open_request *o)
{
	HASH_DEL(c->open, o);
	free(o);
}

static void open_add(struct child *c, const struct net_request *q)
{
	struct open_request *o;

	HASH_FIND(hh, c->open, &q->id, sizeof(q->id), o);
	if (!o) {
		o = mem_calloc(1, sizeof(*o));
		o->id = q->id;
		HASH_ADD(hh, c->open, id, sizeof(o->id), o);
	}
	o->n = o->kind == q->kind ? o->n + 1 : 1;
	o->kind = q->kind;
	o->family = q->family;
}

static void unsent_add(struct child *c, const struct net_request *q)
{
	struct unsent *u = mem_calloc(1, sizeof(*u));

	u->q = *q;
	DL_APPEND(c->unsent, u);
}

static void unsent_drop(struct child *c)
{
	struct unsent *u = c->unsent;

	DL_DELETE(c->unsent, u);
	free(u);
}

static void forget_all(struct child *c)
{
	struct open_request *o, *next;

	HASH_ITER(hh, c->open, o, next)
		open_forget(c, o);
	while (c->unsent)
		unsent_drop(c);
	c->refused = false;
}

/* on_ended() starts the next. */
static void life_end(struct child *c)
{
	c->life = LIFE_ENDING;
	forget_all(c);
	child_run_kill(c->run);
}

static void distrust(struct child *c, const char *what)
{
	log_warn("the net child sent %s and is replaced; if it happens again, something that it "
		 "reads from the network may have broken it",
		 what);
	life_end(c);
}

static bool answers_question(const struct net_answer *a, const struct open_request *o)
{
	if (a->kind != o->kind)
		return false;
	return a->kind != NET_LOOKUP || !a->count || a->addrs[0].family == o->family;
}

static void on_answer(struct child *c, const struct net_answer *a)
{
	struct open_request *o;

	HASH_FIND(hh, c->open, &a->id, sizeof(a->id), o);
	if (!o || !answers_question(a, o)) {
		distrust(c, "an answer that nobody asked for");
		return;
	}
	if (!--o->n)
		open_forget(c, o);
	c->events.answer(c->events.ctx, a);
	if (c->refused && HASH_COUNT(c->open) < OPEN_MAX / 2) {
		c->refused = false;
		c->events.restarted(c->events.ctx);
	}
}

static void on_datagram(struct child *c, const struct net_datagram *d)
{
	if (c->life != LIFE_READY)
		distrust(c, "a datagram before it was ready");
	else if (c->events.heard)
		c->events.heard(c->events.ctx, d);
}

static void on_message(void *ctx, const void *bytes, size_t len)
{
	struct child *c = ctx;
	struct net_datagram d;
	struct net_answer a;

	if (c->life == LIFE_ENDING)
		return;
	if (net_datagram_valid(bytes, len)) {
		memcpy(&d, bytes, sizeof(d));
		on_datagram(c, &d);
		return;
	}
	c->heard = uv_now(c->loop);
	if (!net_answer_valid(bytes, len)) {
		distrust(c, "a malformed message");
		return;
	}
	memcpy(&a, bytes, sizeof(a));
	if (c->life == LIFE_STARTING && a.kind == NET_READY) {
		c->life = LIFE_READY;
		c->events.restarted(c->events.ctx);
	} else {
		on_answer(c, &a);
	}
}

static void on_writable(void *ctx)
{
	struct child *c = ctx;

	while (c->unsent) {
		const struct net_request *q = &c->unsent->q;

		if (child_run_send(c->run, q, sizeof(*q)))
			return;
		unsent_drop(c);
	}
}

static void on_again(uv_timer_t *timer)
{
	life_start(timer->data);
}

static void start_later(struct child *c)
{
	c->delay = backoff_next(c->delay, DELAY_MIN_MS, DELAY_MAX_MS);
	uv_timer_start(&c->again, on_again, (uint64_t)c->delay, 0);
}

/* Said until the delay is at its longest: after that there is nothing new in it. */
static void end_log(const struct child *c, int signal, int status)
{
	enum log_level level = c->delay < DELAY_MAX_MS ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG;

	if (signal == SIGSYS)
		log_write(level, "the net child made a system call that its filter does not "
				 "allow (the kernel's audit log has its number): no name can be "
				 "looked up if this goes on");
	else if (signal)
		log_write(level, "the net child was ended by signal %d (%s) and is started again",
			  signal, strsignal(signal));
	else
		log_write(level, "the net child ended with status %d and is started again", status);
}

static void on_ended(void *ctx, int signal, int status)
{
	struct child *c = ctx;
	bool replaced = c->replaced;

	if (uv_now(c->loop) - c->started >= STABLE_MS)
		c->delay = 0;
	child_run_free(c->run);
	c->run = NULL;
	c->life = LIFE_NONE;
	c->replaced = false;
	forget_all(c);
	if (replaced) {
		life_start(c);
		return;
	}
	end_log(c, signal, status);
	start_later(c);
}

static int run_start(struct child *c)
{
	struct child_run_events events = {c, on_message, on_writable, on_ended};
	int err;

	c->run = child_run_start(c->loop, &events, &err);
	c->life = err ? LIFE_NONE : LIFE_STARTING;
	c->started = c->heard = uv_now(c->loop);
	return err;
}

static void life_start(struct child *c)
{
	int err = run_start(c);

	if (!err)
		return;
	log_warn("the net child cannot be started: %s; names are not looked up until it can",
		 strerror(-err));
	start_later(c);
}

/* Timers come before sockets in the loop's round: what was said meanwhile is heard first. */
static void on_pulse(uv_timer_t *timer)
{
	struct child *c = timer->data;

	if (c->run)
		child_run_read(c->run);
	if (c->life == LIFE_READY && !c->open)
		return;
	if (uv_now(c->loop) - c->heard >= SILENCE_MS)
		child_restart(c, "it does not answer");
}

static void on_resolv_conf(void *ctx, const char *name)
{
	char why[64];

	snprintf(why, sizeof(why), "%s changed", name);
	child_restart(ctx, why);
}

struct child *child_start(uv_loop_t *loop, const struct child_events *events, int *err)
{
	struct child *c = mem_calloc(1, sizeof(*c));

	c->loop = loop;
	c->events = *events;
	*err = run_start(c);
	if (*err) {
		free(c);
		return NULL;
	}
	uv_timer_init(loop, &c->again);
	uv_timer_init(loop, &c->pulse);
	c->handles = 2;
	c->again.data = c->pulse.data = c;
	uv_timer_start(&c->pulse, on_pulse, PULSE_MS, PULSE_MS);
	c->watch = resolv_watch_start(loop, on_resolv_conf, c);
	return c;
}

int child_ask(struct child *c, const struct net_request *q)
{
	int err = 0;

	if (c->life != LIFE_READY)
		return -EAGAIN;
	if (HASH_COUNT(c->open) >= OPEN_MAX) {
		c->refused = true;
		return -EAGAIN;
	}
	if (!c->open)
		c->heard = uv_now(c->loop);
	if (!c->unsent)
		err = child_run_send(c->run, q, sizeof(*q));
	if (err && err != -EAGAIN)
		return -EAGAIN; /* it has just died; on_ended() is on its way */
	if (err || c->unsent)
		unsent_add(c, q);
	open_add(c, q);
	return 0;
}

int child_tell(struct child *c, const struct net_datagram *d)
{
	if (c->life != LIFE_READY || child_run_send(c->run, d, sizeof(*d)))
		return -EAGAIN;
	return 0;
}

void child_restart(struct child *c, const char *why)
{
	if (c->life == LIFE_NONE)
		return; /* the next one is about to start anyway */
	log_info("the net child is replaced: %s", why);
	c->replaced = true;
	life_end(c);
}

int child_pid(const struct child *c)
{
	return c->run ? child_run_pid(c->run) : 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct child *c = handle->data;

	if (!--c->handles)
		free(c);
}

void child_stop(struct child *c)
{
	if (c->run)
		child_run_free(c->run);
	c->run = NULL;
	c->life = LIFE_NONE;
	forget_all(c);
	resolv_watch_stop(c->watch);
	uv_close((uv_handle_t *)&c->again, on_closed);
	uv_close((uv_handle_t *)&c->pulse, on_closed);
}
