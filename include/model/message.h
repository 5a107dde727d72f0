/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine and its unprivileged child say to each other: fixed-size messages over a
 * SOCK_SEQPACKET pair. The child is stateless: a request carries everything, an answer carries
 * the request's id, and a request that got no answer is asked again of the next child.
 *
 * Both ends are the same binary, so plain structs do. Every field that comes from the child is
 * checked as if the child were hostile: it is the part that parses bytes from a network.
 */
#ifndef MODEL_MESSAGE_H
#define MODEL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "model/config.h"
#include "model/exchange.h"

#define NET_MAX_ADDRS 16 /* more addresses than that in one answer are left out */

enum net_kind {
	NET_LOOKUP = 1, /* A or AAAA of a name */
	NET_SRV = 2,	/* SRV of a name */
	NET_PROBE = 3,	/* one datagram to a tunnel address; answered only with its result */
	NET_READY = 4,	/* child to engine: up and confined */
	NET_SERVE = 5,	/* the exchange's sockets on ifname; answered only with the result */
	/* These are struct net_datagram and have no answer. */
	NET_TELL = 6,	 /* send one datagram of the exchange */
	NET_HEARD = 7,	 /* child to engine: one that came */
	NET_DROPPED = 8, /* child to engine: how many came and were not heard, since last told */
};

/* How a lookup ended. */
enum net_status {
	NET_OK,
	NET_NOT_FOUND, /* NXDOMAIN */
	NET_NO_DATA,   /* the name exists without such a record */
	NET_SERVFAIL,  /* a server answered, but not the question */
	NET_TIMEOUT,   /* no server answered */
	NET_FAILED,    /* anything else, also a request that made no sense */
};

struct net_request {
	uint32_t kind;	/* enum net_kind */
	uint32_t id;	/* of the engine's choosing */
	uint8_t family; /* NET_LOOKUP: AF_INET or AF_INET6; NET_SRV: 0 for both */
	char name[HOST_LEN];
	struct addr source;	 /* NET_PROBE */
	struct endpoint target;	 /* NET_PROBE; NET_SERVE: only the port, 0 = close them */
	char ifname[IFNAME_LEN]; /* bound to it, so that it can only go there */
	uint32_t ifindex;	 /* NET_SERVE: of ifname, so that one made again is another one */
};

struct net_answer {
	uint32_t kind;
	uint32_t id;
	uint32_t status; /* enum net_status */
	uint32_t ttl;	 /* seconds, the smallest of the answer and its CNAMEs */
	uint32_t count;	 /* of addrs */
	struct addr addrs[NET_MAX_ADDRS];
	uint16_t ports[NET_MAX_ADDRS]; /* NET_SRV: the record's port for each address */
};

/* Datagrams that were not heard, by reason. */
struct net_dropped {
	uint32_t malformed; /* not ours: size, magic, version, or a field that makes no sense */
	uint32_t limited;   /* more than a source's share */
	uint32_t lost;	    /* the engine had no room */
};

/* One datagram of the exchange, in or out. Its bytes stay in the child. */
struct net_datagram {
	uint32_t kind;	   /* enum net_kind */
	uint32_t ifindex;  /* the tunnel that it came out of, or goes into */
	struct addr local; /* this host's address in it; family 0 = as the route says */
	struct endpoint remote;
	struct exchange x;	    /* not with NET_DROPPED */
	struct net_dropped dropped; /* NET_DROPPED */
};

_Static_assert(sizeof(struct net_datagram) != sizeof(struct net_answer) &&
		       sizeof(struct net_datagram) != sizeof(struct net_request),
	       "messages are told apart by their size");

#endif
