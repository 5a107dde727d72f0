// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The circle. A turn looks at what is dirty, plans what is to be planned again, applies, and says
 * when it wants to be called next. The order matters: peers before names before endpoints; the
 * firewall before routes, so that nothing is forwarded that the policy has not seen.
 */
#include "internal.h"

#include <errno.h>

struct engine *engine_new(const struct edge *edge, uint64_t seed)
{
	struct engine *e = mem_calloc(1, sizeof(*e));

	e->edge = *edge;
	e->rng.state = seed;
	e->surroundings = 1;
	e->events = mem_calloc(1, sizeof(*e->events));
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	config_free(e->config);
	free(e->config_path);
	free(e->config_error);
	imports_free(&e->imports);
	state_free(&e->state);
	vec_free(&e->spare.links);
	vec_free(&e->spare.addrs);
	vec_free(&e->spare.rules);
	names_free(&e->names);
	memory_free(&e->memory);
	vec_free(&e->items);
	vec_free(&e->failures);
	vec_free(&e->touched);
	route_merge_free(&e->route_merge);
	vec_free(&e->underlay_for);
	vec_free(&e->routes_where.devices);
	vec_free(&e->routes_where.links);
	vec_free(&e->loans);
	vec_free(&e->pairs);
	claims_plan_free(&e->moving);
	vec_free(&e->moves_left);
	vec_free(&e->rules_want);
	vec_free(&e->rules_left);
	vec_free(&e->peers_left);
	fw_ruleset_free(&e->firewall_want);
	fw_actual_free(&e->firewall_have);
	fw_plan_free(&e->firewall_pending);
	exchange_free(e);
	paths_free(&e->paths);
	path_output_free(&e->path_output);
	tally_free(&e->tally);
	vec_free(&e->pending);
	problems_free(&e->problems);
	vec_free(&e->seen);
	free(e->events);
	free(e);
}

const struct config *engine_config(const struct engine *e)
{
	return e->config;
}

void engine_import(struct engine *e, struct imports *im, struct moment at)
{
	e->at = at;
	imports_free(&e->imports);
	e->imports = *im;
	*im = (struct imports){0};
	imports_sort(&e->imports);
	if (e->config)
		state_join(&e->state, e->config, &e->imports);
	exchange_configured(e);
	e->dirty |= SUBJECT_LINKS | SUBJECT_PEERS;
	e->replan |= SUBJECT_ALL;
}

void engine_configure(struct engine *e, struct config *c, const char *path, struct imports *im,
		      struct moment at)
{
	struct config *old = e->config;
	char *old_path = e->config_path;

	e->at = at;
	e->config = c;
	e->config_path = mem_strdup(path);
	free(e->config_error);
	e->config_error = NULL;
	e->generation++;
	e->loaded_at = at.wall;
	engine_import(e, im, at);
	config_free(old);
	free(old_path);
	if (!e->started)
		e->started = at.now;
	else
		e->counters.reloads++;
	firewall_try_again(e);
	e->dirty |= SUBJECT_ALL;
	e->routes_where.everywhere = true;
	e->failures.len = 0;
	vec_each(&e->state.devices, d)
		d->taken.len = 0;
	e->claims_retry = (struct retry){0};
	e->rules_retry = (struct retry){0};
	e->firewall_retry = (struct retry){0};
	log_set_level(c->log_level);
	story_tell(e, (struct story){.code = "config"}, "configuration %u is in force (%s)",
		   e->generation, path ? path : "built-in defaults");
}

void engine_config_failed(struct engine *e, const char *why, struct moment at)
{
	e->at = at;
	free(e->config_error);
	e->config_error = mem_strdup(why);
	e->replan |= SUBJECT_LINKS;
	story_tell(e, (struct story){.code = "config", .level = LOG_LEVEL_ERROR},
		   "reload refused, configuration %u stays in force: %s", e->generation, why);
}

static void told_of(struct engine *e, unsigned int subjects)
{
	e->dirty |= subjects;
	e->told |= subjects;
}

void engine_confined(struct engine *e, const struct sandbox *s)
{
	e->sandbox = *s;
}

void engine_dirty(struct engine *e, unsigned int subjects)
{
	told_of(e, subjects);
	e->routes_where.everywhere = e->routes_where.everywhere || subjects & SUBJECT_ROUTES;
	if (subjects & SUBJECT_FIREWALL)
		firewall_told(e);
}

