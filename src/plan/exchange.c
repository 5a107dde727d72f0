// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hub's side of the exchange.
 *
 * Two sorted lists: who asks, and about whom. A pair agrees when each is in the other's list and
 * both are there; all that is told is computed from that and from the kernel's present view, and
 * compared with what was told before. What is kept is bounded by the number of peers and
 * EXCHANGE_ASKS, and is forgotten by itself.
 */
#include "plan/exchange.h"

static int asker_cmp(const void *a, const void *b)
{
	return key_cmp(&((const struct exchange_asker *)a)->key,
		       &((const struct exchange_asker *)b)->key);
}

static int ask_cmp(const void *a, const void *b)
{
	return key_cmp(&((const struct exchange_ask *)a)->about,
		       &((const struct exchange_ask *)b)->about);
}

static struct exchange_asker *asker_find(struct exchange_hub *h, const struct key *key)
{
	struct exchange_asker want = {.key = *key};

	return vec_find(&h->askers, &want, asker_cmp);
}

static struct exchange_ask *ask_find(struct exchange_asker *a, const struct key *about)
{
	struct exchange_ask want = {.about = *about};

	return vec_find(&a->asks, &want, ask_cmp);
}

/* The lists are short, and most of the time nobody is new. */
static struct exchange_asker *asker_get(struct exchange_hub *h, const struct key *key)
{
	struct exchange_asker *a = asker_find(h, key);

	if (a)
		return a;
	a = vec_add(&h->askers);
	a->key = *key;
	a->tokens = EXCHANGE_BURST * 1000;
	vec_sort(&h->askers, asker_cmp);
	return asker_find(h, key);
}

static struct exchange_ask *ask_get(struct exchange_hub *h, struct exchange_asker *a,
				    const struct key *about)
{
	struct exchange_ask *ask = ask_find(a, about);

	if (ask || a->asks.len >= EXCHANGE_ASKS || exchange_asks(h) >= EXCHANGE_ASKS_ALL)
		return ask;
	vec_add(&a->asks)->about = *about;
	vec_sort(&a->asks, ask_cmp);
	return ask_find(a, about);
}

/* The asker's peer as the device has it now; the index is a guess that is mostly right. */
static const struct peer *asker_peer(struct exchange_asker *a, const struct device *d)
{
	if (a->peer < d->peers.len && !key_cmp(&d->peers.at[a->peer].wg.key, &a->key))
		return &d->peers.at[a->peer];
	for (a->peer = 0; a->peer < d->peers.len; a->peer++)
		if (!key_cmp(&d->peers.at[a->peer].wg.key, &a->key))
			return &d->peers.at[a->peer];
	return NULL;
}

static bool peer_is_there(const struct peer *p, msec now)
{
	return p && p->wg.endpoint.addr.family && p->life.handshake &&
	       now - p->life.handshake < EXCHANGE_FRESH;
}

/* Two that asked about each other, and are there. */
struct pair {
	struct exchange_asker *asker, *other;
	struct exchange_ask *ask, *back;
	const struct peer *self, *peer; /* of asker and other */
};

static bool pair_find(struct pair *p, struct exchange_hub *h, const struct device *d,
		      struct exchange_asker *a, struct exchange_ask *ask, msec now)
{
	*p = (struct pair){.asker = a, .ask = ask, .other = asker_find(h, &ask->about)};
	if (!p->other)
		return false;
	p->back = ask_find(p->other, &a->key);
	if (!p->back || p->back->until <= now || ask->until <= now)
		return false;
	p->self = asker_peer(a, d);
	p->peer = asker_peer(p->other, d);
	return peer_is_there(p->self, now) && peer_is_there(p->peer, now);
}

static struct pair pair_turned(const struct pair *p)
{
	return (struct pair){.asker = p->other,
			     .other = p->asker,
			     .ask = p->back,
			     .back = p->ask,
			     .self = p->peer,
			     .peer = p->self};
}

/* The word to move: for one that is ready, when the other is as well or has gone ahead. */
static bool pair_goes(const struct pair *p)
{
	return p->ask->state == EXCHANGE_READY &&
	       (p->back->state == EXCHANGE_READY || p->back->state == EXCHANGE_MOVED);
}

