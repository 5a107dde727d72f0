/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a peer, told from its counters and our own clock.
 *
 * Death is not seen from the handshake's age but from sending that nothing answers. Measured on
 * Linux 6.1: a persistent keepalive is 32 bytes and is never answered; a handshake initiation is
 * 148 bytes and is sent again every 5 s while it is unanswered; its answer is 92 bytes; data is
 * 32 bytes more than its length, padded to 16. Sizes: drivers/net/wireguard/messages.h.
 * wireguard-go 0.0.20220316 counts the same, and as the kernel nothing that could not be sent.
 */
#ifndef MODEL_LIFE_H
#define MODEL_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define LIFE_KEEPALIVE_BYTES  32     /* sizeof(struct message_data) + one authentication tag */
#define LIFE_INITIATION_BYTES 148    /* sizeof(struct message_handshake_initiation) */
#define LIFE_UP_FOR	      180000 /* ms of REJECT_AFTER_TIME: proof of life lasts this long */
#define LIFE_DEAD_AFTER	      180000 /* ms unanswered until a peer is called dead */

enum life_state { LIFE_NEVER, LIFE_UP, LIFE_IDLE, LIFE_UNANSWERED, LIFE_DEAD };
#define LIFE_STATES (LIFE_DEAD + 1)

/* What one look at the kernel says. */
struct life_counters {
	uint64_t rx, tx;
	int64_t handshake_ns; /* wall clock: compared for change only; 0 = never */
	uint16_t keepalive;   /* seconds, 0 = off, or nothing can be sent: no endpoint, link down */
	bool probed;	      /* we had a datagram sent to it since the last look */
};

struct life {
	msec seen;	  /* when it was last looked at; 0 = not yet */
	msec proof;	  /* when rx or the handshake last moved; 0 = never seen to */
	msec handshake;	  /* when the handshake time last changed, by our clock */
	msec moved;	  /* when rx or tx last moved, as far as we looked */
	msec sent_since;  /* first sending after the proof, see life_unanswered_since(); 0 = none */
	msec since;	  /* when state became what it is */
	uint32_t silence; /* ms that what we sent had gone unanswered at proof; 0 = it had not */
	uint16_t keepalive; /* as it was at the last look */
	uint8_t state;	    /* enum life_state */
	bool maybe;	    /* what was sent may have been keepalives, which nobody answers */
};

/* When something was first sent after the proof that asks for an answer; 0 = nothing was. */
static inline msec life_unanswered_since(const struct life *l)
{
	return l->maybe ? 0 : l->sent_since;
}

/* "never", "up", "idle", "unanswered", "dead" */
const char *life_state_name(enum life_state s);

/*
 * Takes one look: c as read at now, wall in ms for the first handshake seen; was is what the last
 * look read of rx, tx and the handshake, which whoever looks keeps anyway. dead_after in ms.
 * Returns true when the state changed. Counters that went back mean a peer that was made again.
 */
bool life_observe(struct life *l, const struct life_counters *was, const struct life_counters *c,
		  struct moment at, msec dead_after);

/* Time passes without a look; true when the state changed. */
bool life_tick(struct life *l, msec now, msec dead_after);

/* How long what we send has gone unanswered, ms; 0 when nothing is. */
msec life_unanswered_for(const struct life *l, msec now);

#endif
