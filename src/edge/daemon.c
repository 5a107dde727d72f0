// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon: one libuv loop around the engine.
 *
 * Whatever happens (an event of the kernel, an answer of the child, a request, a signal) is
 * handed to the engine, and a moment later the circle is turned: that moment gathers a storm into
 * one turn. What it is configured with, when it turns and what it hears is in files of their own.
 */
#include "control_bind.h"
#include "daemon_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/memory.h"
#include "edge/caps.h"
#include "edge/clock.h"
#include "edge/notify.h"
#include "edge/sandbox.h"
#include "edge/seat.h"
#include "edge/userspace.h"

/* --- what the engine asks of us ------------------------------------------------------------- */

static int edge_ask(void *ctx, const struct net_request *q)
{
	struct daemon *d = ctx;
	int err = 0;

	if (!d->child)
		d->child = child_start(&d->loop, &d->child_events, &err);
	return d->child ? child_ask(d->child, q) : -EAGAIN;
}

static int edge_tell(void *ctx, const struct net_datagram *datagram)
{
	struct daemon *d = ctx;

	return d->child ? child_tell(d->child, datagram) : -EAGAIN;
}

/* What is new goes behind what was stored. */
static int edge_store_more(void *ctx, const char *text, size_t len)
{
	struct daemon *d = ctx;

	return files_store_more(engine_config(d->engine)->state_dir, MEMORY_FILE, d->stored, text,
				len);
}

/* The memory file is replaced whole: whoever reads it sees the old one or the new one. */
static int edge_store(void *ctx, const char *text, size_t len)
{
	struct daemon *d = ctx;

	return files_store(engine_config(d->engine)->state_dir, MEMORY_FILE, text, len,
			   *d->sandbox.user, &d->stored);
}

static void edge_event(void *ctx, const struct event *ev)
{
	struct daemon *d = ctx;
	struct str line = {0};

	if (!d->control || !control_has_watchers(d->control))
		return;
	engine_event_line(ev, &line);
	control_broadcast(d->control, str_text(&line), line.len);
	str_free(&line);
}

/* --- beginning and end ------------------------------------------------------------------------ */

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	notify_send("WATCHDOG=1");
}

static void memory_begin(struct daemon *d)
{
	char *text;
	size_t len;
	int err = files_recall(engine_config(d->engine)->state_dir, MEMORY_FILE, &text, &len);

	if (!err) {
		engine_recall(d->engine, text, len);
		free(text);
	} else if (err != -ENOENT) {
		log_warn("%s: %s; what the last run knew is not used. The user that waysided runs "
			 "as has to own that folder (state_dir)",
			 engine_config(d->engine)->state_dir, strerror(-err));
	}
}

static void daemon_close(struct daemon *d)
{
	if (d->stored >= 0)
		close(d->stored);
	engine_free(d->engine);
	kernel_close(&d->kernel);
	sources_free(&d->sources);
}

static int daemon_open(struct daemon *d, const struct daemon_options *o)
{
	struct edge edge = {0};
	char why[512];
	int err;

	*d = (struct daemon){
		.options = o, .path = config_path(o), .capable = caps_net_admin(), .stored = -1};
	d->child_events = events_of_child(d);
	if (!d->capable)
		log_error("no CAP_NET_ADMIN: peers, routes and rules can be neither read nor set; "
			  "run waysided as root");
	err = kernel_open(&d->kernel);
	if (err) {
		log_error("netlink cannot be opened: %s; the service has to allow AF_NETLINK",
			  strerror(-err));
		return err;
	}
	kernel_edge(&d->kernel, &edge);
	edge.ask = edge_ask;
	edge.tell = edge_tell;
	edge.reload = edge_reload;
	edge.store = edge_store;
	edge.store_more = edge_store_more;
	edge.event = edge_event;
	d->engine = engine_new(&edge, (uint64_t)moment_now().now << 20 ^ (uint64_t)getpid());
	err = daemon_configure(d, why, sizeof(why));
	if (err && o->clean)
		err = daemon_configure_without(d);
	if (err)
		daemon_close(d);
	return err;
}

int daemon_dry_run(const struct daemon_options *o)
{
	struct str lines = {0};
	struct daemon d;
	size_t n;

	if (daemon_open(&d, o))
		return 1;
	memory_begin(&d);
	n = engine_dry_run(d.engine, moment_now(), &lines);
	fputs(str_text(&lines), stdout);
	str_free(&lines);
	daemon_close(&d);
	if (!d.capable)
		return 1;
	return n ? EXIT_PENDING : 0;
}

const char *control_path(const struct daemon *d)
{
	return d->options->socket ? d->options->socket : engine_config(d->engine)->socket_path;
}

