/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which daemon acts in this network namespace, wherever its control socket is: edge/seat.h, from
 * the other side.
 */
#ifndef CTL_SEAT_H
#define CTL_SEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* False when there is none, or it is nobody's who could run one; path is its control socket. */
bool seat_find(pid_t *pid, char *path, size_t size);

#endif
