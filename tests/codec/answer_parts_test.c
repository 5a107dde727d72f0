// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers that come in parts, while the world changes between two of them; and what `firewall`
 * tells of sets, of other programs' chains and of the flowtable.
 */
#include "support/test.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "support/answered.h"

#include <linux/netfilter.h> /* after netinet/in.h, which it gives way to */

#define PEERS	  200 /* more than two parts */
#define ROUTES	  600
#define NAMES	  600
#define NAME_SIZE 32 /* of a host, with its zero */
#define OPS	  600

static struct world {
	struct config *config;
	struct state state;
	struct route_items routes;
	struct ops pending;
	struct problems problems;
	struct names names;
	struct event_ring events;
	struct answer_view view;
} w;

/* As a turn makes them anew. */
static void ops_make(unsigned int from, unsigned int to)
{
	w.pending.len = 0;
	for (unsigned int i = from; i < to; i++) {
		struct op *op = vec_add(&w.pending);
		char text[32];

		*op = (struct op){.kind = OP_ROUTE_ADD};
		snprintf(text, sizeof(text), "172.16.%u.%u/32", i >> 8, i & 255);
		prefix_parse(&op->route.dst, text, NULL);
	}
}

static void event_happens(void)
{
	struct event *e = event_ring_add(&w.events, 1700000000000, "peer-state");

	snprintf(e->text, sizeof(e->text), "number %llu", (unsigned long long)e->seq);
}

static int world_make(void **unused)
{
	struct device *d;
	(void)unused;

	memset(&w, 0, sizeof(w));
	w.config = config_new();
	d = vec_add(&w.state.devices);
	d->ifindex = 3;
	mem_copy_str(d->name, sizeof(d->name), "wg0");
	for (unsigned int i = 0; i < PEERS; i++) {
		struct peer *p = vec_add(&d->peers);

		p->wg.key.bytes[0] = (uint8_t)(i + 1);
	}
	for (unsigned int i = 0; i < ROUTES; i++) {
		struct route_item *item = vec_add(&w.routes);
		char text[32];

		snprintf(text, sizeof(text), "10.%u.%u.0/24", i >> 8, i & 255);
		*item = (struct route_item){.device = UINT32_MAX, .status = ROUTE_INSTALLED};
		prefix_parse(&item->route.dst, text, NULL);
		item->route.type = RTN_UNREACHABLE;
	}
	for (unsigned int i = 0; i < NAMES; i++) {
		struct name *n = mem_calloc(1, sizeof(*n) + NAME_SIZE);

		snprintf(n->host, NAME_SIZE, "gw%03u.example.net", i);
		*vec_add(&w.names.by_host) = n;
	}
	ops_make(0, OPS);
	for (unsigned int i = 0; i < EVENTS_KEPT + 5; i++)
		event_happens();
	w.view = (struct answer_view){.config = w.config,
				      .names = &w.names,
				      .events = &w.events,
				      .state = &w.state,
				      .routes = &w.routes,
				      .pending = &w.pending,
				      .problems = &w.problems};
	return 0;
}

static int world_free(void **unused)
{
	(void)unused;
	vec_each(&w.names.by_host, n)
		free(*n);
	vec_free(&w.names.by_host);
	vec_free(&w.pending);
	vec_free(&w.routes);
	state_free(&w.state);
	config_free(w.config);
	return 0;
}

/* The result of a request; change() is called after its head and the first part with elements. */
static json_t *answered(enum request_kind kind, void (*change)(void))
{
	const struct request r = {.kind = kind};
	struct answer_cursor c = {0};
	struct str out = {0};
	bool more;

	more = answer_part(&out, &w.view, &r, &c) && answer_part(&out, &w.view, &r, &c);
	if (more)
		change();
	while (more)
		more = answer_part(&out, &w.view, &r, &c);
	return answer_result(&out);
}

/* How many elements there are, no two of which have the same text under key. */
static size_t all_different(json_t *list, const char *key)
{
	json_t *seen = json_object(), *o;
	size_t n = json_array_size(list), i;

	json_array_foreach(list, i, o)
	{
		const char *text = json_string_value(json_object_get(o, key));

		assert_non_null(text);
		if (json_object_get(seen, text))
			fail_msg("%s is told twice", text);
		json_object_set_new(seen, text, json_true());
	}
	json_decref(seen);
	json_decref(list);
	return n;
}

