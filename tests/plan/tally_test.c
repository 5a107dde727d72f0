// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was counted for a peer: the figures only grow, whatever happens to the elements that count.
 */
#include "support/test.h"

#include "plan/tally.h"
#include "support/fw_kernel.h"
#include "support/fw_world.h"

static struct fw_world w;
static struct fw_kernel k;
static struct fw_ruleset want;
static struct tally tally;

static void converge(void)
{
	struct fw_actual have;
	struct fw_plan p = {0};

	fw_world_join(&w);
	fw_kernel_observe(&k, &have);
	fw_ruleset_free(&want);
	firewall_desired(&want, &w.state, w.config, &have);
	firewall_plan(&p, &want, &have);
	tally_take(&tally, &want, &have);
	assert_int_equal(fw_kernel_apply(&k, &p), 0);
	tally_forget(&tally, &p);
	fw_plan_free(&p);
	fw_actual_free(&have);
}

static void take(void)
{
	tally_take(&tally, &want, &k.actual);
}

/* The kernel counts packets of 100 bytes for an allowed-IP of four bytes. */
static void count(const char *set, const char *prefix, uint64_t packets)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, prefix, NULL), 0);
	vec_each(&k.actual.sets, s) {
		struct fw_elem key = {.label = 0}, *e;

		if (strcmp(s->name, set) != 0)
			continue;
		memcpy(key.key, p.addr.bytes, sizeof(key.key));
		e = vec_find(&s->elems, &key, fw_elem_cmp);
		assert_non_null(e);
		e->count.packets += packets;
		e->count.bytes += packets * 100;
		return;
	}
	fail_msg("no set %s", set);
}

static struct fw_count counted(uint32_t peer, enum fw_traffic traffic)
{
	const struct tally_peer *p =
		tally_find(&tally, "wg0", &w.state.devices.at[0].peers.at[peer].wg.key);

	assert_non_null(p);
	return p->count[traffic];
}

static int setup(void **state)
{
	(void)state;
	fw_kernel_init(&k);
	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.counters = true;
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32 10.20.1.0/24");
	fw_world_peer(&w, "wg0", "gate", "sites", "10.49.0.3/32 10.20.0.0/16");
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	converge();
	take();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tally_free(&tally);
	fw_ruleset_free(&want);
	fw_world_free(&w);
	fw_kernel_free(&k);
	return 0;
}

static void a_peer_has_what_its_allowed_ips_have(void **state)
{
	(void)state;
	count("wg0-passed-from-ip-32", "10.49.0.2/32", 3);
	count("wg0-passed-from-ip-24", "10.20.1.0/24", 4);
	count("wg0-passed-to-ip-16", "10.20.0.0/16", 5);
	count("wg0-dropped-ip-32", "10.49.0.3/32", 6);
	take();
	take(); /* the same again adds nothing */
	assert_int_equal(counted(0, FW_FROM).packets, 7);
	assert_int_equal(counted(0, FW_FROM).bytes, 700);
	assert_int_equal(counted(0, FW_TO).packets, 0);
	assert_int_equal(counted(1, FW_TO).packets, 5);
	assert_int_equal(counted(1, FW_DROPPED).packets, 6);
}

static void a_policy_reload_changes_no_figure(void **state)
{
	struct fw_actual have;
	struct fw_plan p = {0};
	(void)state;

	count("wg0-passed-from-ip-32", "10.49.0.2/32", 3);
	w.config->interfaces.at[0].firewall.policy.len = 0;
	fw_world_rule(&w, "wg0", "@pi", "any", "tcp", VERDICT_DROP);
	fw_world_rule(&w, "wg0", "any", "any", NULL, VERDICT_REJECT);
	fw_kernel_observe(&k, &have);
	fw_ruleset_free(&want);
	firewall_desired(&want, &w.state, w.config, &have);
	firewall_plan(&p, &want, &have);
	assert_false(fw_plan_is_empty(&p));
	vec_each(&p.ops, op)
		assert_false(op->kind == FW_OP_DEL_SET && strstr(op->name, "passed"));
	fw_plan_free(&p);
	fw_actual_free(&have);
	converge();
	count("wg0-passed-from-ip-32", "10.49.0.2/32", 1);
	take();
	assert_int_equal(counted(0, FW_FROM).packets, 4);
}

static void a_new_name_and_a_flush_change_no_figure(void **state)
{
	(void)state;
	count("wg0-passed-from-ip-32", "10.49.0.2/32", 3);
	take();
	mem_copy_str(w.config->interfaces.at[0].peers.at[0].name, NAME_LEN, "clinic");
	converge();
	count("wg0-passed-from-ip-32", "10.49.0.2/32", 2);
	take();
	assert_int_equal(counted(0, FW_FROM).packets, 5);
	fw_kernel_free(&k);
	fw_kernel_init(&k);
	converge();
	count("wg0-passed-from-ip-32", "10.49.0.2/32", 8);
	take();
	assert_int_equal(counted(0, FW_FROM).packets, 13);
}

/* Who has a prefix is given what comes from then on. */
static void a_prefix_that_moves_leaves_its_past_behind(void **state)
{
	struct device *d;
	(void)state;

	d = &w.state.devices.at[0];
	count("wg0-passed-from-ip-24", "10.20.1.0/24", 3);
	take();
	d->peers.at[0].wg.aips = 1;
	d->peers.at[1].wg.first_aip = 1;
	d->peers.at[1].wg.aips = 3;
	converge();
	count("wg0-passed-from-ip-24", "10.20.1.0/24", 4);
	take();
	assert_int_equal(counted(0, FW_FROM).packets, 3);
	assert_int_equal(counted(1, FW_FROM).packets, 4);
}

static void a_daemon_that_starts_takes_over_what_the_table_has(void **state)
{
	(void)state;
	count("wg0-passed-from-ip-32", "10.49.0.2/32", 3);
	take();
	tally_free(&tally);
	take();
	assert_int_equal(counted(0, FW_FROM).packets, 3);
}

static void what_is_not_asked_for_is_not_kept(void **state)
{
	(void)state;
	count("wg0-passed-from-ip-32", "10.49.0.2/32", 3);
	take();
	w.config->interfaces.at[0].firewall.counters = false;
	converge();
	take();
	assert_null(tally_find(&tally, "wg0", &w.state.devices.at[0].peers.at[0].wg.key));
	assert_int_equal(tally.peers.len + tally.seen.len, 0);
}

int main(void)
{
#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_peer_has_what_its_allowed_ips_have),
		IN_WORLD(a_policy_reload_changes_no_figure),
		IN_WORLD(a_new_name_and_a_flush_change_no_figure),
		IN_WORLD(a_prefix_that_moves_leaves_its_past_behind),
		IN_WORLD(a_daemon_that_starts_takes_over_what_the_table_has),
		IN_WORLD(what_is_not_asked_for_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
