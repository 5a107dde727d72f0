// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking at the kernel and acting on it. WireGuard's and nftables' parts are in their own files.
 *
 * Dumps that were interrupted are asked again a few times. Routes go in batches of some KiB, so
 * that the answers of a batch in which everything fails still fit the receive buffer. A bulk
 * change leaves the routes' event groups meanwhile: hearing of every route of our own costs more
 * than setting it, and the engine looks afterwards anyway.
 */
#include "edge/kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include "codec/netconf.h"
#include "codec/rtnl.h"

#define DUMP_TRIES  5
#define BATCH_BYTES 8192
#define BATCH_OPS   128

static const unsigned int groups[] = {
	RTNLGRP_LINK,	    RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
	RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,	 RTNLGRP_IPV6_RULE,
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* What is looked at anyway after routes were set; links and addresses are not. */
static const unsigned int bulk_groups[] = {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
#define BULK_GROUPS (sizeof(bulk_groups) / sizeof(bulk_groups[0]))

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

static int kernel_links(void *ctx, struct links *out)
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

static int kernel_addrs(void *ctx, struct local_addrs *out)
{
	char msg[RTNL_MESSAGE_MAX];

	rtnl_put_dump_addrs(msg, 0);
	return dump(ctx, msg, take_addr, out, &out->len);
}

static const uint8_t families[] = {AF_INET, AF_INET6};

static int kernel_rules(void *ctx, struct rules *out)
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

static int kernel_routes(void *ctx, const struct routes_where *where, struct route_merge *out)
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

static int kernel_underlay(void *ctx, const struct addr *to, size_t n, struct routes *out)
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

static int kernel_device(void *ctx, struct device_merge *m)
{
	struct kernel *k = ctx;

	if (m->device->backend == BACKEND_USERSPACE)
		return userspace_device(&k->userspace, m);
	return wireguard_device(&k->wireguard, m);
}

static void take_way(void *ctx, const struct nlmsghdr *h)
{
	struct route r;

	if (!rtnl_parse_route(h, &r) && r.type == RTN_UNICAST)
		*(struct route *)ctx = r;
}

static int kernel_source(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *source,
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

static void take_rp_filter(void *ctx, const struct nlmsghdr *h)
{
	*(int *)ctx = netconf_parse_rp_filter(h);
}

/* What counts is the larger one of "all" and the interface's. */
static int kernel_rp_filter(void *ctx, uint32_t ifindex)
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
static int kernel_forwards(void *ctx, uint8_t family, uint32_t ifindex)
{
	struct kernel *k = ctx;
	char msg[NETCONF_MESSAGE_MAX];
	int value = -EINVAL, err;

	netconf_put_get(msg, netlink_next(&k->route), family,
			family == AF_INET6 ? NETCONF_ALL : ifindex);
	err = netlink_ask(&k->route, msg, take_forwarding, &value);
	return err ? err : value;
}

/* A batch of routes or rules in the making. */
struct batch {
	struct kernel *kernel;
	char bytes[BATCH_BYTES + RTNL_MESSAGE_MAX];
	size_t len;
	uint32_t first_seq;
	struct op *ops;
	size_t n;
	struct nlmsghdr *last;
};

/* The words of the last refusal, kept for good; NULL when there are none, or too many others. */
static const char *why_kept(struct kernel *k)
{
	if (!*k->route.why)
		return NULL;
	for (int i = 0; i < KERNEL_WHYS; i++) {
		if (!*k->whys[i])
			mem_copy_str(k->whys[i], sizeof(k->whys[i]), k->route.why);
		if (!strcmp(k->whys[i], k->route.why))
			return k->whys[i];
	}
	return NULL;
}

static void batch_refused(void *ctx, uint32_t seq, int error)
{
	struct batch *b = ctx;
	uint32_t i = seq - b->first_seq;

	if (i >= b->n)
		return;
	b->ops[i].error = error;
	b->ops[i].why = why_kept(b->kernel);
}

/* ESRCH: the route was gone already, which is what was wanted. */
static void batch_forgive(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		bool del = b->ops[i].kind == OP_ROUTE_DEL || b->ops[i].kind == OP_RULE_DEL;

		if (del && (b->ops[i].error == -ESRCH || b->ops[i].error == -ENOENT))
			b->ops[i].error = 0;
	}
}

static void batch_send(struct kernel *k, struct batch *b)
{
	int err;

	if (!b->n)
		return;
	b->last->nlmsg_flags |= NLM_F_ACK;
	err = netlink_batch(&k->route, b->bytes, b->len, b->last->nlmsg_seq, batch_refused, b);
	if (err && err != -ENOBUFS) /* lost answers: the look afterwards tells */
		for (size_t i = 0; i < b->n; i++)
			b->ops[i].error = err;
	batch_forgive(b);
	b->ops += b->n;
	b->n = b->len = 0;
}

static void batch_add(struct kernel *k, struct batch *b, const struct op *op)
{
	uint32_t seq = netlink_next(&k->route);

	if (!b->n)
		b->first_seq = seq;
	b->last = (struct nlmsghdr *)(b->bytes + b->len);
	b->len += NLMSG_ALIGN(rtnl_put_op(b->last, seq, op));
	b->n++;
	if (b->len >= BATCH_BYTES || b->n >= BATCH_OPS)
		batch_send(k, b);
}

static bool is_rtnl(const struct op *op)
{
	return op->kind == OP_ROUTE_ADD || op->kind == OP_ROUTE_DEL || op->kind == OP_RULE_ADD ||
	       op->kind == OP_RULE_DEL;
}

static size_t apply_batches(struct kernel *k, struct op *ops, size_t n)
{
	struct batch b = {.kernel = k, .ops = ops};
	size_t i;

	for (i = 0; i < n && is_rtnl(&ops[i]); i++) {
		ops[i].error = 0;
		batch_add(k, &b, &ops[i]);
	}
	batch_send(k, &b);
	return i;
}

static int kernel_apply(void *ctx, struct op *ops, size_t n)
{
	struct kernel *k = ctx;
	bool bulk = n >= ROUTES_BULK && is_rtnl(&ops[0]);

	if (bulk)
		netlink_member(k->route_events, bulk_groups, BULK_GROUPS, false);
	for (size_t i = 0; i < n;) {
		if (is_rtnl(&ops[i])) {
			i += apply_batches(k, ops + i, n - i);
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
		netlink_member(k->route_events, bulk_groups, BULK_GROUPS, true);
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

	*k = (struct kernel){.route.fd = -1, .wireguard.generic.fd = -1, .route_events = -1};
	k->route_events = netlink_listen(NETLINK_ROUTE, groups, GROUPS);
	if (k->route_events < 0)
		return k->route_events;
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
	if (k->route_events >= 0)
		close(k->route_events);
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
	edge->rp_filter = kernel_rp_filter;
	edge->forwards = kernel_forwards;
	edge->apply = kernel_apply;
	edge->firewall_apply = kernel_firewall_apply;
}
