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

/* One side of a map, and the first in the files of those that it may not overlap and does. */
struct mapped {
	const struct prefix *prefix;
	const struct iface_conf *iface; /* inside is a matter of one; NULL for outside */
	const struct peer_conf *peer;
	const struct netmap *map;
	uint32_t nth; /* in the files */
	const struct mapped *first;
};
VEC_TYPE(mapped_list, struct mapped);

/* A covering prefix comes before those in it. */
static int mapped_cmp(const void *va, const void *vb)
{
	const struct mapped *a = va, *b = vb;
	int c = prefix_cmp(a->prefix, b->prefix);

	if (a->iface != b->iface)
		return a->iface < b->iface ? -1 : 1;
	return c ? c : a->nth < b->nth ? -1 : 1;
}

static bool covers(const struct mapped *a, const struct mapped *b)
{
	return a->iface == b->iface && prefix_covers(a->prefix, b->prefix);
}

static bool stand_in(const struct peer_conf *a, const struct peer_conf *b)
{
	return a != b && ((*b->name && !strcmp(a->standby_for, b->name)) ||
			  (*a->name && !strcmp(b->standby_for, a->name)));
}

static void overlap(struct mapped *a, struct mapped *b)
{
	struct mapped *at = a->nth > b->nth ? a : b, *first = at == a ? b : a;

	if ((!at->first || first->nth < at->first->nth) && !stand_in(a->peer, b->peer))
		at->first = first;
}

/* Sorted, the ones around each are those before it that are still open. */
static void find_overlaps(struct mapped_list *list)
{
	VEC(struct mapped *) around = {0};

	vec_sort(list, mapped_cmp);
	vec_each(list, m) {
		while (around.len && !covers(around.at[around.len - 1], m))
			around.len--;
		vec_each(&around, a)
			overlap(*a, m);
		*vec_add(&around) = m;
	}
	vec_free(&around);
}

static void refuse(struct conf *c, const char *side, const struct mapped *m)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN];

	conf_problem_add(c->problems, m->map->place, false, "netmap: %s %s overlaps %s at %s:%u",
			 side, prefix_format(m->prefix, a), prefix_format(m->first->prefix, b),
			 m->first->map->place.file, m->first->map->place.line);
}

static void collect(struct mapped_list *list, const struct config *config, bool inside)
{
	vec_each(&config->interfaces, i) {
		vec_each(&i->peers, p) {
			vec_each(&p->netmaps, map) {
				struct mapped *m = vec_add(list);

				m->prefix = inside ? &map->inside : &map->outside;
				m->iface = inside ? i : NULL;
				m->peer = p;
				m->map = map;
				m->nth = list->len;
			}
		}
	}
}

static void check_side(struct conf *c, bool inside)
{
	struct mapped_list list = {0};

	collect(&list, c->config, inside);
	find_overlaps(&list);
	vec_each(&list, m)
		if (m->first)
			refuse(c, inside ? "inside" : "outside", m);
	vec_free(&list);
}

void conf_check_netmaps(struct conf *c)
{
	if (conf_problems_serious(c->problems))
		return; /* a prefix that was not understood says nothing */
	check_side(c, true);
	check_side(c, false);
}
