// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imported peers as a list, each of them once.
 */
#include "model/imports.h"

#include <string.h>

#include "base/keys.h"

static int ifname_cmp(const void *va, const void *vb)
{
	const struct import_peer *a = va, *b = vb;

	return strcmp(a->ifname, b->ifname);
}

static int nth_cmp(const void *va, const void *vb)
{
	const struct import_peer *a = va, *b = vb;
	int c = ifname_cmp(a, b);

	return c ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

/* How many from here on are of one interface. */
static uint32_t run_length(const struct imports *im, uint32_t from)
{
	uint32_t n = from;

	while (n < im->peers.len && !ifname_cmp(&im->peers.at[from], &im->peers.at[n]))
		n++;
	return n - from;
}

/* The one that was added with that key, or NULL. */
static struct import_peer *among(struct imports *im, const struct keys *ks, const struct key *key)
{
	const struct key *known = keys_find(ks, key);

	return known ? im->peers.at + (CONTAINER(known, struct import_peer, key) - im->peers.at)
		     : NULL;
}

/* n of one interface move to where the list goes on, those that are new. Returns its length. */
static uint32_t run_unite(struct imports *im, uint32_t from, uint32_t n, uint32_t kept,
			  unite_fn unite)
{
	struct keys ks;

	keys_begin(&ks, n);
	for (uint32_t i = from; i < from + n; i++) {
		const struct import_peer *p = &im->peers.at[i];
		struct import_peer *known = among(im, &ks, &p->key);

		if (known) {
			unite(im, known, p);
			continue;
		}
		im->peers.at[kept] = *p;
		keys_add(&ks, &im->peers.at[kept++].key);
	}
	keys_free(&ks);
	return kept;
}

void imports_unite(struct imports *im, uint32_t first, unite_fn unite)
{
	uint32_t kept = first, n;

	for (uint32_t i = first; i < im->peers.len; i++)
		im->peers.at[i].nth = i;
	array_sort(im->peers.at + first, im->peers.len - first, sizeof(*im->peers.at), nth_cmp);
	for (uint32_t i = first; i < im->peers.len; i += n) {
		n = run_length(im, i);
		kept = run_unite(im, i, n, kept, unite);
	}
	im->peers.len = kept;
}

static bool is_own(const struct imports *im, const struct import_peer *p)
{
	const struct import_iface *i = imports_iface(im, p->ifname);

	return i && i->source == p->source;
}

/* The interface's own file is believed. */
static void believe(const struct imports *im, struct import_peer *first,
		    const struct import_peer *later)
{
	if (!is_own(im, first) && is_own(im, later))
		*first = *later;
}

void imports_sort(struct imports *im)
{
	imports_unite(im, 0, believe);
}

void imports_free(struct imports *im)
{
	vec_free(&im->ifaces);
	vec_free(&im->peers);
	texts_free(&im->texts);
}

const struct import_peer *imports_peer(const struct imports *im, const char *ifname,
				       const struct key *key)
{
	const struct import_peer *first;
	uint32_t n = imports_peers(im, ifname, &first);

	for (uint32_t i = 0; i < n; i++)
		if (!key_cmp(&first[i].key, key))
			return &first[i];
	return NULL;
}

uint32_t imports_peers(const struct imports *im, const char *ifname,
		       const struct import_peer **first)
{
	struct import_peer want = {.nth = UINT32_MAX};
	uint32_t at;

	if (!im || !im->peers.len)
		return 0;
	mem_copy_str(want.ifname, sizeof(want.ifname), ifname);
	at = vec_from(&im->peers, &want, ifname_cmp);
	*first = im->peers.at + at;
	return vec_from(&im->peers, &want, nth_cmp) - at;
}

const struct import_iface *imports_iface(const struct imports *im, const char *ifname)
{
	if (!im)
		return NULL;
	vec_each(&im->ifaces, i)
		if (!strcmp(i->ifname, ifname))
			return i;
	return NULL;
}
