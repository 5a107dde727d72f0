// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Datagrams of the exchange to values and back: contrib/exchange.md has the table of offsets.
 *
 * There is one way to write a message, and nothing else is read: a datagram that differs from
 * what the value would be written as in a single bit is refused.
 */
#include "codec/exchange.h"

#include <errno.h>
#include <string.h>

enum offset {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_KIND = 5,
	AT_STATE = 6,
	AT_FLAGS = 7,
	AT_NONCE = 8,
	AT_SERIAL = 16,
	AT_WAIT = 20,
	AT_AGE = 22,
	AT_ABOUT = 24,
	AT_ENDPOINT = 56,
	AT_OWN = 76,
	AT_CANDIDATES = 96,
};

#define PLACE_BYTES 20 /* family, prefix length, port, address */
#define VERSION	    1

static const uint8_t magic[4] = {'W', 'a', 'E', 'x'};

_Static_assert(AT_CANDIDATES + EXCHANGE_CANDIDATES * PLACE_BYTES == EXCHANGE_BYTES, "the layout");

static void put(uint8_t *at, uint64_t value, size_t size)
{
	while (size--) {
		at[size] = (uint8_t)value;
		value >>= 8;
	}
}

static uint64_t get(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | at[i];
	return value;
}

/* Families are written as 4 and 6: the numbers of AF_* are the kernel's own. */
static void put_place(uint8_t *at, const struct addr *a, uint8_t len, uint16_t port)
{
	memset(at, 0, PLACE_BYTES);
	if (!a->family)
		return;
	at[0] = a->family == AF_INET ? 4 : 6;
	at[1] = len;
	put(at + 2, port, 2);
	memcpy(at + 4, a->bytes, addr_size(a));
}

/* An address of no known family stays empty; that it was not is seen when it is written again. */
static void get_place(const uint8_t *at, struct addr *a, uint8_t *len, uint16_t *port)
{
	memset(a, 0, sizeof(*a));
	*len = 0;
	*port = 0;
	if (at[0] != 4 && at[0] != 6)
		return;
	*a = addr_from(at[0] == 4 ? AF_INET : AF_INET6, at + 4);
	*len = at[1];
	*port = (uint16_t)get(at + 2, 2);
}

static void get_endpoint(const uint8_t *at, struct endpoint *e)
{
	uint8_t len;

	get_place(at, &e->addr, &len, &e->port);
}

static void get_candidates(const uint8_t *at, struct exchange *x)
{
	for (; x->candidates < EXCHANGE_CANDIDATES; x->candidates++, at += PLACE_BYTES) {
		struct exchange_candidate *c = &x->candidate[x->candidates];

		get_place(at, &c->addr, &c->len, &c->port);
		if (!c->addr.family)
			return;
	}
}

void exchange_write(uint8_t out[EXCHANGE_BYTES], const struct exchange *x)
{
	memset(out, 0, EXCHANGE_BYTES);
	memcpy(out + AT_MAGIC, magic, sizeof(magic));
	out[AT_VERSION] = VERSION;
	out[AT_KIND] = x->kind;
	out[AT_STATE] = x->state;
	out[AT_FLAGS] = x->flags;
	put(out + AT_NONCE, x->nonce, 8);
	put(out + AT_SERIAL, x->serial, 4);
	put(out + AT_WAIT, x->wait, 2);
	put(out + AT_AGE, x->age, 2);
	memcpy(out + AT_ABOUT, x->about.bytes, KEY_LEN);
	put_place(out + AT_ENDPOINT, &x->endpoint.addr, 0, x->endpoint.port);
	put_place(out + AT_OWN, &x->own.addr, 0, x->own.port);
	for (uint32_t i = 0; i < x->candidates; i++)
		put_place(out + AT_CANDIDATES + i * PLACE_BYTES, &x->candidate[i].addr,
			  x->candidate[i].len, x->candidate[i].port);
}

int exchange_read(struct exchange *out, const void *bytes, size_t len)
{
	uint8_t again[EXCHANGE_BYTES];
	const uint8_t *in = bytes;

	memset(out, 0, sizeof(*out));
	if (len != EXCHANGE_BYTES)
		return -EBADMSG;
	out->kind = in[AT_KIND];
	out->state = in[AT_STATE];
	out->flags = in[AT_FLAGS];
	out->nonce = get(in + AT_NONCE, 8);
	out->serial = (uint32_t)get(in + AT_SERIAL, 4);
	out->wait = (uint16_t)get(in + AT_WAIT, 2);
	out->age = (uint16_t)get(in + AT_AGE, 2);
	memcpy(out->about.bytes, in + AT_ABOUT, KEY_LEN);
	get_endpoint(in + AT_ENDPOINT, &out->endpoint);
	get_endpoint(in + AT_OWN, &out->own);
	get_candidates(in + AT_CANDIDATES, out);
	exchange_write(again, out);
	return exchange_valid(out) && !memcmp(again, in, sizeof(again)) ? 0 : -EBADMSG;
}
