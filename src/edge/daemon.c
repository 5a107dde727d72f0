// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon: one libuv loop around the engine.
 *
 * Whatever happens (an event of the kernel, an answer of the child, a request, a signal) is
 * handed to the engine, and a moment later the circle is turned: that moment gathers a storm into
 * one turn. Between turns the engine's own deadline is all that wakes us.
 */
#include "edge/daemon.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "base/rest.h"
#include "codec/memory.h"
#include "codec/rtnl.h"
#include "edge/caps.h"
#include "edge/child.h"
#include "edge/clock.h"
#include "edge/control.h"
#include "edge/files.h"
#include "edge/import_watch.h"
#include "edge/kernel.h"
#include "edge/notify.h"
#include "engine/engine.h"

#define GATHER_MS     2	    /* between the first event of a storm and the turn */
#define EVENT_READS   256   /* of one wake-up: a storm does not starve the rest */
#define ONCE_PATIENCE 30000 /* ms that --once waits to converge */
#define ONCE_NAMES    8000  /* ms of those in which it waits for names */
#define REST_EVERY    60000 /* ms at least between two times that memory is given back */
#define REST_FOR      500   /* ms without anything to do, from which on that is worth it */

struct daemon {
	struct kernel kernel; /* first: the edge's ctx is this and the daemon */
	const struct daemon_options *options;
	const char *path; /* of the configuration; NULL: built-in defaults */
	struct engine *engine;
	struct child *child;
	struct control *control;
	struct import_watch *watch;
	struct userspace_watch *userspace;
	uv_loop_t loop;
	uv_timer_t turn, watchdog;
	uv_poll_t route_poll, nft_poll;
	uv_signal_t hup, term, interrupt;
	struct child_events child_events;
	msec started;
	msec rested; /* when memory was last given back; 0 = never */
	bool ready;
	bool capable; /* of CAP_NET_ADMIN */
	int status;
	char said[160]; /* the last STATUS= */
};

/* --- configuration ------------------------------------------------------------------------ */

static const char *config_path(const struct daemon_options *o)
{
	if (o->config)
		return o->config;
	return access(DEFAULT_CONFIG_PATH, F_OK) ? NULL : DEFAULT_CONFIG_PATH;
}

static void problem_text(const struct conf_problem *p, char *buf, size_t size)
{
	if (p->line)
		snprintf(buf, size, "%s:%u: %s", p->file, p->line, p->message);
	else
		snprintf(buf, size, "%s: %s", p->file, p->message);
}

/* The first real problem goes to why, all of them to the log. */
static int config_load(const char *path, struct config **out, char *why, size_t size)
{
	struct conf_problems problems = {0};
	bool first = true;
	int err = 0;

	if (!path) {
		*out = config_new();
		return 0;
	}
	err = files_load_config(path, out, &problems);
	vec_each(&problems, p) {
		char text[512];

		problem_text(p, text, sizeof(text));
		log_write(p->note ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "%s", text);
		if (!p->note && first) {
			mem_copy_str(why, size, text);
			first = false;
		}
	}
	conf_problems_free(&problems);
	return err;
}

int daemon_check(const struct daemon_options *o)
{
	const char *path = config_path(o);
	struct conf_problems problems = {0};
	struct config *c = NULL;
	int err;

	if (!path)
		return 0;
	err = files_load_config(path, &c, &problems);
	vec_each(&problems, p) {
		char text[512];

		problem_text(p, text, sizeof(text));
		printf("%s%s\n", text, p->note ? " (note)" : "");
	}
	conf_problems_free(&problems);
	config_free(c);
	return err ? 1 : 0;
}

static enum log_level log_level_for(const struct daemon *d, const struct config *c)
{
	return d->options->verbose ? LOG_LEVEL_DEBUG : c->log_level;
}

static int daemon_configure(struct daemon *d, char *why, size_t size)
{
	struct imports imports = {0};
	struct config *c = NULL;
	int err = config_load(d->path, &c, why, size);

	if (err)
		return err;
	files_import(&imports, config_import_sources(c));
	c->log_level = log_level_for(d, c);
	engine_configure(d->engine, c, d->path, &imports, moment_now());
	return 0;
}

