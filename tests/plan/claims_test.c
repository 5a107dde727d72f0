// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims by example: what moves, what is remembered, and what other programs decide.
 */
#include "support/test.h"

#include "plan/claims.h"

struct fixture {
	struct state state;
	struct device *device;
	struct claims claims;
	struct loans loans;
	struct claims_plan plan;
};

static struct key key_of(char peer)
{
	struct key k = {.bytes = {(uint8_t)peer}};

	return k;
}

static void begin(struct fixture *f)
{
	*f = (struct fixture){.device = NULL};
	f->device = vec_add(&f->state.devices);
	f->device->ifindex = 3;
	f->device->readable = true;
	mem_copy_str(f->device->name, sizeof(f->device->name), "wg0");
	*vec_add(&f->state.links) = (struct link){.ifindex = 3, .name = "wg0"};
}

static void end(struct fixture *f)
{
	state_free(&f->state);
	vec_free(&f->claims);
	vec_free(&f->loans);
	claims_plan_free(&f->plan);
}

/* "a 10.1.0.0/16 b c 10.2.0.0/16 …": each peer and what it has. */
static void has(struct fixture *f, const char *text)
{
	struct device *d = f->device;
	char *copy = mem_strdup(text), *save = NULL;

	d->peers.len = d->aips.len = 0;
	for (char *t = strtok_r(copy, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
		if (!t[1]) {
			struct peer *p = vec_add(&d->peers);

			p->wg.key = key_of(*t);
			p->wg.first_aip = d->aips.len;
			continue;
		}
		assert_int_equal(prefix_parse(vec_add(&d->aips), t, NULL), 0);
		d->peers.at[d->peers.len - 1].wg.aips++;
	}
	free(copy);
	loans_review(&f->loans, &f->state);
}

static void claim(struct fixture *f, const char *prefix, char to, enum claim_by by)
{
	struct claim *c = vec_add(&f->claims);

	assert_int_equal(prefix_parse(&c->prefix, prefix, NULL), 0);
	c->to = key_of(to);
	c->by = by;
	c->why = "a test";
}

/* Plans, forgets the claims, and says what is to be done: "+10.1.0.0/16 b; …". */
static void assert_plan(struct fixture *f, const char *want, uint32_t loans)
{
	struct str text = {0};
	char buf[PREFIX_STRLEN];

	claims_plan(&f->plan, &f->state, &f->claims, &f->loans);
	vec_each(&f->plan.moves, m)
		str_add(&text, "%s%c%s %c", text.len ? "; " : "", "+-="[m->kind],
			prefix_format(&m->prefix, buf), m -> peer.bytes[0]);
	assert_string_equal(str_text(&text), want);
	assert_int_equal(f->plan.loans.len, loans);
	vec_copy(&f->loans, &f->plan.loans);
	f->claims.len = 0;
	str_free(&text);
}

static void there_and_back(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 10.2.0.0/16 b");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	has(&f, "a 10.2.0.0/16 b 10.1.0.0/16");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "", 1);
	assert_true(f.loans.at[0].seen);
	assert_plan(&f, "+10.1.0.0/16 a", 1); /* remembered until it is seen to be there */
	has(&f, "a 10.1.0.0/16 10.2.0.0/16 b");
	assert_plan(&f, "", 0);
	end(&f);
}

static void ahead(struct fixture *f, const char *prefix, char to)
{
	claim(f, prefix, to, CLAIM_DIRECT);
	f->claims.at[f->claims.len - 1].ahead = true;
}

/* What is about to be moved is remembered, and nothing is moved; or it does not come to that. */
static void remembered_ahead_of_the_move(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.0.0.0/8 b");
	ahead(&f, "10.1.0.0/16", 'b');
	assert_plan(&f, "", 1);
	ahead(&f, "10.1.0.0/16", 'b');
	assert_plan(&f, "", 1);
	claim(&f, "10.1.0.0/16", 'b', CLAIM_DIRECT);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	assert_false(f.plan.moves.at[0].undone);
	end(&f);

	begin(&f);
	has(&f, "a 10.0.0.0/8 b");
	ahead(&f, "10.1.0.0/16", 'b');
	assert_plan(&f, "", 1);
	assert_plan(&f, "", 0);
	end(&f);

	begin(&f);
	has(&f, "a 10.0.0.0/8 b 10.1.0.0/16");
	claim(&f, "10.1.0.0/16", 'a', CLAIM_DIRECT);
	assert_plan(&f, "+10.1.0.0/16 a", 1);
	has(&f, "a 10.0.0.0/8 10.1.0.0/16 b");
	ahead(&f, "10.1.0.0/16", 'b'); /* it will go home: it stays until then */
	assert_plan(&f, "", 1);
	claim(&f, "10.1.0.0/16", 'b', CLAIM_DIRECT);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	end(&f);
}

/* Nobody had it: afterwards nobody has it, and what the peer keeps is told with it. */
static void what_was_nobodys(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a b 10.2.0.0/16");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	has(&f, "a b 10.2.0.0/16 10.1.0.0/16");
	assert_plan(&f, "-10.1.0.0/16 b; =10.2.0.0/16 b", 1);
	has(&f, "a b 10.2.0.0/16");
	assert_plan(&f, "", 0);
	end(&f);
}

/* A direct path comes before a standby, and of two standbys the first that asked. */
static void two_claim_one(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 b c");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	claim(&f, "10.1.0.0/16", 'c', CLAIM_DIRECT);
	assert_plan(&f, "+10.1.0.0/16 c", 1);
	f.loans.len = 0;
	claim(&f, "10.1.0.0/16", 'c', CLAIM_STANDBY);
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 c", 1);
	end(&f);
}

/* From one to another that stands in for it: the home stays what it was. */
static void passed_on(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 b c");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	has(&f, "a b 10.1.0.0/16 c");
	claim(&f, "10.1.0.0/16", 'c', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 c", 1);
	/* Killed before that was done: the one before still has it, and is no third party. */
	has(&f, "a b 10.1.0.0/16 c");
	assert_plan(&f, "+10.1.0.0/16 a", 1);
	end(&f);
}

static void somebody_decides_otherwise(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 10.2.0.0/16 b c");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	claim(&f, "10.2.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b; +10.2.0.0/16 b", 2);
	/* One is given to a third peer, one is taken out: neither is the first one's any more. */
	has(&f, "a b c 10.1.0.0/16");
	assert_int_equal(f.loans.len, 0);
	assert_plan(&f, "", 0);
	end(&f);
}

/* Lost with the peer that held it, which is not the same as taken out. */
static void the_holder_is_removed(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 b");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	has(&f, "a");
	assert_plan(&f, "+10.1.0.0/16 a", 1);
	end(&f);
}

/* The peer it belongs to is away: it stays where it is, and goes home when that comes back. */
static void the_home_is_removed(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 b");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	has(&f, "b 10.1.0.0/16");
	assert_plan(&f, "", 1);
	has(&f, "a b 10.1.0.0/16");
	assert_plan(&f, "+10.1.0.0/16 a", 1);
	end(&f);
}

/* An interface that is away, that cannot be read, or that somebody is making tells nothing. */
static void what_is_not_believed(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 b");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	f.device->settling = true;
	has(&f, "a b");
	assert_plan(&f, "", 1);
	f.device->settling = false;
	f.device->readable = false;
	has(&f, "a b");
	assert_plan(&f, "", 1);
	mem_copy_str(f.device->name, sizeof(f.device->name), "wg1");
	f.device->readable = true;
	has(&f, "a b");
	assert_plan(&f, "", 1);
	end(&f);
}

/* Another interface serves it: that is remembered, and nothing is moved. */
static void elsewhere(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16");
	claim(&f, "10.1.0.0/16", 'x', CLAIM_STANDBY);
	f.claims.at[0].elsewhere = true;
	assert_plan(&f, "", 1);
	assert_true(f.loans.at[0].elsewhere);
	has(&f, "a 10.1.0.0/16");
	assert_plan(&f, "", 0);
	end(&f);
}

/* Somebody put it back: told apart from a first move, for that may be a fight. */
static void undone(void **state)
{
	struct fixture f;
	(void)state;

	begin(&f);
	has(&f, "a 10.1.0.0/16 b");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	assert_false(f.plan.moves.at[0].undone);
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	assert_false(f.plan.moves.at[0].undone); /* it was not done yet */
	has(&f, "a b 10.1.0.0/16");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "", 1);
	has(&f, "a 10.1.0.0/16 b");
	claim(&f, "10.1.0.0/16", 'b', CLAIM_STANDBY);
	assert_plan(&f, "+10.1.0.0/16 b", 1);
	assert_true(f.plan.moves.at[0].undone);
	end(&f);
}

TEST_MAIN(there_and_back, remembered_ahead_of_the_move, what_was_nobodys, two_claim_one, passed_on,
	  somebody_decides_otherwise, the_holder_is_removed, the_home_is_removed,
	  what_is_not_believed, elsewhere, undone)
