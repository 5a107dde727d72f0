// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a spoke asks its hub about one path, and where.
 */
#include <linux/rtnetlink.h>

#include "path_build.h"

/* How long the hub is to remember: until it is asked again, and some time more. */
static uint16_t lease(const struct path *path, uint8_t said)
{
	msec again = said == EXCHANGE_MOVED ? PATH_RENEW : path->delay + path->delay / 4;
	msec s = (again + PATH_TRY_ALL) / 1000 + 30;

	return (uint16_t)msec_min(said == EXCHANGE_MOVED ? 2 * s : s, EXCHANGE_LEASE_MAX);
}

/* Own private addresses on other interfaces than tunnels, with the port that the tunnel uses. */
static void put_candidates(struct exchange *x, const struct path_plan *pp)
{
	const struct state *s = pp->in->state;

	vec_each(&s->addrs, a) {
		const char *kind = addr_private_kind(&a->addr);
		const struct link *l = state_link(s, a->ifindex);

		if (!kind || !strcmp(kind, "link-local") || a->scope != RT_SCOPE_UNIVERSE ||
		    (l && l->wireguard) || !pp->device->listen_port || !a->len ||
		    x->candidates == EXCHANGE_CANDIDATES)
			continue;
		x->candidate[x->candidates++] = (struct exchange_candidate){
			.addr = a->addr, .len = a->len, .port = pp->device->listen_port};
	}
}

struct endpoint path_hub_place(struct path_plan *pp)
{
	struct endpoint e =
		path_hub_address(pp->device, pp->hub_peer, pp->in->state, pp->hub->guess);

	if (!e.addr.family && pp->hub->guess) {
		pp->hub->guess = 0;
		e = path_hub_address(pp->device, pp->hub_peer, pp->in->state, 0);
	}
	return e;
}

void path_ask(struct path_plan *pp, struct path *path, uint8_t say)
{
	struct net_datagram *d;
	struct endpoint to;

	path->said = say;
	path->asked_at = pp->in->now;
	path->asks++;
	if (!pp->hub)
		return;
	to = path_hub_place(pp);
	if (!to.addr.family)
		return;
	path->before = path->answered ? 0 : path->nonce;
	path->nonce = rng_next(pp->in->rng) | 1;
	path->answered = false;
	path->serial = 0;
	path->asked_of = to;
	path_hub_asked(pp->hub);
	d = vec_add(&pp->out->tell);
	d->kind = NET_TELL;
	d->ifindex = pp->device->ifindex;
	d->remote = to;
	d->x.kind = EXCHANGE_QUESTION;
	d->x.state = say;
	d->x.nonce = path->nonce;
	d->x.wait = lease(path, say);
	d->x.age = pp->hub->round_trip;
	d->x.about = path->key;
	put_candidates(&d->x, pp);
}

/* When the last question has waited long enough for its answer. */
msec path_ask_again_at(const struct path *path)
{
	uint32_t n = path->asks ? path->asks - 1 : 0;

	return path->asked_at + ((msec)PATH_ASK_AGAIN << (n < 6 ? n : 6));
}
