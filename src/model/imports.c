// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imported peers as a sorted list.
 */
#include "model/imports.h"

#include <string.h>

int import_peer_cmp(const void *va, const void *vb)
{
	const struct import_peer *a = va, *b = vb;
	int c = strcmp(a->ifname, b->ifname);

	return c ? c : key_cmp(&a->key, &b->key);
}

void imports_sort(struct imports *im)
{
	vec_sort(&im->peers, import_peer_cmp);
}

void imports_free(struct imports *im)
{
	vec_free(&im->ifaces);
	vec_free(&im->peers);
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

const struct import_iface *imports_iface(const struct imports *im, const char *ifname)
{
	if (!im)
		return NULL;
	vec_each(&im->ifaces, i)
		if (!strcmp(i->ifname, ifname))
			return i;
	return NULL;
}
