// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firewall's plans: in words, by example, and from whatever is there to whatever is wanted
 * against a kernel that is as strict as the real one.
 */
#include "support/test.h"

#include "support/fw_kernel.h"
#include "support/fw_world.h"

#include <errno.h>
#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <stdio.h>

static struct fw_ruleset desired(const struct fw_world *w, const struct fw_actual *have)
{
	struct fw_ruleset r = {0};

	firewall_desired(&r, &w->state, w->config, have);
	return r;
}

static void assert_plan(const struct fw_plan *p, const char *expected)
{
	struct str text = {0};

	fw_plan_format(&text, p);
	assert_string_equal(str_text(&text), expected);
	str_free(&text);
}

static void a_plan_in_words(void **state)
{
	struct fw_kernel k;
	struct fw_world w;
	struct fw_ruleset r;
	struct fw_plan p = {0};
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_join(&w);
	r = desired(&w, &k.actual);
	firewall_plan(&p, &r, &k.actual);
	assert_plan(
		&p,
		"firewall: add table inet wayside\n"
		"firewall: add chain inet wayside forward\n"
		"firewall: add chain inet wayside wg0-policy\n"
		"firewall: add set interfaces\n"
		"firewall: add 1 element to set interfaces\n"
		"firewall: add 6 rules to chain inet wayside forward\n"
		"firewall: add 2 rules to chain inet wayside wg0-policy\n"
		"firewall: insert accept for packets to wg0 at the top of ip filter FORWARD\n"
		"firewall: insert accept for packets from wg0 at the top of ip filter FORWARD\n");
	assert_int_equal(fw_plan_count(&p), 9);
	fw_plan_free(&p);
	fw_ruleset_free(&r);
	fw_world_free(&w);
	fw_kernel_free(&k);
}

/* An iptables-restore of what iptables-save wrote: our accepts, without our mark. */
static void a_restored_copy_counts_as_done(void **state)
{
	struct fw_foreign twice;
	struct fw_kernel k;
	struct fw_world w;
	struct fw_ruleset r;
	struct fw_plan p = {0};
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_join(&w);
	r = desired(&w, &k.actual);
	firewall_plan(&p, &r, &k.actual);
	assert_int_equal(fw_kernel_apply(&k, &p), 0);
	fw_plan_free(&p);
	vec_copy(&k.actual.copies, &k.actual.foreign);
	k.actual.foreign.len = 0;
	firewall_plan(&p, &r, &k.actual);
	assert_true(fw_plan_is_empty(&p));
	fw_plan_free(&p);
	twice = k.actual.copies.at[0];
	*vec_add(&k.actual.foreign) = twice; /* our own one twice is once too often */
	*vec_add(&k.actual.foreign) = twice;
	firewall_plan(&p, &r, &k.actual);
	assert_plan(&p, "firewall: delete accept for packets from wg0 from ip filter FORWARD\n");
	fw_plan_free(&p);
	fw_ruleset_free(&r);
	fw_world_free(&w);
	fw_kernel_free(&k);
}

/* --- from anything to anything --------------------------------------------------------------- */

/* Plans from what k has to w's state, applies, and plans again. */
static void converge(struct fw_kernel *k, const struct fw_world *w)
{
	struct fw_actual have;
	struct fw_plan p = {0};
	struct fw_ruleset r;

	fw_kernel_observe(k, &have);
	r = desired(w, &have);
	firewall_plan(&p, &r, &have);
	assert_int_equal(fw_kernel_apply(k, &p), 0);
	fw_plan_free(&p);
	fw_actual_free(&have);
	fw_kernel_observe(k, &have);
	firewall_plan(&p, &r, &have);
	assert_plan(&p, "");
	assert_int_equal(fw_actual_elements(&have), fw_ruleset_elements(&r));
	fw_actual_free(&have);
	fw_ruleset_free(&r);
}

/* Somebody else's hand in our table. */
static void meddle(struct fw_kernel *k, struct rng *rng)
{
	struct fw_actual *a = &k->actual;
	uint32_t any = a->chains.len ? rng_below(rng, a->chains.len) : 0;

	switch (rng_below(rng, 6)) {
	case 0:
		a->table_flags = a->table; /* NFT_TABLE_F_DORMANT */
		if (rng_below(rng, 2))	   /* its owner stopped */
			a->table_flags = a->table ? FW_TABLE_PERSIST : 0;
		break;
	case 1:
		if (a->chains.len)
			*vec_add(&a->chains.at[any].tags) = 0;
		break;
	case 2:
		if (a->sets.len)
			a->sets.at[rng_below(rng, a->sets.len)].elems.len = 0;
		break;
	case 3:
		if (a->table)
			mem_copy_str(vec_add(&a->chains)->name, FW_NAME_LEN, "stray");
		break;
	case 4:
		if (a->sets.len)
			a->sets.at[rng_below(rng, a->sets.len)].size = 1;
		break;
	default:
		a->foreign.len = 0;
	}
	if (a->chains.len && !rng_below(rng, 8))
		a->chains.at[0].hook.priority = 7;
}

