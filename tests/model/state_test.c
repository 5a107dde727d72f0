// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The observed state: devices that follow links, peers that are joined with what the
 * configuration and other programs' files say of them.
 */
#include "support/test.h"

#include <string.h>

#include "model/state.h"

struct fixture {
	struct config *config;
	struct imports imports;
	struct state state;
};

static struct fixture begin(void)
{
	return (struct fixture){.config = config_new()};
}

static void end(struct fixture *f)
{
	state_free(&f->state);
	imports_free(&f->imports);
	config_free(f->config);
}

static struct link *link_add(struct fixture *f, uint32_t ifindex, const char *name)
{
	struct link *l = vec_add(&f->state.links);

	*l = (struct link){.ifindex = ifindex, .mtu = 1420, .up = true, .wireguard = true};
	mem_copy_str(l->name, sizeof(l->name), name);
	return l;
}

static bool sync_devices(struct fixture *f)
{
	imports_sort(&f->imports);
	return state_sync_devices(&f->state, f->config, &f->imports);
}

static struct iface_conf *iface_add(struct fixture *f, const char *name)
{
	struct iface_conf *i = vec_add(&f->config->interfaces);

	iface_conf_copy(i, &f->config->defaults);
	mem_copy_str(i->name, sizeof(i->name), name);
	return i;
}

static struct key key_of(uint8_t n)
{
	return (struct key){{n}};
}

/* What a dump of the device would do. */
static void peers_are(struct device *d, const uint8_t *keys, uint32_t n)
{
	struct device_merge m;

	device_merge_begin(&m, d, (struct moment){.now = 1000, .wall = 1780000000000LL});
	for (uint32_t i = 0; i < n; i++) {
		struct wg_peer w = {.key = key_of(keys[i])};

		device_merge_peer(&m, &w);
	}
	device_merge_end(&m, true);
}

static struct peer_conf *peer_add(struct iface_conf *i, uint8_t key, const char *name)
{
	struct peer_conf *p = vec_add(&i->peers);

	p->has_key = key != 0;
	p->key = key_of(key);
	mem_copy_str(p->name, sizeof(p->name), name);
	routes_conf_copy(&p->routes, &i->routes);
	p->keepalive = i->keepalive;
	return p;
}

static struct import_peer *import_add(struct fixture *f, const char *ifname, uint8_t key,
				      const char *name)
{
	struct import_peer *p = vec_add(&f->imports.peers);

	mem_copy_str(p->ifname, sizeof(p->ifname), ifname);
	p->key = key_of(key);
	p->name = name;
	return p;
}

static void devices_follow_links(void **state)
{
	struct fixture f = begin();
	(void)state;

	link_add(&f, 9, "wg1");
	link_add(&f, 2, "eth0")->wireguard = false;
	link_add(&f, 3, "wg0");
	assert_true(sync_devices(&f));
	assert_int_equal(f.state.devices.len, 2);	    /* eth0 is none */
	assert_int_equal(f.state.devices.at[0].ifindex, 3); /* sorted by ifindex */
	assert_int_equal(f.state.devices.at[1].ifindex, 9);
	assert_string_equal(f.state.devices.at[1].name, "wg1");
	assert_ptr_equal(f.state.devices.at[0].conf, &f.config->defaults);
	assert_null(state_device(&f.state, 2));
	assert_false(sync_devices(&f)); /* nothing new */
	f.state.links.len = 0;
	assert_true(sync_devices(&f));
	assert_int_equal(f.state.devices.len, 0);
	end(&f);
}

static void up_and_mtu_are_changes(void **state)
{
	struct fixture f = begin();
	struct link *l = link_add(&f, 3, "wg0");
	(void)state;

	sync_devices(&f);
	l->up = false;
	assert_true(sync_devices(&f));
	assert_false(f.state.devices.at[0].up);
	l->mtu = 1380;
	assert_true(sync_devices(&f));
	assert_int_equal(f.state.devices.at[0].mtu, 1380);
	assert_false(sync_devices(&f));
	end(&f);
}

