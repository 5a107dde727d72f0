// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imported peers as a sorted list, each of them once.
 */
#include "model/imports.h"

#include <stddef.h>
#include <string.h>

_Static_assert(offsetof(struct import_peer, ifname) == 0 &&
		       offsetof(struct import_peer, key) == IFNAME_LEN,
	       "compared in one go");

int import_peer_cmp(const void *va, const void *vb)
{
	/* The name is padded with zeroes, and the key is next to it. */
	return memcmp(va, vb, IFNAME_LEN + KEY_LEN);
}

static int nth_cmp(const void *va, const void *vb)
{
	const struct import_peer *a = va, *b = vb;
	int c = import_peer_cmp(a, b);

	return c ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

static bool is_own(const struct imports *im, const struct import_peer *p)
{
	const struct import_iface *i = imports_iface(im, p->ifname);

	return i && i->source == p->source;
}

void imports_sort(struct imports *im)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < im->peers.len; i++)
		im->peers.at[i].nth = i;
	vec_sort(&im->peers, nth_cmp);
	vec_each(&im->peers, p) {
		struct import_peer *last = kept ? &im->peers.at[kept - 1] : NULL;

		if (!last || import_peer_cmp(last, p))
			im->peers.at[kept++] = *p;
		else if (!is_own(im, last) && is_own(im, p))
			*last = *p;
	}
	im->peers.len = kept;
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
	struct import_peer want = {.key = *key};

	if (!im)
		return NULL;
	mem_copy_str(want.ifname, sizeof(want.ifname), ifname);
	return vec_find(&im->peers, &want, import_peer_cmp);
}

uint32_t imports_peers(const struct imports *im, const char *ifname,
		       const struct import_peer **first)
{
	struct import_peer want = {.nth = 0};
	uint32_t at, n = 0;

	if (!im || !im->peers.len)
		return 0;
	mem_copy_str(want.ifname, sizeof(want.ifname), ifname);
	at = vec_from(&im->peers, &want, import_peer_cmp);
	*first = im->peers.at + at;
	while (at + n < im->peers.len && !strcmp((*first)[n].ifname, want.ifname))
		n++;
	return n;
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
