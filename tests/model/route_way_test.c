// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What routes say of their way: kept once, found again, and forgotten when no route has it.
 */
#include "support/test.h"

#include <arpa/inet.h>

#include "model/route.h"

static struct addr addr4(uint32_t host_order)
{
	uint32_t be = htonl(host_order);

	return addr_from(AF_INET, &be);
}

static struct route route_by(uint32_t source, uint32_t gateway)
{
	struct addr s = addr4(source), g = addr4(gateway);
	struct route r = {.oif = 3};

	if (source)
		route_set_source(&r, &s);
	if (gateway)
		route_set_gateway(&r, &g);
	return r;
}

static void assert_way(const struct route *r, uint32_t source, uint32_t gateway)
{
	struct addr none = {0}, s = source ? addr4(source) : none,
		    g = gateway ? addr4(gateway) : none;

	assert_int_equal(addr_cmp(route_source(r), &s), 0);
	assert_int_equal(addr_cmp(route_gateway(r), &g), 0);
}

static void a_route_without_a_way(void **state)
{
	struct route r = {0};
	struct addr none = {0};
	(void)state;

	assert_way(&r, 0, 0);
	route_set_gateway(&r, &none);
	assert_int_equal(r.way, 0);
	r = route_by(1, 2);
	route_set_source(&r, &none);
	assert_way(&r, 0, 2);
	route_set_gateway(&r, &none);
	assert_int_equal(r.way, 0);
}

static void the_same_way_is_kept_once(void **state)
{
	struct route a = route_by(1, 2), b = route_by(1, 2), c = route_by(2, 1);
	(void)state;

	assert_int_equal(a.way, b.way);
	assert_int_not_equal(a.way, c.way);
	assert_int_equal(route_cmp(&a, &b), 0);
	assert_true(route_cmp(&a, &c) < 0 && route_cmp(&c, &a) > 0);
	assert_way(&a, 1, 2);
	assert_way(&c, 2, 1);
}

/* Which of them can be told apart and in which order does not depend on who came first. */
static void order_is_that_of_addresses(void **state)
{
	struct route late = route_by(0, 9), early = route_by(0, 8);
	(void)state;

	assert_true(route_cmp(&early, &late) < 0);
}

/* Somebody announces a router after the other: only those that are in use are remembered. */
static void ways_without_a_route_are_forgotten(void **state)
{
	struct route kept[100];
	uint32_t most = 0;
	(void)state;

	for (uint32_t i = 0; i < 100; i++)
		kept[i] = route_by(i, 1000 + i);
	for (uint32_t i = 0; i < 100000; i++) {
		struct route r = route_by(7, 1000000 + i);

		assert_way(&r, 7, 1000000 + i);
		most = r.way > most ? r.way : most;
		if (!route_ways_many())
			continue;
		for (uint32_t j = 0; j < 100; j++)
			route_way_keep(&kept[j]);
		route_ways_sweep();
	}
	assert_true(most < 10000);
	for (uint32_t i = 0; i < 100; i++)
		assert_way(&kept[i], i, 1000 + i);
}

/* And not with another's: nothing would be worse to know of a route. */
static void what_is_too_much_is_known_without_its_way(void **state)
{
	struct route first = route_by(8, 1), r = first;
	uint32_t n = 1;
	(void)state;

	while (r.way && n <= UINT16_MAX)
		r = route_by(8, ++n);
	assert_int_equal(r.way, 0);
	assert_way(&r, 0, 0);
	assert_way(&first, 8, 1);
	r = first;
	assert_way(&r, 8, 1);
	assert_true(route_ways_many());
	route_way_keep(&first);
	route_ways_sweep();
	r = route_by(8, n);
	assert_way(&r, 8, n);
	assert_way(&first, 8, 1);
}

TEST_MAIN(a_route_without_a_way, the_same_way_is_kept_once, order_is_that_of_addresses,
	  ways_without_a_route_are_forgotten, what_is_too_much_is_known_without_its_way)