static void a_plan_leads_to_what_is_wanted(void **state)
{
	struct rng rng = {.state = 7};
	struct fw_kernel k;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	fw_kernel_base(&k, NFPROTO_INET, "fw4", "forward", true);
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct fw_world w;

		fw_world_random(&w, rng_below(&rng, 4) ? seed : seed - 1);
		meddle(&k, &rng);
		converge(&k, &w);
		fw_world_free(&w);
	}
	fw_kernel_free(&k);
}

static void only_changed_elements_are_sent(void **state)
{
	struct fw_kernel k;
	struct fw_world w;
	struct fw_ruleset r;
	struct fw_plan p = {0};
	(void)state;

	fw_kernel_init(&k);
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	for (int i = 0; i < 100; i++) {
		char aips[64];

		snprintf(aips, sizeof(aips), "10.49.0.%d/32 10.20.%d.0/24", i, i);
		fw_world_peer(&w, "wg0", NULL, i % 2 ? "sites" : NULL, aips);
	}
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	converge(&k, &w);
	fw_world_peer(&w, "wg0", NULL, "sites", "10.49.1.1/32 10.21.0.0/24");
	fw_world_join(&w);
	r = desired(&w, &k.actual);
	firewall_plan(&p, &r, &k.actual);
	assert_plan(&p, "firewall: add 1 element to set wg0-sites-ip-24\n"
			"firewall: add 1 element to set wg0-sites-ip-32\n");
	fw_plan_free(&p);
	fw_ruleset_free(&r);
	fw_world_free(&w);
	fw_kernel_free(&k);
}

/* A peer that is called otherwise keeps its elements but for their comment; the others theirs. */
static void a_new_name_is_a_new_comment(void **state)
{
	struct fw_kernel k;
	struct fw_world w;
	struct fw_actual have;
	struct fw_ruleset r;
	struct fw_plan p = {0};
	(void)state;

	fw_kernel_init(&k);
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32 10.20.1.0/24");
	fw_world_peer(&w, "wg0", "gate", "sites", "10.49.0.3/32");
	fw_world_peer(&w, "wg0", NULL, NULL, "10.49.0.4/32");
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	converge(&k, &w);
	mem_copy_str(w.config->interfaces.at[0].peers.at[0].name, NAME_LEN, "clinic");
	fw_kernel_observe(&k, &have);
	r = desired(&w, &have);
	firewall_plan(&p, &r, &have);
	assert_plan(&p, "firewall: delete 1 element from set wg0-sites-ip-24\n"
			"firewall: delete 1 element from set wg0-sites-ip-32\n"
			"firewall: add 1 element to set wg0-sites-ip-24 (clinic)\n"
			"firewall: add 1 element to set wg0-sites-ip-32 (clinic)\n");
	assert_int_equal(fw_kernel_apply(&k, &p), 0);
	fw_plan_free(&p);
	fw_ruleset_free(&r);
	fw_actual_free(&have);
	converge(&k, &w);
	fw_world_free(&w);
	fw_kernel_free(&k);
}

static void comments_survive_nft(void **state)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{"", ""},
		{"Klinik S\xc3\xbc"
		 "d",
		 "Klinik S\xc3\xbc"
		 "d"},
		{"a\"b\\c\nd\x7f", "a_b_c_d_"},
		{"\xc3(", "_("},
		{"\xed\xa0\x80", "___"},
		{"\xc2\x9b"
		 "31m",
		 "_31m"},
		{"\xff\xfe", "__"},
	};
	char out[64], cut[4];
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fw_text_clean(out, sizeof(out), cases[i].text);
		assert_string_equal(out, cases[i].clean);
	}
	fw_text_clean(cut, sizeof(cut), "ab\xc3\xbc");
	assert_string_equal(cut, "ab");
	assert_int_equal(fw_text_hash(""), 0);
	assert_true(fw_text_hash("pi") != fw_text_hash("ip"));
}

static void clean_leaves_nothing(void **state)
{
	struct fw_kernel k;
	struct fw_world w;
	struct fw_actual have;
	struct fw_plan p = {0};
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_join(&w);
	converge(&k, &w);
	assert_int_equal(k.actual.foreign.len, 2);
	fw_kernel_observe(&k, &have);
	firewall_plan_clean(&p, &have);
	assert_int_equal(fw_kernel_apply(&k, &p), 0);
	assert_false(k.actual.table);
	assert_int_equal(k.actual.foreign.len, 0);
	fw_plan_free(&p);
	fw_actual_free(&have);
	fw_world_free(&w);
	fw_kernel_free(&k);
}

static void without_nftables_nothing_is_planned(void **state)
{
	struct fw_actual have = {.available = false, .error = -EOPNOTSUPP};
	struct fw_world w;
	struct fw_ruleset r;
	struct fw_plan p = {0};
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_join(&w);
	r = desired(&w, &have);
	firewall_plan(&p, &r, &have);
	assert_true(fw_plan_is_empty(&p));
	fw_plan_free(&p);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

TEST_MAIN(a_plan_in_words, a_restored_copy_counts_as_done, a_plan_leads_to_what_is_wanted,
	  only_changed_elements_are_sent, a_new_name_is_a_new_comment, comments_survive_nft,
	  clean_leaves_nothing, without_nftables_nothing_is_planned)
