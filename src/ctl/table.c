// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables, as lsblk(8) and findmnt(8) have them: aligned, cut to the terminal's width, plain and
 * whole when they go to a file or a pipe.
 */
#include "table.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What good, bad and in between look like: states of peers, routes and the firewall. */
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[31m"
#define GREY   "\033[90m"
#define PLAIN  "\033[0m"

static const struct look {
	const char *state, *colour, *symbol;
} looks[] = {
	{"up", GREEN, "●"},	   {"idle", GREEN, "○"},       {"unanswered", YELLOW, "◐"},
	{"dead", RED, "✕"},	   {"never", GREY, "·"},       {"installed", GREEN, "●"},
	{"foreign", GREEN, "○"},   {"covered", GREEN, "○"},    {"missing", YELLOW, "◐"},
	{"pending", YELLOW, "◐"},  {"withdrawn", YELLOW, "◐"}, {"blocked", RED, "✕"},
	{"failed", RED, "✕"},	   {"unavailable", RED, "✕"},  {"surplus", YELLOW, "◐"},
	{"shadowed", GREY, "·"},   {"down", GREY, "·"},	       {"off", GREY, "·"},
	{"converged", GREEN, "●"}, {"problem", RED, "✕"},      {"note", YELLOW, "◐"},
	{"error", RED, "✕"},	   {"warning", YELLOW, "◐"},
};

static const struct look *look_find(const char *state)
{
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (!strcmp(looks[i].state, state))
			return &looks[i];
	return NULL;
}

bool colour_wanted(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no && no[0])
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static bool symbols_wanted(void)
{
	return isatty(STDOUT_FILENO) && !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* "● up" on a terminal, "up" elsewhere. */
static const char *state_text(const char *state, const struct look *look, char *buf, size_t size)
{
	bool symbol = look && symbols_wanted();

	snprintf(buf, size, "%s%s%s", symbol ? look->symbol : "", symbol ? " " : "", state);
	return buf;
}

void state_add(struct str *out, const char *state, bool colour)
{
	const struct look *look = colour ? look_find(state) : NULL;

	str_add(out, "%s%s%s", look ? look->colour : "", state, look ? PLAIN : "");
}

void state_print(const char *state)
{
	struct str text = {0};

	state_add(&text, state, colour_wanted());
	fputs(str_text(&text), stdout);
	str_free(&text);
}

/* The library fails only without memory; nothing of ours has to be saved then. */
static void *needed(void *p)
{
	if (!p)
		abort();
	return p;
}

void table_start(struct table *t, const struct column *columns, size_t n)
{
	*t = (struct table){.scols = needed(scols_new_table())};
	scols_table_enable_colors(t->scols, colour_wanted());
	for (size_t i = 0; i < n; i++) {
		int flags = (columns[i].right ? SCOLS_FL_RIGHT : 0) |
			    (columns[i].cut ? SCOLS_FL_TRUNC : 0);

		needed(scols_table_new_column(t->scols, columns[i].title, 0, flags));
	}
}

void table_hide(struct table *t, size_t column)
{
	struct libscols_column *c = scols_table_get_column(t->scols, column);

	scols_column_set_flags(c, scols_column_get_flags(c) | SCOLS_FL_HIDDEN);
}

size_t table_room(const struct table *t)
{
	return isatty(STDOUT_FILENO) ? scols_table_get_termwidth(t->scols) : SIZE_MAX;
}

void table_row(struct table *t)
{
	t->line = needed(scols_table_new_line(t->scols, NULL));
	t->next = 0;
}

void table_cell(struct table *t, const char *text)
{
	scols_line_set_data(t->line, t->next++, text ? text : "");
}

void table_number(struct table *t, long long n)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%lld", n);
	table_cell(t, buf);
}

void table_state(struct table *t, const char *state)
{
	const struct look *look = look_find(state);
	char buf[64];

	if (look)
		scols_cell_set_color(scols_line_get_cell(t->line, t->next), look->colour);
	table_cell(t, state_text(state, look, buf, sizeof(buf)));
}

void table_end(struct table *t, const char *nothing)
{
	if (t->line)
		scols_print_table(t->scols);
	else
		puts(nothing);
	scols_unref_table(t->scols);
}
