// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers of the control socket, on a small network that is written down here: two interfaces, a
 * site that answers, one that does not, and a laptop that was never seen.
 */
#include "support/test.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "codec/put.h"
#include "plan/keepalive.h"
#include "support/answered.h"

#include <linux/netfilter.h> /* after netinet/in.h, which it gives way to */

#define NOW  1000000		    /* ms since boot */
#define WALL INT64_C(1709210096789) /* 2024-02-29T12:34:56.789Z */

static struct world {
	struct config *config;
	struct state state;
	struct names names;
	struct route_items routes;
	struct ops pending;
	struct problems problems;
	struct event_ring events;
	struct answer_counters counters;
	struct answer_view view;
} w;

static struct prefix pfx(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text, NULL), 0);
	return p;
}

static struct device *add_device(uint32_t ifindex, const char *name)
{
	struct device *d = vec_add(&w.state.devices);
	struct link *l = vec_add(&w.state.links);

	*l = (struct link){.ifindex = ifindex, .up = true, .wireguard = true};
	mem_copy_str(l->name, sizeof(l->name), name);
	d->ifindex = ifindex;
	mem_copy_str(d->name, sizeof(d->name), name);
	d->mtu = 1420;
	d->up = d->readable = true;
	d->listen_port = 51820;
	d->conf = config_iface(w.config, name);
	return d;
}

/* Its key is one byte repeated; conf may be NULL. */
static struct peer *add_peer(struct device *d, uint8_t byte, const struct peer_conf *conf,
			     enum life_state state, const char *const *aips)
{
	struct peer *p = vec_add(&d->peers);

	memset(p->wg.key.bytes, byte, KEY_LEN);
	p->conf = conf;
	p->life.state = (uint8_t)state;
	d->states[state]++;
	p->wg.first_aip = d->aips.len;
	for (; *aips; aips++) {
		*vec_add(&d->aips) = pfx(*aips);
		p->wg.aips++;
	}
	return p;
}

static void add_item(uint32_t device, uint32_t peer, const char *prefix, enum route_status status)
{
	struct route_item *item = vec_add(&w.routes);

	*item = (struct route_item){.device = device, .peer = peer, .status = status & 0x7f};
	item->route = (struct route){.dst = pfx(prefix),
				     .table = RT_TABLE_MAIN,
				     .type = RTN_UNICAST,
				     .oif = w.state.devices.at[device].ifindex,
				     .protocol = ROUTE_PROTOCOL};
}

static struct peer_conf london = {.name = "london", .zone = "sites"};
static struct peer_conf madrid = {.name = "madrid \"gw\"\xff", .zone = "sites"};

static int world_make(void **unused)
{
	static const char *const london_aips[] = {"10.0.0.1/32", "192.168.1.0/24", NULL};
	static const char *const madrid_aips[] = {"192.168.0.0/16", "fd00:2::/64", NULL};
	static const char *const laptop_aips[] = {"10.0.0.9/32", NULL};
	struct device *d;
	struct peer *p;
	(void)unused;

	memset(&w, 0, sizeof(w));
	w.config = config_new();
	add_device(3, "wg0");
	add_device(4, "wg1");
	d = &w.state.devices.at[0];
	p = add_peer(d, 1, &london, LIFE_UP, london_aips);
	assert_int_equal(endpoint_parse(&p->wg.endpoint, "203.0.113.9:50501"), 0);
	p->source = SOURCE_DNS;
	p->life.handshake = NOW - 61500;
	p->life.proof = NOW - 2000;
	p->wg.handshake_ns = INT64_C(1709210035000000000);
	p->wg.rx = UINT64_C(1) << 40;
	p->wg.tx = 148;
	p->wg.keepalive = 25;
	p->keepalive_reason = KEEPALIVE_CARRIER_NAT;
	p = add_peer(d, 2, &madrid, LIFE_UNANSWERED, madrid_aips);
	p->life.sent_since = NOW - 42000;
	add_peer(&w.state.devices.at[1], 3, NULL, LIFE_NEVER, laptop_aips);
	w.state.devices.at[1].up = false;

	add_item(0, 0, "10.0.0.1/32", ROUTE_COVERED);
	add_item(1, 0, "10.0.0.9/32", ROUTE_DOWN);
	add_item(0, 1, "192.168.0.0/16", ROUTE_MISSING);
	add_item(0, 0, "192.168.1.0/24", ROUTE_INSTALLED);
	add_item(0, 1, "fd00:2::/64", ROUTE_FAILED);
	w.routes.at[4].error = -ENETUNREACH;

	w.view = (struct answer_view){.at = {.now = NOW, .wall = WALL},
				      .started = NOW - 7500,
				      .pid = 4711,
				      .config = w.config,
				      .generation = 1,
				      .loaded_at = WALL,
				      .state = &w.state,
				      .names = &w.names,
				      .routes = &w.routes,
				      .pending = &w.pending,
				      .problems = &w.problems,
				      .events = &w.events,
				      .counters = &w.counters};
	return 0;
}

static int world_free(void **unused)
{
	(void)unused;
	config_free(w.config);
	state_free(&w.state);
	names_free(&w.names);
	vec_free(&w.routes);
	vec_free(&w.pending);
	problems_free(&w.problems);
	return 0;
}

/* What is at "interfaces.0.name" and the like; fails where there is nothing. */
static json_t *at(json_t *o, const char *path)
{
	char part[64];

	while (*path) {
		size_t n = strcspn(path, ".");

		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		o = json_is_array(o) ? json_array_get(o, strtoul(part, NULL, 10))
				     : json_object_get(o, part);
		if (!o)
			fail_msg("no %s", part);
		path += n + (path[n] == '.');
	}
	return o;
}

