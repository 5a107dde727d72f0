// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a good dump: the edits that merge.c wrote down are made in the device's lists, and
 * what became of each peer is told, so that nobody has to compare the lists again.
 *
 * A peer more or less moves those behind it, in one go. The allowed-IPs do not move: what came is
 * put behind all the others, and what went leaves a gap. When there are many gaps they are closed.
 */
#include "merge_build.h"
#include "model/ends.h"

#define TAKEN_AIPS_MAX 256 /* of a peer with more it is not asked whose they were */
#define GAPS_MIN       64  /* allowed-IPs that are nobody's: so many always may be */
#define GAPS_SHARE     8   /* and an eighth of all */

/* --- what is told ------------------------------------------------------------------------- */

static void shift_add(struct peer_moves *moves, struct peer_shift run)
{
	uint32_t n = moves->shifts.len;

	if (n && moves->shifts.at[n - 1].from == run.from)
		moves->shifts.at[n - 1] = run;
	else
		*vec_add(&moves->shifts) = run;
}

static void aips_told(struct peers_aips *out, uint32_t peer, const struct prefix *aips, uint32_t n)
{
	for (uint32_t i = 0; i < n && out->len <= NETWORKS_MAX; i++)
		*vec_add(out) = (struct peer_aip){peer, aips[i]};
}

static bool is_mapped(const struct peer *p)
{
	return p->conf && p->conf->netmaps.len;
}

static void gone_note(struct device *d, uint32_t at)
{
	const struct peer *p = &d->peers.at[at];

	shift_add(&d->moves, (struct peer_shift){.from = at, .to = PEER_NONE});
	d->moves.mapped |= is_mapped(p);
	aips_told(&d->moves.lost, at, peer_aips(d, p), p->wg.aips);
}

/* Its allowed-IPs are the same at their beginning and at their end. */
static void altered_note(const struct device_merge *m, uint32_t from, uint32_t fresh, uint32_t to)
{
	struct device *d = m->device;
	const struct wg_peer *was = &d->peers.at[from].wg, *now = &m->peers.at[fresh].wg;
	const struct prefix *a = &d->aips.at[was->first_aip], *b = &m->aips.at[now->first_aip];
	uint32_t na = was->aips, nb = now->aips;

	shift_add(&d->moves, (struct peer_shift){.from = from, .to = to, .altered = true});
	d->moves.mapped |= is_mapped(&d->peers.at[from]);
	while (na && nb && !prefix_cmp(a, b))
		a++, b++, na--, nb--;
	while (na && nb && !prefix_cmp(&a[na - 1], &b[nb - 1]))
		na--, nb--;
	aips_told(&d->moves.lost, from, a, na);
	aips_told(&d->moves.gained, to, b, nb);
}

/* Of one edit, the first of whose fresh ones is going to be at to. */
static void edit_note(const struct device_merge *m, const struct merge_edit *e, uint32_t fresh,
		      uint32_t to)
{
	struct device *d = m->device;
	struct peer_moves *moves = &d->moves;
	uint32_t old = e->at, end = e->at + e->gone;

	for (uint32_t i = fresh; i < fresh + e->came && !moves->many; i++, to++) {
		const struct wg_peer *w = &m->peers.at[i].wg;
		uint32_t from = m->from.at[i];

		*vec_add(&moves->altered) = to;
		moves->many = moves->altered.len > ALTERED_MAX;
		if (from == PEER_NONE) {
			aips_told(&moves->gained, to, &m->aips.at[w->first_aip], w->aips);
			continue;
		}
		if (from < old || from >= end) {
			moves->many = true; /* it is not where it was among the others */
			break;
		}
		while (old < from)
			gone_note(d, old++);
		altered_note(m, old++, i, to);
	}
	while (old < end && !moves->many) {
		gone_note(d, old++);
		moves->many = moves->lost.len > NETWORKS_MAX;
	}
	if (end < d->peers.len)
		shift_add(moves, (struct peer_shift){.from = end, .to = to});
}

static void moves_note(const struct device_merge *m)
{
	struct peer_moves *moves = &m->device->moves;
	uint32_t fresh = 0, gone = 0;

	moves->shifts.len = moves->altered.len = moves->lost.len = moves->gained.len = 0;
	moves->mapped = false;
	moves->many = m->rewrite || m->edits.len > ALTERED_MAX;
	for (uint32_t i = 0; i < m->edits.len && !moves->many; i++) {
		const struct merge_edit *e = &m->edits.at[i];

		edit_note(m, e, fresh, e->at + fresh - gone);
		fresh += e->came;
		gone += e->gone;
		moves->many |= moves->lost.len > NETWORKS_MAX || moves->gained.len > NETWORKS_MAX;
	}
}

/* --- allowed-IPs that another peer was given ---------------------------------------------- */

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

/* p is new to the nth fresh peer: was it another one's, who is still there? */
static void taken_look(const struct device_merge *m, uint32_t nth, const struct prefix *p)
{
	struct device *d = m->device;

	for (uint32_t i = 0; i < m->peers.len; i++) {
		const struct taken t = {.prefix = *p,
					.from = m->peers.at[i].wg.key,
					.to = m->peers.at[nth].wg.key,
					.at = m->at.now};

		if (i != nth && had(d, m->from.at[i], p))
			taken_add(d, &t);
	}
}

