// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes what the engine takes from a net child that somebody has taken over: messages of every
 * content, each behind one byte that says of which size. What passes the check is what the
 * contract promises, and answers are given to the names, which have to stay sound.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/names.h"
#include "net/message.h"
#include "support/fuzz.h"

struct child {
	const uint8_t *at;
	size_t left;
	struct names names;
	struct rng rng;
	msec now;
};

static int on_ask(void *ctx, uint32_t id, const char *host, uint8_t family)
{
	(void)ctx;
	expect(id && *host && (!family || family == AF_INET || family == AF_INET6));
	return 0;
}

static void check_endpoints(const struct name *n)
{
	struct endpoint list[4 * NET_MAX_ADDRS];
	uint32_t count = name_endpoints(n, 51820, list, sizeof(list) / sizeof(list[0]));

	for (uint32_t i = 0; i < count; i++) {
		expect(list[i].port && !addr_is_unusable(&list[i].addr));
		expect(name_leads_to(n, 51820, &list[i]));
	}
}

static void take_answer(struct child *c, const struct net_answer *a)
{
	struct name *n = NULL;

	expect(a->count <= NET_MAX_ADDRS && a->status <= NET_FAILED);
	for (uint32_t i = 0; i < a->count; i++)
		expect(addr_size(&a->addrs[i]) && (a->kind != NET_SRV || a->ports[i]));
	c->now += 1000 + a->ttl % 100000;
	names_answer(&c->names, a, c->now, &c->rng, &n);
	if (n)
		check_endpoints(n);
	expect(c->names.out.len <= NAMES_IN_FLIGHT);
	names_ask(&c->names, c->now, on_ask, NULL);
}

static void check_datagram(const struct net_datagram *d)
{
	expect(d->kind == NET_DROPPED || (d->kind == NET_HEARD && exchange_valid(&d->x)));
}

/* The next message: so many bytes as are there, and zeros. */
static void take_message(struct child *c)
{
	uint8_t kind = *c->at++;
	struct net_answer a = {0};
	struct net_datagram d = {0};
	size_t want = kind & 1 ? sizeof(d) : sizeof(a);
	size_t n = --c->left < want ? c->left : want;

	if (n)
		memcpy(kind & 1 ? (void *)&d : (void *)&a, c->at, n);
	c->at += n;
	c->left -= n;
	if (kind & 1 && net_datagram_valid(&d, sizeof(d)))
		check_datagram(&d);
	else if (!(kind & 1) && net_answer_valid(&a, sizeof(a)))
		take_answer(c, &a);
	expect(!net_answer_valid(&a, n < sizeof(a) ? n : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct child c = {.at = data, .left = size, .now = 1000, .rng = {.state = size}};
	const struct endpoints_conf conf = {.resolve = true, .ttl_min = 30000, .ttl_max = 3600000};

	names_want(&c.names, "gw.example.net", &conf);
	names_want_srv(&c.names, "_wireguard._udp.example.net", &conf);
	names_sweep(&c.names);
	names_ask(&c.names, c.now, on_ask, NULL);
	while (c.left)
		take_message(&c);
	names_free(&c.names);
	return 0;
}
