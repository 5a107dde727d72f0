// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The growing array behind VEC(), and the walk over two sorted lists that every plan is made of.
 */
#include "base/vec.h"

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

void array_sort(void *at, size_t n, size_t size, cmp_fn cmp)
{
	const char *p = at;

	for (size_t i = 1; i < n; i++, p += size) {
		if (cmp(p, p + size) > 0) {
			qsort(at, n, size, cmp);
			return;
		}
	}
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
