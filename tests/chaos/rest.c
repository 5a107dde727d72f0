// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * At rest: nothing happens, no call fails, and after some minutes all is as it should be. Read
 * naively, prefix by prefix; and by an engine that remembers nothing but what was stored, and that
 * would have nothing to do.
 */
#include "chaos/chaos.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#define REST_MAX   900000 /* ms: twice the longest backoff with its jitter, and more */
#define REST_STEP  5000
#define REST_QUIET 30000 /* and so it stays */
#define REST_TRIES 300	 /* packets */

/* --- a naive reading of what should be there -------------------------------------------------- */

static const struct peer_conf *conf_of(const struct iface_conf *conf, const struct world_peer *p)
{
	vec_each(&conf->peers, pc)
		if (!key_cmp(&pc->key, &p->wg.key))
			return pc;
	return NULL;
}

static const struct routes_conf *routes_conf_of(const struct chaos *c, const char *ifname,
						const struct world_peer *p)
{
	const struct iface_conf *conf = config_iface(engine_config(c->w->engine), ifname);
	const struct peer_conf *pc = p ? conf_of(conf, p) : NULL;

	return pc ? &pc->routes : &conf->routes;
}

static uint32_t metric_of(const struct routes_conf *conf, const struct prefix *p)
{
	return p->addr.family == AF_INET6 && !conf->metric ? ROUTE_METRIC_IPV6 : conf->metric;
}

/* Does a route lead the prefix there: one of just this prefix, or the best of the nearest? */
static bool is_served(const struct chaos *c, uint32_t table, const struct prefix *p, uint32_t oif)
{
	uint32_t metric = UINT32_MAX;
	bool served = false;
	int nearest = -1;

	vec_each(&c->w->routes, r) {
		if (r->table != table || r->tos || !prefix_covers(&r->dst, p) ||
		    r->dst.len < nearest)
			continue;
		if (r->dst.len > nearest) {
			served = false;
			metric = UINT32_MAX;
		}
		nearest = r->dst.len;
		if (nearest < p->len && r->metric >= metric)
			continue;
		metric = r->metric;
		served = (served && nearest == p->len) || (r->oif == oif && r->type == RTN_UNICAST);
	}
	return served;
}

static bool is_blocked(const struct chaos *c, uint32_t table, const struct prefix *p,
		       uint32_t metric)
{
	vec_each(&c->w->routes, r)
		if (r->table == table && r->metric == metric && !prefix_cmp(&r->dst, p))
			return true;
	return false;
}

static bool is_endpoint(const struct chaos *c, const struct prefix *p)
{
	if (p->len != addr_bits(&p->addr))
		return false;
	vec_each(&c->w->peers, peer)
		if (!addr_cmp(&peer->wg.endpoint.addr, &p->addr))
			return true;
	return false;
}

static bool has_source(const struct chaos *c, const struct routes_conf *conf, uint8_t family)
{
	const struct addr *a = family == AF_INET ? &conf->source4 : &conf->source6;

	vec_each(&c->w->addrs, have)
		if (!addr_cmp(&have->addr, a))
			return true;
	return !a->family;
}

/* The same prefix on another interface, which came first, and is led there. */
static bool is_shadowed(const struct chaos *c, uint32_t table, const struct prefix *p, uint32_t oif)
{
	vec_each(&c->w->peers, peer)
		vec_each(&peer->aips, a)
			if (peer->ifindex != oif && !prefix_cmp(a, p) &&
			    is_served(c, table, p, peer->ifindex))
				return true;
	return false;
}

/*
 * Another program leads a wider prefix to a device of ours, and a part of it elsewhere. The engine
 * looks at the first only, for the second may be among a million.
 */
static bool is_elsewhere(const struct chaos *c, uint32_t table, const struct prefix *p)
{
	const struct route *wide = NULL, *elsewhere = NULL;

	vec_each(&c->w->routes, r) {
		const struct link *l = host_link_by_index((struct chaos *)c, r->oif);

		if (r->table != table || r->protocol == ROUTE_PROTOCOL || !l || !r->dst.len ||
		    !prefix_covers(&r->dst, p))
			continue;
		if (l->wireguard && r->dst.len < p->len)
			wide = r;
		else if (!l->wireguard && r->protocol != RTPROT_KERNEL)
			elsewhere = r;
	}
	return wide && elsewhere;
}

