// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine alone, natively: a simulated edge (support/many.h) with as many peers as wanted.
 *
 *	planner PEERS...	one line a figure: WHAT, PEERS, VALUE, UNIT, separated by tabs
 *
 * Times are milliseconds of CPU, the best of several rounds but for the cold start, which there is
 * only one of; memory is what is resident afterwards, in KiB, without what the simulated kernel
 * holds of it.
 */
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "support/allocs.h"
#include "support/figure.h"
#include "support/many.h"

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

static double routes_kib(const struct many *m)
{
	return (double)m->routes.len * sizeof(*m->routes.at) / 1024;
}

static void measure(uint32_t peers)
{
	static const char *const requests[] = {"status",  "peers",    "routes", "paths",
					       "metrics", "firewall", "dns",	"plan"};
	int rounds = peers < 100000 ? 20 : 5;
	double empty = held_kib(), poll, beside;
	struct many *m = many_new(peers, true);
	double before = held_kib();
	uint64_t allocs;

	figure("planner: cold start", peers, turn_ms(m), "ms");
	many_turn(m); /* what is remembered for a first time is remembered */
	allocs = allocs_count();
	poll = best_of(m, rounds, NULL);
	figure("planner: poll, allocations", peers, (double)(allocs_count() - allocs), "calls");
	beside = poll_floor_ms(m, rounds);
	figure_beside("planner: poll", peers, poll, "ms", beside);
	figure("floor: what came compared with what was known", peers, beside, "ms");
	figure("planner: held", peers, held_kib() - before - routes_kib(m), "KiB");
	figure("planner: imports held", peers, before - empty, "KiB");
	figure("planner: full re-check and a poll", peers, best_of(m, rounds, look_at_all), "ms");
	figure("planner: one peer more and a poll", peers, best_of(m, rounds, many_add), "ms");
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		char what[32];

		snprintf(what, sizeof(what), "answer: %s", requests[i]);
		figure(what, peers, answer_ms(m, requests[i]), "ms");
		snprintf(what, sizeof(what), "longest part: %s", requests[i]);
		figure(what, peers, part_ms(m, requests[i]), "ms");
	}
	many_free(m);
}

int main(int argc, char **argv)
{
	mallopt(M_MMAP_THRESHOLD, 128 << 10); /* as waysided does */
	if (argc < 2) {
		fputs("usage: planner PEERS...\n", stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		measure((uint32_t)atoi(argv[i]));
	return 0;
}