static void says(json_t *o, const char *path, const char *text)
{
	json_t *value = at(o, path);

	assert_true(json_is_string(value));
	assert_string_equal(json_string_value(value), text);
}

static void counts(json_t *o, const char *path, json_int_t n)
{
	assert_true(json_is_integer(at(o, path)));
	assert_int_equal(json_integer_value(at(o, path)), n);
}

static void is_null(json_t *o, const char *path)
{
	assert_true(json_is_null(at(o, path)));
}

static json_t *told(void (*answer)(struct str *, const struct answer_view *))
{
	struct str out = {0};

	answer(&out, &w.view);
	return read_back(&out);
}

/* NULL where there is nothing to tell. */
static json_t *told_of(bool (*answer)(struct str *, const struct answer_view *, const char *),
		       const char *what)
{
	struct str out = {0};

	if (answer(&out, &w.view, what))
		return read_back(&out);
	assert_int_equal(out.len, 0);
	return NULL;
}

static json_t *whole(enum request_kind kind, const char *arg)
{
	struct request r = {.kind = kind};

	strcpy(r.arg, arg);
	return answer_whole(&w.view, &r);
}

static json_t *told_events(unsigned int n)
{
	const struct request r = {.kind = REQUEST_EVENTS, .count = n};

	return answer_whole(&w.view, &r);
}

static void frame_of_an_answer(void **state)
{
	struct str out = {0};
	(void)state;

	answer_begin(&out);
	put_text(&out, NULL, "a\nb");
	answer_end(&out);
	assert_string_equal(str_text(&out), "{\"ok\":true,\"result\":\"a\\nb\"}\n");
	out.len = 0;
	answer_error(&out, "usage", "usage: peer \xff");
	assert_string_equal(str_text(&out), "{\"ok\":false,\"error\":{\"code\":\"usage\","
					    "\"message\":\"usage: peer ?\"}}\n");
	str_free(&out);
}

static void address_add(uint32_t ifindex, const char *text, uint8_t len)
{
	struct local_addr *a = vec_add(&w.state.addrs);

	a->ifindex = ifindex;
	a->len = len;
	assert_int_equal(addr_parse(&a->addr, text), 0);
}

static void status_tells_all(void **state)
{
	json_t *o;
	(void)state;

	address_add(3, "10.49.0.1", 24);
	address_add(99, "192.0.2.1", 24); /* of an interface that is not ours */
	address_add(3, "fd00:49::1", 64);
	problem_add(&w.problems, "no-wireguard", "modprobe wireguard", "no %s here", "WireGuard");
	o = told(answer_status);
	counts(o, "pid", 4711);
	counts(o, "uptime_s", 7);
	is_null(o, "config.path");
	is_null(o, "config.error");
	counts(o, "config.generation", 1);
	says(o, "config.loaded_at", "2024-02-29T12:34:56.789Z");
	assert_true(json_is_false(at(o, "converged")));
	says(o, "interfaces.0.name", "wg0");
	says(o, "interfaces.0.backend", "kernel");
	says(o, "interfaces.0.addresses.0", "10.49.0.1/24"); /* with its host bits */
	says(o, "interfaces.0.addresses.1", "fd00:49::1/64");
	assert_int_equal(json_array_size(at(o, "interfaces.0.addresses")), 2);
	assert_int_equal(json_array_size(at(o, "interfaces.1.addresses")), 0);
	counts(o, "interfaces.0.ifindex", 3);
	counts(o, "interfaces.0.peers", 2);
	counts(o, "interfaces.0.peers_up", 1);
	assert_true(json_is_false(at(o, "interfaces.1.up")));
	counts(o, "peers.total", 3);
	counts(o, "peers.unanswered", 1);
	counts(o, "routes.desired", 3);
	counts(o, "routes.installed", 1);
	counts(o, "routes.failed", 1);
	says(o, "firewall.state", "off");
	counts(o, "firewall.elements", 0);
	says(o, "problems.0.code", "no-wireguard");
	says(o, "problems.0.message", "no WireGuard here");
	says(o, "problems.0.hint", "modprobe wireguard");
	json_decref(o);
}

static void a_peer_that_answers(void **state)
{
	json_t *o = whole(REQUEST_PEERS, "");
	(void)state;

	assert_int_equal(json_array_size(o), 3);
	says(o, "0.interface", "wg0");
	says(o, "0.name", "london");
	says(o, "0.public_key", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
	says(o, "0.zone", "sites");
	says(o, "0.state", "up");
	says(o, "0.endpoint", "203.0.113.9:50501");
	says(o, "0.endpoint_source", "dns");
	says(o, "0.path", "endpoint");
	counts(o, "0.handshake_age_s", 61);
	counts(o, "0.rx_bytes", INT64_C(1) << 40);
	counts(o, "0.keepalive_s", 25);
	says(o, "0.keepalive_reason", "auto: this host is behind carrier-grade NAT");
	says(o, "0.allowed_ips.1", "192.168.1.0/24");
	says(o, "0.routes.0.status", "covered");
	says(o, "0.routes.1.prefix", "192.168.1.0/24");
	says(o, "0.routes.1.table", "main");
	json_decref(o);
}

static void a_peer_that_does_not(void **state)
{
	json_t *o = whole(REQUEST_PEERS, "");
	(void)state;

	says(o, "1.name", "madrid \"gw\"?");
	says(o, "1.state", "unanswered");
	counts(o, "1.unanswered_s", 42);
	is_null(o, "1.endpoint");
	is_null(o, "1.endpoint_source");
	is_null(o, "1.path");
	is_null(o, "1.handshake_age_s");
	assert_int_equal(json_array_size(at(o, "1.routes")), 2);
	is_null(o, "2.name");
	says(o, "2.zone", "peers");
	says(o, "2.routes.0.status", "down");
	json_decref(o);
}

static void peers_of_one_interface(void **state)
{
	json_t *o = whole(REQUEST_PEERS, "wg1");
	(void)state;

	assert_int_equal(json_array_size(o), 1);
	says(o, "0.state", "never");
	assert_int_equal(json_array_size(at(o, "0.routes")), 1);
	json_decref(o);
	assert_null(whole(REQUEST_PEERS, "wg7"));
}

static void one_peer_by_name_and_key(void **state)
{
	static const char *const ways[] = {"london",
					   "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="};
	struct event *e = event_ring_add(&w.events, WALL, "peer-state");
	(void)state;

	mem_copy_str(e->peer, sizeof(e->peer), "london");
	mem_copy_str(e->text, sizeof(e->text), "is up");
	event_ring_add(&w.events, WALL, "reload");
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		json_t *o = told_of(answer_peer, ways[i]);

		says(o, "name", "london");
		assert_int_equal(json_array_size(at(o, "routes")), 2);
		assert_int_equal(json_array_size(at(o, "events")), 1);
		says(o, "events.0.text", "is up");
		json_decref(o);
	}
	assert_null(told_of(answer_peer, "paris"));
	assert_null(told_of(answer_peer, "AgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="));
}

