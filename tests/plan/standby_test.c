// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who stands by for whom: random hosts with few names for their peers, against looking at every
 * peer for every standby.
 */
#include "support/test.h"

#include <string.h>

#include "base/rng.h"
#include "plan/standby.h"

#define HOSTS	20000
#define DEVICES 3
#define PEERS	5 /* of a device, at most */

struct host {
	struct state state;
	struct iface_conf conf;
	struct peer_conf confs[DEVICES * PEERS];
	struct import_peer imports[DEVICES * PEERS];
};

static const char *any_name(struct rng *rng)
{
	static const char *const names[] = {"a", "b", "c", "d", ""};

	return names[rng_below(rng, ARRAY_LEN(names))];
}

/* A name of its own, one that a file has, both or none; a standby of somebody, or not. */
static void peer_random(struct host *h, struct device *d, uint32_t n, struct rng *rng)
{
	struct peer *p = vec_add(&d->peers);

	memset(p->wg.key.bytes, (int)n + 1, KEY_LEN);
	strcpy(h->confs[n].name, any_name(rng));
	if (rng_below(rng, 2))
		strcpy(h->confs[n].standby_for, any_name(rng));
	h->imports[n].name = rng_below(rng, 2) ? any_name(rng) : NULL;
	p->conf = rng_below(rng, 5) ? &h->confs[n] : NULL;
	p->imported = rng_below(rng, 2) ? &h->imports[n] : NULL;
}

static void host_random(struct host *h, struct rng *rng)
{
	uint32_t n = 0, devices = 1 + rng_below(rng, DEVICES);

	memset(h, 0, sizeof(*h));
	for (uint32_t i = 0; i < devices; i++) {
		struct device *d = vec_add(&h->state.devices);
		uint32_t peers = rng_below(rng, PEERS + 1);

		d->ifindex = i + 1;
		d->conf = &h->conf;
		while (peers--)
			peer_random(h, d, n++, rng);
	}
}

/* The first peer of that name on an interface; NULL: there is none. */
static const struct peer *naive_on(const struct device *d, const char *name)
{
	vec_each(&d->peers, p)
		if (peer_name(p) && !strcmp(peer_name(p), name))
			return p;
	return NULL;
}

/* On the standby's own interface first, else on the first that has one. */
static const struct peer *naive(const struct state *s, const struct device *own, const char *name)
{
	const struct peer *found = naive_on(own, name);

	vec_each(&s->devices, d)
		found = found ? found : naive_on(d, name);
	return found;
}

static void each_is_who_is_named(void **state)
{
	struct standby_pairs pairs = {0};
	struct rng rng = {.state = 1};
	const struct loans none = {0};
	uint32_t found = 0;
	(void)state;

	for (int i = 0; i < HOSTS; i++) {
		struct host h;
		uint32_t n = 0;

		host_random(&h, &rng);
		standby_judge(&pairs, &h.state, &none, 1000);
		vec_each(&h.state.devices, d) {
			vec_each(&d->peers, p) {
				const struct device *at;
				const struct peer *want = NULL;

				if (p->conf && *p->conf->standby_for)
					want = naive(&h.state, d, p->conf->standby_for);
				if (!want || want == p)
					continue;
				assert_true(n < pairs.len);
				at = &h.state.devices.at[pairs.at[n].device];
				assert_ptr_equal(&at->peers.at[pairs.at[n].primary], want);
				at = &h.state.devices.at[pairs.at[n].other_device];
				assert_ptr_equal(&at->peers.at[pairs.at[n].standby], p);
				n++;
			}
		}
		assert_int_equal(pairs.len, n);
		found += n;
		state_free(&h.state);
	}
	assert_true(found > HOSTS / 4);
	vec_free(&pairs);
}

TEST_MAIN(each_is_who_is_named)
