/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rights that the engine keeps: CAP_NET_ADMIN, CAP_DAC_READ_SEARCH while something is imported,
 * and what it needs to start its child under another user. Everything else is dropped.
 */
#ifndef EDGE_CAPS_H
#define EDGE_CAPS_H

#include <stdbool.h>

/* Drops what is not needed; no new privileges, not dumpable. A failure is logged, not fatal. */
void caps_drop(bool imports);

/* Have we CAP_NET_ADMIN? */
bool caps_net_admin(void);

#endif
