// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which peers the policies tell apart, and the sets by which a packet's address shows it.
 *
 * A peer's class is its zone and its name, as far as any policy mentions them. On a device where
 * every peer has to be of one class no set is made: WireGuard itself lets no packet in whose
 * source is not an allowed-IP of its sender. Elsewhere each class gets its allowed-IPs, but for
 * those whose next less specific allowed-IP says the same already: where a policy speaks of one
 * peer in ten thousand, the sets hold that peer's addresses and nothing else.
 */
#include "firewall_build.h"

#include "model/netmap.h"

VEC_TYPE(names, const char *); /* the configuration's */

/* What policies talk about. */
struct mentions {
	struct names zones, peers; /* sorted */
};

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same name as the configuration has it, or "". */
static const char *names_find(const struct names *names, const char *text)
{
	const char **found = text ? vec_find(names, &text, name_cmp) : NULL;

	return found ? *found : "";
}

static void mention(struct mentions *m, const struct party *p)
{
	if (p->kind == PARTY_ZONE)
		*vec_add(&m->zones) = p->name;
	else if (p->kind == PARTY_PEER)
		*vec_add(&m->peers) = p->name;
}

static void mentions_collect(struct mentions *m, const struct fw_build *b)
{
	vec_each(&b->state->devices, d) {
		const struct firewall_conf *conf = fw_device_conf(b, d);

		if (!conf->enabled)
			continue;
		vec_each(&conf->policy, rule) {
			mention(m, &rule->from);
			mention(m, &rule->to);
		}
		vec_each(&conf->input, rule)
			mention(m, &rule->from);
		vec_each(&conf->masquerade, party)
			mention(m, party);
	}
	vec_sort(&m->zones, name_cmp);
	vec_sort(&m->peers, name_cmp);
}

const char *fw_class_label(const struct fw_class *k)
{
	return *k->peer ? k->peer : *k->zone ? k->zone : "other";
}

/* The class of a whole zone comes before those of single peers: it gives a chain its name. */
static int class_cmp(const void *va, const void *vb)
{
	const struct fw_class *a = va, *b = vb;
	int c = strcmp(a->peer, b->peer);

	return c ? c : strcmp(a->zone, b->zone);
}

static struct fw_class class_of(const struct mentions *m, const char *zone, const char *peer)
{
	return (struct fw_class){names_find(&m->zones, zone), names_find(&m->peers, peer)};
}

static uint32_t class_number(const struct fw_build *b, const struct fw_class *k)
{
	const struct fw_class *found = vec_find(&b->classes, k, class_cmp);

	return found ? (uint32_t)(found - b->classes.at) : 0;
}

static void class_want(struct fw_build *b, const struct fw_class *k)
{
	vec_each(&b->classes, old)
		if (!class_cmp(old, k))
			return;
	*vec_add(&b->classes) = *k;
}

static void classes_collect(struct fw_build *b, const struct mentions *m)
{
	struct fw_class others = {"", ""}, unzoned = class_of(m, "peers", NULL);

	class_want(b, &others);
	class_want(b, &unzoned);
	vec_each(&b->state->devices, d) {
		vec_each(&d->peers, p) {
			struct fw_class k = class_of(m, peer_zone(p), peer_name(p));

			class_want(b, &k);
		}
	}
	vec_sort(&b->classes, class_cmp);
}

static bool name_is_configured(const struct config *c, const char *name)
{
	vec_each(&c->interfaces, i)
		vec_each(&i->peers, p)
			if (!strcmp(p->name, name))
				return true;
	return false;
}

/* A policy may name a peer that only another program's file knows: it may turn up anywhere. */
static bool names_are_configured(const struct fw_build *b, const struct mentions *m)
{
	vec_each(&m->peers, name)
		if (!name_is_configured(b->config, *name))
			return false;
	return true;
}

/*
 * Must every peer of the device, also one that is added before we look again, be of one class?
 * One that is not in the configuration will be in zone "peers" and, as all the names in policies
 * are configured, have a name that no policy mentions; the others are judged as written there.
 */
static bool device_is_open(const struct fw_build *b, const struct mentions *m,
			   const struct device *d, struct fw_class *class)
{
	const struct iface_conf *conf = d->conf ? d->conf : config_iface(b->config, d->name);

	if (!names_are_configured(b, m))
		return false;
	*class = class_of(m, "peers", NULL);
	vec_each(&conf->peers, p) {
		struct fw_class k = class_of(m, *p->zone ? p->zone : "peers", p->name);

		if (class_cmp(&k, class) != 0)
			return false;
	}
	vec_each(&d->peers, p) {
		struct fw_class k = class_of(m, peer_zone(p), peer_name(p));

		if (class_cmp(&k, class) != 0)
			return false;
	}
	return true;
}

/* An allowed-IP among all of its device's. */
struct owned {
	struct prefix prefix;
	uint32_t class;
	uint32_t owner;		   /* whose, by number */
	const struct owned *outer; /* the next less specific one that is in a set */
};

VEC_TYPE(owneds, struct owned);

static int owned_cmp(const void *a, const void *b)
{
	return prefix_cmp(&((const struct owned *)a)->prefix, &((const struct owned *)b)->prefix);
}

static void owneds_collect(struct owneds *out, const struct fw_build *b, const struct mentions *m,
			   const struct device *d)
{
	uint32_t owner = fw_owners_of(b, d);

	vec_each(&d->peers, p) {
		struct fw_class k = class_of(m, peer_zone(p), peer_name(p));
		struct owned own = {.class = class_number(b, &k), .owner = owner};
		struct peer_networks walk = {.device = d, .peer = p};

		while (peer_networks_next(&walk, &own.prefix))
			*vec_add(out) = own;
		owner++;
	}
	vec_sort(out, owned_cmp);
}

