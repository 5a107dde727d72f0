// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps of a device, merged into what is known of it. A dump is written here as peers, each with
 * the numbers of its allowed-IPs: {1, {10, 11}} is peer 1 with 10.0.10.0/24 and 10.0.11.0/24.
 */
#include "support/test.h"

#include "base/rng.h"
#include "model/state.h"

#define PEERS_MAX 12
#define AIPS_MAX  6
#define WALL	  1780000000000LL

struct one {
	uint8_t peer;
	uint8_t aips[AIPS_MAX]; /* up to the first 0 */
	uint64_t rx, tx;
	struct endpoint endpoint;
	uint16_t keepalive;
};

struct dump {
	struct one at[PEERS_MAX];
	uint32_t len;
};

/* A device that was just found, under the built-in defaults. */
struct fixture {
	struct config *config;
	struct device device;
	msec now;
};

static struct fixture begin(void)
{
	struct fixture f = {.config = config_new(), .now = 1000000};

	f.device = (struct device){.ifindex = 3, .up = true, .conf = &f.config->defaults};
	return f;
}

static void end(struct fixture *f)
{
	device_free(&f->device);
	config_free(f->config);
}

static struct key key_of(uint8_t peer)
{
	return (struct key){{peer, 1}};
}

static struct prefix prefix_of(uint8_t aip)
{
	const uint8_t bytes[4] = {10, 0, aip, 0};
	struct addr a = addr_from(AF_INET, bytes);

	return prefix_from(&a, 24);
}

static struct endpoint endpoint_of(uint8_t last)
{
	const uint8_t bytes[4] = {203, 0, 113, last};

	return (struct endpoint){.addr = addr_from(AF_INET, bytes), .port = 51820};
}

/* As the parser does: a peer, its allowed-IPs; cut says where a peer goes on in a new message. */
static void feed(struct device_merge *m, const struct one *o, uint32_t cut)
{
	struct wg_peer w = {.key = key_of(o->peer),
			    .rx = o->rx,
			    .tx = o->tx,
			    .endpoint = o->endpoint,
			    .keepalive = o->keepalive};
	struct wg_peer again = {.key = w.key}; /* the kernel repeats nothing but the key */

	device_merge_peer(m, &w);
	for (uint32_t i = 0; i < AIPS_MAX && o->aips[i]; i++) {
		struct prefix p = prefix_of(o->aips[i]);

		if (cut && i == cut)
			device_merge_peer(m, &again);
		device_merge_aip(m, &p);
	}
}

static bool merge_cut(struct fixture *f, const struct dump *d, bool ok, uint32_t cut)
{
	struct device_merge m;

	f->now += 1000;
	device_merge_begin(&m, &f->device, (struct moment){.now = f->now, .wall = WALL});
	for (uint32_t i = 0; i < d->len; i++)
		feed(&m, &d->at[i], cut);
	return device_merge_end(&m, ok);
}

static bool merge(struct fixture *f, const struct dump *d)
{
	return merge_cut(f, d, true, 0);
}

/* The device is the dump, nothing more and nothing less. */
static void assert_is(const struct device *dev, const struct dump *d)
{
	uint32_t aips = 0;

	assert_int_equal(dev->peers.len, d->len);
	for (uint32_t i = 0; i < d->len; i++) {
		const struct peer *p = &dev->peers.at[i];
		struct key key = key_of(d->at[i].peer);
		uint32_t n = 0;

		assert_int_equal(key_cmp(&p->wg.key, &key), 0);
		assert_int_equal(p->wg.rx, d->at[i].rx);
		assert_int_equal(p->wg.tx, d->at[i].tx);
		assert_int_equal(p->wg.keepalive, d->at[i].keepalive);
		assert_int_equal(endpoint_cmp(&p->wg.endpoint, &d->at[i].endpoint), 0);
		for (; n < AIPS_MAX && d->at[i].aips[n]; n++) {
			struct prefix want = prefix_of(d->at[i].aips[n]);

			assert_true(n < p->wg.aips);
			assert_int_equal(prefix_cmp(&peer_aips(dev, p)[n], &want), 0);
		}
		assert_int_equal(p->wg.aips, n);
		aips += n;
	}
	assert_int_equal(dev->aips.len, aips + dev->aips_unused);
}

