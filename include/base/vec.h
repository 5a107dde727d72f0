/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing arrays of plain values, and the one way in which two of them are compared.
 *
 *	VEC(struct prefix) v = {0};
 *	*vec_add(&v) = p;			// a zeroed new element at the end
 *	vec_each(&v, p) use(p);			// p points at each element
 *	v.len = 0;				// empty, memory kept
 *	vec_free(&v);
 *
 * A pointer into a vector is valid until the next vec_add() to it.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define VEC(T)                     \
	struct {                   \
		T *at;             \
		uint32_t len, cap; \
	}

/* The same with a name, for what functions take and return. */
#define VEC_TYPE(name, T)          \
	struct name {              \
		T *at;             \
		uint32_t len, cap; \
	}

/* Makes room for one more element of size bytes and returns where it lives, zeroed. */
void *vec_grow(void **at, uint32_t *len, uint32_t *cap, size_t size);

#define vec_add(v) \
	((__typeof__((v)->at))vec_grow((void **)&(v)->at, &(v)->len, &(v)->cap, sizeof(*(v)->at)))

#define vec_each(v, p) for (__typeof__((v)->at + 0) p = (v)->at; p && p < (v)->at + (v)->len; p++)

#define vec_free(v)                      \
	do {                             \
		free((v)->at);           \
		(v)->at = NULL;          \
		(v)->len = (v)->cap = 0; \
	} while (0)

/* dst becomes a copy of src (both of the same VEC type). */
#define vec_copy(dst, src)                                   \
	do {                                                 \
		(dst)->len = 0;                              \
		for (uint32_t i_ = 0; i_ < (src)->len; i_++) \
			*vec_add(dst) = (src)->at[i_];       \
	} while (0)

typedef int (*cmp_fn)(const void *a, const void *b);

#define vec_sort(v, cmp)                                                 \
	do {                                                             \
		if ((v)->len > 1)                                        \
			qsort((v)->at, (v)->len, sizeof(*(v)->at), cmp); \
	} while (0)

/* NULL, or the element of a sorted vector that compares equal to key. */
#define vec_find(v, key, cmp)                                                                    \
	((__typeof__((v)->at))((v)->len ? bsearch(key, (v)->at, (v)->len, sizeof(*(v)->at), cmp) \
					: NULL))

/*
 * Walks two arrays that are sorted by cmp once, side by side. Calls on(ctx, want, have) for each
 * element: have is NULL for what is only wanted, want is NULL for what is only there.
 */
typedef void (*diff_fn)(void *ctx, const void *want, const void *have);
void sorted_diff(const void *want, size_t nwant, const void *have, size_t nhave, size_t size,
		 cmp_fn cmp, diff_fn on, void *ctx);

#endif
