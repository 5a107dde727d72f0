/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One message of the exchange as a value: a spoke's question to its hub about another spoke, and
 * the hub's answer. What they mean and what they cannot do is written in contrib/exchange.md;
 * their bytes are codec/exchange.h's.
 */
#ifndef MODEL_EXCHANGE_H
#define MODEL_EXCHANGE_H

#include <stdint.h>

#include "base/addr.h"
#include "base/key.h"

#define EXCHANGE_CANDIDATES 4	 /* own addresses that a question tells, at most */
#define EXCHANGE_LEASE_MAX  1200 /* seconds that a question may ask to be remembered */

enum exchange_kind { EXCHANGE_QUESTION = 1, EXCHANGE_ANSWER = 2 };

/* How far one side of a pair is. */
enum exchange_state {
	EXCHANGE_UNKNOWN, /* in answers: nothing is told of the other */
	EXCHANGE_WANT,	  /* by the hub; would like to go directly */
	EXCHANGE_READY,	  /* the direct handshake is proven; waits for the word to move */
	EXCHANGE_MOVED,	  /* goes directly */
	EXCHANGE_BACK,	  /* went back to the hub, or gave up for now */
};

enum exchange_flag {
	EXCHANGE_AGREED = 1,   /* both want it: endpoint is where the other is */
	EXCHANGE_GO = 2,       /* both are ready: move in wait milliseconds */
	EXCHANGE_SAME_NAT = 4, /* both come from one address: candidates are the other's own */
};

/* An own address, the length of its network's prefix, and the port WireGuard listens on. */
struct exchange_candidate {
	struct addr addr;
	uint8_t len;
	uint16_t port;
};

struct exchange {
	uint8_t kind;	 /* enum exchange_kind */
	uint8_t state;	 /* enum exchange_state: the asker's own; in an answer the other's */
	uint8_t flags;	 /* enum exchange_flag, or-ed; answers only */
	uint64_t nonce;	 /* of the question, and of every answer to it; never 0 */
	uint32_t serial; /* answers to one question count from 1 */
	uint16_t wait;	 /* question: seconds to remember it; answer: milliseconds, with GO */
	uint16_t age;	 /* question: ms of the last round trip; answer: s since a handshake */
	struct key about;
	struct endpoint
		endpoint;    /* question: where the other is seen directly; answer: by the hub */
	struct endpoint own; /* answer: where the hub sees the asker */
	uint32_t candidates; /* how many of candidate are used */
	struct exchange_candidate candidate[EXCHANGE_CANDIDATES];
};

/* "unknown", "want", "ready", "moved", "back" */
const char *exchange_state_name(uint8_t state);

/*
 * Does it keep the promises of the wire format? What comes from the net child is checked with
 * this, and what is encoded has to pass it.
 */
bool exchange_valid(const struct exchange *x);

#endif
