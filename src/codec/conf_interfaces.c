// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interfaces, and what may stand in `defaults` for all of them.
 *
 * An interface starts as a deep copy of the defaults and a peer with its interface's keepalive and
 * routes, each as they are when everything of the outer one is read; then their own keys override.
 */
#include "base/str.h"
#include "codec/import.h"
#include "conf_keys.h"
#include "conf_problems.h"

#define SECOND 1000
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

/* Two durations of one group that must not be the wrong way round; said where either is set. */
static void check_order(struct conf *c, const config_setting_t *s, const char *low, msec low_value,
			const char *high, msec high_value)
{
	const config_setting_t *at = conf_member(s, low);

	if (!at)
		at = conf_member(s, high);
	if (at && low_value > high_value)
		conf_problem_add(c->problems, conf_place(c, at), false,
				 "%s: %g seconds are more than the %g of %s", low,
				 (double)low_value / SECOND, (double)high_value / SECOND, high);
}

static void check_endpoints(struct conf *c, const config_setting_t *s, void *base)
{
	const struct endpoints_conf *e = base;

	check_order(c, s, "ttl_min", e->ttl_min, "ttl_max", e->ttl_max);
}

static const struct conf_word families[] = {
	{"any", FAMILY_ANY}, {"ipv4", FAMILY_IPV4}, {"ipv6", FAMILY_IPV6}, {0}};

static const struct conf_key endpoints_keys[] = {
	{"resolve", conf_read_bool, CONF_FIELD(struct endpoints_conf, resolve)},
	{"family", conf_read_word, CONF_FIELD(struct endpoints_conf, family), .words = families},
	{"ttl_min", conf_read_seconds, CONF_FIELD(struct endpoints_conf, ttl_min), SECOND, 7 * DAY},
	{"ttl_max", conf_read_seconds, CONF_FIELD(struct endpoints_conf, ttl_max), SECOND, 7 * DAY},
	{"dead_after", conf_read_seconds, CONF_FIELD(struct endpoints_conf, dead_after), SECOND,
	 HOUR},
	{"probe_interval", conf_read_seconds, CONF_FIELD(struct endpoints_conf, probe_interval), 0,
	 DAY},
	{"rebind_after", conf_read_seconds, CONF_FIELD(struct endpoints_conf, rebind_after), 0,
	 DAY},
	{"keep_listen_port", conf_read_bool, CONF_FIELD(struct endpoints_conf, keep_listen_port)},
	{0},
};

static const struct conf_group endpoints_group = {"endpoints", endpoints_keys, NULL,
						  check_endpoints};

static const struct conf_key exchange_keys[] = {
	{"serve", conf_read_bool, CONF_FIELD(struct exchange_conf, serve)},
	{"port", conf_read_number, CONF_FIELD(struct exchange_conf, port), 1, UINT16_MAX},
	{0},
};

static const struct conf_group exchange_group = {"exchange", exchange_keys};

static void add_import(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	static const struct conf_word sources[] = {{"wg-quick", IMPORT_WG_QUICK},
						   {"networkd", IMPORT_NETWORKD},
						   {"uci", IMPORT_UCI},
						   {0}};
	unsigned int *import = out;
	int64_t source;

	if (conf_word(c, s, text, sources, &source))
		*import |= (unsigned int)source;
}

static void read_import(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			void *field)
{
	(void)k;
	*(unsigned int *)field = 0;
	conf_each_text(c, s, add_import, field);
}

static void check_interval(struct conf *c, const config_setting_t *s, void *base)
{
	const struct iface_conf *i = base;

	check_order(c, s, "poll_interval", i->poll_interval, "poll_interval_max",
		    i->poll_interval_max);
}

static const struct conf_key defaults_keys[] = {
	{"poll_interval", conf_read_seconds, CONF_FIELD(struct iface_conf, poll_interval),
	 SECOND / 10, HOUR},
	{"poll_interval_max", conf_read_seconds, CONF_FIELD(struct iface_conf, poll_interval_max),
	 SECOND / 10, HOUR},
	{"import", read_import, CONF_FIELD(struct iface_conf, import)},
	{"endpoints", conf_read_group, CONF_FIELD(struct iface_conf, endpoints),
	 .group = &endpoints_group},
	{"keepalive", conf_read_keepalive, CONF_FIELD(struct iface_conf, keepalive)},
	{"routes", conf_read_group, CONF_FIELD(struct iface_conf, routes),
	 .group = &conf_routes_group},
	{"firewall", conf_read_group, CONF_FIELD(struct iface_conf, firewall),
	 .group = &conf_firewall_group},
	{"exchange", conf_read_group, CONF_FIELD(struct iface_conf, exchange),
	 .group = &exchange_group},
	{0},
};

const struct conf_group conf_defaults_group = {"defaults", defaults_keys, NULL, check_interval};

bool conf_ifname_valid(const char *text)
{
	return *text && strlen(text) < IFNAME_LEN && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0 && !strpbrk(text, "/: \t\r\n\f\v");
}

static void read_ifname(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			void *field)
{
	const char *text = conf_text(c, s);
	bool pattern = text && strpbrk(text, "*?");

	if (!text)
		return;
	if (strchr(text, '['))
		conf_problem(c, s, "\"%s\": a pattern has only * and ?", text);
	else if (!(pattern ? *text && strlen(text) < k->size : conf_ifname_valid(text)))
		conf_problem(c, s,
			     "\"%s\" is neither an interface's name, at most %d bytes, nor a "
			     "pattern such as \"wg*\"",
			     text, IFNAME_LEN - 1);
	else
		mem_copy_str(field, k->size, text);
}

static const struct conf_key interface_keys[] = {
	{"name", read_ifname, CONF_FIELD(struct iface_conf, name)},
	{"peers", conf_read_peers, CONF_NO_FIELD, .group = &conf_peer_group},
	{0},
};

const struct conf_group conf_interface_group = {"interfaces", interface_keys, &conf_defaults_group};

static void check_interface(struct conf *c, const config_setting_t *s, const struct iface_conf *i)
{
	for (const struct iface_conf *other = c->config->interfaces.at; other < i; other++) {
		if (!strcmp(other->name, i->name)) {
			conf_twice(c, s, i->name, other->place);
			return;
		}
		if (glob_match(other->name, i->name)) {
			conf_problem_add(c->problems, i->place, true,
					 "\"%s\" is never used: \"%s\" at %s:%u matches first",
					 i->name, other->name, other->place.file,
					 other->place.line);
			return;
		}
	}
}

static void read_interface(struct conf *c, const config_setting_t *s, void *out)
{
	struct iface_conf *i = vec_add(&c->config->interfaces);
	(void)out;

	iface_conf_copy(i, &c->config->defaults);
	i->name[0] = '\0';
	i->place = conf_place(c, s);
	conf_read_keys(c, &conf_interface_group, s, i);
	if (!conf_member(s, "name"))
		conf_problem(c, s, "an interface needs a name");
	else if (*i->name)
		check_interface(c, s, i);
}

void conf_read_interfaces(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			  void *field)
{
	(void)k;
	conf_each_group(c, s, read_interface, field);
}
