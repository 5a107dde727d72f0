/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nftables netlink: a plan as the bytes of one transaction, and dumps and events back to structs.
 *
 * A rule of ours carries its tag in its userdata, next to a comment for nft(8): TLVs as libnftnl
 * writes them, of a type that nobody else uses. An accept in another program's chain has the very
 * expressions that iptables-nft writes, so that iptables(8) can show it, and a TLV of ours that
 * iptables skips.
 */
#ifndef CODEC_NFT_H
#define CODEC_NFT_H

#include <linux/netlink.h>

#include "plan/firewall.h"

#define NFT_UDATA_TAG	87   /* type of our TLV; ROUTE_PROTOCOL's number, for recognition */
#define NFT_REQUEST_MAX 1024 /* bytes of one request for a dump */

/* What a set's elements are called: enum datatypes of nft(8), which the kernel only keeps. */
enum nft_datatype { NFT_TYPE_IPADDR = 7, NFT_TYPE_IP6ADDR = 8, NFT_TYPE_IFNAME = 41 };

/* --- a transaction -------------------------------------------------------------------------- */

/* Messages between a begin, which has seq, and an end; each one's seq is one more. */
struct nft_batch {
	char *at;
	size_t len, cap;
	size_t last; /* where the last message begins */
	uint32_t seq;
	VEC(uint32_t) ops; /* of each message between the two: its operation's place in the plan */
};

/*
 * The whole plan, to be refused as stale when the rules' generation is not genid any more. The
 * last message before the end asks for an ACK. Without foreign, operations on other programs'
 * chains are left out; the batch may then be without any message, and is not to be sent.
 * The caller zeroes b before and frees it with nft_batch_free().
 */
void nft_batch_encode(struct nft_batch *b, const struct fw_plan *p, uint32_t genid, uint32_t seq,
		      bool foreign);
void nft_batch_free(struct nft_batch *b);

/* The seq of the message that is answered. */
uint32_t nft_batch_last(const struct nft_batch *b);
/* Whose message it was; NULL for the begin and the end. */
const struct fw_op *nft_batch_op(const struct nft_batch *b, const struct fw_plan *p, uint32_t seq);

/* --- looking -------------------------------------------------------------------------------- */

/* Requests into buf of NFT_REQUEST_MAX bytes. */
void nft_put_gen(void *buf, uint32_t seq);
void nft_put_tables(void *buf, uint32_t seq);
void nft_put_chains(void *buf, uint32_t seq);
/* Of one base chain of another program (of its whole table if that is owned); NULL: of ours. */
void nft_put_rules(void *buf, uint32_t seq, const struct fw_base *base);
/* Of the chain to which a base chain's last rule leads (base->leads): that becomes its tail. */
void nft_put_tail(void *buf, uint32_t seq, struct fw_base *base);
/* Of our table. */
void nft_put_sets(void *buf, uint32_t seq);
void nft_put_flowtables(void *buf, uint32_t seq);
void nft_put_elems(void *buf, uint32_t seq, const char *set);

/*
 * Takes one message of a dump into a, whatever kind it is; what is none of our business, or
 * malformed, is skipped. Chains have to come before tables and rules, sets before elements.
 */
void nft_take(struct fw_actual *a, const struct nlmsghdr *h);
/* After the last one: sorts. */
void nft_taken(struct fw_actual *a);

/* 0, or -EINVAL when it is no generation message. */
int nft_parse_gen(const struct nlmsghdr *h, uint32_t *genid);

/* --- events --------------------------------------------------------------------------------- */

/*
 * Does this change touch our table, or a base chain on the forward or input hook? have (may be
 * NULL: then any chain may be one) tells which there were. Elements of others' sets never do.
 */
bool nft_event_matters(const struct nlmsghdr *h, const struct fw_actual *have);

#endif
