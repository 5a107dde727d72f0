// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what is there to what should be: the operations of one transaction, in an order in which
 * the kernel accepts each (a set is used until the rules that look into it are gone, a chain until
 * nobody leads there).
 *
 * A chain that differs in a single rule is filled again, whole: nobody sees it empty, for the
 * transaction happens at once. A set gets only the elements that differ: in their key, or in their
 * comment when a peer is called otherwise now, since the kernel changes nothing of an element.
 * What cannot be changed in place (a hook, a set's type) is made again.
 */
#include "plan/firewall.h"

/* One name, wanted or there or both. */
struct chain_pair {
	const struct fw_chain *want;
	const struct fw_have_chain *have;
	bool refill;
};

struct set_pair {
	const struct fw_set *want, *have;
	bool replace;
	struct fw_elems add, del;
};

struct diff {
	const struct fw_ruleset *want;
	struct fw_plan *out;
	VEC(struct chain_pair) chains;
	VEC(struct set_pair) sets;
};

static struct fw_op *op_add(struct fw_plan *out, enum fw_op_kind kind, const char *name)
{
	struct fw_op *op = vec_add(&out->ops);

	op->kind = kind;
	op->name = name;
	return op;
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* Both start with their name, and that is what they are sorted by here. */
static int named_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

VEC_TYPE(pointers, const void *);

#define POINTERS(out, vec)                   \
	do {                                 \
		vec_each(vec, at_)           \
			*vec_add(out) = at_; \
		vec_sort(out, named_cmp);    \
	} while (0)

static void on_chain(void *ctx, const void *want, const void *have)
{
	struct diff *d = ctx;

	*vec_add(&d->chains) =
		(struct chain_pair){.want = want ? *(const void *const *)want : NULL,
				    .have = have ? *(const void *const *)have : NULL};
}

static void on_set(void *ctx, const void *want, const void *have)
{
	struct diff *d = ctx;

	*vec_add(&d->sets) = (struct set_pair){.want = want ? *(const void *const *)want : NULL,
					       .have = have ? *(const void *const *)have : NULL};
}

static void pair_up(struct diff *d, const struct fw_actual *have)
{
	struct pointers w = {0}, h = {0};

	POINTERS(&w, &d->want->chains);
	POINTERS(&h, &have->chains);
	sorted_diff(w.at, w.len, h.at, h.len, sizeof(*w.at), named_cmp, on_chain, d);
	w.len = h.len = 0;
	POINTERS(&w, &d->want->sets);
	POINTERS(&h, &have->sets);
	sorted_diff(w.at, w.len, h.at, h.len, sizeof(*w.at), named_cmp, on_set, d);
	vec_free(&w);
	vec_free(&h);
}

/* --- what differs ----------------------------------------------------------------------------- */

static void on_elem(void *ctx, const void *want, const void *have)
{
	const struct fw_elem *w = want, *h = have;
	struct set_pair *p = ctx;
	bool same = w && h && w->label == h->label;

	if (w && !same)
		*vec_add(&p->add) = *w;
	if (h && !same)
		*vec_add(&p->del) = *h;
}

/*
 * A set's room is fixed when it is made, and what is deleted leaves only at the transaction's end.
 * One that was made for many more stays until it is eight times too large.
 */
static bool set_serves(const struct set_pair *p)
{
	return p->have->key == p->want->key && p->have->plain &&
	       p->have->counting == p->want->counting &&
	       p->have->elems.len + p->add.len <= p->have->size &&
	       p->have->size / 8 <= p->want->size;
}

static void compare_set(struct set_pair *p)
{
	if (!p->want || !p->have)
		return;
	sorted_diff(p->want->elems.at, p->want->elems.len, p->have->elems.at, p->have->elems.len,
		    sizeof(struct fw_elem), fw_elem_cmp, on_elem, p);
	p->replace = !set_serves(p);
}

static bool set_is_replaced(const struct diff *d, uint32_t number)
{
	const struct fw_set *set = fw_ruleset_set(d->want, number);

	vec_each(&d->sets, p)
		if (set && p->want == set)
			return p->replace;
	return false;
}

static bool rule_is_shaken(const struct diff *d, const struct fw_rule *rule)
{
	return set_is_replaced(d, rule->src_set) || set_is_replaced(d, rule->dst_set) ||
	       set_is_replaced(d, rule->iif.set) || set_is_replaced(d, rule->oif.set);
}

static void compare_chain(struct diff *d, struct chain_pair *p)
{
	if (!p->want || !p->have) {
		p->refill = p->want != NULL;
		return;
	}
	p->refill = p->want->rules.len != p->have->tags.len;
	for (uint32_t i = 0; i < p->want->rules.len && !p->refill; i++)
		p->refill = p->want->rules.at[i].tag != p->have->tags.at[i] ||
			    rule_is_shaken(d, &p->want->rules.at[i]);
}

/* --- in order --------------------------------------------------------------------------------- */

static void make_way(struct diff *d)
{
	vec_each(&d->chains, p)
		if (!p->have)
			op_add(d->out, FW_OP_ADD_CHAIN, p->want->name)->chain = p->want;
	vec_each(&d->chains, p)
		if (p->have && p->have->tags.len && (!p->want || p->refill))
			op_add(d->out, FW_OP_FLUSH_CHAIN, p->have->name);
}

/* Takes over the pair's list. */
static void elems_op(struct diff *d, enum fw_op_kind kind, const struct fw_set *set,
		     struct fw_elems *elems)
{
	struct fw_op *op;

	if (!elems->len)
		return;
	op = op_add(d->out, kind, set->name);
	op->set = set;
	op->want = kind == FW_OP_ADD_ELEMS ? d->want : NULL;
	op->elems = *elems;
	*elems = (struct fw_elems){0};
}

static void change_sets(struct diff *d)
{
	vec_each(&d->sets, p)
		if (p->want && !p->replace)
			elems_op(d, FW_OP_DEL_ELEMS, p->want, &p->del);
	vec_each(&d->sets, p)
		if (p->have && (!p->want || p->replace))
			op_add(d->out, FW_OP_DEL_SET, p->have->name);
	vec_each(&d->sets, p) {
		if (p->want && (!p->have || p->replace)) {
			op_add(d->out, FW_OP_ADD_SET, p->want->name)->set = p->want;
			vec_copy(&p->add, &p->want->elems);
		}
	}
	vec_each(&d->sets, p)
		if (p->want)
			elems_op(d, FW_OP_ADD_ELEMS, p->want, &p->add);
}

static void settle_chains(struct diff *d)
{
	vec_each(&d->chains, p)
		if (!p->want)
			op_add(d->out, FW_OP_DEL_CHAIN, p->have->name);
	vec_each(&d->chains, p)
		if (p->want && p->refill && p->want->rules.len)
			op_add(d->out, FW_OP_FILL_CHAIN, p->want->name)->chain = p->want;
}

/*
 * It is used by rules of a chain that is filled again when they come or go. The kernel takes out
 * an interface that goes; one that is there and not wanted any more does no harm.
 */
static void change_flowtable(struct diff *d, const struct fw_actual *have)
{
	const struct fw_elems *want = &d->want->offload;
	struct fw_elems missing = {0};

	if (!want->len && have->flowtable)
		op_add(d->out, FW_OP_DEL_FLOWTABLE, FW_FLOWTABLE);
	vec_each(want, e)
		if (!vec_find(&have->offload, e, fw_elem_cmp))
			*vec_add(&missing) = *e;
	if (missing.len)
		op_add(d->out, FW_OP_ADD_FLOWTABLE, FW_FLOWTABLE)->elems = missing;
}

static void plan_table(struct fw_plan *out, const struct fw_ruleset *want,
		       const struct fw_actual *have)
{
	struct diff d = {.want = want, .out = out};

	pair_up(&d, have);
	vec_each(&d.sets, p)
		compare_set(p);
	vec_each(&d.chains, p)
		compare_chain(&d, p);
	make_way(&d);
	change_flowtable(&d, have);
	change_sets(&d);
	settle_chains(&d);
	vec_each(&d.sets, p) {
		vec_free(&p->add);
		vec_free(&p->del);
	}
	vec_free(&d.sets);
	vec_free(&d.chains);
}

static bool hook_same(const struct fw_hook *a, const struct fw_hook *b)
{
	return !strcmp(a->type, b->type) && a->num == b->num && a->priority == b->priority &&
	       a->drops == b->drops;
}

/* Owned by whoever had it when he stopped, it waits for somebody to take it over. */
static bool table_is_left(const struct fw_ruleset *want, const struct fw_actual *have)
{
	return want->table_flags == FW_TABLE_OWNED && have->table_flags == FW_TABLE_PERSIST;
}

/*
 * Neither a hook nor a table's flags can be changed by every kernel. One that somebody else owns
 * cannot be changed at all: to try is how its kernel says so.
 */
static bool table_serves(const struct fw_ruleset *want, const struct fw_actual *have)
{
	vec_each(&want->chains, w)
		vec_each(&have->chains, h)
			if (!strcmp(w->name, h->name) && !hook_same(&w->hook, &h->hook))
				return false;
	return have->table_flags == want->table_flags || table_is_left(want, have);
}

/* --- other programs' chains ------------------------------------------------------------------- */

struct foreign_diff {
	struct fw_plan *out;
	const struct fw_foreigns *copies;
	VEC(const struct fw_foreign *) add;
};

/* Somebody's accept of everything serves for one port, too. */
static bool copy_serves(const struct fw_foreigns *copies, const struct fw_foreign *want)
{
	struct fw_foreign all = *want;

	all.protocol = 0;
	all.port = 0;
	return vec_find(copies, want, fw_foreign_cmp) || vec_find(copies, &all, fw_foreign_cmp);
}

static void on_foreign(void *ctx, const void *want, const void *have)
{
	struct foreign_diff *d = ctx;

	if (!want)
		op_add(d->out, FW_OP_DEL_FOREIGN, NULL)->rule = have;
	else if (!have && !copy_serves(d->copies, want))
		*vec_add(&d->add) = want;
}

/* Each goes to the top, so the last one first: they end up in their own order. */
static void plan_foreign(struct fw_plan *out, const struct fw_foreigns *want,
			 const struct fw_actual *have)
{
	struct foreign_diff d = {.out = out, .copies = &have->copies};

	sorted_diff(want->at, want->len, have->foreign.at, have->foreign.len,
		    sizeof(struct fw_foreign), fw_foreign_cmp, on_foreign, &d);
	for (uint32_t i = d.add.len; i > 0; i--)
		op_add(out, FW_OP_ADD_FOREIGN, NULL)->rule = d.add.at[i - 1];
	vec_free(&d.add);
}

/* --- the whole -------------------------------------------------------------------------------- */

void firewall_plan(struct fw_plan *out, const struct fw_ruleset *want, const struct fw_actual *have)
{
	static const struct fw_actual nothing;
	bool serves = have->table && want->table && table_serves(want, have);

	out->want = want;
	if (!have->available)
		return;
	if (have->table && !serves)
		op_add(out, FW_OP_DEL_TABLE, FW_TABLE);
	if (want->table && !serves)
		op_add(out, FW_OP_ADD_TABLE, FW_TABLE);
	else if (want->table && table_is_left(want, have))
		op_add(out, FW_OP_TAKE_TABLE, FW_TABLE);
	if (want->table)
		plan_table(out, want, serves ? have : &nothing);
	plan_foreign(out, &want->foreign, have);
}

void firewall_plan_clean(struct fw_plan *out, const struct fw_actual *have)
{
	static const struct fw_ruleset nothing;

	firewall_plan(out, &nothing, have);
}

void fw_plan_free(struct fw_plan *p)
{
	vec_each(&p->ops, op)
		vec_free(&op->elems);
	vec_free(&p->ops);
	*p = (struct fw_plan){0};
}

bool fw_plan_is_empty(const struct fw_plan *p)
{
	return !p->ops.len;
}

size_t fw_plan_count(const struct fw_plan *p)
{
	return p->ops.len;
}
