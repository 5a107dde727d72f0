// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The world of the replays: the kernel's side of struct edge on lists.
 */
#include "support/world.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "codec/conf.h"
#include "plan/rules.h"
#include "support/wireguard.h"

#define PATIENCE 4500 /* ms: two tries of the net child at one server, see net/resolver.c */

/* --- observe ------------------------------------------------------------------------------ */

static int world_links(void *ctx, struct links *out)
{
	struct world *w = ctx;

	if (w->links_busy)
		return -EAGAIN;
	vec_copy(out, &w->links);
	return 0;
}

static int world_addrs(void *ctx, struct local_addrs *out)
{
	struct world *w = ctx;

	vec_copy(out, &w->addrs);
	return 0;
}

static bool is_asked(const struct routes_where *where, const struct route *r)
{
	vec_each(&where->devices, d)
		if (*d == r->oif)
			return true;
	if (r->protocol != ROUTE_PROTOCOL)
		return false;
	vec_each(&where->links, l)
		if (*l == r->oif)
			return true;
	return where->everywhere || (where->no_device && !r->oif);
}

static int world_routes(void *ctx, const struct routes_where *where, struct route_merge *out)
{
	struct world *w = ctx;

	if (w->routes_busy)
		return -EAGAIN;
	vec_each(&w->routes, r)
		if (is_asked(where, r))
			route_merge_add(out, r);
	return 0;
}

static int world_underlay(void *ctx, const struct addr *to, size_t n, struct routes *out)
{
	struct world *w = ctx;

	vec_each(&w->routes, r)
		for (size_t i = 0; r->protocol != ROUTE_PROTOCOL && i < n; i++)
			if (r->table == RT_TABLE_MAIN && prefix_has(&r->dst, &to[i])) {
				*vec_add(out) = *r;
				break;
			}
	return 0;
}

static int world_rules(void *ctx, struct rules *out)
{
	struct world *w = ctx;

	vec_copy(out, &w->rules);
	return 0;
}

static int world_device(void *ctx, struct device_merge *m)
{
	struct world *w = ctx;

	if (w->unreadable[m->device->ifindex % 16]) {
		str_add(&w->log, "cannot look at %s\n", m->device->name);
		return w->unreadable[m->device->ifindex % 16];
	}
	m->fwmark = w->marks[m->device->ifindex % 16];
	vec_each(&w->peers, p) {
		if (p->ifindex != m->device->ifindex)
			continue;
		device_merge_peer(m, &p->wg);
		vec_each(&p->aips, a)
			device_merge_aip(m, a);
	}
	return 0;
}

static int firewall_look(void *ctx, struct fw_actual *out)
{
	struct world *w = ctx;

	return world_firewall_look(&w->firewall, out);
}

/* Is there an interface that the table has to keep closed, and no table? */
static bool is_open(const struct world *w)
{
	const struct config *c = engine_config(w->engine);
	const struct world_firewall *f = &w->firewall;

	if (f->missing || f->refused || f->kernel.actual.table)
		return false;
	vec_each(&w->links, l)
		if (l->wireguard && config_iface(c, l->name)->firewall.enabled)
			return true;
	return false;
}

static void firewall_try_again(void *ctx)
{
	struct world *w = ctx;

	w->firewall.lacks = 0;
}

static int firewall_recount(void *ctx, struct fw_actual *have)
{
	struct world *w = ctx;

	return world_firewall_recount(&w->firewall, have);
}

static int firewall_do(void *ctx, const struct fw_plan *plan, const struct fw_actual *have,
		       char *why, size_t size)
{
	struct world *w = ctx;
	int err = world_firewall_do(&w->firewall, plan, why, size);
	bool routes = false;
	(void)have;

	str_add(&w->log, "transaction of %zu: %s\n", fw_plan_count(plan),
		err ? strerror(-err) : "done");
	vec_each(&w->routes, r)
		routes = routes || r->protocol == ROUTE_PROTOCOL;
	if (!err && routes && is_open(w))
		str_add(&w->log, "OPEN: the table went before the routes\n");
	return err;
}

/* The one of the main table that is followed; NULL when none leads there. */
static const struct route *main_table(const struct world *w, const struct addr *to)
{
	const struct route *best = NULL;

	vec_each(&w->routes, r) {
		if (r->table != RT_TABLE_MAIN || !prefix_has(&r->dst, to))
			continue;
		if (!best || r->dst.len > best->dst.len ||
		    (r->dst.len == best->dst.len && r->metric < best->metric))
			best = r;
	}
	return best;
}

