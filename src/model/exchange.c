// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a message of the exchange may say. The rules are the wire format's: whoever has a valid
 * message need not ask again whether an address is one, or what a question may not carry.
 */
#include "model/exchange.h"

#include <string.h>

const char *exchange_state_name(uint8_t state)
{
	static const char *const names[] = {"unknown", "want", "ready", "moved", "back"};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

/* Link-local addresses mean something on one link only, and loopback and the like nowhere. */
static bool addr_tellable(const struct addr *a)
{
	const char *kind = addr_private_kind(a);

	return addr_is_clean(a) && !addr_is_unusable(a) && !(kind && !strcmp(kind, "link-local"));
}

static bool endpoint_empty(const struct endpoint *e)
{
	return !e->addr.family && !e->port && !e->scope_id && addr_is_clean(&e->addr);
}

static bool endpoint_ok(const struct endpoint *e)
{
	if (endpoint_empty(e))
		return true;
	return e->port && !e->scope_id && addr_tellable(&e->addr);
}

static bool candidates_ok(const struct exchange *x)
{
	if (x->candidates > EXCHANGE_CANDIDATES)
		return false;
	for (uint32_t i = 0; i < x->candidates; i++) {
		const struct exchange_candidate *c = &x->candidate[i];

		if (!c->port || !c->len || c->len > addr_bits(&c->addr) ||
		    !addr_tellable(&c->addr) || !addr_is_private(&c->addr))
			return false;
	}
	return true;
}

static bool question_ok(const struct exchange *x)
{
	return x->state != EXCHANGE_UNKNOWN && !x->flags && !x->serial && x->wait &&
	       x->wait <= EXCHANGE_LEASE_MAX && endpoint_empty(&x->endpoint) &&
	       endpoint_empty(&x->own);
}

/* The other is told of only where both agreed, and of its own addresses only behind one NAT. */
static bool answer_ok(const struct exchange *x)
{
	bool agreed = x->flags & EXCHANGE_AGREED;

	if (!x->serial || x->flags > (EXCHANGE_AGREED | EXCHANGE_GO | EXCHANGE_SAME_NAT))
		return false;
	if (agreed != (x->state != EXCHANGE_UNKNOWN) || agreed != (x->endpoint.addr.family != 0))
		return false;
	if (!agreed && (x->flags || x->age))
		return false;
	if (!(x->flags & EXCHANGE_GO) && x->wait)
		return false;
	return x->flags & EXCHANGE_SAME_NAT || !x->candidates;
}

bool exchange_valid(const struct exchange *x)
{
	static const struct key none;

	if (!x->nonce || x->state > EXCHANGE_BACK || !key_cmp(&x->about, &none) ||
	    !endpoint_ok(&x->endpoint) || !endpoint_ok(&x->own) || !candidates_ok(x))
		return false;
	if (x->kind == EXCHANGE_QUESTION)
		return question_ok(x);
	return x->kind == EXCHANGE_ANSWER && answer_ok(x);
}
