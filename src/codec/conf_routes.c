// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys that an interface and each of its peers have in common: keepalive and routes.
 *
 * routes.table = "off" is kept as table 0 until everything is read, because a peer or an interface
 * may still override it with a table of its own; conf_routes_settle() then turns it into enabled =
 * false.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "conf_keys.h"

void conf_read_keepalive(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			 void *field)
{
	static const struct conf_word modes[] = {
		{"auto", KEEPALIVE_AUTO}, {"off", KEEPALIVE_OFF}, {"keep", KEEPALIVE_KEEP}, {0}};
	struct keepalive_conf *keepalive = field;
	const char *text;
	int64_t v;
	(void)k;

	if (conf_whole(s, &v)) {
		if (v >= 1 && v <= UINT16_MAX)
			*keepalive = (struct keepalive_conf){.mode = KEEPALIVE_FIXED,
							     .seconds = (uint16_t)v};
		else
			conf_problem(c, s, "%lld is out of range, 1 to 65535 seconds or \"off\"",
				     (long long)v);
		return;
	}
	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		conf_wrong_type(c, s, "\"auto\", \"off\", \"keep\" or whole seconds");
		return;
	}
	text = conf_text(c, s);
	if (text && conf_word(c, s, text, modes, &v))
		*keepalive = (struct keepalive_conf){.mode = (enum keepalive_mode)v};
}

/* "100", as ip(8) takes it. */
static bool table_number(const char *text, uint32_t *table)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n > UINT32_MAX)
		return false;
	*table = (uint32_t)n;
	return true;
}

/* A table's number by its name. */
static bool table_named(struct conf *c, const char *name, uint32_t *table)
{
	if (table_number(name, table))
		return *table != RT_TABLE_UNSPEC;
	if (!rt_tables_find("", 0, name, table))
		return *table != RT_TABLE_UNSPEC;
	return c->env->table_by_name && !c->env->table_by_name(c->env->ctx, name, table) &&
	       *table != RT_TABLE_UNSPEC;
}

static void read_table(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field)
{
	struct routes_conf *r = field;
	uint32_t table = RT_TABLE_UNSPEC;
	const char *text;
	int64_t v;
	(void)k;

	if (conf_whole(s, &v)) {
		if (v < 1 || v > UINT32_MAX) {
			conf_problem(c, s, "%lld is out of range, 1 to %u or \"off\"", (long long)v,
				     UINT32_MAX);
			return;
		}
		table = (uint32_t)v;
	} else if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		conf_wrong_type(c, s, "the name or the number of a table, or \"off\"");
		return;
	} else {
		text = conf_text(c, s);
		if (!text)
			return;
		if (strcmp(text, "off") != 0 && !table_named(c, text, &table)) {
			conf_problem(c, s,
				     "no routing table \"%s\"; name it in /etc/iproute2/rt_tables "
				     "or write its number, 1 to 4294967295",
				     text);
			return;
		}
	}
	r->table = table;
	r->table_set = true;
}

static void add_source(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct routes_conf *r = out;
	struct addr a, *field;

	if (addr_parse(&a, text) || addr_is_unusable(&a)) {
		conf_problem(c, s, "\"%s\" is no address to send from", text);
		return;
	}
	field = a.family == AF_INET ? &r->source4 : &r->source6;
	if (field->family)
		conf_problem(c, s, "\"%s\" is a second %s address, there can be one", text,
			     a.family == AF_INET ? "IPv4" : "IPv6");
	*field = a;
}

static void read_source(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			void *field)
{
	struct routes_conf *r = field;
	bool none = config_setting_type(s) == CONFIG_TYPE_STRING && !*config_setting_get_string(s);
	(void)k;

	r->source4 = r->source6 = (struct addr){0};
	if (!none)
		conf_each_text(c, s, add_source, r);
}