static int world_follows(void *ctx, const struct addr *to, struct route *out)
{
	const struct route *r = main_table(ctx, to);

	if (r)
		*out = *r;
	return r ? 0 : -ENETUNREACH;
}

static int world_source(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *source,
			uint32_t *oif)
{
	struct world *w = ctx;
	const struct route *r = main_table(w, to);

	(void)fwmark;
	*oif = r ? r->oif : 0;
	vec_each(&w->addrs, a) {
		if (a->addr.family == to->family && a->scope == RT_SCOPE_UNIVERSE &&
		    (!*oif || a->ifindex == *oif)) {
			*source = a->addr;
			*oif = a->ifindex;
			return 0;
		}
	}
	return -ENETUNREACH;
}

static int world_forwards(void *ctx, uint8_t family, uint32_t ifindex)
{
	struct world *w = ctx;
	(void)family;

	return ifindex != w->closed_link;
}

static int world_rp_filter(void *ctx, uint32_t ifindex)
{
	struct world *w = ctx;

	return w->strict_uplink == ifindex;
}

/* --- apply -------------------------------------------------------------------------------- */

static bool route_refused(const struct world *w, const struct route *r)
{
	return w->refused.addr.family && !prefix_cmp(&r->dst, &w->refused);
}

/* Another program takes back what is set now, before anybody can look. */
static bool is_undone(struct world *w)
{
	if (!w->undo)
		return false;
	w->undo--;
	return true;
}

/* As the kernel with NLM_F_EXCL: one of this prefix and metric in the table is enough to refuse. */
static int route_add(struct world *w, const struct route *r)
{
	if (route_refused(w, r))
		return -EINVAL;
	vec_each(&w->routes, have)
		if (!route_key_cmp(have, r))
			return -EEXIST;
	if (is_undone(w))
		*vec_add(&w->undone) = *r;
	else
		*vec_add(&w->routes) = *r;
	return 0;
}

static int route_del(struct world *w, const struct route *r)
{
	if (route_refused(w, r))
		return -EBUSY;
	vec_each(&w->routes, have) {
		if (have->protocol == r->protocol && !route_cmp(have, r)) {
			*have = w->routes.at[--w->routes.len];
			return 0;
		}
	}
	return -ESRCH;
}

static int rule_add(struct world *w, const struct rule *r)
{
	vec_each(&w->rules, have)
		if (!rule_cmp(have, r))
			return -EEXIST;
	if (is_undone(w))
		w->rules_undone = true;
	else
		*vec_add(&w->rules) = *r;
	return 0;
}

static int rule_del(struct world *w, const struct rule *r)
{
	vec_each(&w->rules, have) {
		if (have->protocol == r->protocol && !rule_cmp(have, r)) {
			*have = w->rules.at[--w->rules.len];
			return 0;
		}
	}
	return -ENOENT;
}

static int mark_set(struct world *w, const struct op *op)
{
	if (w->marks_refused)
		return -EPERM;
	w->marks[op->ifindex % 16] = op->fwmark;
	return 0;
}

static struct world_peer *peer_by_key(struct world *w, uint32_t ifindex, const struct key *key)
{
	vec_each(&w->peers, p)
		if (p->ifindex == ifindex && !key_cmp(&p->wg.key, key))
			return p;
	return NULL;
}

void world_give(struct world *w, uint32_t ifindex, const struct prefix *prefix,
		struct world_peer *to)
{
	vec_each(&w->peers, p) {
		uint32_t kept = 0;

		vec_each(&p->aips, a)
			if (p->ifindex != ifindex || prefix_cmp(a, prefix))
				p->aips.at[kept++] = *a;
		p->aips.len = kept;
	}
	if (to)
		*vec_add(&to->aips) = *prefix;
}

/* As the kernel: a prefix leaves whoever has it when another one gets it. */
static int aips_move(struct world *w, const struct op *op)
{
	for (uint32_t i = 0; i < op->moves.len; i++) {
		const struct move *m = &op->moves.at[i];
		struct world_peer *p = peer_by_key(w, op->ifindex, &m->peer);

		if (p && m->kind != MOVE_KEEP)
			world_give(w, op->ifindex, &m->prefix, m->kind == MOVE_GIVE ? p : NULL);
	}
	return 0;
}