/* A pair of peers, one prefix of the first with the second, and one that was nobody's. */
static void a_standby_and_what_was_moved(void **state)
{
	struct standby_pair pair = {.standby = 1,
				    .wants = SIDE_STANDBY,
				    .prefixes = true,
				    .why = "its primary does not answer"};
	struct standby_pairs pairs = {.at = &pair, .len = 1};
	struct loan loans_at[2] = {{.ifname = "wg0"}, {.ifname = "wg0", .homeless = true}};
	struct loans loans = {.at = loans_at, .len = 2};
	struct peer *peers = w.state.devices.at[0].peers.at;
	json_t *o;
	(void)state;

	assert_int_equal(prefix_parse(&loans_at[0].prefix, "192.168.1.0/24", NULL), 0);
	assert_int_equal(prefix_parse(&loans_at[1].prefix, "192.168.9.0/24", NULL), 0);
	loans_at[0].home = peers[0].wg.key;
	loans_at[0].holder = loans_at[1].holder = peers[1].wg.key;
	peers[0].paired = peers[1].paired = true;
	w.view.pairs = &pairs;
	w.view.loans = &loans;
	o = whole(REQUEST_PATHS, "");
	says(o, "0.standby.role", "primary");
	says(o, "0.standby.state", "serving");
	says(o, "0.standby.reason", "its primary does not answer");
	says(o, "0.lent.0.prefix", "192.168.1.0/24");
	assert_int_equal(json_array_size(at(o, "0.borrowed")), 0);
	says(o, "1.standby.role", "standby");
	says(o, "1.standby.peer", "london");
	says(o, "1.standby.interface", "wg0");
	says(o, "1.borrowed.0.from", "london");
	assert_true(json_is_null(at(o, "1.borrowed.1.from")));
	assert_true(json_is_null(at(o, "2.standby")));
	json_decref(o);
	o = whole(REQUEST_METRICS, "");
	assert_non_null(strstr(json_string_value(o), "wayside_standby_serving{interface=\"wg0\""));
	json_decref(o);
	w.view.pairs = NULL;
	w.view.loans = NULL;
}

static void routes_with_reasons(void **state)
{
	struct route *stale = vec_add(&w.state.ours);
	json_t *o;
	(void)state;

	*stale = (struct route){.dst = pfx("172.16.0.0/12"), .table = 51, .oif = 3};
	stale->protocol = ROUTE_PROTOCOL;
	*vec_add(&w.state.foreign) = (struct route){.dst = pfx("9.0.0.0/8"), .protocol = 4};
	o = whole(REQUEST_ROUTES, "");
	assert_int_equal(json_array_size(o), 6);
	says(o, "3.prefix", "192.168.1.0/24");
	says(o, "3.interface", "wg0");
	says(o, "3.peer", "london");
	says(o, "3.table", "main");
	says(o, "3.status", "installed");
	is_null(o, "3.reason");
	says(o, "4.status", "failed");
	says(o, "4.reason", "Network is unreachable");
	says(o, "5.prefix", "172.16.0.0/12");
	says(o, "5.table", "51");
	says(o, "5.status", "surplus");
	json_decref(o);
}

static void plan_empty_and_not(void **state)
{
	json_t *o = whole(REQUEST_PLAN, "");
	struct op *op;
	(void)state;

	assert_int_equal(json_array_size(at(o, "operations")), 0);
	json_decref(o);

	op = vec_add(&w.pending);
	*op = (struct op){.kind = OP_ROUTE_ADD, .ifindex = 3, .route = w.routes.at[2].route};
	o = whole(REQUEST_PLAN, "");
	says(o, "operations.0.kind", "route-add");
	says(o, "operations.0.text", "route add 192.168.0.0/16 dev wg0 table main");
	is_null(o, "operations.0.error");
	/* What is not going to be done, and why not: not what failed, which is going to. */
	assert_int_equal(json_array_size(at(o, "held")), 2);
	says(o, "held.0.prefix", "10.0.0.1/32");
	says(o, "held.0.status", "covered");
	says(o, "held.1.status", "down");
	json_decref(o);
	w.pending.at[0].error = -EINVAL;
	o = whole(REQUEST_PLAN, "");
	says(o, "operations.0.error", "Invalid argument");
	json_decref(o);
	w.pending.at[0].why = "Invalid prefsrc address";
	o = whole(REQUEST_PLAN, "");
	says(o, "operations.0.error", "Invalid prefsrc address");
	json_decref(o);
}

