// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dump of a device merged into what is known of it.
 *
 * The kernel lists peers and allowed-IPs in an order that stays, so as long as they come as they
 * came last time each peer is observed where it is, and nothing is allocated. So it is behind a
 * difference: one that is gone is seen by the next one being the next but one of the old list, one
 * that came by being nowhere in it. What came, and who has other allowed-IPs, is put into small
 * fresh lists, and where that belongs is written down as an edit. Where so many are gone at once
 * that another order is more likely, all are written afresh from the first difference on.
 *
 * What a dump says of a peer is true however the dump ends; which peers there are is believed only
 * of one that came to its end: then the edits are made (merge_take.c).
 */
#include "merge_build.h"
#include "model/ends.h"

#define AGE_INEXACT 3000 /* ms */
#define NEAR	    64	 /* so many may be gone in a row before another order is thought of */

void device_merge_begin(struct device_merge *m, struct device *d, struct moment at)
{
	*m = (struct device_merge){
		.device = d, .at = at, .listen_port = d->listen_port, .fwmark = d->fwmark};
}

static void fresh_free(struct device_merge *m)
{
	vec_free(&m->edits);
	vec_free(&m->peers);
	vec_free(&m->from);
	vec_free(&m->aips);
}

void device_merge_again(struct device_merge *m)
{
	struct device_merge fresh;

	fresh_free(m);
	device_merge_begin(&fresh, m->device, m->at);
	fresh.again = true;
	fresh.seen = m->seen;
	fresh.moved = m->moved;
	memcpy(fresh.moved_to, m->moved_to, sizeof(fresh.moved_to));
	*m = fresh;
}

/* A peer behind the others in the fresh list; its allowed-IPs are counted in that of those. */
static struct peer *fresh_put(struct device_merge *m, const struct peer *p, uint32_t from)
{
	struct peer *fresh = vec_add(&m->peers);

	if (p)
		*fresh = *p;
	*vec_add(&m->from) = from;
	fresh->wg.first_aip = m->aips.len;
	fresh->wg.aips = 0;
	return fresh;
}

/* The same of one as it was known, or of a new one (PEER_NONE). */
static struct peer *fresh_add(struct device_merge *m, uint32_t from)
{
	return fresh_put(m, from != PEER_NONE ? &m->device->peers.at[from] : NULL, from);
}

static void fresh_aips(struct device_merge *m, const struct prefix *aips, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		*vec_add(&m->aips) = aips[i];
	m->peers.at[m->peers.len - 1].wg.aips += n;
}

/* The edit that ends here, or a new one. */
static struct merge_edit *edit_at(struct device_merge *m, uint32_t at)
{
	uint32_t n = m->edits.len;
	struct merge_edit *e;

	if (n && m->edits.at[n - 1].at + m->edits.at[n - 1].gone == at)
		return &m->edits.at[n - 1];
	e = vec_add(&m->edits);
	e->at = at;
	return e;
}

/* The last one that was found in place has other allowed-IPs, of which some have come already. */
static void merge_alter(struct device_merge *m)
{
	const struct device *d = m->device;
	uint32_t last = m->peer - 1, first = d->peers.at[last].wg.first_aip;
	struct merge_edit *e = edit_at(m, last);

	e->gone++;
	e->came++;
	fresh_add(m, last);
	fresh_aips(m, &d->aips.at[first], m->aip - first);
	m->aip = m->aip_end;
	m->is_fresh = true;
}

/* No more of the last one comes: what it had and what was not named, it has no more. */
static void merge_close(struct device_merge *m)
{
	if (m->aip < m->aip_end)
		merge_alter(m);
}

/* What the edits up to now have left where it was, and what came, as one fresh list. */
static void merge_rewrite(struct device_merge *m)
{
	const struct device *d = m->device;
	struct device_merge was = *m;
	uint32_t kept = was.edits.len ? was.edits.at[0].at : m->peer, came = 0;

	memset(&m->edits, 0, sizeof(m->edits));
	memset(&m->peers, 0, sizeof(m->peers));
	memset(&m->from, 0, sizeof(m->from));
	memset(&m->aips, 0, sizeof(m->aips));
	vec_reserve(&m->peers, d->peers.len - kept + 1);
	vec_reserve(&m->from, d->peers.len - kept + 1);
	for (uint32_t k = 0; k < was.edits.len; k++) {
		const struct merge_edit *e = &was.edits.at[k];
		uint32_t next = k + 1 < was.edits.len ? e[1].at : m->peer;

		for (uint32_t end = came + e->came; came < end; came++) {
			const struct peer *p = &was.peers.at[came];

			fresh_put(m, p, was.from.at[came]);
			fresh_aips(m, &was.aips.at[p->wg.first_aip], p->wg.aips);
		}
		for (uint32_t i = e->at + e->gone; i < next; i++) {
			fresh_add(m, i);
			fresh_aips(m, peer_aips(d, &d->peers.at[i]), d->peers.at[i].wg.aips);
		}
	}
	vec_add(&m->edits)->at = kept;
	m->rewrite = true;
	fresh_free(&was);
}

/* Where the key is in a part of the old list; PEER_NONE when it is not. */
static uint32_t old_find(const struct device *d, const struct key *key, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		if (!key_cmp(&d->peers.at[i].wg.key, key))
			return i;
	return PEER_NONE;
}

