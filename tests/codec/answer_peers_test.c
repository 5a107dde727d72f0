// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `peers` of random hosts, against the naive way: each peer with the route items that are its own,
 * and each peer that stays told once, whoever else goes between two parts.
 */
#include "support/test.h"

#include "support/answered.h"
#include "support/random_host.h"

#define HOSTS 2000
#define PEERS 2000
#define RUNS  50

/* What the answer says of a peer's routes, and the items that are of it. */
static void routes_are_its_own(const json_t *routes, const struct host *h, uint32_t device,
			       uint32_t peer)
{
	char buf[PREFIX_STRLEN];
	size_t n = 0;

	vec_each(&h->items, it) {
		const json_t *told;

		if (it->device != device || it->peer != peer)
			continue;
		told = json_array_get(routes, n++);
		assert_non_null(told);
		assert_string_equal(json_string_value(json_object_get(told, "prefix")),
				    prefix_format(&it->route.dst, buf));
		assert_string_equal(json_string_value(json_object_get(told, "status")),
				    route_status_name(it->status));
		assert_int_equal(json_integer_value(json_object_get(told, "metric")),
				 it->route.metric);
	}
	assert_int_equal(json_array_size(routes), n);
}

static struct answer_view view_of(struct host *h, struct problems *none)
{
	return (struct answer_view){.at = {.now = NOW},
				    .config = h->config,
				    .state = &h->state,
				    .routes = &h->items,
				    .pending = &h->ops,
				    .problems = none};
}

static void each_peer_has_its_routes(void **unused)
{
	struct rng rng = {7};
	(void)unused;

	for (int i = 0; i < HOSTS; i++) {
		const struct request r = {.kind = REQUEST_PEERS};
		struct host h = random_host(&rng);
		struct problems none = {0};
		struct answer_view v = view_of(&h, &none);
		json_t *list;
		size_t n = 0;

		host_plan(&h, NOW);
		list = answer_whole(&v, &r);
		for (uint32_t d = 0; d < h.state.devices.len; d++)
			for (uint32_t p = 0; p < h.state.devices.at[d].peers.len; p++)
				routes_are_its_own(
					json_object_get(json_array_get(list, n++), "routes"), &h, d,
					p);
		assert_int_equal(json_array_size(list), n);
		json_decref(list);
		random_host_free(&h);
	}
}

static void device_with_peers(struct device *d, bool *stays)
{
	d->ifindex = 3;
	mem_copy_str(d->name, sizeof(d->name), "wg0");
	for (uint32_t i = 0; i < PEERS; i++) {
		struct peer *p = vec_add(&d->peers);

		memcpy(p->wg.key.bytes, &i, sizeof(i));
		stays[i] = true;
	}
}

/* About one in four goes, and all of one stretch that is longer than what is remembered. */
static void some_go(struct device *d, bool *stays, struct rng *rng)
{
	uint32_t kept = 0, stretch = rng_below(rng, d->peers.len);

	vec_each(&d->peers, p) {
		uint32_t i = (uint32_t)(p - d->peers.at), nth;

		memcpy(&nth, p->wg.key.bytes, sizeof(nth));
		if (!rng_below(rng, 4) || (i >= stretch && i < stretch + 6)) {
			stays[nth] = false;
			continue;
		}
		d->peers.at[kept++] = *p;
	}
	d->peers.len = kept;
	d->structure++;
}

static uint32_t nth_of(const json_t *peer)
{
	const char *text = json_string_value(json_object_get(peer, "public_key"));
	struct key key;
	uint32_t nth;

	assert_int_equal(key_parse(&key, text), 0);
	memcpy(&nth, key.bytes, sizeof(nth));
	return nth;
}

static void who_stays_is_told_once(void **unused)
{
	const struct request r = {.kind = REQUEST_PEERS};
	struct rng rng = {11};
	(void)unused;

	for (int run = 0; run < RUNS; run++) {
		bool stays[PEERS], told[PEERS] = {false};
		struct host h = {.config = config_new()};
		struct problems none = {0};
		struct answer_view v = view_of(&h, &none);
		struct device *d = vec_add(&h.state.devices);
		struct answer_cursor c = {0};
		struct str out = {0};
		json_t *list, *peer;
		size_t i;

		device_with_peers(d, stays);
		state_join(&h.state, h.config, &h.imports);
		while (answer_part(&out, &v, &r, &c))
			some_go(d, stays, &rng);
		list = answer_result(&out);
		json_array_foreach(list, i, peer)
		{
			assert_false(told[nth_of(peer)]);
			told[nth_of(peer)] = true;
		}
		for (i = 0; i < PEERS; i++)
			assert_true(told[i] || !stays[i]);
		json_decref(list);
		random_host_free(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_peer_has_its_routes),
		cmocka_unit_test(who_stays_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
