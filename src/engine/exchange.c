// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exchange: which interfaces the net child speaks on, and what becomes of what it hears.
 *
 * A hub's answers go out in the very call in which the question came, so that both sides of a
 * pair are told at the same moment. Everything else (an endpoint that changed) follows a look.
 */
#include "internal.h"

#include <errno.h>

#define SERVE_ID    0x80000000u /* or-ed with the ifindex: no name has such an id */
#define SERVE_AGAIN 30000	/* ms until a port that was taken is tried again */

static struct exchange_socket *socket_find(struct engine *e, uint32_t ifindex)
{
	vec_each(&e->sockets, s)
		if (s->ifindex == ifindex)
			return s;
	return NULL;
}

/* Does anything on this interface need the exchange? The port, or 0. */
static uint16_t port_wanted(const struct device *d)
{
	return d->conf->exchange.serve || paths_wanted(d) ? d->conf->exchange.port : 0;
}

static int socket_ask(struct engine *e, uint32_t ifindex, const char *ifname, uint16_t port)
{
	struct net_request q = {.kind = NET_SERVE,
				.id = SERVE_ID | ifindex,
				.ifindex = ifindex,
				.target.port = port};

	mem_copy_str(q.ifname, sizeof(q.ifname), ifname);
	return e->edge.ask(e->edge.ctx, &q);
}

/* One is asked for, when it is wanted and was not asked for, or that failed some time ago. */
static void socket_settle(struct engine *e, const struct device *d)
{
	struct exchange_socket *s = socket_find(e, d->ifindex);
	uint16_t port = port_wanted(d);

	if (s && s->port == port && s->retry_at > e->at.now)
		return;
	if ((!s && !port) || socket_ask(e, d->ifindex, d->name, port))
		return; /* without a child: it is asked again when there is one */
	if (!s)
		s = vec_add(&e->sockets);
	*s = (struct exchange_socket){.ifindex = d->ifindex, .port = port, .retry_at = MSEC_NEVER};
}

/* Interfaces that are gone take their sockets with them; a name is all the child wants. */
static void sockets_drop(struct engine *e)
{
	uint32_t kept = 0;

	vec_each(&e->sockets, s) {
		const struct device *d = state_device(&e->state, s->ifindex);

		if (!d)
			socket_ask(e, s->ifindex, "gone", 0);
		if (d && s->port)
			e->sockets.at[kept++] = *s;
	}
	e->sockets.len = kept;
}

void exchange_served(struct engine *e, const struct net_answer *a)
{
	struct exchange_socket *s = socket_find(e, a->id & ~SERVE_ID);

	if (!s)
		return;
	s->failed = a->status != NET_OK;
	s->retry_at = s->failed ? e->at.now + SERVE_AGAIN : MSEC_NEVER;
	e->replan |= SUBJECT_LINKS; /* problems may be different */
}

void exchange_child_restarted(struct engine *e)
{
	e->sockets.len = 0;
}

/* --- hubs --------------------------------------------------------------------------------- */

static struct exchange_hub *hub_find(struct engine *e, uint32_t ifindex)
{
	vec_each(&e->hubs, h)
		if (h->ifindex == ifindex)
			return h;
	return NULL;
}

static void hubs_follow_devices(struct engine *e)
{
	uint32_t kept = 0;

	vec_each(&e->hubs, h) {
		const struct device *d = state_device(&e->state, h->ifindex);

		if (d && d->conf->exchange.serve)
			e->hubs.at[kept++] = *h;
		else
			exchange_hub_free(h);
	}
	e->hubs.len = kept;
	vec_each(&e->state.devices, d)
		if (d->conf->exchange.serve && !hub_find(e, d->ifindex))
			*vec_add(&e->hubs) = (struct exchange_hub){.ifindex = d->ifindex};
}

void exchange_configured(struct engine *e)
{
	vec_each(&e->hubs, h)
		owners_forget(&h->owners);
}

void exchange_tell(struct engine *e, const struct net_datagrams *ds)
{
	vec_each(ds, d)
		if (!e->edge.tell(e->edge.ctx, d))
			e->counters.exchange.told++;
}

static void count_fate(struct exchange_counters *c, enum exchange_fate fate)
{
	uint64_t *const counters[] = {&c->agreed, &c->not_yet, &c->stranger, &c->repeated,
				      &c->limited};

	++*counters[fate];
}

static void question(struct engine *e, const struct device *d, const struct net_datagram *q)
{
	struct exchange_hub *h = hub_find(e, q->ifindex);
	enum exchange_fate fate;

	if (!h) {
		e->counters.exchange.unexpected++;
		return;
	}
	e->told_datagrams.len = 0;
	fate = exchange_hear(h, d, q, e->at.now, &e->told_datagrams);
	if (fate == EXCHANGE_STRANGER)
		e->dirty |= SUBJECT_PEERS; /* its handshake may be newer than our last look */
	count_fate(&e->counters.exchange, fate);
	exchange_tell(e, &e->told_datagrams);
}

/*
 * Linux takes what this host sends to its own tunnel address as having come out of the tunnel:
 * a local user is no peer.
 */
bool engine_heard(struct engine *e, const struct net_datagram *d, struct moment at)
{
	const struct device *device = state_device(&e->state, d->ifindex);
	struct exchange_counters *c = &e->counters.exchange;

	e->at = at;
	if (d->kind == NET_DROPPED) {
		c->malformed += d->dropped.malformed;
		c->limited += d->dropped.limited;
		c->lost += d->dropped.lost;
	} else if (!device || !device->readable || state_has_addr(&e->state, &d->remote.addr)) {
		c->unexpected++;
	} else if (d->x.kind == EXCHANGE_QUESTION) {
		question(e, device, d);
	} else {
		return paths_answer(e, device, d);
	}
	return e->dirty != 0;
}

void exchange_converge(struct engine *e)
{
	if (e->dry)
		return;
	sockets_drop(e);
	vec_each(&e->state.devices, d)
		socket_settle(e, d);
	hubs_follow_devices(e);
	if (!(e->replan & SUBJECT_PEERS))
		return;
	e->told_datagrams.len = 0;
	vec_each(&e->hubs, h)
		exchange_follow(h, state_device(&e->state, h->ifindex), e->at.now,
				&e->told_datagrams);
	exchange_tell(e, &e->told_datagrams);
}

msec exchange_deadline(const struct engine *e)
{
	msec soonest = MSEC_NEVER;

	vec_each(&e->sockets, s)
		soonest = msec_min(soonest, s->retry_at);
	return soonest;
}

void exchange_problems(struct engine *e)
{
	vec_each(&e->sockets, s) {
		if (!s->failed)
			continue;
		problem_add(&e->problems, "exchange-port",
			    "ss -ulnp shows who has the port; exchange.port names another one, on "
			    "all sides",
			    "%s: the exchange cannot use UDP port %u",
			    state_ifname(&e->state, s->ifindex), s->port);
	}
}

void exchange_free(struct engine *e)
{
	vec_each(&e->hubs, h)
		exchange_hub_free(h);
	vec_free(&e->hubs);
	vec_free(&e->sockets);
	vec_free(&e->told_datagrams);
}
