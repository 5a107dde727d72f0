// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints.
 *
 * WireGuard roams by itself, so an endpoint is written only where silence says that it is wrong:
 * the peer has none, it does not answer, or it has not answered for a moment and its name leads
 * elsewhere now. The kernel sends at most one handshake initiation in 5 s to a peer
 * (REKEY_TIMEOUT), so an address that was just written is given 6 s before the next is tried. Only
 * the first of several that were never tried need not wait so long: when its initiation was seen to
 * go out and is not answered, the next initiation goes to the second one. So it is where a name has
 * both families and one of them is broken on the way.
 */
#include "plan/endpoints.h"

#include "plan/keepalive.h"
#include "plan/probe.h"

/*
 * Leaves only what this host has a way to. Without any the uplink is gone: there is nothing to
 * repair from here, and nothing is counted as a repair.
 */
static void candidates_reachable(struct candidates *c, const struct device *d,
				 const struct endpoint_input *in)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->len; i++)
		if (in->source(in->source_ctx, d, &c->at[i], true).family)
			c->at[kept++] = c->at[i];
	c->len = kept;
}

static const struct name *spec_name(const struct endpoint_spec *spec,
				    const struct endpoint_input *in)
{
	return spec->kind == ENDPOINT_ADDRESS ? NULL : names_find(in->names, spec->host);
}

/* Tells where the present endpoint is from, as far as what is written anywhere tells. */
static void source_refine(struct peer *p, const struct endpoint_input *in)
{
	const struct endpoint *e = &p->wg.endpoint;
	uint32_t n;
	const struct endpoint_spec *specs = peer_endpoint_specs(p, &n);

	if (!e->addr.family) {
		p->source = SOURCE_KERNEL;
		return;
	}
	if (!endpoint_cmp(e, &peer_care(p)->written))
		p->source = SOURCE_DNS;
	for (uint32_t i = 0; i < n; i++) {
		const struct name *name = spec_name(&specs[i], in);

		if (specs[i].kind == ENDPOINT_ADDRESS && !endpoint_cmp(e, &specs[i].address))
			p->source = SOURCE_CONFIG;
		else if (name && name_leads_to(name, specs[i].port, e))
			p->source = SOURCE_DNS;
	}
}

/* We wrote it, and nothing has come from there yet. */
static bool is_untried(const struct peer *p)
{
	const struct peer_care *care = peer_care(p);

	return care->written_at && p->life.proof < care->written_at &&
	       !endpoint_cmp(&p->wg.endpoint, &care->written);
}

/* How long silence is borne before the present endpoint is given up. */
static msec patience(const struct device *d, const struct peer *p)
{
	return is_untried(p) ? ENDPOINT_RETRY_MIN : d->conf->endpoints.dead_after;
}

/* With a name that leads elsewhere; a probe's answer takes longer than that to anything else. */
static msec doubt_after(const struct peer *p)
{
	return probe_began_silence(p) ? PROBE_PATIENCE : ENDPOINT_DOUBT_AFTER;
}

/* Why the present endpoint should be replaced; NULL when it should stay. */
static const char *reason_to_change(const struct device *d, const struct peer *p, bool listed,
				    const struct endpoint_input *in)
{
	msec silent = life_unanswered_for(&p->life, in->now);
	bool named = p->source == SOURCE_DNS || p->source == SOURCE_CONFIG;

	if (!p->wg.endpoint.addr.family)
		return "it had none";
	if (silent && silent >= patience(d, p))
		return "it does not answer";
	if (listed)
		return NULL;
	if (p->life.state == LIFE_NEVER && p->source != SOURCE_ROAMED)
		return "its name leads elsewhere and it never answered";
	if (silent && silent >= doubt_after(p) && named)
		return "its name leads elsewhere and it does not answer";
	return NULL;
}

static struct op *op_peer(struct ops *out, enum op_kind kind, const struct device *d,
			  const struct peer *p)
{
	struct op *op = vec_add(out);

	op->kind = kind;
	op->ifindex = d->ifindex;
	op->peer.key = p->wg.key;
	op->peer.keepalive = p->wg.keepalive;
	return op;
}

/* Never earlier than RETRY_MIN: what was just written has to be given its time. */
static void repair_backoff(struct peer_care *care, const struct endpoint_input *in)
{
	care->attempt++;
	care->repaired_at = in->now;
	care->retry_delay = backoff_next(care->retry_delay, ENDPOINT_RETRY_MIN, ENDPOINT_RETRY_MAX);
	care->retry_at =
		in->now + msec_max(rng_jitter(in->rng, care->retry_delay), ENDPOINT_RETRY_MIN);
}

