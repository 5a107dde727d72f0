// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers of the net child, checked by the engine as if the child were hostile: nothing behind
 * net_answer_valid() has to ask again whether a count fits or an address is one.
 *
 * Whether an answer is one to what was asked, only the asker can know: edge/child.c does.
 */
#include "net/message.h"

#include <string.h>

/* One of a known family, which compares as it should. */
static bool addr_valid(const struct addr *a)
{
	return addr_size(a) && addr_is_clean(a);
}

/* Addresses come with success only: all of one family, and with ports where those were asked. */
static bool addrs_valid(const struct net_answer *a)
{
	for (uint32_t i = 0; i < a->count; i++) {
		if (!addr_valid(&a->addrs[i]))
			return false;
		if (a->kind == NET_LOOKUP && a->addrs[i].family != a->addrs[0].family)
			return false;
		if ((a->kind == NET_SRV) != (a->ports[i] != 0))
			return false;
	}
	return true;
}

static bool count_valid(const struct net_answer *a)
{
	bool has_addrs = a->status == NET_OK && (a->kind == NET_LOOKUP || a->kind == NET_SRV);

	return a->count <= NET_MAX_ADDRS && (a->count > 0) == has_addrs;
}

bool net_answer_valid(const void *bytes, size_t len)
{
	struct net_answer a;

	if (len != sizeof(a))
		return false;
	memcpy(&a, bytes, sizeof(a));
	return a.kind >= NET_LOOKUP && a.kind <= NET_SERVE && a.status <= NET_FAILED &&
	       count_valid(&a) && addrs_valid(&a);
}

bool net_datagram_valid(const void *bytes, size_t len)
{
	struct net_datagram d;

	if (len != sizeof(d))
		return false;
	memcpy(&d, bytes, sizeof(d));
	if (d.kind == NET_DROPPED)
		return true;
	return d.kind == NET_HEARD && d.ifindex && d.remote.port && addr_valid(&d.local) &&
	       addr_valid(&d.remote.addr) && d.local.family == d.remote.addr.family &&
	       exchange_valid(&d.x);
}
