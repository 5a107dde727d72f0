// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of a peer as a state machine on counters and time.
 *
 * Only two facts matter: when something last came from the peer (proof), and since when something
 * that asks for an answer has been sent in vain (unanswered_since). The states are names for
 * stretches of those two.
 */
#include "model/life.h"

#define PASSIVE_KEEPALIVE 10 /* seconds; KEEPALIVE_TIMEOUT of drivers/net/wireguard/messages.h */

const char *life_state_name(enum life_state s)
{
	static const char *const names[] = {"never", "up", "idle", "unanswered", "dead"};

	return names[s];
}

msec life_unanswered_for(const struct life *l, msec now)
{
	return l->unanswered_since ? now - l->unanswered_since : 0;
}

static enum life_state life_judge(const struct life *l, msec now, msec dead_after)
{
	msec silent = life_unanswered_for(l, now);
	msec patience = LIFE_UP_FOR;

	if (!l->proof)
		return LIFE_NEVER;
	if (silent >= LIFE_DEAD_AFTER)
		return LIFE_DEAD;
	if (silent >= dead_after && silent > 0)
		return LIFE_UNANSWERED;
	/* With a keepalive the next handshake is due soon after: not idle, just not seen yet. */
	if (l->last.keepalive)
		patience += dead_after;
	return now - l->proof < patience ? LIFE_UP : LIFE_IDLE;
}

bool life_tick(struct life *l, msec now, msec dead_after)
{
	enum life_state s = life_judge(l, now, dead_after);

	if (s == l->state && l->since)
		return false;
	l->state = s;
	l->since = now;
	return true;
}

/*
 * Were the bytes that were sent nothing but keepalives? Those are 32 bytes each and no more than
 * one an interval (persistent, or the passive one 10 s after data came in).
 */
static bool only_keepalives(uint64_t sent, msec elapsed, uint16_t keepalive)
{
	msec interval = keepalive && keepalive < PASSIVE_KEEPALIVE ? keepalive : PASSIVE_KEEPALIVE;
	uint64_t most = 1 + (uint64_t)(elapsed / (interval * 1000));

	return sent % LIFE_KEEPALIVE_BYTES == 0 && sent / LIFE_KEEPALIVE_BYTES <= most;
}

/* How long ago the handshake was, by a wall clock that may have been set since: bounded. */
static msec handshake_age(int64_t handshake_ns, int64_t wall, msec most)
{
	msec age = wall - handshake_ns / 1000000;

	return age < 0 ? 0 : age > most ? most : age;
}

static void life_begin(struct life *l, const struct life_counters *c, struct moment at)
{
	*l = (struct life){.last = *c, .seen = at.now};
	if (!c->handshake_ns)
		return;
	/* Before our time: the wall clock is all there is, and never later than now. */
	l->handshake = at.now - handshake_age(c->handshake_ns, at.wall, at.now - 1);
	l->proof = l->handshake;
}

bool life_observe(struct life *l, const struct life_counters *c, struct moment at, msec dead_after)
{
	bool reset = c->rx < l->last.rx || c->tx < l->last.tx;
	msec elapsed = at.now - l->seen;

	if (!l->seen || reset) {
		enum life_state before = l->state;
		bool first = !l->seen;

		life_begin(l, c, at);
		l->state = before;
		return life_tick(l, at.now, dead_after) || first;
	}
	if (c->handshake_ns != l->last.handshake_ns)
		l->handshake = at.now - handshake_age(c->handshake_ns, at.wall, elapsed);
	if (c->rx != l->last.rx || c->handshake_ns != l->last.handshake_ns) {
		l->proof = at.now;
		l->unanswered_since = 0;
	} else if (c->tx != l->last.tx && !l->unanswered_since &&
		   !only_keepalives(c->tx - l->last.tx, elapsed, c->keepalive)) {
		l->unanswered_since = at.now;
	}
	l->last = *c;
	l->seen = at.now;
	return life_tick(l, at.now, dead_after);
}

msec life_deadline(const struct life *l, msec dead_after)
{
	if (l->state == LIFE_DEAD || l->state == LIFE_NEVER)
		return MSEC_NEVER;
	if (l->state == LIFE_UNANSWERED)
		return l->unanswered_since + LIFE_DEAD_AFTER;
	if (l->unanswered_since)
		return l->unanswered_since + dead_after;
	return l->state == LIFE_UP ? l->proof + LIFE_UP_FOR + (l->last.keepalive ? dead_after : 0)
				   : MSEC_NEVER;
}
