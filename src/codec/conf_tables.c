// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of routing tables, as iproute2 keeps them: lines of a number and a name, '#' comments.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "codec/conf.h"

/* What every kernel and every iproute2 knows, with or without a file. */
static const struct {
	const char *name;
	uint32_t table;
} builtin[] = {
	{"unspec", RT_TABLE_UNSPEC},
	{"default", RT_TABLE_DEFAULT},
	{"main", RT_TABLE_MAIN},
	{"local", RT_TABLE_LOCAL},
};

/* One line, "100 name" or "0x64 name"; is it this name's? */
static bool line_gives(const char *line, const char *name, uint32_t *table)
{
	const char *digits = line + strspn(line, " \t");
	char *end;
	long long v = strtoll(digits, &end, strncmp(digits, "0x", 2) ? 10 : 16);
	size_t n;

	if (end == digits || v < 0 || v > UINT32_MAX || (*end != ' ' && *end != '\t'))
		return false;
	end += strspn(end, " \t");
	n = strcspn(end, " \t\r#");
	if (n != strlen(name) || strncmp(end, name, n) != 0)
		return false;
	*table = (uint32_t)v;
	return true;
}

int rt_tables_find(const char *text, size_t len, const char *name, uint32_t *table)
{
	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++) {
		if (!strcmp(builtin[i].name, name)) {
			*table = builtin[i].table;
			return 0;
		}
	}
	for (const char *at = text, *end = text + len; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;
		char line[256];

		snprintf(line, sizeof(line), "%.*s", (int)(stop - at < 255 ? stop - at : 255), at);
		if (*name && line_gives(line, name, table))
			return 0;
		at = stop + 1;
	}
	return -ENOENT;
}
