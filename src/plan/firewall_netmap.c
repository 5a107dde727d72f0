// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NETMAP: what comes out of the tunnel gets its outside address before anybody looks at it, what
 * goes into it gets its inside address after everybody has. Between the two there are outside
 * addresses only: for routes, policies, conntrack, masquerading, and other programs' rules.
 *
 * That is why no NAT of conntrack's is used here. It translates a destination before the route is
 * looked up, so a packet for a network that is also ours would never find the tunnel, and it keeps
 * the inside addresses, with which connections of two equal networks would be one. Stateless, each
 * packet is translated by itself; of an ICMP error that means the packet that it quotes as well.
 *
 * Translated is what is the peer's by WireGuard's measure, the longest allowed-IP. What another
 * peer of the interface has inside of the map is left alone.
 */
#include "firewall_build.h"
#include "model/netmap.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

/*
 * A piece of a map's inside that one peer has by WireGuard's measure, the longest allowed-IP. The
 * map is NULL where it is not the map's own peer.
 */
struct piece {
	struct prefix inside, outside;
	const struct peer *peer;
	const struct netmap *map;
};
VEC_TYPE(pieces, struct piece);

/* Longest first: the first rule that matches decides, as in WireGuard. */
static int piece_cmp(const void *va, const void *vb)
{
	const struct piece *a = va, *b = vb;

	if (a->inside.len != b->inside.len)
		return a->inside.len > b->inside.len ? -1 : 1;
	return prefix_cmp(&a->inside, &b->inside);
}

static void piece_add(struct pieces *out, const struct netmap *map, const struct peer *owner,
		      const struct peer *peer, const struct prefix *inside)
{
	struct piece *piece = vec_add(out);

	piece->inside = piece->outside = *inside;
	piece->outside.addr = netmap_translate(&inside->addr, &map->outside);
	piece->peer = peer;
	piece->map = peer == owner ? map : NULL;
}

/* All of the inside, when the allowed-IP that has it whole is the owner's. */
static void whole_add(struct pieces *out, const struct device *d, const struct peer *owner,
		      const struct netmap *map)
{
	const struct peer *best = NULL;
	uint8_t len = 0;

	vec_each(&d->peers, p) {
		const struct prefix *aips = peer_aips(d, p);

		for (uint32_t i = 0; i < p->wg.aips; i++) {
			if (!prefix_covers(&aips[i], &map->inside) || (best && aips[i].len < len))
				continue;
			best = p;
			len = aips[i].len;
		}
	}
	if (best == owner && len < map->inside.len)
		piece_add(out, map, owner, best, &map->inside);
}

static void parts_add(struct pieces *out, const struct device *d, const struct peer *owner,
		      const struct netmap *map)
{
	vec_each(&d->peers, p) {
		const struct prefix *aips = peer_aips(d, p);

		for (uint32_t i = 0; i < p->wg.aips; i++)
			if (prefix_covers(&map->inside, &aips[i]))
				piece_add(out, map, owner, p, &aips[i]);
	}
}

static void pieces_find(struct pieces *out, const struct device *d)
{
	vec_each(&d->peers, p) {
		if (!p->conf)
			continue;
		vec_each(&p->conf->netmaps, map) {
			parts_add(out, d, p, map);
			whole_add(out, d, p, map);
		}
	}
	vec_sort(out, piece_cmp);
}

/* One direction of one device. */
struct way {
	struct fw_build *b;
	bool in; /* out of the tunnel */
	uint32_t chain, errors;
};

/* Where the address of the peer's network is: in its own packets, or in one an error quotes. */
static void rule_translate(const struct way *w, struct fw_rule *rule, const struct piece *piece,
			   bool quoted)
{
	const struct prefix *from = w->in ? &piece->inside : &piece->outside;
	const struct prefix *to = w->in ? &piece->outside : &piece->inside;
	bool src = w->in != quoted;

	*(src ? &rule->src : &rule->dst) = *from;
	if (piece->map)
		*(src ? &rule->map_src : &rule->map_dst) = *to;
	rule->verdict = FW_RETURN; /* no other piece is for it */
}

