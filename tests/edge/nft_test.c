// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firewall against the running kernel, in a network namespace of the test's own: what is
 * applied is what is wanted, others' rules are left as they are, and nft(8) and iptables(8) can
 * read what we wrote.
 */
#include "support/test.h"

#include "support/fw_live.h"

#include <errno.h>
#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* A hub: sites and phones, a data centre. */
static void hospital(struct fw_world *w)
{
	fw_world_init(w);
	fw_world_iface(w, "wg0")->firewall.default_verdict = VERDICT_REJECT;
	fw_world_peer(w, "wg0", "pi", "sites", "10.49.0.2/32 10.20.1.0/24 fd00:20::/64");
	fw_world_peer(w, "wg0", "phone", NULL, "10.49.0.3/32");
	fw_world_peer(w, "wg0", "rest", "sites", "0.0.0.0/0");
	fw_world_zone(w, "dc", "10.10.0.0/16 dc0");
	fw_world_rule(w, "wg0", "dc", "sites", NULL, VERDICT_ACCEPT);
	fw_world_rule(w, "wg0", "sites", "dc", "tcp/22-80 udp/53 icmp icmpv6", VERDICT_ACCEPT);
	fw_world_rule(w, "wg0", "@phone", "@pi", "tcp/443", VERDICT_ACCEPT);
	fw_world_rule(w, "wg0", "10.10.7.0/25", "any", NULL, VERDICT_DROP);
	w->config->interfaces.at[0].firewall.policy.at[3].log = 20;
	fw_world_join(w);
}