static void nothing(void)
{
}

/* The first three go, which were told already. */
static void peers_go(void)
{
	struct device *d = &w.state.devices.at[0];

	d->peers.len -= 3;
	memmove(d->peers.at, d->peers.at + 3, d->peers.len * sizeof(*d->peers.at));
	d->structure++;
}

static void routes_go(void)
{
	w.routes.len -= 3;
	memmove(w.routes.at, w.routes.at + 3, w.routes.len * sizeof(*w.routes.at));
}

/* Of the first hundred, which were told already, half are done, and so is the last one told. */
static void operations_are_done(void)
{
	ops_make(50, OPS);
}

/* What comes in front of them was not there when that part was told. */
static void operations_come(void)
{
	struct op first = {.kind = OP_ENDPOINT, .ifindex = 3};

	*vec_add(&w.pending) = first;
	memmove(w.pending.at + 1, w.pending.at, (w.pending.len - 1) * sizeof(*w.pending.at));
	w.pending.at[0] = first;
}

static void no_operation_is_left(void)
{
	w.pending.len = 0;
}

static void names_go(void)
{
	for (unsigned int i = 0; i < 3; i++)
		free(w.names.by_host.at[i]);
	w.names.by_host.len -= 3;
	memmove(w.names.by_host.at, w.names.by_host.at + 3,
		w.names.by_host.len * sizeof(*w.names.by_host.at));
}

static void a_storm_of_events(void)
{
	for (unsigned int i = 0; i < EVENTS_KEPT + 100; i++)
		event_happens();
}

static void the_device_goes(void)
{
	w.state.devices.len = 0;
}

static void parts_make_a_whole(void **state)
{
	(void)state;

	assert_int_equal(all_different(answered(REQUEST_PEERS, nothing), "public_key"), PEERS);
	assert_int_equal(all_different(answered(REQUEST_PATHS, nothing), "public_key"), PEERS);
	assert_int_equal(all_different(answered(REQUEST_ROUTES, nothing), "prefix"), ROUTES);
}

static void what_goes_meanwhile_moves_nobody_else(void **state)
{
	(void)state;

	assert_int_equal(all_different(answered(REQUEST_PEERS, peers_go), "public_key"), PEERS);
	assert_int_equal(all_different(answered(REQUEST_ROUTES, routes_go), "prefix"), ROUTES);
	assert_in_range(all_different(answered(REQUEST_PEERS, the_device_goes), "public_key"), 1,
			PEERS);
	w.state.devices.len = 1;
}

/* A member of an object, whose other members are not wanted. */
static json_t *list_of(json_t *o, const char *key)
{
	json_t *list = json_incref(json_object_get(o, key));

	assert_non_null(list);
	json_decref(o);
	return list;
}

static json_t *operations(void (*change)(void))
{
	return list_of(answered(REQUEST_PLAN, change), "operations");
}

static void the_plan_in_parts(void **state)
{
	(void)state;

	assert_int_equal(all_different(operations(nothing), "text"), OPS);
	assert_int_equal(all_different(operations(operations_come), "text"), OPS);
	ops_make(0, OPS);
	assert_int_equal(all_different(operations(operations_are_done), "text"), OPS);
	ops_make(0, OPS);
	assert_in_range(all_different(operations(no_operation_is_left), "text"), 1, OPS - 1);

	ops_make(0, OPS);
	for (unsigned int i = 0; i < ROUTES; i += 2)
		w.routes.at[i].status = ROUTE_OFF;
	assert_int_equal(all_different(list_of(answered(REQUEST_PLAN, nothing), "held"), "prefix"),
			 ROUTES / 2);
}

static void names_in_parts(void **state)
{
	(void)state;

	assert_int_equal(all_different(answered(REQUEST_DNS, nothing), "name"), NAMES);
	assert_int_equal(all_different(answered(REQUEST_DNS, names_go), "name"), NAMES);
}

