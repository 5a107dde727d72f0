// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is done to the peer of a direct path: its endpoint and keepalive while it is tried and when
 * it is given up. Allowed-IPs are none of this file's business.
 */
#include "path_build.h"

void path_enter(struct path_plan *pp, struct path *path, enum path_state to, const char *why)
{
	enum path_state from = path->state;
	struct path_news *n;

	path->state = to;
	path->since = pp->in->now;
	path->why = why;
	path->go_at = 0;
	path->news = false;
	if (from == to ||
	    (from != PATH_DIRECT && from != PATH_READY && from != PATH_TRYING && to != PATH_TRYING))
		return;
	n = vec_add(&pp->out->news);
	*n = (struct path_news){
		.ifindex = path->ifindex, .key = path->key, .from = from, .to = to, .why = why};
}

/* --- what is set on the peer ---------------------------------------------------------------- */

struct op *path_op(struct path_plan *pp, enum op_kind kind, const struct peer *peer)
{
	struct op *op = vec_add(&pp->out->ops);

	op->kind = kind;
	op->ifindex = pp->device->ifindex;
	op->peer.key = peer->wg.key;
	op->peer.keepalive = peer->wg.keepalive;
	return op;
}

void path_endpoint_set(struct path_plan *pp, struct path *path, const struct peer *peer,
		       const struct endpoint *to)
{
	if (endpoint_cmp(&peer->wg.endpoint, to))
		path_op(pp, OP_ENDPOINT, peer)->peer.endpoint = *to;
	path->wrote = *to;
}

uint16_t path_keepalive(const struct peer *peer)
{
	const struct keepalive_conf *conf = &peer->conf->keepalive;

	return conf->mode == KEEPALIVE_FIXED ? conf->seconds : PATH_KEEPALIVE;
}

/*
 * From 0 to something the kernel sends at once; otherwise it has to be kicked. Where both still
 * have a session there is no handshake to repeat: a keepalive that came before the other's NAT
 * was open is lost, and the next one would be 25 s away.
 */
static void keepalive_begin(struct path_plan *pp, struct path *path, struct peer *peer)
{
	bool off = !peer->wg.keepalive;
	struct op *op = path_op(pp, off ? OP_KEEPALIVE : OP_KICK, peer);

	op->peer.keepalive = off ? path_keepalive(peer) : peer->wg.keepalive;
	path->kicked_at = pp->in->now;
}

/*
 * A peer without allowed-IPs sends nothing but keepalives and the handshakes that they begin; but
 * those the kernel repeats for 90 s. On the loopback's discard port they cost nobody anything, and
 * a packet of the other brings its endpoint back.
 */
static void peer_rest(struct path_plan *pp, struct path *path, struct peer *peer)
{
	struct endpoint parked = path_parked();

	if (peer->wg.keepalive)
		path_op(pp, OP_KEEPALIVE, peer)->peer.keepalive = 0;
	if (path->wrote.addr.family && peer->wg.endpoint.addr.family)
		path_endpoint_set(pp, path, peer, &parked);
}

/* --- giving up ------------------------------------------------------------------------------ */

/* A path that was good a while ago is tried more often than one that never was. */
void path_back_off(struct path_plan *pp, struct path *path)
{
	bool good = path->good_at && pp->in->now - path->good_at < PATH_GOOD_FOR;
	msec most = good ? PATH_RETRY_GOOD : PATH_RETRY_MAX;

	path->delay = backoff_next(path->delay, PATH_RETRY_MIN, most);
	path->retry_at = pp->in->now + rng_jitter(pp->in->rng, path->delay);
}

/* A try is over: the same time again from now on. */
static void path_wait(struct path_plan *pp, struct path *path)
{
	path->failed_at = pp->in->now;
	path->delay = msec_max(path->delay, PATH_RETRY_MIN);
	path->retry_at = pp->in->now + rng_jitter(pp->in->rng, path->delay);
}

/* Gives up for now. What was said to the hub beyond wanting is taken back. */
void path_give_up(struct path_plan *pp, struct path *path, struct peer *peer, const char *why)
{
	bool take_back = path->state == PATH_READY || path->state == PATH_DIRECT;

	if (path->state == PATH_DIRECT && pp->in->now - path->since > PATH_RENEW)
		path->delay = 0;
	path_enter(pp, path, PATH_HUB, why);
	path_wait(pp, path);
	path->asks = 0;
	if (take_back)
		path_ask(pp, path, EXCHANGE_BACK);
	peer_rest(pp, path, peer);
}

