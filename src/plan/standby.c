// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which side of a pair holds, which should, and the claims that follow.
 *
 * Which side holds is read from the loans, not remembered here: a restart goes on where the last
 * run ended, and allowed-IPs that another program has put back are still known to be away.
 */
#include "plan/standby.h"

#include "base/rng.h"

static const struct device *device_at(const struct state *s, uint32_t i)
{
	return &s->devices.at[i];
}

static struct peer *primary_of(const struct standby_pair *p, const struct state *s)
{
	return &device_at(s, p->device)->peers.at[p->primary];
}

static struct peer *standby_of(const struct standby_pair *p, const struct state *s)
{
	return &device_at(s, p->other_device)->peers.at[p->standby];
}

static bool elsewhere(const struct standby_pair *p)
{
	return p->device != p->other_device;
}

/* --- finding ------------------------------------------------------------------------------ */

/* A peer that is stood by for, by the name that somebody has in standby_for. */
struct named {
	const char *name;
	uint32_t device, peer; /* indices into the state */
};
VEC_TYPE(named_peers, struct named);

static int text_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int named_cmp(const void *va, const void *vb)
{
	const struct named *a = va, *b = vb;
	int c = strcmp(a->name, b->name);

	if (!c)
		c = (a->device > b->device) - (a->device < b->device);
	return c ? c : (a->peer > b->peer) - (a->peer < b->peer);
}

static bool is_standby(const struct peer *p)
{
	return p->conf && *p->conf->standby_for;
}

/* All that have such a name: of thousands of peers few are primaries. */
static void named_find(struct named_peers *out, const struct state *s)
{
	VEC(const char *) wanted = {0};

	vec_each(&s->devices, d)
		vec_each(&d->peers, p)
			if (is_standby(p))
				*vec_add(&wanted) = p->conf->standby_for;
	vec_sort(&wanted, text_cmp);
	for (uint32_t i = 0; i < s->devices.len && wanted.len; i++) {
		const struct device *d = device_at(s, i);

		for (uint32_t j = 0; j < d->peers.len; j++) {
			const char *name = peer_name(&d->peers.at[j]);

			if (name && vec_find(&wanted, &name, text_cmp))
				*vec_add(out) = (struct named){name, i, j};
		}
	}
	vec_sort(out, named_cmp);
	vec_free(&wanted);
}

/* Names need not be unique: the own interface comes first, and of one interface the first peer. */
static bool primary_find(const struct named_peers *all, const char *name, struct standby_pair *out)
{
	const struct named want = {.name = name}, *found = NULL;

	for (uint32_t i = vec_from(all, &want, named_cmp); i < all->len; i++) {
		const struct named *n = &all->at[i];

		if (strcmp(n->name, name) != 0)
			break;
		if (!found || (n->device == out->other_device && n->device != found->device))
			found = n;
	}
	if (!found)
		return false;
	out->device = found->device;
	out->primary = found->peer;
	return true;
}

static void pairs_find(struct standby_pairs *out, const struct state *s)
{
	struct named_peers named = {0};

	named_find(&named, s);
	for (uint32_t i = 0; i < s->devices.len; i++) {
		const struct device *d = device_at(s, i);

		for (uint32_t j = 0; j < d->peers.len; j++) {
			const struct peer *p = &d->peers.at[j];
			struct standby_pair pair = {.other_device = i, .standby = j};

			if (is_standby(p) && primary_find(&named, p->conf->standby_for, &pair) &&
			    primary_of(&pair, s) != p)
				*vec_add(out) = pair;
		}
	}
	vec_free(&named);
}

/* --- whose prefixes ----------------------------------------------------------------------- */

static bool is(const struct peer *p, const struct key *key)
{
	return !key_cmp(&p->wg.key, key);
}

/* Calls on() for each prefix that may be the standby's: where it is at home, and who holds it. */
struct shared {
	const struct standby_pair *pair;
	const struct state *state;
	const struct loans *loans;
	struct claims *claims;
	bool any, held; /* is there one; does the standby have one */
};
typedef void (*shared_fn)(struct shared *s, const struct prefix *p, const struct key *home,
			  const struct key *holder);

