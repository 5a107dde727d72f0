// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host: what a kernel does by itself when links, addresses, routes and peers come and go, and
 * the events that it tells.
 */
#include "chaos/chaos.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

static const struct {
	const char *names[2];
	const char *addrs[3]; /* with length */
} places[CHAOS_PLACES] = {
	[ETH0] = {{"eth0", "uplink0"}, {"192.0.2.2/24", "2001:db8:1::2/64"}},
	[ETH1] = {{"eth1", "uplink1"}, {"198.51.100.2/24", "2001:db8:2::2/64"}},
	[LAN] = {{"br-lan", "br-dc"}, {"10.10.0.1/16", "fd10::1/64"}},
	[WG0] = {{"wg0", "wg8"}, {"10.99.0.1/24", "fd99::1/64"}},
	[WG1] = {{"wg1", "tun7"}, {"10.99.1.1/24"}},
	[WG2] = {{"wg2", "wg9"}, {"10.66.255.1/32"}},
};

bool host_is_wireguard(enum chaos_place p)
{
	return p >= WG0;
}

static enum chaos_place place_of(const char *name)
{
	for (int p = 0; p < CHAOS_PLACES; p++)
		if (!strcmp(places[p].names[0], name) || !strcmp(places[p].names[1], name))
			return (enum chaos_place)p;
	return CHAOS_PLACES;
}

struct link *host_link(struct chaos *c, enum chaos_place p)
{
	vec_each(&c->w->links, l)
		if (place_of(l->name) == p)
			return l;
	return NULL;
}

struct link *host_link_by_index(struct chaos *c, uint32_t ifindex)
{
	vec_each(&c->w->links, l)
		if (l->ifindex == ifindex)
			return l;
	return NULL;
}

/* --- events: each is told, or lost with all after it, until it is told that some were -------- */

static bool lost(struct chaos *c, unsigned int subjects)
{
	if (!c->lost && (!c->storm || !chaos_one_in(c, 12)))
		return false;
	if (!c->lost)
		chaos_note(c, "events are lost");
	c->lost |= subjects;
	return true;
}

void host_tell_lost(struct chaos *c)
{
	if (!c->lost)
		return;
	chaos_note(c, "that events were lost is told");
	engine_dirty(c->w->engine, c->lost);
	c->lost = 0;
}

static void tell_link(struct chaos *c, const struct link *l, bool deleted)
{
	if (!lost(c, SUBJECT_ALL & ~(unsigned int)SUBJECT_FIREWALL))
		engine_link_event(c->w->engine, l, deleted);
}

static void tell_addr(struct chaos *c, const struct local_addr *a)
{
	if (!lost(c, SUBJECT_ALL & ~(unsigned int)SUBJECT_FIREWALL))
		engine_addr_event(c->w->engine, a);
}

static void tell_route(struct chaos *c, const struct route *r, bool deleted)
{
	if (!lost(c, SUBJECT_ALL & ~(unsigned int)SUBJECT_FIREWALL))
		engine_route_event(c->w->engine, r, deleted ? ROUTE_WENT : ROUTE_CAME);
}

/* --- routes --------------------------------------------------------------------------------- */

static bool same_key(const struct route *a, const struct route *b)
{
	return a->table == b->table && !prefix_cmp(&a->dst, &b->dst) && a->metric == b->metric &&
	       a->tos == b->tos;
}

int host_may_route(struct chaos *c, const struct route *r)
{
	const struct link *l = r->oif ? host_link_by_index(c, r->oif) : NULL;
	bool source = !route_source(r)->family;

	if (r->oif && !l)
		return -ENODEV;
	if (l && !l->up)
		return -ENETDOWN;
	vec_each(&c->w->addrs, a)
		source = source || !addr_cmp(&a->addr, route_source(r));
	return source ? 0 : -EINVAL;
}

int host_route_add(struct chaos *c, const struct route *r, bool replace)
{
	int err = host_may_route(c, r);

	if (err)
		return err;
	vec_each(&c->w->routes, have) {
		if (!same_key(have, r))
			continue;
		if (!replace)
			return -EEXIST;
		*have = *r;
		tell_route(c, r, false);
		return 0;
	}
	*vec_add(&c->w->routes) = *r;
	tell_route(c, r, false);
	return 0;
}

