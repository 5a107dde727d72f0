// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes by example: what is wanted of which peer, what counts as done, and the operations that
 * are planned, as lines of text.
 */
#include "support/test.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "plan/routes.h"

#define SECOND 1000

/* A host with some interfaces, under the built-in defaults. */
struct host {
	struct config *config;
	struct imports imports;
	struct state state;
	struct route_items items;
	struct route_failures failures;
	struct str plan; /* what was planned last, one line an operation */
	msec now;
};

static struct host begin(void)
{
	return (struct host){.config = config_new(), .now = 1000 * SECOND};
}

static void end(struct host *h)
{
	state_free(&h->state);
	imports_free(&h->imports);
	config_free(h->config);
	vec_free(&h->items);
	vec_free(&h->failures);
	str_free(&h->plan);
}

static struct routes_conf *defaults(struct host *h)
{
	return &h->config->defaults.routes;
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text, NULL), 0);
	return p;
}

static struct addr ip(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

/* wg0 is interface 10, wg1 is 11. */
static struct device *device(struct host *h, int n)
{
	struct link l = {.ifindex = (uint32_t)(10 + n), .up = true, .wireguard = true};

	strcpy(l.name, n ? "wg1" : "wg0");
	*vec_add(&h->state.links) = l;
	state_sync_devices(&h->state, h->config, &h->imports);
	return state_device(&h->state, l.ifindex);
}

/* One more peer, with up to three allowed-IPs. */
static struct peer *peer(struct host *h, struct device *d, const char *a, const char *b,
			 const char *c)
{
	const char *texts[] = {a, b, c};
	struct peer *p = vec_add(&d->peers);

	p->wg.key = (struct key){{(uint8_t)d->peers.len}};
	p->wg.first_aip = d->aips.len;
	for (int i = 0; i < 3 && texts[i]; i++) {
		*vec_add(&d->aips) = prefix(texts[i]);
		p->wg.aips++;
	}
	state_join(&h->state, h->config, &h->imports);
	return p;
}

static struct route *route(struct host *h, const char *dst, uint32_t oif, uint8_t protocol)
{
	bool ours = protocol == ROUTE_PROTOCOL;
	struct route *r = vec_add(ours ? &h->state.ours : &h->state.foreign);

	*r = (struct route){.dst = prefix(dst),
			    .table = RT_TABLE_MAIN,
			    .oif = oif,
			    .protocol = protocol,
			    .scope = RT_SCOPE_LINK,
			    .type = RTN_UNICAST};
	if (r->dst.addr.family == AF_INET6)
		r->metric = 1024;
	return r;
}

static const char *plan(struct host *h)
{
	struct ops ops = {0};

	vec_sort(&h->state.ours, route_order);
	vec_sort(&h->state.foreign, route_order);
	routes_desired(&h->items, &h->state, h->config);
	routes_plan(&ops, &h->items, &h->state, &h->failures, h->now);
	h->plan.len = 0;
	str_add_bytes(&h->plan, "", 0);
	vec_each(&ops, op) {
		op_format(&h->plan, op, &h->state);
		str_add(&h->plan, "\n");
		assert_int_equal(op->route.protocol, ROUTE_PROTOCOL);
		assert_int_equal(op->ifindex, op->route.oif);
	}
	vec_free(&ops);
	return h->plan.text;
}

/* The one item for a prefix. */
static const struct route_item *item(const struct host *h, const char *dst)
{
	const struct route_item *found = NULL;
	struct prefix p = prefix(dst);

	vec_each(&h->items, it) {
		if (prefix_cmp(&it->route.dst, &p))
			continue;
		assert_null(found);
		found = it;
	}
	assert_non_null(found);
	return found;
}

static void assert_status(const struct host *h, const char *dst, enum route_status want)
{
	assert_string_equal(route_status_name(item(h, dst)->status), route_status_name(want));
}

static void every_allowed_ip_has_its_route(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0);
	(void)state;

	peer(&h, wg0, "10.0.0.5/32", "10.20.1.0/24", NULL);
	peer(&h, wg0, "10.30.0.0/16", "fd00:30::/64", NULL);
	assert_string_equal(plan(&h), "route add fd00:30::/64 dev wg0 table main metric 1024\n"
				      "route add 10.0.0.5/32 dev wg0 table main\n"
				      "route add 10.20.1.0/24 dev wg0 table main\n"
				      "route add 10.30.0.0/16 dev wg0 table main\n");
	assert_status(&h, "10.20.1.0/24", ROUTE_MISSING);
	assert_int_equal(item(&h, "10.20.1.0/24")->peer, 0);
	assert_int_equal(item(&h, "10.30.0.0/16")->peer, 1);
	assert_int_equal(item(&h, "10.30.0.0/16")->route.scope, RT_SCOPE_LINK);
	assert_int_equal(item(&h, "fd00:30::/64")->route.scope, RT_SCOPE_UNIVERSE);
	end(&h);
}

