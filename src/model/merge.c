// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dump of a device merged into what is known of it.
 *
 * The kernel lists peers and allowed-IPs in an order that stays, so as long as they come as they
 * came last time nothing but a note of each peer is written, into memory that the device keeps.
 * At the first difference fresh lists are begun with what matched so far, and peers that are known
 * keep their lives. Only a dump that came to its end is believed: then the lists are swapped and
 * the peers observed.
 */
#include "model/state.h"

#define AGE_INEXACT 3000 /* ms */

void device_merge_begin(struct device_merge *m, struct device *d, struct moment at)
{
	*m = (struct device_merge){
		.device = d, .at = at, .listen_port = d->listen_port, .fwmark = d->fwmark};
	d->dump.len = 0;
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

static void merge_append(struct device_merge *m, const struct key *key)
{
	const struct peer *known = merge_known(m, key);
	struct peer *p = vec_add(&m->peers);

	if (known)
		*p = *known;
	p->wg.first_aip = m->aips.len;
	p->wg.aips = 0;
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

void device_merge_peer(struct device_merge *m, const struct wg_peer *w)
{
	struct device *d = m->device;

	if (d->dump.len && !key_cmp(&d->dump.at[d->dump.len - 1].key, &w->key))
		return; /* goes on in this message */
	*vec_add(&d->dump) = *w;
	if (!m->rewrite && merge_peer_done(m) && m->peer < d->peers.len &&
	    !key_cmp(&d->peers.at[m->peer].wg.key, &w->key)) {
		m->peer++;
		return;
	}
	if (!m->rewrite)
		merge_rewrite(m);
	merge_append(m, &w->key);
}

void device_merge_aip(struct device_merge *m, const struct prefix *p)
{
	struct device *d = m->device;

	if (!d->dump.len)
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

static void peer_observe(struct device_merge *m, struct peer *p, const struct wg_peer *now)
{
	bool can_send = m->device->up && now->endpoint.addr.family && !m->boringtun;
	struct life_counters c = {.rx = now->rx,
				  .tx = now->tx,
				  .handshake_ns = handshake_settled(m, p, now->handshake_ns),
				  .keepalive = can_send ? now->keepalive : 0,
				  .probed = p->probed && p->probed >= p->life.seen};
	uint32_t first = p->wg.first_aip, aips = p->wg.aips;

	if (endpoint_cmp(&now->endpoint, &p->wg.endpoint)) {
		bool known = p->life.seen != 0;
		bool by_us = !endpoint_cmp(&now->endpoint, &p->written);

		if (known && !by_us)
			p->source = SOURCE_ROAMED;
		p->judged = 0;
	}
	if (p->coming.addr.family || endpoint_cmp(&now->endpoint, &p->wg.endpoint)) {
		p->coming = (struct endpoint){0};
		p->looked = 0;
		m->moved++;
	}
	m->changes += life_observe(&p->life, &c, m->at, m->device->conf->endpoints.dead_after);
	m->heals += peer_healed(p, m->at.now);
	p->wg = *now;
	p->wg.handshake_ns = c.handshake_ns;
	p->wg.first_aip = first;
	p->wg.aips = aips;
}

static void merge_take(struct device_merge *m)
{
	struct device *d = m->device;

	if (m->rewrite) {
		vec_free(&d->peers);
		vec_free(&d->aips);
		memcpy(&d->peers, &m->peers, sizeof(d->peers));
		memcpy(&d->aips, &m->aips, sizeof(d->aips));
		d->structure++;
	}
	for (uint32_t i = 0; i < d->peers.len; i++)
		peer_observe(m, &d->peers.at[i], &d->dump.at[i]);
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