void host_route_delete(struct chaos *c, uint32_t n, bool silently)
{
	struct route gone = c->w->routes.at[n];

	c->w->routes.at[n] = c->w->routes.at[--c->w->routes.len];
	if (!silently)
		tell_route(c, &gone, true);
}

/* With a link or an address: IPv4's go without a word. */
static void routes_drop(struct chaos *c, uint32_t ifindex, uint8_t family,
			const struct addr *source)
{
	for (uint32_t i = c->w->routes.len; i-- > 0;) {
		const struct route *r = &c->w->routes.at[i];

		if (family && r->dst.addr.family != family)
			continue;
		if (source ? !addr_cmp(route_source(r), source) : r->oif == ifindex)
			host_route_delete(c, i, r->dst.addr.family == AF_INET);
	}
}

/* The kernel may be looked at between what it tells and what it does of that. */
static void flush_soon(struct chaos *c, struct chaos_flush flush)
{
	c->flush = flush;
	if (chaos_one_in(c, 3)) {
		chaos_note(c, "the kernel is slow to flush");
		world_run(c->w, chaos_below(c, 60));
	}
	host_flush(c);
}

/* --- addresses ------------------------------------------------------------------------------ */

static struct route connected(const struct local_addr *a)
{
	return (struct route){.dst = prefix_from(&a->addr, a->len),
			      .table = RT_TABLE_MAIN,
			      .metric = a->addr.family == AF_INET6 ? 256 : 0,
			      .oif = a->ifindex,
			      .protocol = RTPROT_KERNEL,
			      .scope = RT_SCOPE_LINK,
			      .type = RTN_UNICAST};
}

static void addr_up(struct chaos *c, const struct local_addr *a)
{
	struct route r = connected(a);

	if (a->len < addr_bits(&a->addr))
		host_route_add(c, &r, false);
}

static bool has_addr(const struct chaos *c, uint32_t ifindex, const struct addr *a)
{
	vec_each(&c->w->addrs, have)
		if (have->ifindex == ifindex && !addr_cmp(&have->addr, a))
			return true;
	return false;
}

void host_addr_add(struct chaos *c, enum chaos_place p)
{
	const struct link *l = host_link(c, p);
	struct local_addr fresh = {.scope = RT_SCOPE_UNIVERSE};
	const char *text = places[p].addrs[chaos_below(c, 2)];
	char buf[ADDR_STRLEN];
	char *slash;

	if (!l || !text)
		return;
	mem_copy_str(buf, sizeof(buf), text);
	slash = strchr(buf, '/');
	*slash = '\0';
	fresh.ifindex = l->ifindex;
	fresh.len = (uint8_t)atoi(slash + 1);
	if (addr_parse(&fresh.addr, buf) || has_addr(c, l->ifindex, &fresh.addr))
		return;
	chaos_note(c, "address %s on %s", text, l->name);
	*vec_add(&c->w->addrs) = fresh;
	if (l->up)
		addr_up(c, &fresh);
	tell_addr(c, &fresh);
}

static bool has_family(const struct chaos *c, uint32_t ifindex, uint8_t family)
{
	vec_each(&c->w->addrs, a)
		if (a->ifindex == ifindex && a->addr.family == family)
			return true;
	return false;
}

/* The network's route, those from this address, and with the last of IPv4 all of the interface. */
static void addr_flush(struct chaos *c, const struct local_addr *gone)
{
	struct route r = connected(gone);

	for (uint32_t i = c->w->routes.len; i-- > 0;)
		if (same_key(&c->w->routes.at[i], &r) && c->w->routes.at[i].oif == r.oif)
			host_route_delete(c, i, false);
	routes_drop(c, 0, 0, &gone->addr);
	if (gone->addr.family == AF_INET && !has_family(c, gone->ifindex, AF_INET))
		routes_drop(c, gone->ifindex, AF_INET, NULL);
}

