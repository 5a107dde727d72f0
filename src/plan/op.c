// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations as lines for people, in the words of ip(8) and wg(8).
 */
#include "plan/op.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

bool move_same_peer(const struct move *a, const struct move *b)
{
	return !key_cmp(&a->peer, &b->peer);
}

bool moves_take(const struct move *m, const struct move *end)
{
	for (const struct move *first = m; m < end && move_same_peer(m, first); m++)
		if (m->kind == MOVE_TAKE)
			return true;
	return false;
}

void route_format(struct str *out, const struct route *r, const struct state *s)
{
	const char *type = route_type_name(r->type);
	char buf[PREFIX_STRLEN];

	if (strcmp(type, "unicast") != 0)
		str_add(out, "%s ", type);
	str_add(out, "%s", prefix_format(&r->dst, buf));
	if (route_gateway(r)->family)
		str_add(out, " via %s", addr_format(route_gateway(r), buf));
	if (r->oif)
		str_add(out, " dev %s%s", state_ifname(s, r->oif), r->onlink ? " onlink" : "");
	if (r->table == RT_TABLE_MAIN)
		str_add(out, " table main");
	else
		str_add(out, " table %u", r->table);
	if (r->metric)
		str_add(out, " metric %u", r->metric);
	if (route_source(r)->family)
		str_add(out, " src %s", addr_format(route_source(r), buf));
}

static const char *action_name(uint8_t action)
{
	switch (action) {
	case FR_ACT_BLACKHOLE:
		return "blackhole";
	case FR_ACT_UNREACHABLE:
		return "unreachable";
	case FR_ACT_PROHIBIT:
		return "prohibit";
	case FR_ACT_GOTO:
		return "goto";
	default:
		return "nop";
	}
}

void rule_format(struct str *out, const struct rule *r)
{
	char buf[ADDR_STRLEN];

	str_add(out, "%s pref %u", r->family == AF_INET6 ? "-6" : "-4", r->priority);
	if (r->src.addr.family)
		str_add(out, " from %s", addr_format(&r->src.addr, buf));
	if (r->fwmask)
		str_add(out, "%s fwmark 0x%x", r->invert ? " not" : "", r->fwmark);
	if (r->dst.addr.family)
		str_add(out, " to %s", prefix_format(&r->dst, buf));
	if (*r->iif)
		str_add(out, " iif %s", r->iif);
	if (*r->oif)
		str_add(out, " oif %s", r->oif);
	if (r->action != FR_ACT_TO_TBL && r->action != FR_ACT_UNSPEC)
		str_add(out, " %s", action_name(r->action));
	else if (r->table == RT_TABLE_MAIN)
		str_add(out, " table main");
	else
		str_add(out, " table %u", r->table);
	if (r->suppress_prefixlen >= 0)
		str_add(out, " suppress_prefixlength %d", r->suppress_prefixlen);
}

/* "peer KEY allowed-ips +10.20.1.0/24,-10.20.2.0/24 peer …", as wg(8) would take it. */
static void moves_format(struct str *out, const struct move *moves, uint32_t n)
{
	char buf[PREFIX_STRLEN], key[KEY_STRLEN];

	for (uint32_t i = 0; i < n; i++) {
		const struct move *m = &moves[i];
		bool same = i && !key_cmp(&m->peer, &m[-1].peer);

		if (m->kind == MOVE_KEEP)
			continue;
		if (!same)
			str_add(out, " peer %s allowed-ips ", key_format(&m->peer, key));
		str_add(out, "%s%c%s", same ? "," : "", m->kind == MOVE_GIVE ? '+' : '-',
			prefix_format(&m->prefix, buf));
	}
}

void op_format(struct str *out, const struct op *op, const struct state *s)
{
	const char *ifname = state_ifname(s, op->ifindex);
	char key[KEY_STRLEN], ep[ENDPOINT_STRLEN];

	switch (op->kind) {
	case OP_ROUTE_ADD:
	case OP_ROUTE_DEL:
		str_add(out, op->kind == OP_ROUTE_ADD ? "route add " : "route del ");
		route_format(out, &op->route, s);
		break;
	case OP_RULE_ADD:
	case OP_RULE_DEL:
		str_add(out, op->kind == OP_RULE_ADD ? "rule add " : "rule del ");
		rule_format(out, &op->rule);
		break;
	case OP_ENDPOINT:
		str_add(out, "set %s peer %s endpoint %s", ifname, key_format(&op->peer.key, key),
			endpoint_format(&op->peer.endpoint, ep));
		break;
	case OP_KEEPALIVE:
		str_add(out, "set %s peer %s persistent-keepalive %u", ifname,
			key_format(&op->peer.key, key), op->peer.keepalive);
		break;
	case OP_KICK:
		str_add(out, "kick %s peer %s", ifname, key_format(&op->peer.key, key));
		break;
	case OP_PROBE:
		str_add(out, "probe %s peer %s at %s", ifname, key_format(&op->peer.key, key),
			addr_format(&op->peer.endpoint.addr, ep));
		break;
	case OP_REBIND:
		str_add(out, "set %s listen-port 0", ifname);
		break;
	case OP_FWMARK:
		str_add(out, "set %s fwmark 0x%x", ifname, op->fwmark);
		break;
	case OP_ALLOWED_IPS:
		str_add(out, "set %s", ifname);
		moves_format(out, op->moves.at, op->moves.len);
		break;
	}
}
