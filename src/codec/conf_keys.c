// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The walk over libconfig's tree: known keys are read as their table says, every other key is
 * refused with the name that was probably meant. Nothing stops at the first problem.
 */
#include "conf_keys.h"

#include <stdio.h>

#include "conf_problems.h"

/* The key that a message is about: a list's elements have no name of their own. */
static const char *key_name(const config_setting_t *s)
{
	while (s && !config_setting_name(s))
		s = config_setting_parent(s);
	return s ? config_setting_name(s) : NULL;
}

struct place conf_place(const struct conf *c, const config_setting_t *s)
{
	return conf_text_place(&c->text, config_setting_source_line(s));
}

static void complain(struct conf *c, const config_setting_t *s, bool note, const char *fmt,
		     va_list ap)
{
	const char *name = key_name(s);
	char prefix[80] = "";

	if (name)
		snprintf(prefix, sizeof(prefix), "%s: ", name);
	conf_problem_addv(c->problems, conf_place(c, s), note, prefix, fmt, ap);
}

void conf_problem(struct conf *c, const config_setting_t *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(c, s, false, fmt, ap);
	va_end(ap);
}

void conf_note(struct conf *c, const config_setting_t *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(c, s, true, fmt, ap);
	va_end(ap);
}

static const char *type_name(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a point";
	case CONFIG_TYPE_STRING:
		return "a text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ]";
	case CONFIG_TYPE_LIST:
		return "a list ( )";
	default:
		return "something else";
	}
}

void conf_wrong_type(struct conf *c, const config_setting_t *s, const char *wanted)
{
	conf_problem(c, s, "must be %s, not %s", wanted, type_name(s));
}

void conf_twice(struct conf *c, const config_setting_t *s, const char *text, struct place first)
{
	conf_problem(c, s, "\"%s\" is given twice, first at %s:%u", text, first.file, first.line);
}

const config_setting_t *conf_member(const config_setting_t *s, const char *name)
{
	return config_setting_is_group(s) ? config_setting_get_member(s, name) : NULL;
}

/* How many letters were added, lost, changed or swapped (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), d[32][32];

	if (la >= 32 || lb >= 32)
		return SIZE_MAX;
	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			size_t best = i + j;

			if (i && j) {
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
				best = best < d[i - 1][j] + 1 ? best : d[i - 1][j] + 1;
				best = best < d[i][j - 1] + 1 ? best : d[i][j - 1] + 1;
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}

/* The closest key that is no further away than a third of its letters. */
static const char *closest_key(const struct conf_group *g, const char *name)
{
	const char *found = NULL;
	size_t best = SIZE_MAX;

	for (; g; g = g->also) {
		for (const struct conf_key *k = g->keys; k->name; k++) {
			size_t d = distance(k->name, name);

			if (d < best && d <= (strlen(k->name) + 2) / 3) {
				best = d;
				found = k->name;
			}
		}
	}
	return found;
}

static bool knows_key(const struct conf_group *g, const char *name)
{
	for (; g; g = g->also)
		for (const struct conf_key *k = g->keys; k->name; k++)
			if (!strcmp(k->name, name))
				return true;
	return false;
}

static void refuse_unknown(struct conf *c, const struct conf_group *g, const config_setting_t *s)
{
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *m = config_setting_get_elem(s, (unsigned int)i);
		const char *name = config_setting_name(m);
		const char *meant;

		if (knows_key(g, name))
			continue;
		meant = closest_key(g, name);
		if (meant)
			conf_problem(c, m, "unknown key in %s, did you mean \"%s\"?", g->name,
				     meant);
		else
			conf_problem(c, m, "unknown key in %s", g->name);
	}
}

static void read_known(struct conf *c, const struct conf_group *g, const config_setting_t *s,
		       void *base)
{
	if (g->also)
		read_known(c, g->also, s, base);
	for (const struct conf_key *k = g->keys; k->name; k++) {
		const config_setting_t *m = conf_member(s, k->name);

		if (!m)
			continue;
		k->read(c, k, m, (char *)base + k->offset);
	}
	if (g->check)
		g->check(c, s, base);
}

void conf_read_keys(struct conf *c, const struct conf_group *g, const config_setting_t *s,
		    void *base)
{
	if (!config_setting_is_group(s)) {
		conf_wrong_type(c, s, "a group { }");
		return;
	}
	read_known(c, g, s, base);
	refuse_unknown(c, g, s);
}

void conf_each_text(struct conf *c, const config_setting_t *s, conf_on_text on, void *out)
{
	bool many = config_setting_is_list(s) || config_setting_is_array(s);
	int n = many ? config_setting_length(s) : 1;

	if (!many && config_setting_type(s) != CONFIG_TYPE_STRING) {
		conf_wrong_type(c, s, "a text or a list of texts");
		return;
	}
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = many ? config_setting_get_elem(s, (unsigned int)i) : s;
		const char *text = conf_text(c, e);

		if (text)
			on(c, e, text, out);
	}
}

void conf_each_group(struct conf *c, const config_setting_t *s, conf_on_group on, void *out)
{
	bool empty = config_setting_is_array(s) && !config_setting_length(s);

	if (!config_setting_is_list(s) && !empty) {
		conf_wrong_type(c, s, "a list of groups, ( { }, { } )");
		return;
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned int)i);

		if (config_setting_is_group(e))
			on(c, e, out);
		else
			conf_wrong_type(c, e, "a list of groups, ( { }, { } )");
	}
}
