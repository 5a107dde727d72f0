// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What status says while nothing happens: counts that were followed, and problems that were kept
 * because nothing came, are what a look at everything in the same moment makes of them.
 */
#include "chaos/chaos.h"

#include <stdio.h>

#include "support/answered.h"

#define SETTLED 1500 /* ms, in which what comes of time alone has come */

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
