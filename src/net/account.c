// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two files of accounts, read line by line.
 */
#include "net/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

int account_user(const char *name, uid_t *uid, gid_t *gid)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *p = NULL;

	if (!f)
		return -ENOENT;
	while ((p = fgetpwent(f)) && strcmp(p->pw_name, name))
		continue;
	if (p) {
		*uid = p->pw_uid;
		*gid = p->pw_gid;
	}
	fclose(f);
	return p ? 0 : -ENOENT;
}

int account_group(const char *name, gid_t *gid)
{
	FILE *f = fopen("/etc/group", "re");
	const struct group *g = NULL;

	while (f && (g = fgetgrent(f)) && strcmp(g->gr_name, name))
		continue;
	if (!g && strcmp(name, OWN_ACCOUNT) != 0)
		g = getgrnam(name);
	if (g)
		*gid = g->gr_gid;
	if (f)
		fclose(f);
	return g ? 0 : -ENOENT;
}
