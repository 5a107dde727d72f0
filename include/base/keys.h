/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many keys in which many are looked for, one after the other: a table of pointers to them, which
 * is made, asked and thrown away. Where the list is long a search in order costs a cache miss for
 * each halving, and this one or two.
 *
 *	struct keys ks;
 *	keys_begin(&ks, n);		// room for n
 *	keys_add(&ks, &things[i].key);	// of equal ones the first stays
 *	found = keys_find(&ks, &key);	// one that was added, or NULL
 *	keys_free(&ks);
 */
#ifndef BASE_KEYS_H
#define BASE_KEYS_H

#include <stddef.h>

#include "base/key.h"

/* What of type has member at at. */
#define CONTAINER(at, type, member) \
	((const type *)(const void *)((const char *)(at)-offsetof(type, member)))

struct keys {
	const struct key **slots;
	unsigned int bits; /* there are two to the power of that */
};

void keys_begin(struct keys *ks, uint32_t n);
void keys_add(struct keys *ks, const struct key *key);
const struct key *keys_find(const struct keys *ks, const struct key *key);
void keys_free(struct keys *ks);

#endif
