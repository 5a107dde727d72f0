// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of direct paths: it follows the peers that are configured so, takes answers of hubs,
 * and says when something is due. What happens then is path_steps.c's.
 */
#include "plan/paths.h"

#include "path_build.h"

#define GONE UINT32_MAX /* for a peer: there is none */

const char *path_state_name(enum path_state s)
{
	static const char *const names[] = {"hub", "asking", "trying", "ready", "direct"};

	return names[s];
}

struct endpoint path_parked(void)
{
	return (struct endpoint){.addr = {AF_INET, {127, 0, 0, 1}}, .port = 9};
}

bool paths_wanted(const struct device *d)
{
	return d->conf->directs != 0;
}

/* --- the lists ------------------------------------------------------------------------------ */

static int path_cmp(const void *va, const void *vb)
{
	const struct path *a = va, *b = vb;

	if (a->ifindex != b->ifindex)
		return a->ifindex < b->ifindex ? -1 : 1;
	return key_cmp(&a->key, &b->key);
}

const struct path *path_find(const struct paths *ps, uint32_t ifindex, const struct key *key)
{
	struct path want = {.ifindex = ifindex, .key = *key};

	return vec_find(&ps->list, &want, path_cmp);
}

const struct path_hub *path_hub_find(const struct paths *ps, uint32_t ifindex)
{
	vec_each(&ps->hubs, h)
		if (h->ifindex == ifindex && h->current)
			return h;
	return NULL;
}

/* One that has the prefixes and answers was made direct by an earlier run, and stays so. */
static void path_begin(struct path *path, const struct device *d, const struct peer *p,
		       const struct path_input *in)
{
	bool answers = p->life.state == LIFE_UP && !life_unanswered_since(&p->life);

	path->since = in->now;
	path->generation = in->generation;
	path->why = "it was not tried yet";
	if (!answers || !in->holds(in->ctx, d, p))
		return;
	path->state = PATH_DIRECT;
	path->why = NULL;
	path->good_at = in->now;
}

static void path_add(struct paths *ps, const struct device *d, uint32_t peer,
		     const struct path_input *in)
{
	struct path *path = vec_add(&ps->list);

	path->ifindex = d->ifindex;
	path->key = d->peers.at[peer].wg.key;
	path->peer = peer;
	path_begin(path, d, &d->peers.at[peer], in);
}

/* Each peer that is to be reached directly has a path, and no other path of d has a peer. */
static void paths_join(struct paths *ps, const struct device *d, const struct path_input *in)
{
	const uint32_t known = ps->list.len;

	vec_each(&ps->list, path)
		if (path->ifindex == d->ifindex)
			path->peer = GONE;
	for (uint32_t i = 0; i < d->peers.len; i++) {
		const struct peer *p = &d->peers.at[i];
		struct path want = {.ifindex = d->ifindex, .key = p->wg.key}, *path;

		if (!p->conf || p->conf->direct == DIRECT_NO)
			continue;
		path = known ? bsearch(&want, ps->list.at, known, sizeof(want), path_cmp) : NULL;
		if (path)
			path->peer = i;
		else
			path_add(ps, d, i, in);
	}
	vec_settle(&ps->list, known, path_cmp);
}

static void paths_keep(struct paths *ps, uint32_t ifindex)
{
	uint32_t kept = 0;

	vec_each(&ps->list, path)
		if (path->ifindex != ifindex || path->peer != GONE)
			ps->list.at[kept++] = *path;
	ps->list.len = kept;
}

static uint32_t paths_trying(const struct paths *ps, uint32_t ifindex)
{
	uint32_t n = 0;

	vec_each(&ps->list, path)
		n += path->ifindex == ifindex && path->state != PATH_HUB &&
		     path->state != PATH_DIRECT;
	return n;
}

static void paths_see(struct path_plan *pp)
{
	struct device *d = pp->device;

	vec_each(&pp->paths->hubs, h)
		h->current = h->current && h->ifindex != d->ifindex;
	pp->hub_peer = path_hub_peer(d);
	if (pp->hub_peer && paths_wanted(d))
		pp->hub = path_hub_follow(pp->paths, d, pp->hub_peer, pp->in);
	paths_join(pp->paths, d, pp->in);
	paths_keep(pp->paths, d->ifindex);
}