void host_flush(struct chaos *c)
{
	struct chaos_flush f = c->flush;

	if (!f.due)
		return;
	c->flush.due = false;
	if (f.addr.addr.family)
		addr_flush(c, &f.addr);
	else
		routes_drop(c, f.ifindex, 0, NULL);
}

void host_addr_delete(struct chaos *c, uint32_t n)
{
	struct local_addr gone = c->w->addrs.at[n];

	c->w->addrs.at[n] = c->w->addrs.at[--c->w->addrs.len];
	tell_addr(c, &gone);
	flush_soon(c, (struct chaos_flush){.due = true, .ifindex = gone.ifindex, .addr = gone});
}

void host_addr_renew(struct chaos *c, uint32_t n)
{
	struct local_addr a = c->w->addrs.at[n];
	const struct link *l = host_link_by_index(c, a.ifindex);

	host_addr_delete(c, n);
	*vec_add(&c->w->addrs) = a;
	if (l && l->up)
		addr_up(c, &a);
	tell_addr(c, &a);
}

/* --- links ---------------------------------------------------------------------------------- */

static uint32_t fresh_ifindex(struct chaos *c)
{
	for (;;) {
		bool taken = false;

		c->last_ifindex++;
		vec_each(&c->w->links, l) /* the world keeps some things by sixteen */
			taken = taken || l->ifindex % 16 == c->last_ifindex % 16;
		if (!taken)
			return c->last_ifindex;
	}
}

void host_link_add(struct chaos *c, enum chaos_place p)
{
	struct link l = {.ifindex = fresh_ifindex(c),
			 .mtu = host_is_wireguard(p) ? 1420 : 1500,
			 .wireguard = host_is_wireguard(p)};

	mem_copy_str(l.name, sizeof(l.name), places[p].names[chaos_one_in(c, 6)]);
	chaos_note(c, "link %s %u comes", l.name, l.ifindex);
	*vec_add(&c->w->links) = l;
	c->w->marks[l.ifindex % 16] = 0;
	tell_link(c, &l, false);
}

void host_link_delete(struct chaos *c, enum chaos_place p)
{
	struct link gone = *host_link(c, p), *l;

	chaos_note(c, "link %s %u goes", gone.name, gone.ifindex);
	for (uint32_t i = c->w->peers.len; i-- > 0;)
		if (c->w->peers.at[i].ifindex == gone.ifindex)
			host_peer_delete(c, &c->w->peers.at[i]);
	for (uint32_t i = c->w->addrs.len; i-- > 0;)
		if (c->w->addrs.at[i].ifindex == gone.ifindex)
			host_addr_delete(c, i);
	routes_drop(c, gone.ifindex, 0, NULL);
	l = host_link(c, p);
	*l = c->w->links.at[--c->w->links.len];
	gone.up = false;
	tell_link(c, &gone, true);
}

void host_link_replace(struct chaos *c, enum chaos_place p)
{
	struct link l = *host_link(c, p);

	host_link_delete(c, p);
	chaos_note(c, "and %s %u comes again", l.name, l.ifindex);
	*vec_add(&c->w->links) = l;
	c->w->marks[l.ifindex % 16] = 0;
	tell_link(c, &l, false);
}

void host_link_set(struct chaos *c, struct link *l, bool up)
{
	struct link now;

	chaos_note(c, "link %s %u %s", l->name, l->ifindex, up ? "up" : "down");
	l->up = up;
	now = *l;
	tell_link(c, &now, false);
	if (!up)
		flush_soon(c, (struct chaos_flush){.due = true, .ifindex = now.ifindex});
	vec_each(&c->w->addrs, a)
		if (up && a->ifindex == now.ifindex)
			addr_up(c, a);
}

void host_link_rename(struct chaos *c, enum chaos_place p)
{
	struct link *l = host_link(c, p);
	bool second = !strcmp(l->name, places[p].names[1]);

	chaos_note(c, "link %s %u becomes %s", l->name, l->ifindex, places[p].names[!second]);
	mem_copy_str(l->name, sizeof(l->name), places[p].names[!second]);
	tell_link(c, l, false);
}

/* --- peers ---------------------------------------------------------------------------------- */

uint32_t host_peer_number(const struct world_peer *p)
{
	return p->wg.key.bytes[0] - 1u;
}

