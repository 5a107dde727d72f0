/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WireGuard public keys: 32 bytes, 44 characters of base64. Wayside never holds another kind.
 */
#ifndef BASE_KEY_H
#define BASE_KEY_H

#include <stdint.h>

#define KEY_LEN	   32
#define KEY_STRLEN 45 /* with the terminating zero */

struct key {
	uint8_t bytes[KEY_LEN];
};

int key_cmp(const struct key *a, const struct key *b);

/* 44 characters of canonical base64, as wg(8) prints them; 0 or -EINVAL. */
int key_parse(struct key *out, const char *text);

/* Into buf of KEY_STRLEN; returns buf. */
const char *key_format(const struct key *k, char *buf);

#endif
