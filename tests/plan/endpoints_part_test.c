// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints of a few peers, over random devices: after an answer about a name, planning for the
 * peers that are known by it makes of them, and of the plan, what planning for all makes of them.
 */
#include "support/test.h"

#include "plan/candidates.h"
#include "plan/endpoints.h"

#define ROUNDS	20000
#define PEERS	7
#define HOSTS	4
#define NOW	100000000
#define SETTLED 4 /* plans, of which the last has nothing to do: what was set may ask for more */

static const char *const hosts[HOSTS] = {"a.example.net", "b.example.net", "c.example.net",
					 "_wireguard._udp.example.net"};

struct world {
	struct config *config;
	struct state state;
	struct device *d;
	struct names names;
	struct rng rng;
	struct peer_care cares[PEERS]; /* what the peers' point to */
};

static bool chance(struct world *w, uint32_t of)
{
	return !rng_below(&w->rng, of);
}

static struct addr random_addr(struct world *w)
{
	static const char *const texts[] = {"203.0.113.1", "203.0.113.2",  "192.168.1.7",
					    "10.20.0.9",   "2001:db8::10", "2001:db8::20"};
	struct addr a;

	assert_int_equal(addr_parse(&a, texts[rng_below(&w->rng, ARRAY_LEN(texts))]), 0);
	return a;
}

static struct endpoint random_endpoint(struct world *w)
{
	if (chance(w, 4))
		return (struct endpoint){.port = 0};
	return (struct endpoint){.addr = random_addr(w), .port = 51820};
}

static msec random_past(struct world *w)
{
	return chance(w, 3) ? 0 : NOW - (msec)rng_below(&w->rng, 400000);
}

static void random_specs(struct world *w, struct peer_conf *conf)
{
	for (uint32_t n = rng_below(&w->rng, 4); n; n--) {
		struct endpoint_spec *spec = vec_add(&conf->endpoints);
		uint32_t host = rng_below(&w->rng, HOSTS + 1);

		spec->port = 51820;
		if (host == HOSTS) {
			spec->kind = ENDPOINT_ADDRESS;
			spec->address = (struct endpoint){.addr = random_addr(w), .port = 51820};
			continue;
		}
		spec->kind = host == HOSTS - 1 ? ENDPOINT_SRV : ENDPOINT_HOST;
		spec->host = hosts[host];
	}
}

static void random_conf(struct world *w)
{
	for (uint8_t i = 0; i < PEERS; i++) {
		struct peer_conf *conf = vec_add(&w->config->defaults.peers);

		conf->has_key = true;
		conf->key = (struct key){{i + 1}};
		conf->keepalive.mode = chance(w, 2) ? KEEPALIVE_AUTO : KEEPALIVE_FIXED;
		conf->keepalive.seconds = 25;
		conf->return_after = chance(w, 2) ? 300000 : 0;
		random_specs(w, conf);
	}
	w->config->defaults.endpoints.probe_interval = chance(w, 3) ? 60000 : 0;
}

static void random_life(struct world *w, struct peer *p)
{
	p->life.state = (uint8_t)rng_below(&w->rng, LIFE_DEAD + 1);
	p->life.proof = p->life.state == LIFE_NEVER ? 0 : NOW - (msec)rng_below(&w->rng, 200000);
	p->life.sent_since = p->life.state == LIFE_UP ? 0 : NOW - (msec)rng_below(&w->rng, 200000);
	p->life.since = random_past(w);
	p->life.seen = NOW;
}

static void random_care(struct world *w, struct peer *p)
{
	struct peer_care *care;

	if (chance(w, 3))
		return;
	care = peer_tend(p);
	care->written = random_endpoint(w);
	care->written_at = random_past(w);
	care->repaired_at = random_past(w);
	care->retry_at = random_past(w) + 100000;
	care->attempt = rng_below(&w->rng, 3);
	care->probed = random_past(w);
	care->tried = rng_below(&w->rng, 4);
	if (chance(w, 6))
		care->fallback = random_endpoint(w);
}

static void random_peer(struct world *w, uint8_t i)
{
	struct peer *p = vec_add(&w->d->peers);

	p->wg.key = (struct key){{i + 1}};
	p->wg.endpoint = random_endpoint(w);
	p->wg.keepalive = chance(w, 2) ? 25 : 0;
	p->wg.first_aip = w->d->aips.len;
	p->wg.aips = 1;
	assert_int_equal(prefix_parse(vec_add(&w->d->aips), "10.20.0.0/24", NULL), 0);
	p->source = (uint8_t)rng_below(&w->rng, SOURCE_EXCHANGE);
	random_life(w, p);
	random_care(w, p);
}

/* The name server says something else about one of the names. */
static const struct name *answer(struct world *w, uint32_t host)
{
	struct name *n = names_find(&w->names, hosts[host]);
	struct net_answer a = {.kind = NET_LOOKUP, .ttl = 60};
	uint8_t family = n->srv || chance(w, 2) ? AF_INET : AF_INET6;

	a.id = n->id * 2 + (family == AF_INET6);
	for (uint32_t i = rng_below(&w->rng, 3); i; i--) {
		struct addr to = random_addr(w);

		a.ports[a.count] = 51820;
		if (n->srv || to.family == family)
			a.addrs[a.count++] = to;
	}
	a.status = a.count ? NET_OK : NET_NO_DATA;
	return names_answer(&w->names, &a, NOW, &w->rng, &n) ? n : NULL;
}

