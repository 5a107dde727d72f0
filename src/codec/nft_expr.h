/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The expressions that rules are made of, one behind the other: what is loaded, masked, compared
 * and looked up is register 1. A rule owns its expressions.
 */
#ifndef CODEC_NFT_EXPR_H
#define CODEC_NFT_EXPR_H

#include <libnftnl/rule.h>
#include <stdio.h> /* libnftnl/expr.h forgets it */

#include <libnftnl/expr.h>

#include "plan/ruleset.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter/nf_tables.h>

/* One by its name in the kernel, still without attributes. Never NULL. */
struct nftnl_expr *expr_add(struct nftnl_rule *r, const char *name);

/* key: NFT_META_*. */
void expr_load_meta(struct nftnl_rule *r, uint32_t key);
/* len bytes at offset from where base (NFT_PAYLOAD_*_HEADER) begins. */
void expr_load_payload(struct nftnl_rule *r, uint32_t base, uint32_t offset, uint32_t len);
/* What the mask has stays, then bits (NULL: none) are set; both of len bytes, at most 16. */
void expr_mask(struct nftnl_rule *r, const void *mask, const void *bits, uint32_t len);
/* op: NFT_CMP_*. The rule goes on only where it is so. */
void expr_compare(struct nftnl_rule *r, uint32_t op, const void *data, uint32_t len);
/* The rule goes on only where it is in the set; with invert where it is not. */
void expr_look_up(struct nftnl_rule *r, const struct fw_set *set, bool invert);
/* code: NF_* or NFT_*; chain: of a jump, else NULL. */
void expr_verdict(struct nftnl_rule *r, uint32_t code, const char *chain);

#endif
