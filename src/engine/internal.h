/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the engine share. One file a subject; turn.c calls them in order.
 */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "codec/answer.h"
#include "codec/memory.h"
#include "engine/engine.h"
#include "plan/candidates.h"
#include "plan/direct.h"
#include "plan/endpoints.h"
#include "plan/exchange.h"
#include "plan/paths.h"
#include "plan/rules.h"
#include "plan/standby.h"
#include "plan/tally.h"
#include "plan/underlay.h"

#define RETRY_MIN	 1000	/* ms, after something failed; doubled each time */
#define RETRY_MAX	 300000 /* ms */
#define DEVICE_RETRY_MAX 60000	/* ms between looks at a device that cannot be read */
#define RECHECK_EVERY	 300000 /* ms between looks at everything that no event asked for */
#define ASLEEP_AFTER	 10000	/* ms that a turn is late when the host was suspended */
#define LOOK_GAP	 50	/* ms at least between two looks at the same noisy subject */
#define STORE_AFTER	 2000	/* ms between a change worth remembering and its storing */
#define STORE_RETRY	 60000	/* ms between tries where it cannot be stored */
#define SETTLE_AFTER	 5000 /* ms that another program has for a step with an interface it made */
#define SETTLE_AT_MOST	 30000 /* ms that it has for all of them */
#define COUNT_EVERY	 1000  /* ms at least between two readings of the counters of peers */
#define PROBLEMS_EVERY	 1000  /* ms at most between two collections, when turns come */
#define PEERS_LEFT_MAX	 64    /* operations on peers that failed and are remembered */
#define AFTER_BULK	 1000  /* ms after so many operations that events were not heard */
#define AFTER_FLUSH	 1000  /* ms after an event of a link or an address: see observe_routes() */
#define VERIFY_ROUNDS	 4     /* apply and look again, at most, in one turn */

/* A thing that failed and when it is tried again. */
struct retry {
	msec at, delay; /* 0 = nothing failed */
	int error;
};

/* The exchange's sockets on an interface, as they were asked for. */
struct exchange_socket {
	uint32_t ifindex;
	uint16_t port;
	bool failed;
	msec retry_at;
};

/* A peer that is known by a name. */
struct named {
	uint32_t name; /* its id */
	uint32_t device, peer;
};
VEC_TYPE(nameds, struct named);

/*
 * What another program can make happen any number of times is told PACE_MAX times in a minute, and
 * then with how often it was not.
 */
#define PACE_MAX   10
#define PACE_EVERY 60000 /* ms */
struct pace {
	msec since; /* 0 = never */
	unsigned int told, held;
};

struct engine {
	struct edge edge;
	struct rng rng;
	struct moment at; /* of the present turn or call */
	msec started;
	bool dry;	 /* plan only */
	char other[176]; /* the daemon that acts in our place; "" = none */
	struct sandbox sandbox;

	struct config *config;
	char *config_path;
	char *config_error;
	struct imports imports;
	unsigned int generation;
	int64_t loaded_at;

	struct state state;
	struct { /* the memory of lists for the next look */
		struct links links;
		struct local_addrs addrs;
		struct rules rules;
	} spare;
	struct names names;
	struct nameds named;  /* of all peers that are known by names; by name */
	VEC(uint32_t) fresh;  /* ids of names that lead elsewhere since they were planned for */
	bool names_stale;     /* other names may be wanted, or of other peers */
	bool names_put_off;   /* to the next turn */
	struct memory memory; /* of the last run */
	msec store_at;	      /* 0 = nothing new to remember */
	bool store_failed;
	uint32_t stored;       /* names.last_version that is stored; 0 = all is to be */
	uint32_t stored_more;  /* names that were stored behind the others since */
	unsigned int dirty;    /* enum subject: to be looked at */
	unsigned int replan;   /* enum subject: to be planned again */
	unsigned int told;     /* what events made dirty since it was last in order */
	bool stirred;	       /* a step of another program was told of since the last turn */
	msec looked[6];	       /* when each subject was last looked at, by bit */
	uint32_t surroundings; /* moves with addresses and routes; never 0 */
	msec recheck_at;
	msec awaited;	   /* when the next turn was asked for; 0 = not yet */
	struct retry look; /* a look that failed */

