// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the look at everything every five minutes costs, when it shows what it showed before.
 *
 *	look IFACE	milliseconds (under QEMU's -icount: millions of instructions, user and
 *			kernel) of the second look at links, addresses, rules, and all routes over
 *			that interface
 *
 * With the same functions that the daemon has; the comparison with what is wanted is not made when
 * nothing differs.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "edge/kernel.h"

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What of it was the same as before; -errno. */
static int look(const struct edge *edge, struct state *s, const struct routes_where *where,
		struct route_merge *m)
{
	int err;

	s->links.len = s->addrs.len = s->rules.len = 0;
	err = edge->links(edge->ctx, &s->links);
	if (!err)
		err = edge->addrs(edge->ctx, &s->addrs);
	if (!err)
		err = edge->rules(edge->ctx, &s->rules);
	route_merge_begin(m, s);
	if (!err)
		err = edge->routes(edge->ctx, where, m);
	return err ? err : (int)route_merge_end(m, true);
}

int main(int argc, char **argv)
{
	struct routes_where where = {.no_device = false}; /* nothing is unreachable here */
	struct route_merge merge = {.ours = NULL};
	struct state state = {.links = {0}};
	struct kernel kernel;
	struct edge edge;
	double start;
	int seen;

	if (argc < 2 || !if_nametoindex(argv[1])) {
		fputs("usage: look IFACE\n", stderr);
		return 2;
	}
	*vec_add(&where.devices) = if_nametoindex(argv[1]);
	seen = kernel_open(&kernel);
	if (seen) {
		fprintf(stderr, "look: %s\n", strerror(-seen));
		return 1;
	}
	kernel_edge(&kernel, &edge);
	look(&edge, &state, &where, &merge);
	look(&edge, &state, &where, &merge); /* what is kept for its memory is there */
	start = now_ms();
	seen = look(&edge, &state, &where, &merge);
	printf("%.3f\n", now_ms() - start);
	fprintf(stderr, "%u routes of ours, %u of others\n", state.ours.len, state.foreign.len);
	route_merge_free(&merge);
	vec_free(&where.devices);
	state_free(&state);
	kernel_close(&kernel);
	return seen == ROUTES_SAME ? 0 : 1;
}
