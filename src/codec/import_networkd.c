// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * systemd.netdev(5): a .netdev file of Kind=wireguard.
 *
 * RouteTable= stands in [WireGuard], or in a [WireGuardPeer] for that peer alone. We keep one
 * table an interface: the interface's own line decides; without it the peers' lines do where they
 * all say the same. Where they differ nothing is taken, and our configuration has to say.
 */
#include "codec/import.h"

#include "import_text.h"

enum table_said { SAID_NOTHING, SAID_SAME, SAID_DIFFERENT };

/* RouteTable= as far as one kind of section has written it. */
struct table {
	enum table_said said;
	enum import_routes routes;
	uint32_t number;
};

struct netdev {
	struct import_iface iface;
	bool is_wireguard;
	struct table own, peers;
};

/* networkd's names (systemd.network(5), RouteTable=), which are the kernel's RT_TABLE_*. */
static bool table_number(struct span value, uint32_t *number)
{
	if (span_is(value, "main"))
		*number = 254;
	else if (span_is(value, "default"))
		*number = 253;
	else if (span_is(value, "local"))
		*number = 255;
	else
		return span_number(value, UINT32_MAX, number) && *number;
	return true;
}

static struct table table_parse(struct span value)
{
	struct table t = {.said = SAID_SAME};

	if (span_is_no(value))
		t.routes = IMPORT_ROUTES_OFF;
	else if (table_number(value, &t.number))
		t.routes = IMPORT_ROUTES_TABLE;
	else
		t.said = SAID_NOTHING;
	return t;
}

static void table_of_peer(struct table *t, struct table now)
{
	if (now.said == SAID_NOTHING)
		return;
	if (t->said == SAID_NOTHING)
		*t = now;
	else if (t->routes != now.routes || t->number != now.number)
		t->said = SAID_DIFFERENT;
}

static void read_setting(void *ctx, struct span section, struct span key, struct span value)
{
	struct netdev *n = ctx;

	if (span_is(section, "NetDev") && span_is(key, "Name"))
		span_ifname(value, n->iface.ifname);
	else if (span_is(section, "NetDev") && span_is(key, "Kind"))
		n->is_wireguard = span_is(value, "wireguard");
	else if (span_is(section, "WireGuard") && span_is(key, "ListenPort"))
		n->iface.listen_port = !span_is(value, "auto");
	else if (span_is(section, "WireGuard") && span_is(key, "RouteTable"))
		n->own = table_parse(value);
	else if (span_is(section, "WireGuardPeer") && span_is(key, "RouteTable"))
		table_of_peer(&n->peers, table_parse(value));
}

void import_networkd(struct imports *out, const char *text, size_t len)
{
	struct netdev n = {.iface.source = IMPORT_NETWORKD};
	struct ini_form form = {"WireGuardPeer", read_setting, &n};
	uint32_t first = out->peers.len;
	const struct table *t;

	ini_import(out, &form, span_from(text, len));
	if (!n.is_wireguard || !*n.iface.ifname) {
		out->peers.len = first;
		return;
	}
	import_peers_of(out, first, &n.iface);
	t = n.own.said == SAID_NOTHING ? &n.peers : &n.own;
	if (t->said == SAID_SAME) {
		n.iface.routes = t->routes;
		n.iface.table = t->number;
	}
	*vec_add(&out->ifaces) = n.iface;
}
