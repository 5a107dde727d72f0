/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of the exchange, version 1: contrib/exchange.md. Questions and answers have one and
 * the same size, so that an answer is never larger than what asked for it.
 */
#ifndef CODEC_EXCHANGE_H
#define CODEC_EXCHANGE_H

#include <stddef.h>

#include "model/exchange.h"

#define EXCHANGE_BYTES 176

/* A valid message to its bytes. */
void exchange_write(uint8_t out[EXCHANGE_BYTES], const struct exchange *x);

/*
 * 0, or -EBADMSG for anything but a datagram that exchange_write() could have made: another size,
 * magic, version, kind, an address that is none, a bit that has no meaning.
 */
int exchange_read(struct exchange *out, const void *bytes, size_t len);

#endif
