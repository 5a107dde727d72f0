// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes of a few prefixes, over random hosts: after a peer came, went, has other allowed-IPs or
 * died, or one of our routes was taken away, the part makes of the items and of the plan what
 * computing all makes of them.
 */
#include "support/test.h"

#include "model/netmap.h"
#include "support/random_host.h"

#define ROUNDS	  30000
#define PEERS_MAX 8

/* What changed, as whoever looks at peers tells it. */
struct change {
	struct prefixes at;
	const struct peer *peers[4]; /* new ones, or with other allowed-IPs */
	uint32_t n;
	struct route_counts counts; /* of the items, as they are followed */
};

/* One run: from a place on they are elsewhere, or gone, or one is altered. */
static void shift_add(struct device *d, uint32_t from, uint32_t to, bool altered)
{
	*vec_add(&d->moves.shifts) = (struct peer_shift){from, to, altered};
}

static void moves_begin(struct device *d)
{
	d->moves.shifts.len = d->moves.altered.len = 0;
	d->moves.lost.len = d->moves.gained.len = 0;
	d->moves.mapped = false;
}

static void tell(struct peers_aips *out, const struct device *d, uint32_t peer, uint32_t aip)
{
	*vec_add(out) = (struct peer_aip){peer, peer_aips(d, &d->peers.at[peer])[aip]};
}

static void gone(struct device *d, uint32_t which)
{
	const struct peer *p = &d->peers.at[which];

	d->moves.mapped = p->conf && p->conf->netmaps.len;
}

/* With a netmap among them, or as if there were one: the outcome is the same. */
static void follow(struct host *h, struct change *c, uint32_t device, struct rng *rng)
{
	struct device *d = &h->state.devices.at[device];

	d->moves.mapped = d->moves.mapped || !rng_below(rng, 3);
	routes_follow(&h->items, &h->state, device, &c->at, &c->counts);
	vec_each(&d->moves.altered, i)
		c->peers[c->n++] = &d->peers.at[*i];
}

static void one_comes(struct host *h, struct change *c, uint32_t device, struct rng *rng)
{
	struct device *d = &h->state.devices.at[device];
	uint32_t last = d->peers.len;

	if (last >= PEERS_MAX)
		return;
	vec_reserve(&d->peers, PEERS_MAX); /* so that pointers stay */
	random_peer(d, rng);
	state_join(&h->state, h->config, &h->imports);
	moves_begin(d);
	shift_add(d, last, last + 1, false);
	*vec_add(&d->moves.altered) = last;
	for (uint32_t i = 0; i < d->peers.at[last].wg.aips; i++)
		tell(&d->moves.gained, d, last, i);
	follow(h, c, device, rng);
}

/* Those that are changed, after one went. */
static void peers_close_up(struct change *c, const struct device *d, uint32_t which)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		const struct peer *p = c->peers[i];
		bool here = p >= d->peers.at && p <= d->peers.at + d->peers.len;

		if (here && p == &d->peers.at[which])
			continue;
		c->peers[kept++] = here && p > &d->peers.at[which] ? p - 1 : p;
	}
	c->n = kept;
}

static void one_goes(struct host *h, struct change *c, uint32_t device, struct rng *rng)
{
	struct device *d = &h->state.devices.at[device];
	uint32_t which = rng_below(rng, d->peers.len);

	moves_begin(d);
	gone(d, which);
	shift_add(d, which, PEER_NONE, false);
	shift_add(d, which + 1, which, false);
	for (uint32_t i = 0; i < d->peers.at[which].wg.aips; i++)
		tell(&d->moves.lost, d, which, i);
	d->peers.len--;
	memmove(&d->peers.at[which], &d->peers.at[which + 1],
		(d->peers.len - which) * sizeof(*d->peers.at));
	peers_close_up(c, d, which);
	follow(h, c, device, rng);
}

static void one_loses_a_network(struct host *h, struct change *c, uint32_t device, struct rng *rng)
{
	struct device *d = &h->state.devices.at[device];
	uint32_t which = rng_below(rng, d->peers.len);
	struct wg_peer *w = &d->peers.at[which].wg;

	if (!w->aips)
		return;
	moves_begin(d);
	gone(d, which);
	shift_add(d, which, which, true);
	shift_add(d, which + 1, which + 1, false);
	*vec_add(&d->moves.altered) = which;
	tell(&d->moves.lost, d, which, --w->aips);
	follow(h, c, device, rng);
}

static void one_dies_or_lives(struct host *h, struct change *c, uint32_t device, struct rng *rng)
{
	struct device *d = &h->state.devices.at[device];
	struct peer *p = &d->peers.at[rng_below(rng, d->peers.len)];
	struct peer_networks walk = {.device = d, .peer = p};
	struct prefix net;

	p->life.state = (uint8_t)rng_below(rng, 5);
	while (peer_networks_next(&walk, &net))
		*vec_add(&c->at) = net;
}

