// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NETMAP: the prefix of a network behind a peer, and the one by which it is known here. Two peers
 * may share neither, unless one stands by for the other: a packet could not be for both.
 */
#include "conf_keys.h"
#include "conf_problems.h"

static void read_side(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		      void *field)
{
	const char *text = conf_text(c, s);
	struct prefix *p = field;
	(void)k;

	if (text && conf_prefix(c, s, text, p) && !p->len)
		conf_problem(c, s, "%s is everything, and cannot be mapped", text);
}

static const struct conf_key netmap_keys[] = {
	{"inside", read_side, CONF_FIELD(struct netmap, inside)},
	{"outside", read_side, CONF_FIELD(struct netmap, outside)},
	{0},
};

const struct conf_group conf_netmap_group = {"netmap", netmap_keys};

/* One address becomes one address: both sides have the same number of them. */
static void check_pair(struct conf *c, const config_setting_t *s, const struct netmap *map)
{
	char in[PREFIX_STRLEN], out[PREFIX_STRLEN];

	prefix_format(&map->inside, in);
	prefix_format(&map->outside, out);
	if (map->inside.addr.family != map->outside.addr.family)
		conf_problem(c, s, "inside %s and outside %s are not of one family", in, out);
	else if (map->inside.len != map->outside.len)
		conf_problem(c, s, "inside %s and outside %s have different lengths", in, out);
	else if (!prefix_cmp(&map->inside, &map->outside))
		conf_problem(c, s, "inside and outside are both %s: that changes nothing", in);
}

static void add_netmap(struct conf *c, const config_setting_t *s, void *out)
{
	struct netmap *map = vec_add((struct netmaps *)out);

	map->place = conf_place(c, s);
	conf_read_keys(c, &conf_netmap_group, s, map);
	if (!conf_member(s, "inside") || !conf_member(s, "outside"))
		conf_problem(c, s,
			     "needs inside, the prefix at the peer, and outside, the one here");
	else if (map->inside.len && map->outside.len)
		check_pair(c, s, map);
}

void conf_read_netmaps(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field)
{
	(void)k;
	conf_each_group(c, s, add_netmap, field);
}

/* --- when all are known --------------------------------------------------------------------- */

static bool overlap(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

static bool stand_in(const struct peer_conf *a, const struct peer_conf *b)
{
	return a != b && ((*b->name && !strcmp(a->standby_for, b->name)) ||
			  (*a->name && !strcmp(b->standby_for, a->name)));
}

static void refuse(struct conf *c, const char *side, const struct prefix *p,
		   const struct prefix *other, const struct netmap *at, const struct netmap *first)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	conf_problem_add(c->problems, at->place, false, "netmap: %s %s overlaps %s at %s:%u", side,
			 prefix_format(p, a), prefix_format(other, b), first->place.file,
			 first->place.line);
}

/* A map and one that comes before it; inside is a matter of one interface only. */
static void check_two(struct conf *c, const struct netmap *at, const struct netmap *first,
		      bool same_iface)
{
	if (overlap(&at->outside, &first->outside))
		refuse(c, "outside", &at->outside, &first->outside, at, first);
	if (same_iface && overlap(&at->inside, &first->inside))
		refuse(c, "inside", &at->inside, &first->inside, at, first);
}

static void check_before(struct conf *c, const struct iface_conf *i, const struct peer_conf *p,
			 const struct netmap *at)
{
	for (const struct iface_conf *j = c->config->interfaces.at; j <= i; j++) {
		vec_each(&j->peers, q) {
			if (j == i && q > p)
				break;
			vec_each(&q->netmaps, first) {
				if (q == p && first >= at)
					break;
				if (!stand_in(p, q))
					check_two(c, at, first, i == j);
			}
		}
	}
}

void conf_check_netmaps(struct conf *c)
{
	if (conf_problems_serious(c->problems))
		return; /* a prefix that was not understood says nothing */
	vec_each(&c->config->interfaces, i)
		vec_each(&i->peers, p)
			vec_each(&p->netmaps, map)
				check_before(c, i, p, map);
}
