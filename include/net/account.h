/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups of this host, as its files name them.
 *
 * getpwnam(3) would load the plugins of nsswitch.conf and all that they need into a process that
 * has rights to lose; with systemd's that is 700 KiB resident as well.
 */
#ifndef NET_ACCOUNT_H
#define NET_ACCOUNT_H

#include <sys/types.h>

#define OWN_ACCOUNT "wayside" /* made by the package, in the files */

struct account {
	uid_t uid;
	gid_t gid;
};

/* From /etc/passwd. 0 or -ENOENT. */
int account_user(const char *name, uid_t *uid, gid_t *gid);

/* From /etc/group; another one than our own may also be where nsswitch.conf says. 0 or -ENOENT. */
int account_group(const char *name, gid_t *gid);

#endif
