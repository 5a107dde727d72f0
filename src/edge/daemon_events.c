// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon hears: the kernel, its child, its clients, signals. All of it is handed to the
 * engine, and the circle is turned a moment later.
 */
#include "daemon_parts.h"

#include <linux/rtnetlink.h>
#include <signal.h>

#include "base/log.h"
#include "codec/rtnl.h"
#include "edge/clock.h"
#include "edge/notify.h"
#include "edge/userspace.h"

#define EVENT_READS 256 /* of one wake-up: a storm does not starve the rest */

/* --- the kernel ----------------------------------------------------------------------------- */

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
	enum route_event what = h->nlmsg_type == RTM_DELROUTE	 ? ROUTE_WENT
				: h->nlmsg_flags & NLM_F_REPLACE ? ROUTE_REPLACED
								 : ROUTE_CAME;
	struct route r;

	if (h->nlmsg_pid != d->kernel.route.portid && !rtnl_parse_route(h, &r))
		engine_route_event(d->engine, &r, what);
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

/*
 * An overrun is an error of the socket, which reading takes away; libuv has given the socket up by
 * then, and nothing would be heard of any more.
 */
static void poll_goes_on(uv_poll_t *poll, int status, uv_poll_cb cb)
{
	if (status < 0)
		uv_poll_start(poll, UV_READABLE, cb);
}

static void on_route_events(uv_poll_t *poll, int status, int events)
{
	struct daemon *d = poll->data;

	(void)events;
	poll_goes_on(poll, status, on_route_events);
	if (netlink_events(&d->kernel.route_events, &d->kernel.route, EVENT_READS, on_kernel_event,
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

	(void)events;
	poll_goes_on(poll, status, on_nft_events);
	nft_events_read(d->kernel.nft, engine_firewall_seen(d->engine), &dirty);
	if (!dirty)
		return;
	engine_dirty(d->engine, SUBJECT_FIREWALL);
	daemon_wake(d);
}

/* --- child and clients --------------------------------------------------------------------- */

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

struct child_events events_of_child(struct daemon *d)
{
	return (struct child_events){
		.ctx = d, .answer = on_answer, .restarted = on_child_restarted, .heard = on_heard};
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

static void on_lost(void *ctx, uint64_t n, struct str *out)
{
	struct daemon *d = ctx;

	engine_lost_line(d->engine, moment_now(), n, out);
}

struct control_events events_of_control(struct daemon *d)
{
	return (struct control_events){.ctx = d,
				       .request = on_request,
				       .more = on_more,
				       .lost = on_lost,
				       .rest_size = sizeof(struct engine_rest)};
}

/* --- the rest ------------------------------------------------------------------------------- */

/* Of an interface that is known, the socket may be another one, or have other rights. */
static void on_userspace(void *ctx)
{
	struct daemon *d = ctx;

	engine_dirty(d->engine, SUBJECT_LINKS | SUBJECT_PEERS);
	daemon_wake(d);
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

static void hup_mask(int how)
{
	sigset_t hup;

	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	pthread_sigmask(how, &hup, NULL);
}

void events_hold_hup(void)
{
	hup_mask(SIG_BLOCK);
}

static void signal_begin(struct daemon *d, uv_signal_t *handle, int signum)
{
	uv_signal_init(&d->loop, handle);
	handle->data = d;
	uv_signal_start(handle, on_signal, signum);
}

static void poll_begin(struct daemon *d, uv_poll_t *poll, int fd, uv_poll_cb cb)
{
	if (fd < 0)
		return;
	uv_poll_init(&d->loop, poll, fd);
	poll->data = d;
	uv_poll_start(poll, UV_READABLE, cb);
}

void events_nft_begin(struct daemon *d)
{
	if (d->kernel.nft && !d->nft_poll.data)
		poll_begin(d, &d->nft_poll, nft_events(d->kernel.nft), on_nft_events);
}

void events_begin(struct daemon *d)
{
	poll_begin(d, &d->route_poll, d->kernel.route_events.fd, on_route_events);
	events_nft_begin(d);
	signal_begin(d, &d->hup, SIGHUP);
	hup_mask(SIG_UNBLOCK);
	signal_begin(d, &d->term, SIGTERM);
	signal_begin(d, &d->interrupt, SIGINT);
	if (!d->options->once)
		d->userspace = userspace_watch_start(&d->loop, on_userspace, d);
}
