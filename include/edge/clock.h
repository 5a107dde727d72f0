/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks, read in one place.
 */
#ifndef EDGE_CLOCK_H
#define EDGE_CLOCK_H

#include "base/clock.h"

struct moment moment_now(void);

#endif
