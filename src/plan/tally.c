// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From readings of the kernel's counters to figures of peers: sorted lists, walked side by side.
 */
#include "plan/tally.h"

static int peer_cmp(const void *va, const void *vb)
{
	const struct tally_peer *a = va, *b = vb;
	int c = strcmp(a->ifname, b->ifname);

	return c ? c : key_cmp(&a->key, &b->key);
}

static const struct fw_set *set_find(const struct fw_set *sets, uint32_t n, const char *name)
{
	for (const struct fw_set *s = sets; n--; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static bool counts(const struct fw_ruleset *want)
{
	vec_each(&want->sets, s)
		if (s->counting)
			return true;
	return false;
}

/* Those that are there now, with what they had. */
static void peers_follow(struct tally *t, const struct fw_ruleset *want)
{
	struct tally fresh = {0};

	vec_each(&want->owners, o) {
		struct tally_peer *p = vec_add(&fresh.peers);

		memcpy(p->ifname, o->ifname, sizeof(p->ifname));
		p->key = o->key;
	}
	vec_sort(&fresh.peers, peer_cmp);
	vec_each(&fresh.peers, p) {
		const struct tally_peer *old = vec_find(&t->peers, p, peer_cmp);

		if (old)
			*p = *old;
	}
	vec_free(&t->peers);
	vec_copy(&t->peers, &fresh.peers);
	vec_free(&fresh.peers);
}

/* One set at work. */
struct reading {
	struct tally *tally;
	const struct fw_ruleset *want;
	const struct fw_set *set; /* the desired one: it knows whose elements they are */
};

static struct fw_count *count_of(const struct reading *r, const struct fw_elem *e)
{
	const struct fw_elem *own = vec_find(&r->set->elems, e, fw_elem_cmp);
	const struct fw_owner *o = own ? fw_ruleset_owner(r->want, own) : NULL;
	struct tally_peer key, *p;

	if (!o)
		return NULL;
	memcpy(key.ifname, o->ifname, sizeof(key.ifname));
	key.key = o->key;
	p = vec_find(&r->tally->peers, &key, peer_cmp);
	return p ? &p->count[r->set->traffic] : NULL;
}

/* An element that has less than before is another one, and counted from nothing. */
static void on_elem(void *ctx, const void *vnow, const void *vbefore)
{
	static const struct fw_elem nothing;
	const struct fw_elem *now = vnow, *before = vbefore ? vbefore : &nothing;
	const struct reading *r = ctx;
	struct fw_count *c;

	if (!now || !now->count.packets)
		return;
	if (now->count.packets < before->count.packets || now->count.bytes < before->count.bytes)
		before = &nothing;
	if (now->count.packets == before->count.packets)
		return;
	c = count_of(r, now);
	if (!c)
		return;
	c->packets += now->count.packets - before->count.packets;
	c->bytes += now->count.bytes - before->count.bytes;
}

static void remember(struct tally *t, const struct fw_actual *have)
{
	vec_each(&t->seen, s)
		vec_free(&s->elems);
	t->seen.len = 0;
	vec_each(&have->sets, s) {
		struct fw_set *copy;

		if (!s->counting)
			continue;
		copy = vec_add(&t->seen);
		*copy = *s;
		copy->elems = (struct fw_elems){0};
		vec_copy(&copy->elems, &s->elems);
	}
}

void tally_take(struct tally *t, const struct fw_ruleset *want, const struct fw_actual *have)
{
	static const struct fw_elems none;

	if (!counts(want)) {
		tally_free(t);
		return;
	}
	peers_follow(t, want);
	vec_each(&want->sets, s) {
		const struct fw_set *now = set_find(have->sets.at, have->sets.len, s->name);
		const struct fw_set *before = set_find(t->seen.at, t->seen.len, s->name);
		const struct fw_elems *old = before ? &before->elems : &none;
		struct reading r = {.tally = t, .want = want, .set = s};

		if (s->counting && now && now->counting)
			sorted_diff(now->elems.at, now->elems.len, old->at, old->len,
				    sizeof(struct fw_elem), fw_elem_cmp, on_elem, &r);
	}
	remember(t, have);
}

static void seen_zero(struct tally *t, const char *set)
{
	vec_each(&t->seen, s)
		if (!set || !strcmp(s->name, set))
			s->elems.len = 0;
}

static void on_gone(void *ctx, const void *seen, const void *gone)
{
	struct fw_elems *elems = ctx;
	const struct fw_elem *e = seen;

	if (e && gone)
		elems->at[e - elems->at].count = (struct fw_count){0};
}

void tally_forget(struct tally *t, const struct fw_plan *done)
{
	vec_each(&done->ops, op) {
		if (op->kind == FW_OP_DEL_TABLE)
			seen_zero(t, NULL);
		if (op->kind == FW_OP_DEL_SET)
			seen_zero(t, op->name);
		if (op->kind != FW_OP_DEL_ELEMS)
			continue;
		vec_each(&t->seen, s)
			if (!strcmp(s->name, op->name))
				sorted_diff(s->elems.at, s->elems.len, op->elems.at, op->elems.len,
					    sizeof(struct fw_elem), fw_elem_cmp, on_gone,
					    &s->elems);
	}
}

void tally_free(struct tally *t)
{
	vec_each(&t->seen, s)
		vec_free(&s->elems);
	vec_free(&t->seen);
	vec_free(&t->peers);
}

const struct tally_peer *tally_find(const struct tally *t, const char *ifname,
				    const struct key *key)
{
	struct tally_peer want = {.key = *key};

	mem_copy_str(want.ifname, sizeof(want.ifname), ifname);
	return vec_find(&t->peers, &want, peer_cmp);
}