static void piece_rule(const struct way *w, const struct piece *piece)
{
	struct fw_rule *rule = fw_rule_new(w->b->out, w->chain);
	char in[PREFIX_STRLEN], out[PREFIX_STRLEN], key[KEY_STRLEN];

	rule_translate(w, rule, piece, false);
	prefix_format(&piece->inside, in);
	if (piece->map)
		fw_rule_comment(rule, "netmap: %s of %s is %s", in, peer_label(piece->peer, key),
				prefix_format(&piece->outside, out));
	else
		fw_rule_comment(rule, "no netmap: %s is of %s", in, peer_label(piece->peer, key));
}

/* The types that quote a packet: RFC 792, RFC 4443 section 2.1. */
static void error_rules(const struct way *w, const struct piece *piece)
{
	static const struct {
		uint8_t family, protocol, first, last;
	} errors[] = {{AF_INET, IPPROTO_ICMP, 3, 5},
		      {AF_INET, IPPROTO_ICMP, 11, 12},
		      {AF_INET6, IPPROTO_ICMPV6, 1, 127}};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct fw_rule *rule;

		if (errors[i].family != piece->inside.addr.family)
			continue;
		rule = fw_rule_new(w->b->out, w->errors);
		rule->protocol = errors[i].protocol;
		rule->error_first = errors[i].first;
		rule->error_last = errors[i].last;
		rule_translate(w, rule, piece, true);
	}
}

static void errors_jump(const struct way *w, uint8_t protocol)
{
	struct fw_rule *rule = fw_rule_new(w->b->out, w->chain);

	rule->protocol = protocol;
	rule->verdict = FW_JUMP;
	rule->target = w->errors;
}

static void way_build(const struct way *w, const struct pieces *pieces)
{
	errors_jump(w, IPPROTO_ICMP);
	errors_jump(w, IPPROTO_ICMPV6);
	vec_each(pieces, piece) {
		error_rules(w, piece);
		piece_rule(w, piece);
	}
}

static uint32_t base_chain(struct fw_build *b, bool in)
{
	uint32_t chain = fw_chain_new(b->out, in ? FW_CHAIN_NETMAP_IN : FW_CHAIN_NETMAP_OUT);

	b->out->chains.at[chain - 1].hook =
		(struct fw_hook){.type = "filter",
				 .num = in ? NF_INET_PRE_ROUTING : NF_INET_POST_ROUTING,
				 .priority = in ? FW_PRIORITY_NETMAP_IN : FW_PRIORITY_NETMAP_OUT};
	return chain;
}

static void device_build(struct fw_build *b, const struct device *d, bool in,
			 const struct pieces *pieces, uint32_t *base)
{
	const char *which = in ? "in" : "out";
	struct way w = {.b = b, .in = in};
	struct fw_rule *rule;

	*base = *base ? *base : base_chain(b, in);
	w.chain = fw_chain_new(b->out, "%s-netmap-%s", d->name, which);
	w.errors = fw_chain_new(b->out, "%s-netmap-%s-errors", d->name, which);
	way_build(&w, pieces);
	rule = fw_rule_new(b->out, *base);
	mem_copy_str(in ? rule->iif.name : rule->oif.name, IFNAME_LEN, d->name);
	rule->verdict = FW_JUMP;
	rule->target = w.chain;
}

void fw_netmap_build(struct fw_build *b)
{
	struct pieces pieces = {0};
	uint32_t in = 0, out = 0;

	vec_each(&b->state->devices, d) {
		pieces.len = 0;
		pieces_find(&pieces, d);
		if (!pieces.len)
			continue;
		device_build(b, d, true, &pieces, &in);
		device_build(b, d, false, &pieces, &out);
	}
	vec_free(&pieces);
}
