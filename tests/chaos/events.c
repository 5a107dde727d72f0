// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens: one event by chance, each kind as often as its weight says.
 */
#include "chaos/chaos.h"

#include <errno.h>
#include <jansson.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#define YEAR 31536000000 /* ms */
#define WEEK 604800000	 /* ms */

static enum chaos_place random_place(struct chaos *c)
{
	return (enum chaos_place)chaos_below(c, CHAOS_PLACES);
}

static struct world_peer *random_peer(struct chaos *c)
{
	return c->w->peers.len ? &c->w->peers.at[chaos_below(c, c->w->peers.len)] : NULL;
}

/* --- links and addresses ---------------------------------------------------------------------- */

static void on_link(struct chaos *c)
{
	enum chaos_place p = random_place(c);
	struct link *l = host_link(c, p);

	if (!l)
		host_link_add(c, p);
	else if (chaos_one_in(c, 3))
		host_link_delete(c, p);
	else
		host_link_set(c, l, !l->up);
}

static void on_link_up(struct chaos *c)
{
	enum chaos_place p = random_place(c);

	if (!host_link(c, p))
		host_link_add(c, p);
	if (!host_link(c, p)->up)
		host_link_set(c, host_link(c, p), true);
}

static void on_rename(struct chaos *c)
{
	enum chaos_place p = random_place(c);

	if (host_link(c, p))
		host_link_rename(c, p);
}

static void on_addr(struct chaos *c)
{
	host_addr_add(c, random_place(c));
}

static void on_addr_gone(struct chaos *c)
{
	if (!c->w->addrs.len)
		return;
	chaos_note(c, "an address goes");
	host_addr_delete(c, chaos_below(c, c->w->addrs.len));
}

static void on_addr_renewed(struct chaos *c)
{
	if (!c->w->addrs.len)
		return;
	chaos_note(c, "an address goes and comes");
	host_addr_renew(c, chaos_below(c, c->w->addrs.len));
}

/* Down and up before anybody looks. */
static void on_flap(struct chaos *c)
{
	enum chaos_place p = random_place(c);

	if (!host_link(c, p) || !host_link(c, p)->up)
		return;
	host_link_set(c, host_link(c, p), false);
	host_link_set(c, host_link(c, p), true);
}

static void on_replaced(struct chaos *c)
{
	enum chaos_place p = random_place(c);

	if (host_link(c, p))
		host_link_replace(c, p);
}

/* --- peers ------------------------------------------------------------------------------------ */

static struct endpoint random_endpoint(struct chaos *c)
{
	static const char *const texts[] = {"203.0.113.5:51820", "203.0.113.6:51821",
					    "198.51.100.77:51820", "10.20.2.7:51820",
					    "[2001:db8:9::5]:51820"};
	struct endpoint e;

	if (endpoint_parse(&e, texts[chaos_below(c, sizeof(texts) / sizeof(*texts))]))
		abort();
	return e;
}

static void on_peer(struct chaos *c)
{
	struct world_peer *p = host_peer_add(c, chaos_below(c, CHAOS_PEERS));

	if (!p)
		return;
	if (chaos_one_in(c, 2))
		p->wg.endpoint = random_endpoint(c);
	if (chaos_one_in(c, 2))
		p->lives_at = p->wg.endpoint;
	p->traffic = chaos_one_in(c, 2);
}

static void on_peer_gone(struct chaos *c)
{
	struct world_peer *p = random_peer(c);

	if (p)
		host_peer_delete(c, p);
}

static void on_give(struct chaos *c)
{
	struct world_peer *p = random_peer(c);

	if (p)
		host_peer_give(c, p);
}

static void on_take(struct chaos *c)
{
	struct world_peer *p = random_peer(c);

	if (!p || !p->aips.len)
		return;
	chaos_note(c, "%s loses a prefix", p->label);
	p->aips.at[chaos_below(c, p->aips.len)] = p->aips.at[p->aips.len - 1];
	p->aips.len--;
}

