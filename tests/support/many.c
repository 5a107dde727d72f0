// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A great many peers: the kernel's side of struct edge on arrays.
 */
#include "support/many.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "plan/routes.h"

#define WG0  2
#define ETH0 3

static struct addr addr4(uint32_t host_order)
{
	uint32_t be = htonl(host_order);

	return addr_from(AF_INET, &be);
}

/* --- observe ------------------------------------------------------------------------------ */

static int many_links(void *ctx, struct links *out)
{
	struct many *m = ctx;

	vec_copy(out, &m->links);
	return 0;
}

static int many_addrs(void *ctx, struct local_addrs *out)
{
	struct many *m = ctx;

	vec_copy(out, &m->addrs);
	return 0;
}

static int many_routes(void *ctx, const struct routes_where *where, struct route_merge *out)
{
	struct many *m = ctx;

	(void)where;
	m->looks++;
	vec_each(&m->routes, r)
		route_merge_add(out, r);
	return 0;
}

static int many_rules(void *ctx, struct rules *out)
{
	(void)ctx;
	(void)out;
	return 0;
}

static int many_device(void *ctx, struct device_merge *merge)
{
	struct many *m = ctx;

	m->polls++;
	merge->listen_port = 51820;
	vec_each(&m->peers, p) {
		device_merge_peer(merge, p);
		for (uint32_t i = 0; i < p->aips; i++)
			device_merge_aip(merge, &m->aips.at[p->first_aip + i]);
	}
	return 0;
}

static int many_firewall(void *ctx, struct fw_actual *out)
{
	(void)ctx;
	out->error = -EPROTONOSUPPORT;
	return 0;
}

static int many_firewall_apply(void *ctx, const struct fw_plan *plan, const struct fw_actual *have,
			       char *why, size_t size)
{
	(void)ctx;
	(void)plan;
	(void)have;
	(void)why;
	(void)size;
	return -EPROTONOSUPPORT;
}

static int many_source(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *source,
		       uint32_t *oif)
{
	struct many *m = ctx;

	(void)to;
	(void)fwmark;
	*source = m->addrs.at[0].addr;
	*oif = ETH0;
	return 0;
}

static int many_rp_filter(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	(void)ifindex;
	return 0;
}

static void route_del(struct many *m, const struct route *r, uint32_t *sorted)
{
	struct route *have = bsearch(r, m->routes.at, *sorted, sizeof(*r), route_cmp);

	if (!have)
		return;
	--*sorted;
	memmove(have, have + 1, (size_t)(m->routes.at + --m->routes.len - have) * sizeof(*have));
}

static int route_add(struct many *m, const struct route *r, uint32_t sorted)
{
	if (sorted && bsearch(r, m->routes.at, sorted, sizeof(*r), route_cmp))
		return -EEXIST;
	*vec_add(&m->routes) = *r;
	return 0;
}

static void endpoint_set(struct many *m, const struct op *op)
{
	vec_each(&m->peers, p) {
		if (key_cmp(&p->key, &op->peer.key))
			continue;
		p->endpoint = op->peer.endpoint;
		return;
	}
}

static int many_do(struct many *m, const struct op *op, uint32_t *sorted)
{
	if (op->kind == OP_ROUTE_ADD)
		return route_add(m, &op->route, *sorted);
	if (op->kind == OP_ROUTE_DEL)
		route_del(m, &op->route, sorted);
	if (op->kind == OP_ENDPOINT)
		endpoint_set(m, op);
	return 0;
}

static int many_apply(void *ctx, struct op *ops, size_t n)
{
	struct many *m = ctx;
	uint32_t sorted = m->routes.len;
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		ops[i].error = m->refusal ? m->refusal : many_do(m, &ops[i], &sorted);
		err = err ? err : ops[i].error;
	}
	m->applied += n;
	vec_settle(&m->routes, sorted, route_cmp);
	return err;
}

static int many_ask(void *ctx, const struct net_request *q)
{
	struct many *m = ctx;

	return m->ask ? m->ask(m->ask_ctx, q) : 0;
}

static void many_event(void *ctx, const struct event *e)
{
	(void)ctx;
	(void)e;
}

/* --- the peers ---------------------------------------------------------------------------- */