static void unreachable_add(struct conf *c, const config_setting_t *s, struct routes_conf *r,
			    const struct prefix *p, uint8_t type)
{
	char buf[PREFIX_STRLEN];

	vec_each(&r->unreachable, u)
		if (!prefix_cmp(&u->prefix, p))
			conf_problem(c, s, "%s is given twice", prefix_format(p, buf));
	*vec_add(&r->unreachable) = (struct unreachable){.prefix = *p, .type = type};
}

struct unreachable_entry {
	bool has_prefix;
	struct unreachable u;
};

static void read_entry_prefix(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			      void *field)
{
	struct unreachable_entry *e = field;
	const char *text = conf_text(c, s);
	(void)k;

	/* Marked even when it is bad: that it is missing would be a second, wrong complaint. */
	e->has_prefix = true;
	if (text && !conf_prefix(c, s, text, &e->u.prefix))
		e->u.prefix = (struct prefix){0};
}

static const struct conf_word unreachable_types[] = {{"unreachable", RTN_UNREACHABLE},
						     {"blackhole", RTN_BLACKHOLE},
						     {"prohibit", RTN_PROHIBIT},
						     {0}};

static const struct conf_key unreachable_keys[] = {
	{"prefix", read_entry_prefix, CONF_NO_FIELD},
	{"type", conf_read_word, CONF_FIELD(struct unreachable_entry, u.type),
	 .words = unreachable_types},
	{0},
};

static const struct conf_group unreachable_group = {"unreachable", unreachable_keys};

static void unreachable_element(struct conf *c, const config_setting_t *s, struct routes_conf *r)
{
	struct unreachable_entry e = {.u.type = RTN_UNREACHABLE};

	if (config_setting_is_group(s)) {
		conf_read_keys(c, &unreachable_group, s, &e);
		if (!e.has_prefix)
			conf_problem(c, s, "a group needs a prefix");
	} else {
		read_entry_prefix(c, NULL, s, &e);
	}
	if (e.u.prefix.addr.family)
		unreachable_add(c, s, r, &e.u.prefix, e.u.type);
}

static void read_unreachable(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			     void *field)
{
	struct routes_conf *r = field;
	(void)k;

	r->unreachable.len = 0;
	if (!config_setting_is_list(s) && !config_setting_is_array(s)) {
		unreachable_element(c, s, r);
		return;
	}
	for (int i = 0; i < config_setting_length(s); i++)
		unreachable_element(c, config_setting_get_elem(s, (unsigned int)i), r);
}

static const struct conf_word default_routes[] = {{"policy", DEFAULT_ROUTE_POLICY},
						  {"main", DEFAULT_ROUTE_MAIN},
						  {"off", DEFAULT_ROUTE_OFF},
						  {0}};

static const struct conf_word scopes[] = {
	{"link", RT_SCOPE_LINK}, {"site", RT_SCOPE_SITE}, {"global", RT_SCOPE_UNIVERSE}, {0}};

static const struct conf_key routes_keys[] = {
	{"enabled", conf_read_bool, CONF_FIELD(struct routes_conf, enabled)},
	{"table", read_table, CONF_NO_FIELD},
	{"metric", conf_read_number, CONF_FIELD(struct routes_conf, metric), .max = UINT32_MAX},
	{"scope", conf_read_word, CONF_FIELD(struct routes_conf, scope), .words = scopes},
	{"source", read_source, CONF_NO_FIELD},
	{"default_route", conf_read_word, CONF_FIELD(struct routes_conf, default_route),
	 .words = default_routes},
	{"withdraw_dead", conf_read_bool, CONF_FIELD(struct routes_conf, withdraw_dead)},
	{"unreachable", read_unreachable, CONF_NO_FIELD, .group = &unreachable_group},
	{0},
};

const struct conf_group conf_routes_group = {"routes", routes_keys};

static void settle(struct routes_conf *r)
{
	if (r->table == RT_TABLE_UNSPEC)
		r->enabled = false;
}

void conf_routes_settle(struct config *config)
{
	settle(&config->defaults.routes);
	vec_each(&config->interfaces, i) {
		settle(&i->routes);
		vec_each(&i->peers, p)
			settle(&p->routes);
	}
}
