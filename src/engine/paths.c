// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Direct paths: stepped after each look at the peers and after each answer of a hub, before
 * anybody claims allowed-IPs, so that a way that is left is left in the same turn.
 */
#include "internal.h"
#include "plan/keepalive.h"

/* Does the direct peer have what is to move? Then an earlier run has moved it. */
static bool holds(void *ctx, const struct device *d, const struct peer *p)
{
	const struct prefix *aips = peer_aips(d, p);

	(void)ctx;
	if (!p->conf->allowed_ips.len)
		return p->wg.aips != 0;
	for (uint32_t i = 0; i < p->wg.aips; i++)
		if (!prefix_cmp(&aips[i], &p->conf->allowed_ips.at[0]))
			return true;
	return false;
}

static void tell_news(struct engine *e, const struct path_news *n)
{
	struct device *d = state_device(&e->state, n->ifindex);
	const struct path *path = path_find(&e->paths, n->ifindex, &n->key);
	const struct peer *p = d ? device_peer(d, &n->key) : NULL;
	struct story s = {.code = "path", .device = d, .peer = p};
	char ep[ENDPOINT_STRLEN];

	if (!p || !path)
		return;
	endpoint_format(&p->wg.endpoint, ep);
	if (n->to == PATH_TRYING)
		story_tell(e, s, "the direct way is tried: the hub sees it at %s%s",
			   endpoint_format(&path->told, ep),
			   path->same_nat ? ", behind the same NAT" : "");
	else if (n->to == PATH_READY)
		story_tell(e, s, "the direct way answers from %s", ep);
	else if (n->to == PATH_DIRECT)
		story_tell(e, s, "goes directly now, to %s", ep);
	else if (n->from == PATH_DIRECT)
		story_tell(e, s, "goes by the hub again: %s", n->why);
	else
		story_tell(e, s, "stays on the hub: %s", n->why);
	e->counters.path_moves += n->to == PATH_DIRECT || n->from == PATH_DIRECT;
}

/* What we write is not roaming. */
static void note_endpoints(struct engine *e, const struct ops *ops)
{
	vec_each(ops, op) {
		struct device *d = state_device(&e->state, op->ifindex);

		if (op->kind != OP_ENDPOINT || op->error || !d)
			continue;
		vec_each(&d->peers, p) {
			if (key_cmp(&p->wg.key, &op->peer.key))
				continue;
			peer_tend(p)->written = op->peer.endpoint;
			p->care->written_at = e->at.now;
			p->source = SOURCE_EXCHANGE;
		}
	}
}

static void plan_device(struct engine *e, struct device *d)
{
	const struct path_input in = {.state = &e->state,
				      .rng = &e->rng,
				      .now = e->at.now,
				      .generation = e->surroundings,
				      .holds = holds};
	msec poll;

	if (e->dry) {
		paths_look_on(&e->paths, d, &in);
		return;
	}
	paths_plan(&e->paths, d, &in, &e->path_output);
	vec_each(&d->peers, p)
		if (p->conf && p->conf->direct != DIRECT_NO)
			p->keepalive_reason = p->wg.keepalive ? KEEPALIVE_DIRECT : KEEPALIVE_BY_HUB;
	poll = paths_poll(&e->paths, d->ifindex);
	if (poll != MSEC_NEVER)
		d->poll_at = msec_min(d->poll_at, e->at.now + poll);
}

/* The other side moves at the same moment: what comes late is lost. */
static void paths_apply(struct engine *e)
{
	struct path_output *out = &e->path_output;

	exchange_tell(e, &out->tell);
	if (out->ops.len) {
		endpoints_do(e, &out->ops);
		note_endpoints(e, &out->ops);
	}
	vec_each(&out->news, n)
		tell_news(e, n);
	if (out->news.len)
		e->replan |= SUBJECT_PEERS; /* who has which allowed-IPs follows from it */
	out->tell.len = out->ops.len = out->news.len = 0;
}

void paths_converge(struct engine *e)
{
	paths_follow(&e->paths, &e->state);
	vec_each(&e->state.devices, d)
		if (d->readable && (e->paths.list.len || paths_wanted(d)))
			plan_device(e, d);
	if (!e->dry)
		paths_apply(e);
}

bool paths_answer(struct engine *e, const struct device *d, const struct net_datagram *a)
{
	bool taken = paths_heard(&e->paths, d, a, e->at.now);

	if (taken)
		e->counters.exchange.answers++;
	else
		e->counters.exchange.unexpected++;
	return taken;
}

/* --- problems ----------------------------------------------------------------------------- */

static void hub_problem(struct engine *e, const struct device *d)
{
	const struct path_hub *h = path_hub_find(&e->paths, d->ifindex);
	const struct peer *p = h ? device_peer(d, &h->key) : NULL;
	char key[KEY_STRLEN];
	struct str hint = {0};

	if (!p) {
		problem_add(&e->problems, "no-exchange",
			    "set exchange = true on the peer that is the hub",
			    "%s: peers are to be reached directly, and no peer serves the exchange",
			    d->name);
		return;
	}
	if (h->silent < PATH_ASKS)
		return;
	str_add(&hint,
		"run waysided with exchange = { serve = true; } there and let UDP %u in from the "
		"tunnel; exchange = \"ADDRESS\" says where it serves",
		d->conf ? d->conf->exchange.port : config_iface(e->config, d->name)->exchange.port);
	problem_add(&e->problems, "exchange-silent", str_text(&hint),
		    "%s: %s does not answer the exchange, so nobody is reached directly", d->name,
		    peer_label(p, key));
	str_free(&hint);
}

static void nothing_to_move(struct engine *e, const struct device *d, const struct peer *p)
{
	char key[KEY_STRLEN];

	problem_add(&e->problems, "direct-nothing",
		    "list them in allowed_ips of this peer, as the hub has them",
		    "%s: %s is to be reached directly, but has no allowed-IPs that could move",
		    d->name, peer_label(p, key));
}

void path_problems(struct engine *e)
{
	vec_each(&e->state.devices, d) {
		if (!d->readable || !paths_wanted(d))
			continue;
		hub_problem(e, d);
		vec_each(&d->peers, p)
			if (p->conf && p->conf->direct != DIRECT_NO && !p->conf->allowed_ips.len &&
			    !direct_has_any(d, p, &e->loans))
				nothing_to_move(e, d, p);
	}
}
