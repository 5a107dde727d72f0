// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The built-in defaults, and the life of a configuration as a value.
 */
#include "model/config.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "base/str.h"

static void iface_conf_defaults(struct iface_conf *i)
{
	*i = (struct iface_conf){
		.name = "*",
		.poll_interval = 1000,
		.poll_interval_max = 5000,
		.import = IMPORT_WG_QUICK | IMPORT_NETWORKD | IMPORT_UCI,
		.endpoints =
			{
				.resolve = true,
				.family = FAMILY_ANY,
				.ttl_min = 30000,
				.ttl_max = 3600000,
				.dead_after = 20000,
				.rebind_after = 180000,
				.keep_listen_port = true,
			},
		.keepalive = {.mode = KEEPALIVE_AUTO},
		.routes = {.enabled = true, .table = RT_TABLE_MAIN, .scope = RT_SCOPE_LINK},
		.firewall = {.default_verdict = VERDICT_DROP, .clamp_mss = true},
		.exchange = {.port = 51821},
	};
}

struct config *config_new(void)
{
	struct config *c = mem_calloc(1, sizeof(*c));

	mem_copy_str(c->state_dir, sizeof(c->state_dir), DEFAULT_STATE_DIR);
	mem_copy_str(c->socket_path, sizeof(c->socket_path), DEFAULT_SOCKET_PATH);
	mem_copy_str(c->socket_group, sizeof(c->socket_group), "wayside");
	c->log_level = LOG_LEVEL_INFO;
	iface_conf_defaults(&c->defaults);
	return c;
}

static void routes_conf_clear(struct routes_conf *r)
{
	vec_free(&r->unreachable);
}

static void policy_clear(struct policy_rules *rules)
{
	vec_each(rules, rule)
		vec_free(&rule->ports);
	vec_free(rules);
}

static void firewall_conf_clear(struct firewall_conf *f)
{
	policy_clear(&f->policy);
	policy_clear(&f->input);
	vec_free(&f->masquerade);
	vec_free(&f->foreign_chains);
}

static void iface_conf_clear(struct iface_conf *i)
{
	routes_conf_clear(&i->routes);
	firewall_conf_clear(&i->firewall);
	vec_each(&i->peers, p) {
		routes_conf_clear(&p->routes);
		vec_free(&p->endpoints);
		vec_free(&p->allowed_ips);
		vec_free(&p->netmaps);
	}
	vec_free(&i->peers);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	iface_conf_clear(&c->defaults);
	vec_each(&c->interfaces, i)
		iface_conf_clear(i);
	vec_free(&c->interfaces);
	vec_each(&c->zones, z) {
		vec_free(&z->prefixes);
		vec_free(&z->interfaces);
	}
	vec_free(&c->zones);
	vec_each(&c->files, f)
		free(*f);
	vec_free(&c->files);
	texts_free(&c->texts);
	free(c);
}

void routes_conf_copy(struct routes_conf *dst, const struct routes_conf *src)
{
	*dst = *src;
	memset(&dst->unreachable, 0, sizeof(dst->unreachable));
	vec_copy(&dst->unreachable, &src->unreachable);
}

static void policy_copy(struct policy_rules *dst, const struct policy_rules *src)
{
	*dst = (struct policy_rules){0};
	vec_each(src, rule) {
		struct policy_rule *copy = vec_add(dst);

		*copy = *rule;
		memset(&copy->ports, 0, sizeof(copy->ports));
		vec_copy(&copy->ports, &rule->ports);
	}
}

static void firewall_conf_copy(struct firewall_conf *dst, const struct firewall_conf *src)
{
	*dst = *src;
	policy_copy(&dst->policy, &src->policy);
	policy_copy(&dst->input, &src->input);
	memset(&dst->masquerade, 0, sizeof(dst->masquerade));
	memset(&dst->foreign_chains, 0, sizeof(dst->foreign_chains));
	vec_copy(&dst->masquerade, &src->masquerade);
	vec_copy(&dst->foreign_chains, &src->foreign_chains);
}

void iface_conf_copy(struct iface_conf *dst, const struct iface_conf *src)
{
	*dst = *src;
	memset(&dst->peers, 0, sizeof(dst->peers));
	dst->directs = 0;
	routes_conf_copy(&dst->routes, &src->routes);
	firewall_conf_copy(&dst->firewall, &src->firewall);
}

const struct iface_conf *config_iface(const struct config *c, const char *ifname)
{
	vec_each(&c->interfaces, i)
		if (glob_match(i->name, ifname))
			return i;
	return &c->defaults;
}

const struct zone_conf *config_zone(const struct config *c, const char *name)
{
	vec_each(&c->zones, z)
		if (!strcmp(z->name, name))
			return z;
	return NULL;
}
