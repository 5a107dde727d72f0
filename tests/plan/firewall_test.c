// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firewall's desired state: what policies become, by example; that they mean what they say,
 * on random policies and packets against a naive reading.
 */
#include "support/test.h"

#include "support/fw_kernel.h"
#include "support/fw_world.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <stdio.h>

static const struct fw_actual nothing = {.available = true};

static struct fw_ruleset desired(const struct fw_world *w, const struct fw_actual *have)
{
	struct fw_ruleset r = {0};

	firewall_desired(&r, &w->state, w->config, have);
	return r;
}

static const struct fw_set *set_named(const struct fw_ruleset *r, const char *name)
{
	vec_each(&r->sets, s)
		if (!strcmp(s->name, name))
			return s;
	fail_msg("no set %s", name);
	return NULL;
}

/* The rules of all chains but the base chain, which is always the same. */
static void assert_policy(const struct fw_world *w, const char *expected)
{
	struct fw_ruleset r = desired(w, &nothing);
	struct str text = {0};

	fw_ruleset_format(&text, &r);
	assert_string_equal(strstr(str_text(&text), "}\n") + 2, expected);
	str_free(&text);
	fw_ruleset_free(&r);
}

/* --- examples ------------------------------------------------------------------------------- */

static void nothing_enabled_is_nothing_wanted(void **state)
{
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.enabled = false;
	fw_world_join(&w);
	r = desired(&w, &nothing);
	assert_false(r.table);
	assert_int_equal(r.chains.len, 0);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

static void base_chain(void **state)
{
	struct fw_world w;
	struct fw_ruleset r;
	struct str text = {0};
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.peer_to_peer = true;
	fw_world_join(&w);
	r = desired(&w, &nothing);
	fw_ruleset_format(&text, &r);
	assert_string_equal(
		str_text(&text),
		"chain forward {\n"
		"\tiifname != @interfaces oifname != @interfaces return comment \"not ours to "
		"decide\"\n"
		"\ttcp flags & (syn|rst) == syn tcp option maxseg size set rt mtu comment \"fit "
		"TCP into the tunnel\"\n"
		"\tct state established,related accept comment \"connections that passed\"\n"
		"\tct state invalid counter drop comment \"of no connection\"\n"
		"\tiifname \"wg0\" jump wg0-policy comment \"policy of wg0\"\n"
		"\tiifname != \"wg0\" oifname \"wg0\" jump wg0-policy comment \"policy of wg0\"\n"
		"}\n"
		"chain wg0-policy {\n"
		"\treturn comment \"accept: no policy\"\n"
		"}\n");
	assert_int_equal(fw_ruleset_elements(&r), 0);
	str_free(&text);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

static void empty_policy_keeps_peers_apart(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", NULL, "10.49.0.2/32 10.20.1.0/24");
	fw_world_join(&w);
	assert_policy(&w, "chain wg0-policy {\n"
			  "\tiifname @interfaces oifname @interfaces counter drop comment \"drop: "
			  "peer to peer\"\n"
			  "\treturn comment \"accept: no policy\"\n"
			  "}\n");
	fw_world_free(&w);
}

/* All peers are alike: the interface tells them, no set is needed. */
static void one_zone_of_peers_needs_no_set(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", NULL, "10.49.0.2/32 10.20.1.0/24");
	fw_world_zone(&w, "dc", "10.10.0.0/16");
	fw_world_rule(&w, "wg0", "dc", "peers", NULL, VERDICT_ACCEPT);
	fw_world_rule(&w, "wg0", "peers", "dc", "tcp/22 icmp", VERDICT_ACCEPT);
	fw_world_join(&w);
	assert_policy(&w, "chain wg0-policy {\n"
			  "\toifname \"wg0\" ip saddr 10.10.0.0/16 return comment \"accept: dc to "
			  "peers\"\n"
			  "\tiifname \"wg0\" ip daddr 10.10.0.0/16 tcp dport 22 return comment "
			  "\"accept: peers to dc\"\n"
			  "\tiifname \"wg0\" ip daddr 10.10.0.0/16 icmp return comment \"accept: "
			  "peers to dc\"\n"
			  "\tcounter drop comment \"drop: default of wg0\"\n"
			  "}\n");
	fw_world_free(&w);
}

static void zones_of_peers_are_looked_up(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32 10.20.1.0/24");
	fw_world_peer(&w, "wg0", "phone", NULL, "10.49.0.3/32");
	fw_world_rule(&w, "wg0", "peers", "sites", "tcp/443", VERDICT_ACCEPT);
	fw_world_join(&w);
	assert_policy(&w, "chain wg0-policy {\n"
			  "\tiifname \"wg0\" ip saddr/32 @wg0-peers-ip-32 goto wg0-from-peers "
			  "comment \"from peers\"\n"
			  "\tcounter drop comment \"drop: default of wg0\"\n"
			  "}\n"
			  "chain wg0-from-peers {\n"
			  "\toifname \"wg0\" ip daddr/32 @wg0-sites-ip-32 goto "
			  "wg0-from-peers-to-sites comment \"to sites\"\n"
			  "\toifname \"wg0\" ip daddr/24 @wg0-sites-ip-24 goto "
			  "wg0-from-peers-to-sites comment \"to sites\"\n"
			  "\tcounter drop comment \"drop: default of wg0\"\n"
			  "}\n"
			  "chain wg0-from-peers-to-sites {\n"
			  "\ttcp dport 443 return comment \"accept: peers to sites\"\n"
			  "\tcounter drop comment \"drop: default of wg0\"\n"
			  "}\n");
	fw_world_free(&w);
}

/* One peer of many is named: only its addresses are in sets. */
static void one_named_peer_costs_its_own_addresses(void **state)
{
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	for (int i = 0; i < 100; i++) {
		char aips[64];

		snprintf(aips, sizeof(aips), "10.49.0.%d/32 10.20.%d.0/24", i, i);
		fw_world_peer(&w, "wg0", i == 7 ? "pi" : NULL, NULL, aips);
	}
	fw_world_rule(&w, "wg0", "@pi", "any", NULL, VERDICT_REJECT);
	fw_world_rule(&w, "wg0", "any", "any", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	r = desired(&w, &nothing);
	assert_int_equal(fw_ruleset_elements(&r), 2);
	assert_int_equal(set_named(&r, "wg0-pi-ip-24")->elems.len, 1);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* A peer of no zone that matters, inside one that does: WireGuard sends to the inner one. */
static void nested_prefixes_mean_what_they_mean_to_wireguard(void **state)
{
	struct fw_world w;
	struct fw_ruleset r;
	struct fw_packet p = {.iif = "eth0", .oif = "wg0", .ct = FW_CT_NEW};
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "hub", "sites", "10.20.0.0/16");
	fw_world_peer(&w, "wg0", "odd", "elsewhere", "10.20.5.0/24");
	fw_world_rule(&w, "wg0", "any", "sites", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	r = desired(&w, &nothing);
	addr_parse(&p.src, "192.0.2.1");
	addr_parse(&p.dst, "10.20.4.1");
	assert_int_equal(fw_eval(&r, &p), FW_ACCEPT);
	addr_parse(&p.dst, "10.20.5.1");
	assert_int_equal(fw_eval(&r, &p), FW_DROP);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* A source that WireGuard let in but that we have not seen yet is in no zone. */
static void unknown_peer_is_in_no_zone(void **state)
{
	struct fw_packet p = {.iif = "wg0", .oif = "eth0", .ct = FW_CT_NEW};
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", "sites", "10.20.1.0/24");
	fw_world_rule(&w, "wg0", "sites", "any", NULL, VERDICT_ACCEPT);
	fw_world_rule(&w, "wg0", "peers", "any", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	r = desired(&w, &nothing);
	addr_parse(&p.dst, "192.0.2.1");
	addr_parse(&p.src, "10.20.1.1");
	assert_int_equal(fw_eval(&r, &p), FW_ACCEPT);
	addr_parse(&p.src, "10.20.2.1");
	assert_int_equal(fw_eval(&r, &p), FW_DROP);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* A name that is not in our configuration may be any new peer's: the interface tells nothing. */
static void imported_names_close_interfaces(void **state)
{
	struct fw_packet p = {.iif = "wg0", .oif = "eth0", .ct = FW_CT_NEW};
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", NULL, "10.20.1.0/24");
	fw_world_rule(&w, "wg0", "@kiosk", "any", NULL, VERDICT_DROP);
	fw_world_rule(&w, "wg0", "peers", "any", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	r = desired(&w, &nothing);
	addr_parse(&p.dst, "192.0.2.1");
	addr_parse(&p.src, "10.20.1.1");
	assert_int_equal(fw_eval(&r, &p), FW_ACCEPT);
	addr_parse(&p.src, "10.20.2.1"); /* this may be the kiosk */
	assert_int_equal(fw_eval(&r, &p), FW_DROP);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

static void two_interfaces_ask_both_policies(void **state)
{
	struct fw_packet p = {.iif = "wg0", .oif = "wg1", .ct = FW_CT_NEW};
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_iface(&w, "wg1");
	fw_world_peer(&w, "wg0", "a", "sites", "10.1.0.0/16");
	fw_world_peer(&w, "wg1", "b", "sites", "10.2.0.0/16");
	fw_world_rule(&w, "wg0", "sites", "sites", NULL, VERDICT_ACCEPT);
	fw_world_rule(&w, "wg1", "sites", "sites", "tcp/22", VERDICT_ACCEPT);
	fw_world_join(&w);
	r = desired(&w, &nothing);
	addr_parse(&p.src, "10.1.0.1");
	addr_parse(&p.dst, "10.2.0.1");
	p.protocol = IPPROTO_TCP;
	p.port = 22;
	assert_int_equal(fw_eval(&r, &p), FW_ACCEPT);
	p.port = 23;
	assert_int_equal(fw_eval(&r, &p), FW_DROP);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

static void a_log_line_does_not_decide(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_rule(&w, "wg0", "any", "10.10.0.0/16", "tcp/22", VERDICT_REJECT);
	w.config->interfaces.at[0].firewall.policy.at[0].log = POLICY_LOG_RATE;
	fw_world_join(&w);
	assert_policy(&w, "chain wg0-policy {\n"
			  "\tip daddr 10.10.0.0/16 tcp dport 22 limit rate 5/second log prefix "
			  "\"wayside: \"\n"
			  "\tip daddr 10.10.0.0/16 tcp dport 22 counter reject comment \"reject: "
			  "any to 10.10.0.0/16\"\n"
			  "\tcounter drop comment \"drop: default of wg0\"\n"
			  "}\n");
	fw_world_free(&w);
}

/* Where all peers are alike, the interface tells; else the most specific allowed-IP decides. */
static void masqueraded_is_what_leaves_the_tunnel(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.peer_to_peer = true;
	fw_world_peer(&w, "wg0", "pi", NULL, "10.49.0.2/32 10.20.1.0/24");
	fw_world_masquerade(&w, "wg0", "fd00:20::/64");
	fw_world_masquerade(&w, "wg0", "peers");
	fw_world_join(&w);
	assert_policy(&w, "chain wg0-policy {\n"
			  "\treturn comment \"accept: no policy\"\n"
			  "}\n"
			  "chain postrouting {\n"
			  "\tiifname \"wg0\" oifname != @interfaces jump wg0-masquerade\n"
			  "}\n"
			  "chain wg0-masquerade {\n"
			  "\tip6 saddr fd00:20::/64 masquerade comment \"masquerade: "
			  "fd00:20::/64\"\n"
			  "\tiifname \"wg0\" masquerade comment \"masquerade: peers\"\n"
			  "\treturn\n"
			  "}\n");
	fw_world_peer(&w, "wg0", "odd", "sites", "10.20.1.128/25");
	fw_world_join(&w);
	assert_policy(&w, "chain wg0-policy {\n"
			  "\treturn comment \"accept: no policy\"\n"
			  "}\n"
			  "chain postrouting {\n"
			  "\tiifname \"wg0\" oifname != @interfaces jump wg0-masquerade\n"
			  "}\n"
			  "chain wg0-masquerade {\n"
			  "\tiifname \"wg0\" ip saddr/32 @wg0-peers-ip-32 goto "
			  "wg0-masquerade-peers comment \"from peers\"\n"
			  "\tiifname \"wg0\" ip saddr/25 @wg0-other-ip-25 goto "
			  "wg0-masquerade-elsewhere comment \"from other\"\n"
			  "\tiifname \"wg0\" ip saddr/24 @wg0-peers-ip-24 goto "
			  "wg0-masquerade-peers comment \"from peers\"\n"
			  "\tgoto wg0-masquerade-elsewhere\n"
			  "}\n"
			  "chain wg0-masquerade-peers {\n"
			  "\tmasquerade comment \"masquerade: peers\"\n"
			  "}\n"
			  "chain wg0-masquerade-elsewhere {\n"
			  "\tip6 saddr fd00:20::/64 masquerade comment \"masquerade: "
			  "fd00:20::/64\"\n"
			  "\treturn\n"
			  "}\n");
	fw_world_free(&w);
}

static void names_survive_nft(void **state)
{
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "1wg");
	fw_world_peer(&w, "1wg", "a", "häuser und b", "10.1.0.0/16");
	fw_world_peer(&w, "1wg", "b", "h\"user und b", "10.2.0.0/16");
	fw_world_rule(&w, "1wg", "häuser und b", "any", NULL, VERDICT_ACCEPT);
	fw_world_rule(&w, "1wg", "h\"user und b", "any", NULL, VERDICT_DROP);
	fw_world_join(&w);
	r = desired(&w, &nothing);
	set_named(&r, "_wg-h_user_und_b-ip-16");
	set_named(&r, "_wg-h__user_und_b-ip-16");
	vec_each(&r.chains, c)
		vec_each(&c->rules, rule)
			assert_null(strchr(rule->comment, '"'));
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* --- packets to this host ------------------------------------------------------------------- */

static void input_is_about_those_that_it_names(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.peer_to_peer = true;
	fw_world_peer(&w, "wg0", "pi", "sites", "10.49.0.2/32");
	fw_world_peer(&w, "wg0", "phone", NULL, "10.49.0.3/32");
	fw_world_input(&w, "wg0", "sites", "tcp/22 icmp", VERDICT_ACCEPT);
	fw_world_join(&w);
	assert_policy(&w, "chain wg0-policy {\n"
			  "\treturn comment \"accept: no policy\"\n"
			  "}\n"
			  "chain input {\n"
			  "\tiifname \"wg0\" jump wg0-input\n"
			  "}\n"
			  "chain wg0-input {\n"
			  "\tct state established,related return comment \"connections that "
			  "passed\"\n"
			  "\tiifname \"wg0\" ip saddr/32 @wg0-sites-ip-32 goto wg0-input-sites "
			  "comment \"from sites\"\n"
			  "\treturn comment \"input does not name them\"\n"
			  "}\n"
			  "chain wg0-input-sites {\n"
			  "\ttcp dport 22 return comment \"accept: sites to this host\"\n"
			  "\ticmp return comment \"accept: sites to this host\"\n"
			  "\tcounter drop comment \"drop: sites to this host\"\n"
			  "}\n");
	w.config->interfaces.at[0].firewall.enabled = false;
	assert_int_equal(desired(&w, &nothing).chains.len, 0);
	fw_world_free(&w);
}

/* Whatever `input` says: who serves the exchange has to be asked, and who asks be told. */
static void a_service_of_ours_passes(void **state)
{
	struct fw_packet p = {
		.iif = "wg0", .ct = FW_CT_NEW, .protocol = IPPROTO_UDP, .port = 51821};
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->exchange.serve = true;
	fw_world_input(&w, "wg0", "any", NULL, VERDICT_DROP);
	fw_world_join(&w);
	addr_parse(&p.src, "10.49.0.2");
	r = desired(&w, &nothing);
	assert_int_equal(fw_eval_input(&r, &p), FW_ACCEPT);
	p.protocol = IPPROTO_TCP;
	assert_int_equal(fw_eval_input(&r, &p), FW_DROP);
	p.protocol = IPPROTO_UDP;
	p.port = 53;
	assert_int_equal(fw_eval_input(&r, &p), FW_DROP);
	p.ct = FW_CT_ESTABLISHED; /* whoever is logged in stays */
	assert_int_equal(fw_eval_input(&r, &p), FW_ACCEPT);
	p.ct = FW_CT_NEW;
	memcpy(p.iif, "eth0", 5);
	assert_int_equal(fw_eval_input(&r, &p), FW_ACCEPT);
	fw_ruleset_free(&r);
	w.config->interfaces.at[0].exchange.serve = false;
	memcpy(p.iif, "wg0", 4);
	p.port = 51821;
	r = desired(&w, &nothing);
	assert_int_equal(fw_eval_input(&r, &p), FW_DROP);
	fw_ruleset_free(&r);
	w.config->interfaces.at[0].directs = 1;
	r = desired(&w, &nothing);
	assert_int_equal(fw_eval_input(&r, &p), FW_ACCEPT);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* --- other programs' chains ----------------------------------------------------------------- */

static void assert_foreign(const struct fw_world *w, const struct fw_actual *have,
			   const char *expected)
{
	struct fw_ruleset r = desired(w, have);
	struct fw_plan p = {.want = &r};
	struct str text = {0};

	vec_each(&r.foreign, f)
		*vec_add(&p.ops) = (struct fw_op){.kind = FW_OP_ADD_FOREIGN, .rule = f};
	fw_plan_format(&text, &p);
	assert_string_equal(str_text(&text), expected);
	str_free(&text);
	fw_plan_free(&p);
	fw_ruleset_free(&r);
}

static uint32_t partial(const struct fw_world *w, const struct fw_actual *have)
{
	struct fw_obstacles all = {0};
	uint32_t n = 0;

	firewall_obstacles(&all, &w->state, w->config, have);
	vec_each(&all, o)
		n += o->kind == FW_OBSTACLE_PARTIAL;
	vec_free(&all);
	return n;
}

/* An accept on the input hook lets in everybody, so it has to be ours to decide about everybody. */
static void on_the_input_hook_only_what_we_decide(void **state)
{
	static const char *const service =
		"firewall: insert accept for packets from wg0 to udp port 51821 at the top of ip "
		"filter INPUT\n";
	static const char *const all =
		"firewall: insert accept for packets from wg0 at the top of ip filter INPUT\n";
	struct iface_conf *wg0;
	struct fw_kernel k;
	struct fw_world w;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "INPUT", true);
	k.actual.bases.at[0].hook.num = NF_INET_LOCAL_IN;
	fw_world_init(&w);
	wg0 = fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "pi", NULL, "10.49.0.2/32");
	fw_world_join(&w);
	assert_foreign(&w, &k.actual, "");
	wg0->exchange.serve = true;
	assert_foreign(&w, &k.actual, service);
	wg0->firewall.enabled = false;
	assert_foreign(&w, &k.actual, service);
	wg0->firewall.enabled = true;
	fw_world_input(&w, "wg0", "@pi", "tcp/22", VERDICT_ACCEPT);
	assert_foreign(&w, &k.actual, service);
	assert_int_equal(partial(&w, &k.actual), 1);
	fw_world_input(&w, "wg0", "peers", "tcp/22", VERDICT_ACCEPT); /* that is all of them */
	assert_foreign(&w, &k.actual, all);
	assert_int_equal(partial(&w, &k.actual), 0);
	fw_world_peer(&w, "wg0", "two", "sites", "10.49.0.3/32");
	fw_world_join(&w);
	assert_foreign(&w, &k.actual, service);
	fw_world_input(&w, "wg0", "any", NULL, VERDICT_DROP);
	assert_foreign(&w, &k.actual, all);
	wg0->firewall.foreign_mode = FOREIGN_OFF;
	assert_foreign(&w, &k.actual, "");
	fw_world_free(&w);
	fw_kernel_free(&k);
}

static void foreign_accepts_where_they_are_needed(void **state)
{
	struct fw_kernel k;
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_kernel_init(&k);
	fw_kernel_base(&k, NFPROTO_IPV4, "filter", "FORWARD", true);
	fw_kernel_base(&k, NFPROTO_IPV6, "filter", "FORWARD", false);
	fw_kernel_base(&k, NFPROTO_INET, "firewalld", "filter_FORWARD", false);
	k.actual.bases.at[2].last_drops = true;
	fw_kernel_base(&k, NFPROTO_INET, "early", "forward", true);
	k.actual.bases.at[3].hook.priority = -150;
	fw_kernel_base(&k, NFPROTO_INET, "owned", "forward", true);
	k.actual.bases.at[4].owned = true;
	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_iface(&w, "wg1")->firewall.enabled = false;
	fw_world_join(&w);
	r = desired(&w, &k.actual);
	assert_int_equal(r.foreign.len, 4);
	assert_string_equal(r.foreign.at[0].table, "firewalld");
	assert_string_equal(r.foreign.at[0].ifname, "wg0");
	assert_string_equal(r.foreign.at[2].table, "filter");
	assert_int_equal(r.foreign.at[2].family, NFPROTO_IPV4);
	fw_ruleset_free(&r);
	w.config->interfaces.at[0].firewall.foreign_mode = FOREIGN_OFF;
	r = desired(&w, &k.actual);
	assert_int_equal(r.foreign.len, 0);
	fw_ruleset_free(&r);
	w.config->interfaces.at[0].firewall.foreign_mode = FOREIGN_LIST;
	*vec_add(&w.config->interfaces.at[0].firewall.foreign_chains) =
		(struct chain_name){NFPROTO_IPV6, "filter", "FORWARD"};
	r = desired(&w, &k.actual);
	assert_int_equal(r.foreign.len, 2);
	assert_int_equal(r.foreign.at[0].family, NFPROTO_IPV6);
	fw_ruleset_free(&r);
	fw_world_free(&w);
	fw_kernel_free(&k);
}

/* Only what is there can be bound, and only what needs no translation takes the short way. */
static void the_short_way_is_for_who_asks(void **state)
{
	struct fw_actual old = {.available = true, .lacks = FW_FEATURE_FLOWTABLE};
	struct fw_world w;
	struct fw_ruleset r;
	struct str text = {0};
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.flowtable = true;
	fw_world_iface(&w, "wg1")->firewall.flowtable = true;
	fw_world_peer(&w, "wg1", "clinic", NULL, "192.168.1.0/24");
	fw_world_netmap(&w, "wg1", "192.168.1.0/24", "10.201.1.0/24");
	fw_world_join(&w);
	*vec_add(&w.state.links) = (struct link){.ifindex = 2, .name = "eth0", .up = true};
	*vec_add(&w.state.links) = (struct link){.ifindex = 3, .name = "veth7", .up = true};
	*vec_add(&w.state.links) = (struct link){.ifindex = 1, .name = "lo", .up = true};
	vec_add(&w.state.addrs)->ifindex = 2;
	vec_add(&w.state.addrs)->ifindex = 1;
	addr_parse(&w.state.addrs.at[0].addr, "192.0.2.1");
	addr_parse(&w.state.addrs.at[1].addr, "127.0.0.1");
	r = desired(&w, &nothing);
	assert_int_equal(r.offload.len, 2);
	assert_string_equal((const char *)r.offload.at[0].key, "eth0");
	assert_string_equal((const char *)r.offload.at[1].key, "wg0");
	fw_ruleset_format(&text, &r);
	assert_non_null(strstr(str_text(&text),
			       "\tiifname \"wg0\" oifname != @not-offloaded ct state established "
			       "flow add @fast\n"
			       "\tiifname != @not-offloaded oifname \"wg0\" ct state established "
			       "flow add @fast\n"
			       "\tct state established,related accept"));
	fw_ruleset_free(&r);
	r = desired(&w, &old);
	assert_int_equal(r.offload.len, 0);
	text.len = 0;
	fw_ruleset_format(&text, &r);
	assert_null(strstr(str_text(&text), "flow add"));
	str_free(&text);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* Without it, our own stop would open what the table keeps closed. */
static void owned_only_where_it_outlives_us(void **state)
{
	struct fw_actual old = {.available = true, .lacks = FW_FEATURE_OWNER};
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_iface(&w, "wg1")->firewall.owner = true;
	fw_world_join(&w);
	r = desired(&w, &nothing);
	assert_int_equal(r.table_flags, FW_TABLE_OWNER | FW_TABLE_PERSIST);
	fw_ruleset_free(&r);
	r = desired(&w, &old);
	assert_true(r.table);
	assert_int_equal(r.table_flags, 0);
	fw_ruleset_free(&r);
	w.config->interfaces.at[1].firewall.enabled = false;
	r = desired(&w, &nothing);
	assert_int_equal(r.table_flags, 0);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* --- NETMAP --------------------------------------------------------------------------------- */

static void netmap_translates_both_ways(void **state)
{
	struct fw_world w;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0")->firewall.enabled = false;
	fw_world_peer(&w, "wg0", "clinic", NULL, "10.49.0.2/32 192.168.1.0/24");
	fw_world_netmap(&w, "wg0", "192.168.1.0/24", "10.201.1.0/24");
	fw_world_netmap(&w, "wg0", "192.168.7.0/24", "10.201.7.0/24"); /* nothing of it is there */
	fw_world_peer(&w, "wg0", "annex", NULL, "192.168.1.128/25");
	fw_world_join(&w);
	assert_policy(
		&w, "chain wg0-netmap-in {\n"
		    "\ticmp jump wg0-netmap-in-errors\n"
		    "\ticmpv6 jump wg0-netmap-in-errors\n"
		    "\tip saddr 192.168.1.128/25 return comment \"no netmap: 192.168.1.128/25 is "
		    "of annex\"\n"
		    "\tip saddr 192.168.1.0/24 ip saddr set prefix 10.201.1.0/24 return "
		    "comment \"netmap: 192.168.1.0/24 of clinic is 10.201.1.0/24\"\n"
		    "}\n"
		    "chain wg0-netmap-in-errors {\n"
		    "\ttype 3-5 quoting ip daddr 192.168.1.128/25 icmp return\n"
		    "\ttype 11-12 quoting ip daddr 192.168.1.128/25 icmp return\n"
		    "\ttype 3-5 quoting ip daddr 192.168.1.0/24 icmp ip daddr set prefix "
		    "10.201.1.0/24 return\n"
		    "\ttype 11-12 quoting ip daddr 192.168.1.0/24 icmp ip daddr set prefix "
		    "10.201.1.0/24 return\n"
		    "}\n"
		    "chain netmap-out {\n"
		    "\toifname \"wg0\" jump wg0-netmap-out\n"
		    "}\n"
		    "chain wg0-netmap-out {\n"
		    "\ticmp jump wg0-netmap-out-errors\n"
		    "\ticmpv6 jump wg0-netmap-out-errors\n"
		    "\tip daddr 10.201.1.128/25 return comment \"no netmap: 192.168.1.128/25 is of "
		    "annex\"\n"
		    "\tip daddr 10.201.1.0/24 ip daddr set prefix 192.168.1.0/24 return "
		    "comment \"netmap: 192.168.1.0/24 of clinic is 10.201.1.0/24\"\n"
		    "}\n"
		    "chain wg0-netmap-out-errors {\n"
		    "\ttype 3-5 quoting ip saddr 10.201.1.128/25 icmp return\n"
		    "\ttype 11-12 quoting ip saddr 10.201.1.128/25 icmp return\n"
		    "\ttype 3-5 quoting ip saddr 10.201.1.0/24 icmp ip saddr set prefix "
		    "192.168.1.0/24 return\n"
		    "\ttype 11-12 quoting ip saddr 10.201.1.0/24 icmp ip saddr set prefix "
		    "192.168.1.0/24 return\n"
		    "}\n");
	fw_world_free(&w);
}

/* A policy knows a mapped network by its outside: that is where the peer is to everybody here. */
static void policies_see_the_outside(void **state)
{
	struct fw_packet p = {.iif = "eth0", .oif = "wg0", .ct = FW_CT_NEW};
	struct fw_world w;
	struct fw_ruleset r;
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_peer(&w, "wg0", "clinic", "sites", "192.168.1.0/24");
	fw_world_netmap(&w, "wg0", "192.168.1.0/24", "10.201.1.0/24");
	fw_world_peer(&w, "wg0", "phone", NULL, "10.49.0.3/32");
	fw_world_rule(&w, "wg0", "any", "sites", NULL, VERDICT_ACCEPT);
	fw_world_join(&w);
	r = desired(&w, &nothing);
	addr_parse(&p.src, "192.168.1.9");
	addr_parse(&p.dst, "10.201.1.5");
	assert_int_equal(fw_eval(&r, &p), FW_ACCEPT);
	addr_parse(&p.dst, "192.168.1.5");
	assert_int_equal(fw_eval(&r, &p), FW_DROP);
	fw_ruleset_free(&r);
	fw_world_free(&w);
}

/* --- properties ----------------------------------------------------------------------------- */

static void say_failure(const struct fw_world *w, const struct fw_ruleset *r,
			const struct fw_packet *p, uint64_t seed)
{
	struct str text = {0};

	fw_ruleset_format(&text, r);
	fw_packet_format(&text, p);
	fprintf(stderr, "%s\n", str_text(&text));
	fail_msg("seed %lu: %d, but the policy says %d; to us %d and %d", (unsigned long)seed,
		 fw_eval(r, p), fw_world_verdict(w, p), fw_eval_input(r, p),
		 fw_world_input_verdict(w, p));
}

static void compiled_means_what_the_policy_says(void **state)
{
	static const enum verdict as[] = {[FW_ACCEPT] = VERDICT_ACCEPT,
					  [FW_DROP] = VERDICT_DROP,
					  [FW_REJECT] = VERDICT_REJECT};
	unsigned int verdicts[3] = {0}, to_us[3] = {0}, with_sets = 0, masqueraded = 0;
	(void)state;

	for (uint64_t seed = 1; seed <= 4000; seed++) {
		struct fw_world w;
		struct fw_ruleset r;

		fw_world_random(&w, seed);
		r = desired(&w, &nothing);
		with_sets += fw_ruleset_elements(&r) > 0;
		for (int i = 0; i < 60; i++) {
			struct fw_packet p = fw_world_packet(&w);
			enum verdict want = fw_world_verdict(&w, &p);

			verdicts[want]++;
			if (as[fw_eval(&r, &p)] != want)
				say_failure(&w, &r, &p, seed);
			if (fw_eval_masquerade(&r, &p) != fw_world_masquerades(&w, &p))
				say_failure(&w, &r, &p, seed);
			masqueraded += fw_eval_masquerade(&r, &p);
			want = fw_world_input_verdict(&w, &p);
			to_us[want]++;
			if (as[fw_eval_input(&r, &p)] != want)
				say_failure(&w, &r, &p, seed);
		}
		fw_ruleset_free(&r);
		fw_world_free(&w);
	}
	/* A test of accepts alone, or of interfaces alone, would prove little. */
	for (int i = 0; i < 3; i++)
		assert_true(verdicts[i] > 20000 && to_us[i] > 5000);
	assert_true(with_sets > 1000);
	assert_true(masqueraded > 5000);
}

static bool same_ends(const struct fw_packet *a, const struct fw_packet *b)
{
	return !addr_cmp(&a->src, &b->src) && !addr_cmp(&a->dst, &b->dst);
}

static struct fw_packet reversed(const struct fw_packet *p)
{
	struct fw_packet r = *p;

	r.src = p->dst;
	r.dst = p->src;
	memcpy(r.iif, p->oif, IFNAME_LEN);
	memcpy(r.oif, p->iif, IFNAME_LEN);
	return r;
}

/* Into the tunnel by the peers and by the rules, and out of it again, as the answer to it. */
static void netmap_means_what_the_peers_say(void **state)
{
	unsigned int changed = 0;
	(void)state;

	for (uint64_t seed = 1; seed <= 2000; seed++) {
		struct fw_world w;
		struct fw_ruleset r;

		fw_world_random(&w, seed);
		r = desired(&w, &nothing);
		for (int i = 0; i < 60; i++) {
			struct fw_packet p = fw_world_packet(&w), by_peers = p, by_rules = p;

			fw_world_netmap_apply(&w, &by_peers, false);
			fw_eval_netmap(&r, &by_rules, false);
			if (!same_ends(&by_peers, &by_rules))
				say_failure(&w, &r, &p, seed);
			changed += !same_ends(&p, &by_peers);
			by_rules = reversed(&by_rules);
			fw_eval_netmap(&r, &by_rules, true);
			by_rules = reversed(&by_rules);
			if (!same_ends(&p, &by_rules))
				say_failure(&w, &r, &p, seed);
		}
		fw_ruleset_free(&r);
		fw_world_free(&w);
	}
	assert_true(changed > 2000);
}

TEST_MAIN(the_short_way_is_for_who_asks, owned_only_where_it_outlives_us,
	  nothing_enabled_is_nothing_wanted, base_chain, empty_policy_keeps_peers_apart,
	  one_zone_of_peers_needs_no_set, zones_of_peers_are_looked_up,
	  one_named_peer_costs_its_own_addresses, nested_prefixes_mean_what_they_mean_to_wireguard,
	  unknown_peer_is_in_no_zone, imported_names_close_interfaces,
	  two_interfaces_ask_both_policies, masqueraded_is_what_leaves_the_tunnel,
	  names_survive_nft, a_log_line_does_not_decide, input_is_about_those_that_it_names,
	  a_service_of_ours_passes, foreign_accepts_where_they_are_needed,
	  on_the_input_hook_only_what_we_decide, netmap_translates_both_ways,
	  policies_see_the_outside, netmap_means_what_the_peers_say,
	  compiled_means_what_the_policy_says)
