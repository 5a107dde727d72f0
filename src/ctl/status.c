// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `status` for people: is everything as it should be, and if not, what is wrong and what helps.
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "human.h"
#include "table.h"

static void daemon_lines(json_t *s)
{
	json_t *config = json_object_get(s, "config");
	const char *path = get_text(config, "path"), *error = get_text(config, "error");
	char buf[HUMAN_LEN];

	printf("waysided %s, pid %lld, up %s\n", get_text(s, "version"),
	       (long long)get_int(s, "pid"), human_duration(get_int(s, "uptime_s"), 2, buf));
	printf("configuration: %s", path[0] ? path : "built-in defaults");
	if (get_int(config, "generation") > 1)
		printf(", loaded %lld times", (long long)get_int(config, "generation"));
	printf("\n");
	if (error[0])
		printf("  the last reload was refused: %s\n", error);
}

/* "sandbox: user wayside, CAP_NET_ADMIN; system calls filtered, files fenced" */
static void sandbox_line(json_t *s)
{
	json_t *capability;
	size_t i;

	if (!json_is_object(s))
		return;
	printf("sandbox: user %s", get_text(s, "user"));
	json_array_foreach(json_object_get(s, "capabilities"), i, capability)
		printf(", %s", text_of(capability));
	printf("; system calls %s, files %s\n",
	       get_bool(s, "seccomp") ? "filtered" : "not filtered",
	       get_bool(s, "landlock") ? "fenced" : "not fenced");
}

static void state_line(json_t *s)
{
	long long pending = (long long)get_int(s, "pending");

	printf("state: ");
	if (get_bool(s, "converged"))
		state_print("converged");
	else
		state_print("pending");
	if (pending)
		printf(", %lld operation%s to do ('waysidectl plan')", pending,
		       pending == 1 ? "" : "s");
	printf("\n");
}

static void interface_table(json_t *list)
{
	static const struct column columns[] = {
		{"INTERFACE"},
		{"STATE"},
		{"BACKEND"},
		{"PORT", .right = true},
		{"PEERS", .right = true},
		{"UP", .right = true},
	};
	struct table t;
	size_t i;
	json_t *d;

	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(list, i, d)
	{
		table_row(&t);
		table_cell(&t, get_text(d, "name"));
		table_state(&t, get_bool(d, "up") ? "up" : "down");
		table_cell(&t, get_text(d, "backend"));
		table_number(&t, get_int(d, "listen_port"));
		table_number(&t, get_int(d, "peers"));
		table_number(&t, get_int(d, "peers_up"));
	}
	table_end(&t, "no WireGuard interface");
}

/* "12 installed, 1 blocked": the counts of an object that are not 0, without one of them. */
static void counts_line(const char *title, json_t *o, const char *skip)
{
	const char *key;
	json_t *value;
	bool first = true;

	printf("%s: ", title);
	json_object_foreach(o, key, value)
	{
		long long n = (long long)json_integer_value(value);

		if (!n || !strcmp(key, skip))
			continue;
		printf(first ? "%lld " : ", %lld ", n);
		state_print(key);
		first = false;
	}
	printf(first ? "none\n" : "\n");
}

static void firewall_line(json_t *firewall)
{
	long long n = (long long)get_int(firewall, "elements");

	printf("firewall: ");
	state_print(get_text(firewall, "state"));
	if (n)
		printf(", %lld elements", n);
	if (get_known(firewall, "error"))
		printf(": %s", get_text(firewall, "error"));
	printf("\n");
}

static void problem_lines(json_t *list)
{
	size_t i;
	json_t *p;

	if (json_array_size(list))
		printf("problems:\n");
	json_array_foreach(list, i, p)
	{
		printf("  %s: %s\n", get_text(p, "code"), get_text(p, "message"));
		if (get_known(p, "hint"))
			printf("    %s\n", get_text(p, "hint"));
	}
}

enum exit_code status_show(json_t *result, const struct options *o)
{
	json_t *problems = json_object_get(result, "problems");
	bool good = get_bool(result, "converged") && !json_array_size(problems) &&
		    !get_known(json_object_get(result, "config"), "error");

	if (!o->json) {
		daemon_lines(result);
		sandbox_line(json_object_get(result, "sandbox"));
		state_line(result);
		counts_line("peers", json_object_get(result, "peers"), "total");
		counts_line("routes", json_object_get(result, "routes"), "desired");
		firewall_line(json_object_get(result, "firewall"));
		problem_lines(problems);
		printf("\n");
		interface_table(json_object_get(result, "interfaces"));
	}
	return o->check && !good ? EXIT_FOUND : EXIT_DONE;
}

enum exit_code version_show(json_t *result, const struct options *o)
{
	(void)o;
	printf("waysidectl %s, waysided %s\n", WAYSIDE_VERSION, get_text(result, "version"));
	return EXIT_DONE;
}
