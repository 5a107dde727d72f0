/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The datagrams of the exchange: sockets that speak on tunnel interfaces only.
 */
#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include <uv.h>

#include "net/message.h"

#define DATAGRAM_INTERFACES 64 /* at most that many are served */

struct datagrams;

/* Takes one message to the engine at once: 0, or -errno and it is lost. */
typedef int (*datagram_heard)(void *ctx, const struct net_datagram *d);

/* The caller frees with datagrams_free(). */
struct datagrams *datagrams_new(uv_loop_t *loop, datagram_heard heard, void *ctx);

/* NET_SERVE: opens, moves or closes the sockets of one interface. */
enum net_status datagrams_serve(struct datagrams *ds, const struct net_request *q);

/* NET_TELL: what cannot be sent is lost, as datagrams are. */
void datagrams_send(struct datagrams *ds, const struct net_datagram *d);

/* The loop has to run once more to close the handles. */
void datagrams_free(struct datagrams *ds);

#endif
