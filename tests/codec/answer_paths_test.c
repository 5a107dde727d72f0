// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers about what is under way: a peer that is to be reached without the hub, in each of its
 * states, and the names of all operations that a plan may have.
 */
#include "support/test.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "support/answered.h"

#define NOW 1000000 /* ms since boot */

static struct world {
	struct state state;
	struct route_items routes;
	struct ops pending;
	struct problems problems;
	struct paths paths;
	struct peer_conf hub_conf, ben_conf;
	struct answer_view view;
} w;

static struct peer *add_peer(struct device *d, uint8_t byte, const struct peer_conf *conf)
{
	struct peer *p = vec_add(&d->peers);

	memset(p->wg.key.bytes, byte, KEY_LEN);
	p->conf = conf;
	return p;
}

static struct endpoint endpoint(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(&e, text), 0);
	return e;
}

/* wg0 with the hub, which answers within 12 ms, and ben, who is by the hub. */
static int world_make(void **unused)
{
	struct device *d;
	struct path *path;
	struct peer *ben;
	(void)unused;

	memset(&w, 0, sizeof(w));
	mem_copy_str(w.hub_conf.name, NAME_LEN, "hub");
	mem_copy_str(w.ben_conf.name, NAME_LEN, "ben");
	w.hub_conf.exchange = true;
	w.ben_conf.direct = DIRECT_YES;
	prefix_parse(vec_add(&w.ben_conf.allowed_ips), "10.49.0.3/32", NULL);
	d = vec_add(&w.state.devices);
	d->ifindex = 3;
	mem_copy_str(d->name, sizeof(d->name), "wg0");
	*vec_add(&w.state.links) = (struct link){.ifindex = 3, .name = "wg0", .wireguard = true};
	add_peer(d, 1, &w.hub_conf)->wg.aips = 1;
	prefix_parse(vec_add(&d->aips), "10.49.0.0/24", NULL);
	ben = add_peer(d, 2, &w.ben_conf);
	ben->wg.endpoint = endpoint("192.0.2.20:40001");
	*vec_add(&w.paths.hubs) = (struct path_hub){.ifindex = 3,
						    .current = true,
						    .round_trip = 12,
						    .answered_at = NOW - 3000,
						    .key = d->peers.at[0].wg.key};
	path = vec_add(&w.paths.list);
	*path = (struct path){.ifindex = 3,
			      .key = ben->wg.key,
			      .state = PATH_HUB,
			      .since = NOW - 9000,
			      .why = "the other does not ask",
			      .other = EXCHANGE_WANT,
			      .tries = 2,
			      .retry_at = NOW + 5000};
	w.view = (struct answer_view){.at = {.now = NOW},
				      .state = &w.state,
				      .routes = &w.routes,
				      .pending = &w.pending,
				      .problems = &w.problems,
				      .paths = &w.paths};
	return 0;
}

static int world_free(void **unused)
{
	(void)unused;
	vec_free(&w.ben_conf.allowed_ips);
	vec_free(&w.pending);
	paths_free(&w.paths);
	state_free(&w.state);
	return 0;
}

/* What `paths` says of ben; the caller frees it. */
static json_t *ben(void)
{
	const struct request r = {.kind = REQUEST_PATHS};
	json_t *list = answer_whole(&w.view, &r), *o = json_incref(json_array_get(list, 1));

	assert_non_null(o);
	json_decref(list);
	return o;
}

static const json_t *direct(const json_t *peer, const char *key)
{
	const json_t *o = json_object_get(json_object_get(peer, "direct"), key);

	assert_non_null(o);
	return o;
}

static void says(const json_t *value, const char *text)
{
	if (!json_is_string(value))
		fail_msg("%s: it is no text", text);
	assert_string_equal(json_string_value(value), text);
}

static void by_the_hub(void **state)
{
	json_t *o = ben();
	(void)state;

	says(json_object_get(o, "path"), "hub");
	says(direct(o, "state"), "hub");
	says(direct(o, "reason"), "the other does not ask");
	says(direct(o, "hub"), "hub");
	says(direct(o, "other"), "want");
	assert_int_equal(json_integer_value(direct(o, "state_age_s")), 9);
	assert_int_equal(json_integer_value(direct(o, "hub_round_trip_ms")), 12);
	assert_int_equal(json_integer_value(direct(o, "hub_answered_age_s")), 3);
	assert_int_equal(json_integer_value(direct(o, "tries")), 2);
	assert_int_equal(json_integer_value(direct(o, "next_try_s")), 5);
	assert_true(json_is_null(direct(o, "seen_at")));
	assert_int_equal(json_array_size(direct(o, "candidates")), 0);
	json_decref(o);
}

/* Its NAT gives each flow a port of its own: the hub saw another one than we do. */
static void directly_behind_a_symmetric_nat(void **state)
{
	struct path *path = w.paths.list.at;
	json_t *o;
	(void)state;

	path->state = PATH_DIRECT;
	path->why = NULL;
	path->told = endpoint("192.0.2.20:51820");
	path->own = endpoint("192.0.2.30:41000");
	o = ben();
	says(json_object_get(o, "path"), "direct");
	says(direct(o, "seen_at"), "192.0.2.20:51820");
	says(direct(o, "seen_us_at"), "192.0.2.30:41000");
	assert_true(json_is_true(direct(o, "symmetric")));
	assert_true(json_is_null(direct(o, "reason")));
	assert_true(json_is_null(direct(o, "next_try_s")));
	json_decref(o);
	path->told.port = 40001;
	o = ben();
	assert_true(json_is_false(direct(o, "symmetric")));
	json_decref(o);
}