static struct dump three(void)
{
	return (struct dump){{{1, {10, 11}, .rx = 100, .tx = 200, .endpoint = endpoint_of(1)},
			      {2, {20}, .rx = 5, .tx = 6, .endpoint = endpoint_of(2)},
			      {3, {30, 31, 32}, .endpoint = endpoint_of(3)}},
			     3};
}

static void the_first_dump(void **state)
{
	struct fixture f = begin();
	struct dump d = three();
	(void)state;

	assert_true(merge(&f, &d));
	assert_is(&f.device, &d);
	assert_int_equal(f.device.structure, 1);
	end(&f);
}

static void an_empty_device(void **state)
{
	struct dump d = three(), none = {.len = 0};
	struct fixture f = begin();
	(void)state;

	assert_false(merge(&f, &none));
	assert_true(merge(&f, &d));
	assert_true(merge(&f, &none));
	assert_is(&f.device, &none);
	end(&f);
}

/* A poll in which only counters moved writes them and allocates nothing. */
static void only_counters_moved(void **state)
{
	const void *peers, *aips;
	struct fixture f = begin();
	struct dump d = three();
	uint32_t structure;
	(void)state;

	merge(&f, &d);
	peers = f.device.peers.at;
	aips = f.device.aips.at;
	structure = f.device.structure;
	for (int i = 0; i < 100; i++) {
		d.at[1].rx += 92;
		d.at[2].tx += 148;
		d.at[0].keepalive = (uint16_t)i;
		assert_false(merge(&f, &d));
		assert_is(&f.device, &d);
	}
	assert_ptr_equal(f.device.peers.at, peers);
	assert_ptr_equal(f.device.aips.at, aips);
	assert_int_equal(f.device.structure, structure);
	end(&f);
}

/* Every way in which the second dump can differ from the first. */
static void one_difference(void **state)
{
	struct dump seconds[] = {
		{{{1, {10, 11}}, {3, {30, 31, 32}}}, 2}, /* one gone in the middle */
		{{{2, {20}}, {3, {30, 31, 32}}}, 2},	 /* the first gone */
		{{{1, {10, 11}}, {2, {20}}}, 2},	 /* the last gone */
		{{{1, {10, 11}}, {2, {20}}, {3, {30, 31, 32}}, {4}}, 4}, /* one more */
		{{{4, {40}}, {1, {10, 11}}, {2, {20}}, {3, {30, 31, 32}}}, 4},
		{{{3, {30, 31, 32}}, {2, {20}}, {1, {10, 11}}}, 3}, /* another order */
		{{{1, {10}}, {2, {20, 11}}, {3, {30, 31, 32}}}, 3}, /* one moved on */
		{{{1, {10, 11, 20}}, {2}, {3, {30, 31, 32}}}, 3},   /* and back */
		{{{1, {11, 10}}, {2, {20}}, {3, {30, 31, 32}}}, 3}, /* their order */
		{{{1, {10, 11}}, {2, {20}}, {3, {30, 31}}}, 3},	    /* the last lost its last */
		{{{1, {10, 11}}, {2, {20}}, {3}}, 3},		    /* all of its */
		{{{1, {10, 11}}, {2, {20}}, {3, {30, 31, 32, 33}}}, 3},
		{{{1}, {2}, {3}}, 3},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
		struct fixture f = begin();
		struct dump first = three();
		uint32_t structure;

		merge(&f, &first);
		structure = f.device.structure;
		assert_true(merge(&f, &seconds[i]));
		assert_is(&f.device, &seconds[i]);
		assert_int_equal(f.device.structure, structure + 1);
		assert_false(merge(&f, &seconds[i])); /* and that is what is known now */
		assert_true(merge(&f, &first));
		assert_is(&f.device, &first);
		end(&f);
	}
}

/* A peer goes on in the next message, named by its key alone: one peer, with its counters. */
static void a_peer_in_two_messages(void **state)
{
	struct fixture f = begin();
	struct dump d = three();
	(void)state;

	for (uint32_t cut = 1; cut < 3; cut++) {
		merge_cut(&f, &d, true, cut);
		assert_is(&f.device, &d);
		assert_false(merge_cut(&f, &d, true, 3 - cut)); /* cut elsewhere: all the same */
		assert_is(&f.device, &d);
		d.at[2].aips[3] = 33; /* it grows while it is cut */
		assert_true(merge_cut(&f, &d, true, cut));
		assert_is(&f.device, &d);
		d.at[2].aips[3] = 0;
	}
	end(&f);
}