void paths_plan(struct paths *ps, struct device *d, const struct path_input *in,
		struct path_output *out)
{
	struct path_plan pp = {.paths = ps, .device = d, .in = in, .out = out};

	paths_see(&pp);
	pp.trying = paths_trying(ps, d->ifindex);
	vec_each(&ps->list, path)
		if (path->ifindex == d->ifindex)
			path_step(&pp, path, &d->peers.at[path->peer]);
}

void paths_look_on(struct paths *ps, struct device *d, const struct path_input *in)
{
	struct path_plan pp = {.paths = ps, .device = d, .in = in};

	vec_each(&ps->list, path)
		if (path->ifindex == d->ifindex)
			path->peer = GONE;
	paths_keep(ps, d->ifindex);
	paths_see(&pp);
}

void paths_follow(struct paths *ps, const struct state *s)
{
	uint32_t kept = 0, hubs = 0;

	vec_each(&ps->list, path)
		vec_each(&s->devices, d)
			if (d->ifindex == path->ifindex)
				ps->list.at[kept++] = *path;
	ps->list.len = kept;
	vec_each(&ps->hubs, h)
		vec_each(&s->devices, d)
			if (d->ifindex == h->ifindex)
				ps->hubs.at[hubs++] = *h;
	ps->hubs.len = hubs;
}

/* --- answers -------------------------------------------------------------------------------- */

static void answer_take(struct path *path, struct path_hub *h, const struct exchange *x, msec now)
{
	if (x->serial == 1 && now - path->asked_at < UINT16_MAX)
		h->round_trip = (uint16_t)msec_max(now - path->asked_at, 1);
	path->serial = x->serial;
	path->answered_at = now;
	path->asks = 0;
	path->agreed = x->flags & EXCHANGE_AGREED;
	path->news = true;
	path->other = x->state;
	path->own = x->own;
	if (!path->agreed)
		return;
	path->told = x->endpoint;
	path->same_nat = x->flags & EXCHANGE_SAME_NAT;
	path->candidates = x->candidates;
	memcpy(path->candidate, x->candidate, sizeof(path->candidate));
	if (x->flags & EXCHANGE_GO && path->state == PATH_READY && !path->go_at)
		path->go_at = now + x->wait;
}

/* To the last question; to the one before only while the last has no answer. */
static bool answer_is_new(struct path *path, const struct exchange *x)
{
	if (x->nonce == path->nonce && !path->answered) {
		path->answered = true;
		path->before = 0;
		return true;
	}
	return (x->nonce == path->nonce || (path->before && x->nonce == path->before)) &&
	       x->serial > path->serial;
}

bool paths_heard(struct paths *ps, const struct device *d, const struct net_datagram *a, msec now)
{
	struct path want = {.ifindex = d->ifindex, .key = a->x.about};
	struct path *path = vec_find(&ps->list, &want, path_cmp);

	if (!path || a->x.kind != EXCHANGE_ANSWER || endpoint_cmp(&a->remote, &path->asked_of) ||
	    !answer_is_new(path, &a->x))
		return false;
	vec_each(&ps->hubs, h) {
		if (h->ifindex != d->ifindex || !h->current)
			continue;
		answer_take(path, h, &a->x, now);
		path_hub_heard(h, now);
		return true;
	}
	return false;
}

/* --- when ----------------------------------------------------------------------------------- */

msec paths_deadline(const struct paths *ps, msec now)
{
	msec soonest = MSEC_NEVER;

	vec_each(&ps->list, path)
		soonest = msec_min(soonest, path->news ? now : path_deadline(path, now));
	return soonest;
}

msec paths_poll(const struct paths *ps, uint32_t ifindex)
{
	msec soonest = MSEC_NEVER;

	vec_each(&ps->list, path) {
		if (path->ifindex != ifindex)
			continue;
		if (path->state == PATH_READY && path->said != EXCHANGE_READY)
			soonest = msec_min(soonest, PATH_POLL_GAP);
		else if (path->state == PATH_TRYING || path->state == PATH_READY)
			soonest = msec_min(soonest, PATH_POLL);
	}
	return soonest;
}

void paths_free(struct paths *ps)
{
	vec_free(&ps->list);
	vec_free(&ps->hubs);
}

void path_output_free(struct path_output *out)
{
	vec_free(&out->tell);
	vec_free(&out->ops);
	vec_free(&out->news);
}
