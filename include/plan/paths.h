/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spoke's side of direct paths: for each peer that is to be reached without the hub, a state
 * machine from "by the hub" to "directly" and back. contrib/exchange.md has its table.
 *
 *	hub -> asking -> trying -> ready -> direct
 *	 ^________|_________|________|________|
 *
 * It owns the endpoint and the keepalive of such a peer. Who has the allowed-IPs follows from the
 * state alone (path_is_direct()), and is claimed anew after each look.
 */
#ifndef PLAN_PATHS_H
#define PLAN_PATHS_H

#include "base/rng.h"
#include "model/message.h"
#include "plan/exchange.h"
#include "plan/op.h"

#define PATH_KEEPALIVE	25     /* seconds, while it is tried and used */
#define PATH_TRY	6000   /* ms for one endpoint: WireGuard sends one initiation in 5 s */
#define PATH_STAGGER	400    /* ms that one of two waits, so that two handshakes do not cross */
#define PATH_SESSION	120000 /* ms for which a session needs no new handshake (REKEY_AFTER_TIME) */
#define PATH_KICK	2000 /* ms between keepalives meanwhile, for a session that is still good */
#define PATH_TRY_ALL	16000  /* ms for a try with one endpoint, three initiations */
#define PATH_READY_FOR	6000   /* ms to wait for the word to move */
#define PATH_MOVE_BOTH	4000   /* ms after which the other has to have moved */
#define PATH_BEAR	12000  /* ms unanswered: WireGuard answers data within 10 s */
#define PATH_DOUBT	3000   /* ms unanswered after which a new endpoint is taken */
#define PATH_RETRY_MIN	5000   /* ms between tries, doubled each time */
#define PATH_RETRY_MAX	600000 /* ms */
#define PATH_RETRY_GOOD 25000  /* ms at most, for one that was good a while ago */
#define PATH_GOOD_FOR	600000 /* ms that this is a while */
#define PATH_RENEW	60000  /* ms between questions while it is direct */
#define PATH_ONE_SIDED	3000   /* ms of sending and hearing nothing, then the hub is asked */
#define PATH_DATA	64     /* bytes between two looks that are more than keepalives */
#define PATH_ASK_AGAIN	1000   /* ms until a question is repeated; doubled */
#define PATH_BACKS	5      /* times that it is said that we went back, until it is heard */
#define PATH_ASKS	3      /* questions without an answer: the hub is silent */
#define PATH_TRIES_MAX	8      /* at a time and interface */
#define PATH_ASK_RATE	5      /* new questions a second and hub */
#define PATH_ASK_BURST	10
#define PATH_TRAFFIC	1024  /* bytes through the hub in PATH_WINDOW: there is traffic */
#define PATH_WINDOW	10000 /* ms */
#define PATH_ACTIVE	30000 /* ms that traffic counts */
#define PATH_GAP_MIN	12    /* ms of silence on the hub's way that are a gap between packets, */
#define PATH_GAP_MAX	50    /* and after which it is too late to use it */
#define PATH_GAP_WAIT	600   /* ms that a gap is waited for */
#define PATH_POLL	250   /* ms between looks while something is tried */
#define PATH_POLL_GAP	5     /* ms between looks while a gap is waited for */

enum path_state { PATH_HUB, PATH_ASKING, PATH_TRYING, PATH_READY, PATH_DIRECT };

/* "hub", "asking", "trying", "ready", "direct" */
const char *path_state_name(enum path_state s);

struct path {
	uint32_t ifindex;
	struct key key; /* the other */
	uint32_t peer;	/* its index in the device at the last plan */
	enum path_state state;
	msec since;
	const char *why; /* it is by the hub; static text, NULL while it is direct */

	/* The last question about it, and what was answered. */
	uint64_t nonce, before; /* before: of the question before it */
	uint32_t serial;	/* of the last answer to nonce, or to before while there is none */
	bool answered;		/* nonce was */
	uint8_t said;		/* enum exchange_state in it */
	msec asked_at;		/* 0 = never */
	struct endpoint asked_of;
	uint32_t asks;	   /* questions since the last answer */
	msec answered_at;  /* 0 = not yet */
	bool agreed, news; /* as last answered; news: that was not acted on yet */
	uint8_t other;	   /* enum exchange_state of the other */
	bool same_nat;
	struct endpoint told, own; /* where the hub sees the other, and us */
	uint32_t candidates;
	struct exchange_candidate candidate[EXCHANGE_CANDIDATES];
	msec go_at; /* the word to move, and when; 0 = not given */

