// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The small world of a hub and its spokes.
 */
#include "support/spokes.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY  1000
#define DATA_EVERY  200
#define INITIATION  5000 /* REKEY_TIMEOUT */
#define STEP	    5
#define SESSION_FOR 180000

static struct key key_of(uint32_t n)
{
	struct key k = {{0xee}};

	memcpy(k.bytes + 1, &n, sizeof(n));
	return k;
}

static struct addr tunnel_address(uint32_t n)
{
	return (struct addr){AF_INET, {10, 49, (uint8_t)(n >> 8), (uint8_t)(n & 255)}};
}

static uint32_t index_of(const struct addr *a)
{
	return (uint32_t)(a->bytes[2] << 8 | a->bytes[3]) - 2;
}

/* Spoke i is 10.49.0.(i+2), its key is i, and its peer j is spoke j - 1 or, behind itself, j. */
static uint32_t peer_slot(uint32_t self, uint32_t other)
{
	return other < self ? other + 1 : other;
}

static uint32_t peer_spoke(uint32_t self, uint32_t slot)
{
	return slot - 1 < self ? slot - 1 : slot;
}

static void peer_add(struct device *d, const struct key *key, const struct prefix *aip)
{
	struct peer *p = vec_add(&d->peers);

	p->wg.key = *key;
	p->wg.first_aip = d->aips.len;
	p->wg.aips = aip ? 1 : 0;
	if (aip)
		*vec_add(&d->aips) = *aip;
}

static void hub_make(struct spokes *s)
{
	s->hub_device = (struct device){.ifindex = 3, .readable = true};
	s->hub.ifindex = 3;
	for (uint32_t i = 0; i < s->n; i++) {
		struct prefix own = {.addr = tunnel_address(i + 2), .len = 32};
		struct key key = key_of(i);

		peer_add(&s->hub_device, &key, &own);
	}
}

static void config_make(struct spokes *s)
{
	struct iface_conf *c;
	struct peer_conf *hub;

	s->config = config_new();
	c = &s->config->defaults;
	hub = vec_add(&c->peers);
	hub->has_key = hub->exchange = true;
	hub->key = key_of(UINT32_MAX);
	for (uint32_t i = 0; i < s->n; i++) {
		struct peer_conf *p = vec_add(&c->peers);

		p->has_key = true;
		p->key = key_of(i);
		p->direct = DIRECT_ALWAYS;
		c->directs++;
	}
}

static void spoke_make(struct spokes *s, uint32_t i)
{
	struct prefix net = {.addr = {AF_INET, {10, 49}}, .len = 16};
	struct spoke *self = &s->spokes[i];
	struct device *d = vec_add(&self->state.devices);
	struct key hub = key_of(UINT32_MAX);

	d->ifindex = 3;
	d->readable = d->up = true;
	d->listen_port = 51820;
	d->conf = &s->config->defaults;
	*vec_add(&self->state.addrs) =
		(struct local_addr){.ifindex = 3, .addr = tunnel_address(i + 2), .len = 32};
	peer_add(d, &hub, &net);
	d->peers.at[0].conf = &d->conf->peers.at[0];
	for (uint32_t k = 0; k < s->n; k++) {
		struct key key = key_of(k);

		if (k == i)
			continue;
		peer_add(d, &key, NULL);
		d->peers.at[d->peers.len - 1].conf = &d->conf->peers.at[k + 1];
	}
	self->nat = NAT_PRESERVING;
	self->place = (struct endpoint){.addr = {AF_INET, {203, 0, (uint8_t)(i >> 8), (uint8_t)i}},
					.port = 51820};
	self->direct = mem_calloc(s->n, sizeof(bool));
	self->seen = mem_calloc(s->n + 1, sizeof(*self->seen));
	self->initiated = mem_calloc(s->n, sizeof(msec));
	self->session = mem_calloc(s->n, sizeof(msec));
	self->sent = mem_calloc(s->n, sizeof(msec));
	self->data_sent = mem_calloc(s->n, sizeof(msec));
	self->kept = mem_calloc(s->n, sizeof(msec));
}

void spokes_make(struct spokes *s, uint32_t n, uint64_t seed)
{
	*s = (struct spokes){.n = n, .now = 1000000, .rng = {.state = seed}, .delay = 20};
	config_make(s);
	hub_make(s);
	s->spokes = mem_calloc(n, sizeof(*s->spokes));
	for (uint32_t i = 0; i < n; i++)
		spoke_make(s, i);
}