static void events_in_parts(void **state)
{
	json_t *list;
	(void)state;

	assert_int_equal(all_different(answered(REQUEST_EVENTS, nothing), "text"), EVENTS_KEPT);
	list = answered(REQUEST_EVENTS, a_storm_of_events); /* has taken the place of the others */
	assert_in_range(json_array_size(list), EVENTS_KEPT, EVENTS_KEPT + 64);
	all_different(list, "text");
}

/* Routes of ours that nobody wants any more are told behind the others. */
static void routes_that_are_too_many(void **state)
{
	(void)state;

	for (unsigned int i = 0; i < OPS; i++)
		*vec_add(&w.state.ours) = w.pending.at[i].route;
	assert_int_equal(all_different(answered(REQUEST_ROUTES, nothing), "prefix"), ROUTES + OPS);
}

static void element_add(struct fw_set *s, uint8_t byte)
{
	vec_add(&s->elems)->key[0] = byte;
}

static const json_t *in(const json_t *o, const char *list, const char *key)
{
	const json_t *first = json_array_get(json_object_get(o, list), 0);

	return key ? json_object_get(first, key) : first;
}

static void the_firewall_of_all(void **state)
{
	struct fw_ruleset want = {.table = true};
	struct fw_actual have = {.available = true, .table = true, .flowtable = true};
	struct fw_plan plan = {.want = &want};
	struct fw_set *s = vec_add(&want.sets);
	struct fw_base *b = vec_add(&have.bases);
	json_t *o;
	(void)state;

	mem_copy_str(s->name, sizeof(s->name), "peers4.24");
	element_add(s, 1);
	element_add(s, 2);
	*b = (struct fw_base){.family = NFPROTO_IPV4,
			      .table = "filter",
			      .chain = "FORWARD",
			      .hook = {.num = NF_INET_FORWARD, .priority = -5},
			      .last_drops = true};
	memcpy(vec_add(&have.offload)->key, "eth0", 5);
	w.view.firewall_enabled = true;
	w.view.firewall_want = &want;
	w.view.firewall_have = &have;
	w.view.firewall_pending = &plan;

	o = answered(REQUEST_FIREWALL, nothing);
	assert_string_equal(json_string_value(in(o, "sets", "name")), "peers4.24");
	assert_int_equal(json_integer_value(in(o, "sets", "elements")), 2);
	assert_true(json_is_false(in(o, "sets", "installed")));
	assert_string_equal(json_string_value(in(o, "foreign_chains", "family")), "ip");
	assert_string_equal(json_string_value(in(o, "foreign_chains", "hook")), "forward");
	assert_int_equal(json_integer_value(in(o, "foreign_chains", "priority")), -5);
	assert_true(json_is_true(in(o, "foreign_chains", "drops")));
	assert_string_equal(json_string_value(in(o, "flowtable", NULL)), "eth0");
	json_decref(o);

	s = vec_add(&have.sets);
	mem_copy_str(s->name, sizeof(s->name), "peers4.24");
	element_add(s, 1);
	b->hook.num = NF_INET_LOCAL_IN;
	*vec_add(&have.foreign) = (struct fw_foreign){
		.family = NFPROTO_IPV4, .table = "filter", .chain = "INPUT", .ifname = "wg0"};
	o = answered(REQUEST_FIREWALL, nothing);
	assert_true(json_is_true(in(o, "sets", "installed")));
	assert_int_equal(json_integer_value(in(o, "sets", "elements_installed")), 1);
	assert_string_equal(json_string_value(in(o, "foreign_chains", "hook")), "input");
	assert_string_equal(json_string_value(in(o, "foreign_rules", "status")), "surplus");
	json_decref(o);
	fw_ruleset_free(&want);
	fw_actual_free(&have);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_make, world_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(parts_make_a_whole),  IN_WORLD(what_goes_meanwhile_moves_nobody_else),
		IN_WORLD(the_plan_in_parts),   IN_WORLD(names_in_parts),
		IN_WORLD(events_in_parts),     IN_WORLD(routes_that_are_too_many),
		IN_WORLD(the_firewall_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
