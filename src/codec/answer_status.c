// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `status`: how the daemon is, in one object that fits a screen whatever the number of peers.
 */
#include "answer_put.h"

static const char *backend_name(enum backend b)
{
	return b == BACKEND_KERNEL ? "kernel" : "userspace";
}

static void put_config(struct str *o, const char *key, const struct answer_view *v)
{
	put_object(o, key);
	put_text(o, "path", v->config_path);
	put_int(o, "generation", v->generation);
	put_wall(o, "loaded_at", v->loaded_at);
	put_text(o, "error", v->config_error);
	put_object_end(o);
}

/* "10.0.0.2/24": with its host bits, as ip(8) has it. */
static void put_addresses(struct str *o, const char *key, const struct state *s, uint32_t ifindex)
{
	put_list(o, key);
	vec_each(&s->addrs, a) {
		struct prefix p = {.addr = a->addr, .len = a->len};

		if (a->ifindex == ifindex)
			put_prefix(o, NULL, &p);
	}
	put_list_end(o);
}

static void put_interface(struct str *o, const struct state *s, const struct device *d)
{
	put_object(o, NULL);
	put_text(o, "name", d->name);
	put_int(o, "ifindex", d->ifindex);
	put_text(o, "backend", backend_name(d->backend));
	put_bool(o, "up", d->up);
	put_bool(o, "readable", d->readable);
	put_int(o, "listen_port", d->listen_port);
	put_int(o, "mtu", d->mtu);
	put_int(o, "fwmark", d->fwmark);
	put_int(o, "peers", d->peers.len);
	put_int(o, "peers_up", d->states[LIFE_UP]);
	put_addresses(o, "addresses", s, d->ifindex);
	put_object_end(o);
}

static void put_interfaces(struct str *o, const char *key, const struct state *s)
{
	put_list(o, key);
	vec_each(&s->devices, d)
		put_interface(o, s, d);
	put_list_end(o);
}

/* All peers of all interfaces, counted by their state. */
static void put_peer_counts(struct str *o, const char *key, const struct state *s)
{
	unsigned int count[LIFE_STATES] = {0}, total = 0;

	vec_each(&s->devices, d) {
		for (unsigned int i = 0; i < LIFE_STATES; i++)
			count[i] += d->states[i];
		total += d->peers.len;
	}
	put_object(o, key);
	put_int(o, "total", total);
	for (unsigned int i = 0; i < LIFE_STATES; i++)
		put_int(o, life_state_name((enum life_state)i), count[i]);
	put_object_end(o);
}

/* "desired" are the routes that should be ours; what others serve or what is off is not in it. */
static void put_route_counts(struct str *o, const char *key, const struct route_items *items)
{
	unsigned int count[ROUTE_FAILED + 1] = {0};

	vec_each(items, item)
		count[item->status]++;
	put_object(o, key);
	put_int(o, "desired",
		count[ROUTE_INSTALLED] + count[ROUTE_MISSING] + count[ROUTE_BLOCKED] +
			count[ROUTE_FAILED]);
	for (unsigned int i = 0; i <= ROUTE_FAILED; i++)
		put_int(o, route_status_name((enum route_status)i), count[i]);
	put_object_end(o);
}

static void put_problems(struct str *o, const char *key, const struct problems *ps)
{
	put_list(o, key);
	vec_each(ps, p) {
		put_object(o, NULL);
		put_text(o, "code", p->code);
		put_text(o, "message", p->message);
		put_text(o, "hint", p->hint);
		put_object_end(o);
	}
	put_list_end(o);
}

static void put_counters(struct str *o, const char *key, const struct answer_counters *c)
{
	put_object(o, key);
	put_int(o, "polls", c->polls);
	put_int(o, "observations", c->observations);
	put_int(o, "drift", c->drift);
	put_int(o, "routes_put_back", c->routes_put_back);
	put_int(o, "firewall_put_back", c->firewall_put_back);
	put_int(o, "endpoint_changes", c->endpoint_changes);
	put_int(o, "kicks", c->kicks);
	put_int(o, "probes", c->probes);
	put_int(o, "rebinds", c->rebinds);
	put_int(o, "lookups", c->lookups);
	put_int(o, "lookup_failures", c->lookup_failures);
	put_int(o, "child_restarts", c->child_restarts);
	put_int(o, "apply_errors", c->apply_errors);
	put_int(o, "reloads", c->reloads);
	put_int(o, "heals", c->heals.count);
	put_object_end(o);
}

static void put_sandbox(struct str *o, const char *key, const struct sandbox *s)
{
	if (!s || !*s->user) {
		put_null(o, key);
		return;
	}
	put_object(o, key);
	put_text(o, "user", s->user);
	put_list(o, "capabilities");
	if (s->net_admin)
		put_text(o, NULL, "net_admin");
	if (s->read_search)
		put_text(o, NULL, "dac_read_search");
	if (s->others)
		put_text(o, NULL, "others");
	put_list_end(o);
	put_bool(o, "seccomp", s->calls);
	put_bool(o, "landlock", s->files);
	put_object_end(o);
}

void answer_status(struct str *o, const struct answer_view *v)
{
	put_object(o, NULL);
	put_version(o);
	put_int(o, "pid", (uint64_t)v->pid);
	put_age(o, "uptime_s", v->started, v->at.now);
	put_config(o, "config", v);
	put_bool(o, "converged", v->converged);
	put_interfaces(o, "interfaces", v->state);
	put_peer_counts(o, "peers", v->state);
	put_route_counts(o, "routes", v->routes);
	put_object(o, "firewall");
	put_firewall_summary(o, v);
	put_object_end(o);
	put_int(o, "pending", v->pending->len + firewall_pending(v));
	put_problems(o, "problems", v->problems);
	put_counters(o, "counters", v->counters);
	put_sandbox(o, "sandbox", v->sandbox);
	put_object_end(o);
}
