/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `doctor`: what about this host keeps tunnels from working, or will one day.
 *
 * Facts are gathered first, from the daemon and from what the kernel tells everybody; what they
 * mean is a pure function of them. What could not be read is unknown, and no ground for a finding.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include <jansson.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/vec.h"
#include "ruleset.h"

/* --- facts ---------------------------------------------------------------------------------- */

/* A switch or a number of the kernel's that could not be read. */
#define UNKNOWN (-1)

/* An interface. Switches are as the kernel applies them: "all" is in them already. */
struct doctor_link {
	char name[IF_NAMESIZE];
	uint32_t ifindex, mtu;
	bool tunnel;	    /* the daemon keeps it */
	bool lan;	    /* hosts with private addresses are behind it, and no containers */
	bool uplink;	    /* the IPv4 default route of the main table goes there */
	bool ipv6;	    /* it has an IPv6 address that is not link-local */
	int forwards;	    /* IPv4 packets that come in there */
	int rp_filter;	    /* 0, 1 strict, 2 loose */
	int redirects;	    /* sends ICMP redirects */
	uint32_t fwmark;    /* of a tunnel's own packets */
	unsigned int peers; /* of a tunnel */
	uint16_t port;	    /* where a tunnel listens */
	/* What other programs' rules do there with a stranger's packet, by IPv4 from the uplink. */
	enum ruleset_fate port_fate;
	char port_by[2 * RULESET_NAME + 8]; /* the chain that drops it */
};
VEC_TYPE(doctor_links, struct doctor_link);

/* Which way the kernel sends to an address: ifindex 0 is nowhere, or not known. */
struct doctor_way {
	uint32_t ifindex;
	uint32_t mtu; /* what fits, by the route, a path that was learned, or the interface */
};

/* An allowed-IP, and the way to it. */
struct doctor_net {
	struct prefix prefix;
	struct doctor_way way;
};

struct doctor_peer {
	const char *label, *state; /* borrowed of the answer */
	uint32_t link;		   /* the index of its tunnel in links */
	struct endpoint endpoint;  /* family 0 = none */
	struct doctor_way way;
	unsigned int keepalive; /* seconds, 0 = off */
	bool named;		/* its endpoint is looked up */
	bool roamed;		/* it has called us */
	struct endpoint seen;	/* where its hub sees this host; family 0 = not told */
	bool moves;		/* allowed-IPs come and go: standby_for or direct */
	uint32_t first_net, nets;
};

/* Another program's chain that every packet has to pass that is forwarded, or is for this host. */
struct doctor_chain {
	bool input;
	const char *family, *table, *chain; /* borrowed */
	bool drops, owned;
	json_t *accepted; /* names of tunnels with an accept of ours in it; owned here */
};

struct doctor_resolver {
	struct addr addr;
	struct doctor_way way;
};

struct doctor_facts {
	struct doctor_links links;
	VEC(struct doctor_peer) peers;
	VEC(struct doctor_net) nets;
	VEC(struct doctor_chain) chains;
	VEC(struct doctor_resolver) resolvers;
	json_t *problems; /* the daemon's own, borrowed */

	bool firewall;	  /* the daemon's is on for some interface */
	bool clamps;	  /* and fits TCP to the tunnel */
	int forwards6;	  /* IPv6 packets are forwarded at all */
	int udp_timeout;  /* seconds that conntrack keeps an answered UDP flow */
	int64_t now;	  /* the wall clock, in seconds */
	int64_t past;	  /* a moment that is surely over */
	int synchronised; /* a time service keeps the clock, says the kernel */

	bool networkd; /* runs */
	bool networkd_takes_routes, networkd_takes_rules;
};

/* What the daemon says; borrows from the answers, which have to stay. */
void doctor_take(struct doctor_facts *f, json_t *status, json_t *peers, json_t *firewall);
/* What this host says: links, switches, ways, name servers, the clock. 0 or -errno. */
int doctor_look(struct doctor_facts *f);
void doctor_facts_free(struct doctor_facts *f);

/* NULL when there is none. */
const struct doctor_link *doctor_link_of(const struct doctor_facts *f, uint32_t ifindex);

/*
 * ManageForeignRoutes= or ManageForeignRoutingPolicyRules= in the text of a networkd.conf, where
 * it says something about them.
 */
void doctor_read_networkd(struct doctor_facts *f, const char *text);
/* The name servers of the text of a resolv.conf(5). */
void doctor_read_resolvers(struct doctor_facts *f, const char *text);

/* --- findings ------------------------------------------------------------------------------- */

enum finding_weight { FINDING_PROBLEM, FINDING_NOTE };

struct finding {
	enum finding_weight weight;
	const char *code;	    /* static, or borrowed of the daemon's problem */
	char *what, *why, *command; /* command may be NULL: nothing is known to help */
};
VEC_TYPE(findings, struct finding);

/* Problems first, then notes. The caller frees. */
void doctor_judge(struct findings *out, const struct doctor_facts *f);
void findings_free(struct findings *list);

/* A finding whose why and command are filled next. */
struct finding *finding_add(struct findings *list, enum finding_weight weight, const char *code,
			    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void finding_why(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void finding_command(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The parts of doctor_judge(). */
void doctor_judge_problems(struct findings *out, const struct doctor_facts *f);
void doctor_judge_forwarding(struct findings *out, const struct doctor_facts *f);
void doctor_judge_tunnels(struct findings *out, const struct doctor_facts *f);
void doctor_judge_host(struct findings *out, const struct doctor_facts *f);

#endif
