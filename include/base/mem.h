/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is there or the end of the process.
 *
 * Wayside computes what it wants from what it sees and keeps nothing that a restart would lose,
 * so an allocation that fails ends the process (the supervisor starts it again) instead of adding
 * an error path to every function.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* n * size bytes, zeroed. Never NULL; the caller frees with free(). */
void *mem_calloc(size_t n, size_t size);

/* As realloc(3) with an overflow check. Never NULL. */
void *mem_realloc(void *p, size_t n, size_t size);

/* A copy of s, NULL for NULL. The caller frees with free(). */
char *mem_strdup(const char *s);

/* Copies src into dst of size bytes, always terminated; returns false when it had to cut. */
bool mem_copy_str(char *dst, size_t size, const char *src);

#endif