struct world_peer *host_peer(struct chaos *c, uint32_t n)
{
	vec_each(&c->w->peers, p)
		if (host_peer_number(p) == n)
			return p;
	return NULL;
}

struct world_peer *host_peer_add(struct chaos *c, uint32_t n)
{
	const struct link *l = host_link(c, (enum chaos_place)(WG0 + n % 3));
	struct world_peer *p;

	if (!l || host_peer(c, n))
		return NULL;
	p = vec_add(&c->w->peers);
	snprintf(p->label, sizeof(p->label), "p%u", n);
	memset(p->wg.key.bytes, (int)(n + 1), KEY_LEN);
	p->ifindex = l->ifindex;
	chaos_note(c, "peer %s on %s", p->label, l->name);
	for (uint32_t k = 1 + chaos_below(c, 3); k; k--)
		host_peer_give(c, p);
	return p;
}

void host_peer_delete(struct chaos *c, struct world_peer *p)
{
	chaos_note(c, "peer %s goes", p->label);
	vec_free(&p->aips);
	*p = c->w->peers.at[--c->w->peers.len];
}

/*
 * Zones have networks of their own: what a guest may have never was a site's. Now and then
 * somebody has everything.
 */
struct prefix host_prefix_for(struct chaos *c, uint32_t n)
{
	static const char *const sites[] = {"10.20.0.0/16",  "10.20.0.0/24",   "10.20.1.0/24",
					    "10.20.1.64/26", "10.20.2.0/24",   "10.20.2.7/32",
					    "fd20::/32",     "fd20:0:1::/48",  "fd20:0:2::/48",
					    "10.0.0.0/9",    "203.0.113.0/24", "10.10.7.0/24"};
	static const char *const guests[] = {"10.66.0.0/16", "10.66.1.0/24", "10.66.1.128/25",
					     "10.66.2.0/24", "10.66.2.9/32", "fd66::/32",
					     "fd66:0:1::/48"};
	static const char *const others[] = {"10.77.0.0/16", "10.77.1.0/24", "10.77.2.0/24",
					     "fd77::/32"};
	char zone[NAME_LEN];
	struct prefix p;
	const char *text;
	bool masked;

	config_zone_of(n, zone, sizeof(zone));
	if (!strcmp(zone, "guests"))
		text = guests[chaos_below(c, sizeof(guests) / sizeof(*guests))];
	else if (!strcmp(zone, "sites"))
		text = sites[chaos_below(c, sizeof(sites) / sizeof(*sites))];
	else
		text = others[chaos_below(c, sizeof(others) / sizeof(*others))];
	if (chaos_one_in(c, 20))
		text = chaos_one_in(c, 3) ? "::/0" : "0.0.0.0/0";
	if (prefix_parse(&p, text, &masked))
		abort();
	return p;
}

void host_peer_give(struct chaos *c, struct world_peer *p)
{
	struct prefix prefix = host_prefix_for(c, host_peer_number(p));
	char buf[PREFIX_STRLEN];

	chaos_note(c, "%s gets %s", p->label, prefix_format(&prefix, buf));
	world_give(c->w, p->ifindex, &prefix, p);
}

/* --- what is not ours ----------------------------------------------------------------------- */

static uint64_t sum(const void *at, size_t n)
{
	const uint8_t *b = at;
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	while (n--)
		h = (h ^ *b++) * 0x100000001b3;
	return h;
}

static uint64_t route_sum(const struct route *r)
{
	char dst[PREFIX_STRLEN], text[2 * ADDR_STRLEN + 64], via[ADDR_STRLEN];
	int n = snprintf(text, sizeof(text), "%s %u %u %u %u %u %s", prefix_format(&r->dst, dst),
			 r->table, r->metric, r->oif, r->protocol, r->type,
			 addr_format(route_gateway(r), via));

	return sum(text, (size_t)n);
}