static void spoke_free(struct spoke *self)
{
	state_free(&self->state);
	paths_free(&self->paths);
	free(self->direct);
	free(self->seen);
	free(self->initiated);
	free(self->session);
	free(self->sent);
	free(self->data_sent);
	free(self->kept);
}

void spokes_free(struct spokes *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		spoke_free(&s->spokes[i]);
	free(s->spokes);
	config_free(s->config);
	device_free(&s->hub_device);
	exchange_hub_free(&s->hub);
	vec_free(&s->wire);
}

/* --- WireGuard ------------------------------------------------------------------------------ */

static struct peer *peer_at(struct spokes *s, uint32_t from, uint32_t to)
{
	return &s->spokes[from].state.devices.at[0].peers.at[peer_slot(from, to)];
}

/* Where packets of from arrive from at to: the hub's view, or another port. */
static struct endpoint place_towards(const struct spokes *s, uint32_t from, uint32_t to)
{
	struct endpoint e = s->spokes[from].place;

	if (s->spokes[from].nat == NAT_SYMMETRIC)
		e.port = (uint16_t)(20000 + to);
	return e;
}

/* Does a packet that from sends to where it believes the other arrive there? */
static bool arrives(struct spokes *s, uint32_t from, uint32_t to)
{
	const struct endpoint *believed = &peer_at(s, from, to)->wg.endpoint;
	struct endpoint real = place_towards(s, to, from);
	struct endpoint own = place_towards(s, from, to);
	struct spoke *other = &s->spokes[to];

	s->spokes[from].sent[to] = s->now;
	if (s->cut || endpoint_cmp(believed, &real))
		return false;
	if (other->nat == NAT_NONE)
		return true;
	/* its NAT lets in what it has sent to, from exactly there */
	return other->sent[from] && s->now - other->sent[from] < 120000 &&
	       !endpoint_cmp(&peer_at(s, to, from)->wg.endpoint, &own);
}

static void initiate(struct spokes *s, uint32_t from, uint32_t to)
{
	struct spoke *self = &s->spokes[from];
	struct peer *here = peer_at(s, from, to), *there = peer_at(s, to, from);

	if (!here->wg.endpoint.addr.family ||
	    (self->initiated[to] && s->now - self->initiated[to] < INITIATION))
		return;
	self->initiated[to] = s->now;
	s->handshakes++;
	here->wg.tx += 148;
	if (!arrives(s, from, to))
		return;
	there->wg.rx += 148;
	there->wg.endpoint = place_towards(s, from, to);
	there->wg.tx += 92;
	if (!arrives(s, to, from))
		return;
	here->wg.rx += 92;
	there->wg.rx += 32;
	here->wg.handshake_ns = there->wg.handshake_ns = s->now * 1000000;
	self->session[to] = s->spokes[to].session[from] = s->now;
}

static bool has_session(const struct spokes *s, uint32_t from, uint32_t to)
{
	return s->spokes[from].session[to] && s->now - s->spokes[from].session[to] < SESSION_FOR;
}

/* Nobody answers one. It moves the other's endpoint, as any packet does that is authentic. */
static void keepalive(struct spokes *s, uint32_t from, uint32_t to)
{
	struct peer *there = peer_at(s, to, from);

	if (!has_session(s, from, to) || s->now - s->spokes[from].session[to] >= 120000) {
		initiate(s, from, to);
		return;
	}
	peer_at(s, from, to)->wg.tx += 32;
	if (!arrives(s, from, to))
		return;
	there->wg.rx += 32;
	there->wg.endpoint = place_towards(s, from, to);
}

/* The kernel's own timers, each second: keepalives, rekeys, data that nobody answered. */
static void timers(struct spokes *s, uint32_t from, uint32_t to)
{
	struct spoke *self = &s->spokes[from];
	struct peer *p = peer_at(s, from, to);
	bool stale = !has_session(s, from, to) || s->now - self->session[to] >= 120000;

	if (p->wg.keepalive && stale)
		initiate(s, from, to);
	else if (p->wg.keepalive && (s->now / 1000) % p->wg.keepalive == 0) {
		p->wg.tx += 32;
		if (arrives(s, from, to))
			peer_at(s, to, from)->wg.rx += 32;
	}
	if (self->data_sent[to] && s->now - self->data_sent[to] >= 15000)
		initiate(s, from, to);
}

