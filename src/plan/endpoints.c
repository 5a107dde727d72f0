// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints and keepalives.
 *
 * WireGuard roams by itself, so an endpoint is written only where silence says that it is wrong:
 * the peer has none, it does not answer, or it has not answered for a moment and its name leads
 * elsewhere now. The kernel sends at most one handshake initiation in 5 s to a peer
 * (REKEY_TIMEOUT), so an address that was just written is given 6 s before the next is tried.
 */
#include "plan/endpoints.h"

#define CANDIDATES_MAX (2 * NET_MAX_ADDRS)

struct candidates {
	struct endpoint at[CANDIDATES_MAX];
	uint32_t len;
};

/* An endpoint inside what the peer itself carries would send the tunnel through itself. */
static bool inside_own_tunnel(const struct device *d, const struct peer *p, const struct addr *a)
{
	const struct prefix *aips = peer_aips(d, p);

	for (uint32_t i = 0; i < p->wg.aips; i++)
		if (aips[i].len && prefix_has(&aips[i], a))
			return true;
	return false;
}

static int candidate_index(const struct candidates *c, const struct endpoint *e)
{
	for (uint32_t i = 0; i < c->len; i++)
		if (!endpoint_cmp(&c->at[i], e))
			return (int)i;
	return -1;
}

/* A name may be asked for both families because another interface needs the other one. */
static bool family_wanted(const struct device *d, const struct addr *a)
{
	enum family_pref family = d->conf->endpoints.family;

	return family == FAMILY_ANY || (family == FAMILY_IPV4) == (a->family == AF_INET);
}

static void candidate_add(struct candidates *c, const struct endpoint *e, const struct device *d,
			  const struct peer *p, const struct endpoint_input *in)
{
	if (c->len == CANDIDATES_MAX || state_has_addr(in->state, &e->addr) ||
	    inside_own_tunnel(d, p, &e->addr) || candidate_index(c, e) >= 0)
		return;
	c->at[c->len++] = *e;
}

/* Where the peer could be, best first. */
static void candidates_find(struct candidates *c, const struct endpoint_spec *spec,
			    const struct name *name, const struct device *d, const struct peer *p,
			    const struct endpoint_input *in)
{
	struct addr addrs[CANDIDATES_MAX];
	uint32_t n;

	c->len = 0;
	if (spec->kind == ENDPOINT_ADDRESS)
		candidate_add(c, &spec->address, d, p, in);
	if (!name)
		return;
	n = name_addrs(name, addrs, CANDIDATES_MAX);
	for (uint32_t i = 0; i < n; i++) {
		struct endpoint e = {.addr = addrs[i], .port = spec->port};

		if (family_wanted(d, &e.addr))
			candidate_add(c, &e, d, p, in);
	}
}

/* Leaves out what this host has no way to, unless nothing would be left. */
static void candidates_reachable(struct candidates *c, const struct device *d,
				 const struct endpoint_input *in)
{
	struct candidates good = {.len = 0};

	for (uint32_t i = 0; i < c->len; i++)
		if (in->source(in->source_ctx, d, &c->at[i], true).family)
			good.at[good.len++] = c->at[i];
	if (good.len)
		*c = good;
}

static void source_refine(struct peer *p, const struct endpoint_spec *spec, const struct name *name)
{
	const struct endpoint *e = &p->wg.endpoint;

	if (!e->addr.family)
		p->source = SOURCE_KERNEL;
	else if (spec->kind == ENDPOINT_ADDRESS && !endpoint_cmp(e, &spec->address))
		p->source = SOURCE_CONFIG;
	else if (!endpoint_cmp(e, &p->written) ||
		 (name && e->port == spec->port && name_has(name, &e->addr)))
		p->source = SOURCE_DNS;
}

