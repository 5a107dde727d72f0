// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a policy means, without chains, sets or classes: for one packet, each rule in order, each
 * party by looking through all peers.
 */
#include "support/fw_world.h"

static const struct device *device_of(const struct fw_world *w, const char *ifname)
{
	vec_each(&w->state.devices, d)
		if (!strcmp(d->name, ifname))
			return d;
	return NULL;
}

/* a with the bits behind to's length: host by host, as people do it. */
static struct addr moved(const struct addr *a, const struct prefix *to)
{
	struct addr out = to->addr;

	for (unsigned int bit = to->len; bit < addr_bits(a); bit++)
		out.bytes[bit / 8] |= (uint8_t)(a->bytes[bit / 8] & 0x80 >> bit % 8);
	return out;
}

static const struct netmaps *netmaps_of(const struct peer *p)
{
	static const struct netmaps none = {0};

	return p->conf ? &p->conf->netmaps : &none;
}

/* How specific is the peer's claim to an address as it is seen here? -1: none. */
static int claim(const struct device *d, const struct peer *p, const struct addr *a)
{
	int best = -1;

	for (uint32_t i = 0; i < p->wg.aips; i++) {
		const struct prefix *aip = &peer_aips(d, p)[i];
		bool hidden = false;

		vec_each(netmaps_of(p), m) {
			struct addr inner = moved(a, &m->inside);
			int len = aip->len > m->inside.len ? aip->len : m->inside.len;

			hidden = hidden || prefix_covers(&m->inside, aip);
			if (prefix_has(&m->outside, a) && prefix_has(aip, &inner) && len > best)
				best = len;
		}
		if (!hidden && prefix_has(aip, a) && aip->len > best)
			best = aip->len;
	}
	return best;
}

/* Whose most specific network on that interface contains the address? */
static const struct peer *peer_of(const struct device *d, const struct addr *a)
{
	const struct peer *best = NULL;
	int len = -1;

	if (!d)
		return NULL;
	vec_each(&d->peers, p) {
		if (claim(d, p, a) > len) {
			best = p;
			len = claim(d, p, a);
		}
	}
	return best;
}

/* Whose is an inside address, as WireGuard sees it? */
static const struct peer *wireguards_peer_of(const struct device *d, const struct addr *a)
{
	const struct peer *best = NULL;
	int len = -1;

	vec_each(&d->peers, p)
		for (uint32_t i = 0; i < p->wg.aips; i++)
			if (prefix_has(&peer_aips(d, p)[i], a) && peer_aips(d, p)[i].len > len) {
				best = p;
				len = peer_aips(d, p)[i].len;
			}
	return best;
}

/* Only what is the peer's own by WireGuard's measure is translated. */
static void source_in(const struct device *d, struct addr *src)
{
	const struct peer *p = wireguards_peer_of(d, src);

	if (!p)
		return;
	vec_each(netmaps_of(p), m) {
		if (!prefix_has(&m->inside, src))
			continue;
		*src = moved(src, &m->outside);
		return;
	}
}

static void destination_out(const struct device *d, struct addr *dst)
{
	vec_each(&d->peers, p) {
		vec_each(netmaps_of(p), m) {
			struct addr inner = moved(dst, &m->inside);

			if (!prefix_has(&m->outside, dst))
				continue;
			if (wireguards_peer_of(d, &inner) == p)
				*dst = inner;
			return;
		}
	}
}

const struct peer *fw_world_peer_of(const struct fw_world *w, const char *ifname,
				    const struct addr *a)
{
	return peer_of(device_of(w, ifname), a);
}

bool fw_world_can_be_on(const struct fw_world *w, const char *ifname, const struct addr *a)
{
	const struct device *d = device_of(w, ifname);
	struct addr same = *a;

	if (!d)
		return true;
	source_in(d, &same);
	if (wireguards_peer_of(d, a) && !addr_cmp(&same, a))
		return true;
	same = *a;
	destination_out(d, &same);
	return addr_cmp(&same, a) != 0 && peer_of(d, a);
}

void fw_world_netmap_apply(const struct fw_world *w, struct fw_packet *p, bool in)
{
	const struct device *d = device_of(w, in ? p->iif : p->oif);

	if (d && in)
		source_in(d, &p->src);
	else if (d)
		destination_out(d, &p->dst);
}

