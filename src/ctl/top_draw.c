// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The screen of `top`: a line about the daemon, one about the peers, then the list or the page of
 * one peer, and the keys. What does not fit is left out, column by column, and at last the lines
 * around the list.
 */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ctl.h"
#include "human.h"
#include "table.h"
#include "top.h"

#define HEAD 3 /* lines above the list */
#define FOOT 1
#define TINY 6 /* a screen with fewer lines has only the list */

enum colours { GOOD = 1, BETWEEN, BAD, DIM };

static bool coloured(void)
{
	static bool asked, yes;

	if (!asked && colour_wanted() && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(GOOD, COLOR_GREEN, -1);
		init_pair(BETWEEN, COLOR_YELLOW, -1);
		init_pair(BAD, COLOR_RED, -1);
		init_pair(DIM, COLOR_BLUE, -1);
		yes = true;
	}
	asked = true;
	return yes;
}

static attr_t state_attr(const char *state)
{
	bool good = !strcmp(state, "up") || !strcmp(state, "idle") || !strcmp(state, "converged");

	if (!coloured())
		return !strcmp(state, "dead") || !strcmp(state, "unanswered") ? A_BOLD : A_NORMAL;
	if (!strcmp(state, "dead"))
		return (attr_t)COLOR_PAIR(BAD) | A_BOLD;
	if (!strcmp(state, "unanswered") || !strcmp(state, "pending"))
		return (attr_t)COLOR_PAIR(BETWEEN) | A_BOLD;
	return good ? (attr_t)COLOR_PAIR(GOOD) : (attr_t)COLOR_PAIR(DIM);
}

static bool tiny(void)
{
	return LINES < TINY;
}

size_t top_room(void)
{
	int rows = tiny() ? LINES : LINES - HEAD - FOOT;

	return rows > 0 ? (size_t)rows : 1;
}

/* --- columns --------------------------------------------------------------------------------- */

struct top_column {
	const char *title;
	int width;	    /* 0: what is left */
	int needs;	    /* columns that the screen must have */
	enum top_sort sort; /* what sorts by it; TOP_SORTS: nothing */
	bool right;
};

static const struct top_column columns[] = {
	{"PEER", 0, 0, TOP_NAME},
	{"STATE", 11, 30, TOP_TROUBLE},
	{"HANDSHAKE", 15, 48, TOP_HANDSHAKE},
	{"RECEIVED/S", 12, 64, TOP_RECEIVED, .right = true},
	{"SENT/S", 12, 64, TOP_SENT, .right = true},
	{"IFACE", 8, 110, TOP_SORTS},
	{"ENDPOINT", 24, 92, TOP_SORTS},
};
#define COLUMNS ((int)(sizeof(columns) / sizeof(columns[0])))

static const char *cell_text(const struct top_row *r, int column, char *buf)
{
	switch (column) {
	case 0:
		return get_text(r->peer, "label");
	case 1:
		return get_text(r->peer, "state");
	case 2:
		return age_format(r->peer, "handshake_age_s", 1, buf);
	case 3:
		return human_bytes(r->rx_rate, buf);
	case 4:
		return human_bytes(r->tx_rate, buf);
	case 5:
		return get_text(r->peer, "interface");
	default:
		return get_text(r->peer, "endpoint");
	}
}

static int column_width(int i)
{
	int left = COLS;

	if (COLS < columns[i].needs)
		return 0;
	if (columns[i].width)
		return columns[i].width;
	for (int j = 0; j < COLUMNS; j++)
		left -= COLS < columns[j].needs ? 0 : columns[j].width;
	return left > 1 ? left : 1;
}

/*
 * What of a text fits into so many columns of the screen, into out of CUT_LEN; returns how many it
 * takes. A name may be of any script, and a daemon's text hold any byte.
 */
#define CUT_LEN 512
static int text_cut(const char *text, int columns_left, wchar_t *out)
{
	mbstate_t state = {0};
	int taken = 0, n = 0;

	while (*text && n < CUT_LEN - 1) {
		size_t len = mbrtowc(&out[n], text, MB_CUR_MAX, &state);
		int width;

		if (len == (size_t)-1 || len == (size_t)-2) {
			memset(&state, 0, sizeof(state));
			out[n] = L'?';
			len = 1;
		}
		if ((width = wcwidth(out[n])) < 0) {
			out[n] = L'?';
			width = 1;
		}
		if (taken + width > columns_left)
			break;
		taken += width;
		text += len;
		n++;
	}
	out[n] = L'\0';
	return taken;
}

/* From here on to the end of the line, and never beyond. */
static void put(attr_t attr, const char *text)
{
	wchar_t cut[CUT_LEN];

	text_cut(text, COLS - getcurx(stdscr), cut);
	attr_set(attr & ~(attr_t)A_COLOR, (short)PAIR_NUMBER((int)attr), NULL);
	if (getcurx(stdscr) < COLS)
		addwstr(cut);
	attr_set(A_NORMAL, 0, NULL);
}

