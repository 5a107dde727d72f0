// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes the parser of WireGuard dumps and the merge behind it. The input is a stream of netlink
 * messages, as one read of the socket gives it; it is merged twice, for the second time a dump
 * meets a device that has it already and nothing may have changed.
 */
#include <libmnl/libmnl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/attr.h"
#include "codec/wg.h"
#include "support/fuzz.h"

static bool merge(struct device *d, const void *bytes, size_t size, msec now)
{
	const struct nlmsghdr *h = bytes;
	struct device_merge m;
	int left = (int)size;
	uint16_t family;

	device_merge_begin(&m, d, (struct moment){.now = now, .wall = 1780000000000});
	for (; message_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		genl_parse_family(h, &family);
		wg_parse(h, &m);
	}
	return device_merge_end(&m, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *c = config_new();
	struct device d = {.ifindex = 3, .up = true, .conf = &c->defaults};
	size_t aligned = (size + MNL_ALIGNTO - 1) & ~(size_t)(MNL_ALIGNTO - 1);
	void *bytes = mem_calloc(1, aligned);

	if (size)
		memcpy(bytes, data, size);
	merge(&d, bytes, aligned, 1000);
	expect_device(&d);
	expect(!merge(&d, bytes, aligned, 2000));
	expect_device(&d);
	device_free(&d);
	config_free(c);
	free(bytes);
	return 0;
}