/* Half of what the other's round trip is longer: then both hear it at the same time. */
static uint16_t go_wait(const struct pair *p)
{
	int longer = p->other->round_trip - p->asker->round_trip;

	if (!p->other->round_trip || !p->asker->round_trip || longer <= 0)
		return 0;
	return (uint16_t)(longer / 2 < EXCHANGE_GO_WAIT ? longer / 2 : EXCHANGE_GO_WAIT);
}

static struct exchange *answer_begin(struct net_datagrams *out, const struct exchange_hub *h,
				     struct exchange_asker *a, struct exchange_ask *ask)
{
	struct net_datagram *d = vec_add(out);

	d->kind = NET_TELL;
	d->ifindex = h->ifindex;
	d->local = a->local;
	d->remote = a->remote;
	d->x.kind = EXCHANGE_ANSWER;
	d->x.nonce = ask->nonce;
	d->x.serial = ++ask->serial;
	d->x.about = ask->about;
	return &d->x;
}

/* An endpoint that the format has no words for (link-local, with a scope) is not told. */
static struct endpoint tellable(const struct endpoint *e)
{
	const char *kind = addr_private_kind(&e->addr);

	if (e->scope_id || (kind && !strcmp(kind, "link-local")) || addr_is_unusable(&e->addr))
		return (struct endpoint){0};
	return *e;
}

static void put_candidates(struct exchange *x, const struct pair *p)
{
	if (addr_cmp(&p->self->wg.endpoint.addr, &p->peer->wg.endpoint.addr))
		return;
	x->flags |= EXCHANGE_SAME_NAT;
	x->candidates = p->other->candidates;
	memcpy(x->candidate, p->other->candidate, sizeof(x->candidate));
}

static void answer_agree(struct net_datagrams *out, const struct exchange_hub *h,
			 const struct pair *p, msec now)
{
	struct exchange *x = answer_begin(out, h, p->asker, p->ask);

	x->flags = EXCHANGE_AGREED;
	x->state = p->back->state;
	x->endpoint = p->peer->wg.endpoint;
	x->own = tellable(&p->self->wg.endpoint);
	x->age = (uint16_t)((now - p->peer->life.handshake) / 1000);
	if (pair_goes(p)) {
		x->flags |= EXCHANGE_GO;
		x->wait = go_wait(p);
	}
	put_candidates(x, p);
	p->ask->told = p->back->state;
	p->ask->told_to = x->endpoint;
	p->ask->told_at = now;
}

static void answer_not_yet(struct net_datagrams *out, const struct exchange_hub *h,
			   struct exchange_asker *a, struct exchange_ask *ask,
			   const struct peer *self)
{
	answer_begin(out, h, a, ask)->own = tellable(&self->wg.endpoint);
	ask->told_at = 0;
}

/* Is there anything that the asker does not know, or a try in which it should join? */
static bool pair_has_news(const struct pair *p, msec now)
{
	if (!p->ask->told_at || p->ask->told != p->back->state || pair_goes(p) ||
	    endpoint_cmp(&p->ask->told_to, &p->peer->wg.endpoint))
		return true;
	return p->back->state == EXCHANGE_WANT && now - p->ask->told_at >= EXCHANGE_AGAIN;
}

static void answer_unasked(struct net_datagrams *out, const struct exchange_hub *h,
			   const struct pair *p, msec now)
{
	if (!p->ask->left || !pair_has_news(p, now))
		return;
	p->ask->left--;
	answer_agree(out, h, p, now);
}

static bool token_take(struct exchange_asker *a, msec now)
{
	msec elapsed = msec_min(now - a->tokens_at, 60000);
	uint64_t tokens = a->tokens + (uint64_t)elapsed * EXCHANGE_RATE;

	a->tokens_at = now;
	a->tokens = (uint32_t)(tokens < EXCHANGE_BURST * 1000 ? tokens : EXCHANGE_BURST * 1000);
	if (a->tokens < 1000)
		return false;
	a->tokens -= 1000;
	return true;
}