static void each_of_list(struct shared *s, const struct peer_conf *conf, shared_fn on)
{
	const struct device *d = device_at(s->state, s->pair->device);

	vec_each(&conf->allowed_ips, p) {
		const struct loan *l = loan_find(s->loans, d->name, p);
		const struct peer *owner = l ? NULL : aip_owner(d, p);
		const struct key *home = owner		     ? &owner->wg.key
					 : l && !l->homeless ? &l->home
							     : NULL;

		on(s, p, home, l ? &l->holder : home);
	}
}

/* What the primary had when first seen: what it has, and what of it is with others. */
static void each_of_primary(struct shared *s, shared_fn on)
{
	const struct device *d = device_at(s->state, s->pair->device);
	const struct peer *a = primary_of(s->pair, s->state);
	const struct loan *l;
	uint32_t n;

	for (uint32_t i = 0; i < a->wg.aips; i++) {
		const struct prefix *p = peer_aips(d, a) + i;

		if (!loan_find(s->loans, d->name, p))
			on(s, p, &a->wg.key, &a->wg.key);
	}
	l = loans_of(s->loans, d->name, &n);
	for (; n--; l++)
		if (!l->homeless && is(a, &l->home))
			on(s, &l->prefix, &l->home, &l->holder);
}

static void each_shared(struct shared *s, shared_fn on)
{
	const struct peer_conf *conf = standby_of(s->pair, s->state)->conf;

	if (conf->allowed_ips.len)
		each_of_list(s, conf, on);
	else
		each_of_primary(s, on);
}

/* One that belongs to a third peer is not theirs to share. */
static bool is_theirs(const struct shared *s, const struct key *home)
{
	if (!home)
		return !elsewhere(s->pair);
	return is(primary_of(s->pair, s->state), home) ||
	       (!elsewhere(s->pair) && is(standby_of(s->pair, s->state), home));
}

static void note_held(struct shared *s, const struct prefix *p, const struct key *home,
		      const struct key *holder)
{
	(void)p;
	if (!is_theirs(s, home))
		return;
	s->any = true;
	s->held = s->held || (holder && is(standby_of(s->pair, s->state), holder));
}

static void claim_one(struct shared *s, const struct prefix *p, const struct key *home,
		      const struct key *holder)
{
	const struct peer *a = primary_of(s->pair, s->state), *b = standby_of(s->pair, s->state);
	bool over = s->pair->wants == SIDE_STANDBY;
	struct claim *c;

	(void)holder;
	/* What is at home with the primary needs no claim to be there. */
	if (!is_theirs(s, home) || (!over && !(home && is(b, home))))
		return;
	c = vec_add(s->claims);
	c->device = s->pair->device;
	c->prefix = *p;
	c->to = over ? b->wg.key : a->wg.key;
	c->elsewhere = over && elsewhere(s->pair);
	c->by = CLAIM_STANDBY;
	c->why = s->pair->why ? s->pair->why : "its primary is there";
}

/* --- deciding ----------------------------------------------------------------------------- */

static msec bear(const struct device *d)
{
	return msec_min(d->conf->endpoints.dead_after, STANDBY_BEAR);
}

/* Not known to be there although it was asked, or nothing can be sent to it at all. */
static bool silent(const struct device *d, const struct peer *p, msec now)
{
	if (!d->up || life_unanswered_for(&p->life, now) >= bear(d))
		return true;
	return p->life.state == LIFE_NEVER && now - p->life.since >= bear(d);
}

static bool well(const struct device *d, const struct peer *p, msec now)
{
	return d->up && p->life.state == LIFE_UP &&
	       life_unanswered_for(&p->life, now) < STANDBY_DOUBT;
}

static enum standby_side decide(struct standby_pair *p, const struct state *s, msec now)
{
	const struct device *da = device_at(s, p->device);
	const struct peer *a = primary_of(p, s);
	bool away = p->holds == SIDE_STANDBY;
	msec delay = peer_care(a)->return_delay ? peer_care(a)->return_delay : STANDBY_RETURN;

	if (!away) {
		p->why = silent(da, a, now) ? "its primary does not answer" : NULL;
		return p->why && p->ready ? SIDE_STANDBY : SIDE_PRIMARY;
	}
	p->why = "it answers again";
	if (well(da, a, now) && now - msec_max(peer_care(a)->doubted, a->life.since) >= delay)
		return SIDE_PRIMARY;
	p->why = "its standby does not answer";
	if (p->lost)
		return SIDE_PRIMARY;
	p->why = well(da, a, now) ? "its primary answers again, but not for long enough yet"
				  : "its primary does not answer";
	return SIDE_STANDBY;
}