static const char *missing(struct chaos *c, const struct link *l, const struct world_peer *p,
			   const struct prefix *aip)
{
	static char text[160];
	const struct routes_conf *conf = routes_conf_of(c, l->name, p);
	char buf[PREFIX_STRLEN];

	if (!conf->enabled || !aip->len || conf->withdraw_dead ||
	    !has_source(c, conf, aip->addr.family) || is_served(c, conf->table, aip, l->ifindex) ||
	    is_elsewhere(c, conf->table, aip) || is_shadowed(c, conf->table, aip, l->ifindex) ||
	    is_blocked(c, conf->table, aip, metric_of(conf, aip)) || is_endpoint(c, aip))
		return NULL;
	snprintf(text, sizeof(text), "no route for %s of %s on %s", prefix_format(aip, buf),
		 p->label, l->name);
	return text;
}

static const char *something_missing(struct chaos *c)
{
	vec_each(&c->w->peers, p) {
		const struct link *l = host_link_by_index(c, p->ifindex);

		if (!l || !l->up)
			continue;
		vec_each(&p->aips, a) {
			const char *why = missing(c, l, p, a);

			if (why)
				return why;
		}
	}
	return NULL;
}

/* --- orphans: what is ours, and nobody wants
 * ------------------------------------------------------ */

static bool peer_wants(const struct chaos *c, const struct route *r)
{
	vec_each(&c->w->peers, p)
		vec_each(&p->aips, a)
			if (p->ifindex == r->oif && !prefix_cmp(a, &r->dst))
				return true;
	return false;
}

static bool supernet_wanted(const struct chaos *c, const struct route *r)
{
	vec_each(&c->w->links, l)
		vec_each(&routes_conf_of(c, l->name, NULL)->unreachable, u)
			if (l->wireguard && !prefix_cmp(&u->prefix, &r->dst))
				return true;
	return false;
}

static bool is_orphan(const struct chaos *c, const struct route *r)
{
	if (r->protocol != ROUTE_PROTOCOL || peer_wants(c, r))
		return false;
	if (r->type != RTN_UNICAST)
		return !supernet_wanted(c, r);
	return !is_endpoint(c, &r->dst);
}

static bool family_has_default(const struct chaos *c, uint8_t family)
{
	vec_each(&c->w->routes, r)
		if (r->protocol == ROUTE_PROTOCOL && !r->dst.len && r->table != RT_TABLE_MAIN &&
		    r->dst.addr.family == family)
			return true;
	return false;
}

static const char *some_orphan(struct chaos *c)
{
	static char text[160];
	struct state s = {.links = c->w->links};
	struct str line = {0};

	vec_each(&c->w->routes, r) {
		if (!is_orphan(c, r))
			continue;
		route_format(&line, r, &s);
		snprintf(text, sizeof(text), "nobody wants %s", str_text(&line));
		str_free(&line);
		return text;
	}
	vec_each(&c->w->rules, r)
		if (r->protocol == ROUTE_PROTOCOL && !family_has_default(c, r->family)) {
			snprintf(text, sizeof(text), "nobody wants rule %u", r->priority);
			return text;
		}
	return NULL;
}

/* --- an engine that remembers nothing --------------------------------------------------------- */

/* It plans, and nothing of it is done: the first thing that it would do. */
struct second {
	struct chaos *c;
	char text[200];
	bool withdrawn;			/* it cannot know yet who is dead */
	struct addr moves[CHAOS_PEERS]; /* endpoints that it would set */
	uint32_t moved;
	struct prefix opened; /* an unreachable network that it would take out before that */
	char opening[200];    /* the operation; "" = none */
};

