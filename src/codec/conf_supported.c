// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a configuration may say but Wayside does not do yet. Such a value is refused: a setting
 * that is silently ignored is worse than one that is missing. When a feature is built, its line
 * leaves the table, and nothing else changes.
 */
#include "conf_keys.h"

static bool is_true(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_BOOL && config_setting_get_bool(s);
}

static const struct {
	const char *group, *key;
	bool (*asks)(const config_setting_t *s);
	const char *what;
} not_supported_yet[] = {
	{"peers", "exchange", is_true, "using the exchange"},
	{"peers", "direct", is_true, "going to a peer directly"},
};

void conf_check_supported(struct conf *c, const struct conf_group *g, const config_setting_t *s)
{
	for (size_t i = 0; i < sizeof(not_supported_yet) / sizeof(not_supported_yet[0]); i++)
		if (!strcmp(not_supported_yet[i].group, g->name) &&
		    !strcmp(not_supported_yet[i].key, config_setting_name(s)) &&
		    not_supported_yet[i].asks(s))
			conf_problem(c, s, "%s is not supported yet", not_supported_yet[i].what);
}
