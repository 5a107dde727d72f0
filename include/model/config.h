/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration as values: validated, immutable, swapped whole on reload.
 *
 * codec/conf makes one from text; everybody else only reads it. Durations are milliseconds here
 * and seconds in the file. The meaning and the default of every key is in wayside.conf(5).
 */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/key.h"
#include "base/log.h"
#include "base/texts.h"
#include "base/vec.h"

#define IFNAME_LEN	16 /* IFNAMSIZ of linux/if.h, with the terminating zero */
#define POLICY_LOG_RATE 5  /* lines a second where a policy rule says log = true */
#define NAME_LEN	64 /* of peers and zones, with the terminating zero */
#define HOST_LEN	256 /* a host name of RFC 1035: 253 characters and the terminating zero fit */
#define PATH_LEN	256

#define DEFAULT_CONFIG_FOLDER "/etc/wayside"
#define DEFAULT_CONFIG_PATH   DEFAULT_CONFIG_FOLDER "/wayside.conf"
#define DEFAULT_SOCKET_PATH   "/run/wayside/wayside.sock"
#define SEAT_NAME	      "wayside.seat" /* abstract, in each network namespace */
#define DEFAULT_STATE_DIR     "/var/lib/wayside"

/* Where a key or a rule stood, for messages that come later than parsing. */
struct place {
	const char *file; /* owned by the config */
	unsigned int line;
};

enum family_pref { FAMILY_ANY, FAMILY_IPV4, FAMILY_IPV6 };

enum import_source { IMPORT_WG_QUICK = 1, IMPORT_NETWORKD = 2, IMPORT_UCI = 4 };

struct endpoints_conf {
	bool resolve;
	enum family_pref family;
	msec ttl_min, ttl_max;
	msec dead_after;
	msec probe_interval; /* 0 = only when something happened */
	msec rebind_after;   /* 0 = never */
	bool keep_listen_port;
};

enum keepalive_mode { KEEPALIVE_AUTO, KEEPALIVE_OFF, KEEPALIVE_KEEP, KEEPALIVE_FIXED };

struct keepalive_conf {
	enum keepalive_mode mode;
	uint16_t seconds; /* for KEEPALIVE_FIXED, 1..65535 */
};

enum default_route_mode { DEFAULT_ROUTE_POLICY, DEFAULT_ROUTE_MAIN, DEFAULT_ROUTE_OFF };

/* What answers for a supernet; the values are the kernel's RTN_* types. */
struct unreachable {
	struct prefix prefix;
	uint8_t type; /* RTN_UNREACHABLE, RTN_BLACKHOLE, RTN_PROHIBIT */
};

struct routes_conf {
	bool enabled;
	bool table_set; /* table was written here: an imported Table= does not change it */
	uint32_t table;
	uint32_t metric;
	uint8_t scope;		      /* RT_SCOPE_* of IPv4 routes to peers */
	struct addr source4, source6; /* family 0 = none */
	enum default_route_mode default_route;
	bool withdraw_dead;
	VEC(struct unreachable) unreachable;
};

enum verdict { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_REJECT };

/* One end of a policy rule. */
enum party_kind { PARTY_ANY, PARTY_ZONE, PARTY_PEER, PARTY_PREFIX };

struct party {
	enum party_kind kind;
	char name[NAME_LEN];  /* PARTY_ZONE, PARTY_PEER */
	struct prefix prefix; /* PARTY_PREFIX */
};

/* "tcp/22", "udp/1000-2000", "icmp": ports 0..0 mean the whole protocol. */
struct port_match {
	uint8_t protocol; /* IPPROTO_* */
	uint16_t first, last;
};

struct policy_rule {
	struct party from, to;
	VEC(struct port_match) ports; /* empty = everything */
	enum verdict action;
	uint16_t log; /* so many lines a second at most in the kernel's log; 0 = none */
	struct place place;
};
VEC_TYPE(policy_rules, struct policy_rule);

enum foreign_mode { FOREIGN_AUTO, FOREIGN_OFF, FOREIGN_LIST };

/* "ip filter FORWARD" */
struct chain_name {
	uint8_t family; /* NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET */
	char table[NAME_LEN];
	char chain[NAME_LEN];
};

