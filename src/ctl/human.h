/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes and durations as wg(8) prints them.
 */
#ifndef CTL_HUMAN_H
#define CTL_HUMAN_H

#include <stdint.h>

#define HUMAN_LEN 96

/* "512 B", "1.21 MiB"; into buf of HUMAN_LEN, returns buf. */
const char *human_bytes(uint64_t bytes, char *buf);

/* "1 day, 3 minutes", of at most so many units, the biggest first; 0 is "0 seconds". */
const char *human_duration(int64_t seconds, int units, char *buf);

#endif
