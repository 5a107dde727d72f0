// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts in blocks, one behind the other.
 */
#include "base/texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK 4064 /* bytes of text; with its head and malloc's a page */

struct texts_block {
	struct texts_block *next;
	size_t used, size;
	char text[];
};

static struct texts_block *block_new(struct texts *t, size_t need)
{
	size_t size = need > BLOCK ? need : BLOCK;
	struct texts_block *b = mem_realloc(NULL, sizeof(*b) + size, 1);

	*b = (struct texts_block){.next = t->blocks, .size = size};
	t->blocks = b;
	return b;
}

const char *texts_keep(struct texts *t, const char *s)
{
	size_t n = strlen(s) + 1;
	struct texts_block *b = t->blocks;
	char *at;

	if (n == 1)
		return "";
	if (!b || b->size - b->used < n)
		b = block_new(t, n);
	at = b->text + b->used;
	memcpy(at, s, n);
	b->used += n;
	return at;
}

void texts_free(struct texts *t)
{
	while (t->blocks) {
		struct texts_block *b = t->blocks;

		t->blocks = b->next;
		free(b);
	}
}
