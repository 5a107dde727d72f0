// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Long answers in parts, while peers and routes come and go between the parts: the line is JSON,
 * nothing is told twice, and what was there all the time is told.
 */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "support/answered.h"
#include "support/many.h"

#define PEERS	 1000
#define PART	 64 /* peers of `peers` and `paths` */
#define FAMILIES 7  /* of metrics that each peer has */

static struct many *settled(void)
{
	struct many *m = many_new(PEERS, true);

	for (int i = 0; i < 2; i++)
		many_turn(m);
	assert_true(engine_converged(m->engine));
	return m;
}

/* Asks, lets between() happen after each part, and returns what came. */
static json_t *asked(struct many *m, const char *line, void (*between)(struct many *m, uint32_t n))
{
	struct engine_rest rest;
	struct str out = {0};
	uint32_t n = 0;
	bool more =
		engine_request(m->engine, m->at, line, false, &rest, &out) == ENGINE_SAID_A_PART;

	assert_true(more);
	while (more) {
		size_t before = out.len;

		if (between)
			between(m, n);
		n++;
		more = engine_request_more(m->engine, m->at, &rest, &out);
		assert_true(out.len - before < 96 << 10); /* a part is never much */
	}
	assert_int_equal(out.text[out.len - 1], '\n');
	assert_int_equal(strncmp(out.text, "{\"ok\":true,", 11), 0);
	return answer_result(&out);
}

/* How many different texts there are under key: all of them, or something came twice. */
static size_t distinct(const json_t *list, const char *key)
{
	json_t *seen = json_object(), *item;
	size_t i, n;

	json_array_foreach(list, i, item)
		json_object_set(seen, json_string_value(json_object_get(item, key)), json_true());
	n = json_object_size(seen);
	json_decref(seen);
	return n;
}

static void check(struct many *m, const char *line, const char *key, size_t least,
		  void (*between)(struct many *m, uint32_t n))
{
	json_t *list = asked(m, line, between);

	assert_int_equal(distinct(list, key), json_array_size(list));
	assert_true(json_array_size(list) >= least);
	json_decref(list);
}

static void all_at_rest(void **state)
{
	struct many *m = settled();
	json_t *list = asked(m, "peers", NULL), *item;
	size_t i;
	(void)state;

	assert_int_equal(json_array_size(list), PEERS);
	json_array_foreach(list, i, item)
		assert_int_equal(json_array_size(json_object_get(item, "routes")), 2);
	json_decref(list);
	check(m, "peers wg0", "public_key", PEERS, NULL);
	check(m, "paths", "public_key", PEERS, NULL);
	check(m, "routes", "prefix", 2 * PEERS, NULL);
	many_free(m);
}

static void whole_or_in_parts(void **state)
{
	struct many *m = settled();
	json_t *list = asked(m, "peers", NULL), *whole;
	struct str out = {0};
	(void)state;

	assert_int_equal(engine_request(m->engine, m->at, "peers", false, NULL, &out),
			 ENGINE_SAID_ALL);
	whole = answer_result(&out);
	assert_true(json_equal(whole, list));
	json_decref(whole);
	json_decref(list);
	many_free(m);
}

static void come(struct many *m, uint32_t n)
{
	(void)n;
	many_add(m);
	many_turn(m);
}

static void peer_gone(struct many *m, uint32_t i)
{
	memmove(m->peers.at + i, m->peers.at + i + 1,
		(m->peers.len - i - 1) * sizeof(*m->peers.at));
	m->peers.len--;
	many_turn(m);
}

static void go_in_front(struct many *m, uint32_t n)
{
	if (n) /* the first is told by then */
		peer_gone(m, 0);
}

/* The very one behind which the answer goes on. */
static void go_at_the_cut(struct many *m, uint32_t n)
{
	if (n)
		peer_gone(m, PART * n - n);
}

static void all_gone(struct many *m, uint32_t n)
{
	if (n == 3)
		m->peers.len = 0;
	many_turn(m);
}

static void iface_gone(struct many *m, uint32_t n)
{
	if (n == 3)
		m->links.len = 0;
	engine_dirty(m->engine, SUBJECT_LINKS);
	many_turn(m);
}

static void while_peers_come_and_go(void **state)
{
	static const struct {
		void (*between)(struct many *m, uint32_t n);
		uint32_t least;
	} cases[] = {{come, PEERS},
		     {go_in_front, PEERS},
		     {go_at_the_cut, PEERS - 16},
		     {all_gone, 3 * PART},
		     {iface_gone, 3 * PART}};
	static const struct {
		const char *line, *key;
	} asks[] = {{"peers", "public_key"}, {"paths", "public_key"}, {"routes", "prefix"}};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t j = 0; j < ARRAY_LEN(asks); j++) {
			struct many *m = settled();

			check(m, asks[j].line, asks[j].key, cases[i].least, cases[i].between);
			many_free(m);
		}
	}
}