/* One packet of data; it arrives where both ends agree about the way. */
static void data(struct spokes *s, uint32_t from, uint32_t to)
{
	bool out = s->spokes[from].direct[peer_slot(from, to)];
	bool in = s->spokes[to].direct[peer_slot(to, from)];
	struct peer *p = peer_at(s, from, to);

	if (!out) {
		s->spokes[from].state.devices.at[0].peers.at[0].wg.tx += 128;
		s->spokes[to].state.devices.at[0].peers.at[0].wg.rx += in ? 0 : 128;
		*(in ? &s->lost : &s->delivered[0]) += 1;
		return;
	}
	p->wg.tx += 128;
	if (!s->spokes[from].data_sent[to])
		s->spokes[from].data_sent[to] = s->now;
	if (!has_session(s, from, to) || !arrives(s, from, to)) {
		s->lost++;
		return;
	}
	/* WireGuard at the other end counts it, and answers sooner or later, even where it drops */
	peer_at(s, to, from)->wg.rx += 128;
	if (arrives(s, to, from) && s->now - s->spokes[to].kept[from] >= 10000) {
		s->spokes[to].kept[from] = s->now;
		peer_at(s, to, from)->wg.tx += 32;
		p->wg.rx += 32;
		s->spokes[from].data_sent[to] = 0;
	}
	s->spokes[to].data_sent[from] = 0;
	*(in ? &s->delivered[1] : &s->lost) += 1;
}

/* --- messages ------------------------------------------------------------------------------- */

static void post(struct spokes *s, uint32_t to, const struct net_datagram *d)
{
	uint32_t copies = 1;

	if (rng_below(&s->rng, 100) < s->loss)
		copies = 0;
	else if (rng_below(&s->rng, 100) < s->doubles)
		copies = 2;
	while (copies--) {
		struct spokes_message *m = vec_add(&s->wire);

		m->at = s->now + 5 + rng_below(&s->rng, s->delay + 1);
		m->to = to;
		m->d = *d;
	}
}

static void hub_hears(struct spokes *s, const struct net_datagram *d)
{
	struct net_datagrams out = {0};

	s->asked++;
	if (!s->hub_stopped)
		exchange_hear(&s->hub, &s->hub_device, d, s->now, &out);
	vec_each(&out, each) {
		uint32_t to = index_of(&each->remote.addr);

		s->told++;
		post(s, to, each);
	}
	vec_free(&out);
}

static void spoke_hears(struct spokes *s, uint32_t to, struct net_datagram *d)
{
	struct spoke *self = &s->spokes[to];

	d->remote = (struct endpoint){.addr = tunnel_address(1), .port = 51821};
	if (!self->stopped && paths_heard(&self->paths, &self->state.devices.at[0], d, s->now))
		self->plan_at = s->now;
}

static void deliver(struct spokes *s)
{
	for (uint32_t i = 0; i < s->wire.len;) {
		struct spokes_message m = s->wire.at[i];

		if (m.at > s->now) {
			i++;
			continue;
		}
		s->wire.at[i] = s->wire.at[--s->wire.len];
		if (m.to == UINT32_MAX)
			hub_hears(s, &m.d);
		else
			spoke_hears(s, m.to, &m.d);
	}
}

/* --- daemons -------------------------------------------------------------------------------- */

static bool holds(void *ctx, const struct device *d, const struct peer *p)
{
	struct spoke *self = ctx;

	return self->direct[p - d->peers.at];
}

static void apply(struct spokes *s, uint32_t self, const struct op *op)
{
	struct device *d = &s->spokes[self].state.devices.at[0];

	vec_each(&d->peers, p) {
		uint32_t other;

		if (key_cmp(&p->wg.key, &op->peer.key))
			continue;
		other = peer_spoke(self, (uint32_t)(p - d->peers.at));
		if (op->kind == OP_ENDPOINT)
			p->wg.endpoint = op->peer.endpoint;
		if (op->kind == OP_KEEPALIVE)
			p->wg.keepalive = op->peer.keepalive;
		if ((op->kind == OP_KEEPALIVE || op->kind == OP_KICK) && p->wg.keepalive)
			keepalive(s, self, other);
	}
}

