// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dump of a device merged into what is known of it.
 *
 * The kernel lists peers and allowed-IPs in an order that stays, so as long as they come as they
 * came last time each peer is observed where it is, and nothing is allocated. From the first
 * difference on fresh lists are written, in which peers that are known keep their lives. What a
 * dump says of a peer is true however the dump ends; which peers there are is believed only of one
 * that came to its end: then the fresh lists take the place of what they differ from.
 */
#include "model/state.h"

#define AGE_INEXACT    3000 /* ms */
#define TAKEN_AIPS_MAX 256  /* of a peer with more it is not asked whose they were */

void device_merge_begin(struct device_merge *m, struct device *d, struct moment at)
{
	*m = (struct device_merge){
		.device = d, .at = at, .listen_port = d->listen_port, .fwmark = d->fwmark};
}

static void fresh_free(struct device_merge *m)
{
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
	*m = fresh;
}

/* A peer as it was known, or a new one (UINT32_MAX), behind the others in the fresh list. */
static struct peer *fresh_add(struct device_merge *m, uint32_t from)
{
	struct peer *p = vec_add(&m->peers);

	if (from != UINT32_MAX)
		*p = m->device->peers.at[from];
	*vec_add(&m->from) = from;
	p->wg.first_aip = m->kept_aips + m->aips.len;
	p->wg.aips = 0;
	return p;
}

/*
 * The fresh lists begin with what comes now; or, when that is about the allowed-IPs of the peer
 * that matched last, with that peer and those of them that came.
 */
static void merge_rewrite(struct device_merge *m, bool with_last)
{
	const struct device *d = m->device;
	struct peer *last;

	m->rewrite = true;
	m->kept = m->peer;
	m->kept_aips = m->aip;
	vec_reserve(&m->peers, d->peers.len - m->peer + 1);
	vec_reserve(&m->from, d->peers.len - m->peer + 1);
	vec_reserve(&m->aips, d->aips.len - m->aip + 1);
	if (!with_last)
		return;
	m->kept--;
	m->kept_aips = d->peers.at[m->kept].wg.first_aip;
	last = fresh_add(m, m->kept);
	last->wg.aips = m->aip - m->kept_aips;
	for (uint32_t i = m->kept_aips; i < m->aip; i++)
		*vec_add(&m->aips) = d->aips.at[i];
}

/*
 * Where the peer was, of those that are not kept; UINT32_MAX: nowhere. The old list is searched
 * from where the last one was found, so that a peer more or less in the middle costs one pass, not
 * one for each peer behind it.
 */
