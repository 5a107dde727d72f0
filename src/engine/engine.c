// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine from its beginning to its end: what it is configured with, what it remembers, what it
 * would do and how it cleans up. Its turns are in turn.c, what it is told between them in told.c.
 */
#include "internal.h"

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
	vec_free(&e->named);
	vec_free(&e->fresh);
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
	e->names_stale = true;
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
	e->stored = 0; /* it may be kept elsewhere from now on */
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

void engine_confined(struct engine *e, const struct sandbox *s)
{
	e->sandbox = *s;
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

bool engine_stuck(const struct engine *e)
{
	vec_each(&e->pending, op)
		if (!op->error && !op->why)
			return false;
	return e->pending.len && !e->dirty;
}

bool engine_settled(const struct engine *e)
{
	vec_each(&e->names.by_id, n)
		if (!name_settled(*n))
			return false;
	return !e->names_stale;
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
			 it->why ? ": " : "", it->why ? word_text(it->why) : "");
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

void engine_stand_by(struct engine *e, const char *other)
{
	e->dry = other;
	mem_copy_str(e->other, sizeof(e->other), other ? other : "");
	e->replan = SUBJECT_ALL;
	e->dirty = SUBJECT_ALL;
	e->routes_where.everywhere = true;
	e->routes_planned = e->routes_in_order = e->routes_settled = false;
	e->firewall_settled = false;
	e->paths.list.len = e->paths.hubs.len = 0; /* as at a start */
	e->surroundings++;
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
			err = ops_apply(e, ops.at, ops.len);
	}
	vec_free(&ops);
	fw = firewall_clean(e);
	return err ? err : fw ? fw : moved ? moved : looked;
}