static void on_move(struct chaos *c)
{
	struct world_peer *p = random_peer(c);
	char buf[ENDPOINT_STRLEN];

	if (!p)
		return;
	p->lives_at = chaos_one_in(c, 4) ? (struct endpoint){0} : random_endpoint(c);
	if (chaos_one_in(c, 3) && p->lives_at.addr.family) { /* and is heard from there */
		p->wg.endpoint = p->lives_at;
		p->wg.rx += 128;
	}
	chaos_note(c, "%s lives at %s", p->label, endpoint_format(&p->lives_at, buf));
}

/* Another program sets something of a peer or its interface. */
static void on_wg_set(struct chaos *c)
{
	struct world_peer *p = random_peer(c);

	if (!p)
		return;
	chaos_note(c, "somebody sets %s", p->label);
	switch (chaos_below(c, 4)) {
	case 0:
		p->wg.endpoint = random_endpoint(c);
		break;
	case 1:
		p->wg.keepalive = chaos_one_in(c, 2) ? 0 : 25;
		break;
	case 2:
		c->w->marks[p->ifindex % 16] = chaos_one_in(c, 2) ? 0 : 51000 + chaos_below(c, 3);
		break;
	default:
		p->traffic = !p->traffic;
		break;
	}
}

/* --- routes and rules ------------------------------------------------------------------------- */

static void on_route(struct chaos *c)
{
	static const uint8_t protocols[] = {RTPROT_STATIC, RTPROT_BOOT, RTPROT_DHCP, RTPROT_BIRD};
	const struct link *l = host_link(c, random_place(c));
	struct route r = {.dst = host_prefix_for(c, chaos_below(c, CHAOS_PEERS)),
			  .table = chaos_one_in(c, 5) ? 100 : RT_TABLE_MAIN,
			  .metric = chaos_one_in(c, 3) ? 50 : 0,
			  .protocol = protocols[chaos_below(c, 4)],
			  .type = RTN_UNICAST};
	bool replace = chaos_one_in(c, 4);
	char buf[PREFIX_STRLEN];
	int err;

	if (!l)
		return;
	r.oif = l->ifindex;
	if (r.dst.addr.family == AF_INET6 && !r.metric)
		r.metric = 1024;
	err = host_route_add(c, &r, replace);
	chaos_note(c, "somebody %s route %s dev %s table %u metric %u: %s",
		   replace ? "replaces" : "adds", prefix_format(&r.dst, buf), l->name, r.table,
		   r.metric, strerror(-err));
}

static void on_uplink(struct chaos *c)
{
	const struct link *l = host_link(c, chaos_one_in(c, 3) ? ETH1 : ETH0);
	struct route r = {.table = RT_TABLE_MAIN, .protocol = RTPROT_DHCP, .type = RTN_UNICAST};
	struct addr gateway;

	r.dst.addr.family = AF_INET;
	if (!l || addr_parse(&gateway, !strncmp(l->name, "eth0", 4) ? "192.0.2.1" : "198.51.100.1"))
		return;
	route_set_gateway(&r, &gateway);
	r.oif = l->ifindex;
	r.metric = r.oif % 2 ? 100 : 0;
	chaos_note(c, "default route by %s: %s", l->name, strerror(-host_route_add(c, &r, false)));
}

static void on_unroute(struct chaos *c)
{
	bool silently = chaos_one_in(c, 10);
	uint32_t n;

	if (!c->w->routes.len)
		return;
	n = chaos_below(c, c->w->routes.len);
	chaos_note(c, "a route of %s goes%s",
		   c->w->routes.at[n].protocol == ROUTE_PROTOCOL ? "ours" : "others",
		   silently ? ", and nobody is told" : "");
	c->untold = c->untold || silently;
	host_route_delete(c, n, silently);
}

static void on_routes_flushed(struct chaos *c)
{
	chaos_note(c, "somebody flushes our routes");
	for (uint32_t i = c->w->routes.len; i-- > 0;)
		if (c->w->routes.at[i].protocol == ROUTE_PROTOCOL)
			host_route_delete(c, i, false);
}

