// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims by property: random claims over random interfaces, while other programs move prefixes,
 * put them all back, and remove and make peers, and the daemon is killed and started again.
 *
 *	Whoever claims a prefix has it, and what nobody claims is at home: apply(plan) = desired.
 *	A second plan is empty.
 *	What was somebody's is never nobody's.
 *
 * The naive side keeps, for each prefix, who has it and whose it would be without us.
 */
#include "support/test.h"

#include "base/rng.h"
#include "codec/memory.h"
#include "plan/claims.h"

#define ROUNDS	 3000
#define STEPS	 12
#define DEVICES	 2
#define PEERS	 4
#define PREFIXES 6
#define NOBODY	 PEERS

/* One prefix of one interface. */
struct truth {
	uint32_t has, home; /* peers, or NOBODY */
	uint32_t meant;	    /* whom we were about to give it to when we were killed */
};

struct world {
	struct rng rng;
	struct state state;
	struct loans loans;
	struct truth at[DEVICES][PREFIXES];
	bool there[DEVICES][PEERS];
};

static uint32_t pick(struct world *w, uint32_t n)
{
	return rng_below(&w->rng, n);
}

static struct key key_of(uint32_t peer)
{
	struct key k = {.bytes = {(uint8_t)(1 + peer)}};

	return k;
}

static uint32_t peer_of(const struct key *k)
{
	return k->bytes[0] - 1u;
}

static struct prefix prefix_of(uint32_t i)
{
	uint8_t bytes[16] = {10, (uint8_t)i};
	struct addr a = addr_from(i % 3 ? AF_INET : AF_INET6, bytes);

	return prefix_from(&a, i % 2 ? 16 : 24);
}

static uint32_t index_of(const struct prefix *p)
{
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct prefix q = prefix_of(i);

		if (!prefix_cmp(p, &q))
			return i;
	}
	fail();
	return 0;
}

/* --- looking ------------------------------------------------------------------------------ */

static void look_at(struct world *w, uint32_t device)
{
	struct device *d = &w->state.devices.at[device];

	d->peers.len = d->aips.len = 0;
	for (uint32_t i = 0; i < PEERS; i++) {
		struct peer *p;

		if (!w->there[device][i])
			continue;
		p = vec_add(&d->peers);
		p->wg.key = key_of(i);
		p->wg.first_aip = d->aips.len;
		for (uint32_t j = 0; j < PREFIXES; j++)
			if (w->at[device][j].has == i)
				*vec_add(&d->aips) = prefix_of(j);
		p->wg.aips = d->aips.len - p->wg.first_aip;
	}
}

static void look(struct world *w)
{
	for (uint32_t i = 0; i < DEVICES; i++)
		look_at(w, i);
	loans_review(&w->loans, &w->state);
}

static void begin(struct world *w, uint64_t seed)
{
	w->rng.state = seed;
	for (uint32_t i = 0; i < DEVICES; i++) {
		struct device *d = vec_add(&w->state.devices);

		d->ifindex = 3 + i;
		d->readable = true;
		mem_copy_str(d->name, sizeof(d->name), i ? "wg1" : "wg0");
		for (uint32_t j = 0; j < PEERS; j++)
			w->there[i][j] = true;
		for (uint32_t j = 0; j < PREFIXES; j++) {
			uint32_t has = pick(w, PEERS + 1);

			w->at[i][j] = (struct truth){has, has, NOBODY};
		}
	}
}

static void end(struct world *w)
{
	state_free(&w->state);
	vec_free(&w->loans);
}

/* --- what others do ----------------------------------------------------------------------- */

/*
 * To the peer it belongs to, or the one that we gave it to: nothing new. To any other, or away:
 * whoever did that has decided whose it is.
 */
static void somebody_moves(struct world *w)
{
	uint32_t device = pick(w, DEVICES), to = pick(w, PEERS + 1);
	struct truth *t = &w->at[device][pick(w, PREFIXES)];
	bool ours = t->has != t->home && t->has != NOBODY;
	bool known = to != NOBODY && ((ours && (to == t->has || to == t->home)) || to == t->meant);

	if (to != NOBODY && !w->there[device][to])
		return;
	if (to == NOBODY && t->home != NOBODY && !w->there[device][t->home])
		return; /* whether that was meant nobody can know */
	if (!known)
		t->home = to;
	t->has = to;
	t->meant = NOBODY;
}

static void somebody_puts_all_back(struct world *w)
{
	for (uint32_t i = 0; i < DEVICES; i++)
		for (uint32_t j = 0; j < PREFIXES; j++) {
			struct truth *t = &w->at[i][j];

			if (t->home != NOBODY && w->there[i][t->home])
				t->has = t->home;
		}
}

/* Whether a prefix that is nobody's was taken out or lost can be told while its holder is away. */
static bool can_go(const struct world *w, uint32_t device, uint32_t peer)
{
	for (uint32_t j = 0; j < PREFIXES; j++) {
		const struct truth *t = &w->at[device][j];

		if (t->has == peer && (t->home != peer || t->meant != NOBODY))
			return false;
	}
	return true;
}

/* A peer that is removed takes what is its own with it. */
static void somebody_removes(struct world *w)
{
	uint32_t device = pick(w, DEVICES), peer = pick(w, PEERS);

	if (!can_go(w, device, peer))
		return;
	w->there[device][peer] = false;
	for (uint32_t j = 0; j < PREFIXES; j++) {
		struct truth *t = &w->at[device][j];

		if (t->has == peer)
			t->has = t->home = NOBODY;
	}
}