/* What a dump that failed has seen: the peers that come in the order in which they are known. */
static void see(struct dump *known, const struct dump *failed)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < failed->len; i++) {
		const struct one *o = &failed->at[i];
		uint32_t at = next;

		while (at < known->len && known->at[at].peer != o->peer)
			at++;
		if (at == known->len)
			continue;
		next = at + 1;
		known->at[at].rx = o->rx;
		known->at[at].tx = o->tx;
		known->at[at].endpoint = o->endpoint;
		known->at[at].keepalive = o->keepalive;
	}
}

/* A dump that was interrupted: which peers it named is not believed, what it said of them is. */
static void a_failed_dump_changes_no_list(void **state)
{
	struct dump good = three(), bad = good;
	struct fixture f = begin();
	uint32_t structure;
	(void)state;

	merge(&f, &good);
	structure = f.device.structure;
	bad.at[1].rx = 999;
	bad.at[1].aips[0] = 21;
	bad.at[2].peer = 7;
	for (bad.len = 0; bad.len <= 3; bad.len++) {
		assert_false(merge_cut(&f, &bad, false, 0));
		good.at[1].rx = bad.len >= 2 ? 999 : 5;
		assert_is(&f.device, &good);
		assert_int_equal(f.device.structure, structure);
	}
	assert_int_equal(f.device.peers.at[1].life.state, LIFE_UP);
	assert_false(merge(&f, &good)); /* and the next one goes on from there */
	assert_is(&f.device, &good);
	end(&f);
}

static void the_port_comes_with_a_good_dump_only(void **state)
{
	struct fixture f = begin();
	struct device_merge m;
	(void)state;

	for (int ok = 0; ok < 2; ok++) {
		device_merge_begin(&m, &f.device, (struct moment){.now = 1000, .wall = WALL});
		m.listen_port = 51820;
		m.fwmark = 0xca6c;
		device_merge_end(&m, ok);
		assert_int_equal(f.device.listen_port, ok ? 51820 : 0);
		assert_int_equal(f.device.fwmark, ok ? 0xca6c : 0);
	}
	/* A dump that says nothing of them leaves them. */
	device_merge_begin(&m, &f.device, (struct moment){.now = 2000, .wall = WALL});
	device_merge_end(&m, true);
	assert_int_equal(f.device.listen_port, 51820);
	end(&f);
}

/* Allowed-IPs before any peer belong to nobody. */
static void what_has_no_peer(void **state)
{
	struct prefix p = prefix_of(10);
	struct dump d = three();
	struct fixture f = begin();
	(void)state;

	for (int i = 0; i < 2; i++) {
		struct device_merge m;

		device_merge_begin(&m, &f.device, (struct moment){.now = 1000, .wall = WALL});
		device_merge_aip(&m, &p);
		for (uint32_t j = 0; j < d.len; j++)
			feed(&m, &d.at[j], 0);
		device_merge_end(&m, true);
		assert_is(&f.device, &d);
	}
	end(&f);
}

static struct peer *peer_of(struct fixture *f, uint8_t n)
{
	struct key key = key_of(n);

	vec_each(&f->device.peers, p)
		if (!key_cmp(&p->wg.key, &key))
			return p;
	return NULL;
}

