/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What names.c, which knows names, and names_due.c, which knows when each is asked, share.
 */
#ifndef NAMES_BUILD_H
#define NAMES_BUILD_H

#include "model/names.h"

static inline bool name_asks(const struct name *n, uint8_t family)
{
	if (n->srv)
		return family == AF_INET;
	return n->family == FAMILY_ANY || (n->family == FAMILY_IPV4) == (family == AF_INET);
}

static inline struct name_result *name_result(struct name *n, uint8_t family)
{
	return family == AF_INET ? &n->v4 : &n->v6;
}

/* The id of the question about a name for a family. */
static inline uint32_t name_question(const struct name *n, uint8_t family)
{
	return n->id * 2 + (family == AF_INET6);
}

/* NULL when there is none, or no more. */
struct name *names_by_id(const struct names *ns, uint32_t id);

/* A family of the name is to be asked at another time, or is out, or is not any more. */
void due_changed(struct names *ns, struct name *n);
/* The same of all names, or there are others. */
void due_anew(struct names *ns);
/* The question is not out any more. */
void due_back(struct names *ns, struct name *n, uint8_t family);

#endif
