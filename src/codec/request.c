// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the control socket: one line of words becomes a struct request or a sentence about
 * what is wrong with it.
 *
 * A peer's name may have blanks in it, so what follows the first word is one argument to its end.
 * The line comes from whoever may open the socket: it is never longer than the socket allows, and
 * may hold any byte.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/answer.h"

enum need { NOTHING, MAYBE, ALWAYS };

static const struct word {
	const char *name;
	enum request_kind kind;
	enum need need; /* of an argument */
	bool act;
	const char *argument; /* as usage names it */
} words[] = {
	{"status", REQUEST_STATUS, NOTHING, false, ""},
	{"peers", REQUEST_PEERS, MAYBE, false, " [INTERFACE]"},
	{"peer", REQUEST_PEER, ALWAYS, false, " NAME-OR-KEY"},
	{"routes", REQUEST_ROUTES, NOTHING, false, ""},
	{"firewall", REQUEST_FIREWALL, NOTHING, false, ""},
	{"dns", REQUEST_DNS, NOTHING, false, ""},
	{"paths", REQUEST_PATHS, NOTHING, false, ""},
	{"plan", REQUEST_PLAN, NOTHING, false, ""},
	{"explain", REQUEST_EXPLAIN, ALWAYS, false, " ADDRESS-OR-PREFIX [from ADDRESS-OR-PREFIX]"},
	{"events", REQUEST_EVENTS, MAYBE, false, " [NUMBER]"},
	{"watch", REQUEST_WATCH, NOTHING, false, ""},
	{"metrics", REQUEST_METRICS, NOTHING, false, ""},
	{"reload", REQUEST_RELOAD, NOTHING, true, ""},
	{"resolve", REQUEST_RESOLVE, ALWAYS, true, " PEER|all"},
	{"kick", REQUEST_KICK, ALWAYS, true, " PEER"},
	{"log", REQUEST_LOG, ALWAYS, true, " error|warn|info|debug"},
	{"version", REQUEST_VERSION, NOTHING, false, ""},
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const struct word *word_find(const char *name, size_t len)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strlen(words[i].name) == len && !memcmp(words[i].name, name, len))
			return &words[i];
	return NULL;
}

bool request_is_act(enum request_kind k)
{
	for (size_t i = 0; i < WORDS; i++)
		if (words[i].kind == k)
			return words[i].act;
	return true; /* what is unknown is not for everybody */
}

/* "status, peers, …": what an unknown word is answered with. */
static void words_list(char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < WORDS && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "",
					words[i].name);
}

static int refuse_word(const char *line, size_t len, const char **code, char *why, size_t size)
{
	char known[256];
	char shown[32];

	words_list(known, sizeof(known));
	mem_copy_str(shown, len < sizeof(shown) ? len + 1 : sizeof(shown), line);
	*code = "unknown-request";
	snprintf(why, size, "%s%s%s; requests are: %s", len ? "'" : "the line is empty", shown,
		 len ? "' is no request" : "", known);
	return -EINVAL;
}

static int refuse_usage(const struct word *w, const char **code, char *why, size_t size)
{
	*code = "usage";
	snprintf(why, size, "usage: %s%s", w->name, w->argument);
	return -EINVAL;
}

/* What an argument has to look like where that is known without looking at the state. */
static bool request_check(struct request *r)
{
	enum log_level level;
	char *end;
	unsigned long n;

	if (r->kind == REQUEST_LOG)
		return log_level_parse(&level, r->arg) == 0;
	if (r->kind != REQUEST_EVENTS || !r->arg[0])
		return true;
	n = strtoul(r->arg, &end, 10);
	if (r->arg[0] < '0' || r->arg[0] > '9' || *end)
		return false;
	r->count = n < EVENTS_KEPT ? (unsigned int)n : EVENTS_KEPT;
	return n > 0;
}

int request_parse(struct request *out, const char *line, const char **code, char *why, size_t size)
{
	const struct word *w;
	size_t len = 0;
	bool fits;

	while (is_blank(*line))
		line++;
	while (line[len] && !is_blank(line[len]))
		len++;
	w = word_find(line, len);
	if (!w)
		return refuse_word(line, len, code, why, size);

	*out = (struct request){.kind = w->kind};
	for (line += len; is_blank(*line);)
		line++;
	fits = mem_copy_str(out->arg, sizeof(out->arg), line);
	for (len = strlen(out->arg); len && is_blank(out->arg[len - 1]);)
		out->arg[--len] = '\0';
	if (!fits || (w->need == NOTHING && len) || (w->need == ALWAYS && !len) ||
	    !request_check(out))
		return refuse_usage(w, code, why, size);
	return 0;
}
