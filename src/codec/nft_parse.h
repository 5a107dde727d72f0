/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files that read nftables messages.
 */
#ifndef CODEC_NFT_PARSE_H
#define CODEC_NFT_PARSE_H

#include "codec/nft.h"

#include "codec/attr.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define NFT_MSG_OTHER 0xffff

/* NFT_MSG_* of a message of nftables that has its family header, else NFT_MSG_OTHER. */
uint16_t nft_message(const struct nlmsghdr *h, uint8_t *family);

/* Numbers are in network byte order; 0 when the payload is too short. */
uint32_t nft_u32(const struct nlattr *a);

/* Text into buf of FW_NAME_LEN; "" when it does not fit. */
void nft_text(const struct nlattr *a, char *buf);
/* The text of the attribute of this type of a message; "" when it has none. */
void nft_find_text(const struct nlmsghdr *h, uint16_t type, char *buf);

bool nft_is_ours(uint8_t family, const char *table);

/* Can another program's chain on this hook (NF_INET_*) drop what we allow? */
bool nft_hook_matters(uint8_t hook);

/* NFTA_CHAIN_HOOK with its number and priority. */
void nft_parse_hook(const struct nlattr *nest, struct fw_hook *out);

/* A set, elements of a set: into a, when it is our table's. */
void nft_take_set(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family);
void nft_take_elems(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family);

/* A rule: into a, after the chain that it is in. */
void nft_take_rule(struct fw_actual *a, const struct nlmsghdr *h, uint8_t family);

/* What matters of a rule of another program. */
struct nft_shape {
	bool accepts; /* by what is below and nothing else, in iptables-nft's shape */
	bool accepts_out;
	uint8_t protocol; /* 0 = every one */
	uint16_t port;	  /* the destination's, with protocol */
	bool drops;	  /* whatever reaches it */
	char ifname[IFNAME_LEN];
	char leads[FW_NAME_LEN];  /* the chain to which packets on that interface go */
	char always[FW_NAME_LEN]; /* the chain to which all packets go */
};

/* From NFTA_RULE_EXPRESSIONS. */
struct nft_shape nft_parse_shape(const struct nlattr *expressions);

#endif