static struct fw_group *group_want(struct fw_build *b, const struct device *d,
				   const struct owned *o)
{
	uint8_t family = o->prefix.addr.family, len = o->prefix.len;
	struct fw_group *g;

	vec_each(&b->groups, old)
		if (old->device == d && old->class == o->class && old->family == family &&
		    old->len == len)
			return old;
	g = vec_add(&b->groups);
	g->device = d;
	g->class = o->class;
	g->family = family;
	g->len = len;
	g->set = fw_set_new(b->out, family == AF_INET6 ? FW_KEY_IP6 : FW_KEY_IP4, len,
			    "%s-%s-%s-%u", d->name, fw_class_label(&b->classes.at[o->class]),
			    family == AF_INET6 ? "ip6" : "ip", len);
	return g;
}

static void group_note_over(struct fw_group *g, uint32_t class)
{
	vec_each(&g->over, old)
		if (*old == class)
			return;
	*vec_add(&g->over) = class;
}

static void group_add(struct fw_build *b, const struct device *d, const struct owned *o)
{
	struct fw_group *g = group_want(b, d, o);

	fw_elem_new(b->out, g->set, &o->prefix, o->owner);
	if (o->outer)
		group_note_over(g, o->outer->class);
}

/*
 * In order, a prefix comes after all that contain it: outer leads from one to the next. The sets
 * are sorted by that, too.
 */
static void device_group(struct fw_build *b, const struct mentions *m, const struct device *d)
{
	const struct owned *outer = NULL, *last = NULL;
	struct owneds all = {0};

	owneds_collect(&all, b, m, d);
	vec_each(&all, o) {
		if (last && !owned_cmp(last, o))
			continue; /* two peers claim it: WireGuard knows only one of them */
		last = o;
		while (outer && !prefix_covers(&outer->prefix, &o->prefix))
			outer = outer->outer;
		if (o->class == (outer ? outer->class : 0))
			continue;
		o->outer = outer;
		outer = o;
		group_add(b, d, o);
	}
	vec_free(&all);
}

static int group_cmp(const void *va, const void *vb)
{
	const struct fw_group *a = va, *b = vb;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->len != b->len)
		return a->len > b->len ? -1 : 1;
	return (a->class > b->class) - (a->class < b->class);
}

/*
 * An owner for each of the device's peers, one after the other, unless they are there already.
 * Returns the first one's number.
 */
uint32_t fw_owners_of(const struct fw_build *b, const struct device *d)
{
	uint32_t first = 1;

	vec_each(&b->out->owners, o) {
		if (!strcmp(o->ifname, d->name))
			return first;
		first++;
	}
	vec_each(&d->peers, p) {
		struct fw_owner *o = vec_add(&b->out->owners);
		const char *name = peer_name(p);

		mem_copy_str(o->ifname, IFNAME_LEN, d->name);
		o->key = p->wg.key;
		fw_text_clean(o->label, sizeof(o->label), name ? name : "");
		o->hash = fw_text_hash(o->label);
	}
	return first;
}

void fw_classify(struct fw_build *b)
{
	struct mentions m = {0};

	mentions_collect(&m, b);
	classes_collect(b, &m);
	vec_each(&b->state->devices, d) {
		struct fw_member *member = vec_add(&b->members);
		struct fw_class class;

		member->device = d;
		member->open = device_is_open(b, &m, d, &class);
		if (member->open)
			member->class = class_number(b, &class);
		else
			device_group(b, &m, d);
	}
	vec_sort(&b->groups, group_cmp);
	vec_free(&m.zones);
	vec_free(&m.peers);
}

void fw_build_free(struct fw_build *b)
{
	vec_each(&b->groups, g)
		vec_free(&g->over);
	vec_free(&b->groups);
	vec_free(&b->members);
	vec_free(&b->classes);
}

/* The first element not below key, by halves. */
static uint32_t lower_bound(const struct fw_elems *elems, const struct fw_elem *key)
{
	uint32_t low = 0, high = elems->len;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fw_elem_cmp(&elems->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Elements are sorted, so those inside p are next to each other, beginning at p's own address. */
static bool group_overlaps(const struct fw_build *b, const struct fw_group *g,
			   const struct prefix *p)
{
	const struct fw_elems *elems = &b->out->sets.at[g->set - 1].elems;
	struct prefix probe = prefix_from(&p->addr, p->len < g->len ? p->len : g->len);
	struct prefix found = {.addr.family = g->family, .len = g->len};
	struct fw_elem key;
	uint32_t i;

	if (p->addr.family != g->family)
		return false;
	memcpy(key.key, probe.addr.bytes, sizeof(key.key));
	i = lower_bound(elems, &key);
	if (i == elems->len)
		return false;
	memcpy(found.addr.bytes, elems->at[i].key, sizeof(found.addr.bytes));
	return prefix_covers(&probe, &found);
}

bool fw_class_overlaps(const struct fw_build *b, uint32_t class, const struct prefix *p)
{
	vec_each(&b->groups, g)
		if (g->class == class && group_overlaps(b, g, p))
			return true;
	return false;
}

bool fw_class_is_on(const struct fw_build *b, uint32_t class, const char *ifname)
{
	vec_each(&b->groups, g)
		if (g->class == class && !strcmp(g->device->name, ifname))
			return true;
	return false;
}
