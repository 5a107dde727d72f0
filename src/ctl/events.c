// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events as a story: when, who, what.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "table.h"

/* "2024-02-29T12:34:56.789Z" in the time of this terminal; as it came where it is no time. */
static void time_add(struct str *out, const char *text)
{
	struct tm tm = {0};
	char local[32];
	time_t t;

	if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) {
		str_add(out, "%-19s", text);
		return;
	}
	t = timegm(&tm);
	strftime(local, sizeof(local), "%Y-%m-%d %H:%M:%S", localtime_r(&t, &tm));
	str_add(out, "%s", local);
}

void event_add(struct str *out, json_t *event, bool colour)
{
	const char *who = get_text(event, "peer"), *level = get_text(event, "level");
	bool bad = !strcmp(level, "error") || !strcmp(level, "warn");

	if (!who[0])
		who = get_text(event, "interface");
	time_add(out, get_text(event, "time"));
	str_add(out, " %s%s", who, who[0] ? ": " : "");
	if (bad) {
		state_add(out, !strcmp(level, "warn") ? "warning" : level, colour);
		str_add(out, ": ");
	}
	str_add(out, "%s\n", get_text(event, "text"));
}

void event_show(json_t *event)
{
	struct str line = {0};

	event_add(&line, event, colour_wanted());
	fputs(str_text(&line), stdout);
	str_free(&line);
}

enum exit_code events_show(json_t *result, const struct options *o)
{
	size_t i;
	json_t *event;
	(void)o;

	json_array_foreach(result, i, event) event_show(event);
	if (!json_array_size(result) && !o->follow)
		puts("nothing has happened yet");
	return EXIT_DONE;
}
