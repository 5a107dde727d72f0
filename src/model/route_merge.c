// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes as they are, against routes as they were.
 */
#include "model/route_merge.h"

static bool route_same(const struct route *a, const struct route *b)
{
	return !prefix_cmp(&a->dst, &b->dst) && a->table == b->table && a->metric == b->metric &&
	       a->oif == b->oif && a->tos == b->tos && a->protocol == b->protocol &&
	       a->type == b->type && a->scope == b->scope && a->onlink == b->onlink &&
	       a->multipath == b->multipath && !addr_cmp(&a->source, &b->source) &&
	       !addr_cmp(&a->gateway, &b->gateway);
}

void route_merge_begin(struct route_merge *m, struct routes *known)
{
	*m = (struct route_merge){.known = known};
}

static void merge_differs(struct route_merge *m)
{
	m->differs = true;
	vec_reserve(&m->fresh, m->known->len);
	for (uint32_t i = 0; i < m->matched; i++)
		*vec_add(&m->fresh) = m->known->at[i];
}

void route_merge_add(struct route_merge *m, const struct route *r)
{
	if (!m->differs) {
		if (m->matched < m->known->len && route_same(&m->known->at[m->matched], r)) {
			m->matched++;
			return;
		}
		merge_differs(m);
	}
	*vec_add(&m->fresh) = *r;
}

uint32_t route_merge_count(const struct route_merge *m)
{
	return m->differs ? m->fresh.len : m->matched;
}

void route_merge_back(struct route_merge *m, uint32_t count)
{
	if (m->differs)
		m->fresh.len = count;
	else
		m->matched = count;
}

static const struct route *next_foreign(const struct routes *list, uint32_t *i)
{
	while (*i < list->len && list->at[*i].protocol == ROUTE_PROTOCOL)
		++*i;
	return *i < list->len ? &list->at[(*i)++] : NULL;
}

/* Of what others have, which decides what is wanted of us. */
static bool foreign_same(const struct routes *a, const struct routes *b)
{
	const struct route *x, *y;
	uint32_t i = 0, j = 0;

	do {
		x = next_foreign(a, &i);
		y = next_foreign(b, &j);
	} while (x && y && route_same(x, y));
	return !x && !y;
}

enum routes_seen route_merge_end(struct route_merge *m, bool ok)
{
	enum routes_seen seen;

	if (!ok) {
		vec_free(&m->fresh);
		return ROUTES_SAME;
	}
	if (!m->differs && m->matched == m->known->len)
		return ROUTES_SAME;
	if (!m->differs) /* the last ones are gone */
		merge_differs(m);
	seen = foreign_same(m->known, &m->fresh) ? ROUTES_OURS_CHANGED : ROUTES_CHANGED;
	vec_free(m->known);
	*m->known = m->fresh;
	return seen;
}