static int fresh(void **state)
{
	(void)state;
	live_clean();
	live_heard();
	return 0;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void what_is_applied_is_what_is_wanted(void **state)
{
	struct fw_world w;
	(void)state;

	hospital(&w);
	assert_true(live_converge(&w) > 0);
	assert_int_equal(live_converge(&w), 0);
	fw_world_free(&w);
}

/* From any ruleset to any other: the kernel takes every step of every plan. */
static void any_ruleset_follows_any_other(void **state)
{
	(void)state;
	LIVE_NEED("ip");
	live_run("for i in 0 1 2; do ip link add wg$i type veth peer name peer$i || exit 1; done");
	for (uint64_t seed = 1; seed <= 150; seed++) {
		struct fw_world w;

		fw_world_random(&w, seed);
		live_converge(&w);
		fw_world_free(&w);
	}
}

static void a_flush_is_heard_and_mended(void **state)
{
	struct fw_world w;
	(void)state;

	LIVE_NEED("nft");
	hospital(&w);
	live_converge(&w);
	live_heard();
	live_run("nft flush ruleset");
	assert_true(live_heard());
	assert_true(live_converge(&w) > 0);
	fw_world_free(&w);
}

static void our_own_changes_are_not_news(void **state)
{
	struct fw_world w;
	(void)state;

	hospital(&w);
	live_converge(&w);
	assert_false(live_heard());
	fw_world_free(&w);
}

static void others_sets_are_not_news(void **state)
{
	bool dirty;
	(void)state;

	LIVE_NEED("nft");
	live_run("nft add table inet ban; nft 'add set inet ban s { type ipv4_addr; }'; "
		 "nft 'add chain inet ban f { type filter hook forward priority 0; }'");
	assert_true(live_heard());
	live_run("nft add element inet ban s '{ 192.0.2.1 }'");
	dirty = live_heard();
	live_run("nft delete table inet ban");
	assert_false(dirty);
	assert_true(live_heard());
}

static void a_stale_look_is_refused(void **state)
{
	struct fw_actual have = live_observe();
	struct fw_ruleset want = {0};
	struct fw_plan p = {0};
	struct fw_world w;
	char why[256];
	(void)state;

	LIVE_NEED("nft");
	hospital(&w);
	firewall_desired(&want, &w.state, w.config, &have);
	firewall_plan(&p, &want, &have);
	live_run("nft add table inet neighbour");
	assert_int_equal(nft_apply(live_nft, &p, &have, why, sizeof(why)), -ERESTART);
	live_run("nft delete table inet neighbour");
	assert_int_equal(nft_apply(live_nft, &p, &have, NULL, 0), -ERESTART);
	fw_plan_free(&p);
	fw_ruleset_free(&want);
	fw_actual_free(&have);
	fw_world_free(&w);
}

/* Another table says no: ours is there nevertheless, and the refusal is told. */
static void a_foreign_refusal_does_not_stop_us(void **state)
{
	struct fw_actual have = live_observe();
	struct fw_ruleset want = {0};
	struct fw_plan p = {0};
	struct fw_foreign *f;
	struct fw_world w;
	char why[256];
	(void)state;

	hospital(&w);
	firewall_desired(&want, &w.state, w.config, &have);
	f = vec_add(&want.foreign);
	f->family = NFPROTO_INET;
	mem_copy_str(f->table, FW_NAME_LEN, "gone");
	mem_copy_str(f->chain, FW_NAME_LEN, "forward");
	mem_copy_str(f->ifname, IFNAME_LEN, "wg0");
	firewall_plan(&p, &want, &have);
	assert_int_equal(nft_apply(live_nft, &p, &have, why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "at the top of inet gone forward"));
	fw_plan_free(&p);
	fw_actual_free(&have);
	have = live_observe();
	assert_true(have.table);
	fw_actual_free(&have);
	fw_ruleset_free(&want);
	fw_world_free(&w);
}

static void nft_reads_what_we_wrote(void **state)
{
	struct fw_world w;
	struct str before, after;
	(void)state;

	LIVE_NEED("nft");
	hospital(&w);
	live_converge(&w);
	live_says("nft list table inet wayside",
		  "type filter hook forward priority filter - 5; policy accept;");
	live_says("nft list table inet wayside",
		  "iifname != @interfaces oifname != @interfaces return");
	live_says("nft list table inet wayside",
		  "oifname \"wg0\" ip daddr @wg0-pi-ip-32 goto wg0-from-phone-to-pi");
	live_says("nft list table inet wayside", "@wg0-pi-ip-24 goto wg0-from-phone-to-pi");
	live_says("nft list set inet wayside wg0-pi-ip-24",
		  "elements = { 10.20.1.0 comment \"pi\" }");
	live_says("nft list table inet wayside", "limit rate 20/second log prefix \"wayside: \"");
	live_says("nft list table inet wayside", "elements = { \"wg0\" }");
	live_says("nft list table inet wayside", "tcp option maxseg size set rt mtu");
	live_says("nft list table inet wayside", "ct state established,related accept");
	live_says("nft list table inet wayside", "reject with icmpx admin-prohibited");
	live_says("nft list table inet wayside", "comment \"accept: sites to dc\"");
	live_says("nft -j list table inet wayside", "\"name\": \"wg0-from-phone-to-pi\"");
	/* A listing that nft cannot load would break a saved configuration. */
	before = live_output("nft list ruleset");
	live_save_and_load("nft list ruleset", "nft flush ruleset; nft -f");
	after = live_output("nft list ruleset");
	assert_string_equal(str_text(&after), str_text(&before));
	str_free(&before);
	str_free(&after);
	live_converge(&w); /* nft does not keep our tags: filled again */
	fw_world_free(&w);
}

/* Names are text from files that anybody may have written. */
static void hostile_names_stay_comments(void **state)
{
	struct str before, after;
	struct fw_world w;
	(void)state;

	LIVE_NEED("nft");
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "a\" }; flush ruleset;\n\xff\\", "sites", "10.49.0.2/32");
	fw_world_peer(&w, "wg0",
		      "Zw\xc3\xb6lf Zeichen und noch viele mehr, so lang wie ein Name sein "
		      "darf",
		      "sites", "10.49.0.3/32");
	fw_world_peer(&w, "wg0", NULL, NULL, "10.49.0.4/32");
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	fw_world_rule(&w, "wg0", "@a\" }; flush ruleset;\n\xff\\", "any", "tcp", VERDICT_DROP);
	fw_world_join(&w);
	live_converge(&w);
	live_says("nft list table inet wayside", "10.49.0.2 comment \"a_ }; flush ruleset;___\"");
	live_run("nft -j list table inet wayside | grep -q 'Zw.*lf Zeichen'");
	before = live_output("nft list ruleset");
	live_save_and_load("nft list ruleset", "nft flush ruleset; nft -f");
	after = live_output("nft list ruleset");
	assert_string_equal(str_text(&after), str_text(&before));
	str_free(&before);
	str_free(&after);
	fw_world_free(&w);
}

static void iptables_shows_our_accepts_at_the_top(void **state)
{
	static const char top[] = "-P FORWARD DROP\n"
				  "-A FORWARD -i wg0 -j ACCEPT\n"
				  "-A FORWARD -o wg0 -j ACCEPT\n"
				  "-A FORWARD -s 192.0.2.1/32 -j DROP\n";
	struct fw_world w;
	(void)state;

	LIVE_NEED("iptables-nft");
	LIVE_NEED("ip6tables-nft");
	live_run("iptables-nft -P FORWARD DROP; ip6tables-nft -P FORWARD DROP; "
		 "iptables-nft -A FORWARD -s 192.0.2.1 -j DROP");
	hospital(&w);
	live_converge(&w);
	live_says("iptables-nft -S FORWARD", top);
	live_says("ip6tables-nft -S FORWARD", "-A FORWARD -i wg0 -j ACCEPT\n");
	live_heard();
	live_run("iptables-nft -F FORWARD; iptables-nft -A FORWARD -s 192.0.2.1 -j DROP");
	assert_true(live_heard());
	assert_int_equal(live_converge(&w), 2);
	live_says("iptables-nft -S FORWARD", top);
	/* A save and restore keeps the rules but not our mark: enough is enough. */
	live_save_and_load("iptables-nft-save", "iptables-nft-restore");
	assert_int_equal(live_converge(&w), 0);
	live_says("iptables-nft -S FORWARD", top);
	w.config->interfaces.at[0].firewall.foreign_mode = FOREIGN_OFF;
	live_run("iptables-nft -F FORWARD");
	live_converge(&w);
	live_says("iptables-nft -S FORWARD", "-P FORWARD DROP\n");
	fw_world_free(&w);
	live_run("nft flush ruleset");
}

