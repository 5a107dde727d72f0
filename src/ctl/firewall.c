// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `firewall` for people: zones and policies as they are written, our rules and whether the kernel
 * has them, what stands in other programs' chains, and what was counted for peers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "ctl.h"
#include "human.h"
#include "table.h"

/* "10.10.0.0/16, br-lan, 3 peers"; the caller frees. */
static char *zone_members(json_t *zone)
{
	char *prefixes = list_joined(json_object_get(zone, "prefixes"));
	char *interfaces = list_joined(json_object_get(zone, "interfaces"));
	long long peers = (long long)get_int(zone, "peers");
	struct str s = {0};

	str_add(&s, "%s%s%s", prefixes, *prefixes && *interfaces ? ", " : "", interfaces);
	if (peers)
		str_add(&s, "%s%lld peer%s", s.len ? ", " : "", peers, peers == 1 ? "" : "s");
	free(prefixes);
	free(interfaces);
	return s.text;
}

static void zones_table(json_t *zones)
{
	static const struct column columns[] = {{"ZONE"}, {"WHO", .cut = true}};
	struct table t;
	size_t i;
	json_t *zone;

	if (!json_array_size(zones))
		return;
	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(zones, i, zone)
	{
		char *members = zone_members(zone);

		table_row(&t);
		table_cell(&t, get_text(zone, "name"));
		table_cell(&t, members);
		free(members);
	}
	table_end(&t, "");
	printf("\n");
}

static void policy_row(struct table *t, json_t *policy, json_t *rule, const char *to)
{
	char *ports = list_joined(json_object_get(rule, "ports"));
	char place[600] = "";

	if (*get_text(rule, "file"))
		snprintf(place, sizeof(place), "%s:%lld", get_text(rule, "file"),
			 (long long)get_int(rule, "line"));
	table_row(t);
	table_cell(t, get_text(policy, "interface"));
	table_cell(t, get_text(rule, "from"));
	table_cell(t, to);
	table_cell(t, ports);
	table_cell(t, get_text(rule, "action"));
	table_cell(t, place);
	free(ports);
}

/* What nobody's rule is about. */
static void default_row(struct table *t, json_t *policy)
{
	bool empty = !json_array_size(json_object_get(policy, "rules"));
	const char *from = "anything else", *to = "", *action = get_text(policy, "default");

	if (empty && get_bool(policy, "peer_to_peer")) {
		from = "anybody";
		to = "anybody";
		action = "accept";
	} else if (empty) {
		from = "a peer";
		to = "a peer";
	}
	table_row(t);
	table_cell(t, get_text(policy, "interface"));
	table_cell(t, from);
	table_cell(t, to);
	table_cell(t, "");
	table_cell(t, action);
	table_cell(t, "default");
}

static void policies_table(json_t *policies)
{
	static const struct column columns[] = {{"IFACE"}, {"FROM"},   {"TO"},
						{"PORTS"}, {"ACTION"}, {"WHERE", .cut = true}};
	struct table t;
	size_t i, j;
	json_t *policy, *rule;

	if (!json_array_size(policies))
		return;
	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(policies, i, policy)
	{
		json_array_foreach(json_object_get(policy, "rules"), j, rule)
			policy_row(&t, policy, rule, get_text(rule, "to"));
		default_row(&t, policy);
		json_array_foreach(json_object_get(policy, "input"), j, rule)
			policy_row(&t, policy, rule, "this host");
	}
	table_end(&t, "");
	printf("\n");
}

static void rules_table(json_t *chains)
{
	static const struct column columns[] = {
		{"CHAIN"}, {"STATE"}, {"VERDICT"}, {"RULE", .cut = true}};
	struct table t;
	size_t i, j;
	json_t *chain, *rule;

	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(chains, i, chain)
	{
		json_array_foreach(json_object_get(chain, "rules"), j, rule)
		{
			table_row(&t);
			table_cell(&t, get_text(chain, "name"));
			table_state(&t, get_bool(rule, "installed") ? "installed" : "missing");
			table_cell(&t, get_text(rule, "verdict"));
			table_cell(&t, get_text(rule, "comment"));
		}
	}
	table_end(&t, "no rules of ours are wanted");
}

