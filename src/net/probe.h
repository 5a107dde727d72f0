/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One datagram into a tunnel, to make the peer's WireGuard answer.
 */
#ifndef NET_PROBE_H
#define NET_PROBE_H

#include "net/message.h"

/* NET_OK when it was sent; nobody waits for an answer to it. */
enum net_status probe_send(const struct net_request *q);

#endif