static void random_world(struct world *w, uint64_t seed)
{
	*w = (struct world){.config = config_new(), .rng = {.state = seed}};
	random_conf(w);
	w->d = vec_add(&w->state.devices);
	*w->d = (struct device){.ifindex = 3, .name = "wg0", .up = true, .readable = true};
	for (uint8_t i = 0; i < PEERS; i++)
		random_peer(w, i);
	state_join(&w->state, w->config, NULL);
	for (uint32_t i = 0; i < HOSTS; i++) {
		if (i == HOSTS - 1)
			names_want_srv(&w->names, hosts[i], &w->d->conf->endpoints);
		else
			names_want(&w->names, hosts[i], &w->d->conf->endpoints);
	}
	names_sweep(&w->names);
	for (uint32_t i = 0; i < HOSTS; i++)
		answer(w, i);
}

static void world_free(struct world *w)
{
	state_free(&w->state);
	names_free(&w->names);
	config_free(w->config);
}

/* --- planning ------------------------------------------------------------------------------ */

static struct addr source(void *ctx, const struct device *d, const struct endpoint *to, bool exact)
{
	struct addr from = {.family = to->addr.family};

	(void)ctx;
	(void)d;
	(void)exact;
	if (to->addr.family == AF_INET)
		addr_parse(&from, "192.168.1.2");
	return from; /* no private one, and for some no way at all */
}

static struct endpoint_input input(struct world *w)
{
	return (struct endpoint_input){.state = &w->state,
				       .names = &w->names,
				       .source = source,
				       .rng = &w->rng,
				       .now = NOW,
				       .generation = 1};
}

static bool is_known_by(const struct peer *p, const struct name *n)
{
	uint32_t count;
	const struct endpoint_spec *specs = peer_endpoint_specs(p, &count);

	for (uint32_t i = 0; i < count; i++)
		if (specs[i].kind != ENDPOINT_ADDRESS && !strcmp(specs[i].host, n->host))
			return true;
	return false;
}

/* Of all, or with a name of those that are known by it; what was planned is done. */
static void plan(struct world *w, const struct name *n, struct ops *ops)
{
	const struct endpoint_input in = input(w);
	struct endpoint_changes changes = {0};

	ops->len = 0;
	if (!n)
		endpoints_plan(ops, &changes, w->d, &in);
	vec_each(&w->d->peers, p)
		if (n && is_known_by(p, n))
			endpoints_plan_peer(ops, &changes, w->d, p, &in);
	vec_each(&changes, c)
		endpoint_is_set(&w->d->peers.at[c->peer], &c->to, &in);
	vec_each(ops, op)
		vec_each(&w->d->peers, p)
			if (op->kind == OP_KEEPALIVE && !key_cmp(&p->wg.key, &op->peer.key))
				p->wg.keepalive = op->peer.keepalive;
	vec_free(&changes);
}

/* What is known of the peers, and the dice; what they point to is theirs. */
struct kept {
	struct peer peers[PEERS];
	struct peer_care cares[PEERS];
	struct rng rng;
};

static void keep(struct kept *k, const struct world *w)
{
	memset(k, 0, sizeof(*k));
	k->rng = w->rng;
	for (uint32_t i = 0; i < PEERS; i++) {
		k->peers[i] = w->d->peers.at[i];
		k->cares[i] = *peer_care(&k->peers[i]);
	}
}

static void put_back(struct world *w, const struct kept *k)
{
	w->rng = k->rng;
	for (uint32_t i = 0; i < PEERS; i++) {
		free(w->d->peers.at[i].care);
		w->d->peers.at[i] = k->peers[i];
		w->d->peers.at[i].care = NULL;
		*peer_tend(&w->d->peers.at[i]) = k->cares[i];
	}
}

static void assert_same(const struct kept *a, const struct kept *b)
{
	assert_true(a->rng.state == b->rng.state);
	for (uint32_t i = 0; i < PEERS; i++) {
		struct peer x = a->peers[i], y = b->peers[i];

		x.care = y.care = NULL;
		assert_memory_equal(&x, &y, sizeof(x));
		assert_memory_equal(&a->cares[i], &b->cares[i], sizeof(a->cares[i]));
	}
}

static void assert_same_ops(const struct ops *a, const struct ops *b)
{
	assert_int_equal(a->len, b->len);
	for (uint32_t i = 0; i < a->len; i++)
		assert_memory_equal(&a->at[i], &b->at[i], sizeof(a->at[i]));
}

/* Returns how many operations there were for the answer. */
static uint32_t one_round(uint64_t seed)
{
	struct ops settling = {0}, whole = {0}, part = {0};
	struct kept before, after_whole, after_part;
	const struct name *n;
	struct world w;
	uint32_t count;

	random_world(&w, seed);
	for (int i = 0; i < SETTLED; i++)
		plan(&w, NULL, &settling);
	assert_int_equal(settling.len, 0);
	n = answer(&w, rng_below(&w.rng, HOSTS));
	keep(&before, &w);
	plan(&w, NULL, &whole);
	keep(&after_whole, &w);
	put_back(&w, &before);
	if (n)
		plan(&w, n, &part);
	keep(&after_part, &w);
	assert_same_ops(&whole, &part);
	assert_same(&after_whole, &after_part);
	count = whole.len;
	vec_free(&settling);
	vec_free(&whole);
	vec_free(&part);
	world_free(&w);
	return count;
}

static void the_part_is_as_the_whole(void **state)
{
	uint32_t ops = 0;
	(void)state;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		ops += one_round(seed) != 0;
	assert_in_range(ops, ROUNDS / 10, ROUNDS); /* else it compares nothing */
}

TEST_MAIN(the_part_is_as_the_whole)
