// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flowtable: packets of a connection that passed take a short way from where they come in to
 * where they go out, past every chain.
 *
 * It is bound to interfaces, by their name, and can have only those that are there: the tunnels
 * that ask for it, and every interface with an address. One with a NETMAP never takes the short
 * way, for its packets have to be translated, nor does a connection whose other end is a tunnel
 * that does not ask for it.
 */
#include "firewall_build.h"
#include "model/netmap.h"

static bool has_netmap(const struct device *d)
{
	vec_each(&d->peers, p)
		if (p->conf)
			vec_each(&p->conf->netmaps, map)
				if (netmap_is_used(d, p, map))
					return true;
	return false;
}

static bool device_asks(const struct fw_build *b, const struct device *d)
{
	const struct firewall_conf *conf = fw_device_conf(b, d);

	return conf->enabled && conf->flowtable && !has_netmap(d);
}

bool firewall_flowtable_wanted(const struct state *s, const struct config *c)
{
	struct fw_build b = {.state = s, .config = c};

	vec_each(&s->devices, d)
		if (device_asks(&b, d))
			return true;
	return false;
}

static void offload_bind(struct fw_build *b, const char *ifname)
{
	struct fw_elem e = {.label = 0};

	memcpy(e.key, ifname, strnlen(ifname, IFNAME_LEN - 1));
	vec_each(&b->out->offload, old)
		if (!fw_elem_cmp(old, &e))
			return;
	*vec_add(&b->out->offload) = e;
}

static void offload_bind_all(struct fw_build *b)
{
	vec_each(&b->state->devices, d)
		if (device_asks(b, d))
			offload_bind(b, d->name);
	vec_each(&b->state->addrs, a) {
		const struct link *l = state_link(b->state, a->ifindex);

		if (l && !l->wireguard && !addr_is_unusable(&a->addr))
			offload_bind(b, l->name);
	}
	vec_sort(&b->out->offload, fw_elem_cmp);
}

/* Tunnels whose packets have to go the long way; 0 = there are none. */
static uint32_t slow_set(struct fw_build *b)
{
	uint32_t set = 0;

	vec_each(&b->state->devices, d) {
		struct fw_elem *e;

		if (device_asks(b, d))
			continue;
		set = set ? set : fw_set_new(b->out, FW_KEY_IFNAME, 0, "not-offloaded");
		e = vec_add(&b->out->sets.at[set - 1].elems);
		memcpy(e->key, d->name, strnlen(d->name, IFNAME_LEN - 1));
	}
	if (set)
		vec_sort(&b->out->sets.at[set - 1].elems, fw_elem_cmp);
	return set;
}

static void offload_rule(struct fw_build *b, uint32_t chain, const char *ifname, uint32_t slow,
			 bool out)
{
	struct fw_rule *rule = fw_rule_new(b->out, chain);
	struct fw_iface *end = out ? &rule->oif : &rule->iif;
	struct fw_iface *other = out ? &rule->iif : &rule->oif;

	mem_copy_str(end->name, IFNAME_LEN, ifname);
	other->set = slow;
	other->invert = slow;
	rule->ct = FW_CT_ESTABLISHED;
	rule->offload = true;
}

void fw_offload_build(struct fw_build *b, uint32_t chain, const struct fw_actual *have)
{
	uint32_t slow;

	if (have->lacks & FW_FEATURE_FLOWTABLE || !firewall_flowtable_wanted(b->state, b->config))
		return;
	offload_bind_all(b);
	slow = slow_set(b);
	vec_each(&b->state->devices, d) {
		if (!device_asks(b, d))
			continue;
		offload_rule(b, chain, d->name, slow, false);
		offload_rule(b, chain, d->name, slow, true);
	}
}
