// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Worlds to order, and worlds by chance: few addresses, so that prefixes nest and packets hit.
 */
#include "support/fw_world.h"

#include <assert.h>
#include <stdio.h>

void fw_world_init(struct fw_world *w)
{
	*w = (struct fw_world){.config = config_new()};
}

void fw_world_free(struct fw_world *w)
{
	state_free(&w->state);
	config_free(w->config);
	*w = (struct fw_world){0};
}

static struct iface_conf *conf_of(struct fw_world *w, const char *ifname)
{
	vec_each(&w->config->interfaces, i)
		if (!strcmp(i->name, ifname))
			return i;
	assert(NULL);
	return NULL;
}

static struct device *device_of(struct fw_world *w, const char *ifname)
{
	vec_each(&w->state.devices, d)
		if (!strcmp(d->name, ifname))
			return d;
	assert(NULL);
	return NULL;
}

struct iface_conf *fw_world_iface(struct fw_world *w, const char *ifname)
{
	struct iface_conf *i = vec_add(&w->config->interfaces);
	struct device *d = vec_add(&w->state.devices);

	iface_conf_copy(i, &w->config->defaults);
	mem_copy_str(i->name, sizeof(i->name), ifname);
	i->firewall.enabled = true;
	mem_copy_str(d->name, sizeof(d->name), ifname);
	d->ifindex = w->state.devices.len + 10;
	d->up = d->readable = true;
	return i;
}

static void fresh_key(struct key *k)
{
	static uint32_t n;

	memset(k, 0, sizeof(*k));
	n++;
	memcpy(k->bytes, &n, sizeof(n));
}

/* The next word of *text into buf; false at the end. */
static bool word(const char **text, char *buf, size_t size)
{
	size_t n;

	if (!*text)
		return false;
	*text += strspn(*text, " ");
	n = strcspn(*text, " ");
	assert(n < size);
	memcpy(buf, *text, n);
	buf[n] = '\0';
	*text += n;
	return n > 0;
}

void fw_world_peer(struct fw_world *w, const char *ifname, const char *name, const char *zone,
		   const char *aips)
{
	struct peer_conf *conf = vec_add(&conf_of(w, ifname)->peers);
	struct device *d = device_of(w, ifname);
	struct peer *p = vec_add(&d->peers);
	char buf[PREFIX_STRLEN];

	conf->has_key = true;
	fresh_key(&conf->key);
	mem_copy_str(conf->name, NAME_LEN, name ? name : "");
	mem_copy_str(conf->zone, NAME_LEN, zone ? zone : "peers");
	p->wg.key = conf->key;
	p->wg.first_aip = d->aips.len;
	while (word(&aips, buf, sizeof(buf))) {
		int err = prefix_parse(vec_add(&d->aips), buf, NULL);

		assert(!err);
		(void)err;
		p->wg.aips++;
	}
}

void fw_world_netmap(struct fw_world *w, const char *ifname, const char *inside,
		     const char *outside)
{
	struct iface_conf *i = conf_of(w, ifname);
	struct netmap *map = vec_add(&i->peers.at[i->peers.len - 1].netmaps);

	if (prefix_parse(&map->inside, inside, NULL) || prefix_parse(&map->outside, outside, NULL))
		assert(NULL);
}

void fw_world_zone(struct fw_world *w, const char *name, const char *what)
{
	struct zone_conf *z = vec_add(&w->config->zones);
	char buf[PREFIX_STRLEN];
	struct prefix p;

	mem_copy_str(z->name, NAME_LEN, name);
	while (word(&what, buf, sizeof(buf))) {
		if (prefix_parse(&p, buf, NULL))
			mem_copy_str(vec_add(&z->interfaces)->name, IFNAME_LEN, buf);
		else
			*vec_add(&z->prefixes) = p;
	}
}

static struct party party(const char *text)
{
	struct party p = {.kind = PARTY_ANY};

