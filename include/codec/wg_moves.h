/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allowed-IPs that change hands, as SET messages of linux/wireguard.h.
 *
 * Linux takes one allowed-IP away from a peer since 6.16 (WGALLOWEDIP_F_REMOVE_ME); before, the
 * flag is an unknown attribute and the message is refused with EINVAL. Then the peer's whole list
 * is written anew, with what it keeps.
 */
#ifndef CODEC_WG_MOVES_H
#define CODEC_WG_MOVES_H

#include <stddef.h>

#include "plan/op.h"

/* Far below the 64 KiB that a nested attribute may have: some 1100 allowed-IPs. */
#define WG_MOVES_BYTES 32768

/*
 * One message for moves from *at on, as many as fit; *at becomes the first that did not. remove
 * says how something is taken away: with the flag, or by a new list.
 */
void wg_put_moves(void *buf, uint16_t family, uint32_t seq, const struct op *op, bool remove,
		  uint32_t *at);

/* Is anything taken away? */
bool wg_moves_take(const struct op *op);

#endif
