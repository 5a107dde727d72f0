// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking at links, addresses, routes and rules: whole dumps, parsed as they come. One that was
 * interrupted is thrown away and asked for again a few times.
 */
#include "kernel_parts.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "codec/rtnl.h"

#define DUMP_TRIES 5

static void take_link(void *list, const struct nlmsghdr *h)
{
	struct link l;

	if (!rtnl_parse_link(h, &l))
		*vec_add((struct links *)list) = l;
}

static void take_addr(void *list, const struct nlmsghdr *h)
{
	struct local_addr a;

	if (!rtnl_parse_addr(h, &a))
		*vec_add((struct local_addrs *)list) = a;
}

static void take_rule(void *list, const struct nlmsghdr *h)
{
	struct rule r;

	if (!rtnl_parse_rule(h, &r))
		*vec_add((struct rules *)list) = r;
}

/* A kernel without the family (IPv6, rules) has nothing to show, which is no error. */
static int dump_once(struct kernel *k, void *msg, netlink_fn take, void *ctx)
{
	struct nlmsghdr *h = msg;
	int err;

	h->nlmsg_seq = netlink_next(&k->route);
	err = netlink_ask(&k->route, msg, take, ctx);
	return err == -EAFNOSUPPORT || err == -EOPNOTSUPP ? 0 : err;
}

/* A whole dump behind what the list has already, asked for again while it is interrupted. */
static int dump(struct kernel *k, void *msg, netlink_fn take, void *ctx, uint32_t *len)
{
	uint32_t before = *len;
	int err = -EAGAIN;

	for (int i = 0; i < DUMP_TRIES && err == -EAGAIN; i++) {
		*len = before;
		err = dump_once(k, msg, take, ctx);
	}
	return err;
}

int kernel_links(void *ctx, struct links *out)
{
	struct kernel *k = ctx;
	char msg[RTNL_MESSAGE_MAX];
	int err;

	rtnl_put_dump_links(msg, 0);
	err = dump(k, msg, take_link, out, &out->len);
	if (!err)
		userspace_mark(&k->userspace, out);
	return err;
}

int kernel_addrs(void *ctx, struct local_addrs *out)
{
	char msg[RTNL_MESSAGE_MAX];

	rtnl_put_dump_addrs(msg, 0);
	return dump(ctx, msg, take_addr, out, &out->len);
}

static const uint8_t families[] = {AF_INET, AF_INET6};

int kernel_rules(void *ctx, struct rules *out)
{
	char msg[RTNL_MESSAGE_MAX];
	int err = 0;

	for (int f = 0; f < 2 && !err; f++) {
		rtnl_put_dump_rules(msg, 0, families[f]);
		err = dump(ctx, msg, take_rule, out, &out->len);
	}
	return err;
}

/*
 * One pass over the routes. The kernel filters by interface, protocol and type, but for old ones,
 * and what it lets through is looked at again.
 */
struct route_pass {
	struct route_merge *out;
	const struct routes_where *where;
	uint32_t oif;	  /* 0 = any */
	uint8_t protocol; /* 0 = anybody's */
	uint8_t type;	  /* 0 = any */
};

static bool is_device(const struct routes_where *where, uint32_t oif)
{
	vec_each(&where->devices, d)
		if (*d == oif)
			return true;
	return false;
}

/* What is over a device comes with that device's own pass, and no other. */
static void take_route(void *ctx, const struct nlmsghdr *h)
{
	struct route_pass *p = ctx;
	struct route r;

	if (rtnl_parse_route(h, &r) || (p->oif && (r.oif != p->oif || r.multipath)) ||
	    (p->protocol && r.protocol != p->protocol) || (p->type && r.type != p->type))
		return;
	if (p->protocol && is_device(p->where, r.oif))
		return;
	route_merge_add(p->out, &r);
}

/* As dump(), but what an interrupted one brought is taken back. */
static int dump_routes(struct kernel *k, struct route_pass p)
{
	struct rtnl_route_filter filter = {.oif = p.oif, .protocol = p.protocol, .type = p.type};
	char msg[RTNL_MESSAGE_MAX];
	int err = 0;

	for (int f = 0; f < 2 && !err; f++) {
		struct route_mark before = route_merge_mark(p.out);

		rtnl_put_dump_routes(msg, 0, families[f], &filter);
		for (int i = 0; i < DUMP_TRIES && (!i || err == -EAGAIN); i++) {
			route_merge_back(p.out, before);
			err = dump_once(k, msg, take_route, &p);
		}
	}
	return err == -ENODEV ? 0 : err; /* the interface went: it has no routes */
}

static int ours_without_device(struct kernel *k, struct route_pass p)
{
	static const uint8_t types[] = {RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT};
	int err = 0;

	for (size_t i = 0; i < sizeof(types) && !err; i++) {
		p.type = types[i];
		err = dump_routes(k, p);
	}
	return err;
}

int kernel_routes(void *ctx, const struct routes_where *where, struct route_merge *out)
{
	struct route_pass p = {.out = out, .where = where};
	int err = 0;

	for (uint32_t i = 0; i < where->devices.len && !err; i++) {
		p.oif = where->devices.at[i];
		err = dump_routes(ctx, p);
	}
	p.protocol = ROUTE_PROTOCOL;
	p.oif = 0;
	if (!err && where->everywhere)
		return dump_routes(ctx, p);
	if (!err && where->no_device)
		err = ours_without_device(ctx, p);
	for (uint32_t i = 0; i < where->links.len && !err; i++) {
		p.oif = where->links.at[i];
		err = dump_routes(ctx, p);
	}
	return err;
}

struct underlay_dump {
	struct routes *list;
	const struct addr *to;
	size_t n;
};

static void take_underlay(void *ctx, const struct nlmsghdr *h)
{
	struct underlay_dump *d = ctx;
	struct route r;

	if (rtnl_parse_route(h, &r) || r.protocol == ROUTE_PROTOCOL || r.table != RT_TABLE_MAIN)
		return;
	for (size_t i = 0; i < d->n; i++) {
		if (prefix_has(&r.dst, &d->to[i])) {
			*vec_add(d->list) = r;
			return;
		}
	}
}

static bool has_family(const struct addr *to, size_t n, uint8_t family)
{
	for (size_t i = 0; i < n; i++)
		if (to[i].family == family)
			return true;
	return false;
}

int kernel_underlay(void *ctx, const struct addr *to, size_t n, struct routes *out)
{
	struct underlay_dump d = {.list = out, .to = to, .n = n};
	char msg[RTNL_MESSAGE_MAX];
	int err = 0;

	for (int f = 0; f < 2 && !err; f++) {
		if (!has_family(to, n, families[f]))
			continue;
		rtnl_put_dump_table(msg, 0, families[f], RT_TABLE_MAIN);
		err = dump(ctx, msg, take_underlay, &d, &out->len);
	}
	return err;
}
