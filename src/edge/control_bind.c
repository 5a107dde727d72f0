// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket's file: who may use it is decided here, by mode and group, before anybody can
 * connect. A daemon that was killed leaves its file behind; it is taken away only after the kernel
 * said that nobody listens at it.
 */
#include "control_bind.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "model/config.h"
#include "net/account.h"

#define LISTEN_BACKLOG 64 /* connections that wait to be accepted */

static int address_make(struct sockaddr_un *out, const char *path)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!path[0])
		return -EINVAL;
	return mem_copy_str(out->sun_path, sizeof(out->sun_path), path) ? 0 : -ENAMETOOLONG;
}

/* The folder that the file is in, not those above it. */
static void folder_make(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	mem_copy_str(folder, sizeof(folder), path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	if (mkdir(folder, 0755) && errno != EEXIST)
		log_warn("control: cannot make %s: %s; make it, or name another path (socket.path)",
			 folder, strerror(errno));
}

/* 0 when nobody listens at this file; only then may it go. */
static int check_stale(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, err;

	if (lstat(address->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST; /* connect(2) would say ECONNREFUSED of any file */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (err == ECONNREFUSED || err == ENOENT)
		return 0;
	return !err || err == EAGAIN ? -EADDRINUSE : -err;
}

bool control_is_alive(const char *path)
{
	struct sockaddr_un address;

	return !address_make(&address, path) && check_stale(&address) == -EADDRINUSE;
}

/* The umask is there before the file is, so that it is never open to others for a moment. */
static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t old = umask(0117);
	int err = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;

	umask(old);
	return err;
}

static int bind_or_take_over(int fd, const struct sockaddr_un *address)
{
	int err = bind_private(fd, address);

	if (err != -EADDRINUSE)
		return err;
	err = check_stale(address);
	if (err)
		return err;
	if (unlink(address->sun_path) && errno != ENOENT)
		return -errno;
	return bind_private(fd, address);
}

static void give_to_group(const char *path, const char *group)
{
	struct stat st;
	gid_t gid;

	if (!group || !group[0] || account_group(group, &gid))
		return;
	if (!lstat(path, &st) && st.st_gid == gid)
		return; /* a service's own filter may have no chown(2) */
	if (chown(path, (uid_t)-1, gid))
		log_warn("control: cannot give %s to group %s: %s; only root can use waysidectl. "
			 "systemctl edit waysided, and there: [Service] Group=%s",
			 path, group, strerror(errno), group);
}

int control_bind(const char *path, const char *group, int *fd)
{
	struct sockaddr_un address;
	int err = address_make(&address, path);

	if (err)
		return err;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return -errno;
	folder_make(path);
	err = bind_or_take_over(*fd, &address);
	if (!err) {
		give_to_group(path, group);
		err = listen(*fd, LISTEN_BACKLOG) ? -errno : 0;
	}
	if (err)
		close(*fd);
	return err;
}
