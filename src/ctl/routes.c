// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `routes`, `plan` and `explain` for people.
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "table.h"

enum exit_code routes_show(json_t *result, const struct options *o)
{
	static const struct column columns[] = {
		{"PREFIX"},
		{"STATE"},
		{"IFACE"},
		{"PEER"},
		{"TABLE", .right = true},
		{"METRIC", .right = true},
		{"REASON", .cut = true},
	};
	struct table t;
	size_t i;
	json_t *r;
	(void)o;

	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(result, i, r)
	{
		table_row(&t);
		table_cell(&t, get_text(r, "prefix"));
		table_state(&t, get_text(r, "status"));
		table_cell(&t, get_text(r, "interface"));
		table_cell(&t, get_text(r, "peer"));
		table_cell(&t, get_text(r, "table"));
		table_number(&t, get_int(r, "metric"));
		table_cell(&t, get_text(r, "reason"));
	}
	table_end(&t, "no routes are wanted");
	return EXIT_DONE;
}

static void operation_print(json_t *op)
{
	const char *error = get_text(op, "error");

	printf("%s%s%s%s\n", get_text(op, "text"), *error ? "  (" : "", error, *error ? ")" : "");
}

/* What others serve is in order; the rest is told one by one. */
static void held_print(json_t *held)
{
	unsigned int served = 0;
	json_t *r;
	size_t i;

	json_array_foreach(held, i, r)
	{
		const char *status = get_text(r, "status"), *reason = get_text(r, "reason");

		if (!strcmp(status, "foreign") || !strcmp(status, "covered"))
			served++;
		else
			printf("no route %s: %s%s%s\n", get_text(r, "prefix"), status,
			       *reason ? ": " : "", reason);
	}
	if (served)
		printf("%u prefix%s served by others' routes: see waysidectl routes\n", served,
		       served == 1 ? " is" : "es are");
}

enum exit_code plan_show(json_t *result, const struct options *o)
{
	json_t *list = json_object_get(result, "operations"), *op;
	size_t i;

	if (!o->json) {
		json_array_foreach(list, i, op) operation_print(op);
		if (!json_array_size(list))
			puts("nothing to do");
		held_print(json_object_get(result, "held"));
	}
	return json_array_size(list) ? EXIT_FOUND : EXIT_DONE;
}

static const char *explain_verdict(json_t *result)
{
	if (!get_known(result, "passes"))
		return "is not for any peer:";
	return get_bool(result, "passes") ? "gets there, as far as is known here:"
					  : "does not get there:";
}

/* A peer's story where a peer was asked for, else what happens to a packet, step by step. */
enum exit_code explain_show(json_t *result, const struct options *o)
{
	json_t *lines = json_object_get(result, "explanation"), *line;
	size_t i;

	if (!lines)
		return peer_show(result, o);
	printf("a packet to %s %s\n", get_text(result, "destination"), explain_verdict(result));
	json_array_foreach(lines, i, line) printf("  %s\n", text_of(line));
	lines = json_object_get(result, "help");
	if (json_array_size(lines))
		puts("what would help:");
	json_array_foreach(lines, i, line) printf("  %s\n", text_of(line));
	return EXIT_DONE;
}
