// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of a peer as a state machine on counters and time.
 *
 * Only two facts matter: when something last came from the peer (proof), and since when something
 * that asks for an answer has been sent in vain (sent_since, once it is sure that it does). The
 * states are names for stretches of those two.
 */
#include "model/life.h"

#define PASSIVE_KEEPALIVE 10	/* seconds; KEEPALIVE_TIMEOUT of drivers/net/wireguard/messages.h */
#define HANDSHAKE_AFTER	  15000 /* ms; KEEPALIVE_TIMEOUT + REKEY_TIMEOUT */
#define MAYBE_FOR	  25000 /* ms; the same, and two looks */
#define LATE		  10000 /* ms that a keepalive may be late, besides */
#define LOOK_MAX	  15000 /* ms; a longer gap between looks (suspend) tells nothing */

const char *life_state_name(enum life_state s)
{
	static const char *const names[] = {"never", "up", "idle", "unanswered", "dead"};

	return names[s];
}

msec life_unanswered_for(const struct life *l, msec now)
{
	msec since = life_unanswered_since(l);

	return since ? now - since : 0;
}

/* How late a keepalive may come: the kernel's long timers are late by up to an eighth. */
static msec keepalive_late(uint16_t keepalive)
{
	msec interval = (msec)keepalive * 1000;

	return interval ? interval + interval / 4 + LATE : 0;
}

/*
 * How long silence is no news. Without a keepalive: while the session lasts. With one, the first
 * keepalive after that brings a handshake, which is then borne as any other sending.
 */
static msec life_quiet(const struct life *l)
{
	return LIFE_UP_FOR + msec_min(keepalive_late(l->keepalive), LIFE_UP_FOR);
}

static enum life_state life_judge(const struct life *l, msec now, msec dead_after)
{
	msec silent = life_unanswered_for(l, now);

	if (!l->proof)
		return LIFE_NEVER;
	if (silent >= LIFE_DEAD_AFTER)
		return LIFE_DEAD;
	if (silent >= dead_after && silent > 0)
		return LIFE_UNANSWERED;
	if (life_unanswered_since(l) && l->state == LIFE_UP)
		return LIFE_UP; /* in doubt, which is not idle */
	return now - l->proof < life_quiet(l) ? LIFE_UP : LIFE_IDLE;
}

bool life_tick(struct life *l, msec now, msec dead_after)
{
	enum life_state s = life_judge(l, now, dead_after);

	if (s == l->state && l->since)
		return false;
	l->state = (uint8_t)s;
	l->since = now;
	return true;
}

/* How many keepalives there were if there was nothing else; 0 when there was something else. */
static uint64_t keepalives(uint64_t sent)
{
	return sent % LIFE_KEEPALIVE_BYTES ? 0 : sent / LIFE_KEEPALIVE_BYTES;
}

/* One an interval (persistent, or the passive one 10 s after data came in), and one at its end. */
static uint64_t keepalives_most(msec elapsed, uint16_t keepalive)
{
	msec interval = keepalive && keepalive < PASSIVE_KEEPALIVE ? keepalive : PASSIVE_KEEPALIVE;

	return 1 + (uint64_t)(elapsed / (interval * 1000));
}

/*
 * Something was sent and nothing came back: does it ask for an answer? What looks like keepalives,
 * and is more than the timers send, is a probe where one was sent, else it may be kicks, or
 * datagrams of such a size. The next sign tells: the kernel itself begins a handshake when a
 * datagram stays unanswered for 15 s.
 */
static void life_sent(struct life *l, const struct life_counters *c, uint64_t sent, msec elapsed,
		      msec now)
{
	uint64_t n = keepalives(sent);

	if (n && n <= keepalives_most(elapsed, c->keepalive))
		return;
	if (now - l->sent_since >= MAYBE_FOR)
		l->maybe = false;
	if (n && !l->maybe && !c->probed) {
		l->sent_since = now;
		l->maybe = true;
	} else {
		l->sent_since = l->maybe ? msec_max(l->sent_since, now - HANDSHAKE_AFTER) : now;
		l->maybe = false;
	}
}

/*
 * A keepalive is overdue: the kernel cannot send at all, for instance because the host has no
 * route to the endpoint any more (what could not be sent is not counted in tx).
 */
static bool life_mute(const struct life *l, const struct life_counters *c, msec now)
{
	return c->keepalive && c->keepalive == l->keepalive && now - l->seen <= LOOK_MAX &&
	       now - l->moved > keepalive_late(c->keepalive);
}

/* How long ago the handshake was, by a wall clock that may have been set since: bounded. */
static msec handshake_age(int64_t handshake_ns, int64_t wall, msec most)
{
	msec age = wall - handshake_ns / 1000000;

	return age < 0 ? 0 : age > most ? most : age;
}

static void life_begin(struct life *l, const struct life_counters *c, struct moment at)
{
	*l = (struct life){.seen = at.now, .moved = at.now, .keepalive = c->keepalive};
	if (!c->handshake_ns)
		return;
	/* Before our time: the wall clock is all there is, and never later than now. */
	l->handshake = at.now - handshake_age(c->handshake_ns, at.wall, at.now - 1);
	l->proof = l->handshake;
}

bool life_observe(struct life *l, const struct life_counters *was, const struct life_counters *c,
		  struct moment at, msec dead_after)
{
	bool reset = c->rx < was->rx || c->tx < was->tx;
	bool shaken = c->handshake_ns != was->handshake_ns;
	msec elapsed = at.now - l->seen;

	if (!l->seen || reset) {
		life_begin(l, c, at);
		return life_tick(l, at.now, dead_after); /* a beginning is a change */
	}
	if (shaken)
		l->handshake = at.now - handshake_age(c->handshake_ns, at.wall, elapsed);
	if (c->rx != was->rx || shaken) {
		l->proof = at.now;
		l->silence = (uint32_t)msec_min(life_unanswered_for(l, at.now), UINT32_MAX);
		l->sent_since = 0;
		l->maybe = false;
	} else if (c->tx != was->tx && !life_unanswered_since(l)) {
		life_sent(l, c, c->tx - was->tx, elapsed, at.now);
	} else if (!life_unanswered_since(l) && life_mute(l, c, at.now)) {
		l->sent_since = at.now;
		l->maybe = false;
	}
	if (c->rx != was->rx || c->tx != was->tx || c->keepalive != l->keepalive ||
	    elapsed > LOOK_MAX)
		l->moved = at.now;
	l->keepalive = c->keepalive;
	l->seen = at.now;
	return life_tick(l, at.now, dead_after);
}