/* A rule that is there, one that is not, and an accept in iptables' chain that was taken away. */
static void firewall_wanted_and_installed(void **state)
{
	struct fw_ruleset want = {.table = true};
	struct fw_actual have = {.available = true, .table = true};
	struct fw_plan plan = {.want = &want};
	struct fw_chain *c = vec_add(&want.chains);
	struct fw_have_chain *h = vec_add(&have.chains);
	json_t *o;
	(void)state;

	*c = (struct fw_chain){.name = FW_CHAIN, .hook = {.type = "filter", .priority = -5}};
	*vec_add(&c->rules) = (struct fw_rule){.verdict = FW_ACCEPT, .comment = "old", .tag = 7};
	*vec_add(&c->rules) = (struct fw_rule){.verdict = FW_DROP, .comment = "new", .tag = 8};
	*h = (struct fw_have_chain){.name = FW_CHAIN};
	*vec_add(&h->tags) = 7;
	*vec_add(&want.foreign) = (struct fw_foreign){
		.family = NFPROTO_IPV4, .table = "filter", .chain = "FORWARD", .ifname = "wg0"};
	w.view.firewall_enabled = true;
	w.view.firewall_want = &want;
	w.view.firewall_have = &have;
	w.view.firewall_pending = &plan;

	o = whole(REQUEST_FIREWALL, "");
	says(o, "state", "installed"); /* the plan is empty, and the planner decides */
	says(o, "chains.0.name", "forward");
	says(o, "chains.0.rules.0.verdict", "accept");
	assert_true(json_is_true(at(o, "chains.0.rules.0.installed")));
	assert_true(json_is_false(at(o, "chains.0.rules.1.installed")));
	says(o, "foreign_rules.0.family", "ip");
	says(o, "foreign_rules.0.status", "missing");
	json_decref(o);

	*vec_add(&plan.ops) = (struct fw_op){.kind = FW_OP_ADD_TABLE};
	o = whole(REQUEST_PLAN, "");
	says(o, "operations.0.kind", "firewall");
	json_decref(o);
	o = told(answer_status);
	says(o, "firewall.state", "pending");
	counts(o, "pending", 1);
	json_decref(o);

	have.available = false;
	have.error = -EPERM;
	o = told(answer_status);
	says(o, "firewall.state", "unavailable");
	says(o, "firewall.error", "Operation not permitted");
	json_decref(o);
	fw_plan_free(&plan);
	fw_ruleset_free(&want);
	fw_actual_free(&have);
}

static void policy_add(struct firewall_conf *f, const char *from, const char *to, uint16_t port,
		       enum verdict action)
{
	struct policy_rule *rule = vec_add(&f->policy);

	rule->place = (struct place){"wayside.conf", 10 + f->policy.len};
	rule->action = action;
	if (!prefix_parse(&rule->from.prefix, from, NULL))
		rule->from.kind = PARTY_PREFIX;
	else
		rule->from.kind = strcmp(from, "any") ? PARTY_ZONE : PARTY_ANY;
	mem_copy_str(rule->from.name, NAME_LEN, from);
	rule->to.kind = strcmp(to, "any") ? PARTY_ZONE : PARTY_ANY;
	mem_copy_str(rule->to.name, NAME_LEN, to);
	if (port)
		*vec_add(&rule->ports) = (struct port_match){IPPROTO_TCP, port, port};
}

static void dc_and_peers(void)
{
	struct zone_conf *dc = vec_add(&w.config->zones);
	struct firewall_conf *f = &w.config->defaults.firewall;

	mem_copy_str(dc->name, NAME_LEN, "dc");
	*vec_add(&dc->prefixes) = pfx("10.10.0.0/16");
	f->enabled = w.view.firewall_enabled = true;
	policy_add(f, "dc", "sites", 22, VERDICT_ACCEPT);
	policy_add(f, "192.0.2.0/24", "any", 0, VERDICT_REJECT);
	policy_add(f, "any", "dc", 0, VERDICT_ACCEPT);
}

static void firewall_in_terms_of_zones(void **state)
{
	json_t *o;
	(void)state;

	dc_and_peers();
	o = whole(REQUEST_FIREWALL, "");
	says(o, "zones.0.name", "dc");
	says(o, "zones.0.prefixes.0", "10.10.0.0/16");
	counts(o, "zones.0.peers", 0);
	says(o, "zones.1.name", "peers");
	says(o, "policies.0.interface", "wg0");
	says(o, "policies.0.rules.0.from", "dc");
	says(o, "policies.0.rules.0.to", "sites");
	says(o, "policies.0.rules.0.ports.0", "tcp/22");
	says(o, "policies.0.rules.0.action", "accept");
	counts(o, "policies.0.rules.0.line", 11);
	says(o, "policies.0.default", "drop");
	json_decref(o);
}

/* Where a line is among others; fails when it is not. */
static size_t line_of(json_t *list, const char *text)
{
	size_t i;
	json_t *line;

	json_array_foreach(list, i, line) if (!strcmp(json_string_value(line), text)) return i;
	fail_msg("not said: %s", text);
	return 0;
}

/* These lines, one behind the other, are in an explanation. */
static void explains(const char *what, size_t n, const char *const *lines)
{
	json_t *o = told_of(answer_explain, what), *list;
	size_t first;

	assert_non_null(o);
	list = at(o, "explanation");
	first = line_of(list, lines[0]);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(json_string_value(json_array_get(list, first + i)), lines[i]);
	json_decref(o);
}

/* Whether it passes, and what would help: only that, or nothing. */
static void helps(const char *what, bool passes, const char *help)
{
	json_t *o = told_of(answer_explain, what), *list = at(o, "help");

	assert_int_equal(json_is_true(at(o, "passes")), passes);
	if (json_array_size(list) != (help ? 1 : 0))
		fail_msg("%s: %zu helps, the first: %s", what, json_array_size(list),
			 json_string_value(json_array_get(list, 0)));
	if (help)
		assert_string_equal(json_string_value(json_array_get(list, 0)), help);
	json_decref(o);
}

