// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine alone, natively: a simulated edge (support/many.h) with as many peers as wanted.
 *
 *	planner PEERS...	one line a figure: WHAT, PEERS, VALUE, UNIT, separated by tabs
 *	planner -i PEERS...	a few of them in a guest that counts instructions (tests/lab/vm -i),
 *				in which a millisecond is a million of those
 *
 * Times are milliseconds of CPU, the best of several rounds; memory is what is resident
 * afterwards, in KiB, without what the simulated kernel holds of it.
 */
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "support/allocs.h"
#include "support/figure.h"
#include "support/many.h"

#define AT_ONCE 100 /* ms; polls are further apart */
#define STARTS	7

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* One turn at the engine's own next deadline. */
static double turn_ms(struct many *m)
{
	double start = cpu_ms();

	many_turn(m);
	return cpu_ms() - start;
}

/* The first turn, and what was left to one that follows at once. */
static double start_ms(struct many *m)
{
	double ms = turn_ms(m);

	while (m->next - m->at.now < AT_ONCE)
		ms += turn_ms(m);
	return ms;
}

static double best_of(struct many *m, int rounds, void (*before)(struct many *m))
{
	double best = 1e9;

	for (int i = 0; i < rounds; i++) {
		double ms;

		if (before)
			before(m);
		ms = turn_ms(m);
		best = ms < best ? ms : best;
	}
	return best;
}

/* One pass of the floor below; how many differ, so that no compiler can leave it out. */
static uint32_t look_once(const struct many *m, struct peer *known, const struct prefix *aips,
			  msec now)
{
	uint32_t other = 0;

	vec_each(&m->peers, w) {
		const struct prefix *had = &aips[w->first_aip];

		other += key_cmp(&w->key, &known->wg.key) != 0 ||
			 endpoint_cmp(&w->endpoint, &known->wg.endpoint) != 0;
		for (uint32_t i = 0; i < w->aips; i++)
			other += prefix_cmp(&m->aips.at[w->first_aip + i], &had[i]) != 0;
		known->wg.rx = w->rx;
		known->wg.tx = w->tx;
		known->wg.handshake_ns = w->handshake_ns;
		known->life.seen = now;
		known++;
	}
	return other;
}

/*
 * The least that a poll can be: what came compared with what was known, and the counters kept. It
 * grows as the memory of this machine does, where a cache ends.
 */
static double poll_floor_ms(const struct many *m, int rounds)
{
	VEC(struct peer) known = {0};
	struct prefixes aips = {0};
	double best = 1e9;

	vec_each(&m->peers, w)
		vec_add(&known)->wg = *w;
	vec_copy(&aips, &m->aips);
	for (int i = 1; i <= rounds; i++) {
		double start = cpu_ms();

		if (look_once(m, known.at, aips.at, i))
			return 0;
		start = cpu_ms() - start;
		best = start < best ? start : best;
	}
	vec_free(&known);
	vec_free(&aips);
	return best;
}

/*
 * The least that a start can be: what came written down for the first time, with a route that is
 * wanted and one that is there for each prefix, and looked at once. Nothing is sorted, and nobody
 * asked.
 */
static double start_floor_ms(const struct many *m)
{
	VEC(struct peer) peers = {0};
	struct route_items items = {0};
	struct prefixes aips = {0};
	struct routes ours = {0};
	double start = cpu_ms();
	uint32_t other;

	vec_reserve(&peers, m->peers.len);
	vec_reserve(&items, m->aips.len);
	vec_reserve(&ours, m->aips.len);
	vec_copy(&aips, &m->aips);
	vec_each(&m->peers, w)
		vec_add(&peers)->wg = *w;
	vec_each(&aips, p)
		vec_add(&items)->route.dst = *p;
	vec_each(&items, it)
		*vec_add(&ours) = it->route;
	other = look_once(m, peers.at, aips.at, 1);
	start = other ? 0 : cpu_ms() - start;
	vec_free(&peers);
	vec_free(&items);
	vec_free(&aips);
	vec_free(&ours);
	return start;
}

/* The best start of a few, and the least that one can be. */
static void starts(uint32_t peers, double *start, double *least)
{
	*start = *least = 1e9;
	for (int i = 0; i < STARTS; i++) {
		struct many *m = many_new(peers, true);
		double floor = start_floor_ms(m), ms = start_ms(m);

		*least = floor < *least ? floor : *least;
		*start = ms < *start ? ms : *start;
		many_free(m);
	}
}

static void look_at_all(struct many *m)
{
	engine_dirty(m->engine, SUBJECT_ALL & ~(unsigned int)SUBJECT_PEERS);
}

