/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the control socket to structs, and what is known to JSON.
 *
 * The engine hands over a view: pointers to what it has, nothing copied. An answer is appended to
 * a text (codec/put.h). No key but public ones can appear, since none is ever held.
 */
#ifndef CODEC_ANSWER_H
#define CODEC_ANSWER_H

#include "base/str.h"
#include "model/events.h"
#include "model/names.h"
#include "model/sandbox.h"
#include "model/state.h"
#include "plan/firewall.h"
#include "plan/op.h"
#include "plan/paths.h"
#include "plan/routes.h"
#include "plan/standby.h"
#include "plan/tally.h"

enum request_kind {
	REQUEST_STATUS,
	REQUEST_PEERS, /* [IFACE] */
	REQUEST_PEER,  /* NAME-OR-KEY */
	REQUEST_ROUTES,
	REQUEST_FIREWALL,
	REQUEST_DNS,
	REQUEST_PATHS,
	REQUEST_PLAN,
	REQUEST_EXPLAIN, /* ADDRESS-OR-PREFIX [from ADDRESS-OR-PREFIX] */
	REQUEST_EVENTS,	 /* [N] */
	REQUEST_WATCH,
	REQUEST_METRICS,
	REQUEST_RELOAD,
	REQUEST_RESOLVE, /* PEER|all */
	REQUEST_KICK,	 /* PEER */
	REQUEST_LOG,	 /* LEVEL */
	REQUEST_VERSION,
};

struct request {
	enum request_kind kind;
	char arg[HOST_LEN]; /* "" when none was given */
	unsigned int count; /* REQUEST_EVENTS; 0 = all that are kept */
};

/* Acts need root or the daemon's own user. */
bool request_is_act(enum request_kind k);

/*
 * One line without its newline, words separated by blanks. 0, or -EINVAL with *code
 * ("unknown-request", "usage") and a message in why.
 */
int request_parse(struct request *out, const char *line, const char **code, char *why, size_t size);

/* Datagrams of the exchange by what became of them. */
struct exchange_counters {
	uint64_t agreed, not_yet;    /* questions that were answered */
	uint64_t stranger, repeated; /* and those that were not */
	uint64_t limited;	     /* more than a source's or a peer's share */
	uint64_t malformed, lost;    /* in the net child: not ours; no room */
	uint64_t unexpected;	     /* where nobody serves, or an answer that nobody waits for */
	uint64_t answers;	     /* that a spoke took */
	uint64_t told;		     /* sent */
};

#define DURATIONS 8

/* Durations, counted by how long they were: a histogram of Prometheus. */
struct durations {
	uint64_t count, sum_us;
	uint64_t up_to[DURATIONS]; /* those not longer than its bound; not cumulative */
};

/* Bounds in microseconds, rising. */
extern const int64_t heal_bounds[DURATIONS], turn_bounds[DURATIONS];
void durations_add(struct durations *d, const int64_t bounds[DURATIONS], int64_t us);

/* Counters of the daemon's own life. */
struct answer_counters {
	uint64_t polls, observations, drift; /* drift: a re-check found what no event told */
	uint64_t routes_put_back, firewall_put_back;
	uint64_t moves;		   /* allowed-IPs that changed hands */
	uint64_t foreign_put_back; /* of those: an accept in another program's chain */
	uint64_t endpoint_changes, kicks, probes, rebinds;
	uint64_t lookups, lookup_failures, child_restarts;
	uint64_t apply_errors, reloads;
	struct exchange_counters exchange;
	uint64_t path_moves;	/* between the hub and the direct way */
	struct durations heals; /* silences that ended after repairs */
	struct durations turns; /* of the circle: how long others waited meanwhile */
};

