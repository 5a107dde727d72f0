// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's WireGuard: its devices as they are, and the few things that we set at peers.
 *
 * A setting is one message, but for allowed-IPs, which may need several, and a kick, which is two
 * or three settings of the keepalive.
 */
#include "edge/wireguard.h"

#include <errno.h>
#include <linux/wireguard.h>

#include "codec/wg.h"
#include "codec/wg_moves.h"

#define DUMP_TRIES 5

/* --- looking ------------------------------------------------------------------------------ */

static void take_family(void *ctx, const struct nlmsghdr *h)
{
	genl_parse_family(h, ctx);
}

/* The family has no number before the module is loaded. */
static int family_find(struct wireguard *w)
{
	char msg[WG_MESSAGE_MAX];

	if (w->family)
		return 0;
	genl_put_getfamily(msg, netlink_next(&w->generic), WG_GENL_NAME);
	return netlink_ask(&w->generic, msg, take_family, &w->family);
}

struct device_dump {
	struct device_merge *merge;
	int error;
};

static void take_device(void *ctx, const struct nlmsghdr *h)
{
	struct device_dump *d = ctx;

	if (wg_parse(h, d->merge))
		d->error = -EBADMSG; /* with a peer left out it is not what is there */
}

/* The family's number is another one when the module was unloaded and loaded again. */
static int ask(struct wireguard *w, const void *msg, netlink_fn fn, void *ctx)
{
	int err = netlink_ask(&w->generic, msg, fn, ctx);

	if (err == -ENOENT)
		w->family = 0;
	return err;
}

static int dump_device(struct wireguard *w, struct device_merge *m)
{
	struct device_dump d = {.merge = m};
	char msg[WG_MESSAGE_MAX];
	int err = family_find(w);

	if (err)
		return err;
	wg_put_get(msg, w->family, netlink_next(&w->generic), m->device->ifindex);
	err = ask(w, msg, take_device, &d);
	return err ? err : d.error;
}

/* Another program changed the device while it was dumped: from the beginning. */
int wireguard_device(struct wireguard *w, struct device_merge *m)
{
	int err = dump_device(w, m);

	for (int i = 1; i < DUMP_TRIES && err == -EAGAIN; i++) {
		device_merge_again(m);
		err = dump_device(w, m);
	}
	return err;
}

/* --- setting ------------------------------------------------------------------------------ */

static int set_device(struct wireguard *w, const struct op *op)
{
	char msg[WG_MESSAGE_MAX];
	int err = family_find(w);

	if (err)
		return err;
	wg_put_set(msg, w->family, netlink_next(&w->generic), op);
	return ask(w, msg, NULL, NULL);
}

static int set_keepalive(struct wireguard *w, const struct op *op, uint16_t seconds)
{
	struct op one = *op;

	one.kind = OP_KEEPALIVE;
	one.peer.keepalive = seconds;
	return set_device(w, &one);
}

/* From 0 to something makes the kernel send at once; the interval itself ends as it was. */
static int kick(struct wireguard *w, const struct op *op)
{
	uint16_t keepalive = op->peer.keepalive;
	int err = keepalive ? set_keepalive(w, op, 0) : 0;

	if (!err)
		err = set_keepalive(w, op, keepalive ? keepalive : UINT16_MAX);
	if (!err && !keepalive)
		err = set_keepalive(w, op, 0);
	return err;
}

static int send_moves(struct wireguard *w, const struct op *op, bool remove)
{
	char msg[WG_MOVES_BYTES];
	int err = 0;

	for (uint32_t at = 0; at < op->moves.len && !err;) {
		wg_put_moves(msg, w->family, netlink_next(&w->generic), op, remove, &at);
		err = ask(w, msg, NULL, NULL);
	}
	return err;
}

/* A kernel that does not know how to take one away refuses the message: a new list, then. */
static int set_allowed_ips(struct wireguard *w, const struct op *op)
{
	int err = family_find(w);

	if (err)
		return err;
	err = send_moves(w, op, !w->cannot_remove);
	if (w->cannot_remove || !wg_moves_take(op) || (err != -EINVAL && err != -EOPNOTSUPP))
		return err;
	w->cannot_remove = true;
	return send_moves(w, op, false);
}

int wireguard_apply(struct wireguard *w, const struct op *op)
{
	if (op->kind == OP_ALLOWED_IPS)
		return set_allowed_ips(w, op);
	return op->kind == OP_KICK ? kick(w, op) : set_device(w, op);
}

int wireguard_open(struct wireguard *w)
{
	int err = netlink_open(&w->generic, NETLINK_GENERIC);

	w->generic.secret = true;
	return err;
}

void wireguard_close(struct wireguard *w)
{
	netlink_close(&w->generic);
}