/* Does a route of somebody else stand where one of ours was refused? Then it may be free now. */
static void failures_retry(struct engine *e, const struct prefix *dst)
{
	vec_each(&e->failures, f)
		if (!prefix_cmp(&f->route.dst, dst))
			f->retry_at = 0;
}

/* A link or an address takes others' routes away without a word; soon, for they come in numbers. */
static void blocked_retry(struct engine *e)
{
	vec_each(&e->failures, f)
		if (f->error == -EEXIST)
			f->retry_at = msec_min(f->retry_at, e->at.now + RETRY_MIN);
}

/* Is it a way to an endpoint that has to stay outside its tunnel? */
static bool is_underlay(const struct engine *e, const struct route *r)
{
	vec_each(&e->underlay_for, to)
		if (prefix_has(&r->dst, to))
			return true;
	return false;
}

void engine_route_event(struct engine *e, const struct route *r, enum route_event what)
{
	bool here = r->oif && state_device(&e->state, r->oif);
	bool ours = r->protocol == ROUTE_PROTOCOL;

	if (ours ? !routes_told(e, r, what) : here || is_underlay(e, r)) {
		told_of(e, SUBJECT_ROUTES);
		e->routes_where.everywhere = e->routes_where.everywhere || (ours && !here);
	}
	if (what == ROUTE_WENT && e->failures.len) {
		failures_retry(e, &r->dst);
		told_of(e, SUBJECT_ROUTES);
	}
	if (r->dst.len)
		return;
	e->surroundings++; /* a default route came or went: other names, other sources */
	if (what != ROUTE_WENT)
		names_refresh(&e->names, e->at.now);
}

void engine_link_event(struct engine *e, const struct link *l, bool deleted)
{
	const struct link *known = state_link(&e->state, l->ifindex);

	told_of(e, SUBJECT_LINKS);
	blocked_retry(e);
	if (l->wireguard || deleted || (known && known->wireguard))
		told_of(e, SUBJECT_ROUTES | SUBJECT_PEERS);
	else if (e->underlay_for.len) /* an uplink takes its routes away without a word */
		told_of(e, SUBJECT_ROUTES);
}

void engine_addr_event(struct engine *e, const struct local_addr *a)
{
	told_of(e, SUBJECT_ADDRS);
	blocked_retry(e);
	if (e->underlay_for.len || state_device(&e->state, a->ifindex))
		told_of(e, SUBJECT_ROUTES);
}

static void tell_name(struct engine *e, const struct name *n)
{
	struct endpoint found[2 * NET_MAX_ADDRS];
	uint32_t count = name_endpoints(n, 0, found, 2 * NET_MAX_ADDRS);
	struct str list = {0};
	char buf[ENDPOINT_STRLEN];

	for (uint32_t i = 0; i < count; i++)
		str_add(&list, "%s%s", i ? ", " : "",
			n->srv ? endpoint_format(&found[i], buf)
			       : addr_format(&found[i].addr, buf));
	story_tell(e, (struct story){.code = "dns"}, "%s is %s", n->host, str_text(&list));
	str_free(&list);
}

void engine_answer(struct engine *e, const struct net_answer *a, struct moment at)
{
	struct name *n;
	bool changed;

	e->at = at;
	if (a->kind == NET_SERVE)
		exchange_served(e, a);
	if (a->kind != NET_LOOKUP && a->kind != NET_SRV)
		return;
	changed = names_answer(&e->names, a, at.now, &e->rng, &n);
	if (!n)
		return;
	e->counters.lookups++;
	e->counters.lookup_failures += a->status != NET_OK && a->status != NET_NO_DATA;
	if (changed) {
		e->store_at = e->store_at ? e->store_at : at.now + STORE_AFTER;
		tell_name(e, n);
		e->replan |= SUBJECT_PEERS;
	}
}

void engine_child_restarted(struct engine *e, struct moment at)
{
	e->at = at;
	e->counters.child_restarts++;
	names_forget_asked(&e->names, at.now);
	exchange_child_restarted(e);
}

bool subject_ready(const struct engine *e, enum subject s)
{
	msec looked = e->looked[__builtin_ctz(s)];

	return e->dirty & s && (!looked || e->at.now - looked >= LOOK_GAP) &&
	       (s == SUBJECT_FIREWALL || e->look.at <= e->at.now);
}

