/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fuzz targets share: their entry, and how they say that something must not be. In a header,
 * so that libFuzzer sees which of the calls it was.
 */
#ifndef SUPPORT_FUZZ_H
#define SUPPORT_FUZZ_H

#include <stdlib.h>

#include "model/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void expect(bool good)
{
	if (!good)
		abort();
}

/* Whatever was merged into it, a device's lists fit each other, and its values are some. */
static inline void expect_device(const struct device *d)
{
	uint32_t aips = 0;

	vec_each(&d->peers, p) {
		expect(p->wg.first_aip + p->wg.aips <= d->aips.len);
		aips += p->wg.aips;
		expect(p->wg.handshake_ns >= 0);
		expect(!p->wg.endpoint.addr.family || addr_size(&p->wg.endpoint.addr));
	}
	expect(aips + d->aips_unused == d->aips.len);
	vec_each(&d->aips, a)
		expect(addr_size(&a->addr) && a->len <= addr_bits(&a->addr));
}

#endif