struct firewall_conf {
	bool enabled;
	enum verdict default_verdict;
	struct policy_rules policy;
	struct policy_rules input;    /* for packets to this host; to is PARTY_ANY */
	VEC(struct party) masquerade; /* zones or prefixes */
	bool peer_to_peer;
	bool clamp_mss;
	bool flowtable;
	bool owner;    /* nobody else may change the table, where the kernel can keep it for us */
	bool counters; /* count what passes and what is dropped for each peer */
	enum foreign_mode foreign_mode;
	VEC(struct chain_name) foreign_chains;
};

struct exchange_conf {
	bool serve;
	uint16_t port;
};

enum endpoint_kind { ENDPOINT_ADDRESS, ENDPOINT_HOST, ENDPOINT_SRV };

/* An endpoint as written: an address, a host name with a port, or a name with an SRV record. */
struct endpoint_spec {
	struct endpoint address; /* ENDPOINT_ADDRESS */
	enum endpoint_kind kind : 8;
	uint16_t port;	  /* ENDPOINT_HOST */
	const char *host; /* that and ENDPOINT_SRV, lower case, without a trailing dot; else "" */
};

/* See model/netmap.h. Both are of one family and one length, and differ. */
struct netmap {
	struct prefix inside, outside;
	struct place place;
};
VEC_TYPE(netmaps, struct netmap);

/* Go to a peer without the hub: when there is traffic, or also without. */
enum direct_mode { DIRECT_NO, DIRECT_YES, DIRECT_ALWAYS };

struct peer_conf {
	bool has_key; /* else it is known by an imported name */
	struct key key;
	char name[NAME_LEN]; /* "" = none given */
	VEC(struct endpoint_spec) endpoints;
	char zone[NAME_LEN];
	struct keepalive_conf keepalive; /* the interface's unless overridden */
	struct routes_conf routes;	 /* the interface's, with this peer's overrides */
	char standby_for[NAME_LEN];
	msec return_after;	     /* between tries of the first of several endpoints */
	bool exchange;		     /* it is a hub that serves the exchange */
	struct endpoint exchange_at; /* where, inside the tunnel; family 0 = guess, port 0 = ours */
	enum direct_mode direct;
	VEC(struct prefix) allowed_ips;
	struct netmaps netmaps;
	struct place place;
};

struct iface_conf {
	char name[IFNAME_LEN + 16]; /* a name or a glob; "*" for the defaults */
	msec poll_interval, poll_interval_max;
	unsigned int import; /* enum import_source, or-ed */
	struct endpoints_conf endpoints;
	struct keepalive_conf keepalive;
	struct routes_conf routes;
	struct firewall_conf firewall;
	struct exchange_conf exchange;
	VEC(struct peer_conf) peers;
	uint32_t directs; /* of them, those that are to be reached directly */
	struct place place;
};

struct ifname {
	char name[IFNAME_LEN];
};

/* Networks that are not peers: by prefix, or by the interface behind which they are. */
struct zone_conf {
	char name[NAME_LEN];
	VEC(struct prefix) prefixes;
	VEC(struct ifname) interfaces;
	struct place place;
};

struct config {
	bool clean_on_exit;
	char state_dir[PATH_LEN];
	char socket_path[PATH_LEN];
	char socket_group[NAME_LEN];
	enum log_level log_level;
	struct iface_conf defaults;
	VEC(struct iface_conf) interfaces; /* in file order: the first match wins */
	VEC(struct zone_conf) zones;
	uint32_t standbys;  /* peers with standby_for */
	struct texts texts; /* hosts of endpoints */
	VEC(char *) files;  /* every file that was read; owns the strings in struct place */
};

/* The built-in defaults. The caller frees with config_free(). */
struct config *config_new(void);
void config_free(struct config *c); /* NULL is fine */

/* Deep copies, so that an override never touches what it was made from. */
void routes_conf_copy(struct routes_conf *dst, const struct routes_conf *src);
void iface_conf_copy(struct iface_conf *dst, const struct iface_conf *src); /* without peers */

/* The entry whose name or glob matches first, else the defaults. Never NULL. */
const struct iface_conf *config_iface(const struct config *c, const char *ifname);

/* NULL when there is none. */
const struct zone_conf *config_zone(const struct config *c, const char *name);

#endif
