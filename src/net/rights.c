// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way down from root, for the net child and for the thread that starts it.
 *
 * The order matters: bounding set and user are changed while there is still the right to.
 */
#include "net/rights.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "net/account.h"

#define FALLBACK_USER "nobody"

/* 32-bit ones have 16-bit users under the plain names. */
#ifdef SYS_setresuid32
#define CALL(name) SYS_##name##32
#else
#define CALL(name) SYS_##name
#endif

bool rights_become(uid_t uid, gid_t gid)
{
	return !syscall(CALL(setgroups), 0, NULL) && !syscall(CALL(setresgid), gid, gid, gid) &&
	       !syscall(CALL(setresuid), uid, uid, uid);
}

static int user_become(const char *name)
{
	uid_t uid;
	gid_t gid;

	if (account_user(name, &uid, &gid))
		return -ENOENT;
	return rights_become(uid, gid) ? 0 : -errno;
}

/*
 * In a container without such a user, or without CAP_SETUID, root stays root by name, which
 * the administrator should know: it may still read root's files.
 */
static void user_change(void)
{
	const char *name = OWN_ACCOUNT;
	int err;

	if (geteuid())
		return;
	err = user_become(name);
	if (err == -ENOENT)
		err = user_become(name = FALLBACK_USER);
	if (err)
		log_warn("the net child cannot become user %s (%s): it runs as root without "
			 "capabilities; give the service CAP_SETUID and CAP_SETGID",
			 name, err == -ENOENT ? "no such user" : strerror(-err));
}

/* Without CAP_SETPCAP the set stays; with no new privileges nothing can be gained from it. */
static void bounding_set_drop(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	capng_apply(CAPNG_SELECT_BOUNDS);
}

static bool has_none(void)
{
	capng_get_caps_process();
	for (unsigned int c = 0; c <= CAP_LAST_CAP; c++)
		if (capng_have_capability(CAPNG_PERMITTED, c))
			return false;
	return true;
}

/*
 * Where a service's own filter has no capset(2), what is not ambient is gone with the next
 * execve(2), which is how the child comes to have none.
 */
static int capabilities_drop(void)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	capng_clear(CAPNG_SELECT_ALL);
	capng_apply(CAPNG_SELECT_CAPS);
	return has_none() ? 0 : -EPERM;
}

int rights_give_up(void)
{
	bounding_set_drop();
	user_change();
	return capabilities_drop();
}