static void explain_names_zones_and_rules(void **state)
{
	static const char *const anybody[] = {
		"it is in zone sites",
		"policy of wg0: accept what goes from dc to sites by tcp/22 (wayside.conf:11)",
		"policy of wg0: reject what goes from 192.0.2.0/24 to any (wayside.conf:12)",
		"policy of wg0: drop everything else"};
	static const char *const from_dc[] = {
		"it is in zone sites, and comes from zone dc",
		"policy of wg0: accept what goes from dc to sites by tcp/22 (wayside.conf:11)",
		"policy of wg0: drop everything else"};
	static const char *const from_there[] = {
		"it is in zone sites, and comes from no zone",
		"policy of wg0: reject what goes from 192.0.2.0/24 to any (wayside.conf:12)"};
	static const char *const to_dc[] = {
		"it is in zone dc, and comes from zone sites",
		"policy of wg0: accept what goes from any to dc (wayside.conf:13)"};
	(void)state;

	dc_and_peers();
	explains("192.168.1.77", 4, anybody);
	explains("192.168.1.77 from 10.10.0.5", 3, from_dc);
	explains("192.168.1.77 from 192.0.2.9", 2, from_there);
	explains("10.10.0.5 from 192.168.1.77", 2, to_dc);
	assert_null(told_of(answer_explain, "192.168.1.77 from nowhere"));
	helps("192.168.1.77 from 10.10.0.5", true, NULL); /* by one port */
	helps("192.168.1.77 from 192.0.2.9", false,
	      "in firewall.policy of wg0: { from = \"192.0.2.9/32\"; to = \"sites\"; }");
}

static void explain_without_a_policy(void **state)
{
	struct firewall_conf *f = &w.config->defaults.firewall;
	static const char *const among[] = {
		"policy of wg0: none, all may pass but what goes from peer to peer: drop"};
	(void)state;

	f->enabled = w.view.firewall_enabled = true;
	explains("192.168.1.77 from 10.0.0.1", 1, among);
	helps("192.168.1.77 from 10.0.0.1", false,
	      "peer_to_peer = true in firewall of wg0, or a policy");
	helps("192.168.1.77 from 10.10.0.5", true, NULL);
	f->peer_to_peer = true;
	helps("192.168.1.77 from 10.0.0.1", true, NULL);
}

/* Packets to the gateway itself: only those whom a rule of `input` names. */
static void explain_what_is_for_this_host(void **state)
{
	static const char *const from_site[] = {
		"it is an address of this host",
		"input of wg0: accept what comes from sites by tcp/22 (wayside.conf:7)",
		"input of wg0: drop everything else from there"};
	static const char *const from_laptop[] = {
		"it is an address of this host",
		"input of wg1: no rule names where it comes from, it is left alone"};
	struct firewall_conf *f = &w.config->defaults.firewall;
	struct policy_rule *rule;
	(void)state;

	address_add(3, "10.49.0.1", 24);
	helps("10.49.0.1 from 192.168.1.77", true, NULL);
	f->enabled = w.view.firewall_enabled = true;
	rule = vec_add(&f->input);
	*rule = (struct policy_rule){.from.kind = PARTY_ZONE, .to.kind = PARTY_ANY};
	mem_copy_str(rule->from.name, NAME_LEN, "sites");
	*vec_add(&rule->ports) = (struct port_match){IPPROTO_TCP, 22, 22};
	rule->place.file = "wayside.conf";
	rule->place.line = 7;
	explains("10.49.0.1 from 192.168.1.77", ARRAY_LEN(from_site), from_site);
	explains("10.49.0.1 from 10.0.0.9", ARRAY_LEN(from_laptop), from_laptop);
	helps("10.49.0.1 from 192.168.1.77", true, NULL);
	rule->action = VERDICT_DROP;
	helps("10.49.0.1 from 192.168.1.77", false, NULL);
}

/* Another program's chain that drops at its end, with an accept of ours and without. */
static void explain_other_programs_chains(void **state)
{
	static const char *const dropped[] = {
		"chain ip filter FORWARD of another program drops it, unless one of its own rules "
		"accepts it: none of ours for wg0 is in it"};
	static const char *const accepted[] = {"chain ip filter FORWARD of another program lets it "
					       "pass: an accept of ours for wg0 "
					       "is in it"};
	struct fw_actual have = {.available = true};
	struct fw_base *b = vec_add(&have.bases);
	struct fw_foreign *accept;
	(void)state;

	*b = (struct fw_base){.family = NFPROTO_IPV4, .table = "filter", .chain = "FORWARD"};
	b->hook = (struct fw_hook){.type = "filter", .num = NF_INET_FORWARD};
	w.view.firewall_have = &have;
	helps("192.168.1.77 from 10.10.0.5", true, NULL); /* it drops nothing */
	b->hook.drops = true;
	explains("192.168.1.77 from 10.10.0.5", 1, dropped);
	helps("192.168.1.77 from 10.10.0.5", true,
	      "foreign_chains = \"auto\" in firewall of wg0 puts an accept into table filter");
	accept = vec_add(&have.foreign);
	*accept = (struct fw_foreign){
		.family = NFPROTO_IPV4, .table = "filter", .chain = "FORWARD", .ifname = "wg0"};
	explains("192.168.1.77 from 10.10.0.5", 1, dropped); /* that is for the other direction */
	accept->out = true;
	explains("192.168.1.77 from 10.10.0.5", 1, accepted);
	helps("192.168.1.77 from 10.10.0.5", true, NULL);
	b->family = NFPROTO_IPV6; /* it does not see IPv4 at all */
	accept->out = false;
	helps("192.168.1.77 from 10.10.0.5", true, NULL);
	w.view.firewall_have = NULL;
	vec_free(&have.bases);
	vec_free(&have.foreign);
}

