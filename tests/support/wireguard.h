/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WireGuard's timers and counters for one peer, second by second, as measured on Linux 6.1.
 */
#ifndef SUPPORT_WIREGUARD_H
#define SUPPORT_WIREGUARD_H

#include "support/world.h"

/* A second passes. */
void wireguard_second(struct world_peer *p, msec now, int64_t wall_offset);
/* One datagram that nobody behind the peer answers: its WireGuard does, after 10 s. */
void wireguard_probe(struct world_peer *p, msec now, int64_t wall_offset);
/* The interval is set; from 0 to something sends at once. */
void wireguard_set_keepalive(struct world_peer *p, uint16_t seconds, msec now, int64_t wall_offset);
void wireguard_kick(struct world_peer *p, msec now, int64_t wall_offset);

#endif
