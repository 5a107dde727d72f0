// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rulesets as values: making chains, sets and rules, finding them by number, freeing them.
 *
 * Names come from people (zones, interfaces) and have to survive nft(8): a listing that it cannot
 * read back would keep a saved /etc/nftables.conf from loading.
 */
#include "firewall_build.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <stdarg.h>
#include <stdio.h>

size_t fw_key_size(enum fw_key k)
{
	return k == FW_KEY_IP4 ? 4 : k == FW_KEY_IP6 || k == FW_KEY_IFNAME ? 16 : 0;
}

const char *fw_family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	default:
		return "other";
	}
}

int fw_elem_cmp(const void *a, const void *b)
{
	const struct fw_elem *x = a, *y = b;

	return memcmp(x->key, y->key, sizeof(x->key));
}

int fw_foreign_cmp(const void *va, const void *vb)
{
	const struct fw_foreign *a = va, *b = vb;
	int c = (a->family > b->family) - (a->family < b->family);

	c = c ? c : strcmp(a->table, b->table);
	c = c ? c : strcmp(a->chain, b->chain);
	c = c ? c : strcmp(a->ifname, b->ifname);
	c = c ? c : a->out - b->out;
	c = c ? c : a->protocol - b->protocol;
	return c ? c : a->port - b->port;
}

const struct fw_chain *fw_ruleset_chain(const struct fw_ruleset *r, uint32_t number)
{
	return number && number <= r->chains.len ? &r->chains.at[number - 1] : NULL;
}

const struct fw_set *fw_ruleset_set(const struct fw_ruleset *r, uint32_t number)
{
	return number && number <= r->sets.len ? &r->sets.at[number - 1] : NULL;
}

const struct fw_owner *fw_ruleset_owner(const struct fw_ruleset *r, const struct fw_elem *e)
{
	return e->owner && e->owner <= r->owners.len ? &r->owners.at[e->owner - 1] : NULL;
}

/* Letters, digits, '.', '-' and '_', not starting with a digit: what nft's scanner calls a word. */
static void name_clean(char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789.-_";

	for (char *p = name; *p; p++)
		if (!strchr(good, *p))
			*p = '_';
	if (strchr("0123456789.-", *name))
		*name = '_';
}

static bool name_taken(const struct fw_ruleset *r, const char *name)
{
	vec_each(&r->chains, c)
		if (!strcmp(c->name, name))
			return true;
	vec_each(&r->sets, s)
		if (!strcmp(s->name, name))
			return true;
	return false;
}

/* Two names that were cleaned to the same one are told apart by a number. */
static void name_make(const struct fw_ruleset *r, char *out, const char *fmt, va_list ap)
{
	char base[FW_NAME_LEN - 16];

	vsnprintf(base, sizeof(base), fmt, ap);
	name_clean(base);
	mem_copy_str(out, FW_NAME_LEN, base);
	for (unsigned int n = 2; name_taken(r, out); n++)
		snprintf(out, FW_NAME_LEN, "%s.%u", base, n);
}

uint32_t fw_chain_new(struct fw_ruleset *r, const char *fmt, ...)
{
	char name[FW_NAME_LEN];
	va_list ap;

	va_start(ap, fmt);
	name_make(r, name, fmt, ap);
	va_end(ap);
	mem_copy_str(vec_add(&r->chains)->name, FW_NAME_LEN, name);
	return r->chains.len;
}

uint32_t fw_set_new(struct fw_ruleset *r, enum fw_key key, uint8_t masklen, const char *fmt, ...)
{
	char name[FW_NAME_LEN];
	struct fw_set *s;
	va_list ap;

	va_start(ap, fmt);
	name_make(r, name, fmt, ap);
	va_end(ap);
	s = vec_add(&r->sets);
	mem_copy_str(s->name, FW_NAME_LEN, name);
	s->key = key;
	s->masklen = masklen;
	s->plain = true;
	return r->sets.len;
}

void fw_elem_new(struct fw_ruleset *r, uint32_t set, const struct prefix *p, uint32_t owner)
{
	struct fw_elem *e = vec_add(&r->sets.at[set - 1].elems);

	memcpy(e->key, p->addr.bytes, sizeof(e->key));
	e->owner = owner;
	e->label = owner ? r->owners.at[owner - 1].hash : 0;
}

struct fw_rule *fw_rule_new(struct fw_ruleset *r, uint32_t chain)
{
	return vec_add(&r->chains.at[chain - 1].rules);
}

void fw_rule_comment(struct fw_rule *rule, const char *fmt, ...)
{
	char text[2 * FW_COMMENT_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fw_text_clean(rule->comment, FW_COMMENT_LEN, text);
}

/* Half as much again as is needed now, as a power of two: a set that is full has to be replaced. */
static uint32_t set_room(uint32_t n)
{
	uint32_t room = 16;

	while (room < n + n / 2)
		room *= 2;
	return room;
}

void fw_ruleset_finish(struct fw_ruleset *r)
{
	vec_each(&r->sets, s)
		s->size = set_room(s->elems.len);
	vec_each(&r->chains, c)
		vec_each(&c->rules, rule)
			rule->tag = fw_rule_tag(r, rule);
	vec_sort(&r->foreign, fw_foreign_cmp);
}

static size_t addresses(const struct fw_set *sets, uint32_t n)
{
	size_t sum = 0;

	for (const struct fw_set *s = sets; n--; s++)
		if (s->key == FW_KEY_IP4 || s->key == FW_KEY_IP6)
			sum += s->elems.len;
	return sum;
}

size_t fw_ruleset_elements(const struct fw_ruleset *r)
{
	return addresses(r->sets.at, r->sets.len);
}

size_t fw_actual_elements(const struct fw_actual *a)
{
	return addresses(a->sets.at, a->sets.len);
}

void fw_ruleset_free(struct fw_ruleset *r)
{
	vec_each(&r->chains, c)
		vec_free(&c->rules);
	vec_each(&r->sets, s)
		vec_free(&s->elems);
	vec_free(&r->chains);
	vec_free(&r->sets);
	vec_free(&r->owners);
	vec_free(&r->foreign);
	vec_free(&r->offload);
	*r = (struct fw_ruleset){0};
}

void fw_actual_free(struct fw_actual *a)
{
	vec_each(&a->chains, c)
		vec_free(&c->tags);
	vec_each(&a->sets, s)
		vec_free(&s->elems);
	vec_free(&a->chains);
	vec_free(&a->sets);
	vec_free(&a->bases);
	vec_free(&a->foreign);
	vec_free(&a->copies);
	vec_free(&a->offload);
	vec_free(&a->trusted);
	vec_free(&a->legacy_accepts);
	*a = (struct fw_actual){0};
}