/* It would set that endpoint, and has to lead it outside its tunnel. */
static bool is_way_outside(const struct second *s, const struct prefix *p)
{
	for (uint32_t i = 0; i < s->moved; i++)
		if (p->len == addr_bits(&p->addr) && !addr_cmp(&p->addr, &s->moves[i]))
			return true;
	return false;
}

/* The endpoint that it is taken out for comes after it. */
static bool is_opened(struct second *s, const struct op *op)
{
	struct state state = {.links = s->c->w->links};
	struct str line = {0};

	if (op->kind != OP_ROUTE_DEL || op->route.type == RTN_UNICAST)
		return false;
	if (*s->opening)
		return !prefix_cmp(&s->opened, &op->route.dst); /* tried again */
	s->opened = op->route.dst;
	op_format(&line, op, &state);
	snprintf(s->opening, sizeof(s->opening), "%s", str_text(&line));
	str_free(&line);
	return true;
}

static bool is_for_nothing(const struct second *s)
{
	for (uint32_t i = 0; i < s->moved; i++)
		if (prefix_has(&s->opened, &s->moves[i]))
			return false;
	return true;
}

static bool is_excused(const struct second *s, const struct op *op)
{
	switch (op->kind) {
	case OP_ROUTE_ADD:
		return s->withdrawn || is_way_outside(s, &op->route.dst) ||
		       is_elsewhere(s->c, op->route.table, &op->route.dst) ||
		       is_blocked(s->c, op->route.table, &op->route.dst, op->route.metric);
	case OP_ROUTE_DEL:
		return s->withdrawn || is_way_outside(s, &op->route.dst);
	case OP_RULE_ADD:
	case OP_RULE_DEL:
	case OP_FWMARK:
		return s->withdrawn;
	case OP_ENDPOINT:
	case OP_KEEPALIVE:
	case OP_KICK:
	case OP_PROBE:
	case OP_REBIND:
		return true; /* go by what was heard and answered so far */
	default:
		return false;
	}
}

static int second_apply(void *ctx, struct op *ops, size_t n)
{
	struct second *s = ctx;
	struct state state = {.links = s->c->w->links};
	struct str line = {0};

	for (size_t i = 0; i < n; i++) {
		ops[i].error = -EBUSY;
		if (ops[i].kind == OP_ENDPOINT && s->moved < CHAOS_PEERS)
			s->moves[s->moved++] = ops[i].peer.endpoint.addr;
		if (is_excused(s, &ops[i]) || is_opened(s, &ops[i]) || *s->text)
			continue;
		op_format(&line, &ops[i], &state);
		snprintf(s->text, sizeof(s->text), "%s", str_text(&line));
		line.len = 0;
	}
	str_free(&line);
	return -EBUSY;
}

static int second_firewall(void *ctx, const struct fw_plan *plan, const struct fw_actual *have,
			   char *why, size_t size)
{
	struct second *s = ctx;
	struct str lines = {0};
	(void)have;
	(void)why;
	(void)size;

	fw_plan_format(&lines, plan);
	if (!*s->text)
		snprintf(s->text, sizeof(s->text), "%s", str_text(&lines));
	str_free(&lines);
	return -EBUSY;
}

#define BELOW(name, params, args)             \
	static int second_##name params       \
	{                                     \
		const struct second *s = ctx; \
		return s->c->below.name args; \
	}
BELOW(links, (void *ctx, struct links *out), (s->c->w, out))
BELOW(addrs, (void *ctx, struct local_addrs *out), (s->c->w, out))
BELOW(routes, (void *ctx, const struct routes_where *where, struct route_merge *out),
      (s->c->w, where, out))
BELOW(underlay, (void *ctx, const struct addr *to, size_t n, struct routes *out),
      (s->c->w, to, n, out))
BELOW(rules, (void *ctx, struct rules *out), (s->c->w, out))
BELOW(device, (void *ctx, struct device_merge *m), (s->c->w, m))
BELOW(source, (void *ctx, const struct addr *to, uint32_t mark, struct addr *from, uint32_t *oif),
      (s->c->w, to, mark, from, oif))
BELOW(rp_filter, (void *ctx, uint32_t ifindex), (s->c->w, ifindex))

