// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The peers of one interface: who they are, where they are reached, and what is different for one
 * of them. A peer is known by its key, or by a name that an imported file gives to a key.
 */
#include "codec/import.h"
#include "conf_keys.h"

static void read_key(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field)
{
	struct peer_conf *p = field;
	const char *text = conf_text(c, s);
	(void)k;

	if (!text)
		return;
	if (key_parse(&p->key, text))
		conf_problem(c, s, "not 44 characters of base64 as `wg show` prints");
	else
		p->has_key = true;
}

static bool spec_equal(const struct endpoint_spec *a, const struct endpoint_spec *b)
{
	return a->kind == b->kind && a->port == b->port && !strcmp(a->host, b->host) &&
	       !endpoint_cmp(&a->address, &b->address);
}

struct endpoint_list {
	struct peer_conf *peer;
	VEC(const config_setting_t *) settings; /* one for each of the peer's endpoints */
};

static void add_endpoint(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct endpoint_list *list = out;
	struct endpoint_spec spec;
	char host[HOST_LEN];
	const char *why = "";

	if (endpoint_spec_parse(&spec, host, text, &why)) {
		conf_problem(c, s, "\"%s\": %s", text, why);
		return;
	}
	for (uint32_t i = 0; i < list->settings.len; i++)
		if (spec_equal(&list->peer->endpoints.at[i], &spec))
			conf_twice(c, s, text, conf_place(c, list->settings.at[i]));
	spec.host = texts_keep(&c->config->texts, spec.host);
	*vec_add(&list->peer->endpoints) = spec;
	*vec_add(&list->settings) = s;
}

static void read_endpoint(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			  void *field)
{
	struct endpoint_list list = {.peer = field};
	(void)k;

	conf_each_text(c, s, add_endpoint, &list);
	vec_free(&list.settings);
}

static bool imported(const struct conf *c, const char *name)
{
	return c->env->imported_peer && c->env->imported_peer(c->env->ctx, name);
}

/* at is the name of the peer that is stood by for, s the key of the one that does. */
static void check_standby(struct conf *c, const config_setting_t *s, const config_setting_t *at)
{
	const config_setting_t *primary = config_setting_parent(at);
	const config_setting_t *next = conf_member(primary, "standby_for");

	if (primary == config_setting_parent(s))
		conf_problem(c, s, "a peer cannot stand by for itself");
	else if (next)
		conf_problem(c, s,
			     "\"%s\" is a standby itself, at %s:%u: let both stand by for one peer",
			     config_setting_get_string(at), conf_place(c, next).file,
			     conf_place(c, next).line);
}

static void read_standby_for(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			     void *field)
{
	const char *name = field;
	const config_setting_t *at;

	conf_read_name(c, k, s, field);
	if (!*name)
		return;
	c->config->standbys++;
	at = conf_find_name(&c->peers, name);
	if (at)
		check_standby(c, s, at);
	else if (!imported(c, name))
		conf_problem(c, s, "no peer is named \"%s\"", name);
}

/* true, or where in the tunnel the hub serves: an address, or one with a port. */
static void read_exchange(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			  void *field)
{
	struct peer_conf *p = field;
	const char *text;
	(void)k;

	if (config_setting_type(s) == CONFIG_TYPE_BOOL) {
		p->exchange = config_setting_get_bool(s);
		return;
	}
	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		conf_wrong_type(c, s, "true, false or the hub's address inside the tunnel");
		return;
	}
	text = conf_text(c, s);
	if (!text)
		return;
	if ((addr_parse(&p->exchange_at.addr, text) && endpoint_parse(&p->exchange_at, text)) ||
	    addr_is_unusable(&p->exchange_at.addr))
		conf_problem(c, s, "\"%s\" is neither true nor the hub's address inside the tunnel",
			     text);
	else
		p->exchange = true;
}

static void read_direct(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			void *field)
{
	static const struct conf_word words[] = {{"always", DIRECT_ALWAYS}, {0}};
	struct peer_conf *p = field;
	const char *text;
	int64_t mode;
	(void)k;

	if (config_setting_type(s) == CONFIG_TYPE_BOOL) {
		p->direct = config_setting_get_bool(s) ? DIRECT_YES : DIRECT_NO;
		return;
	}
	text = conf_text(c, s);
	if (text && conf_word(c, s, text, words, &mode))
		p->direct = (enum direct_mode)mode;
}

static void add_allowed_ip(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct peer_conf *p = out;
	struct prefix prefix;

	if (conf_prefix(c, s, text, &prefix))
		*vec_add(&p->allowed_ips) = prefix;
}

