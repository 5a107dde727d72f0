// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A table of our own that nobody else may change, in the running kernel: it survives a flush, and
 * our own stop; the next start takes it over as it is.
 */
#include "support/test.h"

#include "support/fw_live.h"

#include <errno.h>
#include <stdio.h>

static void hub(struct fw_world *w)
{
	fw_world_init(w);
	fw_world_iface(w, "wg0")->firewall.owner = true;
	fw_world_iface(w, "wg1"); /* there is one table for all */
	fw_world_join(w);
}

static bool peers_are_apart(void)
{
	return !live_ping(LIVE_PEER, "10.49.0.2", "10.50.0.2");
}

static bool table_is_there(void)
{
	struct fw_actual have = live_observe();
	bool there = have.table;

	fw_actual_free(&have);
	return there;
}

static void restart(void)
{
	int err;

	nft_close(live_nft);
	live_nft = nft_open(&err);
	assert_non_null(live_nft);
}

static void needs_a_kernel_that_can(void)
{
	struct fw_actual have = live_observe();
	bool lacks = have.lacks & FW_FEATURE_OWNER;

	fw_actual_free(&have);
	if (!lacks)
		return;
	print_message("SKIP: this kernel cannot keep an owned table\n");
	skip();
}

static int fresh(void **state)
{
	(void)state;
	restart();
	live_clean();
	live_run("nft flush ruleset");
	return 0;
}

/* Where the kernel cannot, converging leads to a table that is not owned. */
static void nobody_else_changes_it(void **state)
{
	struct fw_world w;
	(void)state;

	hub(&w);
	assert_false(peers_are_apart());
	live_converge(&w);
	assert_true(peers_are_apart());
	needs_a_kernel_that_can();
	live_run("nft flush ruleset");
	assert_true(peers_are_apart());
	live_run("! nft flush chain inet wayside forward 2>/dev/null");
	live_run("! nft delete table inet wayside 2>/dev/null");
	assert_true(peers_are_apart());
	assert_int_equal(live_converge(&w), 0);
	fw_world_free(&w);
}

static void it_outlives_us_and_is_taken_over(void **state)
{
	struct fw_world w;
	(void)state;

	hub(&w);
	live_converge(&w);
	needs_a_kernel_that_can();
	restart();
	assert_true(peers_are_apart());
	assert_int_equal(live_converge(&w), 1); /* taken over, as it is */
	live_run("nft flush ruleset");
	assert_true(peers_are_apart());
	restart();
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32");
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	fw_world_rule(&w, "wg1", "any", "any", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	live_converge(&w); /* taken over and changed at once */
	assert_false(peers_are_apart());
	live_run("nft flush ruleset");
	assert_true(table_is_there());
	fw_world_free(&w);
}

/* To and fro: each is one transaction, and what is not owned can be flushed. */
static void it_is_an_option(void **state)
{
	struct fw_world w;
	(void)state;

	hub(&w);
	live_converge(&w);
	needs_a_kernel_that_can();
	w.config->interfaces.at[0].firewall.owner = false;
	assert_true(live_converge(&w) > 0);
	live_run("nft flush ruleset");
	assert_false(table_is_there());
	live_converge(&w);
	w.config->interfaces.at[0].firewall.owner = true;
	assert_true(live_converge(&w) > 0);
	live_run("nft flush ruleset");
	assert_true(table_is_there());
	live_clean();
	assert_false(table_is_there());
	fw_world_free(&w);
}

/* Two of us: the second one is told, and changes nothing. */
static void another_owner_is_found(void **state)
{
	struct nft *first = live_nft;
	struct fw_actual have;
	struct fw_plan p = {0};
	struct fw_world w;
	char why[256];
	int err;
	(void)state;

	hub(&w);
	live_converge(&w);
	needs_a_kernel_that_can();
	live_nft = nft_open(&err);
	have = live_observe();
	assert_true(have.owner && have.owner != have.self);
	firewall_plan_clean(&p, &have);
	assert_int_equal(nft_apply(live_nft, &p, &have, why, sizeof(why)), -EPERM);
	assert_string_equal(why, "firewall: delete table inet wayside: Operation not permitted");
	fw_plan_free(&p);
	fw_actual_free(&have);
	nft_close(live_nft);
	live_nft = first;
	fw_world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_else_changes_it, fresh),
		cmocka_unit_test_setup(it_outlives_us_and_is_taken_over, fresh),
		cmocka_unit_test_setup(it_is_an_option, fresh),
		cmocka_unit_test_setup(another_owner_is_found, fresh),
	};

	return live_hosts_run(tests, ARRAY_LEN(tests), NULL);
}
