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

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/fence.h"
#include "net/filter.h"
#include "net/rights.h"

#define DESCRIPTORS_MAX 256

static int files_close(int fd)
{
	unsigned int keep = (unsigned int)fd;

	/* not every libc has a function for it */
	if (keep > 3 && syscall(SYS_close_range, 3, keep - 1, 0))
		return -errno;
	return syscall(SYS_close_range, keep + 1, ~0U, 0) ? -errno : 0;
}

static int rights_drop(int fd)
{
	(void)fd;
	return rights_give_up();
}

/* The same number for the soft and the hard limit. */
static const struct rlimit descriptors = {DESCRIPTORS_MAX, DESCRIPTORS_MAX}, none = {0, 0};

/* By their names: the limits' type is another one in each C library. */
static int limits_set(int fd)
{
	(void)fd;
	if (setrlimit(RLIMIT_NOFILE, &descriptors) || setrlimit(RLIMIT_FSIZE, &none) ||
	    setrlimit(RLIMIT_CORE, &none) || (CONFINE_FULLY && setrlimit(RLIMIT_NPROC, &none)))
		return -errno;
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

/*
 * What c-ares reads, by the names of ares_init(3), and /dev/null for stdio_close(). One that is
 * replaced later is another file: edge/resolv_watch.c sees that, and a new child is started.
 */
static int files_fence(int fd)
{
	static const char *const read[] = {"/etc/resolv.conf",	 "/etc/hosts",
					   "/etc/nsswitch.conf", "/etc/host.conf",
					   "/etc/svc.conf",	 "/dev/null"};
	struct fence fence;

	(void)fd;
	if (!CONFINE_FULLY || fence_begin(&fence, FENCE_FILES))
		return 0; /* an old kernel: the engine says so */
	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		fence_allow(&fence, read[i], FENCE_READ);
	return fence_close(&fence);
}

static int calls_limit(int fd)
{
	static const struct filter_list *const lists[] = {&runtime_calls, &net_calls};
	int err = filter_load(lists, 2, FILTER_KILL);

	(void)fd;
	return err == -ENOSYS ? 0 : err; /* the engine has found the same, and says so */
}

int confine(int fd, const char **what)
{
	static const struct {
		const char *what;
		int (*step)(int fd);
	} steps[] = {
		{"other files", files_close}, {"user and capabilities", rights_drop},
		{"resources", limits_set},    {"new privileges", flags_set},
		{"files", files_fence},	      {"system calls", calls_limit},
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
