// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a spoke knows of its hub: where it serves, whether it answers, whether there is traffic by
 * it, and when there is none for a moment.
 *
 * There are no counters for a pair. Traffic with the hub itself counts as traffic with everybody
 * behind it: two that both have some are tried, and a try that was not needed costs a few packets.
 */
#include "model/netmap.h"
#include "path_build.h"

#define DATAGRAM_COST 272 /* bytes that one datagram of the exchange adds to the hub's counters */
#define GUESSES_MAX   6

/* --- which peer, and where ------------------------------------------------------------------ */

static bool answers(const struct peer *p)
{
	return p->life.state == LIFE_UP || p->life.state == LIFE_IDLE;
}

const struct peer *path_hub_peer(const struct device *d)
{
	const struct peer *first = NULL;

	vec_each(&d->peers, p) {
		if (!p->conf || !p->conf->exchange)
			continue;
		if (answers(p))
			return p;
		first = first ? first : p;
	}
	return first;
}

struct guesses {
	const struct state *state;
	struct addr at[GUESSES_MAX];
	uint8_t n;
};

static void guess(struct guesses *g, const struct addr *a)
{
	for (uint8_t i = 0; i < g->n; i++)
		if (!addr_cmp(&g->at[i], a))
			return;
	if (g->n < GUESSES_MAX && !addr_is_unusable(a) && !state_has_addr(g->state, a))
		g->at[g->n++] = *a;
}

/* The first host of a network, or the second where we are the first. */
static void guess_first(struct guesses *g, const struct prefix *net)
{
	struct addr a = net->addr;
	uint8_t *last = &a.bytes[addr_size(&a) - 1];

	if (net->len + 1u >= addr_bits(&a))
		return;
	++*last;
	if (state_has_addr(g->state, &a))
		++*last;
	guess(g, &a);
}

/* The network that an own address is in, in terms of the hub's networks or as it is usual. */
static void guess_near(struct guesses *g, const struct device *d, const struct peer *hub,
		       const struct local_addr *own)
{
	struct peer_networks walk = {.device = d, .peer = hub};
	uint8_t usual = own->addr.family == AF_INET ? 24 : 64;
	struct prefix net, best;
	bool any = false;

	while (peer_networks_next(&walk, &net)) {
		if (!prefix_has(&net, &own->addr) || (any && net.len <= best.len))
			continue;
		best = net;
		any = true;
	}
	if (!any)
		return;
	net = prefix_from(&own->addr, own->len < addr_bits(&own->addr) ? own->len : usual);
	guess_first(g, best.len > net.len ? &best : &net);
}

/* What has a NETMAP is asked at its outside address: that is where the routes and the map are. */
static void guess_all(struct guesses *g, const struct device *d, const struct peer *hub)
{
	struct peer_networks walk = {.device = d, .peer = hub};
	struct prefix net;

	while (peer_networks_next(&walk, &net))
		if (net.len == addr_bits(&net.addr))
			guess(g, &net.addr);
	vec_each(&g->state->addrs, own)
		if (own->ifindex == d->ifindex)
			guess_near(g, d, hub, own);
	walk = (struct peer_networks){.device = d, .peer = hub};
	while (peer_networks_next(&walk, &net))
		if (net.len)
			guess_first(g, &net);
}

struct endpoint path_hub_address(const struct device *d, const struct peer *hub,
				 const struct state *s, uint8_t nth)
{
	struct endpoint e = hub->conf ? hub->conf->exchange_at : (struct endpoint){0};
	struct guesses g = {.state = s};

	if (!e.port)
		e.port = d->conf->exchange.port;
	if (e.addr.family) {
		if (nth)
			e.addr.family = 0; /* there is but one */
		return e;
	}
	guess_all(&g, d, hub);
	if (nth >= g.n)
		return (struct endpoint){0};
	e.addr = g.at[nth];
	return e;
}

/* --- traffic -------------------------------------------------------------------------------- */

/* Bytes in a window, less our own questions and their answers. */
static void traffic_follow(struct path_hub *h, msec now)
{
	uint64_t bytes = h->bytes - h->window;

	if (bytes >= h->spoken + PATH_TRAFFIC)
		h->traffic_at = now;
	else if (now - h->window_at < PATH_WINDOW)
		return;
	h->window = h->bytes;
	h->window_at = now;
	h->spoken = 0;
}

struct path_hub *path_hub_follow(struct paths *ps, const struct device *d, const struct peer *hub,
				 const struct path_input *in)
{
	uint64_t bytes = hub->wg.rx + hub->wg.tx;
	struct path_hub *h = NULL;

	vec_each(&ps->hubs, have)
		if (have->ifindex == d->ifindex && !key_cmp(&have->key, &hub->wg.key))
			h = have;
	if (!h) {
		h = vec_add(&ps->hubs);
		h->ifindex = d->ifindex;
		h->key = hub->wg.key;
		h->tokens = PATH_ASK_BURST * 1000;
		h->bytes = h->window = bytes;
		h->window_at = h->tokens_at = in->now;
	}
	h->current = true;
	if (bytes < h->bytes) /* made again */
		h->window = bytes;
	if (bytes != h->bytes)
		h->moved_at = in->now;
	h->bytes = bytes;
	traffic_follow(h, in->now);
	return h;
}

bool path_hub_has_traffic(const struct path_hub *h, msec now)
{
	return h->traffic_at && now - h->traffic_at < PATH_ACTIVE;
}

bool path_hub_gap(const struct path_hub *h, msec now)
{
	msec quiet = now - h->moved_at;

	return quiet >= PATH_GAP_MIN && quiet < PATH_GAP_MAX;
}

/* --- asking --------------------------------------------------------------------------------- */

bool path_hub_rests(const struct path_hub *h, msec now)
{
	return h->silent >= PATH_ASKS && now < h->retry_at;
}

bool path_hub_token(struct path_hub *h, msec now)
{
	msec elapsed = msec_min(now - h->tokens_at, 60000);
	uint64_t tokens = h->tokens + (uint64_t)elapsed * PATH_ASK_RATE;

	h->tokens_at = now;
	h->tokens = (uint32_t)(tokens < PATH_ASK_BURST * 1000 ? tokens : PATH_ASK_BURST * 1000);
	if (h->tokens < 1000)
		return false;
	h->tokens -= 1000;
	return true;
}

void path_hub_asked(struct path_hub *h)
{
	h->spoken += 2 * DATAGRAM_COST;
}

/*
 * One that never answered may serve at another address. A silent one is asked less and less often,
 * by one path at a time.
 */
void path_hub_unheard(struct path_hub *h, const struct path_input *in)
{
	h->silent++;
	if (!h->answered_at || h->silent >= PATH_ASKS)
		h->guess++;
	if (h->silent < PATH_ASKS || in->now < h->retry_at)
		return;
	h->delay = backoff_next(h->delay, PATH_RETRY_MIN, PATH_RETRY_MAX);
	h->retry_at = in->now + rng_jitter(in->rng, h->delay);
}

void path_hub_heard(struct path_hub *h, msec now)
{
	h->answered_at = now;
	h->silent = 0;
	h->retry_at = h->delay = 0;
}
