// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a scenario expects: of the log, of the world, and of the answers of the control socket.
 */
#include <jansson.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "support/play.h"

/* From this place of the log on; what is found is where the next one may begin. */
static void expect_from(struct play *p, size_t from)
{
	const char *log = str_text(&p->w->log), *text = play_rest(p);
	const char *at = strstr(log + from, text);

	if (!at)
		play_fail(p, "not seen%s: %s", from ? " after the last" : "", text);
	p->found = (size_t)(at - log) + strlen(text);
}

static void do_expect(struct play *p)
{
	expect_from(p, 0);
}

static void do_expect_then(struct play *p)
{
	expect_from(p, p->found);
}

static void do_expect_not(struct play *p)
{
	if (strstr(str_text(&p->w->log), play_rest(p)))
		play_fail(p, "seen: %s", play_rest(p));
}

static void do_expect_at_most(struct play *p)
{
	long most = play_number(p, 1), seen = 0;
	const char *at = str_text(&p->w->log), *what = play_word(p, 2);

	for (; (at = strstr(at, what)); at += strlen(what))
		seen++;
	if (seen > most)
		play_fail(p, "seen %ld times: %s", seen, what);
}

static void do_expect_route(struct play *p)
{
	struct prefix dst = play_prefix(p, play_word(p, 1));
	bool want = !strcmp(play_word(p, 2), "yes"), have = false;

	vec_each(&p->w->routes, r)
		have = have || (r->protocol == ROUTE_PROTOCOL && !prefix_cmp(&r->dst, &dst));
	if (want != have)
		play_fail(p, "route %s: %s", play_word(p, 1), have ? "there" : "not there");
}

static void do_expect_rule(struct play *p)
{
	bool want = !strcmp(play_word(p, 4), "yes"), have = false;

	vec_each(&p->w->rules, r)
		have = have || (r->protocol == ROUTE_PROTOCOL && r->family == play_family(p) &&
				r->priority == play_number(p, 2) && r->table == play_number(p, 3));
	if (want != have)
		play_fail(p, "rule %s: %s", play_word(p, 2), have ? "there" : "not there");
}

static void do_expect_mark(struct play *p)
{
	if (p->w->marks[play_number(p, 1) % 16] != play_number(p, 2))
		play_fail(p, "fwmark is %u", p->w->marks[play_number(p, 1) % 16]);
}

/* The result of a question to the control socket; the caller drops the answer. */
static json_t *ask(struct play *p, const char *line, json_t **result)
{
	struct moment at = {p->w->now, p->w->now + p->w->wall_offset};
	struct str out = {0};
	json_t *answer;

	engine_request(p->w->engine, at, line, false, NULL, &out);
	answer = json_loads(str_text(&out), 0, NULL);
	str_free(&out);
	*result = json_object_get(answer, "result");
	return answer;
}

static void do_expect_problem(struct play *p)
{
	bool want = !strcmp(play_word(p, 2), "yes"), have = false;
	json_t *result, *answer = ask(p, "status", &result), *each;
	size_t i;

	json_array_foreach(json_object_get(result, "problems"), i, each)
	{
		const char *code = json_string_value(json_object_get(each, "code"));

		have = have || !strcmp(code, play_word(p, 1));
	}
	json_decref(answer);
	if (want != have)
		play_fail(p, "problem %s: %s", play_word(p, 1), have ? "there" : "not there");
}

static bool is_said(struct play *p, const char *text)
{
	json_t *result, *answer = ask(p, "status", &result), *each;
	bool said = false;
	size_t i;

	json_array_foreach(json_object_get(result, "problems"), i, each) said =
		said || strstr(json_string_value(json_object_get(each, "message")), text);
	json_decref(answer);
	return said;
}

static void do_expect_said(struct play *p)
{
	if (!is_said(p, play_rest(p)))
		play_fail(p, "no problem says: %s", play_rest(p));
}

static void do_expect_hint(struct play *p)
{
	json_t *result, *answer = ask(p, "status", &result), *each;
	const char *hint;
	bool said = false;
	size_t i;

	json_array_foreach(json_object_get(result, "problems"), i, each)
	{
		hint = json_string_value(json_object_get(each, "hint"));
		said = said || (hint && strstr(hint, play_rest(p)));
	}
	json_decref(answer);
	if (!said)
		play_fail(p, "no problem's hint is: %s", play_rest(p));
}

static void do_expect_logged(struct play *p)
{
	const char *text = strstr(play_rest(p), " ") + 1;
	long n = 0;

	for (const char *at = str_text(&p->w->said); (at = strstr(at, text)); at++)
		n++;
	if (n != play_number(p, 1))
		play_fail(p, "%ld times in the log: %s\n%s", n, text, str_text(&p->w->said));
}

static void do_expect_not_said(struct play *p)
{
	if (is_said(p, play_rest(p)))
		play_fail(p, "a problem says: %s", play_rest(p));
}

static void do_expect_status(struct play *p)
{
	json_t *result, *answer = ask(p, "routes", &result), *each;
	const char *status = NULL, *reason = NULL, *prefix_text;
	char text[512] = "";
	size_t i;

	for (unsigned int w = 3; w < p->n; w++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", w > 3 ? " " : "",
			 p->words[w]);
	json_array_foreach(result, i, each)
	{
		prefix_text = json_string_value(json_object_get(each, "prefix"));
		if (strcmp(prefix_text, play_word(p, 1)) ||
		    (status && !strcmp(status, play_word(p, 2))))
			continue;
		status = json_string_value(json_object_get(each, "status"));
		reason = json_string_value(json_object_get(each, "reason"));
	}
	if (!status || strcmp(status, play_word(p, 2)) ||
	    (!strcmp(text, "nothing") ? reason != NULL
				      : *text && (!reason || !strstr(reason, text))))
		play_fail(p, "%s is %s: %s", play_word(p, 1), status ? status : "unknown",
			  reason ? reason : "");
	json_decref(answer);
}