static int second_firewall_look(void *ctx, struct fw_actual *out)
{
	const struct second *s = ctx;

	return s->c->below.firewall(s->c->w, out);
}

static int second_ask(void *ctx, const struct net_request *q)
{
	(void)ctx;
	(void)q;
	return 0;
}

static struct engine *second_new(struct second *s)
{
	struct edge edge = {.ctx = s,
			    .links = second_links,
			    .addrs = second_addrs,
			    .routes = second_routes,
			    .underlay = second_underlay,
			    .rules = second_rules,
			    .device = second_device,
			    .firewall = second_firewall_look,
			    .source = second_source,
			    .rp_filter = second_rp_filter,
			    .apply = second_apply,
			    .firewall_apply = second_firewall,
			    .ask = second_ask};

	return engine_new(&edge, 2);
}

static bool config_withdraws(const struct chaos *c)
{
	return strstr(str_text(&c->config), "withdraw_dead = true") != NULL;
}

/* What an engine would do that begins now; NULL: nothing. */
static const char *second_opinion(struct chaos *c)
{
	static struct second s;
	struct engine *first = c->w->engine;
	struct imports none = {0};
	char why[200];

	s = (struct second){.c = c, .withdrawn = config_withdraws(c)};
	c->w->engine = second_new(&s);
	if (c->w->kept.len)
		engine_recall(c->w->engine, c->w->kept.text, c->w->kept.len);
	if (world_configure(c->w, str_text(&c->config), &none, why, sizeof(why)))
		chaos_fail(c, "the configuration is refused: %s", why);
	engine_turn(c->w->engine, chaos_moment(c));
	engine_free(c->w->engine);
	c->w->engine = first;
	if (*s.text)
		return s.text;
	return *s.opening && is_for_nothing(&s) ? s.opening : NULL;
}

/* --- rest ----------------------------------------------------------------------------------- */

static void packets_at_rest(struct chaos *c)
{
	for (int i = 0; i < REST_TRIES; i += CHAOS_PACKETS)
		packets_turned(c);
}

static const char *unrest(struct chaos *c)
{
	const char *why = something_missing(c);

	if (!why)
		why = some_orphan(c);
	if (!why)
		why = second_opinion(c);
	return why;
}

/*
 * It is, and so it stays for a while. Only what nobody was told of may come to light later: what
 * one that begins anew would do goes by what it finds of endpoints, and that may agree with what is
 * missing for a moment.
 */
static bool is_rest(struct chaos *c, char *why, size_t size)
{
	const char *now = unrest(c);

	if (!now) {
		world_run(c->w, REST_QUIET);
		now = unrest(c);
		if (now && !c->untold)
			chaos_fail(c, "it was at rest, and is no more: %s", now);
	}
	if (now)
		snprintf(why, size, "%s", now);
	return !now;
}

void rest(struct chaos *c)
{
	msec begin = c->w->now;
	char why[200];

	chaos_note(c, "rest");
	c->storm = c->w->unkept = false;
	c->dies_in = 0;
	host_tell_lost(c);
	told_soon(c);
	while (!is_rest(c, why, sizeof(why))) {
		if (c->w->now - begin > REST_MAX)
			chaos_fail(c, "no rest after %lld s: %s",
				   (long long)(c->w->now - begin) / 1000, why);
		world_run(c->w, REST_STEP);
	}
	c->rest_longest = msec_max(c->rest_longest, c->w->now - begin);
	packets_at_rest(c);
	told_at_rest(c);
	c->untold = false;
	c->rests++;
}

void rest_after_clean(struct chaos *c)
{
	vec_each(&c->w->routes, r)
		if (r->protocol == ROUTE_PROTOCOL)
			chaos_fail(c, "a route of ours is left after --clean");
	vec_each(&c->w->rules, r)
		if (r->protocol == ROUTE_PROTOCOL)
			chaos_fail(c, "a rule of ours is left after --clean");
	if (c->w->firewall.kernel.actual.table || c->w->firewall.kernel.actual.foreign.len)
		chaos_fail(c, "something of our firewall is left after --clean");
}