static int apply_one(struct world *w, const struct op *op)
{
	struct world_peer *p;

	if ((op->kind == OP_ROUTE_ADD || op->kind == OP_RULE_ADD) && is_open(w))
		str_add(&w->log, "OPEN: a route comes before the table\n");
	if (op->kind == OP_ROUTE_ADD)
		return route_add(w, &op->route);
	if (op->kind == OP_ROUTE_DEL)
		return route_del(w, &op->route);
	if (op->kind == OP_RULE_ADD)
		return rule_add(w, &op->rule);
	if (op->kind == OP_RULE_DEL)
		return rule_del(w, &op->rule);
	if (op->kind == OP_FWMARK)
		return mark_set(w, op);
	if (w->peers_refused)
		return -EPERM;
	if (op->kind == OP_ALLOWED_IPS)
		return aips_move(w, op);
	p = peer_by_key(w, op->ifindex, &op->peer.key);
	if (!p)
		return 0; /* WGPEER_F_UPDATE_ONLY on an unknown key succeeds silently */
	if (op->kind == OP_ENDPOINT)
		p->wg.endpoint = op->peer.endpoint;
	else if (op->kind == OP_KICK)
		wireguard_kick(p, w->now, w->wall_offset);
	else
		wireguard_set_keepalive(p, op->peer.keepalive, w->now, w->wall_offset);
	return 0;
}

/* Keys are long: the log has the scenario's labels. */
static void log_op(struct world *w, const struct op *op)
{
	struct state s = {.links = w->links};
	struct str line = {0};
	const char *text, *at;
	char key[KEY_STRLEN];

	op_format(&line, op, &s);
	text = str_text(&line);
	while ((at = strstr(text, "peer "))) {
		at += strlen("peer ");
		str_add_bytes(&w->log, text, (size_t)(at - text));
		text = at;
		vec_each(&w->peers, p) {
			if (strncmp(key_format(&p->wg.key, key), at, KEY_STRLEN - 1) != 0)
				continue;
			str_add(&w->log, "%s", p->label);
			text = at + KEY_STRLEN - 1;
		}
	}
	str_add(&w->log, "%s%s\n", text, op->error ? " FAILED" : "");
	str_free(&line);
}

static int world_apply(void *ctx, struct op *ops, size_t n)
{
	struct world *w = ctx;
	int first = 0;

	for (size_t i = 0; i < n && !w->crashed; i++) {
		ops[i].error = apply_one(w, &ops[i]);
		ops[i].why = ops[i].error == -EINVAL ? "Invalid prefsrc address" : NULL;
		log_op(w, &ops[i]);
		if (!first)
			first = ops[i].error;
	}
	return first;
}

static void probe(struct world *w, const struct net_request *q)
{
	vec_each(&w->peers, p)
		vec_each(&p->aips, a)
			if (prefix_has(a, &q->target.addr))
				wireguard_probe(p, w->now, w->wall_offset);
}

static int world_ask(void *ctx, const struct net_request *q)
{
	struct world *w = ctx;

	if (q->kind == NET_PROBE) {
		probe(w, q);
		return 0;
	}
	if (q->kind == NET_SERVE)
		return 0;
	*vec_add(&w->asked) = (struct world_question){*q, w->now + PATIENCE};
	w->questions++;
	return 0;
}

static int world_store(void *ctx, const char *text, size_t len)
{
	struct world *w = ctx;

	if (w->unkept)
		return -EROFS;
	w->kept.len = 0;
	str_add_bytes(&w->kept, text, len);
	return 0;
}

static int world_store_more(void *ctx, const char *text, size_t len)
{
	struct world *w = ctx;

	if (w->unkept)
		return -EROFS;
	str_add_bytes(&w->kept, text, len);
	return 0;
}

static int world_tell(void *ctx, const struct net_datagram *d)
{
	struct world *w = ctx;
	char to[ENDPOINT_STRLEN], at[ENDPOINT_STRLEN];
	const char *label = "?";

	if (w->crashed)
		return -EAGAIN;
	vec_each(&w->peers, p)
		if (!key_cmp(&p->wg.key, &d->x.about))
			label = p->label;
	if (d->x.kind == EXCHANGE_QUESTION)
		*vec_add(&w->exchanged) = (struct world_asked){.d = *d};
	str_add(&w->log, "tell %s %s %s%s%s\n", endpoint_format(&d->remote, to), label,
		exchange_state_name(d->x.state), d->x.flags & EXCHANGE_GO ? " go" : "",
		d->x.flags & EXCHANGE_SAME_NAT ? " near" : "");
	if (d->x.flags & EXCHANGE_AGREED)
		str_add(&w->log, "told %s is at %s\n", label, endpoint_format(&d->x.endpoint, at));
	return 0;
}