void subject_looked(struct engine *e, enum subject s)
{
	e->looked[__builtin_ctz(s)] = e->at.now;
	e->dirty &= ~(unsigned int)s;
}

void retry_failed(struct engine *e, struct retry *r, int error)
{
	r->error = error;
	r->delay = backoff_next(r->delay, RETRY_MIN, RETRY_MAX);
	r->at = e->at.now + rng_jitter(&e->rng, r->delay);
}

void engine_recall(struct engine *e, const char *text, size_t len)
{
	if (memory_read(&e->memory, text, len))
		log_warn("state.json of the last run cannot be read and is not used; names are "
			 "looked up "
			 "anew");
	vec_copy(&e->loans, &e->memory.loans);
}

void memory_store(struct engine *e)
{
	struct str text = {0};
	int err;

	e->store_at = 0;
	if (!e->edge.store)
		return;
	memory_write(&text, &e->names, &e->loans);
	err = e->edge.store(e->edge.ctx, str_text(&text), text.len);
	if (err && !e->store_failed)
		log_warn("%s: %s; known addresses and moved allowed-IPs are not kept for the "
			 "next start",
			 e->config->state_dir, strerror(-err));
	e->store_failed = err != 0;
	if (err) /* what was kept before is not so any more */
		e->store_at = e->at.now + STORE_RETRY;
	str_free(&text);
}

/*
 * A turn that comes much later than asked for means that the host was asleep: every mapping and
 * every address may be another one by now.
 */
static void resume(struct engine *e)
{
	msec late = e->awaited ? e->at.now - e->awaited : 0;

	if (late < ASLEEP_AFTER)
		return;
	story_tell(e, (struct story){.code = "resume"}, "the host was asleep for %lld s",
		   (long long)(late / 1000));
	e->surroundings++;
	e->dirty |= SUBJECT_ALL;
	e->routes_where.everywhere = true;
	firewall_resumed(e);
	names_refresh(&e->names, e->at.now);
}

static void recheck(struct engine *e)
{
	if (e->recheck_at > e->at.now)
		return;
	if (e->recheck_at) {
		firewall_try_again(e);
		e->dirty |= SUBJECT_ALL & ~(unsigned int)SUBJECT_PEERS;
	}
	e->recheck_at = e->at.now + rng_jitter(&e->rng, RECHECK_EVERY);
}

/* When a subject that is dirty may be looked at; what waits for another one does not count. */
static msec dirty_deadline(const struct engine *e)
{
	unsigned int dirty = e->dirty & ~(e->held ? (unsigned int)SUBJECT_ROUTES : 0);
	msec soonest = MSEC_NEVER;

	for (unsigned int bit = 0; bit < 6; bit++) {
		bool firewall = 1u << bit == SUBJECT_FIREWALL && e->state.links.len;
		msec retry = firewall ? e->firewall_retry.at : e->look.at;
		msec at = msec_max(e->looked[bit] + LOOK_GAP, retry);

		if (dirty & 1u << bit)
			soonest = msec_min(soonest, at);
	}
	return soonest;
}

/* While they are held it is the firewall that is waited for. */
static msec forwarding_deadline(const struct engine *e)
{
	if (e->held)
		return MSEC_NEVER;
	return e->touched.len ? e->at.now : msec_min(routes_deadline(e), rules_deadline(e));
}

static msec next_deadline(const struct engine *e)
{
	msec at = msec_min(e->recheck_at, dirty_deadline(e));

	at = msec_min(at, observe_deadline(e));
	at = msec_min(at, firewall_deadline(e));
	at = msec_min(at, forwarding_deadline(e));
	at = msec_min(at, claims_deadline(e));
	at = msec_min(at, names_deadline(&e->names));
	at = msec_min(at, exchange_deadline(e));
	at = msec_min(at, paths_deadline(&e->paths, e->at.now));
	if (e->store_at)
		at = msec_min(at, e->store_at);
	return msec_max(at, e->at.now + 1);
}

static int ask_name(void *ctx, uint32_t id, const char *host, uint8_t family)
{
	struct engine *e = ctx;
	struct net_request q = {.kind = family ? NET_LOOKUP : NET_SRV, .id = id, .family = family};

	mem_copy_str(q.name, sizeof(q.name), host);
	return e->edge.ask(e->edge.ctx, &q);
}