	/* The present try. */
	uint8_t place; /* which endpoint */
	msec tried_at; /* since when that one; 0 = none yet */
	bool had_session;
	msec kicked_at; /* when the peer was last made to send */
	uint64_t rx;	/* of the peer, when it began */
	int64_t handshake_ns;
	struct endpoint wrote; /* the last endpoint that we set */

	/* While it is direct: */
	bool both;		   /* the other moved as well */
	uint64_t last_rx, last_tx; /* of the peer at the last look */
	msec sends_since;	   /* data goes out and only keepalives come in; 0 = no */
	msec good_at;		   /* when it last was direct and answered; 0 = never */
	msec failed_at;		   /* when it last was given up; 0 = never */
	msec retry_at, delay;
	uint32_t generation; /* of the surroundings, at the last try */
	uint64_t tries, moves;
};

/* A peer that serves the exchange, as one interface sees it. */
struct path_hub {
	uint32_t ifindex;
	struct key key;
	bool current;
	uint8_t guess;	      /* which address is tried */
	uint32_t silent;      /* questions in a row without an answer */
	msec answered_at;     /* 0 = never */
	msec retry_at, delay; /* while it is silent */
	uint16_t round_trip;  /* ms of the last question; 0 = unknown */
	uint32_t tokens;      /* thousandths of questions */
	msec tokens_at;
	uint64_t bytes;	 /* of the peer, both ways, when last seen */
	uint64_t spoken; /* bytes of the exchange itself since the window began */
	uint64_t window; /* bytes when it began */
	msec window_at;
	msec moved_at;	 /* when bytes last moved */
	msec traffic_at; /* when there last was traffic; 0 = never */
};

/* Zeroed is empty. The caller frees with paths_free(). */
struct paths {
	VEC(struct path) list; /* by interface and key */
	VEC(struct path_hub) hubs;
};

/* Something for the story. */
struct path_news {
	uint32_t ifindex;
	struct key key;
	enum path_state from, to;
	const char *why; /* static text, or NULL */
};
VEC_TYPE(path_newses, struct path_news);

struct path_input {
	const struct state *state;
	struct rng *rng;
	msec now;
	uint32_t generation; /* moves when addresses or routes of the host may have */
	/*
	 * Has the direct peer the prefixes that are to move, or any of them; and are there any?
	 * Only asked when a path is new.
	 */
	bool (*holds)(void *ctx, const struct device *d, const struct peer *p);
	void *ctx;
};

struct path_output {
	struct net_datagrams tell;
	struct ops ops;
	struct path_newses news;
};

/* Does anything of this interface want the exchange as a spoke? */
bool paths_wanted(const struct device *d);

/* After each look at d, and when a deadline has come. */
void paths_plan(struct paths *ps, struct device *d, const struct path_input *in,
		struct path_output *out);

/*
 * For one that only plans, after each look at d: every path is as it was found, direct or not, and
 * nothing is done about any.
 */
void paths_look_on(struct paths *ps, struct device *d, const struct path_input *in);

/* Drops what belongs to interfaces that are gone. */
void paths_follow(struct paths *ps, const struct state *s);

/* An answer came. False when nobody waits for it. paths_plan() is due then. */
bool paths_heard(struct paths *ps, const struct device *d, const struct net_datagram *a, msec now);

/* When paths_plan() is due by itself; and every how many ms a device is to be looked at, or
   MSEC_NEVER: as usual. */
msec paths_deadline(const struct paths *ps, msec now);
msec paths_poll(const struct paths *ps, uint32_t ifindex);

const struct path *path_find(const struct paths *ps, uint32_t ifindex, const struct key *key);
const struct path_hub *path_hub_find(const struct paths *ps, uint32_t ifindex);
static inline bool path_is_direct(const struct path *p)
{
	return p->state == PATH_DIRECT;
}

/* The hub of a device: a peer with exchange = true, one that answers before others. NULL = none. */
const struct peer *path_hub_peer(const struct device *d);
/* The nth guess where it serves: as configured, else the likely addresses; family 0: no more. */
struct endpoint path_hub_address(const struct device *d, const struct peer *hub,
				 const struct state *s, uint8_t nth);

/* Where the peer of a path that is not used is kept: nothing leaves the host. */
struct endpoint path_parked(void);

void paths_free(struct paths *ps);
void path_output_free(struct path_output *out);

#endif