	if (!strcmp(text, "any"))
		return p;
	if (!prefix_parse(&p.prefix, text, NULL)) {
		p.kind = PARTY_PREFIX;
		return p;
	}
	p.kind = *text == '@' ? PARTY_PEER : PARTY_ZONE;
	mem_copy_str(p.name, NAME_LEN, text + (*text == '@'));
	return p;
}

static struct port_match port_match(const char *text)
{
	struct port_match m = {0};
	unsigned int first = 0, last = 0;

	m.protocol = !strncmp(text, "tcp", 3)	   ? IPPROTO_TCP
		     : !strncmp(text, "udp", 3)	   ? IPPROTO_UDP
		     : !strncmp(text, "icmpv6", 6) ? IPPROTO_ICMPV6
						   : IPPROTO_ICMP;
	if (strchr(text, '/') && sscanf(strchr(text, '/') + 1, "%u-%u", &first, &last) == 1)
		last = first;
	m.first = (uint16_t)first;
	m.last = (uint16_t)last;
	return m;
}

static void rule_add(struct policy_rules *rules, const char *from, const char *to,
		     const char *ports, enum verdict action)
{
	struct policy_rule *rule = vec_add(rules);
	char buf[32];

	rule->from = party(from);
	rule->to = party(to);
	rule->action = action;
	while (word(&ports, buf, sizeof(buf)))
		*vec_add(&rule->ports) = port_match(buf);
}

void fw_world_rule(struct fw_world *w, const char *ifname, const char *from, const char *to,
		   const char *ports, enum verdict action)
{
	rule_add(&conf_of(w, ifname)->firewall.policy, from, to, ports, action);
}

void fw_world_input(struct fw_world *w, const char *ifname, const char *from, const char *ports,
		    enum verdict action)
{
	rule_add(&conf_of(w, ifname)->firewall.input, from, "any", ports, action);
}

void fw_world_masquerade(struct fw_world *w, const char *ifname, const char *who)
{
	*vec_add(&conf_of(w, ifname)->firewall.masquerade) = party(who);
}

void fw_world_join(struct fw_world *w)
{
	state_join(&w->state, w->config, NULL);
}

/* --- by chance ------------------------------------------------------------------------------ */

static const char *const ifnames[] = {"wg0", "wg1", "wg2"};
static const char *const others[] = {"eth0", "br-lan"};
static const char *const zone_names[] = {"sites", "laptops", "dc", "lan"};

/*
 * 10.0.0.0/28 and fd00::/124 hold everything: 16 addresses each. But NETMAPs have their outsides
 * in 10.1.0.0/28 and fd01::/124.
 */
static struct addr random_addr(struct rng *r)
{
	struct addr a = {.family = rng_below(r, 4) ? AF_INET : AF_INET6};

	a.bytes[0] = a.family == AF_INET ? 10 : 0xfd;
	a.bytes[a.family == AF_INET ? 3 : 15] = (uint8_t)rng_below(r, 16);
	return a;
}

static struct prefix random_prefix(struct rng *r)
{
	struct addr a = random_addr(r);
	unsigned int bits = addr_bits(&a);

	/* Now and then everything, else 1 to 16 addresses. */
	return prefix_from(&a, rng_below(r, 24) ? (uint8_t)(bits - rng_below(r, 5)) : 0);
}

static struct addr outside_of(struct addr a)
{
	a.bytes[1] ^= 1;
	return a;
}

static bool overlaps_any(const struct iface_conf *i, const struct prefix *p)
{
	vec_each(&i->peers, peer)
		vec_each(&peer->netmaps, m)
			if (prefix_covers(&m->inside, p) || prefix_covers(p, &m->inside))
				return true;
	return false;
}