/* How long silence is borne before the present endpoint is given up. */
static msec patience(const struct device *d, const struct peer *p)
{
	bool untried = p->written_at && p->life.proof < p->written_at &&
		       !endpoint_cmp(&p->wg.endpoint, &p->written);

	return untried ? ENDPOINT_RETRY_MIN : d->conf->endpoints.dead_after;
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
	if (silent >= ENDPOINT_DOUBT_AFTER && named)
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
static void repair_backoff(struct peer *p, const struct endpoint_input *in)
{
	p->attempt++;
	p->repaired_at = in->now;
	p->retry_delay = backoff_next(p->retry_delay, ENDPOINT_RETRY_MIN, ENDPOINT_RETRY_MAX);
	p->retry_at = in->now + msec_max(rng_jitter(in->rng, p->retry_delay), ENDPOINT_RETRY_MIN);
}

static void endpoint_change(struct ops *out, struct endpoint_changes *changes, struct device *d,
			    struct peer *p, const struct endpoint *to, const char *why,
			    const struct endpoint_input *in)
{
	struct endpoint_change *c = vec_add(changes);

	c->device = (uint32_t)(d - in->state->devices.at);
	c->peer = (uint32_t)(p - d->peers.at);
	c->from = p->wg.endpoint;
	c->to = *to;
	c->why = why;
	op_peer(out, OP_ENDPOINT, d, p)->peer.endpoint = *to;
	op_peer(out, OP_KICK, d, p);
	p->written = *to;
	p->written_at = in->now;
}

/* A doubt begins with asking again, once a doubt and once a repair. */
static void name_doubted(struct name *n, const struct peer *p, const struct endpoint_input *in)
{
	msec since = msec_max(p->life.unanswered_since, p->repaired_at);

	if (n && life_unanswered_for(&p->life, in->now) >= ENDPOINT_DOUBT_AFTER &&
	    n->v4.answered <= since && n->v6.answered <= since && !n->v4.failures &&
	    !n->v6.failures)
		name_refresh(n, in->now);
}

/* It answered since the last repair: the next one is a first one. */
static void repair_forget(struct peer *p)
{
	if (!p->attempt || p->life.proof <= p->repaired_at)
		return;
	p->attempt = 0;
	p->retry_at = p->retry_delay = 0;
}

/*
 * A repair comes in its turn, or out of turn when the name has other addresses than at the last
 * one and the present endpoint is not among them. The latter does not move the turn: a name whose
 * answer is another each time would undo the backoff.
 */
static bool repair_due(const struct peer *p, const struct name *name, bool listed, msec now)
{
	return p->retry_at <= now || (name && !listed && name->version != p->tried);
}

static void peer_plan(struct ops *out, struct endpoint_changes *changes, struct device *d,
		      struct peer *p, const struct endpoint_spec *spec,
		      const struct endpoint_input *in)
{
	struct name *name = spec->kind == ENDPOINT_HOST ? names_find(in->names, spec->host) : NULL;
	struct candidates c;
	const char *why;
	int at;

	source_refine(p, spec, name);
	repair_forget(p);
	name_doubted(name, p, in);
	candidates_find(&c, spec, name, d, p, in);
	at = candidate_index(&c, &p->wg.endpoint);
	why = reason_to_change(d, p, at >= 0, in);
	if (!c.len || !why || !repair_due(p, name, at >= 0, in->now))
		return;
	candidates_reachable(&c, d, in);
	at = candidate_index(&c, &p->wg.endpoint);
	if (p->retry_at <= in->now)
		repair_backoff(p, in);
	p->tried = name ? name->version : 0;
	if (at >= 0 && c.len == 1)
		op_peer(out, OP_KICK, d, p);
	else
		endpoint_change(out, changes, d, p, &c.at[(uint32_t)(at + 1) % c.len], why, in);
}

static const char *auto_reason(const char *kind)
{
	if (!strcmp(kind, "shared"))
		return "auto: this host is behind carrier-grade NAT";
	if (!strcmp(kind, "link-local"))
		return "auto: this host's address is link-local";
	return "auto: this host's address is private, the endpoint's is not";
}

static uint16_t keepalive_auto(const struct device *d, const struct peer *p,
			       const struct endpoint_input *in, const char **why)
{
	const struct endpoint *e = &p->wg.endpoint;
	struct addr source;

	*why = p->keepalive_reason;
	if (p->wg.keepalive) {
		if (!p->keepalive_ours)
			*why = "set outside Wayside";
		return p->wg.keepalive;
	}
	if (p->judged == in->generation)
		return 0;
	*why = "auto: none is needed";
	if (!e->addr.family)
		*why = "auto: no endpoint to keep open";
	if (!e->addr.family || addr_is_private(&e->addr))
		return 0;
	source = in->source(in->source_ctx, d, e, false);
	if (!source.family || !addr_is_private(&source))
		return 0;
	*why = auto_reason(addr_private_kind(&source));
	return KEEPALIVE_SECONDS;
}

uint16_t keepalive_desired(const struct device *d, const struct peer *p,
			   const struct endpoint_input *in, const char **why)
{
	const struct keepalive_conf *conf = peer_keepalive(d, p);

	switch (conf->mode) {
	case KEEPALIVE_OFF:
		*why = "configured off";
		return 0;
	case KEEPALIVE_FIXED:
		*why = "configured";
		return conf->seconds;
	case KEEPALIVE_KEEP:
		*why = "left as it is";
		return p->wg.keepalive;
	default:
		return keepalive_auto(d, p, in, why);
	}
}

static void keepalive_plan(struct ops *out, struct device *d, struct peer *p,
			   const struct endpoint_input *in)
{
	const char *why;
	uint16_t want = keepalive_desired(d, p, in, &why);

	if (want == p->wg.keepalive) {
		p->keepalive_reason = why;
		p->judged = in->generation;
		return;
	}
	op_peer(out, OP_KEEPALIVE, d, p)->peer.keepalive = want;
	p->keepalive_ours = want != 0;
	p->keepalive_reason = why;
}

void endpoints_plan(struct ops *out, struct endpoint_changes *changes, struct device *d,
		    const struct endpoint_input *in)
{
	vec_each(&d->peers, p) {
		const struct endpoint_spec *spec = peer_endpoint_spec(p);

		if (spec && (d->conf->endpoints.resolve || spec->kind == ENDPOINT_ADDRESS))
			peer_plan(out, changes, d, p, spec, in);
		keepalive_plan(out, d, p, in);
	}
}