void many_add(struct many *m)
{
	uint32_t n = m->peers.len;
	struct wg_peer *p = vec_add(&m->peers);
	struct addr host = addr4((100u << 24) + (64u << 16) + n),
		    net = addr4((1u << 24) + (n << 8));

	/* Spread like keys are, and never the same twice. */
	for (uint32_t i = 0; i < KEY_LEN / 4; i++) {
		uint32_t word = htonl((n + 1) * 2654435761u + i);

		memcpy(p->key.bytes + i * 4, &word, 4);
	}
	p->endpoint =
		(struct endpoint){.addr = addr4((198u << 24) + (18u << 16) + n), .port = 51820};
	p->handshake_ns = (m->at.wall - 1000) * 1000000;
	p->rx = p->tx = 10000;
	p->keepalive = 25;
	p->first_aip = m->aips.len;
	p->aips = 2;
	*vec_add(&m->aips) = prefix_from(&host, 32);
	*vec_add(&m->aips) = prefix_from(&net, 24);
}

void many_add_aip(struct many *m)
{
	struct wg_peer *p = &m->peers.at[m->peers.len / 2];
	struct addr a = addr4((172u << 24) + (16u << 16) + m->aips.len);
	uint32_t at = p->first_aip + p->aips++;

	(void)vec_add(&m->aips);
	memmove(&m->aips.at[at + 1], &m->aips.at[at], (m->aips.len - 1 - at) * sizeof(*m->aips.at));
	m->aips.at[at] = prefix_from(&a, 32);
	for (p++; p < m->peers.at + m->peers.len; p++)
		p->first_aip++;
}

static void many_import(struct many *m, struct imports *im)
{
	if (!m->named)
		return;
	for (uint32_t i = 0; i < m->peers.len; i += 2) {
		struct import_peer *p = vec_add(&im->peers);
		char name[NAME_LEN];

		strcpy(p->ifname, "wg0");
		p->key = m->peers.at[i].key;
		snprintf(name, sizeof(name), "site-%u", i);
		p->name = texts_keep(&im->texts, name);
		p->has_endpoint = true;
		p->endpoint.kind = ENDPOINT_ADDRESS;
		p->endpoint.address = m->peers.at[i].endpoint;
	}
}

void many_turn(struct many *m)
{
	msec passed = m->next - m->at.now;

	m->at.now = m->next;
	m->at.wall += passed;
	vec_each(&m->peers, p) {
		p->rx += 96;
		p->tx += 96;
	}
	m->next = engine_turn(m->engine, m->at);
}

struct many *many_new(uint32_t peers, bool named)
{
	struct many *m = mem_calloc(1, sizeof(*m));
	struct edge edge = {.ctx = m,
			    .links = many_links,
			    .addrs = many_addrs,
			    .routes = many_routes,
			    .rules = many_rules,
			    .device = many_device,
			    .firewall = many_firewall,
			    .source = many_source,
			    .rp_filter = many_rp_filter,
			    .apply = many_apply,
			    .firewall_apply = many_firewall_apply,
			    .ask = many_ask,
			    .event = many_event};
	struct imports im = {0};

	m->named = named;
	m->at = (struct moment){.now = 1000000, .wall = 1700000000000};
	m->next = m->at.now;
	*vec_add(&m->links) = (struct link){
		.ifindex = WG0, .name = "wg0", .mtu = 1420, .up = true, .wireguard = true};
	*vec_add(&m->links) =
		(struct link){.ifindex = ETH0, .name = "eth0", .mtu = 1500, .up = true};
	*vec_add(&m->addrs) = (struct local_addr){ETH0, addr4((203u << 24) + (113u << 8) + 1), 24,
						  RT_SCOPE_UNIVERSE};
	for (uint32_t i = 0; i < peers; i++)
		many_add(m);
	m->engine = engine_new(&edge, 1);
	many_import(m, &im);
	engine_configure(m->engine, config_new(), NULL, &im, m->at);
	return m;
}

void many_free(struct many *m)
{
	engine_free(m->engine);
	vec_free(&m->links);
	vec_free(&m->addrs);
	vec_free(&m->routes);
	vec_free(&m->peers);
	vec_free(&m->aips);
	free(m);
}