	struct route_items items;
	struct route_counts counts; /* of them as they are */
	struct route_failures failures;
	bool routes_settled;	 /* were in order before the last change */
	bool routes_in_order;	 /* the last plan had nothing to do */
	bool routes_planned;	 /* items are of all the devices as they are */
	struct prefixes touched; /* under these routes can be other than they were; 0 = nowhere */
	bool touched_wanted;	 /* also what is wanted of us there */
	struct routes_where routes_where;
	struct route_merge route_merge; /* of the last look; kept for its memory */
	msec routes_again;		/* when they are looked at once more; 0 = they are not */
	uint32_t routes_version;	/* moves when we add or delete one */
	struct addrs underlay_for;	/* the endpoints whose ways state.underlay has */

	struct loans loans; /* allowed-IPs that are away from home */
	struct standby_pairs pairs;
	struct claims_plan moving; /* what moves_left points into */
	struct ops moves_left;	   /* moves that failed, or are left to another program */
	struct retry claims_retry;

	struct rules rules_want;
	struct ops rules_left; /* marks and rules that could not be set */
	struct retry rules_retry;
	msec rules_fought_at;		/* when rules of ours were put back last; 0 = never */
	unsigned int rules_fights;	/* how often so, in quick succession */
	char strict_uplink[IFNAME_LEN]; /* where rp_filter drops a tunnel's answers; "" = nowhere */

	struct ops peers_left; /* what could not be set of peers, at the last look */

	bool firewall_enabled, firewall_known;
	bool held; /* firewall_holds(), in the last turn */
	struct fw_ruleset firewall_want;
	struct fw_actual firewall_have;
	struct fw_plan firewall_pending;
	struct retry firewall_retry;
	msec firewall_awry; /* since when it may not be as it should be; 0 = it is */
	char firewall_error[160];
	bool firewall_settled;
	struct tally tally; /* what was counted for peers */
	msec counted_at;    /* when it was read last; 0 = never */

	VEC(struct exchange_socket) sockets;
	VEC(struct exchange_hub) hubs;	     /* one for each interface that serves */
	struct net_datagrams told_datagrams; /* in the making; kept for its memory */
	struct paths paths;
	struct path_output path_output; /* in the making; kept for its memory */

	struct ops pending; /* what is planned or failed, of all but the firewall */
	struct problems problems;
	msec problems_at;  /* they are collected again by then, where something happened */
	bool problems_due; /* something did, since they were */
	VEC(bool) seen;	   /* of a device's configured peers, while problems are collected */
	struct pace routes_pace, firewall_pace; /* of what is put back */
	struct event_ring *events;
	struct answer_counters counters;
};

