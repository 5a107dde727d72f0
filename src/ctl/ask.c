// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One question to the daemon for the words that make something of its answers, and what is said
 * when it refuses.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "ctl.h"

enum exit_code refusal_show(json_t *answer)
{
	json_t *error = json_object_get(answer, "error");
	const char *code = get_text(error, "code");
	bool usage = !strcmp(code, "usage") || !strcmp(code, "unknown-request");

	fprintf(stderr, "waysidectl: %s\n", get_text(error, "message"));
	return usage ? EXIT_USAGE : EXIT_REFUSED;
}

enum exit_code daemon_ask(const struct options *o, const char *request, json_t **result)
{
	enum exit_code code = EXIT_NO_DAEMON;
	struct str line = {0};
	json_t *answer;
	struct client c = {.fd = -1};

	*result = NULL;
	str_add(&line, "%s\n", request);
	if (client_open(&c, o->socket) && client_send(&c, str_text(&line)) &&
	    client_receive(&c, false, &answer)) {
		code = get_bool(answer, "ok") ? EXIT_DONE : refusal_show(answer);
		if (code == EXIT_DONE)
			*result = json_incref(json_object_get(answer, "result"));
		json_decref(answer);
	}
	client_close(&c);
	str_free(&line);
	return code;
}

void json_print(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
}
