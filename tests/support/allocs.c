// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A malloc(3) that counts and gives way to glibc's, as "Replacing malloc" of its manual allows:
 * calls from inside libc (qsort) come here too.
 */
#include "support/allocs.h"

#include <stdlib.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define COUNTED true

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static uint64_t own, *count = &own;

void *malloc(size_t size)
{
	++*count;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	++*count;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	++*count;
	return __libc_realloc(p, size);
}

void free(void *p)
{
	__libc_free(p);
}
#else
#define COUNTED false

static uint64_t own, *count = &own;
#endif

uint64_t allocs_count(void)
{
	return *count;
}

void allocs_keep(uint64_t *where)
{
	*where = *count;
	count = where;
}

bool allocs_counted(void)
{
	return COUNTED;
}