static void world_event(void *ctx, const struct event *e)
{
	struct world *w = ctx;

	str_add(&w->log, "event %s %s\n", e->code, e->text);
	if (w->told)
		w->told(w->told_ctx, e);
}

static struct moment world_moment(const struct world *w)
{
	return (struct moment){.now = w->now, .wall = w->now + w->wall_offset};
}

/* --- names -------------------------------------------------------------------------------- */

struct world_name *world_name(struct world *w, const char *host, uint8_t family)
{
	struct world_name *fresh;

	vec_each(&w->names, n)
		if (n->family == family && !strcmp(n->host, host))
			return n;
	fresh = vec_add(&w->names);
	mem_copy_str(fresh->host, sizeof(fresh->host), host);
	fresh->family = family;
	fresh->status = NET_NO_DATA;
	return fresh;
}

static void answer_from_names(const struct world *w, const struct net_request *q,
			      struct net_answer *a)
{
	a->status = NET_NOT_FOUND;
	vec_each(&w->names, n) {
		if (strcmp(n->host, q->name))
			continue;
		if (n->family != q->family) {
			if (a->status == NET_NOT_FOUND)
				a->status = NET_NO_DATA;
			continue;
		}
		a->status = n->status;
		a->ttl = n->ttl;
		for (uint32_t i = 0; i < n->addrs.len && i < NET_MAX_ADDRS; i++)
			a->addrs[a->count++] = n->addrs.at[i];
	}
}

static void answer(struct world *w, const struct net_request *q)
{
	struct net_answer a = {.kind = q->kind, .id = q->id, .status = NET_TIMEOUT};

	if (!w->dns_dead)
		answer_from_names(w, q, &a);
	engine_answer(w->engine, &a, world_moment(w));
}

/* All of them, or while no server lives those that are given up. True when there were some. */
static bool answer_due(struct world *w)
{
	uint32_t left = 0, n = w->asked.len;

	for (uint32_t i = 0; i < n; i++) {
		struct world_question asked = w->asked.at[i];

		if (w->dns_dead && asked.ends > w->now)
			w->asked.at[left++] = asked;
		else
			answer(w, &asked.q);
	}
	w->asked.len = left;
	return left < n;
}

static msec answer_deadline(const struct world *w)
{
	return w->asked.len ? w->asked.at[0].ends : MSEC_NEVER;
}

/* --- time --------------------------------------------------------------------------------- */

static void second(struct world *w)
{
	vec_each(&w->peers, p)
		wireguard_second(p, w->now, w->wall_offset);
	w->next_second += 1000;
}

/* What was taken back during a turn is heard of after it. */
static bool undone_tell(struct world *w)
{
	bool any = w->undone.len || w->rules_undone;

	vec_each(&w->undone, r)
		engine_route_event(w->engine, r, ROUTE_WENT);
	if (w->rules_undone)
		engine_dirty(w->engine, SUBJECT_RULES);
	w->undone.len = 0;
	w->rules_undone = false;
	return any;
}

void world_run(struct world *w, msec ms)
{
	msec end = w->now + ms;
	bool undone;

	w->next_turn = w->now; /* something happened */
	for (;;) {
		if (w->next_second <= w->now)
			second(w);
		if (w->next_turn <= w->now) {
			w->next_turn = engine_turn(w->engine, world_moment(w));
			w->turns++;
			if (w->turned)
				w->turned(w->chaos);
		}
		undone = undone_tell(w);
		if (answer_due(w) || undone)
			w->next_turn = msec_min(w->next_turn, w->now + 2);
		if (w->now >= end)
			return;
		w->now = msec_min(end, msec_min(w->next_turn, w->next_second));
		w->now = msec_min(w->now, answer_deadline(w));
	}
}

/* --- beginning, end, and other programs --------------------------------------------------- */

static void world_log(void *ctx, enum log_level level, const char *line)
{
	struct world *w = ctx;

	if (level <= LOG_LEVEL_WARN)
		str_add(&w->said, "%s\n", line);
}

static struct engine *begin(struct world *w)
{
	struct edge edge = {
		.ctx = w,
		.links = world_links,
		.addrs = world_addrs,
		.routes = world_routes,
		.underlay = world_underlay,
		.rules = world_rules,
		.device = world_device,
		.firewall = firewall_look,
		.firewall_try_again = firewall_try_again,
		.firewall_recount = firewall_recount,
		.source = world_source,
		.follows = world_follows,
		.rp_filter = world_rp_filter,
		.forwards = world_forwards,
		.apply = world_apply,
		.firewall_apply = firewall_do,
		.ask = world_ask,
		.tell = world_tell,
		.store = world_store,
		.store_more = world_store_more,
		.event = world_event,
	};