static void a_route_is_lost(struct host *h, struct change *c, struct rng *rng)
{
	struct route *r = &h->state.ours.at[rng_below(rng, h->state.ours.len)];

	*vec_add(&c->at) = r->dst;
	memmove(r, r + 1, (size_t)(h->state.ours.at + --h->state.ours.len - r) * sizeof(*r));
}

static void random_change(struct host *h, struct change *c, struct rng *rng)
{
	uint32_t device = rng_below(rng, h->state.devices.len), kind = rng_below(rng, 5);
	bool any = h->state.devices.at[device].peers.len != 0;

	if (kind == 0)
		one_comes(h, c, device, rng);
	else if (kind == 1 && any)
		one_goes(h, c, device, rng);
	else if (kind == 2 && any)
		one_loses_a_network(h, c, device, rng);
	else if (kind == 3 && any)
		one_dies_or_lives(h, c, device, rng);
	else if (h->state.ours.len)
		a_route_is_lost(h, c, rng);
}

/* What is wanted is there, but for what was refused. */
static void settle(struct host *h)
{
	host_plan(h, NOW);
	vec_each(&h->ops, op) {
		if (op->kind == OP_ROUTE_DEL)
			table_del(&h->kernel, &op->route);
		else if (table_add(&h->kernel, &h->state, &op->route))
			*vec_add(&h->failures) = (struct route_failure){
				.route = op->route, .error = -17, .retry_at = NOW + 1000};
	}
	vec_sort(&h->failures, route_cmp);
	host_plan(h, NOW);
	assert_int_equal(h->ops.len, 0);
}

static bool any_underlay(const struct host *h)
{
	vec_each(&h->items, it)
		if (it->underlay)
			return true;
	return false;
}

static void assert_same_items(const struct route_items *part, const struct route_items *whole)
{
	assert_int_equal(part->len, whole->len);
	for (uint32_t i = 0; i < whole->len; i++) {
		const struct route_item *a = &part->at[i], *b = &whole->at[i];

		assert_int_equal(route_order(&a->route, &b->route), 0);
		assert_int_equal(a->status, b->status);
		assert_int_equal(a->device, b->device);
		assert_int_equal(a->peer, b->peer);
		assert_int_equal(a->mark, b->mark);
		assert_int_equal(a->error, b->error);
		assert_int_equal(a->why, b->why);
	}
}

static void assert_same_ops(const struct ops *part, const struct ops *whole)
{
	assert_int_equal(part->len, whole->len);
	for (uint32_t i = 0; i < whole->len; i++) {
		assert_int_equal(part->at[i].kind, whole->at[i].kind);
		assert_int_equal(route_order(&part->at[i].route, &whole->at[i].route), 0);
	}
}

static void assert_counted(const struct route_items *items, const struct route_counts *counts)
{
	uint32_t installed = 0, quiet = 0;

	vec_each(items, it) {
		installed += it->status == ROUTE_INSTALLED;
		quiet += it->status == ROUTE_FOREIGN || it->status == ROUTE_COVERED ||
			 it->status == ROUTE_WITHDRAWN || it->status == ROUTE_DOWN ||
			 it->status == ROUTE_OFF;
	}
	assert_int_equal(counts->installed, installed);
	assert_int_equal(counts->awry, items->len - installed - quiet);
}

/* Returns how many operations there were; SIZE_MAX when a part cannot tell. */
static size_t change_and_compare(struct host *h, struct rng *rng)
{
	struct route_items whole = {0};
	struct ops ops = {0}, part = {0};
	struct change c = {.counts = routes_count(&h->items)};
	size_t n = SIZE_MAX;

	for (uint32_t i = 1 + rng_below(rng, 3); i; i--)
		random_change(h, &c, rng);
	assert_counted(&h->items, &c.counts);
	if (routes_are_apart(&h->items, &h->state, &c.at, c.peers, c.n)) {
		routes_count_out(&c.counts, &h->items, &c.at);
		routes_revise(&h->items, &h->state, &c.at);
		routes_plan_at(&part, &h->items, &h->state, &h->failures, NOW, &c.at);
		routes_count_in(&c.counts, &h->items, &c.at);
		assert_counted(&h->items, &c.counts);
		routes_desired(&whole, &h->state, h->config);
		routes_plan(&ops, &whole, &h->state, &h->failures, NOW);
		assert_same_items(&h->items, &whole);
		assert_same_ops(&part, &ops);
		n = ops.len;
	}
	vec_free(&whole);
	vec_free(&ops);
	vec_free(&part);
	vec_free(&c.at);
	return n;
}

static void a_part_is_as_the_whole(void **state)
{
	uint32_t apart = 0, doing = 0;
	struct rng rng = {.state = 16};
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct host h = random_host(&rng);

		settle(&h);
		if (!any_underlay(&h)) {
			size_t n = change_and_compare(&h, &rng);

			apart += n != SIZE_MAX;
			doing += n != SIZE_MAX && n;
		}
		random_host_free(&h);
	}
	assert_true(apart > ROUNDS / 6 && doing > ROUNDS / 10);
}

TEST_MAIN(a_part_is_as_the_whole)