struct answer_view {
	struct moment at;
	msec started;
	int pid;
	const struct config *config;
	const char *config_path;  /* NULL: built-in defaults */
	unsigned int generation;  /* of the configuration, from 1 */
	int64_t loaded_at;	  /* wall, ms */
	const char *config_error; /* NULL: the last load was good */
	bool converged;
	const struct state *state;
	const struct names *names;
	const struct route_items *routes;
	const struct ops *pending; /* operations now pending, of all but the firewall */
	const struct fw_ruleset *firewall_want;
	const struct fw_actual *firewall_have;
	const struct fw_plan *firewall_pending;
	const char *firewall_error;	   /* NULL: the last transaction was taken */
	bool firewall_enabled;		   /* on any interface */
	const struct tally *tally;	   /* NULL: nothing is counted for peers */
	const struct standby_pairs *pairs; /* NULL: none */
	const struct loans *loans;	   /* NULL: none */
	const struct problems *problems;
	const struct event_ring *events;
	const struct answer_counters *counters;
	uint32_t exchange_asks; /* questions that hubs of ours remember */
	const struct paths *paths;
	const struct sandbox *sandbox; /* NULL: nobody looked */
	/* As in struct edge: asked only when somebody wants an explanation; NULL = nobody knows. */
	int (*forwards)(void *edge, uint8_t family, uint32_t ifindex);
	/* The same; also for routes of ours whose metric is not the best that there can be. */
	int (*follows)(void *edge, const struct addr *to, struct route *out);
	void *edge;
};

#define CURSOR_NEAR 8 /* peers on each side of a place, of which one is enough to find it again */

/*
 * All but `status` and `version` come in parts, of at most a millisecond each with ten thousand
 * peers; the first costs next to nothing. A cursor that is all zero stands at the beginning.
 * answer_part() appends the next part of the one line, or nothing, and says whether there is more.
 * Between two parts anything may have changed: what came or went may be missing, nothing is told
 * twice, and what stays is told.
 */
struct answer_cursor {
	bool begun;
	bool second;	    /* in the second list of those that have two */
	uint32_t told;	    /* elements so far */
	uint32_t ifindex;   /* the device that comes next, */
	uint32_t structure; /* as it was, */
	uint32_t next;	    /* its peer that comes next, */
	uint32_t befores;   /* so many of those before it are known, the last one first, */
	uint32_t afters;    /* and so many from it on: */
	struct key before[CURSOR_NEAR], after[CURSOR_NEAR];
	struct route route;  /* the last one; family 0 = none yet */
	uint32_t family;     /* of metrics, that comes next, */
	bool announced;	     /* or goes on */
	uint64_t seq;	     /* the last event */
	struct op op;	     /* the last operation, whose pointers may be stale */
	char host[HOST_LEN]; /* the last name */
};
bool answer_is_long(enum request_kind k);
bool answer_part(struct str *out, const struct answer_view *v, const struct request *r,
		 struct answer_cursor *c);

/* The value of "result" in one piece. */
void answer_status(struct str *o, const struct answer_view *v);
/* False, and nothing appended, when nobody has that name or key. */
bool answer_peer(struct str *o, const struct answer_view *v, const char *name_or_key);
/*
 * Where a packet to an address or a prefix goes ("… from …": and comes from), or the story of a
 * peer; false when text is none of these.
 */
bool answer_explain(struct str *o, const struct answer_view *v, const char *text);
void answer_event(struct str *o, const struct event *e);
void answer_version(struct str *o);

/*
 * Finds a peer by key, name or label, on any interface; false when there is none. The indices go
 * into state.devices and its peers.
 */
struct peer_place {
	const struct device *device;
	const struct peer *peer;
	uint32_t device_index, peer_index;
};
bool peer_place_find(struct peer_place *out, const struct state *s, const char *name_or_key);

/* One line with its newline: {"ok":true,"result":…}; the result comes in between. */
void answer_begin(struct str *out);
void answer_end(struct str *out);
/* {"ok":false,"error":{"code":…,"message":…}} */
void answer_error(struct str *out, const char *code, const char *message);

#endif
