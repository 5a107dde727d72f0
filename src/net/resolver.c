// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * c-ares on libuv: a queue of lookups, a bounded number of them in flight, one answer each. An SRV
 * lookup is a flight of several legs: the records, then the addresses of their targets in order.
 *
 * c-ares calls back whenever it likes: inside the call that starts a lookup, inside the one that
 * ends the channel, or long after nobody waits any more. So it is given a ticket with a number,
 * never a flight, and what a callback does is small: answer and free the place. The queue moves
 * on only in pump(), which is never entered from a callback.
 */
#include "resolver.h"

#define CARES_NO_DEPRECATED /* what newer versions recommend instead, 1.18 does not have */
#include <ares.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <utlist.h>

#include "base/mem.h"
#include "found.h"
#include "sockets.h"
#include "srv.h"

#define FLIGHTS_MAX	64
#define QUEUE_MAX	16384
#define TRY_TIMEOUT_MS	1500 /* of one try at one server; c-ares doubles it for each round */
#define TRIES		2    /* rounds over all servers */
#define FLIGHT_LIMIT_MS 6000 /* of a lookup, however many servers are dead */
#define TARGETS_MAX	8    /* of an SRV lookup, that are looked up in their turn */

struct waiting {
	struct waiting *prev, *next;
	struct net_request q;
};

struct flight {
	uint64_t number; /* 0 = free */
	uint64_t started;
	uint8_t family;		    /* 0 = both, only for NET_SRV */
	struct net_answer answer;   /* what is known so far; status: the worst of the legs' */
	struct srv_records targets; /* NET_SRV: where the records lead, in order */
	uint32_t legs;		    /* begun, of those to the targets */
};

struct ticket {
	struct resolver *resolver; /* outlives its channel and so every ticket */
	uint64_t number;
};

struct resolver {
	uv_loop_t *loop;
	ares_channel channel;
	uv_timer_t timer;
	resolver_done done;
	void *ctx;
	struct sockets sockets;
	struct flight flights[FLIGHTS_MAX];
	uint64_t last_number;
	struct rng rng;
	struct waiting *queue; /* first in, first out */
	unsigned int queued;
};

static void pump(struct resolver *r);

/* The flight with this number; number 0 finds a free one. */
static struct flight *flight_find(struct resolver *r, uint64_t number)
{
	for (size_t i = 0; i < FLIGHTS_MAX; i++)
		if (r->flights[i].number == number)
			return &r->flights[i];
	return NULL;
}

/*
 * Lands a flight with what it has: addresses are a success, for no longer than a moment where a
 * leg has failed that could have brought more. Its place is free before anybody hears of it.
 */
static void flight_end(struct resolver *r, struct flight *f)
{
	struct net_answer a = f->answer;

	if (!a.count || a.status > NET_NO_DATA)
		a.ttl = 0;
	if (a.count)
		a.status = NET_OK;
	else if (a.status == NET_OK)
		a.status = NET_NO_DATA;
	vec_free(&f->targets);
	f->number = 0;
	r->done(r->ctx, &a);
}

static void refuse(struct resolver *r, const struct net_request *q)
{
	struct net_answer a;

	memset(&a, 0, sizeof(a));
	a.kind = q->kind;
	a.id = q->id;
	a.status = NET_FAILED;
	r->done(r->ctx, &a);
}

static struct ticket *ticket_new(struct resolver *r, const struct flight *f)
{
	struct ticket *t = mem_calloc(1, sizeof(*t));

	*t = (struct ticket){r, f->number};
	return t;
}

/* The flight that a ticket was for, NULL when it has landed without it. Frees the ticket. */
static struct flight *ticket_redeem(struct ticket *t)
{
	struct flight *f = flight_find(t->resolver, t->number);

	free(t);
	return f;
}

static void on_addrinfo(void *arg, int status, int timeouts, struct ares_addrinfo *ai);

