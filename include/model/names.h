/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host names that endpoints are known by, and what is known of each: the last good addresses
 * (kept for ever, a failure never removes one), when to ask again, and why the last answer was
 * not taken. A name is asked for A and AAAA separately.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include "base/rng.h"
#include "model/config.h"
#include "net/message.h"

#define NAME_RETRY_MIN 1000   /* ms, after a failure; doubled each time */
#define NAME_RETRY_MAX 300000 /* ms */
#define NAME_ASK_MAX   30000  /* ms after which an unanswered question is asked again */

struct name_result {
	VEC(struct addr) addrs; /* last good answer, in its order */
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
	char host[HOST_LEN];
	uint32_t id; /* never used twice; a question's id is id * 2, plus 1 for IPv6 */
	enum family_pref family;
	msec ttl_min, ttl_max;
	struct name_result v4, v6;
	bool wanted; /* for sweeping what no peer has any more */
};

VEC_TYPE(names, struct name);

/* Finds or adds. The pointer is valid until the next call. */
struct name *names_want(struct names *ns, const char *host, const struct endpoints_conf *conf,
			uint32_t *next_id);
struct name *names_find(struct names *ns, const char *host);
/* Forgets what names_want() did not name since the last sweep. */
void names_sweep(struct names *ns);
void names_free(struct names *ns);

/* The question that is due first, or NULL; *family is which of the two. */
struct name *names_due(struct names *ns, msec now, uint8_t *family);
/* When the next one will be due. */
msec names_deadline(const struct names *ns);
/* The question was handed to the child at now. */
void name_asked(struct name *n, uint8_t family, msec now);
/*
 * Takes an answer; id as asked. True when the addresses changed; *out is the name (NULL when the
 * answer is nobody's).
 */
bool names_answer(struct names *ns, const struct net_answer *a, msec now, struct rng *rng,
		  struct name **out);
/* Everything (or one name) is to be asked again at now. */
void names_refresh(struct names *ns, msec now);
void name_refresh(struct name *n, msec now);

/*
 * The addresses to try, best first: IPv6 and IPv4 in turn starting with IPv6 (RFC 8305 section
 * 4), or one family only. Writes at most max, returns how many.
 */
uint32_t name_addrs(const struct name *n, struct addr *out, uint32_t max);
bool name_has(const struct name *n, const struct addr *a);
/* Was there ever a good answer, of any family it is asked for? */
bool name_known(const struct name *n);

#endif
