// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The world's nftables.
 */
#include "support/world_firewall.h"

#include <errno.h>
#include <stdio.h>

void world_firewall_init(struct world_firewall *f)
{
	*f = (struct world_firewall){.missing = -EPROTONOSUPPORT};
	fw_kernel_init(&f->kernel);
}

void world_firewall_free(struct world_firewall *f)
{
	fw_kernel_free(&f->kernel);
	fw_ruleset_free(&f->rules);
}

int world_firewall_look(struct world_firewall *f, struct fw_actual *out)
{
	if (f->missing) {
		out->error = f->missing;
		return 0;
	}
	if (f->busy) {
		f->busy--;
		return -EAGAIN;
	}
	fw_kernel_observe(&f->kernel, out);
	out->lacks = f->lacks;
	return 0;
}

static struct fw_set *counting_set(struct fw_kernel *k, const char *name)
{
	vec_each(&k->actual.sets, s)
		if (s->counting && !strcmp(s->name, name))
			return s;
	return NULL;
}

int world_firewall_recount(struct world_firewall *f, struct fw_actual *have)
{
	vec_each(&have->sets, set) {
		struct fw_set *now = counting_set(&f->kernel, set->name);

		if (!now)
			continue;
		vec_each(&set->elems, e) {
			const struct fw_elem *fresh = vec_find(&now->elems, e, fw_elem_cmp);

			if (fresh)
				e->count = fresh->count;
		}
	}
	return f->missing;
}

bool world_firewall_count(struct world_firewall *f, const char *set, const struct prefix *key,
			  uint64_t packets)
{
	struct fw_set *s = counting_set(&f->kernel, set);
	struct fw_elem want = {.label = 0}, *e;

	if (!s)
		return false;
	memcpy(want.key, key->addr.bytes, sizeof(want.key));
	e = vec_find(&s->elems, &want, fw_elem_cmp);
	if (!e)
		return false;
	e->count.packets += packets;
	e->count.bytes += packets * 100;
	return true;
}

/* The rules and what they look into; that is all a packet meets. */
static void rules_copy(struct fw_ruleset *dst, const struct fw_ruleset *src)
{
	fw_ruleset_free(dst);
	dst->table = src->table;
	vec_each(&src->chains, c) {
		struct fw_chain *copy = vec_add(&dst->chains);

		*copy = *c;
		memset(&copy->rules, 0, sizeof(copy->rules));
		vec_copy(&copy->rules, &c->rules);
	}
	vec_each(&src->sets, s) {
		struct fw_set *copy = vec_add(&dst->sets);

		*copy = *s;
		copy->elems = (struct fw_elems){0};
		vec_copy(&copy->elems, &s->elems);
	}
}

/* As the real edge does: what the kernel does not know is learnt, and the next plan is without. */
static bool flowtable_refused(struct world_firewall *f, const struct fw_plan *plan)
{
	bool refused = false;

	vec_each(&plan->ops, op)
		refused = refused || (f->no_flowtables && op->kind == FW_OP_ADD_FLOWTABLE);
	if (refused)
		f->lacks |= FW_FEATURE_FLOWTABLE;
	return refused;
}

int world_firewall_do(struct world_firewall *f, const struct fw_plan *plan, char *why, size_t size)
{
	int err = f->missing ? f->missing : f->refused;

	if (!err && flowtable_refused(f, plan))
		return -ERESTART;
	if (!err)
		err = fw_kernel_apply(&f->kernel, plan);
	if (err) {
		snprintf(why, size, "the world says %s", strerror(-err));
		return err;
	}
	f->transactions++;
	f->busy += f->busy_after;
	f->busy_after = 0;
	rules_copy(&f->rules, plan->want);
	return 0;
}

void world_firewall_flush(struct world_firewall *f)
{
	int missing = f->missing;

	fw_kernel_free(&f->kernel);
	fw_kernel_init(&f->kernel);
	fw_ruleset_free(&f->rules);
	f->missing = missing;
}
