// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wg-quick's /etc/wireguard/NAME.conf: the peers' endpoints, keepalives and names, and Table=.
 *
 * Table=off means that somebody else does the routes, Table=NUMBER that they go there. "auto"
 * and names are left to our own default: auto is what we do anyway, and a name would need
 * rt_tables, a file that this room cannot read.
 */
#include "codec/import.h"

#include "import_text.h"

static void read_table(struct import_iface *iface, struct span value)
{
	uint32_t table;

	iface->routes = IMPORT_ROUTES_UNSET;
	if (span_is(value, "off")) {
		iface->routes = IMPORT_ROUTES_OFF;
	} else if (span_number(value, UINT32_MAX, &table) && table) {
		iface->routes = IMPORT_ROUTES_TABLE;
		iface->table = table;
	}
}

static void read_setting(void *ctx, struct span section, struct span key, struct span value)
{
	if (span_is(section, "Interface") && span_is(key, "Table"))
		read_table(ctx, value);
	else if (span_is(section, "Interface") && span_is(key, "ListenPort"))
		((struct import_iface *)ctx)->listen_port = true;
}

void import_wg_quick(struct imports *out, const char *ifname, const char *text, size_t len)
{
	struct import_iface iface = {.source = IMPORT_WG_QUICK};
	struct ini_form form = {"Peer", read_setting, &iface};
	uint32_t first = out->peers.len;

	if (!span_ifname((struct span){ifname, strlen(ifname)}, iface.ifname))
		return;
	ini_import(out, &form, span_from(text, len));
	import_peers_of(out, first, &iface);
	*vec_add(&out->ifaces) = iface;
}
