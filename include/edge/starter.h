/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that starts net children and ends them.
 *
 * Starting a program takes calls that the engine has no use for otherwise (fork, execve, code
 * mapped by the loader), and a child inherits filter, fence and user of the thread that forks it.
 * So a thread of its own does it: with the user of the net child, no capability, nothing that it
 * could write to, and a filter that knows the start of a program. The main thread's filter has
 * none of that, and its fence need not have what name servers are found by.
 */
#ifndef EDGE_STARTER_H
#define EDGE_STARTER_H

#include <sys/types.h>

#include "net/filter.h"

/*
 * Starts the thread, once, while this one has its rights still; every signal stays with this one.
 * 0 or -errno: then children are started by whoever asks.
 */
int starter_begin(void);

/* Starts a net child that holds fd; the caller keeps its own. The pid, or -errno. */
pid_t starter_start(int fd);

/* Kills a child that was not reaped. */
void starter_kill(pid_t pid);

/* What the start of a program takes, beside runtime_calls and net_calls. */
extern const struct filter_list starter_calls;

#endif
