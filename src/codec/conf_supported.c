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

static bool is_false(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_BOOL && !config_setting_get_bool(s);
}

static bool is_text(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_STRING;
}

static bool not_empty(const config_setting_t *s)
{
	return is_text(s) || config_setting_length(s) > 0;
}

static bool is_several(const config_setting_t *s)
{
	return config_setting_is_aggregate(s) && config_setting_length(s) > 1;
}

static bool has_srv(const config_setting_t *s)
{
	if (is_text(s))
		return !strncasecmp(config_setting_get_string(s), "srv:", 4);
	for (int i = 0; config_setting_is_aggregate(s) && i < config_setting_length(s); i++)
		if (has_srv(config_setting_get_elem(s, (unsigned int)i)))
			return true;
	return false;
}

static bool seconds_differ(const config_setting_t *s, int64_t builtin)
{
	int64_t v;

	if (config_setting_type(s) == CONFIG_TYPE_FLOAT)
		return config_setting_get_float(s) < (double)builtin ||
		       config_setting_get_float(s) > (double)builtin;
	return conf_whole(s, &v) && v != builtin;
}

static bool not_0(const config_setting_t *s)
{
	return seconds_differ(s, 0);
}

static bool not_180(const config_setting_t *s)
{
	return seconds_differ(s, 180);
}

static bool not_300(const config_setting_t *s)
{
	return seconds_differ(s, 300);
}

static const struct {
	const char *group, *key;
	bool (*asks)(const config_setting_t *s);
	const char *what;
} not_supported_yet[] = {
	{"endpoints", "probe_interval", not_0, "probing idle peers (a value other than 0)"},
	{"endpoints", "rebind_after", not_180, "a value other than 180"},
	{"endpoints", "keep_listen_port", is_false, "giving up a configured port"},
	{"routes", "withdraw_dead", is_true, "taking out a dead peer's routes"},
	{"firewall", "masquerade", not_empty, "masquerading"},
	{"exchange", "serve", is_true, "serving the exchange"},
	{"peers", "endpoint", is_several, "more than one endpoint"},
	{"peers", "endpoint", has_srv, "an srv: endpoint"},
	{"peers", "return_after", not_300, "a value other than 300"},
	{"peers", "standby_for", is_text, "standing by for a peer"},
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
