/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files that write nftables messages.
 */
#ifndef CODEC_NFT_PUT_H
#define CODEC_NFT_PUT_H

#include <libnftnl/rule.h>

#include "codec/nft.h"

/* Rules as libnftnl has them: the caller frees with nftnl_rule_free(). */
struct nftnl_rule *nft_rule_make(const struct fw_ruleset *r, const struct fw_chain *chain,
				 const struct fw_rule *rule);
struct nftnl_rule *nft_foreign_make(const struct fw_foreign *f);

#endif
