/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that build a desired ruleset share: the ruleset in the making, and which peers a
 * policy tells apart.
 *
 * A class is what a policy can see of a peer: its zone and its name, each only where some policy
 * mentions it. Class 0 is everybody else. A device is open when all of its peers, also those not
 * yet seen, are of one class: then the interface alone tells it. Else it is closed and its peers
 * are in groups: one set for each class, family and prefix length.
 */
#ifndef PLAN_FIREWALL_BUILD_H
#define PLAN_FIREWALL_BUILD_H

#include "plan/firewall.h"

struct fw_class {
	const char *zone; /* the configuration's; "" = no policy mentions it */
	const char *peer; /* the same */
};

struct fw_member {
	const struct device *device;
	bool open;
	uint32_t class;	 /* of an open one */
	uint32_t policy; /* the chain that decides for it, by number; 0 = none */
};

/* The allowed-IPs of one class and length on one closed device. */
struct fw_group {
	const struct device *device;
	uint32_t class;
	uint8_t family, len;
	uint32_t set;	    /* its number */
	VEC(uint32_t) over; /* classes that have a less specific prefix around one of these */
};

struct fw_build {
	struct fw_ruleset *out;
	const struct fw_actual *have;
	const struct state *state;
	const struct config *config;
	VEC(struct fw_class) classes; /* sorted; [0] is everybody else */
	VEC(struct fw_member) members;
	VEC(struct fw_group) groups; /* by device, family, longest first, class */
	uint32_t awaited;	     /* of those that are not there yet; 0 = none */
	uint32_t interfaces;	     /* number of the set of our interfaces */
	/* Chains that count a packet and end its way, by number; 0 = nothing is counted. */
	uint32_t passed, dropped, rejected;
};

/* Makes classes, members and groups, and the groups' sets. */
void fw_classify(struct fw_build *b);
void fw_build_free(struct fw_build *b);

/*
 * The device's peers as owners of elements, one after the other: the first one's number. They are
 * made when somebody first asks.
 */
uint32_t fw_owners_of(const struct fw_build *b, const struct device *d);

/* The peer's name, the zone, or "other". */
const char *fw_class_label(const struct fw_class *k);
/* Can an address of a closed device's peer of this class be in p? Be on this interface? */
bool fw_class_overlaps(const struct fw_build *b, uint32_t class, const struct prefix *p);
bool fw_class_is_on(const struct fw_build *b, uint32_t class, const char *ifname);

/* The chain that decides for a device, by number. */
uint32_t fw_policy_build(struct fw_build *b, const struct device *d);
/* The chain that decides which of a device's sources are masqueraded, by number. */
uint32_t fw_masquerade_build(struct fw_build *b, const struct device *d);

/* The base chain for packets to this host, if any interface asks for one, and its policies. */
void fw_input_build(struct fw_build *b);
/* Appends to chain what a device's `input` says. */
void fw_input_policy(struct fw_build *b, const struct device *d, uint32_t chain);
/* Does `input` say something about this device? About every packet that it may bring? */
bool fw_input_asks(const struct fw_build *b, const struct device *d);
bool fw_input_decides_all(const struct fw_build *b, const struct device *d);

/* A service of our own on a device, which peers have to reach. */
struct fw_service {
	uint8_t protocol; /* IPPROTO_* */
	uint16_t port;
	const char *what; /* static text */
};
bool fw_input_service(const struct fw_build *b, const struct device *d, struct fw_service *out);

/* Where counters are asked for: the chains above, what they lead to, and its sets. */
void fw_counters_build(struct fw_build *b);
/* A policy's verdict, by way of the chain that counts where there is one. */
void fw_rule_decide(const struct fw_build *b, struct fw_rule *rule, enum fw_verdict verdict);

/* Does the configuration name an interface that is to be filtered and is not there? */
bool fw_awaits(const struct fw_build *b);
/* The set of their names, by number; 0 = there are none. */
uint32_t fw_awaited_build(struct fw_build *b);

/* The flowtable and the rules of chain that give connections to it, if any device asks. */
void fw_offload_build(struct fw_build *b, uint32_t chain, const struct fw_actual *have);

/* The translation of networks with a NETMAP, if any peer has one. */
void fw_netmap_build(struct fw_build *b);

/* The accepts that are wanted in other programs' chains. */
void fw_foreign_build(struct fw_build *b, const struct fw_actual *have);

const struct firewall_conf *fw_device_conf(const struct fw_build *b, const struct device *d);

/* New, empty; the number. The name is made one that nft(8) reads back, and nobody else's. */
uint32_t fw_chain_new(struct fw_ruleset *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
uint32_t fw_set_new(struct fw_ruleset *r, enum fw_key key, uint8_t masklen, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* An allowed-IP at the end of a set: sets are sorted at the end. owner 0 = nobody's. */
void fw_elem_new(struct fw_ruleset *r, uint32_t set, const struct prefix *p, uint32_t owner);
/* A zeroed rule at the end of a chain; valid until the next call. */
struct fw_rule *fw_rule_new(struct fw_ruleset *r, uint32_t chain);
/* Cut where it is too long; without what would break nft(8)'s quotes. */
void fw_rule_comment(struct fw_rule *rule, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* When everything is there: gives sets room, tags rules. */
void fw_ruleset_finish(struct fw_ruleset *r);

#endif
