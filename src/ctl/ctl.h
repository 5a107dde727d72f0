/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of waysidectl share: exit codes, options, and one function for each answer that
 * is shown to people. Each takes the `result` of an answer, prints it and returns an exit code.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* A contract with scripts: see waysidectl(1). */
enum exit_code { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_NO_DAEMON, EXIT_FOUND };

struct options {
	const char *socket;
	bool json;	    /* for programs */
	bool check;	    /* status: tell by the exit code */
	bool follow;	    /* events: and what comes */
	const char *format; /* lan-routes, graph, metrics; NULL = the first they have */
	const char *via[2]; /* lan-routes: this host's address on the LAN, one a family */
	size_t vias;
};

typedef enum exit_code (*show_fn)(json_t *result, const struct options *o);

enum exit_code status_show(json_t *result, const struct options *o);
enum exit_code peers_show(json_t *result, const struct options *o);
enum exit_code peer_show(json_t *result, const struct options *o);
enum exit_code paths_show(json_t *result, const struct options *o);
enum exit_code routes_show(json_t *result, const struct options *o);
enum exit_code firewall_show(json_t *result, const struct options *o);
enum exit_code dns_show(json_t *result, const struct options *o);
enum exit_code plan_show(json_t *result, const struct options *o);
enum exit_code explain_show(json_t *result, const struct options *o);
enum exit_code events_show(json_t *result, const struct options *o);
enum exit_code version_show(json_t *result, const struct options *o);
enum exit_code reload_show(json_t *result, const struct options *o);
enum exit_code resolve_show(json_t *result, const struct options *o);
enum exit_code kick_show(json_t *result, const struct options *o);
enum exit_code log_show(json_t *result, const struct options *o);

/* Words that are not requests but made of their answers; args are the words after it. */
typedef enum exit_code (*make_fn)(char **args, const struct options *o);

enum exit_code lan_routes_make(char **args, const struct options *o);
enum exit_code completion_make(char **args, const struct options *o);
enum exit_code graph_make(char **args, const struct options *o);
enum exit_code metrics_make(char **args, const struct options *o);
enum exit_code top_make(char **args, const struct options *o);
enum exit_code doctor_make(char **args, const struct options *o);

/*
 * Asks the daemon. EXIT_DONE with a new reference in *result, or what to exit with after it was
 * said on stderr what is wrong.
 */
enum exit_code daemon_ask(const struct options *o, const char *request, json_t **result);
/* What the daemon refused, on stderr. */
enum exit_code refusal_show(json_t *answer);
/* The whole of a JSON value and a newline. */
void json_print(json_t *json);

/* OpenMetrics to the older text format of Prometheus. */
void metrics_to_prometheus(struct str *out, const char *text);

/* One event as a line: to stdout, or at the end of a text. */
void event_show(json_t *event);
void event_add(struct str *out, json_t *event, bool colour);

/* Which of two peers is in worse trouble, then by interface and name: as qsort(3) wants it. */
int peer_trouble_cmp(json_t *x, json_t *y);
/* All that `peer` tells of one. */
void peer_story(struct str *out, json_t *peer, bool colour);
/* "2 minutes ago" of so many units, or "never"; into buf of AGO_LEN. */
#define AGO_LEN 112
const char *age_format(json_t *o, const char *key, int units, char *buf);
/* "10.0.0.1/32, 192.168.1.0/24"; the caller frees. */
char *list_joined(json_t *list);

/* Members of an object: "" (or 0, or false) where there is none or it is null. */
const char *get_text(json_t *o, const char *key);
json_int_t get_int(json_t *o, const char *key);
bool get_bool(json_t *o, const char *key);
bool get_known(json_t *o, const char *key); /* there, and not null */
/* A peer's networks as they are on this side of the tunnel: a netmap gives them another prefix. */
json_t *get_networks(json_t *peer);
/* An item of a list; "" when it is not a string. */
const char *text_of(json_t *item);

#endif