static void on_rule(struct chaos *c)
{
	struct rule r = {.family = chaos_one_in(c, 4) ? AF_INET6 : AF_INET,
			 .action = FR_ACT_TO_TBL,
			 .protocol = RTPROT_BOOT,
			 .priority = 1000 + chaos_below(c, 3),
			 .table = 100 + chaos_below(c, 2),
			 .suppress_prefixlen = -1};

	vec_each(&c->w->rules, have)
		if (have->priority == r.priority && have->family == r.family)
			return;
	if (chaos_one_in(c, 2)) {
		r.fwmark = 51000;
		r.fwmask = UINT32_MAX;
	}
	chaos_note(c, "somebody adds rule %u", r.priority);
	world_rule_add(c->w, &r);
}

static void on_unrule(struct chaos *c)
{
	const struct rule *r;
	bool silently;

	if (!c->w->rules.len)
		return;
	r = &c->w->rules.at[chaos_below(c, c->w->rules.len)];
	chaos_note(c, "rule %u goes", r->priority);
	silently = chaos_one_in(c, 10);
	c->untold = c->untold || silently;
	world_rule_del(c->w, r->family, r->priority, silently);
}

/* --- nftables --------------------------------------------------------------------------------- */

static void nft_changed(struct chaos *c)
{
	c->w->firewall.kernel.actual.genid++;
	engine_dirty(c->w->engine, SUBJECT_FIREWALL);
}

static bool is_owned(const struct chaos *c)
{
	return c->w->firewall.kernel.actual.table_flags & FW_TABLE_OWNER;
}

static void on_flush(struct chaos *c)
{
	struct fw_kernel *k = &c->w->firewall.kernel;
	uint32_t genid = k->actual.genid;

	chaos_note(c, "nft flush ruleset%s", is_owned(c) ? ", but our table is owned" : "");
	k->actual.bases.len = k->actual.foreign.len = 0;
	if (!is_owned(c)) {
		world_firewall_flush(&c->w->firewall);
		k->actual.genid = genid;
	}
	nft_changed(c);
}

static void on_base(struct chaos *c)
{
	struct fw_kernel *k = &c->w->firewall.kernel;
	char chain[16];

	if (k->actual.bases.len >= 4)
		return;
	snprintf(chain, sizeof(chain), "FORWARD%u", chaos_below(c, 3));
	vec_each(&k->actual.bases, b)
		if (!strcmp(b->chain, chain))
			return;
	chaos_note(c, "somebody makes chain %s", chain);
	fw_kernel_base(k, chaos_one_in(c, 2) ? 1 : 2, "filter", chain, chaos_one_in(c, 2));
	nft_changed(c);
}

static void on_accept_gone(struct chaos *c)
{
	struct fw_kernel *k = &c->w->firewall.kernel;

	if (!k->actual.foreign.len)
		return;
	chaos_note(c, "somebody deletes our accept");
	k->actual.foreign.len--;
	nft_changed(c);
}

static void elem_remove(struct fw_set *s, uint32_t n)
{
	memmove(&s->elems.at[n], &s->elems.at[n + 1],
		(s->elems.len - n - 1) * sizeof(*s->elems.at));
	s->elems.len--;
}

/* nft delete element inet wayside …, in what is compared and in what packets meet. */
static void on_element_gone(struct chaos *c)
{
	struct world_firewall *f = &c->w->firewall;
	struct fw_set *s;
	uint32_t n;

	if (!f->kernel.actual.sets.len || is_owned(c))
		return;
	s = &f->kernel.actual.sets.at[chaos_below(c, f->kernel.actual.sets.len)];
	if (!s->elems.len)
		return;
	n = chaos_below(c, s->elems.len);
	chaos_note(c, "somebody deletes an element of %s", s->name);
	vec_each(&f->rules.sets, same) {
		if (strcmp(same->name, s->name) != 0)
			continue;
		for (uint32_t i = 0; i < same->elems.len; i++)
			if (!fw_elem_cmp(&same->elems.at[i], &s->elems.at[n])) {
				elem_remove(same, i);
				break;
			}
	}
	elem_remove(s, n);
	nft_changed(c);
}

