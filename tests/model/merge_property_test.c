// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps of a device of some hundred peers, each a few changes away from the last one: peers come
 * and go alone and in blocks, change places, have other allowed-IPs, go on in a second message,
 * are named twice; and dumps that break off or are begun anew. Beside the merge stands a copy of
 * the last good dump, which is all that there is to know.
 */
#include "support/test.h"

#include "base/rng.h"
#include "model/state.h"

#define PEERS_MAX 400
#define AIPS_MAX  5
#define IDS	  600
#define WALL	  1780000000000LL

struct one {
	uint32_t id;
	uint32_t aips[AIPS_MAX], n;
	uint64_t rx;
};

struct dump {
	struct one at[PEERS_MAX];
	uint32_t len;
};

struct world {
	struct config *config;
	struct device device;
	struct rng rng;
	struct dump good, next;
	uint32_t marks[IDS]; /* what was noted in the care of a peer, while it is there */
	uint32_t last_aip;
	msec now;
	uint32_t told, many, failed; /* how often it came to that */
};

static uint32_t below(struct world *w, uint32_t n)
{
	return rng_below(&w->rng, n);
}

static struct key key_of(uint32_t id)
{
	return (struct key){{(uint8_t)id, (uint8_t)(id >> 8), 1}};
}

static struct prefix prefix_of(uint32_t aip)
{
	const uint8_t bytes[4] = {10, (uint8_t)(aip >> 16), (uint8_t)(aip >> 8), (uint8_t)aip};
	struct addr a = addr_from(AF_INET, bytes);

	return prefix_from(&a, 32);
}

/* --- the next dump ------------------------------------------------------------------------ */

static bool has_id(const struct dump *d, uint32_t id)
{
	for (uint32_t i = 0; i < d->len; i++)
		if (d->at[i].id == id)
			return true;
	return false;
}

static void cut_out(struct dump *d, uint32_t i, uint32_t n)
{
	memmove(&d->at[i], &d->at[i + n], (d->len - i - n) * sizeof(d->at[0]));
	d->len -= n;
}

static void put_in(struct dump *d, uint32_t i, struct one o)
{
	if (d->len == PEERS_MAX)
		return;
	memmove(&d->at[i + 1], &d->at[i], (d->len - i) * sizeof(d->at[0]));
	d->at[i] = o;
	d->len++;
}

static void comes(struct world *w, uint32_t i)
{
	struct one o = {.id = below(w, IDS), .n = below(w, AIPS_MAX + 1)};

	for (uint32_t a = 0; a < o.n; a++)
		o.aips[a] = ++w->last_aip;
	if (!has_id(&w->next, o.id))
		put_in(&w->next, i, o);
}

/* One more, one less, another one, or another order. */
static void alters(struct world *w, struct one *o)
{
	uint32_t at = below(w, o->n + 1), kind = below(w, 4), spare;

	if (kind == 0 && o->n < AIPS_MAX) {
		memmove(&o->aips[at + 1], &o->aips[at], (o->n - at) * sizeof(o->aips[0]));
		o->aips[at] = ++w->last_aip;
		o->n++;
	} else if (kind == 1 && at < o->n) {
		o->n--;
		memmove(&o->aips[at], &o->aips[at + 1], (o->n - at) * sizeof(o->aips[0]));
	} else if (kind == 2 && at < o->n) {
		o->aips[at] = ++w->last_aip;
	} else if (at < o->n) {
		spare = o->aips[at];
		o->aips[at] = o->aips[0];
		o->aips[0] = spare;
	}
}

static void change(struct world *w)
{
	struct dump *d = &w->next;
	uint32_t i = d->len ? below(w, d->len) : 0, kind = below(w, 100);
	struct one o = d->at[i];

	if (kind < 20) {
		comes(w, below(w, 2) ? i : d->len);
	} else if (!d->len) {
		return;
	} else if (kind < 40) {
		cut_out(d, i, 1);
	} else if (kind < 43) {
		cut_out(d, i, below(w, d->len - i));
	} else if (kind < 48) { /* taken out and put in again, as it was or not */
		cut_out(d, i, 1);
		if (below(w, 2))
			alters(w, &o);
		put_in(d, below(w, 2) ? d->len : below(w, d->len + 1), o);
	} else if (kind < 50) {
		d->at[i] = d->at[0];
		d->at[0] = o;
	} else if (kind < 52) {
		for (uint32_t n = below(w, 200); n; n--)
			comes(w, d->len);
	} else {
		alters(w, &d->at[i]);
	}
}

