// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The door to the kernel: its sockets, and for each thing that the engine asks or wants done the
 * file that does it.
 *
 * A bulk change leaves the routes' event groups meanwhile: hearing of every route of our own costs
 * more than setting it, and the engine looks afterwards anyway.
 */
#include "kernel_parts.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

static const unsigned int groups[] = {
	RTNLGRP_LINK,	    RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
	RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,	 RTNLGRP_IPV6_RULE,
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* What is looked at anyway after routes were set; links and addresses are not. */
static const unsigned int bulk_groups[] = {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
#define BULK_GROUPS (sizeof(bulk_groups) / sizeof(bulk_groups[0]))

static int kernel_device(void *ctx, struct device_merge *m)
{
	struct kernel *k = ctx;

	if (m->device->backend == BACKEND_USERSPACE)
		return userspace_device(&k->userspace, m);
	return wireguard_device(&k->wireguard, m);
}

static int kernel_apply(void *ctx, struct op *ops, size_t n)
{
	struct kernel *k = ctx;
	bool bulk = n >= ROUTES_BULK && kernel_batches_take(&ops[0]);

	if (bulk)
		netlink_member(k->route_events.fd, bulk_groups, BULK_GROUPS, false);
	for (size_t i = 0; i < n;) {
		if (kernel_batches_take(&ops[i])) {
			i += kernel_batches_apply(k, ops + i, n - i);
			continue;
		}
		if (userspace_has(&k->userspace, ops[i].ifindex)) {
			i += userspace_apply(&k->userspace, ops + i, n - i);
			continue;
		}
		ops[i].error = wireguard_apply(&k->wireguard, &ops[i]);
		i++;
	}
	if (bulk)
		netlink_member(k->route_events.fd, bulk_groups, BULK_GROUPS, true);
	for (size_t i = 0; i < n; i++)
		if (ops[i].error)
			return ops[i].error;
	return 0;
}

/* While nftables is missing it is looked for each time: the module may be loaded later. */
static int kernel_firewall(void *ctx, struct fw_actual *out)
{
	struct kernel *k = ctx;

	if (!k->nft)
		k->nft = nft_open(&out->error);
	return k->nft ? nft_observe(k->nft, out) : 0;
}

static void kernel_firewall_try_again(void *ctx)
{
	struct kernel *k = ctx;

	if (k->nft)
		nft_try_again(k->nft);
}

static int kernel_firewall_recount(void *ctx, struct fw_actual *have)
{
	struct kernel *k = ctx;

	return k->nft ? nft_recount(k->nft, have) : -EPROTONOSUPPORT;
}

static int kernel_firewall_apply(void *ctx, const struct fw_plan *plan,
				 const struct fw_actual *have, char *why, size_t size)
{
	struct kernel *k = ctx;

	return k->nft ? nft_apply(k->nft, plan, have, why, size) : -EPROTONOSUPPORT;
}

int kernel_open(struct kernel *k)
{
	int err;

	*k = (struct kernel){.route.fd = -1, .wireguard.generic.fd = -1, .route_events.fd = -1};
	err = netlink_listen(&k->route_events, NETLINK_ROUTE, groups, GROUPS);
	if (!err)
		err = netlink_open(&k->route, NETLINK_ROUTE);
	if (!err)
		err = wireguard_open(&k->wireguard);
	if (err)
		return err;
	k->nft = nft_open(&err);
	return 0;
}

void kernel_close(struct kernel *k)
{
	netlink_close(&k->route);
	wireguard_close(&k->wireguard);
	if (k->route_events.fd >= 0)
		close(k->route_events.fd);
	nft_close(k->nft);
	userspace_free(&k->userspace);
}

void kernel_edge(struct kernel *k, struct edge *edge)
{
	edge->ctx = k;
	edge->links = kernel_links;
	edge->addrs = kernel_addrs;
	edge->routes = kernel_routes;
	edge->underlay = kernel_underlay;
	edge->rules = kernel_rules;
	edge->device = kernel_device;
	edge->firewall = kernel_firewall;
	edge->firewall_try_again = kernel_firewall_try_again;
	edge->firewall_recount = kernel_firewall_recount;
	edge->source = kernel_source;
	edge->follows = kernel_follows;
	edge->rp_filter = kernel_rp_filter;
	edge->forwards = kernel_forwards;
	edge->apply = kernel_apply;
	edge->firewall_apply = kernel_firewall_apply;
}