static bool zone_has(const struct fw_world *w, const char *zone, const struct addr *a,
		     const char *ifname)
{
	const struct zone_conf *z = config_zone(w->config, zone);
	const struct peer *p = peer_of(device_of(w, ifname), a);

	if (p && !strcmp(peer_zone(p), zone))
		return true;
	if (!z)
		return false;
	vec_each(&z->prefixes, prefix)
		if (prefix_has(prefix, a))
			return true;
	vec_each(&z->interfaces, i)
		if (!strcmp(i->name, ifname))
			return true;
	return false;
}

static bool party_is(const struct fw_world *w, const struct party *party, const struct addr *a,
		     const char *ifname)
{
	const struct peer *p = peer_of(device_of(w, ifname), a);

	switch (party->kind) {
	case PARTY_ANY:
		return true;
	case PARTY_PREFIX:
		return prefix_has(&party->prefix, a);
	case PARTY_PEER:
		return p && peer_name(p) && !strcmp(peer_name(p), party->name);
	default:
		return zone_has(w, party->name, a, ifname);
	}
}

static bool ports_allow(const struct policy_rule *rule, const struct fw_packet *p)
{
	vec_each(&rule->ports, m)
		if (m->protocol == p->protocol &&
		    (!m->last || (p->port >= m->first && p->port <= m->last)))
			return true;
	return !rule->ports.len;
}

static const struct firewall_conf *conf_of(const struct fw_world *w, const char *ifname)
{
	const struct device *d = device_of(w, ifname);

	return d && d->conf->firewall.enabled ? &d->conf->firewall : NULL;
}

static enum verdict policy_verdict(const struct fw_world *w, const struct firewall_conf *conf,
				   const struct fw_packet *p)
{
	if (!conf->policy.len)
		return conf->peer_to_peer || !conf_of(w, p->iif) || !conf_of(w, p->oif)
			       ? VERDICT_ACCEPT
			       : conf->default_verdict;
	vec_each(&conf->policy, rule)
		if (party_is(w, &rule->from, &p->src, p->iif) &&
		    party_is(w, &rule->to, &p->dst, p->oif) && ports_allow(rule, p))
			return rule->action;
	return conf->default_verdict;
}

enum verdict fw_world_verdict(const struct fw_world *w, const struct fw_packet *p)
{
	const struct firewall_conf *in = conf_of(w, p->iif), *out = conf_of(w, p->oif);
	enum verdict v = VERDICT_ACCEPT;

	if ((!in && !out) || p->ct & (FW_CT_ESTABLISHED | FW_CT_RELATED))
		return VERDICT_ACCEPT;
	if (p->ct & FW_CT_INVALID)
		return VERDICT_DROP;
	if (in)
		v = policy_verdict(w, in, p);
	if (v == VERDICT_ACCEPT && out && strcmp(p->iif, p->oif) != 0)
		v = policy_verdict(w, out, p);
	return v;
}

static bool input_names(const struct fw_world *w, const struct firewall_conf *conf,
			const struct fw_packet *p)
{
	vec_each(&conf->input, rule)
		if (party_is(w, &rule->from, &p->src, p->iif))
			return true;
	return false;
}

enum verdict fw_world_input_verdict(const struct fw_world *w, const struct fw_packet *p)
{
	const struct firewall_conf *in = conf_of(w, p->iif);

	if (!in || !input_names(w, in, p) || p->ct & (FW_CT_ESTABLISHED | FW_CT_RELATED))
		return VERDICT_ACCEPT;
	if (device_of(w, p->iif)->conf->exchange.serve && p->protocol == IPPROTO_UDP &&
	    p->port == device_of(w, p->iif)->conf->exchange.port)
		return VERDICT_ACCEPT;
	vec_each(&in->input, rule)
		if (party_is(w, &rule->from, &p->src, p->iif) && ports_allow(rule, p))
			return rule->action;
	return in->default_verdict;
}

bool fw_world_masquerades(const struct fw_world *w, const struct fw_packet *p)
{
	const struct firewall_conf *in = conf_of(w, p->iif);

	if (!in || conf_of(w, p->oif))
		return false;
	vec_each(&in->masquerade, who)
		if (party_is(w, who, &p->src, p->iif))
			return true;
	return false;
}