static void random_dump(struct world *w)
{
	w->next = w->good;
	for (uint32_t n = below(w, 4) ? below(w, 4) : below(w, 100); n; n--)
		change(w);
	for (uint32_t i = 0; i < w->next.len; i++)
		w->next.at[i].rx += 96 * below(w, 3);
}

/* --- the merge ---------------------------------------------------------------------------- */

static void feed(struct world *w, struct device_merge *m, const struct one *o)
{
	struct wg_peer now = {.key = key_of(o->id), .rx = o->rx}, again = {.key = now.key};
	uint32_t cut = below(w, 4) ? AIPS_MAX : below(w, AIPS_MAX);

	device_merge_peer(m, &now);
	for (uint32_t i = 0; i < o->n; i++) {
		struct prefix p = prefix_of(o->aips[i]);

		if (i == cut)
			device_merge_peer(m, &again); /* nothing is repeated but the key */
		device_merge_aip(m, &p);
	}
}

static void feed_some(struct world *w, struct device_merge *m, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		feed(w, m, &w->next.at[i]);
}

static bool merge(struct world *w, bool ok)
{
	struct device_merge m;

	w->now += 1000;
	device_merge_begin(&m, &w->device, (struct moment){.now = w->now, .wall = WALL});
	if (!below(w, 8)) {
		feed_some(w, &m, below(w, w->next.len + 1));
		device_merge_again(&m);
	}
	feed_some(w, &m, ok ? w->next.len : below(w, w->next.len + 1));
	return device_merge_end(&m, ok);
}

/* --- what has to be so afterwards --------------------------------------------------------- */

static void assert_same_aips(const struct device *d, const struct peer *p, const struct one *o)
{
	assert_int_equal(p->wg.aips, o->n);
	assert_true(p->wg.first_aip + p->wg.aips <= d->aips.len);
	for (uint32_t i = 0; i < o->n; i++) {
		struct prefix want = prefix_of(o->aips[i]);

		assert_int_equal(prefix_cmp(&peer_aips(d, p)[i], &want), 0);
	}
}

/* The lists are those of the last good dump, and there are not too many gaps. */
static void check_lists(const struct world *w)
{
	const struct device *d = &w->device;
	uint32_t used = 0;

	assert_int_equal(d->peers.len, w->good.len);
	for (uint32_t i = 0; i < d->peers.len; i++) {
		const struct key key = key_of(w->good.at[i].id);

		assert_int_equal(key_cmp(&d->peers.at[i].wg.key, &key), 0);
		assert_same_aips(d, &d->peers.at[i], &w->good.at[i]);
		used += d->peers.at[i].wg.aips;
	}
	assert_int_equal(used + d->aips_unused, d->aips.len);
	assert_true(d->aips_unused <= 64 + d->aips.len / 8);
}

/* What was done about a peer stays with it as long as it is there. */
static void check_marks(struct world *w)
{
	bool there[IDS] = {0};

	for (uint32_t i = 0; i < w->good.len; i++) {
		uint32_t id = w->good.at[i].id;

		assert_int_equal(peer_care(&w->device.peers.at[i])->attempt, w->marks[id]);
		there[id] = true;
		if (!below(w, 5))
			w->marks[id] = peer_tend(&w->device.peers.at[i])->attempt = 1 + w->last_aip;
	}
	for (uint32_t id = 0; id < IDS; id++)
		if (!there[id])
			w->marks[id] = 0;
}

static void check_counters(const struct world *w)
{
	for (uint32_t i = 0; i < w->good.len; i++)
		assert_int_equal(w->device.peers.at[i].wg.rx, w->good.at[i].rx);
}

/* What is told leads from the networks before to those after it. */
static void replay_networks(const struct peer_moves *m, const struct one *was, uint32_t from,
			    const struct one *now, uint32_t to)
{
	struct prefixes have = {0};

	for (uint32_t i = 0; was && i < was->n; i++)
		*vec_add(&have) = prefix_of(was->aips[i]);
	vec_each(&m->lost, l) {
		uint32_t kept = 0;

		if (l->peer != from)
			continue;
		vec_each(&have, p)
			if (prefix_cmp(p, &l->prefix))
				have.at[kept++] = *p;
		assert_int_equal(kept + 1, have.len);
		have.len = kept;
	}
	vec_each(&m->gained, g)
		if (g->peer == to)
			*vec_add(&have) = g->prefix;
	assert_int_equal(have.len, now ? now->n : 0);
	vec_sort(&have, prefix_cmp);
	for (uint32_t i = 0; now && i < now->n; i++) {
		struct prefix want = prefix_of(now->aips[i]);

		assert_non_null(vec_find(&have, &want, prefix_cmp));
	}
	vec_free(&have);
}

