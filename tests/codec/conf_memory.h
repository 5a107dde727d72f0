/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of the configuration: files that exist only in memory, and a configuration as text of
 * one line a value, so that two of them can be compared and a difference read.
 */
#ifndef CODEC_CONF_MEMORY_H
#define CODEC_CONF_MEMORY_H

#include "support/test.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "codec/conf.h"

#define KEY_A "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
#define KEY_B "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="

/* The text around a key, in one line. */
#define DEFAULTS(x)  "defaults = { " x " };"
#define ENDPOINTS(x) DEFAULTS("endpoints = { " x " };")
#define ROUTES(x)    DEFAULTS("routes = { " x " };")
#define FIREWALL(x)  DEFAULTS("firewall = { " x " };")
#define IFACE(x)     "interfaces = ( { name = \"wg0\"; " x " } );"
#define PEER(x)	     IFACE("peers = ( { name = \"gw\"; " x " } );")
#define ZONE(x)	     "zones = ( { name = \"dc\"; " x " } );"

struct memory_file {
	const char *path, *text;
	size_t len; /* 0: up to the zero */
};

struct memory {
	const struct memory_file *files;
	size_t n;
};

static inline int memory_read(void *ctx, const char *path, char **text, size_t *len)
{
	const struct memory *m = ctx;

	for (size_t i = 0; i < m->n; i++) {
		const struct memory_file *f = &m->files[i];

		if (strcmp(f->path, path) != 0)
			continue;
		*len = f->len ? f->len : strlen(f->text);
		*text = mem_calloc(*len, 1);
		memcpy(*text, f->text, *len);
		return 0;
	}
	return -ENOENT;
}

/* Good enough for patterns in a last component; the files have to be listed in order. */
static inline int memory_expand(void *ctx, const char *pattern, char ***paths, size_t *n)
{
	const struct memory *m = ctx;

	*paths = mem_calloc(m->n, sizeof(**paths));
	*n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (glob_match(pattern, m->files[i].path))
			(*paths)[(*n)++] = mem_strdup(m->files[i].path);
	return 0;
}

static inline int memory_table(void *ctx, const char *name, uint32_t *table)
{
	static const char text[] = "# a comment\n100 vpn\n 0x65\tmore # says more\n";
	(void)ctx;

	return rt_tables_find(text, sizeof(text) - 1, name, table);
}

/* The first file is the configuration. */
static inline int memory_load(const struct memory_file *files, size_t n, struct config **out,
			      struct conf_problems *problems)
{
	struct memory m = {.files = files, .n = n};
	struct conf_env env = {.ctx = &m,
			       .read = memory_read,
			       .expand = memory_expand,
			       .table_by_name = memory_table};

	return conf_load(files[0].path, &env, out, problems);
}

/* "FILE:LINE: message" a line, notes with "note: " before the message. */
static inline char *problems_text(struct conf_problems *problems)
{
	struct str s = {0};

	vec_each(problems, p)
		str_add(&s, "%s:%u: %s%s\n", p->file, p->line, p->note ? "note: " : "", p->message);
	conf_problems_free(problems);
	return s.text ? s.text : mem_strdup("");
}

static inline void dump_routes(struct str *s, const char *at, const struct routes_conf *r)
{
	char buf[PREFIX_STRLEN];

	str_add(s, "%s.enabled=%d\n%s.table=%u%s\n", at, r->enabled, at, r->table,
		r->table_set ? " set" : "");
	str_add(s, "%s.metric=%u\n%s.scope=%u\n", at, r->metric, at, r->scope);
	str_add(s, "%s.source4=%s\n", at, addr_format(&r->source4, buf));
	str_add(s, "%s.source6=%s\n", at, addr_format(&r->source6, buf));
	str_add(s, "%s.default_route=%d\n%s.withdraw_dead=%d\n", at, r->default_route, at,
		r->withdraw_dead);
	vec_each(&r->unreachable, u)
		str_add(s, "%s.unreachable=%s %d\n", at, prefix_format(&u->prefix, buf), u->type);
}

