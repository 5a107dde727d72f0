// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `dns` for people: a row for each name and family.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "human.h"
#include "table.h"

static void addresses_cell(struct table *t, json_t *result)
{
	char *addresses = list_joined(json_object_get(result, "addresses"));

	table_cell(t, addresses);
	free(addresses);
}

static void status_cell(struct table *t, json_t *result)
{
	const char *status = get_text(result, "status"), *refused = get_text(result, "refused");
	char text[256];

	if (get_int(result, "failures") > 1)
		snprintf(text, sizeof(text), "%s, %lld times", status,
			 (long long)get_int(result, "failures"));
	else
		snprintf(text, sizeof(text), "%s", status[0] ? status : "asking");
	if (refused[0])
		snprintf(text, sizeof(text), "%s: %s", status, refused);
	table_cell(t, text);
}

static void family_row(struct table *t, const char *name, const char *family, json_t *result)
{
	char buf[HUMAN_LEN];

	if (!json_is_object(result))
		return;
	table_row(t);
	table_cell(t, name);
	table_cell(t, family);
	addresses_cell(t, result);
	status_cell(t, result);
	table_cell(t, get_known(result, "expires_in_s")
			      ? human_duration(get_int(result, "expires_in_s"), 2, buf)
			      : "");
}

enum exit_code dns_show(json_t *result, const struct options *o)
{
	static const struct column columns[] = {
		{"NAME"}, {"FAMILY"}, {"ADDRESSES", .cut = true}, {"STATUS"}, {"AGAIN IN"}};
	struct table t;
	size_t i;
	json_t *name;
	(void)o;

	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(result, i, name)
	{
		family_row(&t, get_text(name, "name"), "IPv4", json_object_get(name, "ipv4"));
		family_row(&t, get_text(name, "name"), "IPv6", json_object_get(name, "ipv6"));
	}
	table_end(&t, "no endpoint is known by a name");
	return EXIT_DONE;
}
