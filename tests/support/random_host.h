/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random hosts for properties of routes: interfaces, peers, configurations, routes of ours and of
 * others, and a naive table that does what the kernel does.
 *
 * Prefixes come from a small universe (10.0.0.0/8 in steps of four bits and fd00::/16 the same),
 * so that nesting, twins and clashes are the rule.
 */
#ifndef SUPPORT_RANDOM_HOST_H
#define SUPPORT_RANDOM_HOST_H

#include "base/rng.h"
#include "plan/routes.h"

#define DEVICES 3
#define LAN	2 /* an interface that is none of ours */
#define NOW	1000000

struct table {
	struct routes all;
};

struct host {
	struct config *config;
	struct imports imports;
	struct state state;
	struct table kernel;
	struct route_items items;
	struct route_failures failures;
	struct ops ops;
};

bool same_route(const struct route *a, const struct route *b);
struct route *table_find(struct table *t, const struct route *key);
int table_add(struct table *t, const struct state *s, const struct route *r);
int table_del(struct table *t, const struct route *r);
const struct route *table_lookup(const struct table *t, uint32_t table, const struct addr *a);
struct addr random_addr(struct rng *rng);
void random_peer(struct device *d, struct rng *rng);
void host_plan(struct host *h, msec now);
struct host random_host(struct rng *rng);
void random_host_free(struct host *h);

#endif
