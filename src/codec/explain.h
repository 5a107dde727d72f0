/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `explain` says of a packet, line by line. Private to the answers.
 *
 * A packet that is for nobody in particular is looked at from here; one that comes from somewhere
 * is forwarded, unless that is an address of this host.
 */
#ifndef CODEC_EXPLAIN_H
#define CODEC_EXPLAIN_H

#include "answer_put.h"

struct explanation {
	const struct answer_view *view;
	struct str lines, help; /* elements of JSON lists; the caller frees */
};

void explain_say(struct explanation *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What would help, a command where there is one. Said once, however often it is found. */
void explain_help(struct explanation *x, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "is up", "has never answered" … */
const char *explain_state(const struct peer *p);

/* One end of a packet's way. */
struct policy_end {
	const struct prefix *prefix;
	const struct device *device; /* whose peer it is behind; NULL = no peer's */
	const struct peer *peer;     /* the same */
};

/* Whose longest network has an address. */
struct owner {
	const struct device *device;
	const struct peer *peer;
	struct prefix network; /* an allowed-IP, or what NETMAP makes of it */
};

/* What decides about a packet: the rule whose table has a route for it, and that route. */
struct decision {
	const struct rule *rule; /* NULL: the main table, or none that is known */
	const struct route_item *item;
};

/*
 * By the rules that are there, table by table. An item whose table no rule looks at decides
 * nothing; it is shown all the same when there is no other.
 */
struct decision explain_decide(const struct answer_view *v, const struct prefix *p);
/* Both: true when the packet is led on. */
bool explain_rule(struct explanation *x, const struct decision *by);
bool explain_route(struct explanation *x, const struct owner *o, const struct route_item *item);
/* Is that what the kernel follows? Another program's may be nearer, or have a better metric. */
bool explain_kernel(struct explanation *x, const struct prefix *p, const struct route_item *item);

/* NULL when the firewall is not enabled there. */
const struct firewall_conf *policy_conf(const struct answer_view *v, const struct device *d);

/*
 * The zones of both, and which rules decide; from NULL is anybody. False when all that is new is
 * dropped or rejected.
 */
bool explain_policies(struct explanation *x, const struct policy_end *from,
		      const struct policy_end *to);
/* The same of a packet to this host itself. */
bool explain_input(struct explanation *x, const struct policy_end *from);
/* The direct path of what is sent to to, which owner has. */
void explain_path(struct explanation *x, const struct device *d, const struct peer *owner,
		  const struct prefix *to);
/* What other programs' chains do to what is forwarded to a peer, or from it. */
void explain_chains(struct explanation *x, const struct policy_end *from,
		    const struct policy_end *to);
/* Is it forwarded at all? False: it is not. */
bool explain_forwarding(struct explanation *x, const struct policy_end *from,
			const struct policy_end *to);
/* What answers it, as far as this host can know. */
void explain_way_back(struct explanation *x, const struct policy_end *from,
		      const struct policy_end *to);

/* The interface of ours whose network p is in; NULL when it is none's. */
const struct local_addr *explain_local(const struct state *s, const struct prefix *p);

#endif
