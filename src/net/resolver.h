/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names to addresses with c-ares on a libuv loop. Only the net child has one.
 */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include <uv.h>

#include "net/message.h"

struct resolver;

/* Exactly one for each request, possibly before resolver_ask() returns. */
typedef void (*resolver_done)(void *ctx, const struct net_answer *a);

/*
 * Reads resolv.conf, which may be missing or unreadable. The caller frees with resolver_free().
 * NULL when there is no c-ares to be had.
 */
struct resolver *resolver_new(uv_loop_t *loop, resolver_done done, void *ctx);

/*
 * NET_LOOKUP for one family, NET_SRV for one or, with family 0, for both. A lookup that was begun
 * is answered within 15 seconds, whatever the servers do; many are queued, and past a bound they
 * fail at once.
 */
void resolver_ask(struct resolver *r, const struct net_request *q);

/* Requests without an answer get none. The loop has to run once more to close the handles. */
void resolver_free(struct resolver *r);

#endif