static void what_is_there_is_left(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0);
	(void)state;

	peer(&h, wg0, "10.20.1.0/24", "fd00:30::/64", NULL);
	route(&h, "10.20.1.0/24", 10, ROUTE_PROTOCOL);
	route(&h, "fd00:30::/64", 10, ROUTE_PROTOCOL); /* metric 0 became 1024 there */
	assert_string_equal(plan(&h), "");
	assert_status(&h, "10.20.1.0/24", ROUTE_INSTALLED);
	assert_status(&h, "fd00:30::/64", ROUTE_INSTALLED);
	end(&h);
}

/* Ours are taken away where nobody wants them, and nobody else's ever. */
static void ours_that_nobody_wants(void **state)
{
	struct host h = begin();
	(void)state;

	device(&h, 0);
	route(&h, "10.20.1.0/24", 10, ROUTE_PROTOCOL);
	route(&h, "10.20.0.0/16", 10, ROUTE_PROTOCOL);
	route(&h, "10.20.2.0/24", 10, RTPROT_STATIC);
	route(&h, "10.20.3.0/24", 99, ROUTE_PROTOCOL)->table = 1234;
	assert_string_equal(plan(&h), "route del 10.20.0.0/16 dev wg0 table main\n"
				      "route del 10.20.1.0/24 dev wg0 table main\n"
				      "route del 10.20.3.0/24 dev if99 table 1234\n");
	end(&h);
}

/* A peer moved to another interface: what is changed goes out and comes in at once. */
static void a_changed_route(void **state)
{
	struct host h = begin();
	struct device *wg1;
	(void)state;

	device(&h, 0);
	wg1 = device(&h, 1);
	peer(&h, wg1, "10.20.1.0/24", "10.20.0.0/16", NULL);
	route(&h, "10.20.1.0/24", 10, ROUTE_PROTOCOL);
	route(&h, "10.20.0.0/16", 10, ROUTE_PROTOCOL);
	assert_string_equal(plan(&h), "route del 10.20.1.0/24 dev wg0 table main\n"
				      "route add 10.20.1.0/24 dev wg1 table main\n"
				      "route del 10.20.0.0/16 dev wg0 table main\n"
				      "route add 10.20.0.0/16 dev wg1 table main\n");
	end(&h);
}

/* Another metric is another route: there is no moment without one. */
static void a_changed_metric(void **state)
{
	struct host h = begin();
	(void)state;

	peer(&h, device(&h, 0), "10.20.1.0/24", NULL, NULL);
	route(&h, "10.20.1.0/24", 10, ROUTE_PROTOCOL);
	defaults(&h)->metric = 50;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main metric 50\n"
				      "route del 10.20.1.0/24 dev wg0 table main\n");
	end(&h);
}

/* IPv6 takes several with one key when somebody appends: the right one stays, others go. */
static void twins_of_ours(void **state)
{
	struct host h = begin();
	struct device *wg1;
	(void)state;

	device(&h, 0);
	wg1 = device(&h, 1);
	peer(&h, wg1, "fd00:30::/64", NULL, NULL);
	route(&h, "fd00:30::/64", 10, ROUTE_PROTOCOL);
	route(&h, "fd00:30::/64", 11, ROUTE_PROTOCOL);
	assert_string_equal(plan(&h), "route del fd00:30::/64 dev wg0 table main metric 1024\n");
	assert_status(&h, "fd00:30::/64", ROUTE_INSTALLED);
	h.state.ours.at[1].oif = 99; /* neither is right: both go before it comes */
	assert_string_equal(plan(&h), "route del fd00:30::/64 dev wg0 table main metric 1024\n"
				      "route del fd00:30::/64 dev if99 table main metric 1024\n"
				      "route add fd00:30::/64 dev wg1 table main metric 1024\n");
	end(&h);
}

