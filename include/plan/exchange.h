/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's side of the exchange, for one interface: who asked about whom, and what is answered.
 * contrib/exchange.md says why it is so.
 */
#ifndef PLAN_EXCHANGE_H
#define PLAN_EXCHANGE_H

#include "model/message.h"
#include "plan/owners.h"

#define EXCHANGE_FRESH	  180000 /* ms that a handshake is young enough to be told of */
#define EXCHANGE_GRACE	  5000	 /* ms that a question is remembered longer than it asked for */
#define EXCHANGE_UNASKED  8	 /* further answers to one question */
#define EXCHANGE_AGAIN	  15000	 /* ms between unasked answers that tell nothing new */
#define EXCHANGE_ASKS	  256	 /* peers that one may ask about */
#define EXCHANGE_ASKS_ALL 65536	 /* and all peers of an interface together */
#define EXCHANGE_RATE	  20	 /* questions a second and peer */
#define EXCHANGE_BURST	  100
#define EXCHANGE_GO_WAIT  500 /* ms that the nearer one waits for the other, at most */

/* What became of a question. */
enum exchange_fate {
	EXCHANGE_AGREES,
	EXCHANGE_NOT_YET,
	EXCHANGE_STRANGER, /* from no peer of the interface, or one without a young handshake */
	EXCHANGE_REPEATED,
	EXCHANGE_LIMITED, /* more than its share, or about too many */
};

/* A question that is remembered. */
struct exchange_ask {
	struct key about;
	uint64_t nonce;
	uint32_t serial; /* of the last answer */
	uint8_t state;	 /* the asker's */
	uint8_t left;	 /* unasked answers that may still be sent */
	uint8_t told;	 /* the other's state as last answered */
	msec until;
	msec told_at;		 /* the last answer that agreed; 0 = none */
	struct endpoint told_to; /* the other's endpoint in it */
};

struct exchange_asker {
	struct key key;
	uint32_t peer;		/* where it was in the device */
	struct addr local;	/* where it asks, */
	struct endpoint remote; /* and from where */
	struct endpoint seen;	/* by the kernel when it was last looked at */
	uint16_t round_trip;	/* ms, 0 = unknown */
	uint32_t tokens;	/* thousandths of questions */
	msec tokens_at;
	uint32_t candidates;
	struct exchange_candidate candidate[EXCHANGE_CANDIDATES];
	VEC(struct exchange_ask) asks; /* by about */
};

/* Zeroed is empty. The caller frees with exchange_hub_free(). */
struct exchange_hub {
	uint32_t ifindex;
	struct owners owners;
	VEC(struct exchange_asker) askers; /* by key */
};

VEC_TYPE(net_datagrams, struct net_datagram);

/* A question came; appends what is to be sent, as NET_TELL. */
enum exchange_fate exchange_hear(struct exchange_hub *h, const struct device *d,
				 const struct net_datagram *q, msec now, struct net_datagrams *out);

/*
 * The device was looked at: tells of endpoints that changed, and forgets questions whose time is
 * over. Nothing that has not changed is sent.
 */
void exchange_follow(struct exchange_hub *h, const struct device *d, msec now,
		     struct net_datagrams *out);

/* How many questions are remembered. */
uint32_t exchange_asks(const struct exchange_hub *h);

void exchange_hub_free(struct exchange_hub *h);

#endif
