// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a datagram of the exchange: what is read is valid, and is written as these bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/exchange.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[EXCHANGE_BYTES];
	struct exchange x;

	if (exchange_read(&x, data, size))
		return 0;
	exchange_write(again, &x);
	if (size != sizeof(again) || memcmp(data, again, size) != 0 || !exchange_valid(&x))
		abort();
	return 0;
}