static void ask_note(struct exchange_asker *a, struct exchange_ask *ask,
		     const struct net_datagram *q, msec now)
{
	a->local = q->local;
	a->remote = q->remote;
	a->round_trip = q->x.age;
	a->candidates = q->x.candidates;
	memcpy(a->candidate, q->x.candidate, sizeof(a->candidate));
	ask->nonce = q->x.nonce;
	ask->serial = 0;
	ask->state = q->x.state;
	ask->left = EXCHANGE_UNASKED;
	ask->until = now + (msec)q->x.wait * 1000 + EXCHANGE_GRACE;
}

static enum exchange_fate ask_answer(struct exchange_hub *h, const struct device *d,
				     struct exchange_asker *a, struct exchange_ask *ask,
				     const struct peer *self, msec now, struct net_datagrams *out)
{
	struct pair p, turned;

	if (!pair_find(&p, h, d, a, ask, now) || !tellable(&p.peer->wg.endpoint).addr.family ||
	    !tellable(&p.self->wg.endpoint).addr.family) {
		answer_not_yet(out, h, a, ask, self);
		return EXCHANGE_NOT_YET;
	}
	turned = pair_turned(&p);
	answer_agree(out, h, &p, now);
	answer_unasked(out, h, &turned, now);
	return EXCHANGE_AGREES;
}

enum exchange_fate exchange_hear(struct exchange_hub *h, const struct device *d,
				 const struct net_datagram *q, msec now, struct net_datagrams *out)
{
	struct exchange_asker *a;
	struct exchange_ask *ask;
	const struct peer *self;
	uint32_t owner;

	owners_follow(&h->owners, d);
	owner = owners_find(&h->owners, &q->remote.addr);
	self = owner < d->peers.len ? &d->peers.at[owner] : NULL;
	if (!peer_is_there(self, now) || !key_cmp(&self->wg.key, &q->x.about))
		return EXCHANGE_STRANGER;
	a = asker_get(h, &self->wg.key);
	a->peer = owner;
	if (!token_take(a, now))
		return EXCHANGE_LIMITED;
	ask = ask_get(h, a, &q->x.about);
	if (!ask)
		return EXCHANGE_LIMITED;
	if (ask->nonce == q->x.nonce)
		return EXCHANGE_REPEATED;
	ask_note(a, ask, q, now);
	return ask_answer(h, d, a, ask, self, now, out);
}

static void asks_expire(struct exchange_asker *a, msec now)
{
	uint32_t kept = 0;

	vec_each(&a->asks, ask)
		if (ask->until > now)
			a->asks.at[kept++] = *ask;
	a->asks.len = kept;
}

/* Its questions outlive its lease by nothing, and it does not outlive its questions. */
static void askers_expire(struct exchange_hub *h, const struct device *d, msec now)
{
	uint32_t kept = 0;

	vec_each(&h->askers, a) {
		asks_expire(a, now);
		if (a->asks.len && asker_peer(a, d))
			h->askers.at[kept++] = *a;
		else
			vec_free(&a->asks);
	}
	h->askers.len = kept;
}

/* All that asked about one whose endpoint is another now. */
static void endpoint_changed(struct exchange_hub *h, const struct device *d,
			     struct exchange_asker *moved, msec now, struct net_datagrams *out)
{
	vec_each(&moved->asks, ask) {
		struct pair p, turned;

		if (!pair_find(&p, h, d, moved, ask, now) ||
		    !tellable(&p.self->wg.endpoint).addr.family)
			continue;
		turned = pair_turned(&p);
		answer_unasked(out, h, &turned, now);
	}
}

void exchange_follow(struct exchange_hub *h, const struct device *d, msec now,
		     struct net_datagrams *out)
{
	askers_expire(h, d, now);
	vec_each(&h->askers, a) {
		const struct peer *p = asker_peer(a, d);
		bool known = a->seen.addr.family;

		if (!endpoint_cmp(&p->wg.endpoint, &a->seen))
			continue;
		a->seen = p->wg.endpoint;
		if (known)
			endpoint_changed(h, d, a, now, out);
	}
}

uint32_t exchange_asks(const struct exchange_hub *h)
{
	uint32_t n = 0;

	vec_each(&h->askers, a)
		n += a->asks.len;
	return n;
}

void exchange_hub_free(struct exchange_hub *h)
{
	vec_each(&h->askers, a)
		vec_free(&a->asks);
	vec_free(&h->askers);
	owners_free(&h->owners);
}