/* What was removed is put back by one that runs, wherever it answers. */
static void tell_of_other(const char *path)
{
	struct seat_holder who = {0};
	char other[SEAT_PATH_MAX + 64];

	if (seat_ask(&who, true)) {
		if (!control_is_alive(path))
			return;
		mem_copy_str(who.socket, sizeof(who.socket), path);
	}
	seat_describe(other, sizeof(other), &who);
	log_warn("%s runs, and puts back what was removed: systemctl stop waysided, then run "
		 "--clean once more",
		 other);
}

int daemon_clean(const struct daemon_options *o)
{
	struct daemon d;
	int err;

	if (daemon_open(&d, o))
		return 1;
	memory_begin(&d); /* of what was moved, and goes home */
	err = engine_clean(d.engine, moment_now());
	if (err)
		log_error("not everything could be removed: %s; stop waysided, then run --clean "
			  "once more as root",
			  strerror(-err));
	tell_of_other(control_path(&d));
	daemon_close(&d);
	return err || !d.capable ? 1 : 0;
}

static const char *control_advice(int err)
{
	if (err == -EEXIST)
		return "Remove that file, which is no socket, or name another path (socket.path)";
	if (err == -ENAMETOOLONG)
		return "Name another path (socket.path), of at most 107 bytes";
	return "Make that folder, or name another path (socket.path)";
}

static int control_begin(struct daemon *d)
{
	const char *path = control_path(d);
	struct control_events events = events_of_control(d);
	int err = 0;

	d->control = control_start(&d->loop, path, engine_config(d->engine)->socket_group, &events,
				   &err);
	if (d->control)
		return 0;
	if (err == -EADDRINUSE) {
		log_error("%s: another waysided answers there; stop it first", path);
		return err;
	}
	log_error("%s: %s; running on without a control socket, so waysidectl finds no daemon. %s",
		  path, strerror(-err), control_advice(err));
	return 0;
}

/* A ring (io_uring) would do its calls beside the filter of system calls, so libuv has none. */
static int loop_begin(struct daemon *d)
{
	uint64_t watchdog = notify_watchdog_interval();

	setenv("UV_USE_IO_URING", "0", 1);
	uv_loop_init(&d->loop);
	d->loop.data = d;
	uv_timer_init(&d->loop, &d->turn);
	d->turn.data = d;
	uv_timer_init(&d->loop, &d->watchdog);
	if (watchdog)
		uv_timer_start(&d->watchdog, on_watchdog, watchdog, watchdog);
	events_begin(d);
	if (d->options->once)
		return 0;
	if (control_begin(d))
		return -EADDRINUSE;
	imports_watch(d);
	return 0;
}

void daemon_confine(struct daemon *d)
{
	const struct config *c = engine_config(d->engine);
	struct sandbox_need need = {.config = &d->sources,
				    .imports = config_import_sources(c) != 0,
				    .state_dir = c->state_dir,
				    .socket = d->control ? control_path(d) : NULL,
				    .stands_by = !d->seated && !d->options->once};

	sandbox_enter(&need, &d->sandbox);
	engine_confined(d->engine, &d->sandbox);
}

static void child_begin(struct daemon *d)
{
	int err = 0;

	d->child = child_start(&d->loop, &d->child_events, &err);
	if (!d->child)
		log_error("the net child cannot be started: %s; endpoints known by a name stay as "
			  "they are until a restart",
			  strerror(-err));
}

static void on_walk(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void loop_end(struct daemon *d)
{
	if (d->control)
		control_stop(d->control);
	if (d->child)
		child_stop(d->child);
	seat_leave(d->seat);
	import_watch_stop(d->watch);
	userspace_watch_stop(d->userspace);
	uv_walk(&d->loop, on_walk, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
}

static void daemon_act(struct daemon *d)
{
	memory_begin(d); /* as the user that wrote it */
	if (!d->options->once)
		child_begin(d);
	daemon_turn_now(d);
	uv_run(&d->loop, UV_RUN_DEFAULT);
}

int daemon_run(const struct daemon_options *o)
{
	struct daemon d;

	notify_init();
	events_hold_hup();
	if (daemon_open(&d, o))
		return 1;
	d.started = moment_now().now;
	if (loop_begin(&d)) {
		loop_end(&d);
		daemon_close(&d);
		return 1;
	}
	if (daemon_sit(&d))
		daemon_act(&d);
	notify_send("STOPPING=1");
	if (!o->once && d.seated && engine_config(d.engine)->clean_on_exit)
		engine_clean(d.engine, moment_now());
	loop_end(&d);
	daemon_close(&d);
	return d.status;
}
