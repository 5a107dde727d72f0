// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which maps of a file overlap: in random files, against a look at every pair.
 */
#include "support/test.h"

#include "base/rng.h"
#include "codec/conf_memory.h"

#define WORLDS 2000
#define PEERS  10 /* half of them on each of two interfaces */
#define MAPS   (2 * PEERS)

struct map {
	struct prefix inside, outside;
};

static struct world {
	struct rng rng;
	unsigned int spread;	/* bits; the more, the fewer overlap */
	int standby_for[PEERS]; /* -1: nobody */
	struct map maps[MAPS];	/* two of each peer, in a line of its own from the second on */
} w;

static struct prefix random_prefix(unsigned int first, uint8_t len)
{
	uint8_t bytes[4] = {(uint8_t)first, (uint8_t)rng_below(&w.rng, 1U << w.spread),
			    (uint8_t)(16 * rng_below(&w.rng, 16))};
	struct addr a = addr_from(AF_INET, bytes);

	return prefix_from(&a, len);
}

/* Whoever stands by is nobody's primary; a primary may be on the other interface. */
static int random_primary(unsigned int peer)
{
	unsigned int other = rng_below(&w.rng, PEERS);

	return other < peer && w.standby_for[other] < 0 ? (int)other : -1;
}

static void world_make(uint64_t seed)
{
	static const uint8_t lens[] = {14, 20, 20, 21, 24};

	w.rng.state = seed;
	w.spread = rng_below(&w.rng, 9);
	for (unsigned int i = 0; i < PEERS; i++)
		w.standby_for[i] = random_primary(i);
	for (unsigned int i = 0; i < MAPS; i++) {
		uint8_t len = lens[rng_below(&w.rng, ARRAY_LEN(lens))];

		w.maps[i].inside = random_prefix(10, len);
		w.maps[i].outside = random_prefix(20, len);
		if (i / 2 && w.standby_for[i / 2] >= 0 && rng_below(&w.rng, 4))
			w.maps[i] = w.maps[2 * w.standby_for[i / 2] + (int)(i % 2)];
	}
}

static void map_text(struct str *s, unsigned int i)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	str_add(s, "{ inside = \"%s\"; outside = \"%s\"; }", prefix_format(&w.maps[i].inside, a),
		prefix_format(&w.maps[i].outside, b));
}

static char *world_text(void)
{
	struct str s = {0};

	str_add(&s, "interfaces = ( { name = \"wg0\"; peers = (\n");
	for (unsigned int i = 0; i < PEERS; i++) {
		if (i == PEERS / 2)
			str_add(&s, " ) }, { name = \"wg1\"; peers = ( ");
		else if (i)
			str_add(&s, ", ");
		str_add(&s, "{ name = \"p%u\"; ", i);
		if (w.standby_for[i] >= 0)
			str_add(&s, "standby_for = \"p%d\"; ", w.standby_for[i]);
		str_add(&s, "netmap = ( ");
		map_text(&s, 2 * i);
		str_add(&s, ",\n");
		map_text(&s, 2 * i + 1);
		str_add(&s, " ); }\n");
	}
	str_add(&s, "); } );\n");
	return s.text;
}

static bool overlap(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

static bool may_overlap(unsigned int a, unsigned int b)
{
	return w.standby_for[a / 2] == (int)(b / 2) || w.standby_for[b / 2] == (int)(a / 2);
}

static bool same_iface(unsigned int a, unsigned int b)
{
	return a / PEERS == b / PEERS;
}

/* The first before a map that it may not overlap and does. */
static void side_naive(struct str *s, const char *side, unsigned int at)
{
	bool inside = !strcmp(side, "inside");
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	for (unsigned int i = 0; i < at; i++) {
		const struct prefix *p = inside ? &w.maps[at].inside : &w.maps[at].outside;
		const struct prefix *q = inside ? &w.maps[i].inside : &w.maps[i].outside;

		if (!overlap(p, q) || may_overlap(at, i) || (inside && !same_iface(at, i)))
			continue;
		str_add(s, "wayside.conf:%u: netmap: %s %s overlaps %s at wayside.conf:%u\n",
			at + 2, side, prefix_format(p, a), prefix_format(q, b), i + 2);
		return;
	}
}

static char *naive(void)
{
	struct str s = {0};

	for (unsigned int i = 0; i < MAPS; i++) {
		side_naive(&s, "inside", i);
		side_naive(&s, "outside", i);
	}
	return s.text ? s.text : mem_strdup("");
}

/* Whether nothing is wrong; of a good one there may be notes. */
static bool world_is_good(uint64_t seed)
{
	struct conf_problems problems = {0};
	struct config *config = NULL;
	char *text, *want, *said;
	bool good;

	world_make(seed);
	text = world_text();
	want = naive();
	good = !load(text, &config, &problems);
	said = problems_text(&problems);
	if (strcmp(good ? "" : said, want) != 0)
		fail_msg("seed %llu\n%s\n%s\nwant:\n%s", (unsigned long long)seed, text, said,
			 want);
	config_free(config);
	free(text);
	free(want);
	free(said);
	return good;
}

static void as_every_pair_says(void **state)
{
	unsigned int good = 0;
	(void)state;

	for (uint64_t seed = 0; seed < WORLDS; seed++)
		good += world_is_good(seed);
	assert_in_range(good, WORLDS / 50, WORLDS / 2);
}

/* A template with one outside for all: a line for each that has it, too, and no more. */
static void one_outside_for_all(void **state)
{
	struct conf_problems problems = {0};
	struct config *config;
	struct str s = {0};
	(void)state;

	str_add(&s, "interfaces = ( { name = \"wg0\"; peers = (\n");
	for (unsigned int i = 0; i < 300; i++)
		str_add(&s,
			"%s{ name = \"p%u\"; netmap = ( { inside = \"10.1.%u.0/24\"; "
			"outside = \"10.201.0.0/24\"; } ); }\n",
			i ? "," : "", i, i % 200);
	str_add(&s, "); } );\n");
	assert_int_not_equal(load(str_text(&s), &config, &problems), 0);
	assert_int_equal(problems.len, 299 + 100);
	conf_problems_free(&problems);
	str_free(&s);
}

TEST_MAIN(as_every_pair_says, one_outside_for_all)
