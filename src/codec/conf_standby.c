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

/* As plan/standby.c finds it: on the same interface first. */
static const struct peer_conf *primary_on(const struct iface_conf *i, const char *name)
{
	vec_each(&i->peers, p)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static const struct peer_conf *primary_find(const struct config *config, const struct iface_conf *i,
					    const char *name)
{
	const struct peer_conf *p = primary_on(i, name);

	vec_each(&config->interfaces, other)
		p = p ? p : primary_on(other, name);
	return p;
}

void conf_check_standbys(struct conf *c)
{
	if (conf_problems_serious(c->problems))
		return;
	vec_each(&c->config->interfaces, i) {
		vec_each(&i->peers, p) {
			const struct peer_conf *primary = NULL;

			if (*p->standby_for)
				primary = primary_find(c->config, i, p->standby_for);
			if (primary)
				check_pair(c, p, primary);
		}
	}
}
