/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What looking at nftables and changing it share.
 */
#ifndef EDGE_NFT_PARTS_H
#define EDGE_NFT_PARTS_H

#include "edge/netlink.h"
#include "edge/nft.h"

struct nft {
	struct netlink sock;	       /* requests */
	struct netlink_monitor events; /* heard from before sock asks */
	unsigned int lacks;	       /* enum fw_feature, or-ed: learnt when it was refused */
};

/* The kernel's count of transactions. 0 or -errno. */
int nft_generation(struct nft *n, uint32_t *genid);

/* Events come from now on, or do not. */
void nft_hear(struct nft *n, bool hear);

#endif
