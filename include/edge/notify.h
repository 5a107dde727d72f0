/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling systemd: the sd_notify(3) protocol, a datagram to $NOTIFY_SOCKET. Without that variable
 * nothing is done.
 */
#ifndef EDGE_NOTIFY_H
#define EDGE_NOTIFY_H

#include <stdint.h>

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC; call once, before the environment is dropped. */
void notify_init(void);

/* One or more NAME=value lines: "READY=1\nSTATUS=…". */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "RELOADING=1" with the time that Type=notify-reload asks for. */
void notify_reloading(void);

/* Milliseconds between "WATCHDOG=1" messages (half of what systemd asked for), 0 = none. */
uint64_t notify_watchdog_interval(void);

#endif
