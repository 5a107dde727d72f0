// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What others serve: items and the routes of others are walked once in the order in which a
 * covering prefix comes before what it covers, with the covering ones on a stack. The nearest of
 * them tells whether somebody already leads a prefix to the same interface.
 */
#include <linux/rtnetlink.h>

#include "routes_build.h"

static int nested_cmp(const void *va, const void *vb)
{
	const struct nested *a = va, *b = vb;
	int c = route_place_cmp(a->route, b->route);

	if (!c) /* foreign first, so that it is there when the item asks */
		c = order(a->item != NULL, b->item != NULL);
	return c ? c : order(a->route->oif, b->route->oif);
}

static bool same_prefix(const struct route *a, const struct route *b)
{
	return !route_place_cmp(a, b);
}

static bool route_covers(const struct route *outer, const struct route *inner)
{
	return outer->table == inner->table && prefix_covers(&outer->dst, &inner->dst);
}

/* Does a foreign route lead this item's prefix to the item's own interface? */
static bool serves(const struct nested *near, const struct route_item *it)
{
	bool same = near->route->dst.len == it->route.dst.len;

	if (it->route.type != RTN_UNICAST || near->item || near->route->oif != it->route.oif ||
	    near->route->type != RTN_UNICAST || near->route->tos)
		return false;
	return same || near->route->dst.len; /* a default route does not stand for everything */
}

/* Of the entries with its prefix, does the kernel follow this one? */
static bool is_best(const struct nesting *stack, uint32_t i)
{
	uint32_t first = i, metric = stack->at[i].route->metric;

	while (first && same_prefix(stack->at[first - 1].route, stack->at[i].route))
		first--;
	for (uint32_t j = first; j < stack->len; j++)
		if (!stack->at[j].route->tos && stack->at[j].route->metric < metric)
			return false;
	return true;
}

/*
 * Entries with the same prefix: when any foreign one of them goes over the item's interface, it
 * serves, whatever its metric. A wider one has to be the one that the kernel follows.
 */
static const struct nested *nearest_serving(const struct nesting *stack,
					    const struct route_item *it)
{
	for (uint32_t i = stack->len; i-- > 0;) {
		const struct nested *n = &stack->at[i];

		if (serves(n, it) && (n->route->dst.len == it->route.dst.len || is_best(stack, i)))
			return n;
		if (!i || !same_prefix(n->route, n[-1].route))
			return NULL;
	}
	return NULL;
}

static void item_cover(struct route_item *it, const struct nested *by)
{
	bool same = by->route->dst.len == it->route.dst.len;

	it->status = same ? ROUTE_FOREIGN : ROUTE_COVERED;
	if (by->route->protocol == RTPROT_KERNEL)
		it->why = word_of("the interface's own network");
	else
		it->why = word_of(same ? "another program's route serves it"
				       : "another program's route over this interface serves it");
}

/*
 * Entries with one prefix, foreign ones first. When one of the items needs a route of its own, so
 * does each: it would be nearer than what covers the others.
 */
static void walk_prefix(struct nesting *stack, struct nested *n, const struct nested *end)
{
	const struct nested *items, *by;
	bool all = true;

	for (; n < end && !n->item; n++)
		*vec_add(stack) = *n;
	for (items = n; items < end; items++)
		all = all && nearest_serving(stack, items->item);
	for (; n < end; n++) {
		by = nearest_serving(stack, n->item);
		if (by && (all || by->route->dst.len == n->route->dst.len))
			item_cover(n->item, by);
		else
			*vec_add(stack) = *n;
	}
}

void nesting_judge(struct nesting *all)
{
	struct nested *end = all->at + all->len, *n = all->at, *next;
	struct nesting stack = {0};

	vec_sort(all, nested_cmp);
	for (; n < end; n = next) {
		for (next = n + 1; next < end && same_prefix(n->route, next->route);)
			next++;
		while (stack.len && !route_covers(stack.at[stack.len - 1].route, n->route))
			stack.len--;
		walk_prefix(&stack, n, next);
	}
	vec_free(&stack);
}

/*
 * The networks that the host is in by its other interfaces: their routes are not among those that
 * were looked at, and they are nearer than what goes around them over a device of ours.
 */
void nesting_connected(struct routes *out, const struct state *s)
{
	vec_each(&s->addrs, a) {
		const struct link *l = state_link(s, a->ifindex);

		if (l && !l->wireguard && a->len < addr_bits(&a->addr))
			*vec_add(out) = (struct route){.dst = prefix_from(&a->addr, a->len),
						       .table = RT_TABLE_MAIN,
						       .oif = a->ifindex,
						       .protocol = RTPROT_KERNEL,
						       .type = RTN_UNICAST};
	}
}
