// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes as they are, against routes as they were.
 */
#include "model/route_merge.h"

#define FOREIGN (UINT32_C(1) << 31) /* in matched: places in that list */

void route_merge_begin(struct route_merge *m, struct state *s)
{
	m->ours = &s->ours;
	m->foreign = &s->foreign;
	m->next_ours = m->next_foreign = 0;
	m->matched.len = m->again = 0;
}

/* Where r is in the list; it is looked for at next first. UINT32_MAX: nowhere. */
static uint32_t place_in(const struct routes *list, uint32_t *next, const struct route *r)
{
	const struct route *found;

	if (*next >= list->len || route_order(&list->at[*next], r)) {
		found = vec_find(list, r, route_order);
		if (!found)
			return UINT32_MAX;
		*next = (uint32_t)(found - list->at);
	}
	return (*next)++;
}

static void matched_add(struct route_merge *m, uint32_t place)
{
	uint32_t runs = m->matched.len;

	if (runs && m->matched.at[runs - 1].to == place)
		m->matched.at[runs - 1].to++;
	else
		*vec_add(&m->matched) = (struct route_run){place, place + 1};
	m->again++;
}

void route_merge_add(struct route_merge *m, const struct route *r)
{
	bool ours = r->protocol == ROUTE_PROTOCOL;
	uint32_t i = ours ? place_in(m->ours, &m->next_ours, r)
			  : place_in(m->foreign, &m->next_foreign, r);

	if (i == UINT32_MAX)
		*vec_add(&m->fresh) = *r;
	else
		matched_add(m, ours ? i : i | FOREIGN);
}

struct route_mark route_merge_mark(const struct route_merge *m)
{
	uint32_t runs = m->matched.len;

	return (struct route_mark){.runs = runs,
				   .end = runs ? m->matched.at[runs - 1].to : 0,
				   .again = m->again,
				   .fresh = m->fresh.len};
}

void route_merge_back(struct route_merge *m, struct route_mark to)
{
	m->matched.len = to.runs;
	if (to.runs)
		m->matched.at[to.runs - 1].to = to.end;
	m->again = to.again;
	m->fresh.len = to.fresh;
}

static int run_cmp(const void *a, const void *b)
{
	const struct route_run *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/*
 * Did none of them come twice? A dump that routes came into meanwhile may name one again, and
 * another one that is gone would not be missed if they were only counted.
 */
static bool came_once(const struct route_merge *m)
{
	for (uint32_t i = 1; i < m->matched.len; i++)
		if (m->matched.at[i].from < m->matched.at[i - 1].to)
			return false;
	return true;
}

/* The list becomes what of it came again, each once however often it came. */
static void list_keep(const struct route_merge *m, struct routes *list, uint32_t flag)
{
	uint32_t kept = 0, next = 0;

	vec_each(&m->matched, run) {
		if ((run->from & FOREIGN) != flag)
			continue;
		for (uint32_t i = run->from & ~FOREIGN; i < (run->to & ~FOREIGN); i++) {
			if (i < next)
				continue;
			list->at[kept++] = list->at[i];
			next = i + 1;
		}
	}
	list->len = kept;
}

/* What came for the first time may have come twice, too. */
static void list_once(struct routes *list)
{
	uint32_t kept = 0;

	vec_each(list, r) {
		if (kept && !route_order(&list->at[kept - 1], r))
			continue;
		if (r != &list->at[kept])
			list->at[kept] = *r;
		kept++;
	}
	list->len = kept;
}

/* What did not come again goes out of the list, what came for the first time goes in. */
static bool list_update(struct route_merge *m, struct routes *list, uint32_t flag)
{
	uint32_t before = list->len, kept;

	list_keep(m, list, flag);
	kept = list->len;
	vec_reserve(list, kept + m->fresh.len);
	vec_each(&m->fresh, r)
		if ((r->protocol == ROUTE_PROTOCOL) == !flag)
			*vec_add(list) = *r;
	vec_settle(list, kept, route_order);
	if (list->len > kept + 1)
		list_once(list);
	return kept != before || list->len != kept;
}

enum routes_seen route_merge_end(struct route_merge *m, bool ok)
{
	bool all = m->again == m->ours->len + m->foreign->len && !m->fresh.len;
	bool ours, foreign;

	vec_sort(&m->matched, run_cmp);
	if (!ok || (all && came_once(m))) {
		vec_free(&m->fresh);
		return ROUTES_SAME;
	}
	ours = list_update(m, m->ours, 0);
	foreign = list_update(m, m->foreign, FOREIGN);
	vec_free(&m->fresh);
	return foreign ? ROUTES_CHANGED : ours ? ROUTES_OURS_CHANGED : ROUTES_SAME;
}

void route_merge_free(struct route_merge *m)
{
	vec_free(&m->matched);
	vec_free(&m->fresh);
}