/* nft flush chain inet wayside … */
static void on_chain_flushed(struct chaos *c)
{
	struct world_firewall *f = &c->w->firewall;
	struct fw_ruleset none = {0};
	struct fw_plan plan = {.want = &none};
	struct fw_op *op;
	uint32_t n;

	if (!f->kernel.actual.chains.len || is_owned(c))
		return;
	n = chaos_below(c, f->kernel.actual.chains.len);
	op = vec_add(&plan.ops);
	op->kind = FW_OP_FLUSH_CHAIN;
	op->name = f->kernel.actual.chains.at[n].name;
	chaos_note(c, "somebody flushes chain %s", op->name);
	vec_each(&f->rules.chains, same)
		if (!strcmp(same->name, op->name))
			same->rules.len = 0;
	fw_kernel_apply(&f->kernel, &plan);
	vec_free(&plan.ops);
	nft_changed(c);
}

/* --- names ------------------------------------------------------------------------------------ */

static const char *const hosts[] = {"one.example.net", "two.example.net", "three.example.net"};
static const char *const truths[] = {"203.0.113.5",   "203.0.113.6", "198.51.100.77",
				     "2001:db8:9::5", "10.20.2.7",   "192.0.2.2"};
static const char *const lies[] = {"127.0.0.1", "0.0.0.0", "224.0.0.1",		"255.255.255.255",
				   "::1",	"ff02::1", "::ffff:203.0.113.5"};
#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof(*(a))))

static struct addr random_answer(struct chaos *c)
{
	struct addr a;

	if (addr_parse(&a, chaos_one_in(c, 3) ? lies[chaos_below(c, COUNT(lies))]
					      : truths[chaos_below(c, COUNT(truths))]))
		abort();
	return a;
}

static void on_dns(struct chaos *c)
{
	uint8_t family = chaos_one_in(c, 3) ? AF_INET6 : AF_INET;
	struct world_name *n = world_name(c->w, hosts[chaos_below(c, COUNT(hosts))], family);
	static const uint32_t ttls[] = {0, 1, 30, 3600, UINT32_MAX};

	n->addrs.len = 0;
	n->status = chaos_one_in(c, 3) ? chaos_below(c, 6) : NET_OK;
	n->ttl = ttls[chaos_below(c, COUNT(ttls))];
	for (uint32_t k = chaos_below(c, 4); k; k--)
		*vec_add(&n->addrs) = random_answer(c);
	for (uint32_t k = chaos_one_in(c, 6) ? 20 : 0; k && n->addrs.len; k--)
		*vec_add(&n->addrs) = (struct addr){n->addrs.at[0].family, {0}};
	chaos_note(c, "%s has another answer", n->host);
}

static void on_dns_dead(struct chaos *c)
{
	c->w->dns_dead = !c->w->dns_dead;
	chaos_note(c, "name servers %s", c->w->dns_dead ? "die" : "live");
}

/* An answer to a question that nobody asked, or asked long ago. */
static void on_late_answer(struct chaos *c)
{
	struct net_answer a = {.kind = chaos_below(c, 9),
			       .id = chaos_below(c, 12),
			       .status = chaos_below(c, 7),
			       .ttl = chaos_below(c, 100),
			       .count = chaos_below(c, 4)};

	for (uint32_t i = 0; i < a.count; i++) {
		a.addrs[i] = random_answer(c);
		a.ports[i] = (uint16_t)chaos_below(c, 3);
	}
	chaos_note(c, "an answer to question %u of kind %u", a.id, a.kind);
	engine_answer(c->w->engine, &a, chaos_moment(c));
}

static void on_child_killed(struct chaos *c)
{
	chaos_note(c, "net is killed");
	c->w->asked.len = 0;
	engine_child_restarted(c->w->engine, chaos_moment(c));
}

/* --- time ------------------------------------------------------------------------------------- */

