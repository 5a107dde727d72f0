/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world that goes on in real time and answers on a control socket, for programs that want to be
 * tried on a daemon with peers where no kernel has WireGuard.
 */
#ifndef SUPPORT_STAGE_H
#define SUPPORT_STAGE_H

#include "support/world.h"

/* Until SIGTERM. 0 or -errno. */
int stage_serve(struct world *w, const char *path);

#endif