/* One that fell silent soon after it got its prefixes back has to be well for longer. */
static void note_change(const struct standby_pair *p, struct peer_care *a, msec now)
{
	if (p->wants == SIDE_PRIMARY) {
		a->returned = now;
	} else if (a->returned) {
		bool soon = now - a->returned < STANDBY_RETURN_MAX;

		a->return_delay = soon ? backoff_next(a->return_delay, 2 * (msec)STANDBY_RETURN,
						      STANDBY_RETURN_MAX)
				       : STANDBY_RETURN;
		a->returned = 0;
	}
}

static void judge(struct standby_pair *p, const struct state *s, const struct loans *loans,
		  msec now)
{
	struct shared shared = {.pair = p, .state = s, .loans = loans};
	const struct device *da = device_at(s, p->device), *db = device_at(s, p->other_device);
	const struct peer *b = standby_of(p, s);
	struct peer *a = primary_of(p, s);

	each_shared(&shared, note_held);
	p->prefixes = shared.any;
	p->holds = shared.held ? SIDE_STANDBY : SIDE_PRIMARY;
	p->ready = well(db, b, now);
	p->lost = silent(db, b, now);
	p->unknown = !p->ready && !p->lost && b->life.state == LIFE_IDLE && !b->wg.keepalive;
	if (!well(da, a, now))
		peer_tend(a)->doubted = now;
	p->wants = p->prefixes ? decide(p, s, now) : SIDE_PRIMARY;
	if (p->wants != p->holds)
		note_change(p, peer_tend(a), now);
}

/* --- marks -------------------------------------------------------------------------------- */

static void mark(const struct standby_pair *p, const struct state *s)
{
	struct peer *a = primary_of(p, s), *b = standby_of(p, s);

	a->paired = b->paired = true;
	if (!elsewhere(p))
		return;
	a->relieved = a->relieved || p->wants == SIDE_STANDBY;
	b->second = true;
	peer_tend(b)->second_to = peer_routes(device_at(s, p->device), a)->metric;
	s->devices.at[p->device].twin = s->devices.at[p->other_device].ifindex;
	s->devices.at[p->other_device].twin = s->devices.at[p->device].ifindex;
}

/* Sums up the marks that routes depend on. */
static uint32_t marks(const struct state *s, bool clear)
{
	uint32_t sum = 0, n = 0;

	vec_each(&s->devices, d) {
		sum += d->twin * 40503u;
		if (clear)
			d->twin = 0;
		vec_each(&d->peers, p) {
			n++;
			sum += p->relieved ? n * 2654435761u : 0;
			sum += p->second ? n * 2246822519u + peer_care(p)->second_to : 0;
			if (clear)
				p->paired = p->relieved = p->second = false;
		}
	}
	return sum;
}

bool standby_judge(struct standby_pairs *out, struct state *s, const struct loans *loans, msec now)
{
	uint32_t before = marks(s, true);

	out->len = 0;
	pairs_find(out, s);
	vec_each(out, p) {
		judge(p, s, loans, now);
		mark(p, s);
	}
	return marks(s, false) != before;
}

void standby_ask(struct ops *out, const struct standby_pairs *pairs, const struct state *s,
		 msec now)
{
	vec_each(pairs, p) {
		struct peer *a = primary_of(p, s);
		struct op *op;

		if (p->holds == SIDE_PRIMARY || a->wg.keepalive || !a->wg.endpoint.addr.family ||
		    now - peer_care(a)->asked < STANDBY_ASK)
			continue;
		peer_tend(a)->asked = now;
		op = vec_add(out);
		op->kind = OP_KICK;
		op->ifindex = device_at(s, p->device)->ifindex;
		op->peer.key = a->wg.key;
	}
}

void standby_claims(struct claims *out, const struct standby_pairs *pairs, const struct state *s,
		    const struct loans *loans)
{
	vec_each(pairs, p) {
		struct shared shared = {.pair = p, .state = s, .loans = loans, .claims = out};

		if (device_at(s, p->device)->readable)
			each_shared(&shared, claim_one);
	}
}