/* Life and bookkeeping belong to the key, whatever becomes of the list around it. */
static void lives_survive_a_rewrite(void **state)
{
	struct dump d = three(), turned = {{{4}, {3}, {1, {10}, .rx = 192, .tx = 200}}, 3};
	struct fixture f = begin();
	struct endpoint written;
	msec first_seen;
	(void)state;

	merge(&f, &d);
	first_seen = f.now;
	peer_tend(peer_of(&f, 1))->attempt = 7;
	peer_tend(peer_of(&f, 1))->written = endpoint_of(9);
	peer_tend(peer_of(&f, 3))->retry_at = 5555;
	assert_true(merge(&f, &turned));
	assert_int_equal(peer_care(peer_of(&f, 1))->attempt, 7);
	written = endpoint_of(9);
	assert_int_equal(endpoint_cmp(&peer_care(peer_of(&f, 1))->written, &written), 0);
	assert_int_equal(peer_care(peer_of(&f, 3))->retry_at, 5555);
	assert_int_equal(peer_of(&f, 3)->life.since, first_seen);
	assert_int_equal(peer_of(&f, 1)->life.state, LIFE_UP); /* its rx moved */
	assert_int_equal(peer_of(&f, 4)->life.state, LIFE_NEVER);
	assert_int_equal(peer_of(&f, 4)->life.since, f.now);
	assert_null(peer_of(&f, 2));
	/* One that was gone for a moment is a new one. */
	merge(&f, &(struct dump){{{4}}, 1});
	merge(&f, &turned);
	assert_int_equal(peer_care(peer_of(&f, 1))->attempt, 0);
	assert_int_equal(peer_of(&f, 1)->life.since, f.now);
	end(&f);
}

/* No kernel names a peer twice with another between; what was done is done once all the same. */
static void one_key_twice(void **state)
{
	struct dump d = three(), twice = {{{1}, {2}, {1}}, 3};
	struct fixture f = begin();
	(void)state;

	merge(&f, &d);
	peer_tend(peer_of(&f, 1))->attempt = 7;
	merge(&f, &twice);
	assert_int_equal(peer_care(&f.device.peers.at[0])->attempt, 7);
	assert_null(f.device.peers.at[2].care);
	end(&f);
}

/* How many lives changed is told, whichever way the dump was merged. */
static void changes_are_counted(void **state)
{
	struct dump d = three();
	struct fixture f = begin();
	struct device_merge m;
	(void)state;

	merge(&f, &d);
	d.at[0].rx += 92;
	d.at[2].rx += 92;
	for (int turn = 0; turn < 2; turn++) {
		device_merge_begin(&m, &f.device,
				   (struct moment){.now = f.now + 1000 * (turn + 1), .wall = WALL});
		for (uint32_t i = 0; i < d.len; i++)
			feed(&m, &d.at[i], 0);
		device_merge_end(&m, true);
		assert_int_equal(m.seen.changes, turn ? 0 : 2); /* never -> up, once */
	}
	end(&f);
}

/* Begun anew, a look sees each peer once: the second time it has nothing new to say of them. */
static void a_look_begun_anew_counts_once(void **state)
{
	struct dump d = three();
	struct fixture f = begin();
	struct device_merge m;
	(void)state;

	merge(&f, &d);
	d.at[0].rx += 92;
	d.at[2].rx += 92;
	device_merge_begin(&m, &f.device, (struct moment){.now = f.now + 1000, .wall = WALL});
	feed(&m, &d.at[0], 0);
	feed(&m, &d.at[2], 0); /* the middle one is missing: fresh lists */
	device_merge_again(&m);
	d.at[0].rx += 92;
	for (uint32_t i = 0; i < d.len; i++)
		feed(&m, &d.at[i], 0);
	assert_false(device_merge_end(&m, true));
	assert_int_equal(m.seen.changes, 2);
	d.at[0].rx -= 92;
	assert_is(&f.device, &d);
	end(&f);
}

/* An endpoint that moved by itself is roaming; one that we wrote is not. */
static void who_moved_the_endpoint(void **state)
{
	struct dump d = three();
	struct fixture f = begin();
	(void)state;

	merge(&f, &d);
	assert_int_equal(peer_of(&f, 1)->source, SOURCE_KERNEL);
	peer_of(&f, 1)->source = peer_of(&f, 2)->source = SOURCE_DNS;
	peer_tend(peer_of(&f, 1))->written = endpoint_of(77);
	peer_of(&f, 1)->judged = peer_of(&f, 3)->judged = true;
	d.at[0].endpoint = endpoint_of(77);
	d.at[1].endpoint = endpoint_of(78);
	merge(&f, &d);
	assert_int_equal(peer_of(&f, 1)->source, SOURCE_DNS);
	assert_int_equal(peer_of(&f, 2)->source, SOURCE_ROAMED);
	assert_int_equal(peer_of(&f, 3)->source, SOURCE_KERNEL);
	assert_false(peer_of(&f, 1)->judged); /* keepalive auto is to be judged again */
	assert_true(peer_of(&f, 3)->judged);
	end(&f);
}