/* What is known of other devices stays where it is when one comes or goes. */
static void others_keep_their_peers(void **state)
{
	static const uint8_t keys[] = {1, 2};
	struct fixture f = begin();
	(void)state;

	link_add(&f, 5, "wg5");
	sync_devices(&f);
	peers_are(state_device(&f.state, 5), keys, 2);
	f.state.devices.at[0].peers.at[1].generation = 3;
	link_add(&f, 4, "wg4");
	link_add(&f, 6, "wg6");
	assert_true(sync_devices(&f));
	assert_int_equal(state_device(&f.state, 5)->peers.len, 2);
	assert_int_equal(state_device(&f.state, 5)->peers.at[1].generation, 3);
	f.state.links.at[1] = f.state.links.at[2];
	f.state.links.len = 2;
	assert_true(sync_devices(&f));
	assert_null(state_device(&f.state, 4));
	assert_int_equal(state_device(&f.state, 5)->peers.at[1].generation, 3);
	end(&f);
}

/* A rename is a removal: another entry of the configuration may apply now. */
static void a_rename_starts_afresh(void **state)
{
	static const uint8_t keys[] = {1};
	struct fixture f = begin();
	struct link *l = link_add(&f, 3, "wg0");
	struct iface_conf *site = iface_add(&f, "site*");
	(void)state;

	sync_devices(&f);
	peers_are(&f.state.devices.at[0], keys, 1);
	f.state.devices.at[0].readable = true;
	mem_copy_str(l->name, sizeof(l->name), "site7");
	assert_true(sync_devices(&f));
	assert_int_equal(f.state.devices.len, 1);
	assert_int_equal(f.state.devices.at[0].peers.len, 0);
	assert_false(f.state.devices.at[0].readable);
	assert_ptr_equal(f.state.devices.at[0].conf, site);
	end(&f);
}

/* Deleted and made again, with the same name and another index, within one look. */
static void made_again_starts_afresh(void **state)
{
	static const uint8_t keys[] = {1};
	struct fixture f = begin();
	struct link *l = link_add(&f, 3, "wg0");
	(void)state;

	sync_devices(&f);
	peers_are(&f.state.devices.at[0], keys, 1);
	l->ifindex = 12;
	assert_true(sync_devices(&f));
	assert_null(state_device(&f.state, 3));
	assert_int_equal(state_device(&f.state, 12)->peers.len, 0);
	end(&f);
}

/* The index of a deleted interface may come back as something else. */
static void not_wireguard_any_more(void **state)
{
	struct fixture f = begin();
	struct link *l = link_add(&f, 3, "wg0");
	(void)state;

	sync_devices(&f);
	l->wireguard = false;
	assert_true(sync_devices(&f));
	assert_int_equal(f.state.devices.len, 0);
	end(&f);
}

/* In file order, the first entry whose name or glob matches; else the defaults. */
static void the_first_entry_applies(void **state)
{
	struct fixture f = begin();
	const struct iface_conf *at;
	(void)state;

	iface_add(&f, "wg0");
	iface_add(&f, "wg?");
	iface_add(&f, "wg*");
	at = f.config->interfaces.at;
	assert_ptr_equal(config_iface(f.config, "wg0"), &at[0]);
	assert_ptr_equal(config_iface(f.config, "wg1"), &at[1]);
	assert_ptr_equal(config_iface(f.config, "wg10"), &at[2]);
	assert_ptr_equal(config_iface(f.config, "tun0"), &f.config->defaults);
	end(&f);
}

/* An override never touches what it was made from. */
static void copies_are_deep(void **state)
{
	struct fixture f = begin();
	struct unreachable *u = vec_add(&f.config->defaults.routes.unreachable);
	struct iface_conf *i;
	(void)state;

	u->type = 7;
	vec_add(&f.config->defaults.firewall.policy)->action = VERDICT_REJECT;
	i = iface_add(&f, "wg0");
	assert_int_equal(i->routes.unreachable.at[0].type, 7);
	i->routes.unreachable.at[0].type = 6;
	i->firewall.policy.at[0].action = VERDICT_DROP;
	vec_add(&i->routes.unreachable);
	assert_int_equal(f.config->defaults.routes.unreachable.len, 1);
	assert_int_equal(f.config->defaults.routes.unreachable.at[0].type, 7);
	assert_int_equal(f.config->defaults.firewall.policy.at[0].action, VERDICT_REJECT);
	end(&f); /* and each is freed once */
}

