// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a spoke asks its hub when nobody said it: guesses, in terms of this side of a NETMAP.
 */
#include "support/test.h"

#include "plan/paths.h"

static struct prefix prefix_of(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text, NULL), 0);
	return p;
}

static void asked_at(const struct device *d, const struct state *s, uint8_t nth, const char *text)
{
	struct endpoint e = path_hub_address(d, &d->peers.at[0], s, nth);
	struct prefix want = prefix_of(text);

	assert_int_equal(addr_cmp(&e.addr, &want.addr), 0);
	assert_int_equal(e.port, 51821);
}

static void the_hub_is_asked_at_its_outside_address(void **state)
{
	struct netmap map = {.inside = prefix_of("10.0.0.0/24"),
			     .outside = prefix_of("10.201.0.0/24")};
	struct iface_conf conf = {.exchange.port = 51821};
	struct device d = {.ifindex = 3, .conf = &conf};
	struct peer_conf hub = {.exchange = true};
	struct state s = {0};
	struct peer *p;
	(void)state;

	p = vec_add(&d.peers);
	p->conf = &hub;
	p->wg.aips = 2;
	*vec_add(&d.aips) = prefix_of("10.0.0.1/32");
	*vec_add(&d.aips) = prefix_of("10.10.0.0/16");
	asked_at(&d, &s, 0, "10.0.0.1/32");
	asked_at(&d, &s, 1, "10.10.0.1/32");

	*vec_add(&hub.netmaps) = map;
	asked_at(&d, &s, 0, "10.201.0.1/32");
	asked_at(&d, &s, 1, "10.10.0.1/32");
	assert_int_equal(path_hub_address(&d, p, &s, 2).addr.family, 0);
	vec_free(&hub.netmaps);
	vec_free(&d.peers);
	vec_free(&d.aips);
}

TEST_MAIN(the_hub_is_asked_at_its_outside_address)