/* A keepalive that cannot be sent is not missed: the link is down, or there is no endpoint. */
static void where_nothing_can_be_sent(void **state)
{
	struct dump d = {{{1, {10}, .rx = 1, .keepalive = 25, .endpoint = endpoint_of(1)},
			  {2, {20}, .rx = 1, .keepalive = 25}},
			 2};
	struct fixture f = begin();
	(void)state;

	f.device.up = false;
	for (int s = 0; s < 120; s++)
		merge(&f, &d);
	assert_int_equal(life_unanswered_for(&peer_of(&f, 1)->life, f.now), 0);
	f.device.up = true;
	for (int s = 0; s < 120; s++)
		merge(&f, &d);
	assert_int_not_equal(life_unanswered_for(&peer_of(&f, 1)->life, f.now), 0);
	assert_int_equal(life_unanswered_for(&peer_of(&f, 2)->life, f.now), 0);
	assert_int_equal(peer_of(&f, 1)->wg.keepalive, 25);
	end(&f);
}

/* What was sent since the last look was our probe, when one was planned after that. */
static void a_probe_since_the_last_look(void **state)
{
	struct dump d = {{{1, {10}, .rx = 1, .endpoint = endpoint_of(1)}}, 1};
	struct fixture f = begin();
	(void)state;

	merge(&f, &d);
	for (int probed = 0; probed < 2; probed++) {
		if (probed)
			peer_tend(peer_of(&f, 1))->probed = f.now;
		d.at[0].tx += 64; /* as many bytes as two keepalives */
		merge(&f, &d);
		assert_int_equal(life_unanswered_since(&peer_of(&f, 1)->life), probed ? f.now : 0);
		d.at[0].rx += 32;
		merge(&f, &d);
	}
	d.at[0].tx += 64; /* that one is known */
	merge(&f, &d);
	assert_int_equal(life_unanswered_since(&peer_of(&f, 1)->life), 0);
	end(&f);
}

/* The next dump: mostly the last one, with something inserted, dropped, swapped or moved. */
static void mutate(struct dump *d, struct rng *rng)
{
	uint32_t i = d->len ? rng_below(rng, d->len) : 0;
	struct one spare = {.peer = (uint8_t)(1 + rng_below(rng, 20)), .aips = {200}};

	switch (rng_below(rng, 6)) {
	case 0:
		for (uint32_t j = 0; j < d->len; j++)
			if (d->at[j].peer == spare.peer)
				return;
		if (d->len < PEERS_MAX) {
			memmove(&d->at[i + 1], &d->at[i], (d->len - i) * sizeof(d->at[0]));
			d->at[i] = spare;
			d->len++;
		}
		break;
	case 1:
		if (d->len) {
			memmove(&d->at[i], &d->at[i + 1], (d->len - i - 1) * sizeof(d->at[0]));
			d->len--;
		}
		break;
	case 2:
		if (d->len) {
			spare = d->at[i];
			d->at[i] = d->at[0];
			d->at[0] = spare;
		}
		break;
	default:
		if (d->len)
			for (uint32_t j = 0; j < AIPS_MAX; j++)
				d->at[i].aips[j] = (uint8_t)rng_below(rng, 4);
		break;
	}
}

/* The reference for bookkeeping: a mark for each key, gone when the key is gone. */
static void check_marks(struct fixture *f, uint32_t *marks, struct rng *rng)
{
	for (uint8_t n = 1; n <= 20; n++) {
		struct peer *p = peer_of(f, n);

		if (!p) {
			marks[n] = 0;
			continue;
		}
		assert_int_equal(peer_care(p)->attempt, marks[n]);
		if (!marks[n])
			marks[n] = peer_tend(p)->attempt = 1 + rng_below(rng, 1000000);
	}
}

static const struct one *one_of(const struct dump *d, uint8_t peer)
{
	for (uint32_t i = 0; i < d->len; i++)
		if (d->at[i].peer == peer)
			return &d->at[i];
	return NULL;
}

static bool same_networks(const struct one *a, const struct one *b)
{
	return a && b && !strncmp((const char *)a->aips, (const char *)b->aips, AIPS_MAX);
}

