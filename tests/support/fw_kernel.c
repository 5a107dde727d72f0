// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel's nftables, as far as our plans can tell.
 */
#include "support/fw_kernel.h"

#include <errno.h>

void fw_kernel_init(struct fw_kernel *k)
{
	*k = (struct fw_kernel){.actual = {.available = true}};
}

void fw_kernel_free(struct fw_kernel *k)
{
	fw_actual_free(&k->actual);
	vec_free(&k->rules);
}

void fw_kernel_base(struct fw_kernel *k, uint8_t family, const char *table, const char *chain,
		    bool drops)
{
	struct fw_base *b = vec_add(&k->actual.bases);

	b->family = family;
	mem_copy_str(b->table, FW_NAME_LEN, table);
	mem_copy_str(b->chain, FW_NAME_LEN, chain);
	mem_copy_str(b->hook.type, sizeof(b->hook.type), "filter");
	b->hook.num = 2; /* NF_INET_FORWARD */
	b->hook.drops = drops;
}

#define REMOVE(vec, p)                                                                          \
	do {                                                                                    \
		memmove((p), (p) + 1, (size_t)((vec)->at + (vec)->len - (p)-1) * sizeof(*(p))); \
		(vec)->len--;                                                                   \
	} while (0)

static struct fw_have_chain *chain_find(struct fw_kernel *k, const char *name)
{
	vec_each(&k->actual.chains, c)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static struct fw_set *set_find(struct fw_kernel *k, const char *name)
{
	vec_each(&k->actual.sets, s)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static bool used(const struct fw_kernel *k, const char *name)
{
	vec_each(&k->rules, r)
		for (int i = 0; i < 5; i++)
			if (!strcmp(r->uses[i], name))
				return true;
	return false;
}

static int table_add(struct fw_kernel *k, uint32_t flags)
{
	if (k->actual.table)
		return -EEXIST;
	k->actual.table = true;
	k->actual.table_flags = flags;
	return 0;
}

/* nf_tables_updtable(): of an orphan only. */
static int table_take(struct fw_kernel *k, uint32_t flags)
{
	if (!k->actual.table || k->actual.table_flags != FW_TABLE_PERSIST ||
	    flags != FW_TABLE_OWNED)
		return -EOPNOTSUPP;
	k->actual.table_flags = flags;
	return 0;
}

static int table_del(struct fw_kernel *k)
{
	if (!k->actual.table)
		return -ENOENT;
	vec_each(&k->actual.chains, c)
		vec_free(&c->tags);
	vec_each(&k->actual.sets, s)
		vec_free(&s->elems);
	k->actual.chains.len = k->actual.sets.len = k->rules.len = 0;
	k->actual.table = k->actual.flowtable = false;
	k->actual.offload.len = 0;
	k->actual.table_flags = 0;
	return 0;
}

static int chain_add(struct fw_kernel *k, const struct fw_op *op)
{
	struct fw_have_chain *c;

	if (!k->actual.table)
		return -ENOENT;
	if (chain_find(k, op->name))
		return -EEXIST;
	c = vec_add(&k->actual.chains);
	mem_copy_str(c->name, FW_NAME_LEN, op->name);
	c->hook = op->chain->hook;
	return 0;
}

static int chain_flush(struct fw_kernel *k, const char *name)
{
	struct fw_have_chain *c = chain_find(k, name);
	uint32_t left = 0;

	if (!c)
		return -ENOENT;
	c->tags.len = 0;
	vec_each(&k->rules, r)
		if (strcmp(r->chain, name) != 0)
			k->rules.at[left++] = *r;
	k->rules.len = left;
	return 0;
}

static int chain_del(struct fw_kernel *k, const char *name)
{
	struct fw_have_chain *c = chain_find(k, name);

	if (!c)
		return -ENOENT;
	if (c->tags.len || used(k, name))
		return -EBUSY;
	vec_free(&c->tags);
	REMOVE(&k->actual.chains, c);
	return 0;
}

static int rule_use_set(struct fw_kernel *k, const struct fw_ruleset *want, uint32_t number,
			char *name)
{
	const struct fw_set *set = fw_ruleset_set(want, number);

	if (!set)
		return 0;
	mem_copy_str(name, FW_NAME_LEN, set->name);
	return set_find(k, name) ? 0 : -ENOENT;
}

static int rule_use(struct fw_kernel *k, const struct fw_ruleset *want, const struct fw_rule *rule,
		    struct fw_kernel_rule *r)
{
	const struct fw_chain *target = fw_ruleset_chain(want, rule->target);

	if (rule_use_set(k, want, rule->src_set, r->uses[0]) ||
	    rule_use_set(k, want, rule->dst_set, r->uses[1]) ||
	    rule_use_set(k, want, rule->iif.set, r->uses[2]) ||
	    rule_use_set(k, want, rule->oif.set, r->uses[3]))
		return -ENOENT;
	if (!target)
		return 0;
	mem_copy_str(r->uses[4], FW_NAME_LEN, target->name);
	return chain_find(k, target->name) ? 0 : -ENOENT;
}

static int chain_fill(struct fw_kernel *k, const struct fw_ruleset *want, const struct fw_op *op)
{
	struct fw_have_chain *c = chain_find(k, op->name);

	if (!c)
		return -ENOENT;
	vec_each(&op->chain->rules, rule) {
		struct fw_kernel_rule *r = vec_add(&k->rules);
		int err = rule_use(k, want, rule, r);

		if (err)
			return err;
		mem_copy_str(r->chain, FW_NAME_LEN, op->name);
		r->offloads = rule->offload;
		if (rule->offload && !k->actual.flowtable)
			return -ENOENT;
		*vec_add(&c->tags) = rule->tag;
	}
	return 0;
}

static int set_add(struct fw_kernel *k, const struct fw_op *op)
{
	struct fw_set *s;

	if (set_find(k, op->name))
		return -EEXIST;
	s = vec_add(&k->actual.sets);
	*s = *op->set;
	s->elems = (struct fw_elems){0};
	return 0;
}

static int set_del(struct fw_kernel *k, const char *name)
{
	struct fw_set *s = set_find(k, name);

	if (!s)
		return -ENOENT;
	if (used(k, name))
		return -EBUSY;
	vec_free(&s->elems);
	REMOVE(&k->actual.sets, s);
	return 0;
}

static int elems_change(struct fw_kernel *k, const struct fw_op *op)
{
	struct fw_set *s = set_find(k, op->name);

	if (!s)
		return -ENOENT;
	vec_each(&op->elems, e) {
		struct fw_elem *old = vec_find(&s->elems, e, fw_elem_cmp);

		if (!old != (op->kind == FW_OP_ADD_ELEMS))
			return old ? -EEXIST : -ENOENT;
		if (old)
			REMOVE(&s->elems, old);
		else
			*vec_add(&s->elems) = *e;
		vec_sort(&s->elems, fw_elem_cmp);
	}
	return s->elems.len > s->size ? -ENFILE : 0;
}

static int foreign_add(struct fw_kernel *k, const struct fw_foreign *rule)
{
	vec_each(&k->actual.bases, b) {
		struct fw_foreign *f;

		if (b->family != rule->family || strcmp(b->table, rule->table) != 0 ||
		    strcmp(b->chain, rule->chain) != 0)
			continue;
		f = vec_add(&k->actual.foreign);
		*f = *rule;
		f->handle = ++k->handle;
		vec_sort(&k->actual.foreign, fw_foreign_cmp);
		return 0;
	}
	return -ENOENT;
}

static int foreign_del(struct fw_kernel *k, const struct fw_foreign *rule)
{
	vec_each(&k->actual.foreign, f)
		if (f->handle == rule->handle) {
			REMOVE(&k->actual.foreign, f);
			return 0;
		}
	return -ENOENT;
}

static int flowtable_del(struct fw_kernel *k)
{
	vec_each(&k->rules, r)
		if (r->offloads)
			return -EBUSY;
	k->actual.flowtable = false;
	k->actual.offload.len = 0;
	return 0;
}

static int op_apply(struct fw_kernel *k, const struct fw_ruleset *want, const struct fw_op *op)
{
	switch (op->kind) {
	case FW_OP_ADD_TABLE:
		return table_add(k, want->table_flags);
	case FW_OP_TAKE_TABLE:
		return table_take(k, want->table_flags);
	case FW_OP_DEL_TABLE:
		return table_del(k);
	case FW_OP_ADD_CHAIN:
		return chain_add(k, op);
	case FW_OP_DEL_CHAIN:
		return chain_del(k, op->name);
	case FW_OP_FLUSH_CHAIN:
		return chain_flush(k, op->name);
	case FW_OP_FILL_CHAIN:
		return chain_fill(k, want, op);
	case FW_OP_ADD_SET:
		return set_add(k, op);
	case FW_OP_DEL_SET:
		return set_del(k, op->name);
	case FW_OP_ADD_ELEMS:
	case FW_OP_DEL_ELEMS:
		return elems_change(k, op);
	case FW_OP_ADD_FLOWTABLE:
		k->actual.flowtable = true;
		vec_each(&op->elems, e)
			*vec_add(&k->actual.offload) = *e;
		vec_sort(&k->actual.offload, fw_elem_cmp);
		return 0;
	case FW_OP_DEL_FLOWTABLE:
		return flowtable_del(k);
	case FW_OP_ADD_FOREIGN:
		return foreign_add(k, op->rule);
	case FW_OP_DEL_FOREIGN:
		return foreign_del(k, op->rule);
	}
	return -EINVAL;
}

int fw_kernel_apply(struct fw_kernel *k, const struct fw_plan *p)
{
	vec_each(&p->ops, op) {
		int err = op_apply(k, p->want, op);

		if (err)
			return err;
	}
	k->actual.genid++;
	return 0;
}

void fw_kernel_observe(const struct fw_kernel *k, struct fw_actual *out)
{
	const struct fw_actual *a = &k->actual;

	*out = (struct fw_actual){.available = a->available,
				  .genid = a->genid,
				  .table = a->table,
				  .legacy4 = a->legacy4,
				  .legacy6 = a->legacy6,
				  .legacy_input4 = a->legacy_input4,
				  .legacy_input6 = a->legacy_input6,
				  .table_flags = a->table_flags};
	vec_copy(&out->bases, &a->bases);
	vec_copy(&out->foreign, &a->foreign);
	vec_copy(&out->copies, &a->copies);
	out->flowtable = a->flowtable;
	vec_copy(&out->offload, &a->offload);
	vec_copy(&out->trusted, &a->trusted);
	vec_copy(&out->legacy_accepts, &a->legacy_accepts);
	vec_each(&a->chains, c) {
		struct fw_have_chain *copy = vec_add(&out->chains);

		*copy = *c;
		memset(&copy->tags, 0, sizeof(copy->tags));
		vec_copy(&copy->tags, &c->tags);
	}
	vec_each(&a->sets, s) {
		struct fw_set *copy = vec_add(&out->sets);

		*copy = *s;
		copy->elems = (struct fw_elems){0};
		vec_copy(&copy->elems, &s->elems);
	}
}