/* Around, at, or inside of one of its allowed-IPs; the last bit of the outside is another. */
static void random_netmap(struct fw_world *w, const char *ifname, const struct prefix *aip)
{
	struct iface_conf *i = conf_of(w, ifname);
	unsigned int bits = addr_bits(&aip->addr);
	uint8_t len = (uint8_t)(bits - rng_below(&w->rng, 4));
	struct prefix inside = prefix_from(&aip->addr, len), outside;
	struct addr other = outside_of(inside.addr);
	struct netmap *map;

	other.bytes[bits / 8 - 1] ^= 8; /* len leaves three bits at most */
	outside = prefix_from(&other, len);
	if (overlaps_any(i, &inside) || rng_below(&w->rng, 3))
		return;
	map = vec_add(&i->peers.at[i->peers.len - 1].netmaps);
	map->inside = inside;
	map->outside = outside;
}

static bool taken(const struct device *d, const struct prefix *p)
{
	vec_each(&d->aips, old)
		if (!prefix_cmp(old, p))
			return true;
	return false;
}

static void random_peer(struct fw_world *w, const char *ifname, uint32_t n)
{
	struct device *d = device_of(w, ifname);
	char name[16];

	snprintf(name, sizeof(name), "p%u", n);
	fw_world_peer(w, ifname, rng_below(&w->rng, 3) ? name : NULL,
		      rng_below(&w->rng, 2) ? zone_names[rng_below(&w->rng, 2)] : NULL, "");
	for (uint32_t i = rng_below(&w->rng, 4); i > 0; i--) {
		struct prefix p = random_prefix(&w->rng);

		if (taken(d, &p))
			continue; /* WireGuard gives a prefix to one peer */
		*vec_add(&d->aips) = p;
		d->peers.at[d->peers.len - 1].wg.aips++;
		random_netmap(w, ifname, &p);
	}
}

static const char *random_party(struct fw_world *w, char *buf)
{
	struct prefix p;

	switch (rng_below(&w->rng, 8)) {
	case 0:
		return "any";
	case 1:
		p = random_prefix(&w->rng);
		return prefix_format(&p, buf);
	case 2:
	case 3:
		snprintf(buf, PREFIX_STRLEN, "@p%u", rng_below(&w->rng, 6));
		return buf;
	case 4:
		return "peers";
	default:
		return zone_names[rng_below(&w->rng, 4)];
	}
}

static const char *random_ports(struct fw_world *w)
{
	static const char *const ports[] = {"tcp/22", "udp", "tcp/22-80 udp/53", "icmp icmpv6"};
	uint32_t n = rng_below(&w->rng, 10);

	return n < 4 ? ports[n] : NULL;
}

static void random_input(struct fw_world *w, const char *ifname)
{
	char a[PREFIX_STRLEN];

	for (uint32_t n = rng_below(&w->rng, 4); n > 0; n--)
		fw_world_input(w, ifname, random_party(w, a), random_ports(w),
			       (enum verdict)rng_below(&w->rng, 3));
	conf_of(w, ifname)->exchange = (struct exchange_conf){!rng_below(&w->rng, 3), 53};
}

static void random_rule(struct fw_world *w, const char *ifname)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	fw_world_rule(w, ifname, random_party(w, a), random_party(w, b), random_ports(w),
		      (enum verdict)rng_below(&w->rng, 3));
	vec_each(&conf_of(w, ifname)->firewall.policy, rule)
		if (!rule->log && !rng_below(&w->rng, 8))
			rule->log = POLICY_LOG_RATE;
}

static void random_iface(struct fw_world *w, const char *ifname)
{
	struct iface_conf *i = fw_world_iface(w, ifname);

	i->firewall.enabled = rng_below(&w->rng, 6) > 0;
	i->firewall.peer_to_peer = rng_below(&w->rng, 2);
	i->firewall.clamp_mss = rng_below(&w->rng, 4) > 0;
	i->firewall.owner = !rng_below(&w->rng, 4);
	i->firewall.flowtable = !rng_below(&w->rng, 4);
	i->firewall.counters = rng_below(&w->rng, 4) == 0;
	i->firewall.default_verdict = (enum verdict)rng_below(&w->rng, 3);
	for (uint32_t n = rng_below(&w->rng, 6); n > 0; n--)
		random_rule(w, ifname);
	for (uint32_t n = rng_below(&w->rng, 6); n > 0; n--)
		random_peer(w, ifname, rng_below(&w->rng, 6));
}

