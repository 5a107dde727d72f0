// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zones, and the names that policies may use.
 *
 * The names of all zones and peers are collected from the tree before anything else is read, so
 * that a policy can be judged where it stands, whatever comes first in the file. A packet must be
 * in one zone or none: prefixes and interfaces of different zones may not overlap.
 */
#include "conf_keys.h"
#include "conf_problems.h"

/* What a policy takes for something else than a name that the file gives. */
static bool reserved(const char *name)
{
	return !strcmp(name, "any") || !strcmp(name, "local") || !strcmp(name, "peers");
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(((const struct conf_name *)a)->text, ((const struct conf_name *)b)->text);
}

static int nth_cmp(const void *va, const void *vb)
{
	const struct conf_name *a = va, *b = vb;
	int c = name_cmp(a, b);

	return c ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

const config_setting_t *conf_find_name(const struct conf_names *names, const char *text)
{
	const struct conf_name want = {.text = text}, *found = vec_find(names, &want, name_cmp);

	return found ? found->setting : NULL;
}

static void collect(struct conf_names *names, const config_setting_t *group, const char *key)
{
	const config_setting_t *s = conf_member(group, key);
	uint32_t nth = names->len;

	if (s && config_setting_type(s) == CONFIG_TYPE_STRING)
		*vec_add(names) = (struct conf_name){config_setting_get_string(s), s, nth};
}

/* Of those with one text the first stays. */
static void collected(struct conf_names *names)
{
	uint32_t kept = 0;

	vec_sort(names, nth_cmp);
	vec_each(names, n)
		if (!kept || name_cmp(&names->at[kept - 1], n))
			names->at[kept++] = *n;
	names->len = kept;
}

/* Calls on() for what is in a list; what is wrong with it, the walk will tell. */
static void each(struct conf *c, const config_setting_t *list,
		 void (*on)(struct conf *c, const config_setting_t *s))
{
	if (!list || !config_setting_is_list(list))
		return;
	for (int i = 0; i < config_setting_length(list); i++)
		on(c, config_setting_get_elem(list, (unsigned int)i));
}

static void collect_zone(struct conf *c, const config_setting_t *s)
{
	collect(&c->zones, s, "name");
}

static void collect_peer(struct conf *c, const config_setting_t *s)
{
	collect(&c->peers, s, "name");
	collect(&c->zones, s, "zone");
}

static void collect_interface(struct conf *c, const config_setting_t *s)
{
	each(c, conf_member(s, "peers"), collect_peer);
}

void conf_collect_names(struct conf *c, const config_setting_t *root)
{
	each(c, conf_member(root, "zones"), collect_zone);
	each(c, conf_member(root, "interfaces"), collect_interface);
	collected(&c->zones);
	collected(&c->peers);
}

void conf_read_peer_name(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			 void *field)
{
	conf_read_name(c, k, s, field);
	if (reserved(field))
		conf_problem(c, s, "\"%s\" has a meaning of its own in policies", (char *)field);
}

void conf_read_peer_zone(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			 void *field)
{
	struct prefix p;

	conf_read_name(c, k, s, field);
	if (reserved(field) && strcmp(field, "peers") != 0)
		conf_problem(c, s, "\"%s\" has a meaning of its own in policies", (char *)field);
	if (!prefix_parse(&p, field, NULL))
		conf_problem(c, s, "\"%s\" is a prefix and cannot be a zone's name", (char *)field);
}

static void read_zone_name(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			   void *field)
{
	conf_read_peer_zone(c, k, s, field);
	if (!strcmp(field, "peers"))
		conf_problem(c, s, "\"peers\" is the zone of every peer without one of its own");
}

static void add_prefix(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct zone_conf *z = out;
	struct prefix p;

	if (!conf_prefix(c, s, text, &p))
		return;
	*vec_add(&z->prefixes) = p;
	*vec_add(&c->zone_prefixes) = (struct conf_zone_prefix){
		.prefix = p, .zone = c->config->zones.len - 1, .setting = s};
}

static void read_prefixes(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			  void *field)
{
	(void)k;
	conf_each_text(c, s, add_prefix, field);
}

static void add_interface(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct zone_conf *z = out;

	if (!conf_ifname_valid(text) || strpbrk(text, "*?[")) {
		conf_problem(c, s, "\"%s\" is no name of a network interface", text);
		return;
	}
	vec_each(&c->config->zones, other)
		vec_each(&other->interfaces, i)
			if (!strcmp(i->name, text))
				conf_problem(c, s, "\"%s\" is already in zone \"%s\" at %s:%u",
					     text, other->name, other->place.file,
					     other->place.line);
	mem_copy_str(vec_add(&z->interfaces)->name, IFNAME_LEN, text);
}

static void read_interfaces(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			    void *field)
{
	(void)k;
	conf_each_text(c, s, add_interface, field);
}

static const struct conf_key zone_keys[] = {
	{"name", read_zone_name, CONF_FIELD(struct zone_conf, name)},
	{"prefixes", read_prefixes, CONF_NO_FIELD},
	{"interfaces", read_interfaces, CONF_NO_FIELD},
	{0},
};

const struct conf_group conf_zone_group = {"zones", zone_keys};

static void read_zone(struct conf *c, const config_setting_t *s, void *out)
{
	struct zone_conf *z = vec_add(&c->config->zones);
	(void)out;

	z->place = conf_place(c, s);
	conf_read_keys(c, &conf_zone_group, s, z);
	if (!conf_member(s, "name"))
		conf_problem(c, s, "a zone needs a name");
	for (struct zone_conf *other = c->config->zones.at; other < z; other++)
		if (*z->name && !strcmp(other->name, z->name))
			conf_twice(c, s, z->name, other->place);
}

void conf_read_zones(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field)
{
	(void)k;
	conf_each_group(c, s, read_zone, field);
}

/* By prefix, a covering one first; the same one in the order of the file. */
static int zone_prefix_cmp(const void *va, const void *vb)
{
	const struct conf_zone_prefix *a = va, *b = vb;
	unsigned int la = config_setting_source_line(a->setting);
	unsigned int lb = config_setting_source_line(b->setting);
	int c = prefix_cmp(&a->prefix, &b->prefix);

	return c ? c : (la > lb) - (la < lb);
}

/* Said at the later of the two. */
static void refuse_overlap(struct conf *c, const struct conf_zone_prefix *a,
			   const struct conf_zone_prefix *b)
{
	bool a_later =
		config_setting_source_line(a->setting) > config_setting_source_line(b->setting);
	const struct conf_zone_prefix *at = a_later ? a : b, *first = a_later ? b : a;
	struct place place = conf_place(c, first->setting);
	char one[PREFIX_STRLEN], other[PREFIX_STRLEN];

	conf_problem(c, at->setting, "%s of zone \"%s\" overlaps %s of zone \"%s\" at %s:%u",
		     prefix_format(&at->prefix, one), c->config->zones.at[at->zone].name,
		     prefix_format(&first->prefix, other), c->config->zones.at[first->zone].name,
		     place.file, place.line);
}

/* Sorted, each prefix comes after all that cover it; outer leads from one to the next. */
static void check_overlaps(struct conf *c)
{
	const struct conf_zone_prefix *outer = NULL;

	vec_sort(&c->zone_prefixes, zone_prefix_cmp);
	vec_each(&c->zone_prefixes, p) {
		while (outer && !prefix_covers(&outer->prefix, &p->prefix))
			outer = outer->outer;
		if (outer && outer->zone != p->zone)
			refuse_overlap(c, outer, p);
		p->outer = outer;
		outer = p;
	}
}

static void check_names(struct conf *c)
{
	vec_each(&c->zones, z) {
		const config_setting_t *peer = conf_find_name(&c->peers, z->text);
		struct place place;

		if (!peer)
			continue;
		place = conf_place(c, peer);
		conf_problem(c, z->setting,
			     "zone \"%s\" has the name of a peer at %s:%u, a policy could not "
			     "tell them apart",
			     z->text, place.file, place.line);
	}
}

static bool has_peers(const struct config *config, const char *zone)
{
	vec_each(&config->interfaces, i)
		vec_each(&i->peers, p)
			if (!strcmp(p->zone, zone))
				return true;
	return false;
}

static void note_empty(struct conf *c)
{
	vec_each(&c->config->zones, z)
		if (!z->prefixes.len && !z->interfaces.len && !has_peers(c->config, z->name))
			conf_problem_add(c->problems, z->place, true,
					 "zone \"%s\" has no prefixes, interfaces or peers: "
					 "nothing is in it",
					 z->name);
}

void conf_check_zones(struct conf *c)
{
	check_overlaps(c);
	check_names(c);
	note_empty(c);
}