static int only_wg0_forwards(void *edge, uint8_t family, uint32_t ifindex)
{
	(void)edge;
	(void)family;
	return ifindex == 3;
}

static int nobody_forwards(void *edge, uint8_t family, uint32_t ifindex)
{
	(void)edge;
	(void)family;
	(void)ifindex;
	return 0;
}

static int nobody_can_tell(void *edge, uint8_t family, uint32_t ifindex)
{
	(void)edge;
	(void)family;
	(void)ifindex;
	return -EINVAL;
}

static void explain_forwarding_and_the_way_back(void **state)
{
	static const char help[] =
		"sysctl -w net.ipv4.ip_forward=1, and the same in a file of /etc/sysctl.d";
	static const char *const closed[] = {
		"this host does not forward what comes in by wg1",
		"the way back: 10.0.0.9/32 is behind AwMDAwMD… on wg1, which has never answered"};
	static const char *const lan[] = {"the way back: 10.10.0.5/32 is in a network of wg0"};
	static const char *const nowhere[] = {
		"the way back: 10.10.0.5/32 is in no network of this host or of a peer, its router "
		"has to send it here"};
	static const char *const host_only[] = {
		"only this host itself can talk to it: what comes in by wg0 is not forwarded",
		"wg0 has no IPv4 address: what this host sends there has another interface's, "
		"which "
		"the peer has to have among its allowed-IPs"};
	(void)state;

	explains("192.168.1.77 from 10.10.0.5", 1, nowhere);
	w.view.forwards = only_wg0_forwards;
	helps("192.168.1.77", true, NULL);
	explains("192.168.1.77 from 10.0.0.9", 2, closed);
	helps("192.168.1.77 from 10.0.0.9", false, help);
	w.view.forwards = nobody_can_tell;
	helps("192.168.1.77 from 10.0.0.9", true, NULL);
	w.view.forwards = nobody_forwards;
	explains("192.168.1.77", 2, host_only);
	helps("192.168.1.77", true, help); /* from here it goes */
	address_add(3, "10.10.0.1", 24);
	explains("192.168.1.77 from 10.10.0.5", 1, lan);
	helps("192.168.1.77 from 10.10.0.1", true, NULL); /* this host sends it itself */
}

static struct route followed;

static int kernel_follows(void *edge, const struct addr *to, struct route *out)
{
	(void)edge;
	*out = followed;
	return prefix_has(&followed.dst, to) ? 0 : -ENETUNREACH;
}

/* What the kernel follows decides, whatever of ours is there; what it cannot tell does not. */
static void explain_what_the_kernel_follows(void **state)
{
	static const char *const lines[] = {
		"route 192.168.1.0/24 dev wg0 table main is installed",
		"but the kernel follows another one: 192.168.1.64/26 dev wg1 table main"};
	(void)state;

	followed = (struct route){.table = 254, .oif = 4, .type = 1};
	assert_int_equal(prefix_parse(&followed.dst, "192.168.1.64/26", NULL), 0);
	helps("192.168.1.77", true, NULL);
	w.view.follows = kernel_follows;
	explains("192.168.1.77", 2, lines);
	helps("192.168.1.77", false,
	      "ip route show 192.168.1.64/26: that route has to go, or ours needs a better metric "
	      "(routes.metric)");
	helps("192.168.1.0/24", true, NULL); /* it is another's in part only */
	helps("192.168.1.1", true, NULL);
	followed.oif = 3;
	helps("192.168.1.77", true, NULL);
}

/* Only where it was asked for; figures of a peer that has none are zero, not missing. */
static void what_was_counted(void **state)
{
	const struct peer *p = &w.state.devices.at[0].peers.at[0];
	struct tally tally = {0};
	struct tally_peer *t;
	json_t *o;
	(void)state;

	o = whole(REQUEST_PEERS, "");
	is_null(o, "0.forwarded");
	json_decref(o);
	t = vec_add(&tally.peers);
	mem_copy_str(t->ifname, sizeof(t->ifname), "wg0");
	t->key = p->wg.key;
	t->count[FW_FROM] = (struct fw_count){3, 300};
	t->count[FW_DROPPED] = (struct fw_count){1, 84};
	w.view.tally = &tally;
	o = whole(REQUEST_PEERS, "");
	counts(o, "0.forwarded.from_packets", 3);
	counts(o, "0.forwarded.from_bytes", 300);
	counts(o, "0.forwarded.to_packets", 0);
	counts(o, "0.forwarded.dropped_bytes", 84);
	json_decref(o);
	o = whole(REQUEST_FIREWALL, "");
	assert_int_equal(json_array_size(at(o, "peers")), 1);
	counts(o, "peers.0.dropped_packets", 1);
	json_decref(o);
	o = whole(REQUEST_METRICS, "");
	assert_non_null(strstr(json_string_value(o), "\",traffic=\"dropped\"} 84\n"));
	assert_non_null(
		strstr(json_string_value(o), "# TYPE wayside_peer_forwarded_packets counter"));
	json_decref(o);
	vec_free(&tally.peers);
}

