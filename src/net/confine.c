// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The net child's way down: from whatever its parent was to a process that can ask name servers
 * and nothing else.
 *
 * The order matters. Bounding set and user are changed while there is still the right to; a
 * change of the user clears the parent-death signal and the dumpable flag, so those come after
 * it; the filter is last, because nothing of this would pass it.
 */
#include "confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "net/account.h"

#define FALLBACK_USER "nobody"

#define DESCRIPTORS_MAX 256

static int files_close(int fd)
{
	unsigned int keep = (unsigned int)fd;

	if (keep > 3 && close_range(3, keep - 1, 0))
		return -errno;
	return close_range(keep + 1, ~0U, 0) ? -errno : 0;
}

/* Without CAP_SETPCAP the set stays; with no new privileges nothing can be gained from it. */
static int bounding_set_drop(int fd)
{
	(void)fd;
	capng_clear(CAPNG_SELECT_ALL);
	capng_apply(CAPNG_SELECT_BOUNDS);
	return 0;
}

static int user_become(const char *name)
{
	uid_t uid;
	gid_t gid;

	if (account_user(name, &uid, &gid))
		return -ENOENT;
	return setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid) ? -errno
											  : 0;
}

/*
 * In a container without such a user, or without CAP_SETUID, root stays root by name, which
 * the administrator should know: it may still read root's files.
 */
static int user_change(int fd)
{
	const char *name = OWN_ACCOUNT;
	int err;

	(void)fd;
	if (geteuid())
		return 0;
	err = user_become(name);
	if (err == -ENOENT)
		err = user_become(name = FALLBACK_USER);
	if (err)
		log_warn("the net child cannot become user %s (%s): it runs as root without "
			 "capabilities; give the service CAP_SETUID and CAP_SETGID",
			 name, err == -ENOENT ? "no such user" : strerror(-err));
	return 0;
}

static int capabilities_drop(int fd)
{
	(void)fd;
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS) || capng_apply(CAPNG_SELECT_AMBIENT))
		return -EPERM;
	capng_get_caps_process();
	return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE ? 0 : -EPERM;
}

static int limits_set(int fd)
{
	static const struct {
		__rlimit_resource_t resource;
		rlim_t max;
	} limits[] = {
		{RLIMIT_NOFILE, DESCRIPTORS_MAX},
		{RLIMIT_FSIZE, 0},
		{RLIMIT_CORE, 0},
		{RLIMIT_NPROC, CONFINE_FULLY ? 0 : RLIM_INFINITY},
	};

	(void)fd;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit l = {limits[i].max, limits[i].max};

		if (limits[i].max != RLIM_INFINITY && setrlimit(limits[i].resource, &l))
			return -errno;
	}
	return 0;
}

static int flags_set(int fd)
{
	(void)fd;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_DUMPABLE, !CONFINE_FULLY, 0, 0, 0) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return -errno;
	return 0;
}

static int calls_limit(int fd)
{
	(void)fd;
	return filter_load();
}

int confine(int fd, const char **what)
{
	static const struct {
		const char *what;
		int (*step)(int fd);
	} steps[] = {
		{"other files", files_close},  {"the bounding set", bounding_set_drop},
		{"the user", user_change},     {"capabilities", capabilities_drop},
		{"resources", limits_set},     {"new privileges", flags_set},
		{"system calls", calls_limit},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int err = steps[i].step(fd);

		*what = steps[i].what;
		if (err)
			return err;
	}
	return 0;
}

void stdio_close(int devnull)
{
	for (int fd = 0; fd <= 2 && CONFINE_FULLY && devnull >= 0; fd++)
		dup3(devnull, fd, 0);
	close(devnull);
}
