// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stage: the engine in its world behind the daemon's own control server.
 */
#include "support/stage.h"

#include <signal.h>

#include "edge/clock.h"
#include "edge/control.h"

struct stage {
	uv_loop_t loop;
	uv_timer_t second;
	uv_signal_t term;
	struct world *world;
	struct control *control;
};

static struct moment stage_moment(const struct stage *s)
{
	return (struct moment){s->world->now, s->world->now + s->world->wall_offset};
}

static enum control_said on_request(void *ctx, const char *line, bool privileged, void *rest,
				    struct str *out)
{
	struct stage *s = ctx;
	enum engine_said said =
		engine_request(s->world->engine, stage_moment(s), line, privileged, NULL, out);
	(void)rest;

	return said == ENGINE_SAID_WATCH ? CONTROL_WATCH : CONTROL_ALL;
}

static void on_event(void *ctx, const struct event *e)
{
	struct stage *s = ctx;
	struct str line = {0};

	engine_event_line(e, &line);
	control_broadcast(s->control, str_text(&line), line.len);
	str_free(&line);
}

static void on_second(uv_timer_t *t)
{
	struct stage *s = t->data;

	uint64_t began = uv_hrtime();

	world_run(s->world, 1000);
	engine_turn_took(s->world->engine, (int64_t)(uv_hrtime() - began) / 1000);
	s->world->log.len = 0;
}

static void on_term(uv_signal_t *sig, int number)
{
	struct stage *s = sig->data;
	(void)number;

	s->world->told = NULL;
	control_stop(s->control);
	uv_close((uv_handle_t *)&s->second, NULL);
	uv_close((uv_handle_t *)sig, NULL);
}

int stage_serve(struct world *w, const char *path)
{
	struct stage s = {.world = w};
	struct control_events events = {.ctx = &s, .request = on_request};
	int err = 0;

	uv_loop_init(&s.loop);
	s.control = control_start(&s.loop, path, "", &events, &err);
	if (s.control) {
		struct moment real = moment_now();

		w->wall_offset = real.wall - w->now;
		w->told = on_event;
		w->told_ctx = &s;
		uv_timer_init(&s.loop, &s.second);
		uv_signal_init(&s.loop, &s.term);
		s.second.data = s.term.data = &s;
		uv_timer_start(&s.second, on_second, 1000, 1000);
		uv_signal_start(&s.term, on_term, SIGTERM);
		uv_run(&s.loop, UV_RUN_DEFAULT);
	}
	uv_loop_close(&s.loop);
	return err;
}