/* Among those that are gone: one was taken out, and put in again elsewhere. */
static uint32_t gone_find(const struct device_merge *m, const struct key *key)
{
	uint32_t at = PEER_NONE;

	for (uint32_t k = m->edits.len; k-- > 0 && at == PEER_NONE;) {
		const struct merge_edit *e = &m->edits.at[k];

		at = old_find(m->device, key, e->at, e->at + e->gone);
	}
	return at;
}

/*
 * Where the peer was, of those that are not kept. The old list is searched from where the last one
 * was found, so that a part of it that comes elsewhere costs one pass.
 */
static uint32_t merge_known(struct device_merge *m, const struct key *key)
{
	const struct device *d = m->device;
	uint32_t at = old_find(d, key, m->peer, d->peers.len);

	if (at == PEER_NONE)
		at = old_find(d, key, m->edits.at[0].at, m->peer);
	if (at != PEER_NONE)
		m->peer = at + 1;
	return at;
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

static void moved_note(struct device_merge *m, const struct addr *to)
{
	if (m->moved < MOVED_TOLD)
		m->moved_to[m->moved] = *to;
	m->moved++;
	ends_note(m->device, to);
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
		p->judged = false;
	}
	if (care->coming.addr.family || endpoint_cmp(&now->endpoint, &p->wg.endpoint)) {
		if (p->care) {
			p->care->coming = (struct endpoint){0};
			p->care->looked = 0;
		}
		seen->moved++;
		seen->reached += p->life.state == LIFE_NEVER && !p->wg.endpoint.addr.family;
		moved_note(m, &now->endpoint.addr);
	}
	seen->changes +=
		life_observe(&p->life, &was, &c, m->at, m->device->conf->endpoints.dead_after);
	seen->heals += peer_healed(p, m->at.now);
	p->wg = *now;
	p->wg.handshake_ns = c.handshake_ns;
	p->wg.first_aip = first;
	p->wg.aips = aips;
}

/* Is it the one that was named last? */
static bool merge_is_last(const struct device_merge *m, const struct key *key)
{
	const struct peer *last;

	if (m->is_fresh)
		last = &m->peers.at[m->peers.len - 1];
	else if (m->peer)
		last = &m->device->peers.at[m->peer - 1];
	else
		return false;
	return !key_cmp(&last->wg.key, key);
}

/* The next of the old list is this one. */
static void merge_in_place(struct device_merge *m, const struct wg_peer *w)
{
	struct peer *p;

	merge_close(m);
	p = &m->device->peers.at[m->peer++];
	m->aip = p->wg.first_aip;
	m->aip_end = m->aip + p->wg.aips;
	m->is_fresh = false;
	peer_observe(m, &m->seen, p, w);
}

static void merge_came(struct device_merge *m, const struct wg_peer *w, uint32_t from)
{
	if (!m->rewrite)
		edit_at(m, m->peer)->came++;
	peer_observe(m, &m->fresh, fresh_add(m, from), w);
	m->is_fresh = true;
}

/* It is not the next of the old list: those before it are gone, or it came from elsewhere. */
static void merge_differs(struct device_merge *m, const struct wg_peer *w)
{
	const struct device *d = m->device;
	uint32_t near = d->peers.len - m->peer > NEAR ? m->peer + NEAR : d->peers.len;
	uint32_t at = old_find(d, &w->key, m->peer, near);

	if (at != PEER_NONE) {
		edit_at(m, m->peer)->gone += at - m->peer;
		m->peer = at;
		merge_in_place(m, w);
		return;
	}
	at = gone_find(m, &w->key);
	if (at == PEER_NONE && old_find(d, &w->key, near, d->peers.len) != PEER_NONE) {
		merge_rewrite(m);
		at = merge_known(m, &w->key);
	}
	merge_came(m, w, at);
}

void device_merge_peer(struct device_merge *m, const struct wg_peer *w)
{
	const struct device *d = m->device;

	if (!m->rewrite && m->peer < d->peers.len &&
	    !key_cmp(&d->peers.at[m->peer].wg.key, &w->key)) {
		merge_in_place(m, w);
		return;
	}
	if (merge_is_last(m, &w->key))
		return; /* goes on in this message */
	merge_close(m);
	if (m->rewrite)
		merge_came(m, w, merge_known(m, &w->key));
	else
		merge_differs(m, w);
}

void device_merge_aip(struct device_merge *m, const struct prefix *p)
{
	if (m->aip < m->aip_end && !prefix_cmp(&m->device->aips.at[m->aip], p)) {
		m->aip++;
		return;
	}
	if (!m->is_fresh && !m->peer)
		return; /* of nobody */
	if (!m->is_fresh)
		merge_alter(m);
	fresh_aips(m, p, 1);
}

bool device_merge_end(struct device_merge *m, bool ok)
{
	struct device *d = m->device;
	bool changed = false;

	if (ok) {
		merge_close(m);
		if (m->rewrite)
			m->edits.at[0] =
				(struct merge_edit){.at = m->edits.at[0].at,
						    .gone = d->peers.len - m->edits.at[0].at,
						    .came = m->peers.len};
		else if (m->peer < d->peers.len)
			edit_at(m, m->peer)->gone += d->peers.len - m->peer;
		changed = m->edits.len;
		if (changed)
			merge_take(m);
		d->listen_port = m->listen_port;
		d->fwmark = m->fwmark;
		d->boringtun = m->boringtun;
	}
	fresh_free(m);
	return changed;
}
