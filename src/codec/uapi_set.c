// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations as a request to userspace WireGuard. Peers are only ever updated: one that was taken
 * away meanwhile does not come back to life.
 */
#include "codec/uapi.h"

static void put_peer(struct str *out, const struct key *key)
{
	char hex[2 * KEY_LEN + 1];

	for (int i = 0; i < KEY_LEN; i++) {
		hex[2 * i] = "0123456789abcdef"[key->bytes[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[key->bytes[i] & 15];
	}
	hex[2 * KEY_LEN] = '\0';
	str_add(out, "public_key=%s\nupdate_only=true\n", hex);
}

static void put_keepalive(struct str *out, const struct key *key, uint16_t seconds)
{
	put_peer(out, key);
	str_add(out, "persistent_keepalive_interval=%u\n", seconds);
}

/* From 0 to something makes it send at once; the interval itself ends as it was. */
static void put_kick(struct str *out, const struct op *op)
{
	put_keepalive(out, &op->peer.key, 0);
	put_keepalive(out, &op->peer.key, op->peer.keepalive ? op->peer.keepalive : UINT16_MAX);
	if (!op->peer.keepalive)
		put_keepalive(out, &op->peer.key, 0);
}

/* What is taken from a peer and given to nobody leaves it by a new list of what it keeps. */
static void put_moves(struct str *out, const struct move *m, const struct move *end)
{
	char text[PREFIX_STRLEN];

	while (m < end) {
		const struct move *first = m;
		bool anew = moves_take(m, end);

		put_peer(out, &m->peer);
		if (anew)
			str_add(out, "replace_allowed_ips=true\n");
		for (; m < end && move_same_peer(m, first); m++)
			if (m->kind == MOVE_GIVE || (anew && m->kind == MOVE_KEEP))
				str_add(out, "allowed_ip=%s\n", prefix_format(&m->prefix, text));
	}
}

static void put_op(struct str *out, const struct op *op)
{
	char text[ENDPOINT_STRLEN];

	switch (op->kind) {
	case OP_ENDPOINT:
		put_peer(out, &op->peer.key);
		str_add(out, "endpoint=%s\n", endpoint_format(&op->peer.endpoint, text));
		break;
	case OP_KEEPALIVE:
		put_keepalive(out, &op->peer.key, op->peer.keepalive);
		break;
	case OP_KICK:
		put_kick(out, op);
		break;
	case OP_ALLOWED_IPS:
		put_moves(out, op->moves.at, op->moves.at + op->moves.len);
		break;
	case OP_REBIND:
		str_add(out, "listen_port=0\n"); /* it picks another */
		break;
	case OP_FWMARK:
		str_add(out, "fwmark=%u\n", op->fwmark);
		break;
	case OP_ROUTE_ADD:
	case OP_ROUTE_DEL:
	case OP_RULE_ADD:
	case OP_RULE_DEL:
	case OP_PROBE:
		break; /* not of a device */
	}
}

void uapi_put_set(struct str *out, const struct op *ops, size_t n)
{
	str_add(out, "set=1\n");
	for (size_t i = 0; i < n; i++)
		put_op(out, &ops[i]);
	str_add(out, "\n");
}
