// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pairs of a primary and its standby, when all peers are known: what moves between them takes the
 * zone and the netmaps of whoever has it, so that a policy means something else after it moved.
 * That may be what is wanted, and is said.
 */
#include "conf_keys.h"
#include "conf_problems.h"

static bool netmap_equal(const struct netmap *a, const struct netmap *b)
{
	return !prefix_cmp(&a->inside, &b->inside) && !prefix_cmp(&a->outside, &b->outside);
}

/* The first map that the other has not; NULL: each is there. */
static const struct netmap *netmap_lacking(const struct peer_conf *p, const struct peer_conf *other)
{
	vec_each(&p->netmaps, map) {
		bool there = false;

		vec_each(&other->netmaps, o)
			there = there || netmap_equal(map, o);
		if (!there)
			return map;
	}
	return NULL;
}

static void check_pair(struct conf *c, const struct peer_conf *standby,
		       const struct peer_conf *primary)
{
	const char *name = *standby->name ? standby->name : "the standby";
	const struct netmap *map = netmap_lacking(primary, standby);
	char inside[PREFIX_STRLEN];

	if (strcmp(standby->zone, primary->zone) != 0)
		conf_problem_add(
			c->problems, standby->place, true,
			"standby_for: %s is in the zone \"%s\" and %s, at %s:%u, in \"%s\": "
			"policies take what moves for the zone of the one that has it",
			name, standby->zone, primary->name, primary->place.file,
			primary->place.line, primary->zone);
	if (map)
		conf_problem_add(
			c->problems, standby->place, true,
			"standby_for: %s has no netmap of %s, as %s has at %s:%u: while %s "
			"serves it is known by its own addresses",
			name, prefix_format(&map->inside, inside), primary->name, map->place.file,
			map->place.line, name);
}

/* A peer and where it stands. */
struct named {
	const char *name;
	uint32_t iface, nth; /* in the files */
	const struct peer_conf *peer;
};
VEC_TYPE(named_list, struct named);

static int named_cmp(const void *va, const void *vb)
{
	const struct named *a = va, *b = vb;
	int c = strcmp(a->name, b->name);

	if (!c)
		c = (a->iface > b->iface) - (a->iface < b->iface);
	return c ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

static void collect(struct named_list *list, const struct config *config)
{
	for (uint32_t i = 0; i < config->interfaces.len; i++) {
		vec_each(&config->interfaces.at[i].peers, p) {
			struct named *n = *p->name ? vec_add(list) : NULL;

			if (n)
				*n = (struct named){p->name, i, list->len, p};
		}
	}
	vec_sort(list, named_cmp);
}

/* The first of this name on interface number iface or a later one. */
static const struct named *named_from(const struct named_list *list, const char *name,
				      uint32_t iface)
{
	const struct named want = {.name = name, .iface = iface};
	uint32_t n = vec_from(list, &want, named_cmp);

	return n < list->len && !strcmp(list->at[n].name, name) ? &list->at[n] : NULL;
}

/* As plan/standby.c finds it: on the same interface first. */
static const struct peer_conf *primary_find(const struct named_list *list, const char *name,
					    uint32_t iface)
{
	const struct named *found = named_from(list, name, iface);

	if (!found || found->iface != iface)
		found = named_from(list, name, 0);
	return found ? found->peer : NULL;
}

void conf_check_standbys(struct conf *c)
{
	struct named_list list = {0};

	if (conf_problems_serious(c->problems))
		return;
	collect(&list, c->config);
	for (uint32_t i = 0; i < c->config->interfaces.len; i++) {
		vec_each(&c->config->interfaces.at[i].peers, p) {
			const struct peer_conf *primary = NULL;

			if (*p->standby_for)
				primary = primary_find(&list, p->standby_for, i);
			if (primary)
				check_pair(c, p, primary);
		}
	}
	vec_free(&list);
}