	if (w->between)
		w->between(w->chaos, &edge);
	return engine_new(&edge, 1);
}

struct world *world_new(void)
{
	struct world *w = mem_calloc(1, sizeof(*w));

	log_set_sink(world_log, w);
	world_firewall_init(&w->firewall);
	w->now = w->next_second = 1000000;
	w->wall_offset = 1700000000000;
	w->engine = begin(w);
	return w;
}

void world_restart(struct world *w)
{
	engine_free(w->engine);
	w->engine = begin(w);
	w->crashed = false;
	w->asked.len = w->undone.len = 0;
	w->rules_undone = false;
	if (w->kept.len)
		engine_recall(w->engine, w->kept.text, w->kept.len);
}

void world_free(struct world *w)
{
	engine_free(w->engine);
	vec_free(&w->links);
	vec_free(&w->addrs);
	vec_free(&w->routes);
	vec_free(&w->rules);
	vec_free(&w->undone);
	vec_each(&w->peers, p)
		vec_free(&p->aips);
	vec_free(&w->peers);
	vec_each(&w->names, n)
		vec_free(&n->addrs);
	vec_free(&w->names);
	vec_free(&w->asked);
	vec_free(&w->exchanged);
	world_firewall_free(&w->firewall);
	log_set_sink(NULL, NULL);
	str_free(&w->log);
	str_free(&w->said);
	str_free(&w->kept);
	free(w);
}

static int text_read(void *ctx, const char *path, char **text, size_t *len)
{
	(void)path;
	*text = mem_strdup(ctx);
	*len = strlen(ctx);
	return 0;
}

static int no_expand(void *ctx, const char *pattern, char ***paths, size_t *n)
{
	(void)ctx;
	(void)pattern;
	*paths = NULL;
	*n = 0;
	return 0;
}

static int known_tables(void *ctx, const char *name, uint32_t *table)
{
	(void)ctx;
	return rt_tables_find("", 0, name, table);
}

int world_configure(struct world *w, const char *text, struct imports *im, char *why, size_t size)
{
	char *copy = mem_strdup(text);
	struct conf_env env = {
		.ctx = copy, .read = text_read, .expand = no_expand, .table_by_name = known_tables};
	struct conf_problems problems = {0};
	struct config *c = NULL;
	int err = conf_load("scenario.conf", &env, &c, &problems);

	vec_each(&problems, p)
		if (!p->note && err)
			snprintf(why, size, "%u: %s", p->line, p->message);
	conf_problems_free(&problems);
	free(copy);
	if (!err)
		engine_configure(w->engine, c, "scenario.conf", im, world_moment(w));
	return err;
}

struct world_peer *world_peer(struct world *w, const char *label)
{
	struct world_peer *p;
	uint32_t n = w->peers.len;

	vec_each(&w->peers, have)
		if (!strcmp(have->label, label))
			return have;
	p = vec_add(&w->peers);
	mem_copy_str(p->label, sizeof(p->label), label);
	memset(p->wg.key.bytes, (int)(n + 1), KEY_LEN);
	return p;
}

void world_route_del(struct world *w, const struct prefix *dst)
{
	vec_each(&w->routes, r) {
		struct route gone = *r;

		if (prefix_cmp(&r->dst, dst))
			continue;
		*r = w->routes.at[--w->routes.len];
		engine_route_event(w->engine, &gone, ROUTE_WENT);
		return;
	}
}

void world_route_lose(struct world *w, const struct prefix *dst)
{
	vec_each(&w->routes, r) {
		if (prefix_cmp(&r->dst, dst))
			continue;
		*r = w->routes.at[--w->routes.len];
		return;
	}
}

void world_route_add(struct world *w, const struct route *r)
{
	*vec_add(&w->routes) = *r;
	engine_route_event(w->engine, r, ROUTE_CAME);
}

void world_rule_del(struct world *w, uint8_t family, uint32_t priority, bool silently)
{
	vec_each(&w->rules, r) {
		if (r->family != family || r->priority != priority)
			continue;
		*r = w->rules.at[--w->rules.len];
		break;
	}
	if (!silently)
		engine_dirty(w->engine, SUBJECT_RULES);
}

void world_rule_add(struct world *w, const struct rule *r)
{
	*vec_add(&w->rules) = *r;
	engine_dirty(w->engine, SUBJECT_RULES);
}
