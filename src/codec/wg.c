// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * WireGuard netlink messages to structs and back. Every length is checked before a payload is
 * read; an attribute that is unknown or too short is stepped over, as the kernel's own tools do.
 */
#include "codec/wg.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/time_types.h>
#include <linux/wireguard.h>

#include "codec/attr.h"

#define NSEC 1000000000LL

struct nlmsghdr *genl_put(void *buf, uint16_t type, uint16_t flags, uint32_t seq, uint8_t cmd)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->cmd = cmd;
	g->version = 1;
	return h;
}

void genl_put_getfamily(void *buf, uint32_t seq, const char *name)
{
	struct nlmsghdr *h = genl_put(buf, GENL_ID_CTRL, 0, seq, CTRL_CMD_GETFAMILY);

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, name);
}

int genl_parse_family(const struct nlmsghdr *h, uint16_t *family)
{
	struct nlattr *a;

	if (h->nlmsg_type != GENL_ID_CTRL)
		return -EINVAL;
	attr_each(a, h, sizeof(struct genlmsghdr)) {
		if (attr_type(a) == CTRL_ATTR_FAMILY_ID && attr_len(a) >= 2) {
			*family = attr_get_u16(a);
			return 0;
		}
	}
	return -EINVAL;
}

void wg_put_get(void *buf, uint16_t family, uint32_t seq, uint32_t ifindex)
{
	struct nlmsghdr *h = genl_put(buf, family, NLM_F_DUMP, seq, WG_CMD_GET_DEVICE);

	mnl_attr_put_u32(h, WGDEVICE_A_IFINDEX, ifindex);
}

/* Of the family that is known already; with two lengths that the compiler knows. */
static bool addr_read(struct addr *a, const struct nlattr *from)
{
	if (a->family == AF_INET && attr_payload(from, 4))
		memcpy(a->bytes, attr_data(from), 4);
	else if (a->family == AF_INET6 && attr_payload(from, 16))
		memcpy(a->bytes, attr_data(from), 16);
	else
		return false;
	return true;
}

static void parse_allowed_ip(const struct nlattr *nest, struct device_merge *m)
{
	const struct nlattr *ip = NULL;
	struct prefix p = {0};
	struct nlattr *a;

	attr_each_nested(a, nest) {
		if (attr_type(a) == WGALLOWEDIP_A_FAMILY && attr_payload(a, 2))
			p.addr.family = (uint8_t)attr_get_u16(a);
		else if (attr_type(a) == WGALLOWEDIP_A_CIDR_MASK && attr_payload(a, 1))
			p.len = *(const uint8_t *)attr_data(a);
		else if (attr_type(a) == WGALLOWEDIP_A_IPADDR)
			ip = a;
	}
	if (!ip || !addr_read(&p.addr, ip) || p.len > addr_bits(&p.addr))
		return;
	device_merge_aip(m, &p);
}

/* 0, which is never, for what no clock can show. */
static int64_t nanoseconds(const struct __kernel_timespec *t)
{
	if (t->tv_sec < 0 || t->tv_sec >= INT64_MAX / NSEC || t->tv_nsec < 0 || t->tv_nsec >= NSEC)
		return 0;
	return t->tv_sec * NSEC + t->tv_nsec;
}

static void parse_peer_attr(const struct nlattr *a, struct wg_peer *p)
{
	const struct __kernel_timespec *ts;

	switch (attr_type(a)) {
	case WGPEER_A_ENDPOINT:
		endpoint_from_sockaddr(&p->endpoint, attr_data(a), attr_len(a));
		break;
	case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
		if (attr_payload(a, 2))
			p->keepalive = attr_get_u16(a);
		break;
	case WGPEER_A_LAST_HANDSHAKE_TIME:
		ts = attr_payload(a, sizeof(*ts));
		if (ts) {
			struct __kernel_timespec t;

			memcpy(&t, ts, sizeof(t));
			p->handshake_ns = nanoseconds(&t);
		}
		break;
	case WGPEER_A_RX_BYTES:
		if (attr_payload(a, 8))
			p->rx = attr_get_u64(a);
		break;
	case WGPEER_A_TX_BYTES:
		if (attr_payload(a, 8))
			p->tx = attr_get_u64(a);
		break;
	}
}

static int parse_peer(const struct nlattr *nest, struct device_merge *m)
{
	const struct nlattr *aips = NULL;
	struct wg_peer p = {0};
	bool has_key = false;
	struct nlattr *a;

	attr_each_nested(a, nest) {
		if (attr_type(a) == WGPEER_A_PUBLIC_KEY && attr_payload(a, KEY_LEN)) {
			memcpy(p.key.bytes, attr_data(a), KEY_LEN);
			has_key = true;
		} else if (attr_type(a) == WGPEER_A_ALLOWEDIPS) {
			aips = a;
		} else {
			parse_peer_attr(a, &p);
		}
	}
	if (!has_key)
		return -EINVAL;
	device_merge_peer(m, &p);
	if (aips)
		attr_each_nested(a, aips)
			parse_allowed_ip(a, m);
	return 0;
}

int wg_parse(const struct nlmsghdr *h, struct device_merge *m)
{
	struct nlattr *a, *peer;
	int err = 0;

	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(struct genlmsghdr))
		return -EINVAL;
	attr_each(a, h, sizeof(struct genlmsghdr)) {
		switch (attr_type(a)) {
		case WGDEVICE_A_LISTEN_PORT:
			if (attr_payload(a, 2))
				m->listen_port = attr_get_u16(a);
			break;
		case WGDEVICE_A_FWMARK:
			if (attr_payload(a, 4))
				m->fwmark = mnl_attr_get_u32(a);
			break;
		case WGDEVICE_A_PEERS:
			attr_each_nested(peer, a)
				if (parse_peer(peer, m))
					err = -EINVAL;
			break;
		}
	}
	return err;
}

static void put_peer(struct nlmsghdr *h, const struct op *op)
{
	struct nlattr *peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	struct nlattr *peer = mnl_attr_nest_start(h, 0);
	struct sockaddr_storage ss;

	mnl_attr_put(h, WGPEER_A_PUBLIC_KEY, KEY_LEN, op->peer.key.bytes);
	mnl_attr_put_u32(h, WGPEER_A_FLAGS, WGPEER_F_UPDATE_ONLY);
	if (op->kind == OP_ENDPOINT)
		mnl_attr_put(h, WGPEER_A_ENDPOINT, endpoint_to_sockaddr(&op->peer.endpoint, &ss),
			     &ss);
	else
		mnl_attr_put_u16(h, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, op->peer.keepalive);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, peers);
}

void wg_put_set(void *buf, uint16_t family, uint32_t seq, const struct op *op)
{
	struct nlmsghdr *h = genl_put(buf, family, NLM_F_ACK, seq, WG_CMD_SET_DEVICE);

	mnl_attr_put_u32(h, WGDEVICE_A_IFINDEX, op->ifindex);
	if (op->kind == OP_FWMARK)
		mnl_attr_put_u32(h, WGDEVICE_A_FWMARK, op->fwmark);
	else if (op->kind == OP_REBIND)
		mnl_attr_put_u16(h, WGDEVICE_A_LISTEN_PORT, 0); /* the kernel picks another */
	else
		put_peer(h, op);
}
