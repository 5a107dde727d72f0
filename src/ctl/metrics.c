// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `metrics`: OpenMetrics text as the daemon makes it, or the older text format of Prometheus,
 * which node_exporter's textfile collector and promtool(1) read.
 *
 * The two differ in one thing that matters here: OpenMetrics announces a counter by the name of
 * its family, the older format by that of its samples, which ends in "_total".
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "words.h"

/* The end of the name in "# TYPE NAME …" and "# HELP NAME …"; NULL for other lines. */
static const char *announced(const char *line)
{
	if (strncmp(line, "# TYPE ", 7) && strncmp(line, "# HELP ", 7))
		return NULL;
	return line + 7 + strcspn(line + 7, " \n");
}

void metrics_to_prometheus(struct str *out, const char *text)
{
	bool counter = false;

	while (*text) {
		size_t len = strcspn(text, "\n"), whole = len + (text[len] == '\n');
		const char *name = announced(text);

		if (name && text[2] == 'T')
			counter = !strncmp(name, " counter", 8);
		if (name && counter) {
			str_add_bytes(out, text, (size_t)(name - text));
			str_add(out, "_total");
			str_add_bytes(out, name, whole - (size_t)(name - text));
		} else if (strncmp(text, "# EOF", 5) != 0) {
			str_add_bytes(out, text, whole);
		}
		text += whole;
	}
}

enum exit_code metrics_make(char **args, const struct options *o)
{
	bool classic = o->format && !strcmp(o->format, "prometheus");
	struct str text = {0};
	enum exit_code code;
	json_t *result;

	if (*args || (o->format && !classic && strcmp(o->format, "openmetrics") != 0)) {
		fprintf(stderr, "waysidectl: metrics takes --format, one of: %s\n",
			word_find("metrics")->formats);
		return EXIT_USAGE;
	}
	code = daemon_ask(o, "metrics", &result);
	if (code != EXIT_DONE)
		return code;
	if (o->json)
		json_print(result);
	else if (classic)
		metrics_to_prometheus(&text, text_of(result));
	else
		str_add(&text, "%s", text_of(result));
	fputs(str_text(&text), stdout);
	str_free(&text);
	json_decref(result);
	return EXIT_DONE;
}