/* story.c: events to the ring, the log and those who watch. */
struct story {
	enum log_level level;
	const char *code;
	const struct device *device; /* NULL = none */
	const struct peer *peer;     /* NULL = none */
	struct pace *pace;	     /* NULL = it is told in any case */
};
void story_tell(struct engine *e, struct story s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* apply.c: struct edge's apply, with what was done in the log at level debug */
int ops_apply(struct engine *e, struct op *ops, size_t n);
void firewall_plan_tell(const struct fw_plan *plan);

/* observe.c */
void observe_surroundings(struct engine *e);
void observe_peers(struct engine *e);
msec observe_deadline(const struct engine *e);

/* claims.c: allowed-IPs that change hands */
void claims_converge(struct engine *e);
msec claims_deadline(const struct engine *e);
int claims_clean(struct engine *e);

/* claim_problems.c */
void claim_problems(struct engine *e);

/* remember.c: keeps what is to be remembered, now: all, or names that lead elsewhere. */
void memory_store(struct engine *e);
void memory_store_names(struct engine *e);

/* endpoints.c */
void endpoints_converge(struct engine *e);
void endpoints_do(struct engine *e, struct ops *ops);
int endpoints_kick(struct engine *e, const struct device *d, const struct peer *p);

/*
 * names.c: follows the lists of peers, where those changed in one that matters to names; and whom
 * the names in e->fresh are of, each once, sorted, with no name.
 */
void names_follow(struct engine *e);
void names_peers_changed(struct engine *e, const struct device *d);
void names_fresh_peers(struct engine *e, struct nameds *out);

/* peers_left.c: counts what was tried of peers, and keeps what failed in e->peers_left */
void peers_account(struct engine *e, const struct ops *ops);

/* routes.c */
void routes_converge(struct engine *e);
/* Computes what is wanted, where nothing can be done for it. */
void routes_hold(struct engine *e);
/* Brings routes in order at once, for what the rest of the turn is about to do. */
void routes_prepare(struct engine *e);
int observe_routes(struct engine *e, enum routes_seen *seen);
/* Do routes of its peers go with their health? */
bool routes_may_withdraw(const struct device *d);
/* One of ours came back: told of in one line. */
void routes_tell_put_back(struct engine *e, const struct ops *ops);

/* routes_refused.c: routes that could not be set, until they are there or nobody wants them */
void routes_refused_note(struct engine *e, const struct ops *ops);
void routes_refused_prune(struct engine *e);
bool routes_refused_has(const struct engine *e, const struct route *r);
bool routes_refused_due(const struct engine *e);
/* Adds those of ours that stay in the place of one that was refused, until that is tried again. */
void routes_refused_in_place(struct routes *out, const struct engine *e);
/* What could not be done stays in the plan that is shown. */
void routes_refused_pending(struct engine *e);
msec routes_deadline(const struct engine *e);

/* route_ways.c: at the end of a turn, when nothing but the engine's lists has a route */
void route_ways_settle(const struct engine *e);

/*
 * routes_part.c: of few peers and few routes. The first two are called where the list of a device
 * changed, and where the life of its peers did; the third tells whether an event is understood.
 */
void routes_peers_changed(struct engine *e, struct device *d);
void routes_health_changed(struct engine *e, const struct device *d);
/* It has an endpoint for the first time: as one that never called it has a route from now on. */
void routes_reached(struct engine *e, const struct device *d, const struct peer *p);
bool routes_told(struct engine *e, const struct route *r, enum route_event what);
/* Plans and sets what is under the prefixes that were touched, of which there are some. */
void routes_part(struct engine *e);
/* All were planned: nothing is left of what was touched. */
void routes_all_seen_to(struct engine *e);

/*
 * underlay.c: the ways to endpoints that are inside their own tunnel. The first looks at them
 * again, always with force, else when they are others' than before; true when they changed.
 */
bool underlay_observe(struct engine *e, bool force);
void underlay_tell(struct engine *e, const struct ops *ops);
/* Are endpoints that moved, or are to, of concern to routes: any, or those of a device? */
bool underlay_concerns_all(const struct engine *e);
bool underlay_moved(const struct engine *e, const struct device_merge *m);
void underlay_look_for_loops(struct engine *e);

/* rules.c: default routes by policy */
void rules_settle(struct engine *e);
void rules_converge(struct engine *e);
msec rules_deadline(const struct engine *e);
bool rules_settled(const struct engine *e);

/* route_problems.c */
void route_problems(struct engine *e);

/* firewall.c */
void firewall_converge(struct engine *e);
/* Somebody changed the rules. */
void firewall_told(struct engine *e);
/* The host was suspended: what was awry has not had its time to be put in order. */
void firewall_resumed(struct engine *e);
/* Before the next look: what was found missing may have come. */
void firewall_try_again(struct engine *e);
/* Reads the counters of peers, unless they were read a moment ago. */
void firewall_count(struct engine *e);
int firewall_clean(struct engine *e);
/*
 * Are there to be no new routes yet, because the table is not there and will be in a moment? Where
 * it cannot be at all that is a problem that is shown, and the rest goes on without it.
 */
bool firewall_holds(const struct engine *e);
/* When what failed is tried again, or routes have waited long enough. */
msec firewall_deadline(const struct engine *e);

/* firewall_problems.c: adds to the problems */
void firewall_problems(struct engine *e);

/* paths.c: direct paths */
void paths_converge(struct engine *e);
bool paths_answer(struct engine *e, const struct device *d, const struct net_datagram *a);
void path_problems(struct engine *e);

/* exchange.c */
void exchange_converge(struct engine *e);
/* There is another configuration. */
void exchange_configured(struct engine *e);
msec exchange_deadline(const struct engine *e);
void exchange_served(struct engine *e, const struct net_answer *a);
void exchange_child_restarted(struct engine *e);
void exchange_tell(struct engine *e, const struct net_datagrams *ds);
void exchange_problems(struct engine *e);
void exchange_free(struct engine *e);

/* problems.c */
void problems_collect(struct engine *e);

/* May subject be looked at now, or was it a moment ago? */
bool subject_ready(const struct engine *e, enum subject s);
void subject_looked(struct engine *e, enum subject s);
void retry_failed(struct engine *e, struct retry *r, int error);

#endif
