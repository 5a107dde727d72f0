/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host names that endpoints are known by, and what is known of each: the last good addresses
 * (kept for ever, a failure never removes one), when to ask again, and why the last answer was
 * not taken. A name is asked for A and AAAA separately.
 *
 * While no name server answers at all, one name goes on asking each second (every two in the end;
 * a question costs a packet or two), a few of the others are asked beside it, and the rest waits:
 * the first answer wakes them all. A name that fails while others are answered has a trouble of
 * its own, and backs off alone.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include <uthash.h>

#include "base/rng.h"
#include "model/config.h"
#include "model/message.h"

#define NAME_RETRY_MIN	  1000	 /* ms, after a failure; doubled each time */
#define NAME_RETRY_MAX	  300000 /* ms */
#define NAME_CANARY	  1000	 /* ms between the canary's questions that fail at once */
#define NAME_CANARY_MAX	  2000	 /* ms between them in the end */
#define NAME_CANARY_OFTEN 300	 /* failures until then: five minutes */
#define NAME_HEARD_FOR	  60000	 /* ms after an answer in which failures are the name's own */
#define NAME_SILENT_MAX	  64	 /* failures in a row that are the server's, however soon */
#define NAME_SUSPECTS	  4 /* questions about other names in NAME_CANARY_MAX, beside the canary's */
#define NAME_ASK_MAX	  30000	 /* ms after which an unanswered question is asked again */
#define NAMES_IN_FLIGHT	  256	 /* questions that are out at the same time */
#define NAME_ABSENT_FOR	  300000 /* ms until a family that a name lacks is asked for again */

struct name_result {
	VEC(struct addr) addrs; /* last good answer, in its order */
	VEC(uint16_t) ports;	/* of an SRV answer: one for each address */
	msec expires;		/* when to ask again */
	msec asked;		/* 0 = no question is out */
	msec delay;		/* backoff after failures; 0 = the last answer was good */
	msec answered;		/* when the last good answer came; 0 = never */
	uint32_t status;	/* enum net_status of the last answer */
	uint32_t failures;	/* in a row */
	uint32_t ttl;		/* seconds, as answered */
	const char *refused;	/* static text: why an address of it was not taken, or NULL */
};

struct name {
	uint32_t id; /* never used twice; a question's id is id * 2, plus 1 for IPv6 */
	bool srv;    /* asked for SRV, whose answer (of both families) is in v4 */
	enum family_pref family;
	msec ttl_min, ttl_max;
	struct name_result v4, v6;
	uint32_t version; /* another number whenever its addresses changed; 0 = never yet */
	uint32_t place;	  /* in names.due */
	bool wanted;	  /* since the last sweep */
	UT_hash_handle hh;
	char host[];
};

struct names {
	struct name *hash;	    /* all, by host */
	VEC(struct name *) by_host; /* sorted, since the last sweep */
	VEC(struct name *) by_id;   /* the same */
	VEC(struct name *) due;	    /* a heap: the one that is to be asked soonest is the first */
	VEC(uint32_t) out;	    /* questions without an answer, oldest first */
	uint32_t last_id, last_version;
	uint32_t canary;   /* while no server answers: the one name that is asked often; 0 = none */
	msec heard;	   /* when a server last gave an answer to something; 0 = never */
	uint32_t silent;   /* failures in a row since */
	msec suspects_at;  /* while there is a canary: when others may be asked again */
	uint32_t suspects; /* that were asked since */
	msec held_until;   /* questions are not taken just now: no deadline before this */
};

/*
 * Says that a name is wanted, and returns it; names_sweep() then forgets those that were not.
 * Wanted in several ways at once, it is asked for all that any of them needs.
 */
struct name *names_want(struct names *ns, const char *host, const struct endpoints_conf *conf);
/* The same for a name with SRV records. */
struct name *names_want_srv(struct names *ns, const char *host, const struct endpoints_conf *conf);
void names_sweep(struct names *ns);
/* NULL when it is not known. The pointer is valid until it is swept. */
struct name *names_find(const struct names *ns, const char *host);
void names_free(struct names *ns);

/*
 * Hands every question that is due to ask(), which returns 0 when it is on its way; stops at the
 * first that is not. At most NAMES_IN_FLIGHT are out at a time. family 0 asks for SRV.
 */
void names_ask(struct names *ns, msec now,
	       int (*ask)(void *ctx, uint32_t id, const char *host, uint8_t family), void *ctx);
/* When the next one will be due. */
msec names_deadline(const struct names *ns);
/*
 * Takes an answer. True when the addresses changed; *out is the name (NULL when the answer is
 * nobody's).
 */
bool names_answer(struct names *ns, const struct net_answer *a, msec now, struct rng *rng,
		  struct name **out);
/* Nothing is out any more (the child was replaced): what was asked is due at once. */
void names_forget_asked(struct names *ns, msec now);
/* Everything, or one name, is to be asked again at now. */
void names_refresh(struct names *ns, msec now);
void name_refresh(struct names *ns, struct name *n, msec now);

/*
 * The addresses of a host, best first: IPv6 and IPv4 in turn starting with IPv6 (RFC 8305 section
 * 4), or one family only. Writes at most max, returns how many.
 */
uint32_t name_addrs(const struct name *n, struct addr *out, uint32_t max);
bool name_has(const struct name *n, const struct addr *a);
/* The same with ports: the one given for a host, the records' own for SRV. */
uint32_t name_endpoints(const struct name *n, uint16_t port, struct endpoint *out, uint32_t max);
/* Is this one of them? */
bool name_leads_to(const struct name *n, uint16_t port, const struct endpoint *e);
/* Was there ever an answer with an address? */
bool name_known(const struct name *n);
/* Has every family that it is asked for been answered once, well or not? */
bool name_settled(const struct name *n);

#endif
