// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events as they come: `watch`, which ends with the daemon, for programs that want to know; and
 * `events -f` for people, which waits until a daemon is there again and goes on.
 */
#include "follow.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define AGAIN 1 /* s between two tries */

/* The last event that was shown: what a daemon that was only left for a moment tells twice. */
struct shown {
	char time[40];
	json_int_t seq;
};

static bool is_new(const struct shown *s, json_t *event)
{
	int later = strcmp(get_text(event, "time"), s->time);

	return later > 0 || (later == 0 && get_int(event, "seq") > s->seq);
}

static void show(struct shown *s, json_t *event, const struct options *o)
{
	if (!is_new(s, event))
		return;
	mem_copy_str(s->time, sizeof(s->time), get_text(event, "time"));
	s->seq = get_int(event, "seq");
	if (!o->json) {
		event_show(event);
		return;
	}
	json_dumpf(event, stdout, JSON_COMPACT);
	putchar('\n');
}

/* Until the daemon goes, or says no. */
static enum exit_code stream(struct client *c, struct shown *s, const struct options *o)
{
	enum exit_code code = EXIT_DONE;
	json_t *line, *event;
	size_t i;

	while (code == EXIT_DONE && client_receive(c, true, &line)) {
		if (!json_object_get(line, "ok"))
			show(s, line, o);
		else if (!get_bool(line, "ok"))
			code = refusal_show(line);
		else
			json_array_foreach(json_object_get(line, "result"), i, event)
				show(s, event, o);
		json_decref(line);
	}
	return code;
}

enum exit_code follow_once(struct client *c, const struct options *o)
{
	struct shown s = {.seq = 0};
	enum exit_code code = stream(c, &s, o);

	return code == EXIT_DONE ? EXIT_NO_DAEMON : code;
}

static void away_since(void)
{
	time_t now = time(NULL);
	char text[16];
	struct tm tm;

	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now, &tm));
	fprintf(stderr, "waysidectl: waysided is away since %s, waiting for it\n", text);
}

static void wait_for_daemon(struct client *c, const char *request)
{
	fflush(stdout);
	away_since();
	do {
		client_close(c);
		sleep(AGAIN);
	} while (!client_open(c, c->path) || !client_send(c, request));
	fputs("waysidectl: waysided is there again\n", stderr);
}

enum exit_code follow_on(struct client *c, const char *request, const struct options *o)
{
	struct shown s = {.seq = 0};
	enum exit_code code;

	c->quiet = true;
	while ((code = stream(c, &s, o)) == EXIT_DONE)
		wait_for_daemon(c, request);
	return code;
}
