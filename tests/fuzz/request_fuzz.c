// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes what reads a line of the control socket, and the two answers that have text of a client
 * in them: a refusal is always one line of valid JSON, whatever the bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "codec/answer.h"
#include "support/fuzz.h"

static void check_refusal(const char *code, const char *why)
{
	struct str out = {0};
	json_t *json;

	answer_error(&out, code, why);
	expect(strchr(out.text, '\n') == out.text + out.len - 1);
	json = json_loads(out.text, 0, NULL);
	expect(json && json_is_false(json_object_get(json, "ok")));
	json_decref(json);
	str_free(&out);
}

static void check_request(const struct request *r)
{
	size_t n = strnlen(r->arg, sizeof(r->arg));

	expect(r->kind <= REQUEST_VERSION && n < sizeof(r->arg));
	expect(!n || (r->arg[0] != ' ' && r->arg[n - 1] != ' '));
	expect(r->count <= EVENTS_KEPT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = mem_calloc(size + 1, 1), why[300];
	const char *code = NULL;
	struct request r;

	memcpy(line, data, size);
	if (request_parse(&r, line, &code, why, sizeof(why)))
		check_refusal(code, why);
	else
		check_request(&r);
	free(line);
	return 0;
}