/* The interface's own network (its address is 10.0.0.1/24) leads to every peer in it. */
static void a_connected_prefix_covers(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0);
	struct addr own = ip("10.0.0.1");
	(void)state;

	peer(&h, wg0, "10.0.0.5/32", "10.0.1.5/32", "fd00::5/128");
	route_set_source(route(&h, "10.0.0.0/24", 10, RTPROT_KERNEL), &own);
	route(&h, "fd00::/64", 10, RTPROT_KERNEL)->metric = 256;
	assert_string_equal(plan(&h), "route add 10.0.1.5/32 dev wg0 table main\n");
	assert_status(&h, "10.0.0.5/32", ROUTE_COVERED);
	assert_string_equal(word_text(item(&h, "10.0.0.5/32")->why), "the interface's own network");
	assert_status(&h, "fd00::5/128", ROUTE_COVERED);
	/* One of ours from before the address was set is not needed any more. */
	route(&h, "10.0.0.5/32", 10, ROUTE_PROTOCOL);
	assert_string_equal(plan(&h), "route add 10.0.1.5/32 dev wg0 table main\n"
				      "route del 10.0.0.5/32 dev wg0 table main\n");
	end(&h);
}

/* Covered by another interface's network is not covered. */
static void another_interfaces_network_does_not(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0);
	(void)state;

	device(&h, 1);
	peer(&h, wg0, "10.0.0.5/32", NULL, NULL);
	route(&h, "10.0.0.0/24", 11, RTPROT_KERNEL);
	assert_string_equal(plan(&h), "route add 10.0.0.5/32 dev wg0 table main\n");
	/* Also when the interface has a wider one: the nearest decides. */
	route(&h, "10.0.0.0/16", 10, RTPROT_KERNEL);
	assert_string_equal(plan(&h), "route add 10.0.0.5/32 dev wg0 table main\n");
	end(&h);
}

/* A more specific peer elsewhere stands between: then a route of its own is needed. */
static void a_peer_in_between(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0), *wg1;
	(void)state;

	peer(&h, wg0, "10.0.1.5/32", NULL, NULL);
	wg1 = device(&h, 1);
	peer(&h, wg1, "10.0.1.0/24", NULL, NULL);
	route(&h, "10.0.0.0/16", 10, RTPROT_KERNEL);
	assert_string_equal(plan(&h), "route add 10.0.1.5/32 dev wg0 table main\n"
				      "route add 10.0.1.0/24 dev wg1 table main\n");
	end(&h);
}

/*
 * wg0 is the way, wg1 the second best: that wg0's own network covers the prefix is not enough when
 * wg1 needs a route that would be nearer than that.
 */
static void two_ways_to_one_prefix(void **state)
{
	struct host h = begin();
	struct iface_conf *second = vec_add(&h.config->interfaces);
	struct device *d;
	(void)state;

	iface_conf_copy(second, &h.config->defaults);
	strcpy(second->name, "wg1");
	second->routes.metric = 50;
	d = device(&h, 0);
	peer(&h, d, "10.0.1.0/24", NULL, NULL);
	route(&h, "10.0.0.0/16", 10, RTPROT_KERNEL);
	assert_string_equal(plan(&h), "");
	d = device(&h, 1);
	peer(&h, d, "10.0.1.0/24", NULL, NULL);
	assert_string_equal(plan(&h), "route add 10.0.1.0/24 dev wg0 table main\n"
				      "route add 10.0.1.0/24 dev wg1 table main metric 50\n");
	/* Taken away again, the better one goes last. */
	h.state.devices.at[0].peers.len = h.state.devices.at[1].peers.len = 0;
	route(&h, "10.0.1.0/24", 10, ROUTE_PROTOCOL);
	route(&h, "10.0.1.0/24", 11, ROUTE_PROTOCOL)->metric = 50;
	assert_string_equal(plan(&h), "route del 10.0.1.0/24 dev wg1 table main metric 50\n"
				      "route del 10.0.1.0/24 dev wg0 table main\n");
	end(&h);
}

