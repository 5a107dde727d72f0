// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Accounts of this host: those that every host has.
 */
#include "support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/account.h"

static void root_is_found(void **state)
{
	uid_t uid = 1;
	gid_t gid = 1;
	(void)state;

	assert_int_equal(account_user("root", &uid, &gid), 0);
	assert_int_equal(uid, 0);
	assert_int_equal(gid, 0);
	gid = 1;
	assert_int_equal(account_group("root", &gid), 0);
	assert_int_equal(gid, 0);
}

static void what_is_not_there_is_not_found(void **state)
{
	uid_t uid;
	gid_t gid;
	(void)state;

	assert_int_equal(account_user("no-such-account", &uid, &gid), -ENOENT);
	assert_int_equal(account_group("no-such-account", &gid), -ENOENT);
}

/* Ours is looked for in the file and nowhere else: no plugin comes into the process. */
static void no_plugin_is_loaded_for_our_own(void **state)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	uid_t uid;
	gid_t gid;
	(void)state;

	assert_non_null(maps);
	account_user(OWN_ACCOUNT, &uid, &gid);
	account_group(OWN_ACCOUNT, &gid);
	while (fgets(line, sizeof(line), maps))
		assert_null(strstr(line, "libnss_"));
	fclose(maps);
}

TEST_MAIN(no_plugin_is_loaded_for_our_own, root_is_found, what_is_not_there_is_not_found)
