/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a thread is once it has given up what it was: the user `wayside`, or `nobody`, without
 * groups and capabilities.
 *
 * The kernel keeps users and capabilities for each thread, and so does this: nothing here touches
 * another thread, as setresuid(3) would.
 */
#ifndef NET_RIGHTS_H
#define NET_RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

/* This thread becomes that user, with no other group than its own; false and errno if not. */
bool rights_become(uid_t uid, gid_t gid);

/*
 * Gives up the bounding set, root's user and every capability, for good. 0, or -EPERM when a
 * capability is left. Root that may not change its user stays root by name, with a warning.
 */
int rights_give_up(void);

#endif
