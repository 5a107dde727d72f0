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

/* at, with room for twice cap elements of size bytes; cap becomes that. */
void *vec_more(void *at, uint32_t *cap, size_t size);
/* at, with room for exactly n. */
void *vec_resize(void *at, uint32_t *cap, uint32_t n, size_t size);

#define vec_add(v)                                                                          \
	__extension__({                                                                     \
		__typeof__(v) vec_ = (v);                                                   \
		if (vec_->len == vec_->cap)                                                 \
			vec_->at = vec_more(vec_->at, &vec_->cap, sizeof(*vec_->at));       \
		(__typeof__(vec_->at))memset(&vec_->at[vec_->len++], 0, sizeof(*vec_->at)); \
	})

/* Room for n elements, where it is known how many there will be. */
#define vec_reserve(v, n)                                                                          \
	do {                                                                                       \
		if ((n) > (v)->cap)                                                                \
			(v)->at = vec_resize((v)->at, &(v)->cap, (uint32_t)(n), sizeof(*(v)->at)); \
	} while (0)

/* Gives back what it has room for and does not use. */
#define vec_trim(v)                                                                           \
	do {                                                                                  \
		if ((v)->len < (v)->cap)                                                      \
			(v)->at = vec_resize((v)->at, &(v)->cap, (v)->len, sizeof(*(v)->at)); \
	} while (0)

#define vec_each(v, p) for (__typeof__((v)->at + 0) p = (v)->at; p && p < (v)->at + (v)->len; p++)

#define vec_free(v)                      \
	do {                             \
		free((v)->at);           \
		(v)->at = NULL;          \
		(v)->len = (v)->cap = 0; \
	} while (0)

/* a becomes b, and b what a was: a list seen anew takes the place of the old one. */
#define vec_swap(a, b)                        \
	do {                                  \
		__typeof__(*(a)) vec_ = *(a); \
		*(a) = *(b);                  \
		*(b) = vec_;                  \
	} while (0)

/* dst becomes a copy of src (both of the same VEC type). */
#define vec_copy(dst, src)                                                             \
	do {                                                                           \
		vec_reserve(dst, (src)->len);                                          \
		(dst)->len = (src)->len;                                               \
		if ((src)->len)                                                        \
			memcpy((dst)->at, (src)->at, (src)->len * sizeof(*(src)->at)); \
	} while (0)

/* src behind what dst has (both of the same VEC type), with no more room than that. */
#define vec_append(dst, src)                                      \
	do {                                                      \
		vec_reserve(dst, (dst)->len + (src)->len);        \
		if ((src)->len)                                   \
			memcpy((dst)->at + (dst)->len, (src)->at, \
			       (src)->len * sizeof(*(src)->at));  \
		(dst)->len += (src)->len;                         \
	} while (0)

typedef int (*cmp_fn)(const void *a, const void *b);

/*
 * qsort(3) for what may be in order already, as what the kernel dumps mostly is, or is a few
 * sorted lists that were shuffled into each other, as the prefixes of many peers are.
 */
void array_sort(void *at, size_t n, size_t size, cmp_fn cmp);
/* Where the first that is not before key is, or would be; n when all are before it. */
size_t array_from(const void *at, size_t n, size_t size, const void *key, cmp_fn cmp);
/* Sorts n elements of which the first sorted are in order. */
void array_settle(void *at, size_t sorted, size_t n, size_t size, cmp_fn cmp);

#define vec_sort(v, cmp) array_sort((v)->at, (v)->len, sizeof(*(v)->at), cmp)
/* The same where the first n are in order already and few come after them. */
#define vec_settle(v, n, cmp) array_settle((v)->at, n, (v)->len, sizeof(*(v)->at), cmp)

/* NULL, or the element of a sorted vector that compares equal to key. */
#define vec_find(v, key, cmp)                                                                    \
	((__typeof__((v)->at))((v)->len ? bsearch(key, (v)->at, (v)->len, sizeof(*(v)->at), cmp) \
					: NULL))
/* Where in a sorted vector the first element is that is not before key: its length, if none. */
#define vec_from(v, key, cmp) ((uint32_t)array_from((v)->at, (v)->len, sizeof(*(v)->at), key, cmp))

/*
 * Walks two arrays that are sorted by cmp once, side by side. Calls on(ctx, want, have) for each
 * element: have is NULL for what is only wanted, want is NULL for what is only there.
 */
typedef void (*diff_fn)(void *ctx, const void *want, const void *have);
void sorted_diff(const void *want, size_t nwant, const void *have, size_t nhave, size_t size,
		 cmp_fn cmp, diff_fn on, void *ctx);

#endif
