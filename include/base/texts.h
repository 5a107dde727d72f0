/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many small texts that live as long as each other: kept side by side, freed together.
 */
#ifndef BASE_TEXTS_H
#define BASE_TEXTS_H

struct texts {
	struct texts_block *blocks; /* NULL = none yet */
};

/* A copy of s that lives until texts_free(). "" needs no memory. */
const char *texts_keep(struct texts *t, const char *s);
void texts_free(struct texts *t);

#endif
