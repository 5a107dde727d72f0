// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events as a story: when, who, what.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl.h"

/* "2024-02-29T12:34:56.789Z" in the time of this terminal; as it came where it is no time. */
static void time_print(const char *text)
{
	struct tm tm = {0};
	char local[32];
	time_t t;

	if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) {
		printf("%-19s", text);
		return;
	}
	t = timegm(&tm);
	strftime(local, sizeof(local), "%Y-%m-%d %H:%M:%S", localtime_r(&t, &tm));
	printf("%s", local);
}

void event_show(json_t *event)
{
	const char *who = get_text(event, "peer"), *level = get_text(event, "level");

	if (!who[0])
		who = get_text(event, "interface");
	time_print(get_text(event, "time"));
	printf(" %s%s", who, who[0] ? ": " : "");
	if (!strcmp(level, "error") || !strcmp(level, "warn"))
		printf("%s: ", !strcmp(level, "warn") ? "warning" : level);
	printf("%s\n", get_text(event, "text"));
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
