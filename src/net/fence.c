// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Landlock by its three system calls, which no C library has functions for. What a kernel does not
 * know of is left out of the request: Documentation/userspace-api/landlock.rst has the versions.
 */
#include "net/fence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As struct landlock_ruleset_attr was at first, and with what Linux 6.7 put behind it. */
struct ruleset {
	uint64_t fs, net;
};

#define RULESET_FIRST sizeof(uint64_t)
#define NET_TCP	      3 /* LANDLOCK_ACCESS_NET_BIND_TCP, _CONNECT_TCP */

/* All that is about a file and not only about what is in a folder. */
#define OF_FILES                                                      \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	 LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | \
	 LANDLOCK_ACCESS_FS_IOCTL_DEV)

/* The rights that each version of the interface knows: bits 0 to n - 1. */
static uint64_t known_rights(long abi)
{
	static const unsigned int bits[] = {0, 13, 14, 15, 15, 16};
	const long newest = sizeof(bits) / sizeof(bits[0]) - 1;

	return (1ULL << bits[abi < newest ? abi : newest]) - 1;
}

int fence_begin(struct fence *f, uint64_t about)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset r = {.net = about == FENCE_ALL ? NET_TCP : 0};

	if (abi < 1)
		return abi < 0 ? -errno : -ENOSYS;
	r.fs = f->handled = about & known_rights(abi);
	f->fd = (int)syscall(SYS_landlock_create_ruleset, &r, abi < 4 ? RULESET_FIRST : sizeof(r),
			     0);
	return f->fd < 0 ? -errno : 0;
}

static void rule_add(const struct fence *f, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access & f->handled,
						  .parent_fd = fd};

	syscall(SYS_landlock_add_rule, f->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* What is not there cannot be opened anyway. */
static void allow(const struct fence *f, const char *path, uint64_t access, bool only_file)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) || !S_ISDIR(st.st_mode))
		rule_add(f, fd, access & OF_FILES);
	else if (!only_file)
		rule_add(f, fd, access);
	close(fd);
}

void fence_allow(const struct fence *f, const char *path, uint64_t access)
{
	allow(f, path, access, false);
}

void fence_allow_folder(const struct fence *f, const char *path, uint64_t access)
{
	DIR *folder = opendir(path);
	char file[PATH_MAX];
	struct dirent *e;

	fence_allow(f, path, access);
	while (folder && (e = readdir(folder))) {
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		if (e->d_type == DT_LNK)
			allow(f, file, access, true);
	}
	if (folder)
		closedir(folder);
}

int fence_close(struct fence *f)
{
	int err = syscall(SYS_landlock_restrict_self, f->fd, 0) ? -errno : 0;

	close(f->fd);
	return err;
}
