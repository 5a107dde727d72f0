// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `paths`, and what `peers` and `explain` say of direct paths: which way each peer is reached, what
 * is tried, and why it is by the hub.
 */
#include "explain.h"

/* NULL for a peer that is not to be reached directly. */
static const struct path *path_of(const struct answer_view *v, const struct device *d,
				  const struct peer *p)
{
	if (!v->paths || !p->conf || p->conf->direct == DIRECT_NO)
		return NULL;
	return path_find(v->paths, d->ifindex, &p->wg.key);
}

/* Which way packets to it go: "direct", "hub", "endpoint", or NULL when it has none yet. */
static const char *peer_path(const struct answer_view *v, const struct device *d,
			     const struct peer *p)
{
	const struct path *path = path_of(v, d, p);

	if (path)
		return path_is_direct(path) ? "direct" : "hub";
	return p->wg.endpoint.addr.family ? "endpoint" : NULL;
}

/* Its packets come from the address that the hub sees, and another port: each flow has its own. */
static bool is_symmetric(const struct path *path, const struct peer *p)
{
	const struct endpoint *e = &p->wg.endpoint;

	return (path->state == PATH_READY || path->state == PATH_DIRECT) && !path->same_nat &&
	       !addr_cmp(&e->addr, &path->told.addr) && e->port != path->told.port;
}

static void put_candidates(struct str *o, const char *key, const struct path *path)
{
	put_list(o, key);
	for (uint32_t i = 0; path->same_nat && i < path->candidates; i++) {
		struct endpoint e = {.addr = path->candidate[i].addr,
				     .port = path->candidate[i].port};

		put_endpoint(o, NULL, &e);
	}
	put_list_end(o);
}

static const struct peer *hub_of(const struct answer_view *v, const struct device *d,
				 const struct path_hub **h)
{
	*h = path_hub_find(v->paths, d->ifindex);
	return *h ? device_peer(d, &(*h)->key) : NULL;
}

static void put_direct(struct str *o, const char *key, const struct answer_view *v,
		       const struct device *d, const struct peer *p, const struct path *path)
{
	const struct path_hub *h;
	const struct peer *hub = hub_of(v, d, &h);
	char label[KEY_STRLEN];
	msec now = v->at.now;

	put_object(o, key);
	put_text(o, "state", path_state_name(path->state));
	put_age(o, "state_age_s", path->since, now);
	put_text(o, "reason", path->why);
	put_text(o, "hub", hub ? peer_label(hub, label) : NULL);
	put_known(o, "hub_round_trip_ms", h && h->round_trip, h ? h->round_trip : 0);
	put_age(o, "hub_answered_age_s", h ? h->answered_at : 0, now);
	put_bool(o, "agreed", path->agreed);
	put_text(o, "other", exchange_state_name(path->other));
	put_endpoint(o, "seen_at", &path->told);
	put_endpoint(o, "seen_us_at", &path->own);
	put_bool(o, "same_nat", path->same_nat);
	put_bool(o, "symmetric", is_symmetric(path, p));
	put_candidates(o, "candidates", path);
	put_int(o, "tries", path->tries);
	put_int(o, "moves", path->moves);
	put_until(o, "next_try_s", path->state == PATH_HUB ? path->retry_at : 0, now);
	put_object_end(o);
}

void put_path(struct str *o, const struct answer_view *v, const struct device *d,
	      const struct peer *p)
{
	const struct path *path = path_of(v, d, p);

	put_text(o, "path", peer_path(v, d, p));
	if (path)
		put_direct(o, "direct", v, d, p, path);
	else
		put_null(o, "direct");
}

void put_path_of(struct str *o, const struct answer_view *v, uint32_t device, uint32_t peer)
{
	const struct device *d = &v->state->devices.at[device];
	const struct peer *p = &d->peers.at[peer];

	put_object(o, NULL);
	put_peer_head(o, d, p);
	put_text(o, "state", life_state_name(p->life.state));
	put_endpoint_fields(o, v, d, p);
	put_standby_fields(o, v, d, p);
	put_object_end(o);
}

/* Is an address among what moves for this peer? */
static bool concerns(const struct peer *p, const struct prefix *to)
{
	vec_each(&p->conf->allowed_ips, a)
		if (prefix_covers(a, to))
			return true;
	return false;
}

void explain_path(struct explanation *x, const struct device *d, const struct peer *owner,
		  const struct prefix *to)
{
	vec_each(&d->peers, p) {
		const struct path *path = path_of(x->view, d, p);
		char label[KEY_STRLEN];

		if (!path || (p != owner && !concerns(p, to)))
			continue;
		if (path_is_direct(path))
			explain_say(x, "%s is reached without the hub", peer_label(p, label));
		else
			explain_say(x, "%s is reached by the hub: %s", peer_label(p, label),
				    path->why);
	}
}