static void look(struct spokes *s, struct spoke *self)
{
	struct moment at = {s->now, s->now};
	struct device *d = &self->state.devices.at[0];

	d->peers.at[0].life.state = LIFE_UP; /* the hub is always there */
	for (struct peer *p = d->peers.at + 1; p < d->peers.at + d->peers.len; p++) {
		struct life_counters c = {.rx = p->wg.rx,
					  .tx = p->wg.tx,
					  .handshake_ns = p->wg.handshake_ns,
					  .keepalive = p->wg.keepalive};

		life_observe(&p->life, &self->seen[p - d->peers.at], &c, at, 20000);
		self->seen[p - d->peers.at] = c;
	}
}

static void daemon_turn(struct spokes *s, uint32_t i)
{
	struct spoke *self = &s->spokes[i];
	struct device *d = &self->state.devices.at[0];
	struct path_input in = {.state = &self->state,
				.rng = &s->rng,
				.now = s->now,
				.generation = 1,
				.holds = holds,
				.ctx = self};
	struct path_output out = {0};
	msec poll;

	look(s, self);
	paths_plan(&self->paths, d, &in, &out);
	vec_each(&out.tell, t) {
		t->local = tunnel_address(1);
		t->remote.addr = tunnel_address(i + 2);
		post(s, UINT32_MAX, t);
	}
	vec_each(&out.ops, op)
		apply(s, i, op);
	path_output_free(&out);
	vec_each(&self->paths.list, path)
		vec_each(&d->peers, p)
			if (!key_cmp(&p->wg.key, &path->key))
				self->direct[p - d->peers.at] = path_is_direct(path);
	poll = msec_min(paths_poll(&self->paths, d->ifindex), LOOK_EVERY);
	self->plan_at = msec_min(s->now + poll, paths_deadline(&self->paths, s->now));
	self->plan_at = msec_max(self->plan_at, s->now + 1);
}

static void hub_turn(struct spokes *s)
{
	struct net_datagrams out = {0};

	for (uint32_t i = 0; i < s->n; i++) {
		struct peer *p = &s->hub_device.peers.at[i];

		p->wg.endpoint = s->spokes[i].place;
		p->life.handshake = s->now - 1000;
	}
	if (!s->hub_stopped)
		exchange_follow(&s->hub, &s->hub_device, s->now, &out);
	vec_each(&out, d) {
		s->told++;
		post(s, index_of(&d->remote.addr), d);
	}
	vec_free(&out);
}

void spokes_restart(struct spokes *s, uint32_t which)
{
	struct spoke *self = &s->spokes[which];

	paths_free(&self->paths);
	self->paths = (struct paths){0};
	self->plan_at = s->now;
}

void spokes_restart_hub(struct spokes *s)
{
	exchange_hub_free(&s->hub);
	s->hub = (struct exchange_hub){.ifindex = 3};
}

static void mixed_follow(struct spokes *s)
{
	if (spokes_direct(s, 0, 1) == spokes_direct(s, 1, 0)) {
		s->mixed_since = 0;
		return;
	}
	if (!s->mixed_since)
		s->mixed_since = s->now;
	s->mixed = msec_max(s->mixed, s->now - s->mixed_since);
}

static void step(struct spokes *s, bool traffic)
{
	bool second = s->now % 1000 == 0;

	deliver(s);
	if (second)
		hub_turn(s);
	for (uint32_t i = 0; i < s->n; i++) {
		for (uint32_t k = 0; second && k < s->n; k++)
			if (k != i)
				timers(s, i, k);
		if (!s->spokes[i].stopped && s->spokes[i].plan_at <= s->now)
			daemon_turn(s, i);
	}
	if (s->n > 1)
		mixed_follow(s);
	if (traffic && s->now % DATA_EVERY == 100) {
		data(s, s->order & 1, !(s->order & 1));
		data(s, !(s->order & 1), s->order & 1);
		s->order++;
	}
}

void spokes_run(struct spokes *s, msec ms, bool traffic)
{
	for (msec end = s->now + ms; s->now < end; s->now += STEP)
		step(s, traffic);
}

bool spokes_direct(const struct spokes *s, uint32_t from, uint32_t to)
{
	return s->spokes[from].direct[peer_slot(from, to)];
}

const struct path *spokes_path(const struct spokes *s, uint32_t from, uint32_t to)
{
	struct key key = key_of(to);

	return path_find(&s->spokes[from].paths, 3, &key);
}
