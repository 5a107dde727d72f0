// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers that come in parts, while the world changes between two of them; and what `firewall`
 * tells of sets, of other programs' chains and of the flowtable.
 */
#include "support/test.h"

#include <jansson.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "codec/answer.h"

#include <linux/netfilter.h> /* after netinet/in.h, which it gives way to */

#define PEERS  200 /* more than two parts */
#define ROUTES 600

static struct world {
	struct config *config;
	struct state state;
	struct route_items routes;
	struct ops pending;
	struct problems problems;
	struct answer_view view;
} w;

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
	w.view = (struct answer_view){.config = w.config,
				      .state = &w.state,
				      .routes = &w.routes,
				      .pending = &w.pending,
				      .problems = &w.problems};
	return 0;
}

static int world_free(void **unused)
{
	(void)unused;
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
	json_t *frame, *result;
	bool more;

	more = answer_part(&out, &w.view, &r, &c) && answer_part(&out, &w.view, &r, &c);
	if (more)
		change();
	while (more)
		more = answer_part(&out, &w.view, &r, &c);
	frame = json_loads(str_text(&out), 0, NULL);
	assert_non_null(frame);
	result = json_incref(json_object_get(frame, "result"));
	json_decref(frame);
	str_free(&out);
	return result;
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
		IN_WORLD(parts_make_a_whole),
		IN_WORLD(what_goes_meanwhile_moves_nobody_else),
		IN_WORLD(the_firewall_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
