/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: everything that main() wires together once the options are known.
 */
#ifndef EDGE_DAEMON_H
#define EDGE_DAEMON_H

#include <stdbool.h>

#define EXIT_CONVERGED	   0
#define EXIT_NOT_CONVERGED 1
#define EXIT_USAGE	   2
#define EXIT_PENDING	   4 /* --dry-run: there is something to do */

struct daemon_options {
	const char *config; /* NULL: the default file where it exists, else built-in defaults */
	const char *socket; /* NULL: as configured */
	bool once;
	bool clean;  /* for daemon_clean(): a configuration with a mistake is no obstacle */
	int verbose; /* each step is one level more */
};

/* Each returns the exit status of the process. */
int daemon_check(const struct daemon_options *o);
int daemon_dry_run(const struct daemon_options *o);
int daemon_clean(const struct daemon_options *o);
int daemon_run(const struct daemon_options *o);

#endif