/* In a column, which it does not fill: the last place is between columns. */
static void put_padded(int x, int width, attr_t attr, const char *text, bool right)
{
	int room = width > 1 ? width - 1 : width, y = getcury(stdscr), taken;
	wchar_t cut[CUT_LEN];

	taken = text_cut(text, room, cut);
	attr_set(attr & ~(attr_t)A_COLOR, (short)PAIR_NUMBER((int)attr), NULL);
	for (int i = 0; i < width; i++)
		mvaddch(y, x + i, ' ');
	mvaddwstr(y, x + (right ? room - taken : 0), cut);
	attr_set(A_NORMAL, 0, NULL);
}

static void draw_header(int y, enum top_sort sort)
{
	int x = 0;

	for (int i = 0; i < COLUMNS; i++) {
		int width = column_width(i);

		move(y, x);
		if (width)
			put_padded(x, width, A_REVERSE | (columns[i].sort == sort ? A_BOLD : 0),
				   columns[i].title, columns[i].right);
		x += width;
	}
}

/* Where there is no room for the state, the name has its colour. */
static void draw_row(int y, const struct top_row *r, bool chosen)
{
	attr_t state = state_attr(get_text(r->peer, "state")), mark = chosen ? A_REVERSE : 0;
	int with_state = COLS < columns[1].needs ? 0 : 1;
	char buf[AGO_LEN];
	int x = 0;

	for (int i = 0; i < COLUMNS; i++) {
		int width = column_width(i);

		move(y, x);
		if (width)
			put_padded(x, width, (i == with_state ? state : A_NORMAL) | mark,
				   cell_text(r, i, buf), columns[i].right);
		x += width;
	}
}

/* --- the parts of the screen ------------------------------------------------------------------ */

/* What else is on the screen is what it said last. */
static void draw_away(const struct top *t)
{
	char text[96];

	snprintf(text, sizeof(text), "waysided is away since %s, trying again", t->away_since);
	put(state_attr("unanswered"), text);
}

static void draw_daemon(const struct top *t)
{
	static const char *const states[] = {"up", "idle", "unanswered", "dead", "never"};
	json_t *peers = json_object_get(t->status, "peers");
	size_t problems = json_array_size(json_object_get(t->status, "problems"));
	const char *state = get_bool(t->status, "converged") ? "converged" : "pending";
	char up[HUMAN_LEN], text[HUMAN_LEN + 64];

	move(0, 0);
	if (*t->away_since) {
		draw_away(t);
		return;
	}
	snprintf(text, sizeof(text), "waysided %.16s, up %s: ", get_text(t->status, "version"),
		 human_duration(get_int(t->status, "uptime_s"), 1, up));
	put(A_NORMAL, text);
	put(state_attr(state), state);
	snprintf(text, sizeof(text), ", %zu problem%s", problems, problems == 1 ? "" : "s");
	put(problems ? state_attr("dead") : A_NORMAL, problems ? text : "");
	move(1, 0);
	snprintf(text, sizeof(text), "%lld peers", (long long)get_int(peers, "total"));
	put(A_NORMAL, text);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(text, sizeof(text), ", %lld %s", (long long)get_int(peers, states[i]),
			 states[i]);
		put(get_int(peers, states[i]) ? state_attr(states[i]) : A_NORMAL, text);
	}
}

static void draw_keys(const char *keys)
{
	move(LINES - 1, 0);
	put(A_DIM, keys);
}

static void draw_list(struct top *t)
{
	size_t room = top_room();
	int y = tiny() ? 0 : HEAD;

	if (t->chosen < t->first)
		t->first = t->chosen;
	if (t->chosen >= t->first + room)
		t->first = t->chosen - room + 1;
	if (!tiny()) {
		draw_daemon(t);
		draw_header(HEAD - 1, t->sort);
		draw_keys("q quit  enter open  sort by: t trouble n name h handshake r received "
			  "s sent");
	}
	for (size_t i = t->first; i < t->rows.len && i < t->first + room; i++)
		draw_row(y++, &t->rows.at[i], i == t->chosen);
	if (!t->rows.len)
		mvaddstr(y, 0, "no peers");
}

static size_t lines_count(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Whole lines of the page, from page_first on; long ones are cut. */
static void draw_page(struct top *t)
{
	const char *line = str_text(&t->page);
	size_t lines = lines_count(line), room = LINES > 1 ? (size_t)LINES - 1 : 1;
	size_t last = lines > room ? lines - room : 0;

	if (t->page_first > last)
		t->page_first = last;
	for (size_t i = 0; *line && i < t->page_first + room; i++) {
		size_t len = strcspn(line, "\n");
		char text[CUT_LEN];

		snprintf(text, sizeof(text), "%.*s", (int)len, line);
		move((int)(i - t->page_first), 0);
		if (i >= t->page_first)
			put(A_NORMAL, text);
		line += len + (line[len] == '\n');
	}
	draw_keys("q back");
	if (!*t->away_since)
		return;
	addstr("  ");
	draw_away(t);
}

void top_draw(struct top *t)
{
	erase();
	if (t->opened)
		draw_page(t);
	else
		draw_list(t);
	refresh();
}
