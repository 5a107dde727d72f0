// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When to probe, and where.
 *
 * A probe costs the peer a packet and, on a metered line, its owner's money: one is sent only
 * when something happened that makes the endpoint doubtful, or when the configuration asks for
 * it. A hub with thousands of spokes does not probe them: it has no name for where they are.
 */
#include "plan/probe.h"

#include "model/netmap.h"

struct addr probe_target(const struct state *s, const struct device *d, const struct peer *p)
{
	struct peer_networks walk = {.device = d, .peer = p};
	struct prefix net, best = {.len = 0};
	struct addr to = {0};

	while (peer_networks_next(&walk, &net))
		if (net.len > best.len)
			best = net;
	if (!best.len)
		return to;
	to = best.addr;
	/* The first address of a network is nobody's, the next may be our own. */
	for (int i = 0; best.len < addr_bits(&to) && i < 2; i++) {
		to.bytes[addr_size(&to) - 1]++;
		if (!state_has_addr(s, &to))
			break;
	}
	if (state_has_addr(s, &to))
		to.family = 0;
	return to;
}

bool probe_began_silence(const struct peer *p)
{
	msec since = life_unanswered_since(&p->life), probed = peer_care(p)->probed;

	return probed && since > probed && since - probed < PROBE_PATIENCE;
}

/* Healthy as far as anybody knows. */
static bool quiet(const struct peer *p)
{
	return p->wg.endpoint.addr.family && !life_unanswered_since(&p->life) &&
	       (p->life.state == LIFE_UP || p->life.state == LIFE_IDLE);
}

static bool name_moved(struct peer *p, const struct candidates *c)
{
	uint32_t known = peer_care(p)->probed_version;

	if (c->version == known)
		return false;
	peer_tend(p)->probed_version = c->version;
	return c->len && candidates_index(c, &p->wg.endpoint) < 0;
}

static bool network_moved(struct peer *p, const struct endpoint_input *in)
{
	bool moved = p->moved;
	msec probed = peer_care(p)->probed;

	p->settled = true;
	p->moved = false;
	return moved && (!probed || in->now - probed >= PROBE_GAP);
}

static bool interval_over(const struct device *d, const struct peer *p,
			  const struct endpoint_input *in)
{
	msec interval = d->conf->endpoints.probe_interval;

	return interval && p->life.proof &&
	       in->now - msec_max(p->life.proof, peer_care(p)->probed) >= interval;
}

bool probe_add(struct ops *out, const struct device *d, struct peer *p,
	       const struct endpoint_input *in)
{
	struct addr to = probe_target(in->state, d, p);
	struct op *op;

	if (!to.family)
		return false;
	peer_tend(p)->probed = in->now;
	op = vec_add(out);
	op->kind = OP_PROBE;
	op->ifindex = d->ifindex;
	op->peer.key = p->wg.key;
	op->peer.endpoint = (struct endpoint){.addr = to, .port = PROBE_PORT};
	return true;
}

void probe_plan(struct ops *out, const struct device *d, struct peer *p, const struct candidates *c,
		const struct endpoint_input *in)
{
	bool due;

	if (!quiet(p))
		return;
	due = name_moved(p, c);
	due = network_moved(p, in) || due;
	due = interval_over(d, p, in) || due;
	if (due)
		probe_add(out, d, p, in);
}
