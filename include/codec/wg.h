/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WireGuard's generic netlink family: linux/wireguard.h.
 *
 * Builders write one message into a buffer of WG_MESSAGE_MAX. The parser looks only at what the
 * model needs; private and preshared keys are attributes that it steps over, and whoever holds
 * the buffer wipes it after parsing.
 */
#ifndef CODEC_WG_H
#define CODEC_WG_H

#include <linux/netlink.h>

#include "plan/op.h"

#define WG_MESSAGE_MAX 1024

/* The head of a request, for attributes to follow; flags beside NLM_F_REQUEST. Returns buf. */
struct nlmsghdr *genl_put(void *buf, uint16_t type, uint16_t flags, uint32_t seq, uint8_t cmd);
/* Asks for the family's number by name; the answer is one message for genl_parse_family(). */
void genl_put_getfamily(void *buf, uint32_t seq, const char *name);
/* 0 and the number, or -EINVAL. */
int genl_parse_family(const struct nlmsghdr *h, uint16_t *family);

/* A dump request for one device. */
void wg_put_get(void *buf, uint16_t family, uint32_t seq, uint32_t ifindex);
/* One message of that dump, into a merge that was begun. 0 or -EINVAL. */
int wg_parse(const struct nlmsghdr *h, struct device_merge *m);

/*
 * A SET for OP_ENDPOINT, OP_KEEPALIVE, OP_REBIND or OP_FWMARK, with an ACK asked for. Peers are
 * named with WGPEER_F_UPDATE_ONLY: one that was just removed does not come back to life.
 */
void wg_put_set(void *buf, uint16_t family, uint32_t seq, const struct op *op);

#endif