/* A peer is found by its key; by the name that another program's file gives it; or not. */
static void peers_are_joined(void **state)
{
	static const uint8_t keys[] = {9, 1, 2, 3, 4};
	const struct peer_conf *one, *two;
	struct fixture f = begin();
	struct iface_conf *i = iface_add(&f, "wg0");
	const struct peer *at;
	(void)state;

	peer_add(i, 2, "two");
	peer_add(i, 0, "london-gw"); /* no key: by an imported name */
	peer_add(i, 1, "one");
	peer_add(i, 7, "in no interface");
	two = &i->peers.at[0];
	one = &i->peers.at[2];
	import_add(&f, "wg0", 3, "london-gw");
	import_add(&f, "wg0", 1, "its name in a file");
	import_add(&f, "wg1", 4, "london-gw"); /* the same name elsewhere */
	link_add(&f, 3, "wg0");
	sync_devices(&f);
	peers_are(&f.state.devices.at[0], keys, 5);
	state_join(&f.state, f.config, &f.imports);
	at = f.state.devices.at[0].peers.at;
	assert_null(at[0].conf);
	assert_null(at[0].imported);
	assert_ptr_equal(at[1].conf, one);
	assert_string_equal(at[1].imported->name, "its name in a file");
	assert_ptr_equal(at[2].conf, two);
	assert_ptr_equal(at[3].conf, &i->peers.at[1]);
	assert_null(at[4].conf);
	assert_string_equal(peer_name(&at[1]), "one"); /* ours before the file's */
	assert_string_equal(peer_name(&at[3]), "london-gw");
	assert_null(peer_name(&at[4]));
	end(&f);
}

/* A name in our file that also has a key is not given to somebody else of that name. */
static void a_key_is_stronger_than_a_name(void **state)
{
	static const uint8_t keys[] = {3};
	struct fixture f = begin();
	struct iface_conf *i = iface_add(&f, "wg0");
	(void)state;

	peer_add(i, 8, "london-gw");
	peer_add(i, 0, "paris-gw"); /* names are looked for */
	import_add(&f, "wg0", 3, "london-gw");
	link_add(&f, 3, "wg0");
	sync_devices(&f);
	peers_are(&f.state.devices.at[0], keys, 1);
	state_join(&f.state, f.config, &f.imports);
	assert_null(f.state.devices.at[0].peers.at[0].conf);
	end(&f);
}

/* A reload points everything at the new configuration. */
static void joined_again_after_a_reload(void **state)
{
	static const uint8_t keys[] = {1};
	struct fixture f = begin();
	struct imports none = {0};
	struct config *old = f.config;
	(void)state;

	peer_add(iface_add(&f, "wg0"), 1, "one");
	import_add(&f, "wg0", 1, "import");
	vec_add(&f.imports.ifaces)->routes = IMPORT_ROUTES_OFF;
	mem_copy_str(f.imports.ifaces.at[0].ifname, IFNAME_LEN, "wg0");
	link_add(&f, 3, "wg0");
	sync_devices(&f);
	peers_are(&f.state.devices.at[0], keys, 1);
	state_join(&f.state, f.config, &f.imports);
	assert_non_null(f.state.devices.at[0].peers.at[0].conf);
	assert_int_equal(f.state.devices.at[0].imported->routes, IMPORT_ROUTES_OFF);

	f.config = config_new();
	state_join(&f.state, f.config, &none);
	config_free(old);
	assert_ptr_equal(f.state.devices.at[0].conf, &f.config->defaults);
	assert_null(f.state.devices.at[0].imported);
	assert_null(f.state.devices.at[0].peers.at[0].conf);
	assert_null(f.state.devices.at[0].peers.at[0].imported);
	state_join(&f.state, f.config, NULL); /* no imports at all */
	assert_null(f.state.devices.at[0].peers.at[0].imported);
	end(&f);
}

