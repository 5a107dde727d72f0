/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firewall's circle against the running kernel, in a network namespace of the test's own, and
 * the other programs that change rules beside us.
 */
#ifndef SUPPORT_FW_LIVE_H
#define SUPPORT_FW_LIVE_H

#include <sys/types.h>

#include "support/test.h"

#include "base/str.h"
#include "edge/nft.h"
#include "support/fw_world.h"

extern struct nft *live_nft;

/* To be called first. 0, or 77 after saying why nothing can be tested here. */
int live_open(void);
void live_close(void);

/* --- other programs: a failure fails the test, unless said otherwise ------------------------- */

bool live_has_tool(const char *name);

#define LIVE_NEED(tool)                                         \
	do {                                                    \
		if (!live_has_tool(tool)) {                     \
			print_message("SKIP: no %s\n", (tool)); \
			skip();                                 \
		}                                               \
	} while (0)

void live_run(const char *command);
/* What a command prints; the caller frees. */
struct str live_output(const char *command);
/* What save prints into a file of its own, whose name is load's last word. */
void live_save_and_load(const char *save, const char *load);
void live_says(const char *command, const char *text);

/* --- the circle ------------------------------------------------------------------------------ */

struct fw_actual live_observe(void); /* the caller frees */
void live_apply(const struct fw_plan *p, const struct fw_actual *have);
/* Makes it so, looks again, and asserts that nothing is left to do. How many operations it took. */
size_t live_converge(const struct fw_world *w);
void live_clean(void);
/* Did somebody else change what matters since the last call? */
bool live_heard(void);

/* --- hosts around us ------------------------------------------------------------------------- */

/*
 * Namespaces behind interfaces of ours: a peer behind wg0 (10.49.0.2, 10.49.0.3, 10.20.1.1,
 * fd00:49::2), one behind wg1 (10.50.0.2), both with a default route to us; a server behind eth1
 * (10.10.0.5, fd00:10::5) that has none. The wg interfaces are veth pairs: nftables sees names.
 */
enum live_host { LIVE_PEER, LIVE_OTHER, LIVE_SERVER, LIVE_HOSTS };

/* A process that does nothing in a network namespace of its own; SIGKILL ends it. */
pid_t live_host_start(void);

void live_hosts_open(void);
void live_hosts_close(void);
/* Does the command, run there, succeed? */
bool live_on(enum live_host host, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One echo from an address of the host to another address; does the answer come? */
bool live_ping(enum live_host host, const char *from, const char *to);

/*
 * The main() of a program whose tests have these hosts: prepare (NULL = nothing) comes after them.
 * 77 where there can be none.
 */
int live_hosts_run(const struct CMUnitTest *tests, size_t n, void (*prepare)(void));

#endif