static void behind_the_same_nat(void **state)
{
	struct path *path = w.paths.list.at;
	json_t *o;
	(void)state;

	path->state = PATH_TRYING;
	path->same_nat = true;
	path->candidates = 1;
	path->candidate[0].addr = endpoint("192.168.77.5:1").addr;
	path->candidate[0].port = 51820;
	o = ben();
	assert_true(json_is_true(direct(o, "same_nat")));
	says(json_array_get(direct(o, "candidates"), 0), "192.168.77.5:51820");
	json_decref(o);
	w.paths.hubs.len = 0; /* and the hub is not known any more */
	o = ben();
	assert_true(json_is_null(direct(o, "hub")));
	assert_true(json_is_null(direct(o, "hub_round_trip_ms")));
	json_decref(o);
}

static void explains_how_it_is_reached(const char *what, const char *line, bool said)
{
	struct str out = {0};
	json_t *o, *l;
	bool found = false;
	size_t i;

	assert_true(answer_explain(&out, &w.view, what));
	o = read_back(&out);
	json_array_foreach(json_object_get(o, "explanation"), i, l) found =
		found || !strcmp(json_string_value(l), line);
	assert_int_equal(found, said);
	json_decref(o);
}

static void an_explanation_names_the_way(void **state)
{
	struct config *config = config_new();
	(void)state;

	w.view.config = config;
	explains_how_it_is_reached("10.49.0.3", "ben is reached by the hub: the other does not ask",
				   true);
	explains_how_it_is_reached("10.49.0.4", "ben is reached by the hub: the other does not ask",
				   false);
	w.paths.list.at[0].state = PATH_DIRECT;
	explains_how_it_is_reached("10.49.0.3", "ben is reached without the hub", true);
	config_free(config);
}

static void operations_have_names(void **state)
{
	static const struct {
		enum op_kind kind;
		const char *name;
	} kinds[] = {{OP_ROUTE_ADD, "route-add"},
		     {OP_ROUTE_DEL, "route-del"},
		     {OP_RULE_ADD, "rule-add"},
		     {OP_RULE_DEL, "rule-del"},
		     {OP_ENDPOINT, "endpoint"},
		     {OP_KEEPALIVE, "keepalive"},
		     {OP_KICK, "kick"},
		     {OP_PROBE, "probe"},
		     {OP_REBIND, "rebind"},
		     {OP_FWMARK, "fwmark"},
		     {OP_ALLOWED_IPS, "allowed-ips"}};
	const struct request r = {.kind = REQUEST_PLAN};
	json_t *o, *list;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		*vec_add(&w.pending) = (struct op){.kind = kinds[i].kind, .ifindex = 3};
	o = answer_whole(&w.view, &r);
	list = json_object_get(o, "operations");
	assert_int_equal(json_array_size(list), ARRAY_LEN(kinds));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const json_t *op = json_array_get(list, i);

		says(json_object_get(op, "kind"), kinds[i].name);
		assert_non_null(strstr(json_string_value(json_object_get(op, "text")),
				       i < 4 ? "table" : "wg0"));
	}
	json_decref(o);
}

/* Supernets that are answered with a refusal have no interface and no peer, but a type. */
static void routes_that_refuse(void **state)
{
	static const struct {
		uint8_t type;
		const char *name;
	} types[] = {{RTN_UNREACHABLE, "unreachable"},
		     {RTN_BLACKHOLE, "blackhole"},
		     {RTN_PROHIBIT, "prohibit"}};
	const struct request r = {.kind = REQUEST_ROUTES};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct route_item item = {.device = UINT32_MAX, .status = ROUTE_INSTALLED};
		struct answer_cursor c = {0};
		struct str out = {0};
		char want[64];

		prefix_parse(&item.route.dst, "10.20.0.0/16", NULL);
		item.route.type = ROUTE_TYPE(types[i].type);
		item.why = word_of("as configured");
		w.routes = (struct route_items){.at = &item, .len = 1};
		while (answer_part(&out, &w.view, &r, &c))
			continue;
		snprintf(want, sizeof(want), "\"type\":\"%s\"", types[i].name);
		assert_non_null(strstr(out.text, want));
		assert_non_null(strstr(out.text, "\"interface\":null"));
		assert_non_null(strstr(out.text, "\"peer\":null"));
		assert_non_null(strstr(out.text, "\"reason\":\"as configured\""));
		str_free(&out);
	}
	w.routes = (struct route_items){0};
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_make, world_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(by_the_hub),
		IN_WORLD(directly_behind_a_symmetric_nat),
		IN_WORLD(behind_the_same_nat),
		IN_WORLD(an_explanation_names_the_way),
		IN_WORLD(operations_have_names),
		IN_WORLD(routes_that_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