/* --- turning the circle ------------------------------------------------------------------- */

static void daemon_stop(struct daemon *d, int status)
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
	else if (converged && (engine_settled(d->engine) || waited > ONCE_NAMES))
		daemon_stop(d, EXIT_CONVERGED);
	else if (waited > ONCE_PATIENCE)
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

static void on_nft_events(uv_poll_t *poll, int status, int events);

static void poll_begin(struct daemon *d, uv_poll_t *poll, int fd, uv_poll_cb cb)
{
	if (fd < 0)
		return;
	uv_poll_init(&d->loop, poll, fd);
	poll->data = d;
	uv_poll_start(poll, UV_READABLE, cb);
}

/* nftables may come later than we do: as soon as it is there, it is listened to. */
static void nft_poll_begin(struct daemon *d)
{
	if (!d->nft_poll.data)
		poll_begin(d, &d->nft_poll, d->kernel.nft_events, on_nft_events);
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

	engine_turn_took(d->engine, (int64_t)(uv_hrtime() - began) / 1000);
	nft_poll_begin(d);
	daemon_say_status(d);
	if (d->options->once)
		daemon_once(d, at.now);
	wait = msec_max(next - moment_now().now, 1);
	daemon_rest(d, at.now, wait);
	uv_timer_start(timer, on_turn, (uint64_t)msec_min(wait, 3600000), 0);
}

static void daemon_wake(struct daemon *d)
{
	if (!uv_is_active((uv_handle_t *)&d->turn) || uv_timer_get_due_in(&d->turn) > GATHER_MS)
		uv_timer_start(&d->turn, on_turn, GATHER_MS, 0);
}

/* --- what happens ------------------------------------------------------------------------- */

static void on_link(struct daemon *d, const struct nlmsghdr *h)
{
	struct link l;

	if (!rtnl_parse_link(h, &l))
		engine_link_event(d->engine, &l, h->nlmsg_type == RTM_DELLINK);
}

static void on_addr(struct daemon *d, const struct nlmsghdr *h)
{
	struct local_addr a;

	if (!rtnl_parse_addr(h, &a))
		engine_addr_event(d->engine, &a);
}

static void on_route(struct daemon *d, const struct nlmsghdr *h)
{
	struct route r;

	if (h->nlmsg_pid != d->kernel.route.portid && !rtnl_parse_route(h, &r))
		engine_route_event(d->engine, &r, h->nlmsg_type == RTM_DELROUTE);
}

static void on_kernel_event(void *ctx, const struct nlmsghdr *h)
{
	struct daemon *d = ctx;

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		on_link(d, h);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		on_addr(d, h);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		on_route(d, h);
		break;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		if (h->nlmsg_pid != d->kernel.route.portid)
			engine_dirty(d->engine, SUBJECT_RULES);
		break;
	}
}

static void on_route_events(uv_poll_t *poll, int status, int events)
{
	struct daemon *d = poll->data;

	(void)status;
	(void)events;
	if (netlink_events(d->kernel.route_events, &d->kernel.route, EVENT_READS, on_kernel_event,
			   d)) {
		log_debug("events of the kernel were lost; looking at everything");
		engine_dirty(d->engine, SUBJECT_ALL & ~(unsigned int)SUBJECT_FIREWALL);
	}
	daemon_wake(d);
}

static void on_nft_events(uv_poll_t *poll, int status, int events)
{
	struct daemon *d = poll->data;
	bool dirty = false;

	(void)status;
	(void)events;
	nft_monitor_read(d->kernel.nft_events, nft_portid(d->kernel.nft),
			 engine_firewall_seen(d->engine), &dirty);
	if (!dirty)
		return;
	engine_dirty(d->engine, SUBJECT_FIREWALL);
	daemon_wake(d);
}

static void on_answer(void *ctx, const struct net_answer *a)
{
	struct daemon *d = ctx;

	engine_answer(d->engine, a, moment_now());
	daemon_wake(d);
}

static void on_heard(void *ctx, const struct net_datagram *datagram)
{
	struct daemon *d = ctx;

	if (engine_heard(d->engine, datagram, moment_now()))
		daemon_wake(d);
}

