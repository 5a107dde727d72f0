// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a lookup has found so far: out of c-ares' words into the answer, one leg after the other.
 */
#include "found.h"

#define CARES_NO_DEPRECATED /* what newer versions recommend instead, 1.18 does not have */
#include <ares.h>

static enum net_status status_of(int ares)
{
	switch (ares) {
	case ARES_SUCCESS:
		return NET_OK;
	case ARES_ENOTFOUND:
		return NET_NOT_FOUND;
	case ARES_ENODATA:
		return NET_NO_DATA;
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
	case ARES_ENOTIMP:
	case ARES_EFORMERR:
	case ARES_EBADRESP:
	case ARES_ECONNREFUSED: /* c-ares 1.18 says it also when all servers failed or refused */
		return NET_SERVFAIL;
	case ARES_ETIMEOUT:
		return NET_TIMEOUT;
	default:
		return NET_FAILED;
	}
}

/* The statuses are in the order in which they matter. */
void found_status(struct net_answer *a, int ares)
{
	enum net_status status = status_of(ares);

	a->status = status > a->status ? status : a->status;
}

static void ttl_lower(struct net_answer *a, int ttl)
{
	uint32_t own = ttl < 0 ? 0 : (uint32_t)ttl;

	a->ttl = own < a->ttl ? own : a->ttl;
}

void found_addresses(struct net_answer *a, const struct ares_addrinfo *ai, uint16_t port)
{
	for (const struct ares_addrinfo_node *n = ai->nodes; n; n = n->ai_next) {
		struct endpoint e;

		ttl_lower(a, n->ai_ttl);
		if (a->count == NET_MAX_ADDRS ||
		    endpoint_from_sockaddr(&e, n->ai_addr, n->ai_addrlen))
			continue;
		a->ports[a->count] = port;
		a->addrs[a->count++] = e.addr;
	}
	for (const struct ares_addrinfo_cname *c = ai->cnames; c; c = c->next)
		ttl_lower(a, c->ttl);
}
