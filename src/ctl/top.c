// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `top`: the peers live, as top(1) and htop(1) do it for processes. Asks the daemon every second,
 * and more seldom where there are so many peers that answers take long.
 *
 * Here are the loop, the keys and the asking; top_rows.c keeps what is known, top_draw.c draws it.
 */
#include "top.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "ctl.h"

#define EVERY 1000 /* ms between answers */
#define SHARE 10   /* of the time at most one part is spent on asking */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* A new reference to the result, or NULL: the daemon has gone. */
static json_t *result_of(struct client *c, const char *request)
{
	json_t *answer, *result;

	if (!client_send(c, request) || !client_receive(c, false, &answer))
		return NULL;
	result = json_incref(json_object_get(answer, "result"));
	json_decref(answer);
	return result ? result : json_null();
}

static bool page_ask(struct top *t, struct client *c)
{
	struct str request = {0};
	json_t *peer;

	str_add(&request, "peer %s\n", t->key);
	peer = result_of(c, str_text(&request));
	str_free(&request);
	if (!peer)
		return false;
	str_free(&t->page);
	if (json_is_object(peer))
		peer_story(&t->page, peer, false);
	else
		str_add(&t->page, "this peer is gone\n");
	json_decref(peer);
	return true;
}

static bool list_ask(struct top *t, struct client *c)
{
	json_t *status = result_of(c, "status\n");
	json_t *peers = status ? result_of(c, "peers\n") : NULL;

	if (!peers) {
		json_decref(status);
		return false;
	}
	top_take(t, status, peers, now_ms());
	return true;
}

/* --- keys ------------------------------------------------------------------------------------ */

static void move_by(struct top *t, long by)
{
	size_t *at = t->opened ? &t->page_first : &t->chosen;

	if (by < 0)
		*at -= (size_t)-by < *at ? (size_t)-by : *at;
	else
		*at += (size_t)by;
	if (!t->opened && t->rows.len && *at >= t->rows.len)
		*at = t->rows.len - 1;
	t->key[0] = '\0';
	if (!t->opened && t->chosen < t->rows.len)
		snprintf(t->key, sizeof(t->key), "%s",
			 get_text(t->rows.at[t->chosen].peer, "public_key"));
}

static void sort_by(struct top *t, enum top_sort sort)
{
	t->reverse = t->sort == sort && !t->reverse;
	t->sort = sort;
	top_order(t);
}

static bool sort_key(struct top *t, int key)
{
	static const char keys[] = "tnhrs"; /* in the order of enum top_sort */
	const char *found = key > 0 && key < 256 ? strchr(keys, key) : NULL;

	if (found)
		sort_by(t, (enum top_sort)(found - keys));
	return found != NULL;
}

static void open_or_close(struct top *t, bool open)
{
	t->opened = open && t->chosen < t->rows.len;
	t->page_first = 0;
	str_free(&t->page);
	if (t->opened)
		snprintf(t->key, sizeof(t->key), "%s",
			 get_text(t->rows.at[t->chosen].peer, "public_key"));
}

static void move_key(struct top *t, int key)
{
	long page = (long)top_room();

	if (key == KEY_UP || key == 'k')
		move_by(t, -1);
	else if (key == KEY_DOWN || key == 'j')
		move_by(t, 1);
	else if (key == KEY_PPAGE)
		move_by(t, -page);
	else if (key == KEY_NPAGE || key == ' ')
		move_by(t, page);
	else if (key == KEY_HOME || key == 'g')
		move_by(t, -1000000000);
	else if (key == KEY_END || key == 'G')
		move_by(t, 1000000000);
}

enum { ESCAPE = 27, CONTROL_C = 3 };

/* False when it is time to leave. */
static bool take_key(struct top *t, int key)
{
	if (key == CONTROL_C || (key == 'q' && !t->opened))
		return false;
	if (t->opened && (key == 'q' || key == ESCAPE || key == KEY_LEFT || key == KEY_BACKSPACE))
		open_or_close(t, false);
	else if (!t->opened && (key == '\n' || key == KEY_ENTER || key == KEY_RIGHT))
		open_or_close(t, true);
	else if (t->opened || !sort_key(t, key))
		move_key(t, key);
	return true;
}

/* --- a daemon that comes and goes ------------------------------------------------------------ */

static void away(struct top *t, struct client *c)
{
	time_t now = time(NULL);
	struct tm tm;

	client_close(c);
	if (!*t->away_since)
		strftime(t->away_since, sizeof(t->away_since), "%H:%M:%S", localtime_r(&now, &tm));
}

/* Asks for all that is shown; false while there is nobody to ask. */
static bool ask_all(struct top *t, struct client *c)
{
	if (c->fd < 0 && !client_open(c, c->path))
		return false;
	if (!list_ask(t, c) || (t->opened && !page_ask(t, c)))
		return false;
	t->away_since[0] = '\0';
	return true;
}

/* --- the loop -------------------------------------------------------------------------------- */

/* Returns when to look again. */
static int64_t look(struct top *t, struct client *c)
{
	int64_t began = now_ms(), took;

	if (!ask_all(t, c))
		away(t, c);
	took = now_ms() - began;
	return began + (took * SHARE > EVERY ? took * SHARE : EVERY);
}

/* Until a key ends it. A daemon that goes is waited for: it is restarted most of the time. */
static void live(struct top *t, struct client *c)
{
	int64_t next = 0;

	for (;;) {
		bool was_opened = t->opened;
		int key;

		if (now_ms() >= next)
			next = look(t, c);
		top_draw(t);
		timeout((int)(next > now_ms() ? next - now_ms() : 0));
		key = getch();
		if (key != ERR && key != KEY_RESIZE && !take_key(t, key))
			return;
		if (t->opened && !was_opened)
			next = 0;
	}
}

/* initscr() would end the program where it does not know the terminal: that is asked first. */
static bool screen_start(void)
{
	int err;

	if (setupterm(NULL, STDOUT_FILENO, &err) != OK)
		return false;
	del_curterm(cur_term); /* initscr() makes one of its own */
	initscr();
	raw();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	return true;
}

static void run(struct client *c)
{
	struct top t = {.status = NULL};

	c->quiet = true; /* the screen says it */
	live(&t, c);
	endwin();
	top_free(&t);
}

enum exit_code top_make(char **args, const struct options *o)
{
	enum exit_code code = EXIT_NO_DAEMON;
	struct client c = {.fd = -1};

	if (*args || o->json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fprintf(stderr, "waysidectl: top takes nothing and needs a terminal; 'waysidectl "
				"--json peers' is for programs\n");
		return EXIT_USAGE;
	}
	if (client_open(&c, o->socket)) {
		if (screen_start()) {
			run(&c);
			code = EXIT_DONE;
		} else {
			fprintf(stderr, "waysidectl: this terminal (TERM=%s) is not known here\n",
				getenv("TERM") ? getenv("TERM") : "");
			code = EXIT_USAGE;
		}
	}
	client_close(&c);
	return code;
}
