// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segments that nobody can write are copies of files, page by page, so they can be dropped at any
 * time. With text relocations (some libraries for 32 bits) they are no copies, and are left alone.
 */
#include "base/rest.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEGMENTS_MAX 8 /* of one object; usually three */

static bool is_relocated(const struct dl_phdr_info *o)
{
	for (unsigned int i = 0; i < o->dlpi_phnum; i++) {
		const ElfW(Dyn) * d;

		if (o->dlpi_phdr[i].p_type != PT_DYNAMIC)
			continue;
		for (d = (const void *)(o->dlpi_addr + o->dlpi_phdr[i].p_vaddr);
		     d->d_tag != DT_NULL; d++)
			if (d->d_tag == DT_TEXTREL ||
			    (d->d_tag == DT_FLAGS && d->d_un.d_val & DF_TEXTREL))
				return true;
	}
	return false;
}

/* What tells where the segments are is in the first of them: it is read before any goes. */
static int object_rest(struct dl_phdr_info *o, size_t size, void *ctx)
{
	struct {
		uintptr_t from, end;
	} segments[SEGMENTS_MAX];
	uintptr_t page = *(const uintptr_t *)ctx;
	unsigned int n = 0;

	(void)size;
	for (unsigned int i = 0; i < o->dlpi_phnum && n < SEGMENTS_MAX; i++) {
		const ElfW(Phdr) *p = &o->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || p->p_flags & PF_W)
			continue;
		segments[n].from = (o->dlpi_addr + p->p_vaddr) & ~(page - 1);
		segments[n++].end = o->dlpi_addr + p->p_vaddr + p->p_memsz;
	}
	if (is_relocated(o))
		return 0;
	while (n--)
		madvise((void *)segments[n].from, segments[n].end - segments[n].from,
			MADV_DONTNEED);
	return 0;
}

void memory_rest(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(object_rest, &page);
}