/* More than one part has; some of them count, and some do not. */
static void many_that_were_counted(void **state)
{
	struct device *d = &w.state.devices.at[0];
	struct tally tally = {0};
	json_t *o;
	(void)state;

	for (uint32_t i = 0; i < 1000; i++) {
		struct peer *p = vec_add(&d->peers);
		struct tally_peer *t;

		p->wg.key.bytes[0] = 0xff;
		p->wg.key.bytes[1] = (uint8_t)(i >> 8);
		p->wg.key.bytes[2] = (uint8_t)i;
		if (i % 2 && i > 300)
			continue;
		t = vec_add(&tally.peers);
		mem_copy_str(t->ifname, sizeof(t->ifname), "wg0");
		t->key = p->wg.key;
		t->count[FW_TO].packets = i;
	}
	w.view.tally = &tally;
	o = whole(REQUEST_FIREWALL, "");
	assert_int_equal(json_array_size(at(o, "peers")), 650);
	counts(o, "peers.649.to_packets", 998);
	json_decref(o);
	vec_free(&tally.peers);
}

static void last_events(void **state)
{
	json_t *o;
	(void)state;

	for (int i = 0; i < EVENTS_KEPT + 10; i++)
		event_ring_add(&w.events, WALL + i, "route");
	o = told_events(2);
	assert_int_equal(json_array_size(o), 2);
	counts(o, "0.seq", EVENTS_KEPT + 9);
	counts(o, "1.seq", EVENTS_KEPT + 10);
	says(o, "1.level", "info");
	is_null(o, "1.peer");
	json_decref(o);
	o = told_events(0);
	assert_int_equal(json_array_size(o), EVENTS_KEPT);
	counts(o, "0.seq", 11);
	json_decref(o);
}

static void names_with_both_families(void **state)
{
	static struct peer_conf paris = {.name = "paris"};
	struct endpoint_spec *spec = vec_add(&paris.endpoints);
	struct endpoints_conf conf = w.config->defaults.endpoints;
	struct name *n;
	json_t *o;
	(void)state;

	*spec = (struct endpoint_spec){.kind = ENDPOINT_HOST, .host = "gw.example.net", .port = 1};
	w.state.devices.at[0].peers.at[0].conf = &paris;
	names_want(&w.names, "gw.example.net", &conf);
	names_sweep(&w.names);
	n = names_find(&w.names, "gw.example.net");
	assert_int_equal(addr_parse(vec_add(&n->v4.addrs), "198.51.100.7"), 0);
	n->v4.answered = NOW - 1000;
	n->v4.expires = NOW + 29001;
	n->v4.ttl = 30;
	n->v6.status = NET_TIMEOUT;
	n->v6.failures = 3;
	n->v6.refused = "every address of it is unusable";

	o = whole(REQUEST_DNS, "");
	says(o, "0.name", "gw.example.net");
	says(o, "0.peers.0", "paris");
	says(o, "0.ipv4.addresses.0", "198.51.100.7");
	says(o, "0.ipv4.status", "ok");
	counts(o, "0.ipv4.ttl", 30);
	counts(o, "0.ipv4.expires_in_s", 30);
	says(o, "0.ipv6.status", "timeout");
	counts(o, "0.ipv6.failures", 3);
	says(o, "0.ipv6.refused", "every address of it is unusable");
	json_decref(o);
	o = told_of(answer_peer, "paris");
	says(o, "endpoint_host", "gw.example.net");
	says(o, "candidates.0", "198.51.100.7");
	json_decref(o);
	vec_free(&paris.endpoints);
}

static void explain_takes_the_longest(void **state)
{
	json_t *o = told_of(answer_explain, "192.168.1.77");
	(void)state;

	says(o, "peer.name", "london");
	says(o, "route.prefix", "192.168.1.0/24");
	assert_true(json_is_true(at(o, "passes")));
	json_decref(o);
	o = told_of(answer_explain, "192.168.9.0/24");
	says(o, "peer.state", "unanswered");
	says(o, "route.status", "missing");
	assert_true(json_is_false(at(o, "passes")));
	assert_int_equal(json_array_size(at(o, "help")), 2);
	says(o, "help.1", "waysidectl plan tells what is pending, waysidectl status why");
	json_decref(o);
	o = told_of(answer_explain, "8.8.8.8");
	is_null(o, "peer");
	is_null(o, "passes");
	says(o, "explanation.0", "no peer has an allowed-IP for it");
	json_decref(o);
	assert_null(told_of(answer_explain, "nowhere"));
}

static void add_rule(uint32_t priority, uint32_t table, uint32_t mark, int32_t suppress)
{
	struct rule *r = vec_add(&w.state.rules);

	*r = (struct rule){.family = AF_INET,
			   .action = FR_ACT_TO_TBL,
			   .priority = priority,
			   .table = table,
			   .invert = mark != 0,
			   .fwmark = mark,
			   .fwmask = mark ? UINT32_MAX : 0,
			   .suppress_prefixlen = suppress};
}

static void says_somewhere(json_t *o, const char *text)
{
	json_t *lines = at(o, "explanation"), *line;
	bool said = false;
	size_t i;

	json_array_foreach(lines, i, line) said = said || strstr(json_string_value(line), text);
	assert_true(said);
}

