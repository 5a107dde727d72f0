// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is known by which name. What is wanted of names follows the lists of peers; and when one of
 * ten thousand names leads elsewhere, the peers that are known by it are found without a look at
 * the others.
 */
#include "internal.h"

#define MANY_PEERS 1000 /* so many take a millisecond */

static int named_cmp(const void *va, const void *vb)
{
	const struct named *a = va, *b = vb;

	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->peer > b->peer) - (a->peer < b->peer);
}

static void want_name(struct engine *e, uint32_t device, uint32_t peer,
		      const struct endpoint_spec *spec)
{
	const struct endpoints_conf *conf = &e->state.devices.at[device].conf->endpoints;
	const struct name *n = NULL;

	if (spec->kind == ENDPOINT_HOST)
		n = names_want(&e->names, spec->host, conf);
	else if (spec->kind == ENDPOINT_SRV)
		n = names_want_srv(&e->names, spec->host, conf);
	if (n)
		*vec_add(&e->named) = (struct named){n->id, device, peer};
}

static void want_names(struct engine *e, uint32_t device)
{
	const struct device *d = &e->state.devices.at[device];

	for (uint32_t i = 0; d->conf->endpoints.resolve && i < d->peers.len; i++) {
		uint32_t n;
		const struct endpoint_spec *specs = peer_endpoint_specs(&d->peers.at[i], &n);

		for (uint32_t k = 0; k < n; k++)
			want_name(e, device, i, &specs[k]);
	}
}

/* With thousands of peers, not in a turn that plans all their routes: in the next one. */
static bool is_put_off(const struct engine *e)
{
	uint32_t peers = 0;

	if (e->dry || e->names_put_off || !(e->replan & SUBJECT_ROUTES))
		return false;
	vec_each(&e->state.devices, d)
		peers += d->peers.len;
	return peers > MANY_PEERS;
}

void names_follow(struct engine *e)
{
	if (!e->names_stale)
		return;
	e->names_put_off = is_put_off(e);
	if (e->names_put_off)
		return;
	e->names_stale = false;
	e->replan |= SUBJECT_PEERS;
	e->named.len = 0;
	for (uint32_t i = 0; i < e->state.devices.len; i++)
		want_names(e, i);
	names_sweep(&e->names);
	vec_sort(&e->named, named_cmp);
	memory_recall(&e->memory, &e->names);
}

/* --- a few peers are other ones ------------------------------------------------------------ */

/* The name that a peer of the device is known by there; NULL: an address, or one not known yet. */
static const struct name *spec_name(const struct engine *e, const struct device *d,
				    const struct endpoint_spec *spec)
{
	bool asked = spec->kind != ENDPOINT_ADDRESS && d->conf->endpoints.resolve;

	return asked ? names_find(&e->names, spec->host) : NULL;
}

/* False when one of the names is not there. */
static bool named_add(struct nameds *out, const struct engine *e, uint32_t device, uint32_t peer)
{
	const struct device *d = &e->state.devices.at[device];
	uint32_t n;
	const struct endpoint_spec *specs = peer_endpoint_specs(&d->peers.at[peer], &n);

	for (uint32_t i = 0; i < n; i++) {
		const struct name *name = spec_name(e, d, &specs[i]);

		if (name)
			*vec_add(out) = (struct named){name->id, device, peer};
		else if (specs[i].kind != ENDPOINT_ADDRESS && d->conf->endpoints.resolve)
			return false;
	}
	return true;
}

/* Those of the others go on by where they are now; the names of the rest are put into lost. */
static void named_move(struct engine *e, uint32_t device, const struct peer_moves *m,
		       struct nameds *lost)
{
	uint32_t kept = 0;

	vec_each(&e->named, n) {
		if (n->device == device) {
			if (peer_is_other(m, n->peer)) {
				*vec_add(lost) = *n;
				continue;
			}
			n->peer = peer_moved(m, n->peer);
		}
		e->named.at[kept++] = *n;
	}
	e->named.len = kept;
}

/* Are they the same names? */
static bool same_names(const struct nameds *a, const struct nameds *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (a->at[i].name != b->at[i].name)
			return false;
	return true;
}

void names_peers_changed(struct engine *e, const struct device *d)
{
	uint32_t device = (uint32_t)(d - e->state.devices.at);
	struct nameds lost = {0}, gained = {0};
	bool known = true;

	if (d->moves.many)
		e->names_stale = true;
	if (e->names_stale)
		return;
	vec_each(&d->moves.altered, i)
		known = named_add(&gained, e, device, *i) && known;
	named_move(e, device, &d->moves, &lost);
	vec_sort(&lost, named_cmp);
	vec_sort(&gained, named_cmp);
	e->names_stale = !known || !same_names(&lost, &gained);
	vec_append(&e->named, &gained);
	vec_sort(&e->named, named_cmp);
	vec_free(&lost);
	vec_free(&gained);
}

void names_fresh_peers(struct engine *e, struct nameds *out)
{
	uint32_t kept = 0;

	vec_each(&e->fresh, id) {
		const struct named from = {.name = *id};
		size_t i = array_from(e->named.at, e->named.len, sizeof(from), &from, named_cmp);

		for (; i < e->named.len && e->named.at[i].name == *id; i++)
			*vec_add(out) =
				(struct named){0, e->named.at[i].device, e->named.at[i].peer};
	}
	vec_sort(out, named_cmp);
	vec_each(out, n)
		if (!kept || named_cmp(&out->at[kept - 1], n))
			out->at[kept++] = *n;
	out->len = kept;
}