/* --- trying --------------------------------------------------------------------------------- */

/* Is this one in a network of ours? Such are tried before other private addresses. */
static bool is_near(const struct state *s, const struct exchange_candidate *c)
{
	struct prefix net = prefix_from(&c->addr, c->len);

	vec_each(&s->addrs, a)
		if (a->len == c->len && prefix_has(&net, &a->addr))
			return true;
	return false;
}

/* The nth endpoint to try: own addresses behind the same NAT, near ones first; then the hub's. */
static bool place_nth(const struct path_plan *pp, const struct path *path, uint8_t nth,
		      struct endpoint *out)
{
	for (int near = 1; near >= 0; near--) {
		for (uint32_t i = 0; path->same_nat && i < path->candidates; i++) {
			const struct exchange_candidate *c = &path->candidate[i];

			if (is_near(pp->in->state, c) != near || nth-- > 0)
				continue;
			*out = (struct endpoint){.addr = c->addr, .port = c->port};
			return true;
		}
	}
	*out = path->told;
	return nth == 0;
}

static void try_place(struct path_plan *pp, struct path *path, struct peer *peer)
{
	struct endpoint to;

	if (!place_nth(pp, path, path->place, &to)) {
		path->place = 0;
		place_nth(pp, path, 0, &to);
	}
	path->tried_at = pp->in->now;
	path_endpoint_set(pp, path, peer, &to);
	keepalive_begin(pp, path, peer);
}

/*
 * WireGuard forgets its own handshake when the other's comes first: two that cross are both lost,
 * and the next is 5 s away. Both sides know both endpoints, so that one of them waits.
 */
static bool waits_first(const struct path *path)
{
	return endpoint_cmp(&path->own, &path->told) > 0;
}

void path_try_begin(struct path_plan *pp, struct path *path, struct peer *peer)
{
	path->tries++;
	path->generation = pp->in->generation;
	path->rx = peer->wg.rx;
	path->handshake_ns = peer->wg.handshake_ns;
	path->place = 0;
	path_enter(pp, path, PATH_TRYING, "the direct way is tried");
	path_wait(pp, path);
	path->failed_at = 0;
	path->tried_at = 0;
	path->had_session =
		peer->life.handshake && pp->in->now - peer->life.handshake < PATH_SESSION;
	if (!waits_first(path))
		try_place(pp, path, peer);
}

void path_kick(struct path_plan *pp, struct path *path, struct peer *peer)
{
	if (pp->in->now - path->kicked_at >= PATH_KICK)
		keepalive_begin(pp, path, peer);
}

/* Without a session what came may be the beginning of a handshake, which is not its end. */
static bool is_proven(const struct path *path, const struct peer *peer)
{
	return peer->wg.handshake_ns != path->handshake_ns ||
	       (path->had_session && peer->wg.rx > path->rx);
}

msec path_try_for(const struct path *path)
{
	return PATH_TRY_ALL + (path->same_nat ? (msec)path->candidates * PATH_TRY : 0);
}

void path_try_step(struct path_plan *pp, struct path *path, struct peer *peer)
{
	msec now = pp->in->now;

	if (is_proven(path, peer)) {
		path_enter(pp, path, PATH_READY, "the direct way answers; both have to be ready");
		path->said = EXCHANGE_WANT;
		return;
	}
	if (now - path->since >= path_try_for(path)) {
		path_give_up(pp, path, peer,
			     "no handshake on the direct way; one of the NATs may be symmetric");
	} else if (!path->tried_at) {
		if (now - path->since >= PATH_STAGGER)
			try_place(pp, path, peer);
	} else if (path->news && path->agreed && !path->same_nat &&
		   endpoint_cmp(&path->told, &path->wrote)) {
		try_place(pp, path, peer); /* the other's endpoint is another one by now */
	} else if (now - path->tried_at >= PATH_TRY) {
		path->place++;
		try_place(pp, path, peer);
	}
	path->news = false;
	if (path->tried_at)
		path_kick(pp, path, peer);
}
