// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Figures on the standard output.
 */
#include "support/figure.h"

#include <stdio.h>

void figure(const char *what, uint32_t peers, double value, const char *unit)
{
	figure_beside(what, peers, value, unit, 0);
}

void figure_beside(const char *what, uint32_t peers, double value, const char *unit, double beside)
{
	printf("%s\t%u\t%.3f\t%s\t", what, peers, value, unit);
	if (beside > 0)
		printf("%.3f", value / beside);
	putchar('\n');
	fflush(stdout);
}
