// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One direct path, step by step.
 *
 * Nothing here depends on an answer coming, or on the order in which two come: each step looks at
 * what was last answered, at the peer's counters and at the time, and every state ends by itself.
 * The way by the hub is only left for a handshake that was seen, and taken again for a silence.
 */
#include "path_build.h"
#include "plan/probe.h"

/* --- by the hub ----------------------------------------------------------------------------- */

static const char *reason_to_rest(struct path_plan *pp, const struct peer *peer)
{
	if (!pp->hub)
		return "no peer of this interface has exchange = true";
	if (pp->device->settling) /* its allowed-IPs are left alone until then */
		return "the interface is new";
	if (pp->hub_peer->life.state != LIFE_UP && pp->hub_peer->life.state != LIFE_IDLE)
		return "the hub is not there";
	if (!path_hub_place(pp).addr.family)
		return "it is not known at which address the hub serves: exchange = \"ADDRESS\"";
	if (path_hub_rests(pp->hub, pp->in->now))
		return "the hub does not answer questions";
	if (peer->conf->direct != DIRECT_ALWAYS && !path_hub_has_traffic(pp->hub, pp->in->now))
		return "there is no traffic by the hub";
	return NULL;
}

/*
 * The other does not see by itself that we left: WireGuard answers what it sends, though nothing
 * of it arrives. So it is said until the hub has heard it.
 */
static bool back_is_unheard(const struct path *path)
{
	return path->state == PATH_HUB && path->said == EXCHANGE_BACK && path->asks &&
	       path->asks <= PATH_BACKS;
}

/* The other tries, or wants to, and we were not just trying ourselves. */
static bool invited(const struct path_plan *pp, const struct path *path)
{
	bool wants = path->other == EXCHANGE_WANT || path->other == EXCHANGE_READY;

	if (path->failed_at && pp->in->now - path->failed_at < PATH_RETRY_MIN)
		return false;
	return path->news && path->agreed && wants && pp->trying < PATH_TRIES_MAX;
}

static void step_hub(struct path_plan *pp, struct path *path, struct peer *peer)
{
	const char *why = reason_to_rest(pp, peer);

	if (peer->wg.keepalive) /* of a try that a crash ended */
		path_op(pp, OP_KEEPALIVE, peer)->peer.keepalive = 0;
	if (path->generation != pp->in->generation) {
		path->generation = pp->in->generation;
		path->delay = path->retry_at = 0;
	}
	if (invited(pp, path)) {
		path_try_begin(pp, path, peer);
		return;
	}
	path->news = false;
	if (back_is_unheard(path) && path_ask_again_at(path) <= pp->in->now)
		path_ask(pp, path, EXCHANGE_BACK);
	if (why) {
		path->why = why;
		return;
	}
	if (path->retry_at > pp->in->now || pp->trying >= PATH_TRIES_MAX ||
	    (pp->trying && pp->hub->silent >= PATH_ASKS) || !path_hub_token(pp->hub, pp->in->now))
		return;
	pp->trying++;
	path_enter(pp, path, PATH_ASKING, "the hub is asked");
	path_back_off(pp, path);
	path->asks = 0;
	path_ask(pp, path, EXCHANGE_WANT);
}

static void step_asking(struct path_plan *pp, struct path *path, struct peer *peer)
{
	if (path->news && path->agreed) {
		path_try_begin(pp, path, peer);
	} else if (path->news) {
		path_enter(pp, path, PATH_HUB,
			   "the other side has not asked the hub for it, or is not there");
	} else if (pp->hub && pp->in->now >= path_ask_again_at(path)) {
		path_hub_unheard(pp->hub, pp->in);
		if (path->asks >= PATH_ASKS || path_hub_rests(pp->hub, pp->in->now)) {
			path->asks = 0;
			path_enter(pp, path, PATH_HUB, "the hub does not answer questions");
		} else {
			path_ask(pp, path, EXCHANGE_WANT);
		}
	} else if (!pp->hub) {
		path_enter(pp, path, PATH_HUB, "no peer of this interface has exchange = true");
	}
}

/* --- ready ---------------------------------------------------------------------------------- */

/*
 * The word to move comes a round trip after the second has said that it is ready. Said in a gap
 * between the packets that go by the hub, the move is over before the next one.
 */
static bool ready_may_be_said(const struct path_plan *pp, const struct path *path)
{
	msec now = pp->in->now;
	msec due = path->said == EXCHANGE_READY ? path_ask_again_at(path) : path->since;

	if (now < due)
		return false;
	return now >= due + PATH_GAP_WAIT || (pp->hub && path_hub_gap(pp->hub, now));
}

static void direct_begin(struct path_plan *pp, struct path *path)
{
	path->moves++;
	path->both = path->other == EXCHANGE_MOVED;
	path_enter(pp, path, PATH_DIRECT, NULL);
	path_ask(pp, path, EXCHANGE_MOVED);
}