static void random_masquerade(struct fw_world *w, const char *ifname)
{
	char buf[PREFIX_STRLEN];
	const char *who;

	for (uint32_t n = rng_below(&w->rng, 3); n > 0; n--) {
		do {
			who = random_party(w, buf);
		} while (!strcmp(who, "any") || *who == '@');
		fw_world_masquerade(w, ifname, who);
	}
}

static void random_zone(struct fw_world *w, const char *name)
{
	char buf[PREFIX_STRLEN];
	struct str what = {0};
	struct prefix p;

	for (uint32_t n = rng_below(&w->rng, 3); n > 0; n--) {
		p = random_prefix(&w->rng);
		str_add(&what, "%s ", prefix_format(&p, buf));
	}
	if (!rng_below(&w->rng, 3))
		str_add(&what, "%s",
			rng_below(&w->rng, 2) ? others[rng_below(&w->rng, 2)]
					      : ifnames[rng_below(&w->rng, 3)]);
	fw_world_zone(w, name, str_text(&what));
	str_free(&what);
}

void fw_world_random(struct fw_world *w, uint64_t seed)
{
	fw_world_init(w);
	w->rng.state = seed;
	for (uint32_t i = 0, n = 1 + rng_below(&w->rng, 3); i < n; i++)
		random_iface(w, ifnames[i]);
	for (uint32_t i = 0; i < 4; i++)
		if (rng_below(&w->rng, 2))
			random_zone(w, zone_names[i]);
	vec_each(&w->state.devices, d)
		random_masquerade(w, d->name);
	vec_each(&w->state.devices, d)
		random_input(w, d->name);
	fw_world_join(w);
}

static struct addr random_end(struct rng *r)
{
	struct addr a = random_addr(r);

	return rng_below(r, 4) ? a : outside_of(a);
}

static const char *random_ifname(struct fw_world *w)
{
	return rng_below(&w->rng, 3)
		       ? w->state.devices.at[rng_below(&w->rng, w->state.devices.len)].name
		       : others[rng_below(&w->rng, 2)];
}

struct fw_packet fw_world_packet(struct fw_world *w)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_SCTP};
	static const uint16_t ports[] = {22, 53, 80, 81, 443};
	struct fw_packet p = {.ct = FW_CT_NEW};

	do {
		mem_copy_str(p.iif, IFNAME_LEN, random_ifname(w));
		mem_copy_str(p.oif, IFNAME_LEN, random_ifname(w));
		p.src = random_end(&w->rng);
		p.dst = random_end(&w->rng);
	} while (p.src.family != p.dst.family || !fw_world_can_be_on(w, p.iif, &p.src) ||
		 !fw_world_can_be_on(w, p.oif, &p.dst));
	p.protocol = protocols[rng_below(&w->rng, 4)];
	if (p.protocol != IPPROTO_ICMP)
		p.port = ports[rng_below(&w->rng, 5)];
	else if (p.src.family == AF_INET6)
		p.protocol = IPPROTO_ICMPV6;
	p.syn = p.protocol == IPPROTO_TCP;
	if (!rng_below(&w->rng, 8))
		p.ct = (uint8_t)(1 << rng_below(&w->rng, 4));
	return p;
}

void fw_packet_format(struct str *out, const struct fw_packet *p)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	str_add(out, "%s %s -> %s %s protocol %u port %u ct %u", p->iif, addr_format(&p->src, a),
		p->oif, addr_format(&p->dst, b), p->protocol, p->port, p->ct);
}
