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

static int object_rest(struct dl_phdr_info *o, size_t size, void *ctx)
{
	uintptr_t page = *(const uintptr_t *)ctx;

	(void)size;
	if (is_relocated(o))
		return 0;
	for (unsigned int i = 0; i < o->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &o->dlpi_phdr[i];
		uintptr_t from = (o->dlpi_addr + p->p_vaddr) & ~(page - 1);
		uintptr_t end = o->dlpi_addr + p->p_vaddr + p->p_memsz;

		if (p->p_type == PT_LOAD && !(p->p_flags & PF_W))
			madvise((void *)from, end - from, MADV_DONTNEED);
	}
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