static void on_clock(struct chaos *c)
{
	static const int64_t steps[] = {YEAR, -YEAR, 3600000, -3600000, 1};
	int64_t step = steps[chaos_below(c, COUNT(steps))];

	c->w->wall_offset += step;
	chaos_note(c, "the clock is set by %lld s", (long long)step / 1000);
}

static void on_sleep(struct chaos *c)
{
	msec asleep = chaos_one_in(c, 3) ? WEEK : (msec)chaos_below(c, 3600) * 1000;

	chaos_note(c, "the host sleeps for %lld s", (long long)asleep / 1000);
	c->w->now += asleep;
	c->w->next_second = c->w->now;
	c->opened = false; /* nothing is forwarded meanwhile */
}

static void on_time(struct chaos *c)
{
	world_run(c->w, chaos_below(c, 30000));
}

/* --- the daemon ------------------------------------------------------------------------------- */

void events_reload(struct chaos *c, bool broken)
{
	struct imports none = {0};
	struct str text = {0};
	char why[200] = "";

	config_random(c, &text, broken);
	if (world_configure(c->w, str_text(&text), &none, why, sizeof(why))) {
		if (!broken)
			chaos_fail(c, "refused: %s\n%s", why, str_text(&text));
		engine_config_failed(c->w->engine, why, chaos_moment(c));
		c->refused++;
		str_free(&text);
		return;
	}
	str_free(&c->config);
	c->config = text;
	c->reloads++;
	packets_configured(c);
}

static void on_reload(struct chaos *c)
{
	bool broken = chaos_one_in(c, 5);

	chaos_note(c, "the configuration is read again%s", broken ? ", and it is broken" : "");
	events_reload(c, broken);
}

/* An owned table is nobody's when the socket of its owner is closed. */
static void orphan_table(struct chaos *c)
{
	struct fw_actual *a = &c->w->firewall.kernel.actual;

	if (a->table_flags & FW_TABLE_OWNER) {
		a->table_flags = FW_TABLE_PERSIST;
		a->genid++;
	}
}

void events_restart(struct chaos *c)
{
	struct imports none = {0};
	char why[200] = "";

	c->dead = false;
	c->dies_in = 0;
	c->lost = 0;
	c->kills++;
	packets_restarted(c);
	world_restart(c->w);
	orphan_table(c);
	if (world_configure(c->w, str_text(&c->config), &none, why, sizeof(why)))
		chaos_fail(c, "refused at the start: %s", why);
	packets_configured(c);
}

static void on_kill(struct chaos *c)
{
	if (c->spared)
		return;
	chaos_note(c, "the engine is killed between two turns");
	events_restart(c);
}

/* At some call of one of its next turns. */
static void on_kill_soon(struct chaos *c)
{
	if (c->spared)
		return;
	c->dies_in = 1 + chaos_below(c, 60);
	chaos_note(c, "the engine is going to be killed");
}

static void on_clean(struct chaos *c)
{
	int err;

	if (c->spared)
		return;
	chaos_note(c, "waysided --clean");
	c->cleaning = true;
	err = engine_clean(c->w->engine, chaos_moment(c));
	c->cleaning = false;
	if (!err && !c->dead && !c->storm)
		rest_after_clean(c);
	events_restart(c);
}

static void on_request(struct chaos *c)
{
	static const char *const lines[] = {"status",
					    "peers",
					    "peer site-3",
					    "routes",
					    "firewall",
					    "dns",
					    "paths",
					    "plan",
					    "explain 10.20.1.5",
					    "explain 10.66.0.0/16 from 10.10.0.9",
					    "events 5",
					    "metrics",
					    "resolve all",
					    "kick site-1",
					    "version",
					    "resolve site-4",
					    "nonsense"};
	const char *line = lines[chaos_below(c, COUNT(lines))];
	struct str out = {0};
	json_t *root;

	chaos_note(c, "somebody asks: %s", line);
	engine_request(c->w->engine, chaos_moment(c), line, true, NULL, &out);
	root = json_loads(str_text(&out), 0, NULL);
	if (!root && !c->dead)
		chaos_fail(c, "no JSON for %s: %s", line, str_text(&out));
	json_decref(root);
	str_free(&out);
}

