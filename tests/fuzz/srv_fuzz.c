// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes the one parser of DNS messages that is ours: SRV answers.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/net/srv.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srv_records records = {0};
	struct rng rng = {.state = size};
	uint32_t ttl, n;
	int err;

	err = srv_parse(&records, &ttl, data, size);
	n = records.len;
	expect(n <= SRV_RECORDS_MAX && ttl <= INT32_MAX && (!err || !n));
	srv_order(&records, &rng);
	expect(records.len == n);
	vec_each(&records, r)
		expect(r->port && *r->host && strnlen(r->host, HOST_LEN) < HOST_LEN);
	for (uint32_t i = 1; i < n; i++)
		expect(records.at[i - 1].priority <= records.at[i].priority);
	vec_free(&records);
	return 0;
}
