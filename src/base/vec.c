// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The growing array behind VEC(), and the walk over two sorted lists that every plan is made of.
 */
#include "base/vec.h"

void *vec_grow(void **at, uint32_t *len, uint32_t *cap, size_t size)
{
	char *slot;

	if (*len == *cap) {
		if (*cap > UINT32_MAX / 2)
			abort();
		*cap = *cap ? *cap * 2 : 8;
		*at = mem_realloc(*at, *cap, size);
	}
	slot = (char *)*at + (size_t)*len * size;
	memset(slot, 0, size);
	(*len)++;
	return slot;
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
