// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dump of a device merged into what is known of it.
 *
 * The kernel lists peers and allowed-IPs in an order that stays, so as long as they come as they
 * came last time each peer is observed where it is, and nothing is allocated. At the first
 * difference fresh lists are begun with what matched so far, and peers that are known keep their
 * lives. What a dump says of a peer is true however the dump ends; which peers there are is
 * believed only of one that came to its end: then the lists are swapped.
 */
#include "model/state.h"

#define AGE_INEXACT 3000 /* ms */

void device_merge_begin(struct device_merge *m, struct device *d, struct moment at)
{
	*m = (struct device_merge){
		.device = d, .at = at, .listen_port = d->listen_port, .fwmark = d->fwmark};
}

void device_merge_again(struct device_merge *m)
{
	struct device_merge fresh;

	vec_free(&m->peers);
	vec_free(&m->aips);
	device_merge_begin(&fresh, m->device, m->at);
	fresh.again = true;
	fresh.seen = m->seen;
	*m = fresh;
}

static void merge_rewrite(struct device_merge *m)
{
	const struct device *d = m->device;

	m->rewrite = true;
	for (uint32_t i = 0; i < m->peer; i++)
		*vec_add(&m->peers) = d->peers.at[i];
	for (uint32_t i = 0; i < m->aip; i++)
		*vec_add(&m->aips) = d->aips.at[i];
	if (m->peer) { /* the last one may have lost some at its end */
		struct wg_peer *last = &m->peers.at[m->peer - 1].wg;

		last->aips = m->aip - last->first_aip;
	}
}

/*
 * The peer as it was known, or NULL. The old list is searched from where the last one was found,
 * so that a peer more or less in the middle costs one pass, not one for each peer behind it.
 */
static const struct peer *merge_known(struct device_merge *m, const struct key *key)
{
	const struct device *d = m->device;

	for (uint32_t n = 0; n < d->peers.len; n++) {
		uint32_t i = (m->peer + n) % d->peers.len;

		if (!key_cmp(&d->peers.at[i].wg.key, key)) {
			m->peer = i + 1;
			return &d->peers.at[i];
		}
	}
	return NULL;
}

static struct peer *merge_append(struct device_merge *m, const struct key *key)
{
	const struct peer *known = merge_known(m, key);
	struct peer *p = vec_add(&m->peers);

	if (known)
		*p = *known;
	p->wg.first_aip = m->aips.len;
	p->wg.aips = 0;
	return p;
}

/* Have all allowed-IPs of the last matched peer been seen? */
static bool merge_peer_done(const struct device_merge *m)
{
	const struct wg_peer *last;

	if (!m->peer)
		return true;
	last = &m->device->peers.at[m->peer - 1].wg;
	return m->aip == last->first_aip + last->aips;
}

/*
 * A time that was made from an age is another one each time by as much as the look took, and by
 * the whole step when the wall clock is set. By our own clock it is the same one.
 */
static int64_t handshake_settled(const struct device_merge *m, const struct peer *p, int64_t ns)
{
	msec age = m->at.wall - ns / 1000000, known = m->at.now - p->life.handshake;

	if (!m->boringtun || !ns || !p->wg.handshake_ns)
		return ns;
	return age > known - AGE_INEXACT && age < known + AGE_INEXACT ? p->wg.handshake_ns : ns;
}

