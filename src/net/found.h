/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a lookup has found so far: out of c-ares' words into the answer, one leg after the other.
 */
#ifndef NET_FOUND_H
#define NET_FOUND_H

#include "net/message.h"

struct ares_addrinfo;

/* A leg ended so (ARES_*): the worst of all is kept. */
void found_status(struct net_answer *a, int ares);

/*
 * Adds the addresses, as many as there is room for, each with the port (0: none of its own), and
 * lowers the answer's TTL to the smallest that was seen.
 */
void found_addresses(struct net_answer *a, const struct ares_addrinfo *ai, uint16_t port);

#endif