/* What a peer is called and where it belongs, with nothing, an import, and a configuration. */
static void what_a_peer_has(void **state)
{
	struct import_peer imported = {.name = "from a file", .has_endpoint = true};
	struct fixture f = begin();
	struct peer_conf *conf = peer_add(&f.config->defaults, 1, "");
	struct device d = {.conf = &f.config->defaults};
	struct peer p = {.wg.key = key_of(1)};
	char buf[KEY_STRLEN];
	(void)state;

	assert_string_equal(peer_label(&p, buf), "AQAAAAAA…");
	assert_string_equal(peer_zone(&p), "peers");
	assert_ptr_equal(peer_routes(&d, &p), &d.conf->routes);
	assert_ptr_equal(peer_keepalive(&d, &p), &d.conf->keepalive);
	assert_null(peer_endpoint_spec(&p));
	p.imported = &imported;
	assert_string_equal(peer_label(&p, buf), "from a file");
	assert_ptr_equal(peer_endpoint_spec(&p), &imported.endpoint);
	imported.has_endpoint = false;
	assert_null(peer_endpoint_spec(&p));
	imported.has_endpoint = true;
	p.conf = conf;
	assert_string_equal(peer_label(&p, buf), "from a file"); /* ours has no name */
	assert_ptr_equal(peer_endpoint_spec(&p), &imported.endpoint);
	assert_ptr_equal(peer_routes(&d, &p), &conf->routes);
	assert_ptr_equal(peer_keepalive(&d, &p), &conf->keepalive);
	mem_copy_str(conf->name, sizeof(conf->name), "ours");
	mem_copy_str(conf->zone, sizeof(conf->zone), "sites");
	vec_add(&conf->endpoints)->port = 7;
	assert_string_equal(peer_label(&p, buf), "ours");
	assert_string_equal(peer_zone(&p), "sites");
	assert_ptr_equal(peer_endpoint_spec(&p), &conf->endpoints.at[0]);
	end(&f);
}

static void imports_are_found_by_interface_and_key(void **state)
{
	struct key one = key_of(1), two = key_of(2), six = key_of(6);
	struct fixture f = begin();
	(void)state;

	for (uint8_t n = 5; n > 0; n--) {
		import_add(&f, "wg1", n, "b");
		import_add(&f, "wg0", n, "a");
	}
	imports_sort(&f.imports);
	assert_string_equal(imports_peer(&f.imports, "wg0", &one)->name, "a");
	assert_string_equal(imports_peer(&f.imports, "wg1", &two)->name, "b");
	assert_null(imports_peer(&f.imports, "wg1", &six));
	assert_null(imports_peer(&f.imports, "wg2", &one));
	assert_null(imports_peer(NULL, "wg0", &one));
	assert_null(imports_iface(&f.imports, "wg0"));
	assert_null(imports_iface(NULL, "wg0"));
	end(&f);
}

static void questions_of_plans(void **state)
{
	struct fixture f = begin();
	struct addr a, b;
	(void)state;

	link_add(&f, 3, "wg0");
	assert_string_equal(state_ifname(&f.state, 3), "wg0");
	assert_string_equal(state_ifname(&f.state, 8), "if8");
	addr_parse(&a, "10.0.0.1");
	addr_parse(&b, "10.0.0.2");
	vec_add(&f.state.addrs)->addr = a;
	assert_true(state_has_addr(&f.state, &a));
	assert_false(state_has_addr(&f.state, &b));
	end(&f);
}

TEST_MAIN(devices_follow_links, up_and_mtu_are_changes, others_keep_their_peers,
	  a_rename_starts_afresh, made_again_starts_afresh, not_wireguard_any_more,
	  the_first_entry_applies, copies_are_deep, peers_are_joined, a_key_is_stronger_than_a_name,
	  joined_again_after_a_reload, what_a_peer_has, imports_are_found_by_interface_and_key,
	  questions_of_plans)