static void expect_text(struct play *p, const char *have)
{
	if (strcmp(have, play_word(p, 2)))
		play_fail(p, "%s of %s is %s, not %s", play_word(p, 0) + 7, play_word(p, 1), have,
			  play_word(p, 2));
}

/* The answer of the control socket for one peer. */
json_t *play_ask_peer(struct play *p, const char *label)
{
	struct moment at = {p->w->now, p->w->now + p->w->wall_offset};
	char key[KEY_STRLEN], line[80];
	struct str out = {0};
	json_t *answer;

	key_format(&world_peer(p->w, label)->wg.key, key);
	snprintf(line, sizeof(line), "peer %s", key);
	engine_request(p->w->engine, at, line, false, NULL, &out);
	answer = json_loads(str_text(&out), 0, NULL);
	str_free(&out);
	if (!json_is_true(json_object_get(answer, "ok")))
		play_fail(p, "the engine does not know %s", label);
	return answer;
}

static void do_expect_state(struct play *p)
{
	json_t *a = play_ask_peer(p, play_word(p, 1)), *r = json_object_get(a, "result");

	expect_text(p, json_string_value(json_object_get(r, "state")));
	json_decref(a);
}

static void do_expect_endpoint(struct play *p)
{
	char buf[ENDPOINT_STRLEN];

	expect_text(p, endpoint_format(&world_peer(p->w, play_word(p, 1))->wg.endpoint, buf));
}

static void do_expect_keepalive(struct play *p)
{
	char buf[12];

	snprintf(buf, sizeof(buf), "%u", world_peer(p->w, play_word(p, 1))->wg.keepalive);
	expect_text(p, buf);
}

static void do_expect_aips(struct play *p)
{
	const struct world_peer *wp = world_peer(p->w, play_word(p, 1));
	char buf[PREFIX_STRLEN], *save = NULL;
	uint32_t wanted = 0;
	struct str have = {0};

	vec_each(&wp->aips, a)
		str_add(&have, "%s%s", have.len ? "," : "", prefix_format(a, buf));
	play_word(p, 2);
	for (char *t = strtok_r(p->words[2], ",", &save); t; t = strtok_r(NULL, ",", &save)) {
		bool found = !strcmp(t, "nothing");
		struct prefix want = found ? (struct prefix){0} : play_prefix(p, t);

		wanted += !found;
		vec_each(&wp->aips, a)
			found = found || !prefix_cmp(a, &want);
		if (!found)
			play_fail(p, "%s has %s, not %s", wp->label, str_text(&have), t);
	}
	if (wanted != wp->aips.len)
		play_fail(p, "%s has %s", wp->label, str_text(&have));
	str_free(&have);
}

static void do_expect_kept(struct play *p)
{
	if (!strstr(str_text(&p->w->kept), play_rest(p)))
		play_fail(p, "not stored: %s in %s", play_rest(p), str_text(&p->w->kept));
}

static void do_expect_not_kept(struct play *p)
{
	if (strstr(str_text(&p->w->kept), play_rest(p)))
		play_fail(p, "stored: %s in %s", play_rest(p), str_text(&p->w->kept));
}

static void do_expect_peer(struct play *p)
{
	json_t *a = play_ask_peer(p, play_word(p, 1));
	json_t *value = json_object_get(json_object_get(a, "result"), play_word(p, 2));
	char *text = json_is_string(value) ? mem_strdup(json_string_value(value))
					   : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	if (!text || strcmp(text, play_word(p, 3)) != 0)
		play_fail(p, "%s of %s is %s", play_word(p, 2), play_word(p, 1),
			  text ? text : "missing");
	free(text);
	json_decref(a);
}

static void do_expect_converged(struct play *p)
{
	if (engine_converged(p->w->engine) != !strcmp(play_word(p, 1), "yes"))
		play_fail(p, "converged: %s", engine_converged(p->w->engine) ? "yes" : "no");
}

static const struct {
	const char *word;
	void (*act)(struct play *p);
} expectations[] = {
	{"expect", do_expect},
	{"expect-then", do_expect_then},
	{"expect-not", do_expect_not},
	{"expect-at-most", do_expect_at_most},
	{"expect-route", do_expect_route},
	{"expect-rule", do_expect_rule},
	{"expect-mark", do_expect_mark},
	{"expect-problem", do_expect_problem},
	{"expect-said", do_expect_said},
	{"expect-hint", do_expect_hint},
	{"expect-logged", do_expect_logged},
	{"expect-not-said", do_expect_not_said},
	{"expect-status", do_expect_status},
	{"expect-state", do_expect_state},
	{"expect-endpoint", do_expect_endpoint},
	{"expect-keepalive", do_expect_keepalive},
	{"expect-aips", do_expect_aips},
	{"expect-kept", do_expect_kept},
	{"expect-not-kept", do_expect_not_kept},
	{"expect-peer", do_expect_peer},
	{"expect-converged", do_expect_converged},
};

bool play_expect(struct play *p)
{
	for (size_t i = 0; i < ARRAY_LEN(expectations); i++) {
		if (!strcmp(expectations[i].word, p->words[0])) {
			expectations[i].act(p);
			return true;
		}
	}
	return false;
}
