// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target for nftables messages: any bytes, taken as the answers to a dump and as events,
 * give an observation that can be planned from and freed.
 */
#include <libmnl/libmnl.h>

#include "codec/nft.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fw_actual a = {.available = true};
	struct fw_plan p = {0};
	struct str text = {0};
	/* A copy: aligned, and exactly as long as it says. */
	char *bytes = mem_calloc(size, 1);
	const struct nlmsghdr *h = (const void *)bytes;
	int left = (int)size;
	uint32_t genid;

	if (size)
		memcpy(bytes, data, size);
	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		if (h->nlmsg_len > (size_t)left)
			break; /* libmnl takes 2 GiB and more for negative */
		nft_event_matters(h, NULL);
		nft_event_matters(h, &a);
		nft_parse_gen(h, &genid);
		nft_take(&a, h);
	}
	nft_taken(&a);
	firewall_plan_clean(&p, &a);
	fw_plan_format(&text, &p);
	str_free(&text);
	fw_plan_free(&p);
	fw_actual_free(&a);
	free(bytes);
	return 0;
}
