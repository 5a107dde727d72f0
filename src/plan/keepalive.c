// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keepalives: what each mode means, and what auto sees.
 *
 * auto judges a peer once for each change of its endpoint or of the host's surroundings, so that
 * a hub's thousands of spokes do not cost a look-up each at every poll.
 */
#include "plan/keepalive.h"

const char *keepalive_reason_text(enum keepalive_reason r)
{
	static const char *const texts[] = {
		[KEEPALIVE_CONFIGURED] = "configured",
		[KEEPALIVE_CONFIGURED_OFF] = "configured off",
		[KEEPALIVE_LEFT] = "left as it is",
		[KEEPALIVE_SET_OUTSIDE] = "set outside Wayside",
		[KEEPALIVE_STANDBY] =
			"auto: a standby, or a peer that has one, is asked whether it lives",
		[KEEPALIVE_NOT_NEEDED] = "auto: none is needed",
		[KEEPALIVE_NO_ENDPOINT] = "auto: no endpoint to keep open",
		[KEEPALIVE_CARRIER_NAT] = "auto: this host is behind carrier-grade NAT",
		[KEEPALIVE_LINK_LOCAL] = "auto: this host's address is link-local",
		[KEEPALIVE_PRIVATE] = "auto: this host's address is private, the endpoint's is not",
		[KEEPALIVE_DIRECT] = "for the direct path",
		[KEEPALIVE_BY_HUB] = "by the hub: none is needed",
	};

	return texts[r];
}

static enum keepalive_reason auto_reason(const char *kind)
{
	if (!strcmp(kind, "shared"))
		return KEEPALIVE_CARRIER_NAT;
	return strcmp(kind, "link-local") ? KEEPALIVE_PRIVATE : KEEPALIVE_LINK_LOCAL;
}

static uint16_t keepalive_auto(const struct device *d, const struct peer *p,
			       const struct endpoint_input *in, enum keepalive_reason *why)
{
	const struct endpoint *e = &p->wg.endpoint;
	struct addr source;

	*why = p->keepalive_reason;
	if (p->wg.keepalive) {
		if (!p->keepalive_ours)
			*why = KEEPALIVE_SET_OUTSIDE;
		return p->wg.keepalive;
	}
	if (p->paired && e->addr.family) {
		*why = KEEPALIVE_STANDBY;
		return KEEPALIVE_SECONDS;
	}
	if (p->judged)
		return 0;
	*why = KEEPALIVE_NOT_NEEDED;
	if (!e->addr.family)
		*why = KEEPALIVE_NO_ENDPOINT;
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
				  const struct endpoint_input *in, enum keepalive_reason *why)
{
	const struct keepalive_conf *conf = peer_keepalive(d, p);

	switch (conf->mode) {
	case KEEPALIVE_OFF:
		*why = KEEPALIVE_CONFIGURED_OFF;
		return 0;
	case KEEPALIVE_FIXED:
		*why = KEEPALIVE_CONFIGURED;
		return conf->seconds;
	case KEEPALIVE_KEEP:
		*why = KEEPALIVE_LEFT;
		return p->wg.keepalive;
	default:
		return keepalive_auto(d, p, in, why);
	}
}

void keepalive_plan(struct ops *out, struct device *d, struct peer *p,
		    const struct endpoint_input *in)
{
	enum keepalive_reason why;
	uint16_t want = keepalive_desired(d, p, in, &why);
	struct op *op;

	if (want == p->wg.keepalive) {
		p->keepalive_reason = (uint8_t)why;
		p->judged = true;
		return;
	}
	op = vec_add(out);
	op->kind = OP_KEEPALIVE;
	op->ifindex = d->ifindex;
	op->peer.key = p->wg.key;
	op->peer.keepalive = want;
	p->keepalive_ours = want != 0;
	p->keepalive_reason = (uint8_t)why;
}