/* wg-quick has put a route there already: nothing to do, whatever its metric is. */
static void another_programs_route_is_done(void **state)
{
	struct host h = begin();
	(void)state;

	peer(&h, device(&h, 0), "10.20.1.0/24", "10.30.1.0/24", NULL);
	route(&h, "10.20.1.0/24", 10, RTPROT_BOOT);
	route(&h, "10.30.1.0/24", 10, RTPROT_STATIC)->metric = 77;
	assert_string_equal(plan(&h), "");
	assert_status(&h, "10.20.1.0/24", ROUTE_FOREIGN);
	assert_status(&h, "10.30.1.0/24", ROUTE_FOREIGN);
	h.state.foreign.at[0].tos = 0x10; /* for some packets only: that is not the same */
	h.state.foreign.at[1].table = 99; /* elsewhere */
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n"
				      "route add 10.30.1.0/24 dev wg0 table main\n");
	end(&h);
}

/* Somebody's default route into the tunnel is no route for a peer's network. */
static void a_default_route_does_not_cover(void **state)
{
	struct host h = begin();
	(void)state;

	peer(&h, device(&h, 0), "10.20.1.0/24", NULL, NULL);
	route(&h, "0.0.0.0/0", 10, RTPROT_BOOT);
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n");
	end(&h);
}

static void default_routes(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0);
	(void)state;

	peer(&h, wg0, "0.0.0.0/0", "10.20.1.0/24", NULL);
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n"
				      "route add 0.0.0.0/0 dev wg0 table 51820\n");
	defaults(&h)->default_route = DEFAULT_ROUTE_OFF;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n");
	assert_string_equal(word_text(item(&h, "0.0.0.0/0")->why), "default_route is off");
	defaults(&h)->default_route = DEFAULT_ROUTE_MAIN;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n"
				      "route add 0.0.0.0/0 dev wg0 table main\n");
	/* wg-quick's own, in a table of its own: that is said. */
	defaults(&h)->default_route = DEFAULT_ROUTE_POLICY;
	route(&h, "0.0.0.0/0", 10, RTPROT_BOOT)->table = 51820;
	plan(&h);
	assert_status(&h, "0.0.0.0/0", ROUTE_FOREIGN);
	end(&h);
}

static struct unreachable *supernet(struct routes_conf *conf, const char *text, uint8_t type)
{
	struct unreachable *u = vec_add(&conf->unreachable);

	u->prefix = prefix(text);
	u->type = type;
	return u;
}

/* What no peer has is answered for, and not sent to the default route. */
static void a_supernet_is_unreachable(void **state)
{
	struct host h = begin();
	struct route *there;
	(void)state;

	supernet(defaults(&h), "10.0.0.0/8", RTN_UNREACHABLE);
	supernet(defaults(&h), "fd00::/8", RTN_BLACKHOLE);
	defaults(&h)->source4 = ip("192.168.1.1"); /* means nothing to those */
	peer(&h, device(&h, 0), "fd00:20::/64", NULL, NULL);
	assert_string_equal(plan(&h), "route add fd00:20::/64 dev wg0 table main metric 1024\n"
				      "route add unreachable 10.0.0.0/8 table main\n"
				      "route add blackhole fd00::/8 table main metric 1024\n");
	assert_int_equal(item(&h, "10.0.0.0/8")->peer, UINT32_MAX);
	assert_int_equal(item(&h, "10.0.0.0/8")->device, 0);
	/* The kernel shows it as this; then it is there. */
	there = route(&h, "10.0.0.0/8", 0, ROUTE_PROTOCOL);
	there->type = RTN_UNREACHABLE;
	there->scope = RT_SCOPE_UNIVERSE;
	assert_string_equal(plan(&h), "route add fd00:20::/64 dev wg0 table main metric 1024\n"
				      "route add blackhole fd00::/8 table main metric 1024\n");
	/* Another answer is another route. */
	defaults(&h)->unreachable.len = 1;
	defaults(&h)->unreachable.at[0].type = RTN_PROHIBIT;
	assert_string_equal(plan(&h), "route add fd00:20::/64 dev wg0 table main metric 1024\n"
				      "route del unreachable 10.0.0.0/8 table main\n"
				      "route add prohibit 10.0.0.0/8 table main\n");
	end(&h);
}

