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

#define NET_MAX_ADDRS 16 /* more addresses than that in one answer are left out */

enum net_kind {
	NET_LOOKUP = 1, /* A or AAAA of a name */
	NET_SRV = 2,	/* SRV of a name */
	NET_PROBE = 3,	/* one datagram to a tunnel address; answered only with its result */
	NET_READY = 4,	/* child to engine: up and confined */
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
	struct endpoint target;	 /* NET_PROBE */
	char ifname[IFNAME_LEN]; /* NET_PROBE: bound to it, so that it can only go there */
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

#endif