/* A change of many is somebody's plan, and one that we made ourselves is ours. */
static void taken_note(const struct device_merge *m)
{
	struct device *d = m->device;

	for (uint32_t i = 0; !d->moving && !d->moves.many && i < m->peers.len; i++) {
		const struct wg_peer *w = &m->peers.at[i].wg;
		const struct prefix *aips = m->aips.at + w->first_aip;

		for (uint32_t a = 0; w->aips <= TAKEN_AIPS_MAX && a < w->aips; a++)
			if (!had(d, m->from.at[i], &aips[a]))
				taken_look(m, i, &aips[a]);
	}
	d->moving = false;
}

/* --- the lists ---------------------------------------------------------------------------- */

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
	vec_each(&m->edits, e)
		for (uint32_t i = e->at; i < e->at + e->gone; i++)
			if (d->peers.at[i].care && !d->peers.at[i].care->kept)
				free(d->peers.at[i].care);
	vec_each(&m->peers, p)
		if (p->care)
			p->care->kept = false;
}

/* Each peer's allowed-IPs behind those of the one before it, with nothing between. */
static void gaps_close(struct device *d)
{
	struct prefixes all = {0};

	vec_reserve(&all, d->aips.len - d->aips_unused);
	vec_each(&d->peers, p) {
		const struct prefix *aips = peer_aips(d, p);

		p->wg.first_aip = all.len;
		for (uint32_t i = 0; i < p->wg.aips; i++)
			*vec_add(&all) = aips[i];
	}
	vec_swap(&d->aips, &all);
	vec_free(&all);
	d->aips_unused = 0;
}

/* Of those that went and came; the states of others may have changed, too: seen.changes. */
static void states_take(struct device_merge *m)
{
	struct device *d = m->device;

	vec_each(&m->edits, e)
		for (uint32_t i = e->at; i < e->at + e->gone; i++)
			d->states[d->peers.at[i].life.state]--;
	vec_each(&m->peers, p)
		d->states[p->life.state]++;
}

static void aips_take(struct device_merge *m)
{
	struct device *d = m->device;

	vec_each(&m->edits, e)
		for (uint32_t i = e->at; i < e->at + e->gone; i++)
			d->aips_unused += d->peers.at[i].wg.aips;
	vec_each(&m->peers, p)
		p->wg.first_aip += d->aips.len;
	vec_append(&d->aips, &m->aips);
}

static void peers_shift(struct device *d, uint32_t to, uint32_t from, uint32_t n)
{
	if (to != from && n)
		memmove(&d->peers.at[to], &d->peers.at[from], n * sizeof(*d->peers.at));
}

static uint32_t in_place(const struct merge_edit *e)
{
	return e->gone < e->came ? e->gone : e->came;
}

/*
 * First those behind what is gone come forward, from the front on. An edit is then where what came
 * begins, with room for as many as were there before.
 */
static void peers_close_up(struct device_merge *m)
{
	struct device *d = m->device;
	uint32_t to = m->edits.at[0].at;

	for (uint32_t i = 0; i < m->edits.len; i++) {
		struct merge_edit *e = &m->edits.at[i];
		uint32_t from = e->at + e->gone;
		uint32_t end = i + 1 < m->edits.len ? e[1].at : d->peers.len;

		e->at = to;
		to += in_place(e);
		peers_shift(d, to, from, end - from);
		to += end - from;
	}
	d->peers.len = to;
}

/* Then those behind what came go back, from the end on, and what came is put where it belongs. */
static void peers_insert(struct device_merge *m)
{
	struct device *d = m->device;
	uint32_t end = d->peers.len, shift = 0, fresh = m->peers.len;

	vec_each(&m->edits, e)
		shift += e->came - in_place(e);
	vec_reserve(&d->peers, end + shift);
	d->peers.len += shift;
	for (uint32_t i = m->edits.len; i-- > 0;) {
		const struct merge_edit *e = &m->edits.at[i];
		uint32_t from = e->at + in_place(e);

		peers_shift(d, from + shift, from, end - from);
		shift -= e->came - in_place(e);
		fresh -= e->came;
		if (e->came)
			memcpy(&d->peers.at[e->at + shift], &m->peers.at[fresh],
			       e->came * sizeof(*d->peers.at));
		end = e->at;
	}
}

void merge_take(struct device_merge *m)
{
	struct device *d = m->device;

	moves_note(m);
	taken_note(m);
	care_follows(m);
	states_take(m);
	aips_take(m);
	peers_close_up(m);
	peers_insert(m);
	if (d->aips_unused > GAPS_MIN + d->aips.len / GAPS_SHARE)
		gaps_close(d);
	ends_begin(d);
	d->structure++;
	m->seen.changes += m->fresh.changes;
	m->seen.moved += m->fresh.moved;
	m->seen.reached += m->fresh.reached;
	m->seen.heals += m->fresh.heals;
}
