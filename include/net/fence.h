/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fence around files (Landlock): what is not allowed by name before it is closed cannot be
 * opened, made or removed afterwards by this thread and what it starts, whatever its user and its
 * capabilities are. Looking (stat, readlink, inotify) and connecting to sockets are not fenced.
 *
 * Rules are tied to the files and folders that are there now, and hold for what is in a folder
 * later; a folder that is made again under the same name is another one. Linux 5.13 and newer.
 */
#ifndef NET_FENCE_H
#define NET_FENCE_H

#include <linux/landlock.h>
#include <stdint.h>

/* Linux 6.2, 6.10: newer than the oldest header that this is built with. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

#define FENCE_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* A file that is replaced: written beside it and renamed. */
#define FENCE_REPLACE                                                  \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define FENCE_REMOVE LANDLOCK_ACCESS_FS_REMOVE_FILE

/* What a fence is about. */
#define FENCE_FILES   (UINT64_MAX >> 1) /* every use of them */
#define FENCE_ALL     UINT64_MAX	/* and TCP */
#define FENCE_CHANGES (FENCE_FILES & ~(FENCE_READ | LANDLOCK_ACCESS_FS_EXECUTE))

struct fence {
	int fd;
	uint64_t handled;
};

/* 0, or -errno where the kernel has no Landlock: then there is nothing to close. */
int fence_begin(struct fence *f, uint64_t about);

/* Allows access (as far as the fence is about it) to a file, or to what is in a folder. */
void fence_allow(const struct fence *f, const char *path, uint64_t access);

/* To a folder, and to the files that links in it lead to. */
void fence_allow_folder(const struct fence *f, const char *path, uint64_t access);

/* Closes it around this thread, which has to have no_new_privs. 0 or -errno. */
int fence_close(struct fence *f);

#endif