static void on_child_restarted(void *ctx)
{
	struct daemon *d = ctx;

	engine_child_restarted(d->engine, moment_now());
	daemon_wake(d);
}

static enum control_said on_request(void *ctx, const char *line, bool privileged, void *rest,
				    struct str *out)
{
	static const enum control_said said[] = {[ENGINE_SAID_ALL] = CONTROL_ALL,
						 [ENGINE_SAID_WATCH] = CONTROL_WATCH,
						 [ENGINE_SAID_A_PART] = CONTROL_PART};
	struct daemon *d = ctx;
	enum engine_said s = engine_request(d->engine, moment_now(), line, privileged, rest, out);

	daemon_wake(d);
	return said[s];
}

static bool on_more(void *ctx, void *rest, struct str *out)
{
	struct daemon *d = ctx;

	return engine_request_more(d->engine, moment_now(), rest, out);
}

static void on_imports(void *ctx)
{
	struct daemon *d = ctx;
	struct imports imports = {0};

	files_import(&imports, config_import_sources(engine_config(d->engine)));
	engine_import(d->engine, &imports, moment_now());
	daemon_wake(d);
}

/* Of an interface that is known, the socket may be another one, or have other rights. */
static void on_userspace(void *ctx)
{
	struct daemon *d = ctx;

	engine_dirty(d->engine, SUBJECT_LINKS | SUBJECT_PEERS);
	daemon_wake(d);
}

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	notify_send("WATCHDOG=1");
}

/* --- the rest of the edge ----------------------------------------------------------------- */

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

static void watch_begin(struct daemon *d)
{
	import_watch_stop(d->watch);
	d->watch = import_watch_start(&d->loop, config_import_sources(engine_config(d->engine)),
				      on_imports, d);
}

/* The memory file is replaced whole: whoever reads it sees the old one or the new one. */
static int edge_store(void *ctx, const char *text, size_t len)
{
	struct daemon *d = ctx;

	return files_store(engine_config(d->engine)->state_dir, MEMORY_FILE, text, len);
}

