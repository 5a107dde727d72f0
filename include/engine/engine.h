/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine owns the state and turns the circle: observe, desired, plan, apply, observe.
 *
 * It does no I/O and never asks for the time: the edge calls it when something may have changed
 * and when its deadline has come, and gives it a struct edge to look and act with. Whatever goes
 * wrong stays in the difference between desired and actual, and is tried again with backoff.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "codec/answer.h"
#include "engine/edge.h"
#include "model/events.h"
#include "model/imports.h"

/* What may have to be looked at again; or-ed. */
enum subject {
	SUBJECT_LINKS = 1,
	SUBJECT_ADDRS = 2,
	SUBJECT_ROUTES = 4,
	SUBJECT_RULES = 8,
	SUBJECT_FIREWALL = 16,
	SUBJECT_PEERS = 32,
	SUBJECT_ALL = 63,
};

struct engine;

/* edge is copied; seed is for jitter. The caller frees with engine_free(). */
struct engine *engine_new(const struct edge *edge, uint64_t seed);
void engine_free(struct engine *e);

/*
 * Swaps the configuration and the imports whole; takes both. path NULL: built-in defaults. Also
 * for the first one.
 */
void engine_configure(struct engine *e, struct config *c, const char *path, struct imports *im,
		      struct moment at);
/* New imports only; takes them. */
void engine_import(struct engine *e, struct imports *im, struct moment at);
/* What the edge stored before the last stop, before the first turn. */
void engine_recall(struct engine *e, const char *text, size_t len);
/* A reload failed: what is shown in status until one succeeds. */
void engine_config_failed(struct engine *e, const char *why, struct moment at);
const struct config *engine_config(const struct engine *e);

/*
 * Another daemon acts: it is named in the problems, and what this one would do is planned and not
 * done. NULL: it has ended; everything is looked at and done from now on.
 */
void engine_stand_by(struct engine *e, const char *other);

/* What the edge has given up, for status; copied. */
void engine_confined(struct engine *e, const struct sandbox *s);

/* Something may have changed: the next turn looks. */
void engine_dirty(struct engine *e, unsigned int subjects);
/* A route or link event that was not ours: the engine decides whether it matters. */
void engine_route_event(struct engine *e, const struct route *r, enum route_event what);
void engine_link_event(struct engine *e, const struct link *l, bool deleted);
void engine_addr_event(struct engine *e, const struct local_addr *a);

/* An answer of the net child, and a new child that knows of no question. */
void engine_answer(struct engine *e, const struct net_answer *a, struct moment at);
/*
 * A datagram of the exchange, or a count of those that were dropped. True when a turn is due
 * because of it: a hub answers its thousands of questions without one.
 */
bool engine_heard(struct engine *e, const struct net_datagram *d, struct moment at);
void engine_child_restarted(struct engine *e, struct moment at);

/* Turns the circle once. Returns when it wants to be called again if nothing happens. */
msec engine_turn(struct engine *e, struct moment at);

/* What the edge measured of the last turn, in microseconds, for the metrics. */
void engine_turn_took(struct engine *e, int64_t us);

/*
 * Is everything as desired? Have all names been answered once? Was all that is left refused, by the
 * kernel or for something that is in the way?
 */
bool engine_converged(const struct engine *e);
bool engine_settled(const struct engine *e);
bool engine_stuck(const struct engine *e);

/* The last look at nftables: what the monitor needs to know which events matter. */
const struct fw_actual *engine_firewall_seen(const struct engine *e);

/*
 * One line of the control socket; the answer, one line of JSON, is appended to out. With rest a
 * long answer comes in parts: ENGINE_SAID_A_PART, and engine_request_more() appends the next one
 * and returns whether there are more. Whoever does not want them forgets about rest.
 */
enum engine_said {
	ENGINE_SAID_ALL,
	ENGINE_SAID_WATCH, /* all, and the client watches from now on */
	ENGINE_SAID_A_PART,
};
struct engine_rest {
	struct request request;
	struct answer_cursor cursor;
};
enum engine_said engine_request(struct engine *e, struct moment at, const char *line,
				bool privileged, struct engine_rest *rest, struct str *out);
bool engine_request_more(struct engine *e, struct moment at, struct engine_rest *rest,
			 struct str *out);

/* Observes and plans, applies nothing: one line an operation into out, how many in the result. */
size_t engine_dry_run(struct engine *e, struct moment at, struct str *out);

/* Removes everything that is ours. 0, or the first -errno. */
int engine_clean(struct engine *e, struct moment at);

/* One JSON line, with its newline, for an event: what a watcher gets. */
void engine_event_line(const struct event *ev, struct str *out);
/* The same for a watcher that has missed the last n events. */
void engine_lost_line(const struct engine *e, struct moment at, uint64_t n, struct str *out);

/* For sd_notify: "2 interfaces, 12 of 14 peers up, 30 routes". */
void engine_summary(const struct engine *e, char *buf, size_t size);

#endif