/* It stays while the interface is down: what belongs into the tunnel goes nowhere else. */
static void a_supernet_stays_when_the_link_is_down(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0);
	(void)state;

	supernet(defaults(&h), "10.0.0.0/8", RTN_UNREACHABLE);
	peer(&h, wg0, "10.20.1.0/24", NULL, NULL);
	wg0->up = false;
	assert_string_equal(plan(&h), "route add unreachable 10.0.0.0/8 table main\n");
	assert_status(&h, "10.20.1.0/24", ROUTE_DOWN);
	assert_string_equal(word_text(item(&h, "10.20.1.0/24")->why), "the interface is down");
	defaults(&h)->enabled = false;
	assert_string_equal(plan(&h), "");
	end(&h);
}

/* A peer that has just that prefix comes first; nothing is wrong then. */
static void a_peer_with_the_supernet_itself(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0);
	struct peer *p;
	(void)state;

	supernet(defaults(&h), "10.0.0.0/8", RTN_UNREACHABLE);
	defaults(&h)->withdraw_dead = true;
	p = peer(&h, wg0, "10.0.0.0/8", NULL, NULL);
	p->wg.endpoint = (struct endpoint){.addr = ip("192.0.2.5"), .port = 1};
	assert_string_equal(plan(&h), "route add 10.0.0.0/8 dev wg0 table main\n");
	assert_int_equal(h.items.len, 2);
	assert_int_equal(h.items.at[1].status, ROUTE_COVERED);
	assert_string_equal(word_text(h.items.at[1].why), "a peer has the same prefix");
	p->life.state = LIFE_DEAD; /* now it is answered for */
	assert_string_equal(plan(&h), "route add unreachable 10.0.0.0/8 table main\n");
	end(&h);
}

/* Under `defaults` each interface has it: the same route, once. */
static void the_same_supernet_of_two_interfaces(void **state)
{
	struct host h = begin();
	(void)state;

	supernet(defaults(&h), "10.0.0.0/8", RTN_UNREACHABLE);
	device(&h, 0);
	device(&h, 1);
	assert_string_equal(plan(&h), "route add unreachable 10.0.0.0/8 table main\n");
	assert_int_equal(h.items.len, 1);
	end(&h);
}

/* Two interfaces, the same prefix: the first one has it, the other one is told. */
static void two_interfaces_with_one_prefix(void **state)
{
	struct host h = begin();
	struct device *wg0 = device(&h, 0), *wg1;
	(void)state;

	peer(&h, wg0, "10.20.1.0/24", NULL, NULL);
	wg1 = device(&h, 1);
	peer(&h, wg1, "10.20.1.0/24", NULL, NULL);
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n");
	assert_int_equal(h.items.at[0].status, ROUTE_MISSING);
	assert_int_equal(h.items.at[1].status, ROUTE_SHADOWED);
	assert_string_equal(word_text(h.items.at[1].why), "another interface has the same prefix");
	assert_int_equal(h.items.at[1].device, 1);
	/* When the first can't have it, the second gets it. */
	h.state.devices.at[0].up = false;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg1 table main\n");
	end(&h);
}

static void a_dead_peers_routes_are_withdrawn(void **state)
{
	struct host h = begin();
	struct peer *p = peer(&h, device(&h, 0), "10.20.1.0/24", NULL, NULL);
	(void)state;

	route(&h, "10.20.1.0/24", 10, ROUTE_PROTOCOL);
	p->life.state = LIFE_DEAD;
	assert_string_equal(plan(&h), ""); /* not by default */
	defaults(&h)->withdraw_dead = true;
	assert_string_equal(plan(&h), "route del 10.20.1.0/24 dev wg0 table main\n");
	assert_status(&h, "10.20.1.0/24", ROUTE_WITHDRAWN);
	assert_string_equal(word_text(item(&h, "10.20.1.0/24")->why), "the peer is dead");
	p->life.state = LIFE_UNANSWERED; /* not before it is dead */
	assert_string_equal(plan(&h), "");
	p->life.state = LIFE_NEVER; /* one that never called and cannot be called */
	assert_string_equal(plan(&h), "route del 10.20.1.0/24 dev wg0 table main\n");
	assert_string_equal(word_text(item(&h, "10.20.1.0/24")->why), "the peer has never called");
	p->wg.endpoint = (struct endpoint){.addr = ip("192.0.2.5"), .port = 1};
	assert_string_equal(plan(&h), "");
	end(&h);
}