static double answer_ms(struct many *m, const char *request)
{
	struct str out = {0};
	double start = cpu_ms();

	engine_request(m->engine, m->at, request, false, NULL, &out);
	start = cpu_ms() - start;
	str_free(&out);
	return start;
}

/* The longest that an answer holds up everybody else: it is made in parts. */
static double part_ms(struct many *m, const char *request)
{
	struct engine_rest rest;
	struct str out = {0};
	double longest = 0, start = cpu_ms();
	bool more =
		engine_request(m->engine, m->at, request, false, &rest, &out) == ENGINE_SAID_A_PART;

	for (;;) {
		double took = cpu_ms() - start;

		longest = took > longest ? took : longest;
		str_free(&out);
		if (!more)
			return longest;
		start = cpu_ms();
		more = engine_request_more(m->engine, m->at, &rest, &out);
	}
}

/* What was freed is given back first. */
static double held_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	malloc_trim(0);
	if (!f || fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* What the simulated kernel holds. */
static double routes_kib(const struct many *m)
{
	return (double)m->routes.len * sizeof(*m->routes.at) / 1024;
}

static double dump_kib(const struct many *m)
{
	size_t size = m->peers.len * sizeof(*m->peers.at) + m->aips.len * sizeof(*m->aips.at);

	return (double)size / 1024;
}

/* What a start leaves for later is done, and what is remembered for a first time is remembered. */
static void settle(struct many *m)
{
	for (int i = 0; i < 3; i++)
		many_turn(m);
}

static void measure(uint32_t peers)
{
	static const char *const requests[] = {"status",  "peers",    "routes", "paths",
					       "metrics", "firewall", "dns",	"plan"};
	int rounds = peers < 100000 ? 20 : 5;
	double start, least, empty, before, poll, beside;
	struct many *m;
	uint64_t allocs;

	starts(peers, &start, &least);
	empty = held_kib();
	m = many_new(peers, true);
	before = held_kib();
	start_ms(m);
	figure_beside("planner: cold start", peers, start, "ms", least);
	figure("floor: what came written down and compared", peers, least, "ms");
	settle(m);
	allocs = allocs_count();
	poll = best_of(m, rounds, NULL);
	figure("planner: poll, allocations", peers, (double)(allocs_count() - allocs), "calls");
	beside = poll_floor_ms(m, rounds);
	figure_beside("planner: poll", peers, poll, "ms", beside);
	figure("floor: what came compared with what was known", peers, beside, "ms");
	figure("planner: held", peers, held_kib() - before - routes_kib(m), "KiB");
	figure("planner: imports held", peers, before - empty - dump_kib(m), "KiB");
	figure("planner: full re-check and a poll", peers, best_of(m, rounds, look_at_all), "ms");
	figure("planner: one peer more and a poll", peers, best_of(m, rounds, many_add), "ms");
	figure("planner: one allowed-IP more and a poll", peers, best_of(m, rounds, many_add_aip),
	       "ms");
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		char what[32];

		snprintf(what, sizeof(what), "answer: %s", requests[i]);
		figure(what, peers, answer_ms(m, requests[i]), "ms");
		snprintf(what, sizeof(what), "longest part: %s", requests[i]);
		figure(what, peers, part_ms(m, requests[i]), "ms");
	}
	many_free(m);
}

/* One turn of each: instructions are the same each time. */
static void count(uint32_t peers, bool shown)
{
	struct many *m = many_new(peers, true);
	double start = start_ms(m), poll, more;

	settle(m);
	poll = turn_ms(m);
	many_add(m);
	more = turn_ms(m);
	if (shown) {
		figure("planner: cold start, counted", peers, start, "M instr");
		figure_beside("planner: poll, counted", peers, poll, "M instr",
			      poll_floor_ms(m, 1));
		figure("planner: one peer more and a poll, counted", peers, more, "M instr");
	}
	many_free(m);
}

int main(int argc, char **argv)
{
	bool counted = argc > 1 && !strcmp(argv[1], "-i");

	mallopt(M_MMAP_THRESHOLD, 128 << 10); /* as waysided does */
	if (argc < 2 + counted) {
		fputs("usage: planner [-i] PEERS...\n", stderr);
		return 2;
	}
	if (counted)
		count(10, false); /* what is loaded on first use is loaded then */
	for (int i = 1 + counted; i < argc; i++) {
		if (counted)
			count((uint32_t)atoi(argv[i]), true);
		else
			measure((uint32_t)atoi(argv[i]));
	}
	return 0;
}
