// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libconfig says of a text that conf_grammar.c has let pass, in words that help: a key that is
 * there twice, and an array of more than one type.
 *
 * It knows the line, and of a key that its group already has it knows no more than that: neither
 * the key nor where it was. Both are looked for in the line and in the part of the tree that it
 * had made until then.
 */
#include <ctype.h>

#include "conf_keys.h"
#include "conf_problems.h"

struct line {
	const char *text;
	size_t len;
	unsigned int number;
};

/* Line n of the text, from 1 on; empty when there is none. */
static struct line text_line(const struct conf_text *t, unsigned int n)
{
	struct line line = {.text = str_text(&t->text), .number = n};

	while (n-- > 1) {
		line.text += strcspn(line.text, "\n");
		line.text += *line.text == '\n';
	}
	line.len = strcspn(line.text, "\n");
	return line;
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*';
}

/* How often a line says "name =", and where it does first. */
static unsigned int times_set(const struct line *line, const char *name, size_t *first)
{
	size_t n = strlen(name);
	unsigned int times = 0;

	for (size_t i = 0; i + n < line->len; i++) {
		const char *at = line->text + i;
		const char *behind = at + n + strspn(at + n, " \t");

		if (strncmp(at, name, n) != 0 || (i && name_char(at[-1])) ||
		    (*behind != '=' && *behind != ':'))
			continue;
		if (!times++)
			*first = i;
	}
	return times;
}

/* The groups that are still open are the last ones of each level. */
static const config_setting_t *first_of_two(const struct conf_text *t, const config_t *tree)
{
	const struct line line = text_line(t, (unsigned int)config_error_line(tree));
	const config_setting_t *found = NULL, *s = config_root_setting(tree);
	size_t leftmost = SIZE_MAX, at = 0;

	while (s && config_setting_is_aggregate(s)) {
		int n = config_setting_length(s);

		for (int i = 0; i < n; i++) {
			const config_setting_t *m = config_setting_get_elem(s, (unsigned int)i);
			const char *name = config_setting_name(m);
			unsigned int own = config_setting_source_line(m) == line.number;

			if (name && times_set(&line, name, &at) > own && at < leftmost) {
				leftmost = at;
				found = m;
			}
		}
		s = n ? config_setting_get_elem(s, (unsigned int)n - 1) : NULL;
	}
	return found;
}

void conf_syntax_problem(struct conf *c, const config_t *tree)
{
	struct place at = conf_text_place(&c->text, (unsigned int)config_error_line(tree));
	const char *text = config_error_text(tree);
	const config_setting_t *first = NULL;
	struct place place;

	if (!text)
		text = "syntax error";
	if (strstr(text, "duplicate"))
		first = first_of_two(&c->text, tree);
	if (first) {
		place = conf_place(c, first);
		conf_problem_add(c->problems, at, false, "%s: given twice, first at %s:%u",
				 config_setting_name(first), place.file, place.line);
	} else if (strstr(text, "array")) {
		conf_problem_add(c->problems, at, false,
				 "all in [ ] must be of one type, groups and mixtures go in ( )");
	} else {
		conf_problem_add(c->problems, at, false, "%s here or just before", text);
	}
}
