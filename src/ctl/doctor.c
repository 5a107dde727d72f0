// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `doctor`: asks the daemon, looks at this host, and prints each finding with what it is, why it
 * matters here, and the command that mends it.
 *
 * A problem keeps something from working; a note will one day, or would in a network that cannot
 * be seen from here. Only a problem makes the exit code 4.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ctl.h"
#include "table.h"

static char *format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	return text;
}

struct finding *finding_add(struct findings *list, enum finding_weight weight, const char *code,
			    const char *fmt, ...)
{
	struct finding *f = vec_add(list);
	va_list ap;

	f->weight = weight;
	f->code = code;
	va_start(ap, fmt);
	f->what = format(fmt, ap);
	va_end(ap);
	return f;
}

void finding_why(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	f->why = format(fmt, ap);
	va_end(ap);
}

void finding_command(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	f->command = format(fmt, ap);
	va_end(ap);
}

void findings_free(struct findings *list)
{
	vec_each(list, f) {
		free(f->what);
		free(f->why);
		free(f->command);
	}
	vec_free(list);
}

/* Problems before notes, and otherwise as they were found. */
static void findings_order(struct findings *list)
{
	struct findings ordered = {0};

	for (int w = FINDING_PROBLEM; w <= FINDING_NOTE; w++)
		vec_each(list, f)
			if ((int)f->weight == w)
				*vec_add(&ordered) = *f;
	vec_free(list);
	*list = ordered;
}

void doctor_judge(struct findings *out, const struct doctor_facts *f)
{
	doctor_judge_problems(out, f);
	doctor_judge_forwarding(out, f);
	doctor_judge_tunnels(out, f);
	doctor_judge_host(out, f);
	findings_order(out);
}

static const char *weight_name(enum finding_weight w)
{
	return w == FINDING_PROBLEM ? "problem" : "note";
}

static void finding_print(const struct finding *f)
{
	state_print(weight_name(f->weight));
	printf(": %s (%s)\n    why: %s\n", f->what, f->code, f->why);
	if (f->command)
		printf("    do:  %s\n", f->command);
}

static void finding_json(json_t *list, const struct finding *f)
{
	json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s?}", "weight",
					      weight_name(f->weight), "code", f->code, "what",
					      f->what, "why", f->why, "command", f->command));
}

static enum exit_code findings_show(const struct findings *list, const struct options *o)
{
	json_t *json = json_array();
	unsigned int problems = 0;

	vec_each(list, f) {
		problems += f->weight == FINDING_PROBLEM;
		if (o->json)
			finding_json(json, f);
		else
			finding_print(f);
	}
	if (o->json)
		json_print(json);
	else if (!list->len)
		puts("nothing found that keeps tunnels from working");
	json_decref(json);
	return problems ? EXIT_FOUND : EXIT_DONE;
}

/* Looked at from another network namespace, this host's settings are somebody else's. */
static bool same_host(const struct doctor_facts *f)
{
	vec_each(&f->links, l)
		if (if_nametoindex(l->name) != l->ifindex)
			return false;
	return true;
}

static enum exit_code examine(json_t *status, json_t *peers, json_t *firewall,
			      const struct options *o)
{
	struct doctor_facts f = {.links = {0}};
	struct findings found = {0};
	enum exit_code code = EXIT_REFUSED;
	int err = 0;

	doctor_take(&f, status, peers, firewall);
	if (!same_host(&f))
		fprintf(stderr, "waysidectl: the daemon is in another network namespace than this "
				"program; run it there: nsenter -t PID -n waysidectl doctor\n");
	else if ((err = doctor_look(&f)))
		fprintf(stderr, "waysidectl: this host cannot be looked at: %s\n", strerror(-err));
	else {
		doctor_judge(&found, &f);
		code = findings_show(&found, o);
	}
	findings_free(&found);
	doctor_facts_free(&f);
	return code;
}

enum exit_code doctor_make(char **args, const struct options *o)
{
	json_t *status = NULL, *peers = NULL, *firewall = NULL;
	enum exit_code code;

	if (*args) {
		fprintf(stderr, "waysidectl: doctor takes no arguments\n");
		return EXIT_USAGE;
	}
	code = daemon_ask(o, "status", &status);
	if (code == EXIT_DONE)
		code = daemon_ask(o, "peers", &peers);
	if (code == EXIT_DONE)
		code = daemon_ask(o, "firewall", &firewall);
	if (code == EXIT_DONE)
		code = examine(status, peers, firewall, o);
	json_decref(status);
	json_decref(peers);
	json_decref(firewall);
	return code;
}
