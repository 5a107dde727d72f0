// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `status`: how the daemon is, in one object that fits a screen whatever the number of peers.
 */
#include "answer_put.h"

#define STATES (LIFE_DEAD + 1)

static const char *backend_name(enum backend b)
{
	return b == BACKEND_KERNEL ? "kernel" : "userspace";
}

static json_t *config_json(const struct answer_view *v)
{
	json_t *o = json_object();

	put_text(o, "path", v->config_path);
	put_int(o, "generation", v->generation);
	put_wall(o, "loaded_at", v->loaded_at);
	put_text(o, "error", v->config_error);
	return o;
}

static void count_states(const struct device *d, unsigned int count[STATES])
{
	vec_each(&d->peers, p)
		count[p->life.state]++;
}

/* "10.0.0.2/24": with its host bits, as ip(8) has it. */
static json_t *addresses_json(const struct state *s, uint32_t ifindex)
{
	json_t *list = json_array();
	char buf[PREFIX_STRLEN];

	vec_each(&s->addrs, a) {
		struct prefix p = {.addr = a->addr, .len = a->len};

		if (a->ifindex == ifindex)
			json_array_append_new(list, json_string(prefix_format(&p, buf)));
	}
	return list;
}

static json_t *interface_json(const struct state *s, const struct device *d)
{
	unsigned int count[STATES] = {0};
	json_t *o = json_object();

	count_states(d, count);
	put_text(o, "name", d->name);
	put_int(o, "ifindex", d->ifindex);
	put_text(o, "backend", backend_name(d->backend));
	put_bool(o, "up", d->up);
	put_bool(o, "readable", d->readable);
	put_int(o, "listen_port", d->listen_port);
	put_int(o, "mtu", d->mtu);
	put_int(o, "fwmark", d->fwmark);
	put_int(o, "peers", d->peers.len);
	put_int(o, "peers_up", count[LIFE_UP]);
	put(o, "addresses", addresses_json(s, d->ifindex));
	return o;
}

static json_t *interfaces_json(const struct state *s)
{
	json_t *list = json_array();

	vec_each(&s->devices, d)
		json_array_append_new(list, interface_json(s, d));
	return list;
}

/* All peers of all interfaces, counted by their state. */
static json_t *peers_json(const struct state *s)
{
	unsigned int count[STATES] = {0}, total = 0;
	json_t *o = json_object();

	vec_each(&s->devices, d) {
		count_states(d, count);
		total += d->peers.len;
	}
	put_int(o, "total", total);
	for (unsigned int i = 0; i < STATES; i++)
		put_int(o, life_state_name((enum life_state)i), count[i]);
	return o;
}

/* "desired" are the routes that should be ours; what others serve or what is off is not in it. */
static json_t *routes_json(const struct route_items *items)
{
	unsigned int count[ROUTE_FAILED + 1] = {0};
	json_t *o = json_object();

	vec_each(items, item)
		count[item->status]++;
	put_int(o, "desired",
		count[ROUTE_INSTALLED] + count[ROUTE_MISSING] + count[ROUTE_BLOCKED] +
			count[ROUTE_FAILED]);
	for (unsigned int i = 0; i <= ROUTE_FAILED; i++)
		put_int(o, route_status_name((enum route_status)i), count[i]);
	return o;
}

static json_t *problems_json(const struct problems *ps)
{
	json_t *list = json_array();

	vec_each(ps, p) {
		json_t *o = json_object();

		put_text(o, "code", p->code);
		put_text(o, "message", p->message);
		put_text(o, "hint", p->hint);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *counters_json(const struct answer_counters *c)
{
	json_t *o = json_object();

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
	return o;
}

json_t *answer_status(const struct answer_view *v)
{
	json_t *o = answer_version();

	put_int(o, "pid", (uint64_t)v->pid);
	put_age(o, "uptime_s", v->started, v->at.now);
	put(o, "config", config_json(v));
	put_bool(o, "converged", v->converged);
	put(o, "interfaces", interfaces_json(v->state));
	put(o, "peers", peers_json(v->state));
	put(o, "routes", routes_json(v->routes));
	put(o, "firewall", firewall_summary_json(v));
	put_int(o, "pending", v->pending->len + firewall_pending(v));
	put(o, "problems", problems_json(v->problems));
	put(o, "counters", counters_json(v->counters));
	return o;
}
