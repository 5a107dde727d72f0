// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the memory file: nothing that is no endpoint is remembered.
 */
#include <stdlib.h>

#include "codec/memory.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory m = {0};

	memory_read(&m, (const char *)data, size);
	vec_each(&m.names, n)
		vec_each(&n->endpoints, e)
			if (addr_is_unusable(&e->addr))
				abort();
	for (uint32_t i = 1; i < m.loans.len; i++)
		if (loan_cmp(&m.loans.at[i - 1], &m.loans.at[i]) >= 0)
			abort();
	memory_free(&m);
	return 0;
}
