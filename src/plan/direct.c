// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims for direct paths, computed anew each time from the state of the paths.
 *
 * What is to be remembered of a move is written down while the path is ready: writing takes its
 * time, and what comes by the old way after the other side has moved is lost.
 *
 * By the hub, a prefix that is at home with the direct peer is claimed for the hub; one that is at
 * home with the hub, or with nobody (the hub's shorter prefix covers it), needs no claim.
 */
#include "plan/direct.h"

struct direct {
	struct claims *out;
	const struct state *state;
	const struct loans *loans;
	const struct device *device;
	uint32_t index;
	const struct peer *peer;
	const struct key *hub; /* NULL = there is none */
	bool is_direct;
	bool is_ready; /* it will be in a moment, and both sides at the same one */
};

static void claim(struct direct *r, const struct prefix *p, const struct key *to, const char *why)
{
	struct claim *c = vec_add(r->out);

	c->device = r->index;
	c->prefix = *p;
	c->to = *to;
	c->by = CLAIM_DIRECT;
	c->ahead = r->is_ready;
	c->why = why;
}

/* Whether a prefix belongs to the peer, wherever it is now. */
static bool at_home(const struct direct *r, const struct prefix *p)
{
	const struct loan *l = loan_find(r->loans, r->device->name, p);

	if (l)
		return !l->homeless && !key_cmp(&l->home, &r->peer->wg.key);
	return aip_owner(r->device, p) == r->peer;
}

static void claim_one(struct direct *r, const struct prefix *p)
{
	if (r->is_direct || r->is_ready)
		claim(r, p, &r->peer->wg.key, "it answers directly");
	else if (r->hub && at_home(r, p))
		claim(r, p, r->hub, "the way by the hub");
}

/* Calls on() for what p had when it was first seen: what it has, and what others hold of it. */
static void each_own(struct direct *r, void (*on)(struct direct *r, const struct prefix *p))
{
	const struct prefix *aips = peer_aips(r->device, r->peer);
	const struct loan *l;
	uint32_t n;

	l = loans_of(r->loans, r->device->name, &n);
	for (uint32_t i = 0; i < n; i++)
		if (!l[i].homeless && !key_cmp(&l[i].home, &r->peer->wg.key))
			on(r, &l[i].prefix);
	for (uint32_t i = 0; i < r->peer->wg.aips; i++)
		if (!loan_find(r->loans, r->device->name, &aips[i]))
			on(r, &aips[i]);
}

static void claim_peer(struct direct *r)
{
	const struct peer_conf *conf = r->peer->conf;

	if (!conf->allowed_ips.len) {
		each_own(r, claim_one);
		return;
	}
	vec_each(&conf->allowed_ips, p)
		claim_one(r, p);
}

static void claim_device(struct direct *r, const struct paths *ps)
{
	const struct peer *hub = path_hub_peer(r->device);

	r->hub = hub ? &hub->wg.key : NULL;
	vec_each(&r->device->peers, p) {
		const struct path *path;

		if (!p->conf || p->conf->direct == DIRECT_NO)
			continue;
		path = path_find(ps, r->device->ifindex, &p->wg.key);
		r->peer = p;
		r->is_direct = path && path_is_direct(path);
		r->is_ready = path && path->state == PATH_READY;
		claim_peer(r);
	}
}

void direct_claims(struct claims *out, const struct paths *ps, const struct state *s,
		   const struct loans *loans)
{
	for (uint32_t i = 0; i < s->devices.len; i++) {
		struct direct r = {.out = out,
				   .state = s,
				   .loans = loans,
				   .device = &s->devices.at[i],
				   .index = i};

		if (r.device->readable && paths_wanted(r.device))
			claim_device(&r, ps);
	}
}

static void note_any(struct direct *r, const struct prefix *p)
{
	(void)p;
	r->is_direct = true;
}

bool direct_has_any(const struct device *d, const struct peer *p, const struct loans *loans)
{
	struct direct r = {.loans = loans, .device = d, .peer = p};

	each_own(&r, note_any);
	return r.is_direct;
}
