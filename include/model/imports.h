/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other programs' files say about peers: the host names that the kernel does not keep, and
 * names for people. Only these fields ever leave a parser; a private key is skipped and the
 * buffer wiped by whoever read it.
 */
#ifndef MODEL_IMPORTS_H
#define MODEL_IMPORTS_H

#include "model/config.h"

struct import_peer {
	char ifname[IFNAME_LEN];
	struct key key;
	const char *name; /* shorter than NAME_LEN; NULL = none written */
	bool has_endpoint;
	struct endpoint_spec endpoint; /* as written: an address or a host name */
	uint16_t keepalive;	       /* seconds, 0 = none written */
	enum import_source source;     /* whose file says so */
	uint32_t nth;		       /* imports_sort() keeps here which was read first */
};

/* Table= of wg-quick, RouteTable= of networkd, route_allowed_ips of UCI. */
enum import_routes {
	IMPORT_ROUTES_UNSET, /* nothing written: the importer's own default */
	IMPORT_ROUTES_TABLE, /* a table's number */
	IMPORT_ROUTES_OFF,   /* "off": that program sets none, neither do we unless told here */
};

struct import_iface {
	char ifname[IFNAME_LEN];
	enum import_source source;
	enum import_routes routes;
	uint32_t table;	  /* for IMPORT_ROUTES_TABLE */
	bool listen_port; /* one is written: it is never changed */
};

struct imports {
	VEC(struct import_iface) ifaces;
	VEC(struct import_peer) peers; /* sorted, each once, after imports_sort() */
	struct texts texts;	       /* their names and hosts */
};

/* Orders by interface name, then key. */
int import_peer_cmp(const void *a, const void *b);
/*
 * Sorts the peers. Where files of two programs know the same peer of the same interface, the one
 * that imports_iface() finds stays; else the one that was read first.
 */
void imports_sort(struct imports *im);
void imports_free(struct imports *im);

/* NULL when nothing is known; im may be NULL. */
const struct import_peer *imports_peer(const struct imports *im, const char *ifname,
				       const struct key *key);
/* All of an interface, one behind the other: how many, and in *first the first of them. */
uint32_t imports_peers(const struct imports *im, const char *ifname,
		       const struct import_peer **first);
const struct import_iface *imports_iface(const struct imports *im, const char *ifname);

#endif
