/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often memory was asked for: a program that calls one of these has a malloc(3) that counts.
 */
#ifndef SUPPORT_ALLOCS_H
#define SUPPORT_ALLOCS_H

#include <stdbool.h>
#include <stdint.h>

/* Calls of malloc, calloc and realloc so far, libc's own ones too. */
uint64_t allocs_count(void);

/* From now on the count is kept there. */
void allocs_keep(uint64_t *where);

/* False where sanitizers (or another libc) have an allocator of their own: nothing is counted. */
bool allocs_counted(void);

#endif
