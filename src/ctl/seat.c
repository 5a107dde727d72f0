// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon is asked at the name that it has in the network namespace; it says one thing, the path
 * of its control socket. Anybody may have taken that name: only root, `wayside` and who runs this
 * program are believed, for what is said here is typed again.
 */
#include "seat.h"

#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/config.h"

#define PATIENCE_US 500000

static bool is_believed(uid_t uid)
{
	const struct passwd *own = getpwnam("wayside");

	return !uid || uid == geteuid() || (own && uid == own->pw_uid);
}

static bool hear(int fd, pid_t *pid, char *path, size_t size)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	ssize_t n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) || !is_believed(cred.uid))
		return false;
	n = recv(fd, path, size - 1, 0);
	if (n <= 0)
		return false;
	path[n] = '\0';
	*pid = cred.pid;
	return true;
}

bool seat_find(pid_t *pid, char *path, size_t size)
{
	static const struct timeval patience = {.tv_usec = PATIENCE_US};
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(SEAT_NAME);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool found;

	if (fd < 0)
		return false;
	memcpy(name.sun_path + 1, SEAT_NAME, strlen(SEAT_NAME)); /* after a zero byte: abstract */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	found = !connect(fd, (const struct sockaddr *)&name, (socklen_t)len) &&
		hear(fd, pid, path, size);
	close(fd);
	return found;
}
