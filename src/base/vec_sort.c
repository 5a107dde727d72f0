// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sorting what mostly is a few sorted lists that were shuffled into each other.
 *
 * Peers come in the order in which somebody wrote them, which mostly is that of their addresses;
 * each of them has one here and a network there. Dealt onto piles, each element onto the first one
 * whose last is not after it, that makes a few piles, each in order, which are merged: one walk and
 * another one, where qsort(3) compares what is far apart in memory, again and again. What needs
 * more piles than that is left to it.
 *
 * Equal elements stay in order: the later one never comes onto an earlier pile.
 */
#include "base/vec.h"

#define PILES_MAX 8
#define FEW	  64 /* elements are not worth it */

struct piles {
	const char *at; /* what is sorted, */
	size_t n, size; /* so many of so many bytes */
	cmp_fn cmp;
	uint8_t *of; /* on which pile each is */
	unsigned int len;
	size_t last[PILES_MAX]; /* of each pile, an index into at */
	size_t count[PILES_MAX];
};

static const char *element(const struct piles *ps, size_t i)
{
	return ps->at + i * ps->size;
}

/* Element i finds its pile; false when there are too many already. */
static bool pile_add(struct piles *ps, size_t i)
{
	unsigned int p = 0;

	while (p < ps->len && ps->cmp(element(ps, ps->last[p]), element(ps, i)) > 0)
		p++;
	if (p == PILES_MAX)
		return false;
	ps->len += p == ps->len;
	ps->of[i] = (uint8_t)p;
	ps->last[p] = i;
	ps->count[p]++;
	return true;
}

/* The first sorted elements are the first pile. */
static bool piles_deal(struct piles *ps, size_t sorted)
{
	ps->len = 1;
	ps->count[0] = sorted;
	ps->last[0] = sorted - 1;
	for (size_t i = sorted; i < ps->n; i++)
		if (!pile_add(ps, i))
			return false;
	return true;
}

/* Each pile in one piece, one behind the other; where each begins goes to heads, its end to ends.
 */
static void piles_part(const struct piles *ps, char *out, char *heads[], char *ends[])
{
	for (unsigned int p = 0; p < ps->len; p++) {
		heads[p] = ends[p] = out;
		out += ps->count[p] * ps->size;
	}
	for (size_t i = 0; i < ps->n; i++) {
		char **end = &ends[ps->of[i]];

		memcpy(*end, element(ps, i), ps->size);
		*end += ps->size;
	}
}

static void piles_merge(const struct piles *ps, char *out, char *heads[], char *const ends[])
{
	for (size_t i = 0; i < ps->n; i++, out += ps->size) {
		unsigned int first = PILES_MAX;

		for (unsigned int p = 0; p < ps->len; p++) {
			if (heads[p] == ends[p])
				continue;
			if (first == PILES_MAX || ps->cmp(heads[first], heads[p]) > 0)
				first = p;
		}
		memcpy(out, heads[first], ps->size);
		heads[first] += ps->size;
	}
}

/* False, and nothing done, where it takes too many piles. */
static bool piles_sort(void *at, size_t sorted, size_t n, size_t size, cmp_fn cmp)
{
	struct piles ps = {.at = at, .n = n, .size = size, .cmp = cmp};
	char *heads[PILES_MAX], *ends[PILES_MAX], *parted;
	bool few;

	ps.of = mem_calloc(n, 1);
	few = piles_deal(&ps, sorted);
	if (few) {
		parted = mem_realloc(NULL, n, size);
		piles_part(&ps, parted, heads, ends);
		piles_merge(&ps, at, heads, ends);
		free(parted);
	}
	free(ps.of);
	return few;
}

void array_sort(void *at, size_t n, size_t size, cmp_fn cmp)
{
	const char *p = at;
	size_t sorted = 1;

	for (; sorted < n; sorted++, p += size)
		if (cmp(p, p + size) > 0)
			break;
	if (sorted >= n)
		return;
	if (n < FEW || !piles_sort(at, sorted, n, size, cmp))
		qsort(at, n, size, cmp);
}