/* One family a leg: with AF_UNSPEC, c-ares hides that one of the two failed. */
static void addresses_ask(struct resolver *r, struct flight *f, const char *host, uint8_t family)
{
	struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT, .ai_family = family};

	ares_getaddrinfo(r->channel, host, NULL, &hints, on_addrinfo, ticket_new(r, f));
}

/* The target that the last leg led to, NULL for a name's own addresses. */
static const struct srv_record *leg_target(const struct flight *f)
{
	uint32_t each = f->family ? 1 : 2;

	return f->legs ? &f->targets.at[(f->legs - 1) / each] : NULL;
}

/* The flight's next leg, if it has one: the addresses of a target, IPv6 first. */
static void flight_go_on(struct resolver *r, struct flight *f)
{
	uint8_t family = f->family;

	if (f->legs == f->targets.len * (family ? 1 : 2)) {
		flight_end(r, f);
		return;
	}
	if (!family)
		family = f->legs % 2 ? AF_INET : AF_INET6;
	f->legs++;
	addresses_ask(r, f, leg_target(f)->host, family);
}

static void on_addrinfo(void *arg, int status, int timeouts, struct ares_addrinfo *ai)
{
	struct resolver *r = ((struct ticket *)arg)->resolver;
	struct flight *f = ticket_redeem(arg);

	(void)timeouts;
	if (f && ai)
		found_addresses(&f->answer, ai, leg_target(f) ? leg_target(f)->port : 0);
	if (ai)
		ares_freeaddrinfo(ai);
	if (!f)
		return;
	found_status(&f->answer, status);
	flight_go_on(r, f);
}

static void on_srv(void *arg, int status, int timeouts, unsigned char *bytes, int len)
{
	struct resolver *r = ((struct ticket *)arg)->resolver;
	struct flight *f = ticket_redeem(arg);

	(void)timeouts;
	if (!f)
		return;
	if (status == ARES_SUCCESS && srv_parse(&f->targets, &f->answer.ttl, bytes, (size_t)len))
		status = ARES_EBADRESP;
	srv_order(&f->targets, &r->rng);
	if (f->targets.len > TARGETS_MAX)
		f->targets.len = TARGETS_MAX;
	found_status(&f->answer, status);
	flight_go_on(r, f);
}

static bool request_valid(const struct net_request *q)
{
	bool both = q->kind == NET_SRV && q->family == AF_UNSPEC;

	return *q->name && memchr(q->name, '\0', sizeof(q->name)) &&
	       (q->family == AF_INET || q->family == AF_INET6 || both);
}

static void flight_start(struct resolver *r, struct flight *f, const struct net_request *q)
{
	memset(f, 0, sizeof(*f));
	f->number = ++r->last_number;
	f->started = uv_now(r->loop);
	f->family = q->family;
	f->answer.kind = q->kind;
	f->answer.id = q->id;
	f->answer.ttl = UINT32_MAX;
	if (q->kind == NET_SRV)
		ares_query(r->channel, q->name, ns_c_in, ns_t_srv, on_srv, ticket_new(r, f));
	else
		addresses_ask(r, f, q->name, q->family);
}

/* Lookups that c-ares is still busy with, but nobody should wait for any longer. */
static void flights_expire(struct resolver *r)
{
	for (struct flight *f = r->flights; f < r->flights + FLIGHTS_MAX; f++)
		if (f->number && uv_now(r->loop) - f->started >= FLIGHT_LIMIT_MS) {
			found_status(&f->answer, ARES_ETIMEOUT);
			flight_end(r, f);
		}
}

static void on_timer(uv_timer_t *timer)
{
	struct resolver *r = timer->data;

	flights_expire(r);
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	pump(r);
}

