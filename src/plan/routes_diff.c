// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes: the difference between what is wanted and what of ours is there.
 *
 * Both lists are in the same order and are walked once. Nothing is copied before it is known in
 * which order the operations have to come: with twenty thousand routes a copy too many is felt.
 */
#include <errno.h>

#include "routes_build.h"

/* One route that is to come or to go. */
struct change {
	const struct route *route;
	enum op_kind kind;
};
VEC_TYPE(changes, struct change);

/* The comparison writes into two lists that are joined at the end. */
struct diff {
	struct changes adds, dels;
	const struct route_failures *failures;
	msec now;
};

static void change_add(struct changes *list, enum op_kind kind, const struct route *r)
{
	*vec_add(list) = (struct change){.route = r, .kind = kind};
}

static void op_route(struct ops *ops, enum op_kind kind, const struct route *r)
{
	struct op *op = vec_add(ops);

	op->kind = kind;
	op->ifindex = r->oif;
	op->route = *r;
}

static const struct route_failure *failure_pending(const struct diff *d, const struct route *r)
{
	const struct route_failure *f = vec_find(d->failures, r, route_cmp);

	return f && f->retry_at > d->now ? f : NULL;
}

static void item_failed(struct route_item *it, int error, const char *why)
{
	it->error = (int16_t)error;
	it->status = error == -EEXIST ? ROUTE_BLOCKED : ROUTE_FAILED;
	it->why = word_of(error == -EEXIST ? "another program's route is in the way" : why);
}

/* Is it ours to set? What an earlier comparison made of it is forgotten. */
static bool item_wanted(struct route_item *it)
{
	if (it->status == ROUTE_FAILED || it->status == ROUTE_BLOCKED) {
		it->error = 0;
		it->why = 0;
	} else if (it->status != ROUTE_MISSING && it->status != ROUTE_INSTALLED) {
		return false;
	}
	it->status = ROUTE_MISSING;
	return true;
}

/*
 * One key: what is wanted there, and what of ours is there. That can be several, for IPv6 takes
 * routes that differ in their interface only when somebody appends them.
 */
static void compare_one(struct diff *d, struct route_item *it, const struct route *have, uint32_t n)
{
	const struct route_failure *f;
	bool there = false;

	for (uint32_t i = 0; it && i < n; i++)
		there = there || !route_cmp(&it->route, &have[i]);
	f = it && !there ? failure_pending(d, &it->route) : NULL;
	if (f) {
		item_failed(it, f->error, f->why);
		return;
	}
	/* A changed one goes out and comes in within one message to the kernel. */
	for (uint32_t i = 0; i < n; i++)
		if (!there || route_cmp(&it->route, &have[i]))
			change_add(it && !there ? &d->adds : &d->dels, OP_ROUTE_DEL, &have[i]);
	if (there)
		it->status = ROUTE_INSTALLED;
	else if (it)
		change_add(&d->adds, OP_ROUTE_ADD, &it->route);
}

/*
 * Additions, longest first: a counting sort, because it keeps the order of equals, which is a
 * changed route's deletion before its addition, and the better metric first.
 */
static void sort_adds(struct changes *out, const struct changes *adds)
{
	uint32_t start[130] = {0};

	vec_each(adds, c)
		start[1 + 128 - c->route->dst.len]++;
	for (int i = 1; i < 130; i++)
		start[i] += start[i - 1];
	vec_reserve(out, adds->len);
	out->len = adds->len;
	vec_each(adds, c)
		out->at[start[128 - c->route->dst.len]++] = *c;
}

/* Deletions: shortest first, and of one prefix the worse metric first. */
static int del_cmp(const void *va, const void *vb)
{
	const struct route *a = ((const struct change *)va)->route;
	const struct route *b = ((const struct change *)vb)->route;
	int c = order(a->dst.len, b->dst.len);

	if (!c)
		c = order(a->table, b->table);
	if (!c)
		c = prefix_cmp(&a->dst, &b->dst);
	return c ? c : route_cmp(b, a);
}

static void append_all(struct ops *out, struct diff *d)
{
	struct changes adds = {0};

	sort_adds(&adds, &d->adds);
	vec_sort(&d->dels, del_cmp);
	if (adds.len + d->dels.len)
		vec_reserve(out, out->len + adds.len + d->dels.len);
	vec_each(&adds, c)
		op_route(out, c->kind, c->route);
	vec_each(&d->dels, c)
		op_route(out, c->kind, c->route);
	vec_free(&adds);
}

/* How many from i on the kernel tells apart by less than their key. */
static uint32_t same_key(const struct routes *ours, uint32_t i)
{
	uint32_t end = i + 1;

	while (end < ours->len && !route_key_cmp(&ours->at[i], &ours->at[end]))
		end++;
	return end - i;
}

static struct route_item *next_wanted(struct route_items *items, struct under *u)
{
	while (u->from < u->to && !item_wanted(&items->at[u->from]))
		u->from++;
	return u->from < u->to ? &items->at[u->from] : NULL;
}

static void compare(struct diff *d, struct route_items *items, struct under wanted,
		    const struct routes *ours, struct under there)
{
	for (;;) {
		struct route_item *it = next_wanted(items, &wanted);
		const struct route *have = there.from < there.to ? &ours->at[there.from] : NULL;
		uint32_t n = have ? same_key(ours, there.from) : 0;
		int c;

		if (!it && !have)
			break;
		c = !it ? 1 : !have ? -1 : route_key_cmp(&it->route, have);
		compare_one(d, c <= 0 ? it : NULL, have, c >= 0 ? n : 0);
		wanted.from += c <= 0;
		there.from += c >= 0 ? n : 0;
	}
}

static void diff_finish(struct ops *out, struct diff *d)
{
	append_all(out, d);
	vec_free(&d->adds);
	vec_free(&d->dels);
}

void routes_plan(struct ops *out, struct route_items *items, const struct state *s,
		 const struct route_failures *failures, msec now)
{
	struct diff d = {.failures = failures, .now = now};

	compare(&d, items, (struct under){0, items->len}, &s->ours, (struct under){0, s->ours.len});
	diff_finish(out, &d);
}

void routes_plan_at(struct ops *out, struct route_items *items, const struct state *s,
		    const struct route_failures *failures, msec now, struct prefixes *at)
{
	struct diff d = {.failures = failures, .now = now};
	uint32_t t = 0, of_items, of_ours;

	prefixes_outermost(at);
	for (;; t++) {
		of_items = list_table(items, t);
		of_ours = list_table(&s->ours, t);
		t = of_items < of_ours ? of_items : of_ours;
		if (t == NO_TABLE)
			break;
		vec_each(at, p)
			compare(&d, items, list_under(items, t, p), &s->ours,
				list_under(&s->ours, t, p));
	}
	diff_finish(out, &d);
}

void routes_plan_clean(struct ops *out, const struct state *s)
{
	vec_each(&s->ours, r)
		op_route(out, OP_ROUTE_DEL, r);
	vec_each(&s->rules, r) {
		if (r->protocol == ROUTE_PROTOCOL) {
			struct op *op = vec_add(out);

			op->kind = OP_RULE_DEL;
			op->rule = *r;
		}
	}
}