static uint32_t merge_known(struct device_merge *m, const struct key *key)
{
	const struct device *d = m->device;
	uint32_t count = d->peers.len - m->kept, start = m->peer - m->kept;

	for (uint32_t n = 0; n < count; n++) {
		uint32_t i = m->kept + (start + n) % count;

		if (!key_cmp(&d->peers.at[i].wg.key, key)) {
			m->peer = i + 1;
			return i;
		}
	}
	return UINT32_MAX;
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
		p->judged = false;
	}
	if (care->coming.addr.family || endpoint_cmp(&now->endpoint, &p->wg.endpoint)) {
		if (p->care) {
			p->care->coming = (struct endpoint){0};
			p->care->looked = 0;
		}
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

/* Is it the one that was named last? */
static bool merge_is_last(const struct device_merge *m, const struct key *key)
{
	const struct wg_peer *last;

	if (m->peers.len)
		last = &m->peers.at[m->peers.len - 1].wg;
	else if (m->peer)
		last = &m->device->peers.at[m->peer - 1].wg;
	else
		return false;
	return !key_cmp(&last->key, key);
}

void device_merge_peer(struct device_merge *m, const struct wg_peer *w)
{
	struct device *d = m->device;

	if (merge_is_last(m, &w->key))
		return; /* goes on in this message */
	if (!m->rewrite && merge_peer_done(m) && m->peer < d->peers.len &&
	    !key_cmp(&d->peers.at[m->peer].wg.key, &w->key)) {
		peer_observe(m, &m->seen, &d->peers.at[m->peer++], w);
		return;
	}
	if (!m->rewrite)
		merge_rewrite(m, !merge_peer_done(m));
	peer_observe(m, &m->fresh, fresh_add(m, merge_known(m, &w->key)), w);
}

void device_merge_aip(struct device_merge *m, const struct prefix *p)
{
	const struct device *d = m->device;

	if (!m->peers.len && !m->peer)
		return; /* of nobody */
	if (!m->rewrite) {
		if (!merge_peer_done(m) && !prefix_cmp(&d->aips.at[m->aip], p)) {
			m->aip++;
			return;
		}
		merge_rewrite(m, true);
	}
	*vec_add(&m->aips) = *p;
	m->peers.at[m->peers.len - 1].wg.aips++;
}

/* What was done about a peer that is gone goes with it; of two with one key the first has it. */
static void care_follows(struct device_merge *m)
{
	struct device *d = m->device;

	vec_each(&m->peers, p) {
		if (p->care && p->care->kept)
			p->care = NULL;
		else if (p->care)
			p->care->kept = true;
	}
	for (uint32_t i = m->kept; i < d->peers.len; i++)
		if (d->peers.at[i].care && !d->peers.at[i].care->kept)
			free(d->peers.at[i].care);
	vec_each(&m->peers, p)
		if (p->care)
			p->care->kept = false;
}

static bool same_aips(const struct device_merge *m, const struct peer *old, const struct peer *p)
{
	const struct prefix *a = peer_aips(m->device, old);
	const struct prefix *b = m->aips.at + (p->wg.first_aip - m->kept_aips);

	if (old->wg.aips != p->wg.aips)
		return false;
	for (uint32_t i = 0; i < p->wg.aips; i++)
		if (prefix_cmp(&a[i], &b[i]))
			return false;
	return true;
}

/* Where the old peers are going to be, and which ones are not the same as before. */
static void moves_note(const struct device_merge *m)
{
	struct device *d = m->device;
	struct peer_moves *moves = &d->moves;
	uint32_t last = m->kept;

	moves->first = m->kept;
	moves->to.len = moves->altered.len = 0;
	moves->many = false;
	for (uint32_t i = m->kept; i < d->peers.len; i++)
		*vec_add(&moves->to) = UINT32_MAX;
	for (uint32_t i = 0; i < m->peers.len; i++) {
		uint32_t from = m->from.at[i];

		if (from != UINT32_MAX && same_aips(m, &d->peers.at[from], &m->peers.at[i])) {
			moves->to.at[from - m->kept] = m->kept + i;
			moves->many = moves->many || from < last;
			last = from;
		} else if (moves->altered.len < ALTERED_MAX) {
			*vec_add(&moves->altered) = m->kept + i;
		} else {
			moves->many = true;
		}
	}
}

static bool had(const struct device *d, uint32_t at, const struct prefix *p)
{
	const struct wg_peer *w = at != UINT32_MAX ? &d->peers.at[at].wg : NULL;

	for (uint32_t i = 0; w && w->aips <= TAKEN_AIPS_MAX && i < w->aips; i++)
		if (!prefix_cmp(&d->aips.at[w->first_aip + i], p))
			return true;
	return false;
}

/* Given back to the one that had it first, it is as if nothing had been. */
static void taken_add(struct device *d, const struct taken *t)
{
	uint32_t i = 0;

	while (i < d->taken.len && prefix_cmp(&d->taken.at[i].prefix, &t->prefix))
		i++;
	if (i < d->taken.len && !key_cmp(&d->taken.at[i].from, &t->to))
		d->taken.at[i] = d->taken.at[--d->taken.len];
	else if (i < d->taken.len)
		d->taken.at[i].to = t->to, d->taken.at[i].at = t->at;
	else if (i < TAKEN_MAX)
		*vec_add(&d->taken) = *t;
}

/* p is new to the peer at nth of the altered ones: was it another one's, who is still there? */
static void taken_look(const struct device_merge *m, uint32_t nth, const struct prefix *p)
{
	struct device *d = m->device;
	const uint32_t *altered = d->moves.altered.at;

	for (uint32_t i = 0; i < d->moves.altered.len; i++) {
		uint32_t other = altered[i] - m->kept, to = altered[nth] - m->kept;
		const struct taken t = {.prefix = *p,
					.from = m->peers.at[other].wg.key,
					.to = m->peers.at[to].wg.key,
					.at = m->at.now};

		if (i != nth && had(d, m->from.at[other], p))
			taken_add(d, &t);
	}
}

/* A change of many is somebody's plan, and one that we made ourselves is ours. */
static void taken_note(const struct device_merge *m)
{
	struct device *d = m->device;
	const struct peer_moves *moves = &d->moves;

	for (uint32_t i = 0; !d->moving && !moves->many && i < moves->altered.len; i++) {
		uint32_t at = moves->altered.at[i] - m->kept;
		const struct wg_peer *w = &m->peers.at[at].wg;
		const struct prefix *aips = m->aips.at + (w->first_aip - m->kept_aips);

		for (uint32_t a = 0; w->aips <= TAKEN_AIPS_MAX && a < w->aips; a++)
			if (!had(d, m->from.at[at], &aips[a]))
				taken_look(m, i, &aips[a]);
	}
	d->moving = false;
}

static void merge_take(struct device_merge *m)
{
	struct device *d = m->device;

	moves_note(m);
	taken_note(m);
	care_follows(m);
	d->peers.len = m->kept;
	vec_append(&d->peers, &m->peers);
	d->aips.len = m->kept_aips;
	vec_append(&d->aips, &m->aips);
	d->structure++;
	m->seen.changes += m->fresh.changes;
	m->seen.moved += m->fresh.moved;
	m->seen.heals += m->fresh.heals;
}

bool device_merge_end(struct device_merge *m, bool ok)
{
	struct device *d = m->device;

	if (ok && !m->rewrite && (m->peer < d->peers.len || !merge_peer_done(m)))
		merge_rewrite(m, !merge_peer_done(m));
	if (ok && m->rewrite)
		merge_take(m);
	if (ok) {
		d->listen_port = m->listen_port;
		d->fwmark = m->fwmark;
		d->boringtun = m->boringtun;
	}
	fresh_free(m);
	return ok && m->rewrite;
}