/* To the next thing that happens by itself: a try that c-ares gives up, or a flight that we do. */
static void timer_set(struct resolver *r)
{
	uint64_t wait = UINT64_MAX, now = uv_now(r->loop);
	struct timeval tv;

	for (const struct flight *f = r->flights; f < r->flights + FLIGHTS_MAX; f++) {
		uint64_t end = f->started + FLIGHT_LIMIT_MS, left = end > now ? end - now : 0;

		if (f->number && left < wait)
			wait = left;
	}
	if (ares_timeout(r->channel, NULL, &tv)) {
		uint64_t ms = (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1;

		wait = ms < wait ? ms : wait;
	}
	if (wait == UINT64_MAX)
		uv_timer_stop(&r->timer);
	else
		uv_timer_start(&r->timer, on_timer, wait, 0);
}

/* Starts what fits. A lookup that ends in its own start (a hosts file) leaves its place again. */
static void pump(struct resolver *r)
{
	struct flight *f;

	while (r->queue && (f = flight_find(r, 0))) {
		struct waiting *w = r->queue;

		DL_DELETE(r->queue, w);
		r->queued--;
		flight_start(r, f, &w->q);
		free(w);
	}
	timer_set(r);
}

static void on_ready(void *ctx, int readable, int writable)
{
	struct resolver *r = ctx;

	ares_process_fd(r->channel, readable, writable);
	pump(r);
}

/*
 * Hosts file, then DNS, whatever nsswitch.conf says: it often names modules of glibc that c-ares
 * does not have, and leaves out "dns". No search list either (an option of its own, because
 * c-ares 1.18's getaddrinfo does not heed ARES_FLAG_NOSEARCH): an endpoint is a full name.
 */
static int channel_init(struct resolver *r, const char *resolv_conf)
{
	char lookups[] = "fb", path[64];
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS,
		.timeout = TRY_TIMEOUT_MS,
		.tries = TRIES,
		.lookups = lookups,
		.ndomains = 0,
		.sock_state_cb = sockets_state,
		.sock_state_cb_data = &r->sockets,
		.resolvconf_path = path,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
		   ARES_OPT_DOMAINS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF;

	mem_copy_str(path, sizeof(path), resolv_conf);
	return ares_init_options(&r->channel, &o, mask);
}

struct resolver *resolver_new(uv_loop_t *loop, resolver_done done, void *ctx)
{
	struct resolver *r = mem_calloc(1, sizeof(*r));

	r->loop = loop;
	r->sockets = (struct sockets){.loop = loop, .ready = on_ready, .ctx = r};
	r->done = done;
	r->ctx = ctx;
	if (getrandom(&r->rng.state, sizeof(r->rng.state), GRND_NONBLOCK) < 0)
		r->rng.state = uv_hrtime(); /* early at boot; it only spreads load */
	if (ares_library_init(ARES_LIB_INIT_ALL))
		goto fail;
	/* one that is there but cannot be read is as one that is missing: a server on localhost */
	if (channel_init(r, "/etc/resolv.conf") && channel_init(r, "/dev/null"))
		goto fail;
	uv_timer_init(loop, &r->timer);
	r->timer.data = r;
	return r;
fail:
	free(r);
	return NULL;
}

static void enqueue(struct resolver *r, const struct net_request *q)
{
	struct waiting *w = mem_calloc(1, sizeof(*w));

	w->q = *q;
	DL_APPEND(r->queue, w);
	r->queued++;
}

void resolver_ask(struct resolver *r, const struct net_request *q)
{
	if (r->queued >= QUEUE_MAX || !request_valid(q)) {
		refuse(r, q);
		return;
	}
	enqueue(r, q);
	pump(r);
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void resolver_free(struct resolver *r)
{
	for (size_t i = 0; i < FLIGHTS_MAX; i++) { /* nobody is to hear how they end */
		vec_free(&r->flights[i].targets);
		r->flights[i].number = 0;
	}
	ares_destroy(r->channel);
	ares_library_cleanup();
	while (r->queue) {
		struct waiting *w = r->queue;

		DL_DELETE(r->queue, w);
		free(w);
	}
	uv_close((uv_handle_t *)&r->timer, on_timer_closed);
}
