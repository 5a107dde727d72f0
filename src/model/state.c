// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The observed state: devices that follow links, peers that are joined with what files say of
 * them, and the questions that plans ask.
 */
#include "model/state.h"

#include <stdio.h>

#include "base/keys.h"

const char *endpoint_source_name(enum endpoint_source s)
{
	static const char *const names[] = {"kernel", "config", "dns", "roamed", "exchange"};

	return names[s];
}

void device_free(struct device *d)
{
	vec_each(&d->peers, p)
		free(p->care);
	vec_free(&d->peers);
	vec_free(&d->aips);
	vec_free(&d->ends);
	vec_free(&d->moves.shifts);
	vec_free(&d->moves.altered);
	vec_free(&d->moves.lost);
	vec_free(&d->moves.gained);
	vec_free(&d->taken);
}

void state_free(struct state *s)
{
	vec_free(&s->links);
	vec_free(&s->addrs);
	vec_free(&s->ours);
	vec_free(&s->foreign);
	vec_free(&s->underlay);
	vec_free(&s->rules);
	vec_each(&s->devices, d)
		device_free(d);
	vec_free(&s->devices);
}

struct device *state_device(struct state *s, uint32_t ifindex)
{
	vec_each(&s->devices, d)
		if (d->ifindex == ifindex)
			return d;
	return NULL;
}

const struct peer *device_peer(const struct device *d, const struct key *key)
{
	vec_each(&d->peers, p)
		if (!key_cmp(&p->wg.key, key))
			return p;
	return NULL;
}

const struct link *state_link(const struct state *s, uint32_t ifindex)
{
	vec_each(&s->links, l)
		if (l->ifindex == ifindex)
			return l;
	return NULL;
}

const char *state_ifname(const struct state *s, uint32_t ifindex)
{
	static char gone[IFNAME_LEN];
	const struct link *l = state_link(s, ifindex);

	if (l)
		return l->name;
	snprintf(gone, sizeof(gone), "if%u", ifindex);
	return gone;
}

bool state_has_addr(const struct state *s, const struct addr *a)
{
	vec_each(&s->addrs, have)
		if (!addr_cmp(&have->addr, a))
			return true;
	return false;
}

static int device_cmp(const void *a, const void *b)
{
	uint32_t x = ((const struct device *)a)->ifindex, y = ((const struct device *)b)->ifindex;

	return (x > y) - (x < y);
}

/* A rename is a removal: another entry of the configuration may apply. */
static bool device_has_link(const struct device *d, const struct links *links)
{
	vec_each(links, l)
		if (l->ifindex == d->ifindex)
			return l->wireguard && l->backend == d->backend &&
			       !strcmp(l->name, d->name);
	return false;
}

static bool drop_devices(struct state *s)
{
	uint32_t kept = 0;
	bool changed;

	vec_each(&s->devices, d) {
		if (device_has_link(d, &s->links))
			s->devices.at[kept++] = *d;
		else
			device_free(d);
	}
	changed = kept != s->devices.len;
	s->devices.len = kept;
	return changed;
}

static void add_device(struct state *s, const struct link *l)
{
	struct device *d = vec_add(&s->devices);

	d->ifindex = l->ifindex;
	mem_copy_str(d->name, sizeof(d->name), l->name);
	d->up = l->up;
	d->mtu = l->mtu;
	d->backend = l->backend;
}

bool state_sync_devices(struct state *s, const struct config *c, const struct imports *im)
{
	bool changed = drop_devices(s);

	vec_each(&s->links, l) {
		struct device *d = state_device(s, l->ifindex);

		if (!l->wireguard)
			continue;
		if (!d) {
			add_device(s, l);
			changed = true;
			continue;
		}
		changed = changed || d->up != l->up || d->mtu != l->mtu;
		d->up = l->up;
		d->mtu = l->mtu;
	}
	if (changed) {
		vec_sort(&s->devices, device_cmp);
		state_join(s, c, im);
	}
	return changed;
}

/* What files say of the peers of one interface, to be found by key. */
struct known {
	struct keys configured, imported;
	bool by_name; /* some are configured by the name that an import gives */
};