static int edge_reload(void *ctx, char *why, size_t size)
{
	struct daemon *d = ctx;
	char path[PATH_LEN];
	int err;

	mem_copy_str(path, sizeof(path), engine_config(d->engine)->socket_path);
	notify_reloading();
	err = daemon_configure(d, why, size);
	if (err)
		engine_config_failed(d->engine, why, moment_now());
	else
		watch_begin(d);
	if (strcmp(path, engine_config(d->engine)->socket_path))
		log_warn("%s: the control socket stays where it is until a restart: systemctl "
			 "restart "
			 "waysided",
			 path);
	notify_send("READY=1");
	daemon_wake(d);
	return err;
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

static void on_signal(uv_signal_t *handle, int signum)
{
	struct daemon *d = handle->data;
	char why[512];

	if (signum == SIGHUP)
		edge_reload(d, why, sizeof(why));
	else
		daemon_stop(d, 0);
}

/* --- beginning and end -------------------------------------------------------------------- */

static void memory_begin(struct daemon *d)
{
	char *text;
	size_t len;
	int err = files_recall(engine_config(d->engine)->state_dir, MEMORY_FILE, &text, &len);

	if (!err) {
		engine_recall(d->engine, text, len);
		free(text);
	} else if (err != -ENOENT) {
		log_warn("%s: %s; what the last run knew is not used. root has to be able to read "
			 "and "
			 "write that folder (state_dir)",
			 engine_config(d->engine)->state_dir, strerror(-err));
	}
}

static int daemon_open(struct daemon *d, const struct daemon_options *o)
{
	struct edge edge = {0};
	char why[512];
	int err;

	*d = (struct daemon){.options = o, .path = config_path(o), .capable = caps_net_admin()};
	d->child_events = (struct child_events){
		.ctx = d, .answer = on_answer, .restarted = on_child_restarted, .heard = on_heard};
	if (!d->capable)
		log_error("no CAP_NET_ADMIN: peers, routes and rules can be neither read nor set; "
			  "run "
			  "waysided as root");
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
	edge.event = edge_event;
	d->engine = engine_new(&edge, (uint64_t)moment_now().now << 20 ^ (uint64_t)getpid());
	err = daemon_configure(d, why, sizeof(why));
	if (err) {
		engine_free(d->engine);
		kernel_close(&d->kernel);
		return err;
	}
	memory_begin(d);
	return 0;
}

static void daemon_close(struct daemon *d)
{
	engine_free(d->engine);
	kernel_close(&d->kernel);
}

int daemon_dry_run(const struct daemon_options *o)
{
	struct str lines = {0};
	struct daemon d;
	size_t n;

	if (daemon_open(&d, o))
		return 1;
	n = engine_dry_run(d.engine, moment_now(), &lines);
	fputs(str_text(&lines), stdout);
	str_free(&lines);
	daemon_close(&d);
	if (!d.capable)
		return 1;
	return n ? EXIT_PENDING : 0;
}

int daemon_clean(const struct daemon_options *o)
{
	struct daemon d;
	int err;

	if (daemon_open(&d, o))
		return 1;
	err = engine_clean(d.engine, moment_now());
	if (err)
		log_error("not everything could be removed: %s; stop waysided, then run --clean "
			  "once more as "
			  "root",
			  strerror(-err));
	daemon_close(&d);
	return err || !d.capable ? 1 : 0;
}

static void signal_begin(struct daemon *d, uv_signal_t *handle, int signum)
{
	uv_signal_init(&d->loop, handle);
	handle->data = d;
	uv_signal_start(handle, on_signal, signum);
}

static int control_begin(struct daemon *d)
{
	const struct config *c = engine_config(d->engine);
	const char *path = d->options->socket ? d->options->socket : c->socket_path;
	struct control_events events = {.ctx = d,
					.request = on_request,
					.more = on_more,
					.rest_size = sizeof(struct engine_rest)};
	int err = 0;

	d->control = control_start(&d->loop, path, c->socket_group, &events, &err);
	if (d->control)
		return 0;
	if (err == -EADDRINUSE) {
		log_error("%s: another waysided answers there; stop it first", path);
		return err;
	}
	log_error(
		"%s: %s; running on without a control socket, so waysidectl finds no daemon. Make "
		"that folder, or name another path (socket.path)",
		path, strerror(-err));
	return 0;
}

static int loop_begin(struct daemon *d)
{
	uint64_t watchdog = notify_watchdog_interval();
	int err = 0;

	uv_loop_init(&d->loop);
	d->loop.data = d;
	uv_timer_init(&d->loop, &d->turn);
	d->turn.data = d;
	uv_timer_init(&d->loop, &d->watchdog);
	if (watchdog)
		uv_timer_start(&d->watchdog, on_watchdog, watchdog, watchdog);
	poll_begin(d, &d->route_poll, d->kernel.route_events, on_route_events);
	nft_poll_begin(d);
	signal_begin(d, &d->hup, SIGHUP);
	signal_begin(d, &d->term, SIGTERM);
	signal_begin(d, &d->interrupt, SIGINT);
	if (d->options->once)
		return 0;
	if (control_begin(d))
		return -EADDRINUSE;
	watch_begin(d);
	d->userspace = userspace_watch_start(&d->loop, on_userspace, d);
	d->child = child_start(&d->loop, &d->child_events, &err);
	if (!d->child)
		log_error("the net child cannot be started: %s; endpoints known by a name stay as "
			  "they "
			  "are until a restart",
			  strerror(-err));
	return 0;
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
	import_watch_stop(d->watch);
	userspace_watch_stop(d->userspace);
	uv_walk(&d->loop, on_walk, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
}

int daemon_run(const struct daemon_options *o)
{
	struct daemon d;

	notify_init();
	if (daemon_open(&d, o))
		return 1;
	d.started = moment_now().now;
	if (loop_begin(&d)) {
		loop_end(&d);
		daemon_close(&d);
		return 1;
	}
	caps_drop(config_import_sources(engine_config(d.engine)) != 0);
	uv_timer_start(&d.turn, on_turn, 0, 0);
	uv_run(&d.loop, UV_RUN_DEFAULT);
	notify_send("STOPPING=1");
	if (!o->once && engine_config(d.engine)->clean_on_exit)
		engine_clean(d.engine, moment_now());
	loop_end(&d);
	daemon_close(&d);
	return d.status;
}