static void no_such_interface(void **state)
{
	struct many *m = settled();
	struct engine_rest rest;
	struct str out = {0};
	(void)state;

	assert_int_equal(engine_request(m->engine, m->at, "peers wg7", false, &rest, &out),
			 ENGINE_SAID_ALL);
	assert_non_null(strstr(out.text, "\"not-found\""));
	str_free(&out);
	many_free(m);
}

/* --- metrics -------------------------------------------------------------------------------- */

static int line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Lines of an exposition, sorted; each name with its labels and each announcement comes once. The
 * values are cut off, for between two parts they change.
 */
VEC_TYPE(lines, char *);

static void lines_take(struct lines *out, char *text)
{
	for (char *save, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *value = *line == '#' ? NULL : strrchr(line, ' ');

		if (value)
			*value = '\0';
		*vec_add(out) = line;
	}
	vec_sort(out, line_cmp);
}

static size_t lines_with(const struct lines *all, const char *start)
{
	size_t n = 0;

	vec_each(all, line)
		n += !strncmp(*line, start, strlen(start));
	return n;
}

static void metrics_check(struct many *m, size_t least, size_t most,
			  void (*between)(struct many *m, uint32_t n))
{
	json_t *json = asked(m, "metrics", between);
	char *text = mem_strdup(json_string_value(json));
	struct lines all = {0};

	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	lines_take(&all, text);
	for (uint32_t i = 1; i < all.len; i++)
		if (!strcmp(all.at[i - 1], all.at[i]))
			fail_msg("twice: %s", all.at[i]);
	assert_in_range(lines_with(&all, "wireguard_sent_bytes_total{"), least, most);
	assert_in_range(lines_with(&all, "wayside_peer_repairs{"), least, most);
	assert_int_equal(lines_with(&all, "wayside_build_info{"), 1);
	assert_int_equal(lines_with(&all, "# TYPE wayside_peer_"), FAMILIES - 3);
	vec_free(&all);
	free(text);
	json_decref(json);
}

static void metrics_in_parts(void **state)
{
	static const struct {
		void (*between)(struct many *m, uint32_t n);
		size_t least, most;
	} cases[] = {{NULL, PEERS, PEERS},
		     {come, PEERS, PEERS + 32},
		     {go_in_front, PEERS - 32, PEERS},
		     {all_gone, 0, PEERS},
		     {iface_gone, 0, PEERS}};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct many *m = settled();

		metrics_check(m, cases[i].least, cases[i].most, cases[i].between);
		many_free(m);
	}
}

/* Each turn makes the plan anew, also when it is what it was. */
static void turn(struct many *m, uint32_t n)
{
	(void)n;
	many_turn(m);
}

static void routes_that_are_refused(void **state)
{
	struct many *m = many_new(PEERS, true);
	json_t *plan;
	(void)state;

	m->refusal = -ENOSPC;
	log_set_level(LOG_LEVEL_ERROR);
	for (int i = 0; i < 2; i++)
		many_turn(m);
	plan = asked(m, "plan", turn);
	assert_int_equal(json_array_size(json_object_get(plan, "operations")), 2 * PEERS);
	assert_int_equal(distinct(json_object_get(plan, "operations"), "text"), 2 * PEERS);
	assert_int_equal(json_array_size(json_object_get(plan, "held")), 0);
	json_decref(plan);
	many_free(m);
}

/* A watcher that missed some hears it as an event that comes after them. */
static void events_that_were_lost(void **state)
{
	struct many *m = settled();
	json_t *events = asked(m, "events", NULL), *lost;
	json_t *last = json_array_get(events, json_array_size(events) - 1);
	struct str line = {0};
	(void)state;

	engine_lost_line(m->engine, m->at, 3, &line);
	lost = json_loads(str_text(&line), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(lost, "code")), "events-lost");
	assert_true(json_equal(json_object_get(lost, "seq"), json_object_get(last, "seq")));
	assert_non_null(strstr(json_string_value(json_object_get(lost, "text")), "3 events"));
	json_decref(lost);
	json_decref(events);
	str_free(&line);
	many_free(m);
}

TEST_MAIN(all_at_rest, whole_or_in_parts, while_peers_come_and_go, no_such_interface,
	  metrics_in_parts, routes_that_are_refused, events_that_were_lost)
