// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chaos [-v] [-x KIND,…] SEED EVENTS [ROUNDS]
 *
 * Lets so many events happen to a world and its engine, by the seed, and checks all the time what
 * has to hold. ROUNDS worlds, one after the other, have the seeds SEED, SEED + 1 and so on. What
 * goes wrong is told with the seed and the number of the event: the same arguments bring it about
 * again, -v tells all that happens on the way there, -x leaves kinds of events out.
 */
#include "chaos/chaos.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

bool chaos_one_in(struct chaos *c, uint32_t n)
{
	return !rng_below(&c->rng, n);
}

uint32_t chaos_below(struct chaos *c, uint32_t n)
{
	return rng_below(&c->rng, n);
}

struct moment chaos_moment(const struct chaos *c)
{
	return (struct moment){.now = c->w->now, .wall = c->w->now + c->w->wall_offset};
}

void chaos_note(struct chaos *c, const char *fmt, ...)
{
	char *note = c->notes[c->noted++ % CHAOS_NOTES];
	int n = snprintf(note, CHAOS_NOTE_LEN, "%llu %lld.%03lld ", (unsigned long long)c->event,
			 (long long)c->w->now / 1000, (long long)c->w->now % 1000);
	va_list args;

	va_start(args, fmt);
	vsnprintf(note + n, CHAOS_NOTE_LEN - (size_t)n, fmt, args);
	va_end(args);
	if (c->verbose)
		fprintf(stderr, "%s\n", note);
}

void chaos_fail(struct chaos *c, const char *fmt, ...)
{
	struct str host = {0};
	va_list args;

	host_tell(c, &host);
	fprintf(stderr, "\nconfiguration:\n%s\nhost:\n%s\nwhat happened last:\n",
		str_text(&c->config), str_text(&host));
	for (uint64_t i = c->noted > CHAOS_NOTES ? c->noted - CHAOS_NOTES : 0; i < c->noted; i++)
		fprintf(stderr, "  %s\n", c->notes[i % CHAOS_NOTES]);
	fprintf(stderr, "\nseed %llu, event %llu: ", (unsigned long long)c->seed,
		(unsigned long long)c->event);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

static struct chaos *chaos_new(uint64_t seed, bool verbose, const char *without)
{
	struct chaos *c = mem_calloc(1, sizeof(*c));

	c->seed = seed;
	c->verbose = verbose;
	c->without = without;
	c->rng.state = seed;
	c->dice.state = ~seed;
	c->w = world_new();
	c->w->chaos = c;
	c->w->between = faults_between;
	c->w->turned = packets_turned;
	world_restart(c->w);
	events_begin(c);
	return c;
}

static void chaos_free(struct chaos *c)
{
	packets_free(c);
	world_free(c->w);
	str_free(&c->config);
	free(c);
}

/* --- what it all came to ---------------------------------------------------------------------- */

struct totals {
	uint64_t events, faults, kills, steps, forbidden, rests, reloads, refused;
	msec rest_longest, open_longest;
	size_t held;
};

static void totals_add(struct totals *t, const struct chaos *c)
{
	t->events += c->event;
	t->faults += c->faults;
	t->kills += c->kills;
	t->steps += c->steps;
	t->forbidden += c->forbidden;
	t->rests += c->rests;
	t->reloads += c->reloads;
	t->refused += c->refused;
	t->rest_longest = msec_max(t->rest_longest, c->rest_longest);
	t->open_longest = msec_max(t->open_longest, c->open_longest);
	t->held = c->held > t->held ? c->held : t->held;
}

static void totals_tell(const struct totals *t)
{
	printf("%llu events: %llu operations, %llu calls failed, %llu deaths of the engine, "
	       "%llu reloads (%llu refused)\n",
	       (unsigned long long)t->events, (unsigned long long)t->steps,
	       (unsigned long long)t->faults, (unsigned long long)t->kills,
	       (unsigned long long)t->reloads, (unsigned long long)t->refused);
	printf("%llu times at rest, after %lld s at most; %llu forbidden packets tried at steps "
	       "and none passed; without a fault open for %lld ms at most\n",
	       (unsigned long long)t->rests, (long long)t->rest_longest / 1000,
	       (unsigned long long)t->forbidden, (long long)t->open_longest);
	printf("at the end of its world an engine held %zu KiB at most\n", t->held / 1024);
}

static void memory_tell(uint64_t worlds)
{
	printf("worlds %llu: %zu KiB held, %zu KiB resident\n", (unsigned long long)worlds,
	       memory_held() / 1024, memory_resident() / 1024);
	fflush(stdout);
}

/* --- one world after the other
 * -------------------------------------------------------------------- */

/* In every fourth the engine is left alone, so that one lives through all of it. */
static void world_live(struct totals *t, uint64_t seed, uint64_t events, bool verbose,
		       const char *without)
{
	struct chaos *c = chaos_new(seed, verbose, without);

	c->spared = seed % 4 == 3;
	while (c->event < events) {
		c->event++;
		event_happen(c);
	}
	c->storm = false;
	rest(c);
	memory_of_engine(c);
	totals_add(t, c);
	chaos_free(c);
}

static void worlds_live(struct totals *t, uint64_t seed, uint64_t events, uint64_t rounds,
			bool verbose, const char *without)
{
	size_t before = 0;

	for (uint64_t r = 0; r < rounds; r++) {
		world_live(t, seed + r, events, verbose, without);
		if (r)
			memory_after(seed + r, before);
		if (!r || r % 10 == 9 || r + 1 == rounds)
			memory_tell(r + 1);
		if (!r) /* the first has left what libraries keep, and where that is written */
			before = memory_held();
	}
}

int main(int argc, char **argv)
{
	const char *without = NULL;
	struct totals t = {0};
	uint64_t seed, events, rounds;
	bool verbose = false;
	int opt;

	while ((opt = getopt(argc, argv, "vx:")) != -1) {
		if (opt == 'v')
			verbose = true;
		else if (opt == 'x')
			without = optarg;
		else
			return 2;
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: chaos [-v] [-x KIND,...] SEED EVENTS [ROUNDS]\n");
		return 2;
	}
	seed = strtoull(argv[optind], NULL, 10);
	events = strtoull(argv[optind + 1], NULL, 10);
	rounds = argc - optind > 2 ? strtoull(argv[optind + 2], NULL, 10) : 1;
	worlds_live(&t, seed, events, rounds, verbose, without);
	totals_tell(&t);
	return 0;
}