static void endpoint_change(struct ops *out, struct endpoint_changes *changes, struct device *d,
			    struct peer *p, const struct endpoint *to, const char *why,
			    const struct endpoint_input *in)
{
	struct endpoint_change *c = vec_add(changes);
	struct peer_care *care = peer_tend(p);

	c->device = (uint32_t)(d - in->state->devices.at);
	c->peer = (uint32_t)(p - d->peers.at);
	c->from = p->wg.endpoint;
	c->to = *to;
	c->why = why;
	op_peer(out, OP_ENDPOINT, d, p)->peer.endpoint = *to;
	op_peer(out, OP_KICK, d, p);
	if (!endpoint_cmp(to, &care->written) && p->life.proof < care->written_at &&
	    care->fights < ENDPOINT_FIGHTS_MAX)
		care->fights++; /* the same once more: somebody undid it */
	care->written = *to;
	care->written_at = in->now;
}

/* A doubt begins with asking again, once a doubt and once a repair. */
static void name_doubted(struct name *n, const struct peer *p, const struct endpoint_input *in)
{
	msec since = msec_max(life_unanswered_since(&p->life), peer_care(p)->repaired_at);

	if (n->v4.answered <= since && n->v6.answered <= since && !n->v4.failures &&
	    !n->v6.failures)
		name_refresh(in->names, n, in->now);
}

static void names_doubted(const struct peer *p, const struct endpoint_input *in)
{
	uint32_t n;
	const struct endpoint_spec *specs = peer_endpoint_specs(p, &n);

	if (life_unanswered_for(&p->life, in->now) < ENDPOINT_DOUBT_AFTER)
		return;
	for (uint32_t i = 0; i < n; i++) {
		struct name *name = specs[i].kind == ENDPOINT_ADDRESS
					    ? NULL
					    : names_find(in->names, specs[i].host);

		if (name)
			name_doubted(name, p, in);
	}
}

/* It answered since the last repair: the next one is a first one. */
static void repair_forget(const struct peer *p)
{
	if (!p->care || !p->care->attempt || p->life.proof <= p->care->repaired_at)
		return;
	p->care->attempt = 0;
	p->care->retry_at = p->care->retry_delay = 0;
}

/*
 * A repair comes in its turn, or out of turn when the name has other addresses than at the last
 * one and the present endpoint is not among them. The latter does not move the turn: a name whose
 * answer is another each time would undo the backoff.
 */
static bool repair_due(const struct peer *p, const struct candidates *c, bool listed, msec now)
{
	return peer_care(p)->retry_at <= now || (!listed && c->version != peer_care(p)->tried);
}

/* Another program writes endpoints as well: after a few rounds it is left to it for a while. */
static bool fight_given_up(struct peer_care *care, msec now)
{
	if (care->fights < ENDPOINT_FIGHTS_MAX)
		return false;
	if (now - care->written_at < ENDPOINT_FIGHT_PAUSE)
		return true;
	care->fights = 0;
	return false;
}

static void peer_repair(struct ops *out, struct endpoint_changes *changes, struct device *d,
			struct peer *p, struct candidates *c, const char *why,
			const struct endpoint_input *in)
{
	struct peer_care *care = peer_tend(p);
	uint32_t version = c->version;
	int at;

	candidates_reachable(c, d, in);
	if (!c->len || fight_given_up(care, in->now))
		return;
	at = candidates_index(c, &p->wg.endpoint);
	if (care->retry_at <= in->now)
		repair_backoff(care, in);
	care->tried = version;
	if (at >= 0 && c->len == 1)
		op_peer(out, OP_KICK, d, p);
	else
		endpoint_change(out, changes, d, p, &c->at[(uint32_t)(at + 1) % c->len], why, in);
}

/*
 * With several endpoints written, the first is tried again now and then while another one
 * works; what worked is gone back to at once when the first does not answer. Where nothing is
 * being said, a probe asks for the answer.
 */
static bool peer_return(struct ops *out, struct endpoint_changes *changes, struct device *d,
			struct peer *p, const struct candidates *c, int at,
			const struct endpoint_input *in)
{
	msec every = p->conf ? p->conf->return_after : 0;
	msec last = msec_max(peer_care(p)->written_at, p->life.since);
	bool settled = p->life.state == LIFE_UP && !life_unanswered_for(&p->life, in->now);

	if (!every || !settled || !c->preferred || at < (int)c->preferred || in->now - last < every)
		return false;
	peer_tend(p)->fallback = p->wg.endpoint;
	endpoint_change(out, changes, d, p, &c->at[0], "the preferred endpoint is tried again", in);
	if (in->now - p->life.proof >= ENDPOINT_DOUBT_AFTER)
		probe_add(out, d, p, in);
	return true;
}

/* A return under way: true while it has to be waited for, or was just given up. */
static bool peer_returning(struct ops *out, struct endpoint_changes *changes, struct device *d,
			   struct peer *p, const struct endpoint_input *in)
{
	struct peer_care *care = p->care;
	struct endpoint back;
	msec bear;