static void sets_table(json_t *sets)
{
	static const struct column columns[] = {
		{"SET"}, {"STATE"}, {"ELEMENTS", .right = true}, {"INSTALLED", .right = true}};
	struct table t;
	size_t i;
	json_t *set;

	if (!json_array_size(sets))
		return;
	printf("\n");
	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(sets, i, set)
	{
		table_row(&t);
		table_cell(&t, get_text(set, "name"));
		table_state(&t, get_bool(set, "installed") ? "installed" : "missing");
		table_number(&t, get_int(set, "elements"));
		table_number(&t, get_int(set, "elements_installed"));
	}
	table_end(&t, "");
}

static void foreign_table(json_t *rules)
{
	static const struct column columns[] = {
		{"OTHERS' CHAIN"}, {"STATE"}, {"ACCEPTS"}, {"DIRECTION"}};
	struct table t;
	char name[600];
	size_t i;
	json_t *rule;

	if (!json_array_size(rules))
		return;
	printf("\n");
	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(rules, i, rule)
	{
		snprintf(name, sizeof(name), "%s %s %s", get_text(rule, "family"),
			 get_text(rule, "table"), get_text(rule, "chain"));
		table_row(&t);
		table_cell(&t, name);
		table_state(&t, get_text(rule, "status"));
		if (get_known(rule, "port"))
			snprintf(name, sizeof(name), "%s %s/%lld", get_text(rule, "interface"),
				 get_text(rule, "protocol"), (long long)get_int(rule, "port"));
		table_cell(&t, get_known(rule, "port") ? name : get_text(rule, "interface"));
		table_cell(&t, get_text(rule, "direction"));
	}
	table_end(&t, "");
}

static void count_cells(struct table *t, json_t *peer, const char *packets, const char *bytes)
{
	char buf[HUMAN_LEN];

	table_number(t, get_int(peer, packets));
	table_cell(t, human_bytes((uint64_t)get_int(peer, bytes), buf));
}

/* Those of which nothing was seen are not worth a line. */
static void peers_table(json_t *peers)
{
	static const struct column columns[] = {{"PEER", .cut = true},
						{"IFACE"},
						{"ZONE"},
						{"FROM IT", .right = true},
						{"", .right = true},
						{"TO IT", .right = true},
						{"", .right = true},
						{"DROPPED", .right = true},
						{"", .right = true}};
	struct table t;
	size_t i;
	json_t *peer;

	if (!json_array_size(peers))
		return;
	printf("\n");
	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(peers, i, peer)
	{
		if (!get_int(peer, "from_packets") && !get_int(peer, "to_packets") &&
		    !get_int(peer, "dropped_packets"))
			continue;
		table_row(&t);
		table_cell(&t, get_text(peer, "label"));
		table_cell(&t, get_text(peer, "interface"));
		table_cell(&t, get_text(peer, "zone"));
		count_cells(&t, peer, "from_packets", "from_bytes");
		count_cells(&t, peer, "to_packets", "to_bytes");
		count_cells(&t, peer, "dropped_packets", "dropped_bytes");
	}
	table_end(&t, "no packet was counted for any peer");
}

enum exit_code firewall_show(json_t *result, const struct options *o)
{
	(void)o;
	printf("firewall: ");
	state_print(get_text(result, "state"));
	if (get_known(result, "error"))
		printf(": %s", get_text(result, "error"));
	if (get_bool(result, "owned"))
		printf(", owned");
	if (get_known(result, "flowtable"))
		printf(", with a flowtable");
	printf("\n\n");
	zones_table(json_object_get(result, "zones"));
	policies_table(json_object_get(result, "policies"));
	rules_table(json_object_get(result, "chains"));
	sets_table(json_object_get(result, "sets"));
	foreign_table(json_object_get(result, "foreign_rules"));
	peers_table(json_object_get(result, "peers"));
	return EXIT_DONE;
}
