// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keepalives: what each mode means, and what auto sees.
 *
 * auto judges a peer once for each change of its endpoint or of the host's surroundings, so that
 * a hub's thousands of spokes do not cost a look-up each at every poll.
 */
#include "plan/keepalive.h"

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
	if (p->paired && e->addr.family) {
		*why = "auto: a standby, or a peer that has one, is asked whether it lives";
		return KEEPALIVE_SECONDS;
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

/* What it should be (seconds), and why. Equal to the present one: leave it. */
static uint16_t keepalive_desired(const struct device *d, const struct peer *p,
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

void keepalive_plan(struct ops *out, struct device *d, struct peer *p,
		    const struct endpoint_input *in)
{
	const char *why;
	uint16_t want = keepalive_desired(d, p, in, &why);
	struct op *op;

	if (want == p->wg.keepalive) {
		p->keepalive_reason = why;
		p->judged = in->generation;
		return;
	}
	op = vec_add(out);
	op->kind = OP_KEEPALIVE;
	op->ifindex = d->ifindex;
	op->peer.key = p->wg.key;
	op->peer.keepalive = want;
	p->keepalive_ours = want != 0;
	p->keepalive_reason = why;
}
