// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the answer of a userspace WireGuard, in pieces, merged twice: for the second time
 * it meets a device that has it already, and nothing may have changed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "codec/uapi.h"
#include "support/fuzz.h"

#define PIECE 61 /* bytes; not a divisor of any line */

static bool merge(struct device *d, struct uapi *u, const char *bytes, size_t size, msec now)
{
	struct device_merge m;
	int err;

	device_merge_begin(&m, d, (struct moment){.now = now, .wall = 1780000000000 + now});
	uapi_begin(u);
	for (size_t at = 0; at < size; at += PIECE)
		if (uapi_read(u, bytes + at, size - at < PIECE ? size - at : PIECE))
			break;
	err = uapi_end(u, &m);
	expect(!memchr(u->line, 'p', sizeof(u->line)));
	return device_merge_end(&m, !err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *c = config_new();
	struct device d = {.ifindex = 3, .up = true, .conf = &c->defaults};
	struct uapi u = {0};

	merge(&d, &u, (const char *)data, size, 1000);
	expect_device(&d);
	expect(!merge(&d, &u, (const char *)data, size, 2000));
	expect_device(&d);
	uapi_free(&u);
	device_free(&d);
	config_free(c);
	return 0;
}
