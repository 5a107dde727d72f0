/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line that a bench prints for what it measured; tests/bench/figures makes tables of them.
 */
#ifndef SUPPORT_FIGURE_H
#define SUPPORT_FIGURE_H

#include <stdint.h>

/* WHAT, PEERS, VALUE, UNIT, separated by tabs; at once, for what follows may take long. */
void figure(const char *what, uint32_t peers, double value, const char *unit);

/* And how many times that is what stands beside it: the least that could be done, or less of us. */
void figure_beside(const char *what, uint32_t peers, double value, const char *unit, double beside);

#endif
