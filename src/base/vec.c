// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The growing array behind VEC(), and the walk over two sorted lists that every plan is made of.
 */
#include "base/vec.h"

#define FEW	    16	/* so many are inserted one by one, more are sorted with all */
#define ELEMENT_MAX 512 /* bytes of an element that is inserted */

void *vec_resize(void *at, uint32_t *cap, uint32_t n, size_t size)
{
	*cap = n;
	if (n)
		return mem_realloc(at, n, size);
	free(at);
	return NULL;
}

void *vec_more(void *at, uint32_t *cap, size_t size)
{
	if (*cap > UINT32_MAX / 2)
		abort();
	return vec_resize(at, cap, *cap ? *cap * 2 : 8, size);
}

size_t array_from(const void *at, size_t n, size_t size, const void *key, cmp_fn cmp)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (cmp((const char *)at + mid * size, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The element at n finds its place among those before it. */
static void insert_last(char *at, size_t n, size_t size, cmp_fn cmp)
{
	char one[ELEMENT_MAX];
	size_t i = array_from(at, n, size, at + n * size, cmp);

	memcpy(one, at + n * size, size);
	memmove(at + (i + 1) * size, at + i * size, (n - i) * size);
	memcpy(at + i * size, one, size);
}

void array_settle(void *at, size_t sorted, size_t n, size_t size, cmp_fn cmp)
{
	if (n - sorted > FEW || size > ELEMENT_MAX) {
		array_sort(at, n, size, cmp);
		return;
	}
	for (size_t i = sorted; i < n; i++)
		insert_last(at, i, size, cmp);
}

void sorted_diff(const void *want, size_t nwant, const void *have, size_t nhave, size_t size,
		 cmp_fn cmp, diff_fn on, void *ctx)
{
	const char *w = want, *h = have;
	size_t i = 0, j = 0;

	while (i < nwant || j < nhave) {
		const void *a = i < nwant ? w + i * size : NULL;
		const void *b = j < nhave ? h + j * size : NULL;
		int c = !a ? 1 : !b ? -1 : cmp(a, b);

		on(ctx, c <= 0 ? a : NULL, c >= 0 ? b : NULL);
		i += c <= 0;
		j += c >= 0;
	}
}