static void check_moves(struct world *w)
{
	const struct peer_moves *m = &w->device.moves;
	const struct dump *was = &w->good, *now = &w->next;
	uint32_t from[PEERS_MAX], altered = 0;

	memset(from, 0xff, sizeof(from));
	w->told += !m->many;
	w->many += m->many;
	for (uint32_t i = 0; i < was->len && !m->many; i++) {
		uint32_t to = peer_moved(m, i);

		assert_int_equal(to == PEER_NONE, !has_id(now, was->at[i].id));
		if (to == PEER_NONE) {
			replay_networks(m, &was->at[i], i, NULL, PEER_NONE);
			continue;
		}
		assert_true(to < now->len);
		assert_int_equal(now->at[to].id, was->at[i].id);
		from[to] = i;
	}
	for (uint32_t i = 0; i < now->len && !m->many; i++) {
		const struct one *old = from[i] != PEER_NONE ? &was->at[from[i]] : NULL;
		bool same = old && old->n == now->at[i].n &&
			    !memcmp(old->aips, now->at[i].aips, old->n * sizeof(old->aips[0]));

		replay_networks(m, old, from[i], &now->at[i], i);
		if (same)
			continue;
		assert_true(altered < m->altered.len);
		assert_int_equal(m->altered.at[altered++], i);
	}
	if (!m->many)
		assert_int_equal(altered, m->altered.len);
}

/* --- properties --------------------------------------------------------------------------- */

static struct world *begin(uint64_t seed)
{
	struct world *w = mem_calloc(1, sizeof(*w));

	w->config = config_new();
	w->device = (struct device){.ifindex = 3, .up = true, .conf = &w->config->defaults};
	w->rng.state = seed;
	w->now = 1000000;
	for (uint32_t n = below(w, 300); n; n--) {
		w->next = w->good;
		comes(w, w->next.len);
		w->good = w->next;
	}
	w->next = w->good;
	merge(w, true);
	return w;
}

static void end(struct world *w)
{
	device_free(&w->device);
	config_free(w->config);
	free(w);
}

static void step(struct world *w)
{
	bool ok = below(w, 6), changed;
	uint32_t structure = w->device.structure;

	random_dump(w);
	changed = merge(w, ok);
	assert_int_equal(w->device.structure, structure + changed);
	if (!ok) {
		w->failed++;
		assert_false(changed);
		for (uint32_t i = 0; i < w->good.len; i++) /* what was seen is believed */
			w->good.at[i].rx = w->device.peers.at[i].wg.rx;
		return;
	}
	if (changed)
		check_moves(w);
	w->good = w->next;
	assert_false(merge(w, true)); /* and there is nothing left to do */
	check_counters(w);
}

static void any_sequence_of_dumps(void **state)
{
	uint32_t told = 0, many = 0, failed = 0;
	const char *seed = getenv("SEED");
	uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;
	(void)state;

	for (uint64_t run = first; run < first + 60; run++) {
		struct world *w = begin(run);

		for (int i = 0; i < 100; i++) {
			step(w);
			check_lists(w);
			check_marks(w);
		}
		told += w->told;
		many += w->many;
		failed += w->failed;
		end(w);
	}
	assert_true(told > 2000 && many > 300 && failed > 500);
}

/*
 * No kernel names a key twice with another between them. The lists are those of the dump all the
 * same, and nothing is freed twice.
 */
static void keys_that_come_twice(void **state)
{
	(void)state;
	for (uint64_t run = 1; run <= 30; run++) {
		struct world *w = begin(run);

		for (int i = 0; i < 50; i++) {
			random_dump(w);
			for (uint32_t n = below(w, 5); n && w->next.len > 2; n--) {
				struct one o = w->next.at[below(w, w->next.len)];
				uint32_t at = 1 + below(w, w->next.len - 1);

				if (w->next.at[at].id != o.id && w->next.at[at - 1].id != o.id)
					put_in(&w->next, at, o);
			}
			for (uint32_t j = 1; j < w->next.len; j++)
				if (w->next.at[j].id == w->next.at[j - 1].id)
					cut_out(&w->next, j--, 1);
			merge(w, true);
			w->good = w->next;
			check_lists(w);
			vec_each(&w->device.peers, p)
				if (!below(w, 5))
					peer_tend(p)->attempt++;
		}
		end(w);
	}
}

TEST_MAIN(any_sequence_of_dumps, keys_that_come_twice)
