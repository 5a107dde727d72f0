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
	struct endpoint_spec endpoint; /* as written: an address or a host name */
	const char *name;	       /* shorter than NAME_LEN; NULL = none written */
	uint32_t nth;		       /* imports_unite() keeps here which was read first */
	uint16_t keepalive;	       /* seconds, 0 = none written */
	enum import_source source : 8; /* whose file says so */
	bool has_endpoint;
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
	VEC(struct import_peer) peers; /* by interface, each once, after imports_sort() */
	struct texts texts;	       /* their names and hosts */
};

/*
 * From element first on: by interface, and in the order in which they were read, which mostly is
 * the kernel's, so that whoever walks over its peers walks over these. Of peers with the same key
 * the first stays, and is told of each later one.
 */
typedef void (*unite_fn)(const struct imports *im, struct import_peer *first,
			 const struct import_peer *later);
void imports_unite(struct imports *im, uint32_t first, unite_fn unite);
/*
 * All of them. Where files of two programs know the same peer of the same interface, the one that
 * imports_iface() finds stays; else the one that was read first.
 */
void imports_sort(struct imports *im);
void imports_free(struct imports *im);

/* NULL when nothing is known; im may be NULL. It is looked for among all of its interface. */
const struct import_peer *imports_peer(const struct imports *im, const char *ifname,
				       const struct key *key);
/* All of an interface, one behind the other: how many, and in *first the first of them. */
uint32_t imports_peers(const struct imports *im, const char *ifname,
		       const struct import_peer **first);
const struct import_iface *imports_iface(const struct imports *im, const char *ifname);

#endif
