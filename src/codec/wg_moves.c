// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moves to messages: moves of one peer are neighbours and become one peer of the message. A peer
 * that does not fit goes on in the next message; only the first one begins a new list.
 */
#include "codec/wg_moves.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include "codec/attr.h"
#include "codec/wg.h"

/* Not in the headers of before Linux 6.16: include/uapi/linux/wireguard.h */
#define ALLOWEDIP_A_FLAGS     4
#define ALLOWEDIP_F_REMOVE_ME 1U

#define ALLOWED_IP_BYTES 64 /* with the flags and the nest, of IPv6: 48 */
#define PEER_BYTES	 96 /* key, flags and the nests */

static void put_allowed_ip(struct nlmsghdr *h, const struct move *m)
{
	struct nlattr *ip = mnl_attr_nest_start(h, 0);

	mnl_attr_put_u16(h, WGALLOWEDIP_A_FAMILY, m->prefix.addr.family);
	mnl_attr_put(h, WGALLOWEDIP_A_IPADDR, addr_size(&m->prefix.addr), m->prefix.addr.bytes);
	mnl_attr_put_u8(h, WGALLOWEDIP_A_CIDR_MASK, m->prefix.len);
	if (m->kind == MOVE_TAKE)
		mnl_attr_put_u32(h, ALLOWEDIP_A_FLAGS, ALLOWEDIP_F_REMOVE_ME);
	mnl_attr_nest_end(h, ip);
}

/* Is it in the message? What is kept matters to a new list only, which just lacks what is taken. */
static bool is_put(const struct move *m, bool anew)
{
	return m->kind == MOVE_GIVE || (m->kind == MOVE_KEEP) == anew;
}

static const struct move *put_peer(struct nlmsghdr *h, const struct move *m, const struct move *end,
				   bool begins, bool anew)
{
	struct nlattr *peer = mnl_attr_nest_start(h, 0), *ips;
	const struct move *first = m;
	uint32_t flags = WGPEER_F_UPDATE_ONLY;

	if (begins && anew)
		flags |= WGPEER_F_REPLACE_ALLOWEDIPS;
	mnl_attr_put(h, WGPEER_A_PUBLIC_KEY, KEY_LEN, m->peer.bytes);
	mnl_attr_put_u32(h, WGPEER_A_FLAGS, flags);
	ips = mnl_attr_nest_start(h, WGPEER_A_ALLOWEDIPS);
	for (; m < end && move_same_peer(m, first); m++) {
		if (h->nlmsg_len + ALLOWED_IP_BYTES > WG_MOVES_BYTES)
			break;
		if (is_put(m, anew))
			put_allowed_ip(h, m);
	}
	mnl_attr_nest_end(h, ips);
	mnl_attr_nest_end(h, peer);
	return m;
}

static const struct move *peer_begin(const struct move *all, const struct move *m)
{
	while (m > all && move_same_peer(m, m - 1))
		m--;
	return m;
}

void wg_put_moves(void *buf, uint16_t family, uint32_t seq, const struct op *op, bool remove,
		  uint32_t *at)
{
	const struct move *all = op->moves.at, *end = all + op->moves.len, *m = all + *at;
	struct nlmsghdr *h = genl_put(buf, family, NLM_F_ACK, seq, WG_CMD_SET_DEVICE);
	struct nlattr *peers;

	mnl_attr_put_u32(h, WGDEVICE_A_IFINDEX, op->ifindex);
	peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	while (m < end && h->nlmsg_len + PEER_BYTES + ALLOWED_IP_BYTES <= WG_MOVES_BYTES) {
		const struct move *first = peer_begin(all, m);

		m = put_peer(h, m, end, m == first, !remove && moves_take(first, end));
	}
	mnl_attr_nest_end(h, peers);
	*at = (uint32_t)(m - all);
}

bool wg_moves_take(const struct op *op)
{
	for (uint32_t i = 0; i < op->moves.len; i++)
		if (op->moves.at[i].kind == MOVE_TAKE)
			return true;
	return false;
}
