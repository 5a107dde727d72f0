/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What struct edge asks of rtnetlink, by the file that does it. ctx is the struct kernel; what each
 * does and returns is said in engine/edge.h.
 */
#ifndef EDGE_KERNEL_PARTS_H
#define EDGE_KERNEL_PARTS_H

#include "edge/kernel.h"

/* --- kernel_look.c --- */

int kernel_links(void *ctx, struct links *out);
int kernel_addrs(void *ctx, struct local_addrs *out);
int kernel_rules(void *ctx, struct rules *out);
int kernel_routes(void *ctx, const struct routes_where *where, struct route_merge *out);
int kernel_underlay(void *ctx, const struct addr *to, size_t n, struct routes *out);

/* --- kernel_ask.c --- */

int kernel_source(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *source,
		  uint32_t *oif);
int kernel_follows(void *ctx, const struct addr *to, struct route *out);
int kernel_rp_filter(void *ctx, uint32_t ifindex);
int kernel_forwards(void *ctx, uint8_t family, uint32_t ifindex);

/* --- kernel_batch.c --- */

/* Is it a route or a rule? */
bool kernel_batches_take(const struct op *op);

/*
 * Does those that ops begins with, and returns how many. What was refused has its error and why;
 * what the kernel's answer was lost for has -ENOBUFS, done or not.
 */
size_t kernel_batches_apply(struct kernel *k, struct op *ops, size_t n);

#endif