static void read_allowed_ips(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			     void *field)
{
	(void)k;
	conf_each_text(c, s, add_allowed_ip, field);
}

static const struct conf_key peer_keys[] = {
	{"public_key", read_key, CONF_NO_FIELD},
	{"name", conf_read_peer_name, CONF_FIELD(struct peer_conf, name)},
	{"endpoint", read_endpoint, CONF_NO_FIELD},
	{"return_after", conf_read_seconds, CONF_FIELD(struct peer_conf, return_after), 1000,
	 86400000},
	{"zone", conf_read_peer_zone, CONF_FIELD(struct peer_conf, zone)},
	{"keepalive", conf_read_keepalive, CONF_FIELD(struct peer_conf, keepalive)},
	{"routes", conf_read_group, CONF_FIELD(struct peer_conf, routes),
	 .group = &conf_routes_group},
	{"standby_for", read_standby_for, CONF_FIELD(struct peer_conf, standby_for)},
	{"exchange", read_exchange, CONF_NO_FIELD},
	{"direct", read_direct, CONF_NO_FIELD},
	{"allowed_ips", read_allowed_ips, CONF_NO_FIELD},
	{"netmap", conf_read_netmaps, CONF_FIELD(struct peer_conf, netmaps),
	 .group = &conf_netmap_group},
	{0},
};

const struct conf_group conf_peer_group = {"peers", peer_keys};

/* The peers of an interface while they are read, each with its group in the file. */
struct read_peers {
	struct iface_conf *iface;
	VEC(const config_setting_t *) groups; /* as many as iface->peers, in their order */
};

static void read_peer(struct conf *c, const config_setting_t *s, void *out)
{
	struct read_peers *r = out;
	struct iface_conf *i = r->iface;
	struct peer_conf *p = vec_add(&i->peers);

	*vec_add(&r->groups) = s;
	mem_copy_str(p->zone, sizeof(p->zone), "peers");
	p->keepalive = i->keepalive;
	p->return_after = 300000;
	routes_conf_copy(&p->routes, &i->routes);
	p->place = conf_place(c, s);
	conf_read_keys(c, &conf_peer_group, s, p);
	if (p->exchange && p->direct != DIRECT_NO) {
		conf_note(c, conf_member(s, "direct"),
			  "this peer serves the exchange: it is the hub, which is always reached "
			  "without a hub");
		p->direct = DIRECT_NO;
	}
	i->directs += p->direct != DIRECT_NO;
	if (p->allowed_ips.len && p->direct == DIRECT_NO && !*p->standby_for)
		conf_note(c, conf_member(s, "allowed_ips"),
			  "nothing moves to a peer without direct or standby_for; what it has "
			  "otherwise is set with wg");
	if (!conf_member(s, "public_key") && !conf_member(s, "name"))
		conf_problem(c, s, "a peer needs a public_key, or a name that an import knows");
}

/* What no two peers of an interface may have in common: a key, or a name. */
struct word {
	char text[NAME_LEN];
	uint32_t peer; /* whose it is, in the order of the file */
};
VEC_TYPE(words, struct word);
_Static_assert(NAME_LEN >= KEY_STRLEN, "a key fits where a name does");

static int word_cmp(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int c = strcmp(x->text, y->text);

	return c ? c : (x->peer > y->peer) - (x->peer < y->peer);
}

static void check_unique(struct conf *c, const struct read_peers *r, struct words *words,
			 const char *member)
{
	vec_sort(words, word_cmp);
	for (uint32_t i = 1; i < words->len; i++) {
		const struct word *w = &words->at[i], *before = w - 1;

		if (!strcmp(w->text, before->text))
			conf_twice(c, conf_member(r->groups.at[w->peer], member), w->text,
				   r->iface->peers.at[before->peer].place);
	}
}

static void check_peers(struct conf *c, const struct read_peers *r)
{
	const struct peer_conf *first = r->iface->peers.at;
	struct words keys = {0}, names = {0};

	vec_each(&r->iface->peers, p) {
		struct word w = {.peer = (uint32_t)(p - first)};

		if (p->has_key) {
			key_format(&p->key, w.text);
			*vec_add(&keys) = w;
		}
		mem_copy_str(w.text, sizeof(w.text), p->name);
		if (*p->name)
			*vec_add(&names) = w;
	}
	check_unique(c, r, &keys, "public_key");
	check_unique(c, r, &names, "name");
	vec_free(&keys);
	vec_free(&names);
}

void conf_read_peers(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field)
{
	struct read_peers r = {.iface = field};

	(void)k;
	conf_each_group(c, s, read_peer, &r);
	check_peers(c, &r);
	vec_free(&r.groups);
}