static void somebody_adds(struct world *w)
{
	w->there[pick(w, DEVICES)][pick(w, PEERS)] = true;
}

/* --- what we do --------------------------------------------------------------------------- */

static void claim_some(struct world *w, struct claims *claims)
{
	for (uint32_t n = pick(w, 8); n; n--) {
		struct claim *c = vec_add(claims);

		c->device = pick(w, DEVICES);
		c->prefix = prefix_of(pick(w, PREFIXES));
		c->to = key_of(pick(w, PEERS));
		c->by = pick(w, 2) ? CLAIM_STANDBY : CLAIM_DIRECT;
		c->why = "a test";
	}
}

static uint32_t claimed(const struct claims *claims, uint32_t device, uint32_t prefix)
{
	struct prefix p = prefix_of(prefix);

	vec_each(claims, c)
		if (c->device == device && !prefix_cmp(&c->prefix, &p))
			return peer_of(&c->to);
	return NOBODY;
}

/* As the kernel does it, and in its order: never is a prefix nobody's that will be somebody's. */
static void apply(struct world *w, const struct moves *moves)
{
	vec_each(moves, m) {
		struct truth *t = &w->at[m->device][index_of(&m->prefix)];

		if (m->kind == MOVE_KEEP)
			assert_int_equal(t->has, peer_of(&m->peer));
		if (m->kind == MOVE_TAKE) {
			assert_int_equal(t->has, peer_of(&m->peer));
			assert_int_equal(t->home, NOBODY);
			t->has = NOBODY;
		}
		if (m->kind == MOVE_GIVE) {
			assert_true(w->there[m->device][peer_of(&m->peer)]);
			assert_int_not_equal(t->has, peer_of(&m->peer));
			t->has = peer_of(&m->peer);
		}
	}
}

/* Where it should be: with who claims it and is there, else at home, else where it is. */
static void assert_right(const struct world *w, const struct claims *claims)
{
	for (uint32_t i = 0; i < DEVICES; i++) {
		for (uint32_t j = 0; j < PREFIXES; j++) {
			const struct truth *t = &w->at[i][j];
			uint32_t to = claimed(claims, i, j);

			if (to != NOBODY && w->there[i][to])
				assert_int_equal(t->has, to);
			else if (t->home == NOBODY || w->there[i][t->home])
				assert_int_equal(t->has, t->home);
		}
	}
}

static void through_the_file(struct world *w, const struct loans *loans)
{
	struct memory m = {0};
	struct names none = {0};
	struct str text = {0};

	memory_write(&text, &none, loans);
	assert_int_equal(memory_read(&m, str_text(&text), text.len), 0);
	assert_true(loans_same(&m.loans, loans));
	vec_copy(&w->loans, &m.loans);
	memory_free(&m);
	str_free(&text);
}

/* Killed after it was written down what is to be done, and before it was done. */
static void nothing_meant(struct world *w)
{
	for (uint32_t i = 0; i < DEVICES; i++)
		for (uint32_t j = 0; j < PREFIXES; j++)
			w->at[i][j].meant = NOBODY;
}

static void killed(struct world *w, const struct moves *moves)
{
	nothing_meant(w);
	vec_each(moves, m)
		if (m->kind == MOVE_GIVE)
			w->at[m->device][index_of(&m->prefix)].meant = peer_of(&m->peer);
}

static void turn(struct world *w)
{
	struct claims claims = {0};
	struct claims_plan plan = {0};

	claim_some(w, &claims);
	look(w);
	claims_plan(&plan, &w->state, &claims, &w->loans);
	if (!pick(w, 4)) {
		through_the_file(w, &plan.loans);
		killed(w, &plan.moves);
		claims_plan_free(&plan);
		vec_free(&claims);
		return;
	}
	vec_copy(&w->loans, &plan.loans);
	apply(w, &plan.moves);
	assert_right(w, &claims);
	look(w);
	claims_plan(&plan, &w->state, &claims, &w->loans);
	assert_int_equal(plan.moves.len, 0);
	vec_copy(&w->loans, &plan.loans);
	nothing_meant(w);
	claims_plan_free(&plan);
	vec_free(&claims);
}

static void nobody_claims_anything(struct world *w)
{
	struct claims none = {0};
	struct claims_plan plan = {0};

	for (uint32_t i = 0; i < DEVICES; i++)
		for (uint32_t j = 0; j < PEERS; j++)
			w->there[i][j] = true;
	for (int i = 0; i < 2; i++) {
		look(w);
		claims_plan(&plan, &w->state, &none, &w->loans);
		vec_copy(&w->loans, &plan.loans);
		apply(w, &plan.moves);
	}
	assert_right(w, &none);
	assert_int_equal(w->loans.len, 0);
	claims_plan_free(&plan);
}

static void over_random_worlds(void **state)
{
	static void (*const others[])(struct world *) = {somebody_moves, somebody_puts_all_back,
							 somebody_removes, somebody_adds,
							 somebody_adds};
	(void)state;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct world w = {.rng = {0}};

		begin(&w, seed);
		for (int i = 0; i < STEPS; i++) {
			turn(&w);
			if (pick(&w, 2))
				others[pick(&w, ARRAY_LEN(others))](&w);
		}
		nobody_claims_anything(&w);
		end(&w);
	}
}

TEST_MAIN(over_random_worlds)
