// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `firewall` for people: our rules, then what stands in other programs' chains.
 */
#include <stdio.h>

#include "ctl.h"
#include "table.h"

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

enum exit_code firewall_show(json_t *result, const struct options *o)
{
	(void)o;
	printf("firewall: ");
	state_print(get_text(result, "state"));
	if (get_known(result, "error"))
		printf(": %s", get_text(result, "error"));
	printf("\n\n");
	rules_table(json_object_get(result, "chains"));
	sets_table(json_object_get(result, "sets"));
	foreign_table(json_object_get(result, "foreign_rules"));
	return EXIT_DONE;
}