static void clean_leaves_others_rules_as_they_were(void **state)
{
	struct str before, after;
	struct fw_world w;
	(void)state;

	LIVE_NEED("nft");
	LIVE_NEED("iptables-nft");
	live_run("iptables-nft -P FORWARD DROP; iptables-nft -A FORWARD -i eth0 -j ACCEPT; "
		 "nft add table inet fw4; "
		 "nft 'add chain inet fw4 forward { type filter hook forward priority 0; policy "
		 "drop; "
		 "}'; "
		 "nft add chain inet fw4 more; nft add rule inet fw4 more drop; "
		 "nft add rule inet fw4 forward ct state established accept; "
		 "nft add rule inet fw4 forward jump more");
	before = live_output("nft list ruleset");
	hospital(&w);
	assert_true(live_converge(&w) > 0);
	live_says("nft list chain inet fw4 forward", "iifname \"wg0\" counter");
	live_clean();
	after = live_output("nft list ruleset");
	assert_string_equal(str_text(&after), str_text(&before));
	str_free(&before);
	str_free(&after);
	fw_world_free(&w);
	live_run("nft flush ruleset");
}

/* --- figures ---------------------------------------------------------------------------------- */

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void crowd(struct fw_world *w, unsigned int peers)
{
	fw_world_init(w);
	fw_world_iface(w, "wg0");
	for (unsigned int i = 0; i < peers; i++) {
		char aips[64], name[16];

		snprintf(aips, sizeof(aips), "100.64.%u.%u/32 10.%u.%u.0/24", i >> 8, i & 255,
			 i >> 8, i & 255);
		snprintf(name, sizeof(name), "site-%u", i);
		fw_world_peer(w, "wg0", name, i % 2 ? "sites" : NULL, aips);
	}
	fw_world_rule(w, "wg0", "sites", "peers", NULL, VERDICT_ACCEPT);
	fw_world_join(w);
}

static void figures(unsigned int peers)
{
	struct fw_actual have = live_observe();
	struct fw_ruleset want = {0};
	struct fw_plan p = {0};
	struct fw_world w;
	double t[6];

	crowd(&w, peers);
	t[0] = now_ms();
	firewall_desired(&want, &w.state, w.config, &have);
	t[1] = now_ms();
	firewall_plan(&p, &want, &have);
	t[2] = now_ms();
	live_apply(&p, &have);
	t[3] = now_ms();
	assert_int_equal(fw_ruleset_elements(&want), 2 * peers);
	fw_plan_free(&p);
	fw_actual_free(&have);
	have = live_observe();
	t[4] = now_ms();
	fw_world_peer(&w, "wg0", NULL, "sites", "100.127.0.1/32 11.0.0.0/24");
	fw_world_join(&w);
	fw_ruleset_free(&want);
	firewall_desired(&want, &w.state, w.config, &have);
	firewall_plan(&p, &want, &have);
	assert_int_equal(fw_plan_count(&p), 2);
	t[5] = now_ms();
	live_apply(&p, &have);
	print_message("%u peers: desired %.2f ms, plan %.2f ms, apply %.2f ms, observe %.2f ms; "
		      "one peer more: apply %.3f ms\n",
		      peers, t[1] - t[0], t[2] - t[1], t[3] - t[2], t[4] - t[3], now_ms() - t[5]);
	fw_plan_free(&p);
	fw_actual_free(&have);
	fw_ruleset_free(&want);
	fw_world_free(&w);
	live_clean();
}

static void many_peers_take_one_transaction(void **state)
{
	(void)state;
	figures(10);
	figures(1000);
	figures(10000);
	assert_false(live_heard());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_applied_is_what_is_wanted, fresh),
		cmocka_unit_test_setup(any_ruleset_follows_any_other, fresh),
		cmocka_unit_test_setup(a_flush_is_heard_and_mended, fresh),
		cmocka_unit_test_setup(our_own_changes_are_not_news, fresh),
		cmocka_unit_test_setup(others_sets_are_not_news, fresh),
		cmocka_unit_test_setup(a_stale_look_is_refused, fresh),
		cmocka_unit_test_setup(a_foreign_refusal_does_not_stop_us, fresh),
		cmocka_unit_test_setup(nft_reads_what_we_wrote, fresh),
		cmocka_unit_test_setup(hostile_names_stay_comments, fresh),
		cmocka_unit_test_setup(iptables_shows_our_accepts_at_the_top, fresh),
		cmocka_unit_test_setup(clean_leaves_others_rules_as_they_were, fresh),
		cmocka_unit_test_setup(many_peers_take_one_transaction, fresh),
	};
	int failed = live_open();

	if (failed)
		return failed;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	live_close();
	return failed;
}