static void known_make(struct known *k, const struct device *d, const struct imports *im)
{
	const struct import_peer *first;
	uint32_t n = imports_peers(im, d->name, &first);

	keys_begin(&k->configured, d->conf->peers.len);
	keys_begin(&k->imported, n);
	vec_each(&d->conf->peers, p) {
		if (p->has_key)
			keys_add(&k->configured, &p->key);
		else
			k->by_name = true;
	}
	for (uint32_t i = 0; i < n; i++)
		keys_add(&k->imported, &first[i].key);
}

static const struct peer_conf *conf_by_key(const struct known *k, const struct key *key)
{
	const struct key *found = keys_find(&k->configured, key);

	return found ? CONTAINER(found, struct peer_conf, key) : NULL;
}

static const struct import_peer *import_by_key(const struct known *k, const struct key *key)
{
	const struct key *found = keys_find(&k->imported, key);

	return found ? CONTAINER(found, struct import_peer, key) : NULL;
}

static const struct peer_conf *conf_by_name(const struct iface_conf *i, const char *name)
{
	vec_each(&i->peers, p)
		if (!p->has_key && !strcmp(p->name, name))
			return p;
	return NULL;
}

static void peer_join(struct peer *p, const struct device *d, const struct known *k)
{
	p->imported = import_by_key(k, &p->wg.key);
	p->conf = conf_by_key(k, &p->wg.key);
	if (!p->conf && k->by_name && p->imported && p->imported->name)
		p->conf = conf_by_name(d->conf, p->imported->name);
}

static void device_join(struct device *d, const struct config *c, const struct imports *im)
{
	struct known k = {.by_name = false};

	d->conf = config_iface(c, d->name);
	d->imported = imports_iface(im, d->name);
	known_make(&k, d, im);
	vec_each(&d->peers, p)
		peer_join(p, d, &k);
	keys_free(&k.configured);
	keys_free(&k.imported);
}

/* Few are looked for among all: quicker than a table of those. */
static const struct peer_conf *conf_among(const struct iface_conf *i, const struct key *key)
{
	vec_each(&i->peers, p)
		if (p->has_key && !key_cmp(&p->key, key))
			return p;
	return NULL;
}

void device_join_altered(struct device *d, const struct config *c, const struct imports *im)
{
	if (d->moves.many) {
		device_join(d, c, im);
		return;
	}
	vec_each(&d->moves.altered, i) {
		struct peer *p = &d->peers.at[*i];

		p->imported = imports_peer(im, d->name, &p->wg.key);
		p->conf = conf_among(d->conf, &p->wg.key);
		if (!p->conf && p->imported && p->imported->name)
			p->conf = conf_by_name(d->conf, p->imported->name);
	}
}

void state_join(struct state *s, const struct config *c, const struct imports *im)
{
	vec_each(&s->devices, d)
		device_join(d, c, im);
}

const char *peer_name(const struct peer *p)
{
	if (p->conf && *p->conf->name)
		return p->conf->name;
	return p->imported ? p->imported->name : NULL;
}

const char *peer_label(const struct peer *p, char *buf)
{
	const char *name = peer_name(p);

	if (name)
		return name;
	key_format(&p->wg.key, buf);
	mem_copy_str(buf + 8, KEY_STRLEN - 8, "…");
	return buf;
}

const struct peer_care *peer_care(const struct peer *p)
{
	static const struct peer_care none;

	return p->care ? p->care : &none;
}

struct peer_care *peer_tend(struct peer *p)
{
	if (!p->care)
		p->care = mem_calloc(1, sizeof(*p->care));
	return p->care;
}

bool peer_healed(const struct peer *p, msec now)
{
	return peer_care(p)->attempt && p->life.proof == now && p->life.silence;
}

const char *peer_zone(const struct peer *p)
{
	return p->conf && *p->conf->zone ? p->conf->zone : "peers";
}

const struct routes_conf *peer_routes(const struct device *d, const struct peer *p)
{
	return p->conf ? &p->conf->routes : &d->conf->routes;
}

const struct keepalive_conf *peer_keepalive(const struct device *d, const struct peer *p)
{
	return p->conf ? &p->conf->keepalive : &d->conf->keepalive;
}

const struct endpoint_spec *peer_endpoint_spec(const struct peer *p)
{
	if (p->conf && p->conf->endpoints.len)
		return &p->conf->endpoints.at[0];
	return p->imported && p->imported->has_endpoint ? &p->imported->endpoint : NULL;
}