static struct import_iface *imported(struct host *h, enum import_routes routes, uint32_t table)
{
	struct import_iface *i = vec_add(&h->imports.ifaces);

	strcpy(i->ifname, "wg0");
	i->routes = routes;
	i->table = table;
	return i;
}

/* Table = off in wg-quick's file is for us as well, unless a table is configured here. */
static void table_off_where_it_was_made(void **state)
{
	struct host h = begin();
	(void)state;

	imported(&h, IMPORT_ROUTES_OFF, 0);
	peer(&h, device(&h, 0), "10.20.1.0/24", NULL, NULL);
	assert_string_equal(plan(&h), "");
	assert_status(&h, "10.20.1.0/24", ROUTE_OFF);
	assert_string_equal(word_text(item(&h, "10.20.1.0/24")->why),
			    "Table = off where the interface is configured");
	defaults(&h)->table_set = true;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n");
	end(&h);
}

static void a_table_where_it_was_made(void **state)
{
	struct host h = begin();
	struct import_iface *i = imported(&h, IMPORT_ROUTES_TABLE, 1000);
	(void)state;

	supernet(defaults(&h), "10.0.0.0/8", RTN_UNREACHABLE);
	peer(&h, device(&h, 0), "10.20.1.0/24", NULL, NULL);
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table 1000\n"
				      "route add unreachable 10.0.0.0/8 table 1000\n");
	i->routes = IMPORT_ROUTES_UNSET;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n"
				      "route add unreachable 10.0.0.0/8 table main\n");
	defaults(&h)->table_set = true;
	defaults(&h)->table = 7;
	i->routes = IMPORT_ROUTES_TABLE;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table 7\n"
				      "route add unreachable 10.0.0.0/8 table 7\n");
	end(&h);
}

/* A peer's own keys override the interface's. */
static void a_peers_own_routes(void **state)
{
	struct host h = begin();
	struct peer_conf *conf = vec_add(&h.config->defaults.peers);
	(void)state;

	routes_conf_copy(&conf->routes, defaults(&h));
	conf->has_key = true;
	conf->key = (struct key){{1}};
	conf->routes.metric = 50;
	peer(&h, device(&h, 0), "10.20.1.0/24", NULL, NULL);
	peer(&h, &h.state.devices.at[0], "10.20.2.0/24", NULL, NULL);
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main metric 50\n"
				      "route add 10.20.2.0/24 dev wg0 table main\n");
	conf->routes.enabled = false;
	assert_string_equal(plan(&h), "route add 10.20.2.0/24 dev wg0 table main\n");
	assert_string_equal(word_text(item(&h, "10.20.1.0/24")->why), "routes are off");
	end(&h);
}

/* The kernel refuses a source that the host does not have: it is waited for. */
static void a_source_address_that_is_missing(void **state)
{
	struct host h = begin();
	(void)state;

	defaults(&h)->source4 = ip("192.168.1.1");
	peer(&h, device(&h, 0), "10.20.1.0/24", "fd00:20::/64", NULL);
	assert_string_equal(plan(&h), "route add fd00:20::/64 dev wg0 table main metric 1024\n");
	assert_status(&h, "10.20.1.0/24", ROUTE_WAITING);
	assert_string_equal(word_text(item(&h, "10.20.1.0/24")->why),
			    "waiting for the source address");
	vec_add(&h.state.addrs)->addr = ip("192.168.1.1");
	assert_string_equal(plan(&h),
			    "route add fd00:20::/64 dev wg0 table main metric 1024\n"
			    "route add 10.20.1.0/24 dev wg0 table main src 192.168.1.1\n");
	defaults(&h)->source6 = ip("fd00::1");
	assert_string_equal(plan(&h),
			    "route add 10.20.1.0/24 dev wg0 table main src 192.168.1.1\n");
	vec_add(&h.state.addrs)->addr = ip("fd00::1");
	plan(&h);
	assert_int_equal(
		addr_cmp(route_source(&item(&h, "fd00:20::/64")->route), &defaults(&h)->source6),
		0);
	end(&h);
}

