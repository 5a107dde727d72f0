/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a peer could be: the endpoints that its configuration, and the names in it, lead to.
 */
#ifndef PLAN_CANDIDATES_H
#define PLAN_CANDIDATES_H

#include "model/names.h"
#include "model/state.h"

#define CANDIDATES_MAX (4 * NET_MAX_ADDRS)

struct candidates {
	struct endpoint at[CANDIDATES_MAX]; /* best first, each once */
	uint32_t len;
	uint32_t preferred;  /* how many of them are of the first endpoint written */
	uint32_t version;    /* another number whenever a name's addresses changed */
	const char *refused; /* why one was left out, static text; NULL = none was */
};

/* The configured endpoints, else the imported one; *n of them. */
const struct endpoint_spec *peer_endpoint_specs(const struct peer *p, uint32_t *n);

/*
 * Leaves out what can never be right: an address of this host, or one inside what the peer
 * itself carries.
 */
void candidates_find(struct candidates *c, const struct state *s, const struct names *names,
		     const struct device *d, const struct peer *p);

/* Its place, or -1. */
int candidates_index(const struct candidates *c, const struct endpoint *e);

#endif
