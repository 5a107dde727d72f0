// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Candidates, in order of preference: endpoint by endpoint as they were written, address by
 * address as the name's answer and RFC 8305 order them.
 */
#include "plan/candidates.h"

#include "model/netmap.h"

const struct endpoint_spec *peer_endpoint_specs(const struct peer *p, uint32_t *n)
{
	const struct endpoint_spec *imported = peer_endpoint_spec(p);

	if (p->conf && p->conf->endpoints.len) {
		*n = p->conf->endpoints.len;
		return p->conf->endpoints.at;
	}
	*n = imported != NULL;
	return imported;
}

/* Wider than any network that a peer could be at home in: the internet, or a part of it. */
static bool is_internet(const struct prefix *p)
{
	return p->len < (p->addr.family == AF_INET ? 8 : 16);
}

/*
 * An answer inside what the peer itself carries would send the tunnel through itself. What a
 * person wrote gets a host route outside of it (plan/underlay), an answer does not: it may be a
 * lie.
 */
static bool inside_own_tunnel(const struct device *d, const struct peer *p, const struct addr *a)
{
	struct peer_networks walk = {.device = d, .peer = p};
	struct prefix net;

	while (peer_networks_next(&walk, &net))
		if (!is_internet(&net) && prefix_has(&net, a))
			return true;
	return false;
}

int candidates_index(const struct candidates *c, const struct endpoint *e)
{
	for (uint32_t i = 0; i < c->len; i++)
		if (!endpoint_cmp(&c->at[i], e))
			return (int)i;
	return -1;
}

/* A name may be asked for both families because another interface needs the other one. */
static bool family_wanted(const struct device *d, const struct addr *a)
{
	enum family_pref family = d->conf->endpoints.family;

	return family == FAMILY_ANY || (family == FAMILY_IPV4) == (a->family == AF_INET);
}

static void candidate_add(struct candidates *c, const struct endpoint *e, const struct state *s)
{
	if (state_has_addr(s, &e->addr))
		c->refused = "an address of this host";
	else if (c->len < CANDIDATES_MAX && candidates_index(c, e) < 0)
		c->at[c->len++] = *e;
}

static void name_add(struct candidates *c, const struct name *n, uint16_t port,
		     const struct state *s, const struct device *d, const struct peer *p)
{
	struct endpoint found[2 * NET_MAX_ADDRS];
	uint32_t count = name_endpoints(n, port, found, 2 * NET_MAX_ADDRS);

	if (n->version > c->version)
		c->version = n->version;
	for (uint32_t i = 0; i < count; i++) {
		if (!family_wanted(d, &found[i].addr))
			continue;
		if (inside_own_tunnel(d, p, &found[i].addr))
			c->refused = "an address inside the tunnel itself";
		else
			candidate_add(c, &found[i], s);
	}
}

void candidates_find(struct candidates *c, const struct state *s, const struct names *names,
		     const struct device *d, const struct peer *p)
{
	uint32_t n;
	const struct endpoint_spec *specs = peer_endpoint_specs(p, &n);

	c->len = c->preferred = c->version = 0;
	c->refused = NULL;
	for (uint32_t i = 0; i < n; i++) {
		const struct name *name = NULL;

		if (specs[i].kind == ENDPOINT_ADDRESS)
			candidate_add(c, &specs[i].address, s);
		else if (d->conf->endpoints.resolve)
			name = names_find(names, specs[i].host);
		if (name)
			name_add(c, name, specs[i].port, s, d, p);
		if (!i)
			c->preferred = c->len;
	}
}