static void on_store(struct chaos *c)
{
	c->w->unkept = !c->w->unkept;
	chaos_note(c, "the state can%s be stored", c->w->unkept ? "not" : "");
}

static void on_storm(struct chaos *c)
{
	c->storm = !c->storm;
	chaos_note(c, "a storm %s", c->storm ? "begins" : "ends");
}

static void on_rest(struct chaos *c)
{
	rest(c);
}

/* Nothing more for a moment: long before all is at rest, what is known has to be true. */
static void on_pause(struct chaos *c)
{
	if (c->storm)
		return;
	host_tell_lost(c);
	told_soon(c);
}

static const struct {
	const char *name;
	void (*happen)(struct chaos *c);
	uint32_t weight;
} kinds[] = {
	{"link", on_link, 3},
	{"link-up", on_link_up, 8},
	{"rename", on_rename, 2},
	{"addr", on_addr, 8},
	{"addr-gone", on_addr_gone, 2},
	{"addr-renewed", on_addr_renewed, 3},
	{"flap", on_flap, 2},
	{"replaced", on_replaced, 1},
	{"peer", on_peer, 10},
	{"peer-gone", on_peer_gone, 3},
	{"give", on_give, 6},
	{"take", on_take, 3},
	{"move", on_move, 6},
	{"wg-set", on_wg_set, 4},
	{"route", on_route, 4},
	{"uplink", on_uplink, 4},
	{"unroute", on_unroute, 6},
	{"routes-flushed", on_routes_flushed, 2},
	{"rule", on_rule, 1},
	{"unrule", on_unrule, 3},
	{"flush", on_flush, 4},
	{"base", on_base, 2},
	{"accept-gone", on_accept_gone, 2},
	{"element-gone", on_element_gone, 3},
	{"chain-flushed", on_chain_flushed, 2},
	{"dns", on_dns, 6},
	{"dns-dead", on_dns_dead, 1},
	{"late-answer", on_late_answer, 3},
	{"child", on_child_killed, 2},
	{"clock", on_clock, 2},
	{"sleep", on_sleep, 1},
	{"time", on_time, 8},
	{"reload", on_reload, 2},
	{"kill", on_kill, 2},
	{"kill-soon", on_kill_soon, 2},
	{"clean", on_clean, 1},
	{"request", on_request, 6},
	{"store", on_store, 1},
	{"storm", on_storm, 4},
	{"pause", on_pause, 12},
	{"rest", on_rest, 3},
};

/* "a,b": is name one of those? */
static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, name, n) && (at[n] == ',' || !at[n]))
			return true;
	return false;
}

static uint32_t random_kind(struct chaos *c)
{
	uint32_t total = 0, at;

	for (uint32_t k = 0; k < COUNT(kinds); k++)
		total += kinds[k].weight;
	at = chaos_below(c, total);
	for (uint32_t k = 0;; k++) {
		if (at < kinds[k].weight)
			return k;
		at -= kinds[k].weight;
	}
}

void events_begin(struct chaos *c)
{
	c->w->firewall.missing = 0;
	for (int p = 0; p < CHAOS_PLACES; p++) {
		host_link_add(c, (enum chaos_place)p);
		host_link_set(c, host_link(c, (enum chaos_place)p), true);
		host_addr_add(c, (enum chaos_place)p);
	}
	for (uint32_t n = 0; n < CHAOS_PEERS; n++)
		on_peer(c);
	events_reload(c, false);
}

void event_happen(struct chaos *c)
{
	uint32_t k = random_kind(c);

	if (is_listed(c->without, kinds[k].name))
		return;
	kinds[k].happen(c);
	world_run(c->w, chaos_one_in(c, 3) ? chaos_below(c, 3000) : chaos_below(c, 60));
	host_tell_lost(c);
	if (c->dead)
		events_restart(c);
}
