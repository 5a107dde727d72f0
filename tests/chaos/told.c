// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What status says while nothing happens: counts that were followed, and problems that were kept
 * because nothing came, are what a look at everything in the same moment makes of them.
 */
#include "chaos/chaos.h"

#include <stdio.h>

#include "../../src/engine/internal.h"
#include "support/answered.h"

#define KNOWN	3000 /* ms, in which all that was told of has been looked at, and once more */
#define SETTLED 1500 /* ms, in which what comes of time alone has come */

/* --- what is known of routes and rules without a look ---------------------------------------- */

static uint32_t ours_of(const struct routes *list)
{
	uint32_t n = 0;

	vec_each(list, r)
		n += r->protocol == ROUTE_PROTOCOL;
	return n;
}

static bool is_there(const struct chaos *c, const struct route *r)
{
	vec_each(&c->w->routes, have)
		if (!route_order(have, r))
			return true;
	return false;
}

static void routes_known(struct chaos *c)
{
	const struct routes *known = &c->w->engine->state.ours;
	struct state s = {.links = c->w->links};
	struct str line = {0};

	vec_each(known, r) {
		if (is_there(c, r))
			continue;
		route_format(&line, r, &s);
		chaos_fail(c, "believed to be there, and is not: %s", str_text(&line));
	}
	if (known->len != ours_of(&c->w->routes))
		chaos_fail(c, "%u routes of ours are known, and %u are there", known->len,
			   ours_of(&c->w->routes));
}

static bool has_rule(const struct chaos *c, const struct rule *r)
{
	vec_each(&c->w->rules, have)
		if (have->protocol == ROUTE_PROTOCOL && !rule_cmp(have, r))
			return true;
	return false;
}

/* Of those that were wanted when they were planned last. */
static uint32_t rules_missing(const struct chaos *c)
{
	uint32_t n = 0;

	vec_each(&c->w->engine->rules_want, r)
		n += !has_rule(c, r);
	return n;
}

static void rules_known(struct chaos *c)
{
	if (!c->w->engine->rules_left.len && rules_missing(c))
		chaos_fail(c, "%u rules of ours are missing, and nothing is done about it",
			   rules_missing(c));
}

void told_soon(struct chaos *c)
{
	const struct engine *e = c->w->engine;

	world_run(c->w, KNOWN);
	if (c->dead || c->untold || e->held)
		return;
	if (!(e->dirty & SUBJECT_ROUTES))
		routes_known(c);
	if (!(e->dirty & SUBJECT_RULES))
		rules_known(c);
}

/* --- what status says ------------------------------------------------------------------------ */

static json_t *status(struct chaos *c)
{
	struct str out = {0};

	engine_request(c->w->engine, chaos_moment(c), "status", true, NULL, &out);
	return answer_result(&out);
}

static void compare(struct chaos *c, const char *key, const json_t *kept, const json_t *anew)
{
	char *a, *b;

	if (json_equal(json_object_get(kept, key), json_object_get(anew, key)))
		return;
	a = json_dumps(json_object_get(kept, key), JSON_ENCODE_ANY);
	b = json_dumps(json_object_get(anew, key), JSON_ENCODE_ANY);
	chaos_fail(c, "%s was told as %s, and is %s", key, a ? a : "-", b ? b : "-");
}

void told_at_rest(struct chaos *c)
{
	static const char *const keys[] = {"interfaces", "peers", "routes", "problems", "pending"};
	json_t *kept, *anew;

	world_run(c->w, SETTLED);
	engine_dirty(c->w->engine, SUBJECT_PEERS); /* whose states come of time */
	world_run(c->w, 0);
	kept = status(c);
	engine_dirty(c->w->engine, SUBJECT_ALL);
	world_run(c->w, 0);
	anew = status(c);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!c->untold)
			compare(c, keys[i], kept, anew);
	json_decref(kept);
	json_decref(anew);
}
