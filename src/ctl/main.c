// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * waysidectl: words to the daemon, answers to people or, with --json, to programs.
 *
 * The daemon knows what the words mean. Those in the table below are shown in a form of their
 * own; any other is sent as well and its answer shown as it is, so that this program need not be
 * as new as the daemon.
 */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "client.h"
#include "ctl.h"
#include "model/config.h"

static const struct word {
	const char *name;
	show_fn show;
	bool has_verdict; /* its exit code says something even with --json */
} words[] = {
	{"status", status_show, true},	  {"peers", peers_show, false},
	{"peer", peer_show, false},	  {"paths", paths_show, false},
	{"routes", routes_show, false},	  {"firewall", firewall_show, false},
	{"dns", dns_show, false},	  {"plan", plan_show, true},
	{"explain", explain_show, false}, {"events", events_show, false},
	{"version", version_show, false}, {"reload", reload_show, false},
	{"resolve", resolve_show, false}, {"kick", kick_show, false},
	{"log", log_show, false},
};

static const char help[] =
	"usage: waysidectl [-s SOCKET] [--json] WORDS...\n"
	"\n"
	"  status [--check]     how the daemon is and what is wrong; --check exits with 4\n"
	"                       when something is\n"
	"  peers [INTERFACE]    all peers, those in trouble first\n"
	"  peer NAME-OR-KEY     one peer and its story\n"
	"  paths                which way each peer is reached\n"
	"  routes               wanted routes and what became of them\n"
	"  firewall             our rules, and those in other programs' chains\n"
	"  dns                  host names of endpoints and their addresses\n"
	"  plan                 what is about to be done; exits with 4 when there is anything\n"
	"  explain ADDRESS      what happens to a packet for an address or a prefix\n"
	"  events [-f] [N]      the last N events; -f goes on with those that come\n"
	"  watch                events as they come\n"
	"  metrics              OpenMetrics text\n"
	"  reload               read the configuration again\n"
	"  resolve PEER|all     look the endpoint's name up now\n"
	"  kick PEER            make a peer send now\n"
	"  log LEVEL            error, warn, info or debug\n"
	"  version              of this program and of the daemon\n"
	"\n"
	"  -s, --socket PATH    instead of " DEFAULT_SOCKET_PATH "\n"
	"  -j, --json           for programs: the answer as JSON\n"
	"  -h, --help           -V, --version\n"
	"\n"
	"exit codes: 0 done, 1 the daemon said no, 2 usage, 3 no daemon,\n"
	"            4 status --check found a problem, or plan is not empty\n";

static const struct word *word_find(const char *name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].name, name))
			return &words[i];
	return NULL;
}

static void json_print(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
}

/* Text as it is, nothing for what says nothing more than that it is done, else JSON. */
static void generic_show(json_t *result)
{
	if (json_is_string(result))
		printf("%s", json_string_value(result));
	else if (json_is_object(result) || json_is_array(result))
		json_print(result);
}

/* What the daemon refused, on stderr. */
static enum exit_code refusal_show(json_t *answer)
{
	json_t *error = json_object_get(answer, "error");
	const char *code = get_text(error, "code");
	bool usage = !strcmp(code, "usage") || !strcmp(code, "unknown-request");

	fprintf(stderr, "waysidectl: %s\n", get_text(error, "message"));
	return usage ? EXIT_USAGE : EXIT_REFUSED;
}

static enum exit_code answer_show(json_t *answer, const char *name, const struct options *o)
{
	const struct word *w = word_find(name);
	json_t *result = json_object_get(answer, "result");

	if (!get_bool(answer, "ok"))
		return refusal_show(answer);
	if (o->json)
		json_print(result);
	if (w && (!o->json || w->has_verdict))
		return w->show(result, o);
	if (!o->json)
		generic_show(result);
	return EXIT_DONE;
}

static enum exit_code ask(struct client *c, const char *name, const struct options *o)
{
	enum exit_code code;
	json_t *answer;

	if (!client_receive(c, false, &answer))
		return EXIT_NO_DAEMON;
	code = answer_show(answer, name, o);
	json_decref(answer);
	return code;
}

/* Every line from now on is an event, but for the answer to `watch` itself. */
static enum exit_code follow(struct client *c, const struct options *o)
{
	enum exit_code code = EXIT_DONE;
	json_t *line;

	while (code == EXIT_DONE && client_receive(c, true, &line)) {
		if (!json_object_get(line, "ok")) {
			if (o->json)
				json_dumpf(line, stdout, JSON_COMPACT);
			else
				event_show(line);
			if (o->json)
				putchar('\n');
		} else if (!get_bool(line, "ok")) {
			code = refusal_show(line);
		}
		json_decref(line);
	}
	return code == EXIT_DONE ? EXIT_NO_DAEMON : code;
}

/* The words as one line. One of them may have been quoted for the shell, as a peer's name. */
static void words_join(struct str *line, char **argv)
{
	for (; *argv; argv++) {
		for (char *c = *argv; *c; c++)
			if (*c == '\n')
				*c = ' ';
		str_add(line, "%s%s", line->len ? " " : "", *argv);
	}
	str_add(line, "\n");
}

static enum exit_code run(char **argv, const struct options *o)
{
	bool watch = !strcmp(argv[0], "watch"), follows = o->follow && !strcmp(argv[0], "events");
	struct str line = {0};
	enum exit_code code;
	struct client c;

	words_join(&line, argv);
	if (follows) /* both in one breath, so that nothing happens in between */
		str_add(&line, "watch\n");
	if (!client_open(&c, o->socket) || !client_send(&c, str_text(&line)))
		code = EXIT_NO_DAEMON;
	else
		code = watch ? EXIT_DONE : ask(&c, argv[0], o);
	if (code == EXIT_DONE && (watch || follows))
		code = follow(&c, o);
	client_close(&c);
	str_free(&line);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"check", no_argument, NULL, 'c'},
		{"follow", no_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct options o = {.socket = DEFAULT_SOCKET_PATH};
	int c;

	setlocale(LC_ALL, "");
	while ((c = getopt_long(argc, argv, "s:jcfhV", options, NULL)) != -1) {
		switch (c) {
		case 's':
			o.socket = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'c':
			o.check = true;
			break;
		case 'f':
			o.follow = true;
			break;
		case 'h':
			printf("%s", help);
			return EXIT_DONE;
		case 'V':
			printf("waysidectl %s\n", WAYSIDE_VERSION);
			return EXIT_DONE;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "%s", help);
		return EXIT_USAGE;
	}
	return (int)run(argv + optind, &o);
}
