// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * waysidectl: words to the daemon, answers to people or, with --json, to programs.
 *
 * Here are the options, the sending of a request, and the stream of events. What words there are
 * and who shows their answers is in words.c.
 */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "client.h"
#include "ctl.h"
#include "follow.h"
#include "model/config.h"
#include "pretty.h"
#include "words.h"

/* Text as it is, nothing for what says nothing more than that it is done, else JSON. */
static void generic_show(json_t *result)
{
	if (json_is_string(result))
		printf("%s", json_string_value(result));
	else if (json_is_object(result) || json_is_array(result))
		json_print(result);
}

static enum exit_code answer_show(json_t *answer, const char *name, const struct options *o)
{
	const struct word *w = word_find(name);
	json_t *result = json_object_get(answer, "result");

	if (!get_bool(answer, "ok"))
		return refusal_show(answer);
	if (o->json)
		json_print(result);
	if (w && w->show && (!o->json || w->has_verdict))
		return w->show(result, o);
	if (!o->json)
		generic_show(result);
	return EXIT_DONE;
}

/* A good answer for a program is not looked at, only spread over lines. */
static enum exit_code ask_json(struct client *c, const struct options *o)
{
	static const char head[] = "{\"ok\":true,\"result\":";
	size_t len, skip = sizeof(head) - 1;
	struct str out = {0};
	enum exit_code code;
	const char *line;
	json_t *answer;

	if (!client_receive_line(c, false, &line, &len))
		return EXIT_NO_DAEMON;
	if (len > skip && !strncmp(line, head, skip)) {
		pretty_add(&out, line + skip, len - skip - 1);
		puts(str_text(&out));
		str_free(&out);
		return EXIT_DONE;
	}
	answer = json_loadb(line, len, 0, NULL);
	if (!answer)
		fprintf(stderr, "waysidectl: what answers at %s is not waysided\n", o->socket);
	code = answer ? refusal_show(answer) : EXIT_NO_DAEMON;
	json_decref(answer);
	return code;
}

static enum exit_code ask(struct client *c, const char *name, const struct options *o)
{
	const struct word *w = word_find(name);
	enum exit_code code;
	json_t *answer;

	if (o->json && !(w && w->has_verdict))
		return ask_json(c, o);
	if (!client_receive(c, false, &answer))
		return EXIT_NO_DAEMON;
	code = answer_show(answer, name, o);
	json_decref(answer);
	return code;
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

/* A word that is not known here may be known to a newer daemon, when there is one. */
static bool reach(struct client *c, const char *name, const struct options *o)
{
	bool reached;

	c->quiet = !word_find(name);
	reached = client_open(c, o->socket);
	if (!reached && c->quiet)
		fprintf(stderr, "waysidectl: '%s' is no word; 'waysidectl --help' lists them\n",
			name);
	c->quiet = false;
	return reached;
}

static enum exit_code run(char **argv, const struct options *o)
{
	bool watch = !strcmp(argv[0], "watch"), follows = o->follow && !strcmp(argv[0], "events");
	enum exit_code code = EXIT_NO_DAEMON;
	struct client c = {.fd = -1};
	struct str line = {0};

	words_join(&line, argv);
	if (follows) /* both in one breath, so that nothing happens in between */
		str_add(&line, "watch\n");
	if (!reach(&c, argv[0], o))
		code = word_find(argv[0]) ? EXIT_NO_DAEMON : EXIT_USAGE;
	else if (client_send(&c, str_text(&line))) {
		if (follows)
			code = follow_on(&c, str_text(&line), o);
		else
			code = watch ? follow_once(&c, o) : ask(&c, argv[0], o);
	}
	client_close(&c);
	str_free(&line);
	return code;
}

enum { OPTION_VIA = 256 };

/* One option. False when it is not one, or one too many. */
static bool option_take(struct options *o, int c)
{
	switch (c) {
	case 's':
		o->socket = optarg;
		return true;
	case 'j':
		o->json = true;
		return true;
	case 'c':
		o->check = true;
		return true;
	case 'f':
		o->follow = true;
		return true;
	case 'F':
		o->format = optarg;
		return true;
	case OPTION_VIA:
		if (o->vias < sizeof(o->via) / sizeof(o->via[0])) {
			o->via[o->vias++] = optarg;
			return true;
		}
		fprintf(stderr, "waysidectl: --via: one address a family\n");
		return false;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"check", no_argument, NULL, 'c'},
		{"follow", no_argument, NULL, 'f'},
		{"format", required_argument, NULL, 'F'},
		{"via", required_argument, NULL, OPTION_VIA},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct options o = {.socket = DEFAULT_SOCKET_PATH};
	const struct word *w;
	int c;

	setlocale(LC_ALL, "");
	while ((c = getopt_long(argc, argv, "s:jcfF:hV", options, NULL)) != -1) {
		if (c == 'h') {
			help_print(stdout);
			return EXIT_DONE;
		}
		if (c == 'V') {
			printf("waysidectl %s\n", WAYSIDE_VERSION);
			return EXIT_DONE;
		}
		if (!option_take(&o, c))
			return EXIT_USAGE;
	}
	if (optind == argc) {
		help_print(stderr);
		return EXIT_USAGE;
	}
	w = word_find(argv[optind]);
	return (int)(w && w->make ? w->make(argv + optind + 1, &o) : run(argv + optind, &o));
}