static bool has_network(const struct one *o, uint8_t aip)
{
	return o && aip && memchr(o->aips, aip, strnlen((const char *)o->aips, AIPS_MAX));
}

static bool is_told(const struct peers_aips *list, uint32_t peer, uint8_t aip)
{
	struct prefix p = prefix_of(aip);

	vec_each(list, of)
		if (of->peer == peer && !prefix_cmp(&of->prefix, &p))
			return true;
	return false;
}

/* Networks that one has and the other has not are told; what is told, it has. */
static void check_networks(const struct peers_aips *told, const struct dump *of,
			   const struct dump *other)
{
	for (uint32_t i = 0; i < of->len; i++)
		for (uint32_t a = 0; a < AIPS_MAX && of->at[i].aips[a]; a++)
			if (!has_network(one_of(other, of->at[i].peer), of->at[i].aips[a]))
				assert_true(is_told(told, i, of->at[i].aips[a]));
	vec_each(told, t)
		assert_true(t->peer < of->len &&
			    has_network(&of->at[t->peer], t->prefix.addr.bytes[2]));
}

/* Do those of one that are in the other come in the same order there? */
static bool same_order(const struct dump *before, const struct dump *now)
{
	const struct one *last = now->at;

	for (uint32_t i = 0; i < before->len; i++) {
		const struct one *to = one_of(now, before->at[i].peer);

		if (to && to < last)
			return false;
		last = to ? to : last;
	}
	return true;
}

/* Where each is now, and which are not as they were, by looking at all of both lists. */
static void check_moves(const struct peer_moves *m, const struct dump *before,
			const struct dump *now)
{
	uint32_t altered = 0;

	assert_int_equal(m->many, !same_order(before, now));
	if (m->many)
		return;
	for (uint32_t i = 0; i < before->len; i++) {
		const struct one *to = one_of(now, before->at[i].peer);
		const struct peer_shift *run = peer_shift(m, i);

		assert_int_equal(peer_moved(m, i), to ? (uint32_t)(to - now->at) : PEER_NONE);
		assert_int_equal(run && run->altered, to && !same_networks(&before->at[i], to));
	}
	for (uint32_t j = 0; j < now->len; j++) {
		if (same_networks(one_of(before, now->at[j].peer), &now->at[j]))
			continue;
		assert_true(altered < m->altered.len);
		assert_int_equal(m->altered.at[altered++], j);
	}
	assert_int_equal(altered, m->altered.len);
	check_networks(&m->lost, before, now);
	check_networks(&m->gained, now, before);
}

/* Whatever the sequence of dumps, the device is the last good one, copied. */
static void any_sequence_of_dumps(void **state)
{
	struct rng rng = {.state = 7};
	unsigned int rewrites = 0, kept = 0;
	(void)state;

	for (int run = 0; run < 300; run++) {
		struct fixture f = begin();
		struct dump d = {.len = 0}, good = d;
		uint32_t marks[21] = {0};

		for (int i = 0; i < 100; i++) {
			bool ok = rng_below(&rng, 8), changed;

			d = good;
			for (uint32_t n = rng_below(&rng, 3); n; n--)
				mutate(&d, &rng);
			for (uint32_t j = 0; j < d.len; j++)
				d.at[j].rx += rng_below(&rng, 2) * 92;
			changed = merge_cut(&f, &d, ok, rng_below(&rng, 4));
			rewrites += changed;
			kept += !changed;
			if (changed)
				check_moves(&f.device.moves, &good, &d);
			if (ok)
				good = d;
			else
				see(&good, &d);
			assert_is(&f.device, &good);
			check_marks(&f, marks, &rng);
		}
		end(&f);
	}
	assert_true(rewrites > 5000 && kept > 5000);
}

TEST_MAIN(the_first_dump, an_empty_device, only_counters_moved, one_difference,
	  a_peer_in_two_messages, a_failed_dump_changes_no_list,
	  the_port_comes_with_a_good_dump_only, what_has_no_peer, lives_survive_a_rewrite,
	  one_key_twice, changes_are_counted, a_look_begun_anew_counts_once, who_moved_the_endpoint,
	  where_nothing_can_be_sent, a_probe_since_the_last_look, any_sequence_of_dumps)
