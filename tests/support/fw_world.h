/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small world for firewall tests: configuration, peers, packets; what a policy means said
 * naively (fw_world_verdict), and what a compiled ruleset does to a packet (fw_eval).
 */
#ifndef SUPPORT_FW_WORLD_H
#define SUPPORT_FW_WORLD_H

#include "base/rng.h"
#include "plan/firewall.h"

struct fw_world {
	struct config *config;
	struct state state;
	struct rng rng;
};

void fw_world_init(struct fw_world *w);
void fw_world_free(struct fw_world *w);

/* An interface with a configuration of its own, firewall enabled; valid until the next call. */
struct iface_conf *fw_world_iface(struct fw_world *w, const char *ifname);
/* name and zone may be NULL; allowed-IPs separated by spaces. The interface has to exist. */
void fw_world_peer(struct fw_world *w, const char *ifname, const char *name, const char *zone,
		   const char *aips);
/* Prefixes and interface names separated by spaces. */
void fw_world_zone(struct fw_world *w, const char *name, const char *what);
/*
 * A rule at the end of an interface's policy. A party is "any", a prefix, a peer's name behind a
 * '@', else a zone. ports (may be NULL) is "tcp/22", "udp/1000-2000", "icmp", separated by spaces.
 */
void fw_world_rule(struct fw_world *w, const char *ifname, const char *from, const char *to,
		   const char *ports, enum verdict action);
/* For the last peer that was made: its network inside is outside here. */
void fw_world_netmap(struct fw_world *w, const char *ifname, const char *inside,
		     const char *outside);
/* A rule at the end of an interface's input, in the same words. */
void fw_world_input(struct fw_world *w, const char *ifname, const char *from, const char *ports,
		    enum verdict action);
/* A zone or a prefix. */
void fw_world_masquerade(struct fw_world *w, const char *ifname, const char *who);
/* To be called when the configuration is complete. */
void fw_world_join(struct fw_world *w);

/* Up to three interfaces, zones, nested allowed-IPs, policies; joined. */
void fw_world_random(struct fw_world *w, uint64_t seed);

struct fw_packet {
	char iif[IFNAME_LEN], oif[IFNAME_LEN];
	struct addr src, dst;
	uint8_t protocol;
	uint16_t port;
	uint8_t ct; /* one bit of enum fw_ct */
	bool syn;
};

/* One that WireGuard would carry: behind one of its interfaces is only what a peer may use. */
struct fw_packet fw_world_packet(struct fw_world *w);
void fw_packet_format(struct str *out, const struct fw_packet *p);

/* Whose is an address on an interface? NULL: nobody's. */
const struct peer *fw_world_peer_of(const struct fw_world *w, const char *ifname,
				    const struct addr *a);

/* VERDICT_*: by the words of firewall_desired(), rule after rule, peer after peer. */
enum verdict fw_world_verdict(const struct fw_world *w, const struct fw_packet *p);

/* Does a connection that begins with it get this host's address? By the words, and by the rules. */
bool fw_world_masquerades(const struct fw_world *w, const struct fw_packet *p);
bool fw_eval_masquerade(const struct fw_ruleset *r, const struct fw_packet *p);

/*
 * What a packet is after it came out of its iif's tunnel, or (in false) before it goes into its
 * oif's: by the peers, and by the rules.
 */
void fw_world_netmap_apply(const struct fw_world *w, struct fw_packet *p, bool in);
/* Can WireGuard bring or take a packet of this address there, as it is seen on our side? */
bool fw_world_can_be_on(const struct fw_world *w, const char *ifname, const struct addr *a);
void fw_eval_netmap(const struct fw_ruleset *r, struct fw_packet *p, bool in);

/* FW_ACCEPT, FW_DROP or FW_REJECT: by the rules. */
enum fw_verdict fw_eval(const struct fw_ruleset *r, const struct fw_packet *p);

/* The same of a packet to this host: its oif is not looked at. */
enum verdict fw_world_input_verdict(const struct fw_world *w, const struct fw_packet *p);
enum fw_verdict fw_eval_input(const struct fw_ruleset *r, const struct fw_packet *p);

#endif