static inline void dump_keepalive(struct str *s, const char *at, const struct keepalive_conf *k)
{
	str_add(s, "%s.keepalive=%d %u\n", at, k->mode, k->seconds);
}

static inline const char *party_text(const struct party *p, char *buf)
{
	static const char *const kinds[] = {"any", "zone ", "peer "};

	if (p->kind == PARTY_PREFIX)
		prefix_format(&p->prefix, buf);
	else
		snprintf(buf, PREFIX_STRLEN, "%s%.50s", kinds[p->kind], p->name);
	return buf;
}

static inline void dump_firewall(struct str *s, const char *at, const struct firewall_conf *f)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	str_add(s, "%s.firewall.enabled=%d\n%s.firewall.default=%d\n", at, f->enabled, at,
		f->default_verdict);
	vec_each(&f->policy, rule) {
		str_add(s, "%s.firewall.policy=%s -> %s", at, party_text(&rule->from, a),
			party_text(&rule->to, b));
		vec_each(&rule->ports, m)
			str_add(s, ", %u/%u-%u", m->protocol, m->first, m->last);
		str_add(s, ": %d%s", rule->action, rule->log ? " log" : "");
		if (rule->log && rule->log != POLICY_LOG_RATE)
			str_add(s, " %u", rule->log);
		str_add(s, "\n");
	}
	vec_each(&f->input, rule) {
		str_add(s, "%s.firewall.input=%s", at, party_text(&rule->from, a));
		vec_each(&rule->ports, m)
			str_add(s, ", %u/%u-%u", m->protocol, m->first, m->last);
		str_add(s, ": %d%s", rule->action, rule->log ? " log" : "");
		if (rule->log && rule->log != POLICY_LOG_RATE)
			str_add(s, " %u", rule->log);
		str_add(s, "\n");
	}
	vec_each(&f->masquerade, p)
		str_add(s, "%s.firewall.masquerade=%s\n", at, party_text(p, a));
	str_add(s, "%s.firewall.peer_to_peer=%d\n", at, f->peer_to_peer);
	str_add(s, "%s.firewall.clamp_mss=%d\n", at, f->clamp_mss);
	if (f->flowtable)
		str_add(s, "%s.firewall.flowtable\n", at);
	if (f->owner)
		str_add(s, "%s.firewall.owner\n", at);
	str_add(s, "%s.firewall.counters=%d\n", at, f->counters);
	str_add(s, "%s.firewall.foreign_mode=%d\n", at, f->foreign_mode);
	vec_each(&f->foreign_chains, c)
		str_add(s, "%s.firewall.foreign_chains=%u %s %s\n", at, c->family, c->table,
			c->chain);
}

static inline void dump_endpoints(struct str *s, const char *at, const struct endpoints_conf *e)
{
	str_add(s, "%s.endpoints.resolve=%d\n%s.endpoints.family=%d\n", at, e->resolve, at,
		e->family);
	str_add(s, "%s.endpoints.ttl_min=%lld\n", at, (long long)e->ttl_min);
	str_add(s, "%s.endpoints.ttl_max=%lld\n", at, (long long)e->ttl_max);
	str_add(s, "%s.endpoints.dead_after=%lld\n", at, (long long)e->dead_after);
	str_add(s, "%s.endpoints.probe_interval=%lld\n", at, (long long)e->probe_interval);
	str_add(s, "%s.endpoints.rebind_after=%lld\n", at, (long long)e->rebind_after);
	str_add(s, "%s.endpoints.keep_listen_port=%d\n", at, e->keep_listen_port);
}