static void step_ready(struct path_plan *pp, struct path *path, struct peer *peer)
{
	path->news = false;
	if (path->go_at && path->go_at <= pp->in->now)
		direct_begin(pp, path);
	else if (path->go_at)
		return;
	else if (pp->in->now - path->since >= PATH_READY_FOR)
		path_give_up(pp, path, peer, "the other side does not see the direct handshake");
	else if (ready_may_be_said(pp, path))
		path_ask(pp, path, EXCHANGE_READY);
	if (path->state == PATH_READY)
		path_kick(pp, path, peer);
}

/* --- direct --------------------------------------------------------------------------------- */

/* Why the direct way is left; NULL: it is not. */
static const char *reason_to_leave(const struct path_plan *pp, const struct path *path,
				   const struct peer *peer)
{
	msec now = pp->in->now;
	msec heard = path->answered_at - path->since; /* after the move */

	if (life_unanswered_for(&peer->life, now) >= PATH_BEAR)
		return "the direct way does not answer";
	if (heard <= 0 || !path->agreed)
		return NULL;
	if (path->other == EXCHANGE_WANT || path->other == EXCHANGE_BACK)
		return "the other side went back to the hub";
	if (!path->both && heard >= PATH_MOVE_BOTH)
		return "the other side did not move";
	return NULL;
}

/* The other is somewhere else now, and silent where it was. */
static bool told_better(const struct path_plan *pp, const struct path *path,
			const struct peer *peer)
{
	return path->news && path->agreed && !path->same_nat &&
	       life_unanswered_for(&peer->life, pp->in->now) >= PATH_DOUBT &&
	       endpoint_cmp(&path->told, &peer->wg.endpoint) &&
	       endpoint_cmp(&path->told, &path->wrote);
}

/* Until both have moved often; then only so that the hub does not forget. */
static msec moved_due(const struct path *path, msec now)
{
	bool one_sided = path->sends_since && now - path->sends_since >= PATH_ONE_SIDED;

	if (path->both)
		return path->asked_at + (one_sided ? PATH_RETRY_MIN : PATH_RENEW);
	if (path->asks || path->agreed)
		return path_ask_again_at(path);
	return path->asked_at + PATH_RETRY_MIN;
}

/* Other addresses or routes: an answer is asked for, so that a silence is noticed. */
static void network_changed(struct path_plan *pp, struct path *path, struct peer *peer)
{
	struct endpoint_input in = {.state = pp->in->state, .now = pp->in->now};

	if (path->generation == pp->in->generation)
		return;
	path->generation = pp->in->generation;
	probe_add(&pp->out->ops, pp->device, peer, &in);
}

/*
 * The other may have gone back without our hearing of it: its WireGuard answers our data with a
 * keepalive though nothing of it arrives. (One that only listens looks the same, and costs a
 * question now and then.)
 */
static void sides_follow(struct path *path, const struct peer *peer, msec now)
{
	if (peer->wg.rx - path->last_rx > PATH_DATA)
		path->sends_since = 0;
	else if (peer->wg.tx - path->last_tx > PATH_DATA && !path->sends_since)
		path->sends_since = now;
	path->last_rx = peer->wg.rx;
	path->last_tx = peer->wg.tx;
}

static void step_direct(struct path_plan *pp, struct path *path, struct peer *peer)
{
	const char *why;
	msec now = pp->in->now;

	path->both = path->both ||
		     (path->agreed && path->other == EXCHANGE_MOVED &&
		      path->answered_at > path->since) ||
		     now - path->since >= PATH_RENEW;
	sides_follow(path, peer, now);
	why = reason_to_leave(pp, path, peer);
	if (why) {
		path_give_up(pp, path, peer, why);
		return;
	}
	if (!life_unanswered_since(&peer->life))
		path->good_at = now;
	if (told_better(pp, path, peer)) {
		path_endpoint_set(pp, path, peer, &path->told);
		path_op(pp, OP_KICK, peer);
	}
	if (!peer->wg.keepalive)
		path_op(pp, OP_KEEPALIVE, peer)->peer.keepalive = path_keepalive(peer);
	network_changed(pp, path, peer);
	path->news = false;
	if (moved_due(path, now) <= now)
		path_ask(pp, path, EXCHANGE_MOVED);
}

void path_step(struct path_plan *pp, struct path *path, struct peer *peer)
{
	static void (*const steps[])(struct path_plan * pp, struct path * path,
				     struct peer * peer) = {
		[PATH_HUB] = step_hub,	       [PATH_ASKING] = step_asking,
		[PATH_TRYING] = path_try_step, [PATH_READY] = step_ready,
		[PATH_DIRECT] = step_direct,
	};

	steps[path->state](pp, path, peer);
}

msec path_deadline(const struct path *path, msec now)
{
	switch (path->state) {
	case PATH_ASKING:
		return path_ask_again_at(path);
	case PATH_TRYING:
		if (!path->tried_at)
			return path->since + PATH_STAGGER;
		return msec_min(path->since + path_try_for(path), path->tried_at + PATH_TRY);
	case PATH_READY:
		return path->go_at ? path->go_at : path->since + PATH_READY_FOR;
	case PATH_DIRECT:
		return moved_due(path, now);
	default:
		if (back_is_unheard(path) && path_ask_again_at(path) < path->retry_at)
			return path_ask_again_at(path);
		return path->retry_at > now ? path->retry_at : MSEC_NEVER;
	}
}