static void peer_observe(struct device_merge *m, struct merge_counts *seen, struct peer *p,
			 const struct wg_peer *now)
{
	struct life_counters was = {
		.rx = p->wg.rx, .tx = p->wg.tx, .handshake_ns = p->wg.handshake_ns};
	const struct peer_care *care = peer_care(p);
	bool can_send = m->device->up && now->endpoint.addr.family && !m->boringtun;
	struct life_counters c = {.rx = now->rx,
				  .tx = now->tx,
				  .handshake_ns = handshake_settled(m, p, now->handshake_ns),
				  .keepalive = can_send ? now->keepalive : 0,
				  .probed = care->probed && care->probed >= p->life.seen};
	uint32_t first = p->wg.first_aip, aips = p->wg.aips;

	if (m->again && p->life.seen == m->at.now)
		return; /* in the part of this look that was begun anew */
	if (endpoint_cmp(&now->endpoint, &p->wg.endpoint)) {
		bool known = p->life.seen != 0;
		bool by_us = !endpoint_cmp(&now->endpoint, &care->written);

		if (known && !by_us)
			p->source = SOURCE_ROAMED;
		p->judged = 0;
	}
	if (care->coming.addr.family || endpoint_cmp(&now->endpoint, &p->wg.endpoint)) {
		if (p->care)
			p->care->coming = (struct endpoint){0};
		p->looked = 0;
		seen->moved++;
	}
	seen->changes +=
		life_observe(&p->life, &was, &c, m->at, m->device->conf->endpoints.dead_after);
	seen->heals += peer_healed(p, m->at.now);
	p->wg = *now;
	p->wg.handshake_ns = c.handshake_ns;
	p->wg.first_aip = first;
	p->wg.aips = aips;
}

/* The one that was named last; NULL before the first. */
static const struct peer *merge_last(const struct device_merge *m)
{
	if (m->rewrite)
		return m->peers.len ? &m->peers.at[m->peers.len - 1] : NULL;
	return m->peer ? &m->device->peers.at[m->peer - 1] : NULL;
}

void device_merge_peer(struct device_merge *m, const struct wg_peer *w)
{
	const struct peer *last = merge_last(m);
	struct device *d = m->device;

	if (last && !key_cmp(&last->wg.key, &w->key))
		return; /* goes on in this message */
	if (!m->rewrite && merge_peer_done(m) && m->peer < d->peers.len &&
	    !key_cmp(&d->peers.at[m->peer].wg.key, &w->key)) {
		peer_observe(m, &m->seen, &d->peers.at[m->peer++], w);
		return;
	}
	if (!m->rewrite)
		merge_rewrite(m);
	peer_observe(m, &m->fresh, merge_append(m, &w->key), w);
}

void device_merge_aip(struct device_merge *m, const struct prefix *p)
{
	const struct device *d = m->device;

	if (!merge_last(m))
		return;
	if (!m->rewrite) {
		if (!merge_peer_done(m) && !prefix_cmp(&d->aips.at[m->aip], p)) {
			m->aip++;
			return;
		}
		merge_rewrite(m);
	}
	*vec_add(&m->aips) = *p;
	m->peers.at[m->peers.len - 1].wg.aips++;
}

/* What was done about a peer that is gone goes with it; of two with one key the first has it. */
static void care_follows(struct device_merge *m)
{
	vec_each(&m->peers, p) {
		if (p->care && p->care->kept)
			p->care = NULL;
		else if (p->care)
			p->care->kept = true;
	}
	vec_each(&m->device->peers, p)
		if (p->care && !p->care->kept)
			free(p->care);
	vec_each(&m->peers, p)
		if (p->care)
			p->care->kept = false;
}

static void merge_take(struct device_merge *m)
{
	struct device *d = m->device;

	if (m->rewrite) {
		care_follows(m);
		vec_free(&d->peers);
		vec_free(&d->aips);
		memcpy(&d->peers, &m->peers, sizeof(d->peers));
		memcpy(&d->aips, &m->aips, sizeof(d->aips));
		d->structure++;
		m->seen.changes += m->fresh.changes;
		m->seen.moved += m->fresh.moved;
		m->seen.heals += m->fresh.heals;
	}
	d->listen_port = m->listen_port;
	d->fwmark = m->fwmark;
	d->boringtun = m->boringtun;
}

bool device_merge_end(struct device_merge *m, bool ok)
{
	struct device *d = m->device;

	if (!ok) {
		vec_free(&m->peers);
		vec_free(&m->aips);
		return false;
	}
	if (!m->rewrite && (m->peer < d->peers.len || !merge_peer_done(m)))
		merge_rewrite(m);
	merge_take(m);
	return m->rewrite;
}
