/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rights that the engine keeps: CAP_NET_ADMIN, and CAP_DAC_READ_SEARCH where it has files to read
 * that only root may. All of this is about the calling thread.
 */
#ifndef EDGE_CAPS_H
#define EDGE_CAPS_H

#include <stdbool.h>

#include "net/account.h"

/* Have we CAP_NET_ADMIN? */
bool caps_net_admin(void);

/* May this thread become another user? Root in a service without CAP_SETUID may not. */
bool caps_may_change_user(void);

/*
 * No new privileges, nothing in the bounding set but the two, and from root to that user (NULL:
 * as it is). With CAP_DAC_READ_SEARCH none is effective then, so that a file can be tried to be
 * read without it.
 * 0 or -errno: then it is who it was.
 */
int caps_lower(const struct account *who);

/*
 * For good: CAP_NET_ADMIN, with read_search also CAP_DAC_READ_SEARCH, each as far as it was there;
 * nothing to be inherited or gained. 0 or -errno.
 */
int caps_settle(bool read_search);

/* What is effective now. */
bool caps_read_search(void);
bool caps_others(void);

#endif