/* What the kernel refused is left alone until its time, and shown with the reason. */
static void a_failure_waits_for_its_time(void **state)
{
	struct host h = begin();
	struct route_failure *f;
	(void)state;

	peer(&h, device(&h, 0), "10.20.1.0/24", "10.30.1.0/24", NULL);
	plan(&h);
	f = vec_add(&h.failures);
	f->route = item(&h, "10.20.1.0/24")->route;
	f->error = -EEXIST;
	f->retry_at = h.now + 1;
	assert_string_equal(plan(&h), "route add 10.30.1.0/24 dev wg0 table main\n");
	assert_status(&h, "10.20.1.0/24", ROUTE_BLOCKED);
	assert_int_equal(item(&h, "10.20.1.0/24")->error, -EEXIST);
	assert_string_equal(word_text(item(&h, "10.20.1.0/24")->why),
			    "another program's route is in the way");
	f->error = -ENETDOWN;
	plan(&h);
	assert_status(&h, "10.20.1.0/24", ROUTE_FAILED);
	assert_null(item(&h, "10.20.1.0/24")->why); /* the kernel's reason says it */
	h.now++;
	assert_string_equal(plan(&h), "route add 10.20.1.0/24 dev wg0 table main\n"
				      "route add 10.30.1.0/24 dev wg0 table main\n");
	end(&h);
}

/* While its successor is refused, the old route is better than none. */
static void a_failure_leaves_the_old_route(void **state)
{
	struct host h = begin();
	struct route_failure *f;
	(void)state;

	peer(&h, device(&h, 0), "10.20.1.0/24", NULL, NULL);
	route(&h, "10.20.1.0/24", 99, ROUTE_PROTOCOL);
	plan(&h);
	f = vec_add(&h.failures);
	f->route = item(&h, "10.20.1.0/24")->route;
	f->error = -EINVAL;
	f->retry_at = h.now + 1;
	assert_string_equal(plan(&h), "");
	end(&h);
}

/* --clean: all of ours, of every table, and our rules; nobody else's. */
static void clean_takes_ours_only(void **state)
{
	struct host h = begin();
	struct ops ops = {0};
	(void)state;

	device(&h, 0);
	route(&h, "10.20.1.0/24", 10, ROUTE_PROTOCOL);
	route(&h, "10.20.2.0/24", 10, RTPROT_STATIC);
	route(&h, "10.0.0.0/8", 0, ROUTE_PROTOCOL)->table = 1234;
	for (uint8_t protocol = 86; protocol <= 88; protocol++) {
		struct rule *r = vec_add(&h.state.rules);

		*r = (struct rule){.family = AF_INET, .priority = 100, .protocol = protocol};
		r->suppress_prefixlen = -1;
	}
	routes_plan_clean(&ops, &h.state);
	vec_each(&ops, op) {
		op_format(&h.plan, op, &h.state);
		str_add(&h.plan, "\n");
	}
	assert_string_equal(h.plan.text, "route del 10.20.1.0/24 dev wg0 table main\n"
					 "route del 10.0.0.0/8 table 1234\n"
					 "rule del -4 pref 100 table 0\n");
	assert_int_equal(ops.at[2].rule.protocol, ROUTE_PROTOCOL);
	vec_free(&ops);
	end(&h);
}

/* An empty host wants nothing. */
static void nothing_at_all(void **state)
{
	struct host h = begin();
	(void)state;

	assert_string_equal(plan(&h), "");
	assert_int_equal(h.items.len, 0);
	end(&h);
}

TEST_MAIN(every_allowed_ip_has_its_route, what_is_there_is_left, ours_that_nobody_wants,
	  a_changed_route, a_changed_metric, twins_of_ours, a_connected_prefix_covers,
	  another_interfaces_network_does_not, a_peer_in_between, two_ways_to_one_prefix,
	  another_programs_route_is_done, a_default_route_does_not_cover, default_routes,
	  a_supernet_is_unreachable, a_supernet_stays_when_the_link_is_down,
	  a_peer_with_the_supernet_itself, the_same_supernet_of_two_interfaces,
	  two_interfaces_with_one_prefix, a_dead_peers_routes_are_withdrawn,
	  table_off_where_it_was_made, a_table_where_it_was_made, a_peers_own_routes,
	  a_source_address_that_is_missing, a_failure_waits_for_its_time,
	  a_failure_leaves_the_old_route, clean_takes_ours_only, nothing_at_all)