uint64_t host_others(const struct chaos *c)
{
	uint64_t total = 0;

	vec_each(&c->w->routes, r)
		if (r->protocol != ROUTE_PROTOCOL)
			total += route_sum(r);
	vec_each(&c->w->rules, r)
		if (r->protocol != ROUTE_PROTOCOL)
			total += sum(&r->priority, sizeof(r->priority)) * (r->table + 1u);
	vec_each(&c->w->firewall.kernel.actual.bases, b)
		total += sum(b->chain, strlen(b->chain)) + sum(b->table, strlen(b->table));
	vec_each(&c->w->addrs, a)
		total += sum(&a->addr, sizeof(a->addr));
	vec_each(&c->w->links, l)
		total += sum(l->name, strlen(l->name)) * (l->up + 1u);
	vec_each(&c->w->peers, p)
		total += sum(&p->wg.key, sizeof(p->wg.key)) + sum(&p->ifindex, sizeof(p->ifindex));
	return total;
}

/* --- where packets go ----------------------------------------------------------------------- */

static const struct route *table_lookup(const struct chaos *c, uint32_t table,
					const struct addr *dst)
{
	const struct route *best = NULL;

	vec_each(&c->w->routes, r) {
		if (r->table != table || r->tos || !prefix_has(&r->dst, dst))
			continue;
		if (!best || r->dst.len > best->dst.len ||
		    (r->dst.len == best->dst.len && r->metric < best->metric))
			best = r;
	}
	return best;
}

/* A packet without a mark. */
static bool rule_matches(const struct rule *r, const struct addr *src, const struct addr *dst)
{
	bool mark = !r->fwmask || !r->fwmark;

	if (r->family != dst->family || *r->iif || *r->oif)
		return false;
	if (r->src.addr.family && !prefix_has(&r->src, src))
		return false;
	if (r->dst.addr.family && !prefix_has(&r->dst, dst))
		return false;
	return mark != r->invert;
}

static const struct rule *rule_after(const struct chaos *c, const struct rule *last)
{
	const struct rule *next = NULL;

	vec_each(&c->w->rules, r)
		if ((!last || r->priority > last->priority ||
		     (r->priority == last->priority && r > last)) &&
		    (!next || r->priority < next->priority))
			next = r;
	return next;
}

uint32_t host_lookup(const struct chaos *c, const struct addr *src, const struct addr *dst)
{
	const struct route *found;

	for (const struct rule *r = rule_after(c, NULL); r; r = rule_after(c, r)) {
		if (!rule_matches(r, src, dst))
			continue;
		found = table_lookup(c, r->table, dst);
		if (found && (r->suppress_prefixlen < 0 || found->dst.len > r->suppress_prefixlen))
			return found->oif;
	}
	found = table_lookup(c, RT_TABLE_MAIN, dst);
	return found ? found->oif : 0;
}

/* --- for the story -------------------------------------------------------------------------- */

static void tell_routes(const struct chaos *c, struct str *out)
{
	struct state s = {.links = c->w->links};

	vec_each(&c->w->routes, r) {
		str_add(out, "  ");
		route_format(out, r, &s);
		str_add(out, " proto %u\n", r->protocol);
	}
	vec_each(&c->w->rules, r) {
		str_add(out, "  rule %u: ", r->priority);
		rule_format(out, r);
		str_add(out, " proto %u\n", r->protocol);
	}
}

void host_tell(const struct chaos *c, struct str *out)
{
	char buf[ENDPOINT_STRLEN];

	vec_each(&c->w->links, l)
		str_add(out, "  link %u %s %s mark %u\n", l->ifindex, l->name,
			l->up ? "up" : "down", c->w->marks[l->ifindex % 16]);
	vec_each(&c->w->addrs, a)
		str_add(out, "  addr %u %s/%u\n", a->ifindex, addr_format(&a->addr, buf), a->len);
	vec_each(&c->w->peers, p) {
		str_add(out, "  peer %s on %u at %s:", p->label, p->ifindex,
			endpoint_format(&p->wg.endpoint, buf));
		vec_each(&p->aips, a)
			str_add(out, " %s", prefix_format(a, buf));
		str_add(out, "\n");
	}
	tell_routes(c, out);
	str_add(out, "  table %s, %u sets\n", c->w->firewall.kernel.actual.table ? "yes" : "no",
		c->w->firewall.kernel.actual.sets.len);
}
