// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Single questions to the kernel: which way a packet would take, and what an interface lets
 * through.
 */
#include "kernel_parts.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "codec/netconf.h"
#include "codec/rtnl.h"

static void take_way(void *ctx, const struct nlmsghdr *h)
{
	struct route r;

	if (!rtnl_parse_route(h, &r) && r.type == RTN_UNICAST)
		*(struct route *)ctx = r;
}

int kernel_source(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *source,
		  uint32_t *oif)
{
	struct route way = {.way = 0};
	struct kernel *k = ctx;
	char msg[RTNL_MESSAGE_MAX];
	int err;

	rtnl_put_lookup(msg, netlink_next(&k->route), to, fwmark);
	err = netlink_ask(&k->route, msg, take_way, &way);
	*source = *route_source(&way);
	*oif = way.oif;
	if (err)
		return err;
	return source->family ? 0 : -ENETUNREACH;
}

static void take_route(void *ctx, const struct nlmsghdr *h)
{
	rtnl_parse_route(h, ctx);
}

int kernel_follows(void *ctx, const struct addr *to, struct route *out)
{
	struct kernel *k = ctx;
	char msg[RTNL_MESSAGE_MAX];
	int err;

	*out = (struct route){.way = 0};
	rtnl_put_match(msg, netlink_next(&k->route), to);
	err = netlink_ask(&k->route, msg, take_route, out);
	return err ? err : out->dst.addr.family ? 0 : -ENETUNREACH;
}

static void take_rp_filter(void *ctx, const struct nlmsghdr *h)
{
	*(int *)ctx = netconf_parse_rp_filter(h);
}

/* What counts is the larger one of "all" and the interface's. */
int kernel_rp_filter(void *ctx, uint32_t ifindex)
{
	const uint32_t which[] = {NETCONF_ALL, ifindex};
	struct kernel *k = ctx;
	char msg[NETCONF_MESSAGE_MAX];
	int max = 0;

	for (int i = 0; i < 2; i++) {
		int value = -EINVAL, err;

		netconf_put_get(msg, netlink_next(&k->route), AF_INET, which[i]);
		err = netlink_ask(&k->route, msg, take_rp_filter, &value);
		if (err || value < 0)
			return err ? err : value;
		max = value > max ? value : max;
	}
	return max;
}

static void take_forwarding(void *ctx, const struct nlmsghdr *h)
{
	*(int *)ctx = netconf_parse_forwarding(h);
}

/* IPv6 looks at "all" only, IPv4 at the interface that a packet comes in by. */
int kernel_forwards(void *ctx, uint8_t family, uint32_t ifindex)
{
	struct kernel *k = ctx;
	char msg[NETCONF_MESSAGE_MAX];
	int value = -EINVAL, err;

	netconf_put_get(msg, netlink_next(&k->route), family,
			family == AF_INET6 ? NETCONF_ALL : ifindex);
	err = netlink_ask(&k->route, msg, take_forwarding, &value);
	return err ? err : value;
}