static inline void dump_peer(struct str *s, const char *at, const struct peer_conf *p)
{
	char routes[160], key[KEY_STRLEN] = "", buf[PREFIX_STRLEN];

	if (p->has_key)
		key_format(&p->key, key);
	str_add(s, "%s.public_key=%s\n%s.name=%s\n%s.zone=%s\n", at, key, at, p->name, at, p->zone);
	vec_each(&p->endpoints, e)
		str_add(s, "%s.endpoint=%d %s %u %s\n", at, e->kind, e->host, e->port,
			addr_format(&e->address.addr, buf));
	dump_keepalive(s, at, &p->keepalive);
	snprintf(routes, sizeof(routes), "%s.routes", at);
	dump_routes(s, routes, &p->routes);
	vec_each(&p->netmaps, m) {
		str_add(s, "%s.netmap=%s", at, prefix_format(&m->inside, buf));
		str_add(s, " is %s\n", prefix_format(&m->outside, buf));
	}
	if (*p->standby_for)
		str_add(s, "%s.standby_for=%s\n", at, p->standby_for);
	if (p->exchange)
		str_add(s, "%s.exchange=%s:%u\n", at, addr_format(&p->exchange_at.addr, buf),
			p->exchange_at.port);
	if (p->direct)
		str_add(s, "%s.direct=%d\n", at, p->direct);
	vec_each(&p->allowed_ips, a)
		str_add(s, "%s.allowed_ips=%s\n", at, prefix_format(a, buf));
}

static inline void dump_iface(struct str *s, const char *at, const struct iface_conf *i)
{
	char inner[128];
	int n = 0;

	str_add(s, "%s.name=%s\n", at, i->name);
	str_add(s, "%s.poll_interval=%lld\n", at, (long long)i->poll_interval);
	str_add(s, "%s.poll_interval_max=%lld\n", at, (long long)i->poll_interval_max);
	str_add(s, "%s.import=%u\n", at, i->import);
	dump_endpoints(s, at, &i->endpoints);
	dump_keepalive(s, at, &i->keepalive);
	snprintf(inner, sizeof(inner), "%s.routes", at);
	dump_routes(s, inner, &i->routes);
	dump_firewall(s, at, &i->firewall);
	str_add(s, "%s.exchange=%d %u\n", at, i->exchange.serve, i->exchange.port);
	vec_each(&i->peers, p) {
		snprintf(inner, sizeof(inner), "%s.peer%d", at, n++);
		dump_peer(s, inner, p);
	}
}

static inline char *config_text(const struct config *c)
{
	struct str s = {0};
	char at[24], buf[PREFIX_STRLEN];
	int n = 0;

	str_add(&s, "clean_on_exit=%d\nstate_dir=%s\n", c->clean_on_exit, c->state_dir);
	str_add(&s, "socket.path=%s\nsocket.group=%s\n", c->socket_path, c->socket_group);
	str_add(&s, "log_level=%s\n", log_level_name(c->log_level));
	dump_iface(&s, "defaults", &c->defaults);
	vec_each(&c->interfaces, i) {
		snprintf(at, sizeof(at), "iface%d", n++);
		dump_iface(&s, at, i);
	}
	vec_each(&c->zones, z) {
		str_add(&s, "zone=%s", z->name);
		vec_each(&z->prefixes, p)
			str_add(&s, " %s", prefix_format(p, buf));
		vec_each(&z->interfaces, i)
			str_add(&s, " %s", i->name);
		str_add(&s, "\n");
	}
	return s.text;
}

static inline int load(const char *text, struct config **out, struct conf_problems *problems)
{
	const struct memory_file file = {"wayside.conf", text, 0};

	return memory_load(&file, 1, out, problems);
}

/* The configuration as text; notes are fine. */
static inline char *load_good(const char *text)
{
	struct conf_problems problems = {0};
	struct config *config;
	int err = load(text, &config, &problems);
	char *said = problems_text(&problems), *dump;

	if (err)
		fail_msg("%s\n%s", text, said);
	free(said);
	dump = config_text(config);
	config_free(config);
	return dump;
}

static inline char *load_bad(const char *text)
{
	struct conf_problems problems = {0};
	struct config *config;

	if (!load(text, &config, &problems))
		fail_msg("taken for good: %s", text);
	assert_null(config);
	return problems_text(&problems);
}

#endif