/* A default route by policy: the rule that leads to its table is named; without it, that is. */
static void explain_looks_at_rules(void **state)
{
	static struct route_item *def;
	json_t *o;
	(void)state;

	*vec_add(&w.state.devices.at[0].aips) = (struct prefix){.addr.family = AF_INET};
	w.state.devices.at[0].peers.at[w.state.devices.at[0].peers.len - 1].wg.aips++;
	def = vec_add(&w.routes);
	def->route = (struct route){.table = 51820, .oif = w.state.devices.at[0].ifindex};
	def->route.dst.addr.family = AF_INET;
	def->route.type = RTN_UNICAST;
	def->status = ROUTE_INSTALLED;
	add_rule(32766, RT_TABLE_MAIN, 0, -1);
	o = told_of(answer_explain, "8.8.8.8");
	says_somewhere(o, "no rule leads to table 51820 for what this host sends");
	assert_true(json_is_false(at(o, "passes")));
	is_null(o, "rule");
	json_decref(o);
	add_rule(32751, 51820, 51820, -1);
	add_rule(32750, RT_TABLE_MAIN, 0, 0);
	o = told_of(answer_explain, "8.8.8.8");
	says(o, "rule", "-4 pref 32751 not fwmark 0xca6c table 51820");
	says_somewhere(o, "rule -4 pref 32751 not fwmark 0xca6c table 51820 leads to the table");
	json_decref(o);
	/* What is nearer is found in the main table, before the tunnel's. */
	o = told_of(answer_explain, "192.168.1.77");
	says(o, "rule", "-4 pref 32750 table main suppress_prefixlength 0");
	says(o, "route.prefix", "192.168.1.0/24");
	json_decref(o);
	/* The endpoint's own way is nobody's allowed-IP. */
	def = vec_add(&w.routes);
	def->route = (struct route){.dst = pfx("203.0.113.5/32"), .table = RT_TABLE_MAIN, .oif = 2};
	def->route.type = RTN_UNICAST;
	def->status = ROUTE_INSTALLED;
	def->underlay = true;
	o = told_of(answer_explain, "203.0.113.5");
	is_null(o, "passes");
	says_somewhere(o, "stay outside the tunnel");
	json_decref(o);
}

static void has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *l = text; l; l = strchr(l, '\n') ? strchr(l, '\n') + 1 : NULL)
		if (!strncmp(l, line, n) && l[n] == '\n')
			return;
	fail_msg("no line %s", line);
}

static void metrics_for_dashboards(void **state)
{
	const char *text;
	json_t *o;
	(void)state;

	durations_add(&w.counters.heals, heal_bounds, 1000001);
	durations_add(&w.counters.heals, heal_bounds, 10000000);
	durations_add(&w.counters.heals, heal_bounds, INT64_C(7989000000));
	durations_add(&w.counters.turns, turn_bounds, 101);
	o = whole(REQUEST_METRICS, "");
	text = json_string_value(o);

#define LONDON                                                                            \
	"{interface=\"wg0\",public_key=\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"," \
	"friendly_name=\"london\"}"
	has_line(text, "# TYPE wireguard_sent_bytes counter");
	has_line(text, "wireguard_sent_bytes_total" LONDON " 148");
	has_line(text, "wireguard_received_bytes_total" LONDON " 1099511627776");
	has_line(text, "wireguard_latest_handshake_seconds" LONDON " 1709210035");
	has_line(text, "wayside_peer_up" LONDON " 1");
	has_line(text, "wayside_routes{state=\"installed\"} 1");
	has_line(text, "wayside_peers{interface=\"wg1\",state=\"never\"} 1");
	has_line(text, "wayside_converged 0");
	has_line(text, "wayside_heal_seconds_bucket{le=\"5.0\"} 1");
	has_line(text, "wayside_heal_seconds_bucket{le=\"10.0\"} 2");
	has_line(text, "wayside_heal_seconds_bucket{le=\"+Inf\"} 3");
	has_line(text, "wayside_heal_seconds_sum 8000.000001");
	has_line(text, "wayside_turn_seconds_bucket{le=\"0.0001\"} 0");
	has_line(text, "wayside_turn_seconds_bucket{le=\"0.0005\"} 1");
	has_line(text, "wayside_turn_seconds_sum 0.000101");
	assert_non_null(strstr(text, "friendly_name=\"madrid \\\"gw\\\"?\""));
	assert_null(strstr(text, "203.0.113.9"));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	json_decref(o);
}

/* Each sample follows the TYPE and HELP of its own family, and no family comes twice. */
static void metrics_families_stay_together(void **state)
{
	json_t *o = whole(REQUEST_METRICS, "");
	char *text = mem_strdup(json_string_value(o)), *save = NULL, name[128] = "";
	struct str seen = {0};
	(void)state;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		size_t n = strlen(name);

		if (sscanf(l, "# TYPE %127s", name) == 1) {
			struct str mark = {0};

			str_add(&mark, " %s ", name);
			assert_null(strstr(str_text(&seen), str_text(&mark)));
			str_add(&seen, "%s", str_text(&mark));
			str_free(&mark);
		} else if (l[0] != '#') {
			assert_int_equal(strncmp(l, name, n), 0);
			if (l[n] == '_')
				n += strcspn(l + n, "{ ");
			assert_true(l[n] == '{' || l[n] == ' ');
		}
	}
	str_free(&seen);
	free(text);
	json_decref(o);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_make, world_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_of_an_answer),
		IN_WORLD(status_tells_all),
		IN_WORLD(a_peer_that_answers),
		IN_WORLD(a_peer_that_does_not),
		IN_WORLD(peers_of_one_interface),
		IN_WORLD(one_peer_by_name_and_key),
		IN_WORLD(a_standby_and_what_was_moved),
		IN_WORLD(routes_with_reasons),
		IN_WORLD(plan_empty_and_not),
		IN_WORLD(firewall_wanted_and_installed),
		IN_WORLD(firewall_in_terms_of_zones),
		IN_WORLD(explain_names_zones_and_rules),
		IN_WORLD(explain_without_a_policy),
		IN_WORLD(explain_what_is_for_this_host),
		IN_WORLD(explain_other_programs_chains),
		IN_WORLD(explain_forwarding_and_the_way_back),
		IN_WORLD(explain_what_the_kernel_follows),
		IN_WORLD(what_was_counted),
		IN_WORLD(many_that_were_counted),
		IN_WORLD(last_events),
		IN_WORLD(names_with_both_families),
		IN_WORLD(explain_takes_the_longest),
		IN_WORLD(explain_looks_at_rules),
		IN_WORLD(metrics_for_dashboards),
		IN_WORLD(metrics_families_stay_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