/* Routes lead packets to where only the table keeps them from going on. */
static void forwarding_converge(struct engine *e)
{
	bool held = firewall_holds(e);

	if (e->held && !held)
		e->replan |= SUBJECT_ROUTES | SUBJECT_RULES;
	e->held = held;
	if (held && e->replan & SUBJECT_ROUTES)
		routes_hold(e);
	if (held)
		return;
	routes_converge(e);
	rules_converge(e);
}

msec engine_turn(struct engine *e, struct moment at)
{
	e->at = at;
	resume(e);
	recheck(e);
	e->pending.len = 0;
	observe_surroundings(e);
	observe_peers(e);
	if (!e->dry)
		names_ask(&e->names, at.now, ask_name, e);
	exchange_converge(e);
	rules_settle(e);
	paths_converge(e);
	claims_converge(e);
	endpoints_converge(e);
	firewall_converge(e);
	forwarding_converge(e);
	underlay_look_for_loops(e);
	if (e->replan || e->problems_at <= at.now)
		problems_collect(e);
	if (e->store_at && e->store_at <= at.now)
		memory_store(e);
	route_ways_settle(e);
	e->replan = 0;
	e->awaited = next_deadline(e);
	return e->awaited;
}

void engine_turn_took(struct engine *e, int64_t us)
{
	durations_add(&e->counters.turns, turn_bounds, us);
}

static bool devices_read(const struct engine *e)
{
	vec_each(&e->state.devices, d)
		if (d->error)
			return false;
	return true;
}

bool engine_converged(const struct engine *e)
{
	return e->started && !e->dirty && !e->pending.len &&
	       fw_plan_is_empty(&e->firewall_pending) && !e->firewall_retry.error &&
	       !e->look.error && devices_read(e) && rules_settled(e);
}

bool engine_settled(const struct engine *e)
{
	vec_each(&e->names.by_id, n)
		if (!name_settled(*n))
			return false;
	return true;
}

#define HELD_MAX 20 /* prefixes whose reason is told by --dry-run, one by one */

/* Beside the operations, what is not going to be done. */
static void tell_held(const struct engine *e)
{
	struct str line = {0};
	uint32_t n = 0;

	vec_each(&e->items, it) {
		if (it->status == ROUTE_INSTALLED || it->status == ROUTE_MISSING || ++n > HELD_MAX)
			continue;
		line.len = 0;
		route_format(&line, &it->route, &e->state);
		log_info("no route %s: %s%s%s", str_text(&line), route_status_name(it->status),
			 it->why ? ": " : "", it->why ? it->why : "");
	}
	if (n > HELD_MAX)
		log_info("and %u more prefixes without a route of ours", n - HELD_MAX);
	str_free(&line);
}

size_t engine_dry_run(struct engine *e, struct moment at, struct str *out)
{
	e->dry = true;
	engine_turn(e, at);
	e->dry = false;
	vec_each(&e->pending, op) {
		op_format(out, op, &e->state);
		str_add(out, "\n");
	}
	fw_plan_format(out, &e->firewall_pending);
	tell_held(e);
	return e->pending.len + fw_plan_count(&e->firewall_pending);
}

/* All of it, now, whatever was looked at a moment ago and whatever failed then. */
static int look_at_all(struct engine *e)
{
	for (int i = 0; i < VERIFY_ROUNDS; i++) {
		e->dirty |= SUBJECT_ALL;
		e->routes_where.everywhere = true;
		e->look = (struct retry){0};
		memset(e->looked, 0, sizeof(e->looked));
		observe_surroundings(e);
		if (!e->look.error)
			break;
	}
	observe_peers(e);
	return e->look.error;
}

int engine_clean(struct engine *e, struct moment at)
{
	enum routes_seen seen;
	struct ops ops = {0};
	int looked, err, fw, moved;

	e->at = at;
	looked = look_at_all(e);
	moved = claims_clean(e);
	err = observe_routes(e, &seen);
	if (!err) {
		routes_plan_clean(&ops, &e->state);
		if (ops.len)
			err = e->edge.apply(e->edge.ctx, ops.at, ops.len);
	}
	vec_free(&ops);
	fw = firewall_clean(e);
	return err ? err : fw ? fw : moved ? moved : looked;
}
