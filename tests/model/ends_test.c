// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where endpoints may be: whoever is told that none is inside of a prefix can rely on it.
 */
#include "support/test.h"

#include "base/rng.h"
#include "model/ends.h"

static struct addr random_addr4or6(struct rng *rng)
{
	static const uint8_t begins[][2] = {{10, 0}, {10, 1}, {198, 18}, {0xfd, 0}, {0x20, 1}};
	struct addr a = {.family = rng_below(rng, 2) ? AF_INET : AF_INET6};
	uint32_t begin = rng_below(rng, ARRAY_LEN(begins));

	for (uint32_t i = 0; i < addr_size(&a); i++)
		a.bytes[i] = i < 2 ? begins[begin][i] : (uint8_t)rng_below(rng, 4);
	return a;
}

static struct prefix random_prefix(struct rng *rng)
{
	struct addr a = random_addr4or6(rng);

	if (!rng_below(rng, 3))
		a.bytes[0] = (uint8_t)rng_below(rng, 256);
	return prefix_from(&a, (uint8_t)rng_below(rng, addr_bits(&a) + 1));
}

/* Peers as a dump has them, some of them moved since, and some about to. */
static bool any_is_in(const struct device *d, const struct prefix *p)
{
	vec_each(&d->peers, peer)
		if ((peer->wg.endpoint.addr.family && prefix_has(p, &peer->wg.endpoint.addr)) ||
		    (peer_care(peer)->coming.addr.family &&
		     prefix_has(p, &peer_care(peer)->coming.addr)))
			return true;
	return false;
}

static void feed(struct device *d, uint32_t peers, struct rng *rng, msec now)
{
	struct device_merge m;

	device_merge_begin(&m, d, (struct moment){.now = now, .wall = 1780000000000LL});
	for (uint32_t i = 0; i < peers; i++) {
		struct wg_peer w = {.key = {{(uint8_t)i, (uint8_t)(i >> 8), 1}}};

		if (i < d->peers.len)
			w.endpoint = d->peers.at[i].wg.endpoint;
		else if (!rng_below(rng, 200))
			w.endpoint = (struct endpoint){random_addr4or6(rng), 1};
		if (!rng_below(rng, 1000))
			w.endpoint = (struct endpoint){random_addr4or6(rng), 2};
		device_merge_peer(&m, &w);
	}
	device_merge_end(&m, true);
}

static void what_is_not_there_is_not(void **state)
{
	struct config *config = config_new();
	struct rng rng = {.state = 5};
	uint32_t yes = 0, no = 0;
	(void)state;

	for (uint32_t run = 0; run < 40; run++) {
		struct device d = {.ifindex = 3, .up = true, .conf = &config->defaults};
		uint32_t peers = ENDS_PEERS_MIN - 20 + rng_below(&rng, 40);

		if (run % 2)
			peer_tend(vec_add(&d.peers))->coming.addr = random_addr4or6(&rng);
		for (msec now = 1000; now < 4000; now += 1000)
			feed(&d, peers++, &rng, now);
		assert_int_equal(d.ends.len != 0, d.peers.len >= ENDS_PEERS_MIN);
		for (uint32_t i = 0; i < 300; i++) {
			struct prefix p = random_prefix(&rng);
			bool may = ends_may_be_in(&d, &p);

			assert_true(may || !any_is_in(&d, &p));
			yes += may;
			no += !may;
		}
		device_free(&d);
	}
	config_free(config);
	assert_true(yes > 1000 && no > 1000);
}

TEST_MAIN(what_is_not_there_is_not)