	if (!care || !care->fallback.addr.family)
		return false;
	back = care->fallback;
	bear = care->probed == care->written_at ? PROBE_PATIENCE : ENDPOINT_DOUBT_AFTER;
	if (endpoint_cmp(&p->wg.endpoint, &care->written) || p->life.proof > care->written_at) {
		care->fallback = (struct endpoint){0}; /* it answered, or roamed by itself */
		return false;
	}
	if (in->now - care->written_at < bear)
		return true;
	care->fallback = (struct endpoint){0};
	endpoint_change(out, changes, d, p, &back, "the preferred endpoint does not answer", in);
	return true;
}

/* The first of several addresses, and what was sent to it is not answered. Leaves the reachable. */
static bool is_first_silent(const struct device *d, const struct peer *p, struct candidates *c,
			    const struct endpoint_input *in)
{
	const struct peer_care *care = peer_care(p);

	if (c->len < 2 || care->attempt != 1 || !is_untried(p) ||
	    life_unanswered_since(&p->life) < care->written_at ||
	    life_unanswered_for(&p->life, in->now) < ENDPOINT_DOUBT_AFTER)
		return false;
	candidates_reachable(c, d, in);
	return c->len > 1;
}

static void refused_note(struct peer *p, const char *why)
{
	if (why != peer_care(p)->refused)
		peer_tend(p)->refused = why;
}

static void peer_plan(struct ops *out, struct endpoint_changes *changes, struct device *d,
		      struct peer *p, const struct endpoint_input *in)
{
	struct candidates c;
	const char *why;
	int at;

	source_refine(p, in);
	repair_forget(p);
	names_doubted(p, in);
	if (peer_returning(out, changes, d, p, in))
		return;
	candidates_find(&c, in->state, in->names, d, p);
	refused_note(p, c.len ? NULL : c.refused);
	at = candidates_index(&c, &p->wg.endpoint);
	why = reason_to_change(d, p, at >= 0, in);
	if (!why && is_first_silent(d, p, &c, in)) {
		why = "it does not answer";
		p->care->retry_at = in->now; /* out of turn */
	}
	if (why) {
		if (c.len && repair_due(p, &c, at >= 0, in->now))
			peer_repair(out, changes, d, p, &c, why, in);
	} else if (!peer_return(out, changes, d, p, &c, at, in)) {
		probe_plan(out, d, p, &c, in);
	}
}

/* A peer that is there, or that nobody sends to, would lose by another port. */
static bool device_stuck(const struct device *d, const struct endpoint_input *in)
{
	bool stuck = false;

	vec_each(&d->peers, p) {
		if (p->life.state == LIFE_UP || p->life.state == LIFE_IDLE)
			return false;
		stuck = stuck ||
			(p->wg.keepalive && p->wg.endpoint.addr.family &&
			 life_unanswered_for(&p->life, in->now) >= d->conf->endpoints.rebind_after);
	}
	return stuck;
}

/*
 * The last step: a NAT that has forgotten or given away the mapping may want another source port.
 * All peers of an interface share it, so nothing else may be alive on it; a port that somebody
 * wrote down is never changed.
 */
static void rebind_plan(struct ops *out, struct device *d, const struct endpoint_input *in)
{
	const struct endpoints_conf *conf = &d->conf->endpoints;
	bool known = d->imported && !d->imported->listen_port;
	struct op *op;

	if (!conf->rebind_after || (conf->keep_listen_port && !known) || in->now < d->rebind_at ||
	    !device_stuck(d, in))
		return;
	d->rebind_delay = backoff_next(d->rebind_delay, conf->rebind_after, ENDPOINT_REBIND_MAX);
	d->rebind_at = in->now + rng_jitter(in->rng, d->rebind_delay);
	op = vec_add(out);
	op->kind = OP_REBIND;
	op->ifindex = d->ifindex;
}

/* In other surroundings what was thought of is thought of again. */
static void generation_note(struct peer *p, uint32_t generation)
{
	if (p->generation == generation)
		return;
	p->generation = generation;
	p->judged = false;
	p->moved = p->settled;
}

void endpoints_plan_peer(struct ops *out, struct endpoint_changes *changes, struct device *d,
			 struct peer *p, const struct endpoint_input *in)
{
	if (p->conf && p->conf->direct != DIRECT_NO)
		return; /* plan/paths.h owns its endpoint and its keepalive */
	generation_note(p, in->generation);
	if (peer_endpoint_spec(p))
		peer_plan(out, changes, d, p, in);
	else if (d->conf->endpoints.probe_interval)
		probe_plan(out, d, p, &(struct candidates){0}, in);
	keepalive_plan(out, d, p, in);
}

void endpoints_plan(struct ops *out, struct endpoint_changes *changes, struct device *d,
		    const struct endpoint_input *in)
{
	vec_each(&d->peers, p)
		endpoints_plan_peer(out, changes, d, p, in);
	rebind_plan(out, d, in);
}

void endpoint_is_set(struct peer *p, const struct endpoint *to, const struct endpoint_input *in)
{
	p->wg.endpoint = *to;
	p->judged = false;
	peer_tend(p)->coming = (struct endpoint){0};
	p->care->looked = 0;
	source_refine(p, in);
}
