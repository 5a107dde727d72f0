// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seat: taken, and asked who has it. Where its control socket is it says itself, who it is says
 * the kernel.
 */
#include "edge/seat.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/config.h"
#include "net/account.h"

#define BACKLOG	    16
#define PATIENCE_US 500000 /* for the other's answer: it may be in the middle of a turn */

static socklen_t address_make(struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(out->sun_path + 1, SEAT_NAME, strlen(SEAT_NAME)); /* after a zero byte: abstract */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(SEAT_NAME));
}

static bool is_trusted(uid_t uid)
{
	struct account own = {0, 0};

	return !uid || uid == geteuid() ||
	       (!account_user(OWN_ACCOUNT, &own.uid, &own.gid) && uid == own.uid);
}

static int socket_open(int flags)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);

	return fd < 0 ? -errno : fd;
}

int seat_take(int *fd)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address);
	int err;

	*fd = socket_open(SOCK_NONBLOCK);
	if (*fd < 0)
		return *fd;
	if (!bind(*fd, (const struct sockaddr *)&address, len) && !listen(*fd, BACKLOG))
		return 0;
	err = -errno;
	close(*fd);
	*fd = -1;
	return err;
}

static void patience_set(int fd)
{
	struct timeval patience = {.tv_usec = PATIENCE_US};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static int ask(int fd, struct seat_holder *who)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address);
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (connect(fd, (const struct sockaddr *)&address, len) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size))
		return -errno;
	who->pid = cred.pid;
	if (!is_trusted(cred.uid))
		return -EPERM;
	if (recv(fd, who->socket, sizeof(who->socket) - 1, 0) < 0)
		who->socket[0] = '\0';
	return 0;
}

int seat_ask(struct seat_holder *who, bool patient)
{
	int fd = socket_open(patient ? 0 : SOCK_NONBLOCK), err;

	*who = (struct seat_holder){0};
	if (fd < 0)
		return fd;
	if (patient)
		patience_set(fd);
	err = ask(fd, who);
	close(fd);
	return err;
}

void seat_describe(char *out, size_t size, const struct seat_holder *who)
{
	const char *comma = who->pid && who->socket[0] ? ", " : "";
	char pid[24] = "";

	if (who->pid)
		snprintf(pid, sizeof(pid), "pid %d", (int)who->pid);
	if (!who->pid && !who->socket[0])
		snprintf(out, size, "another waysided");
	else
		snprintf(out, size, "another waysided (%s%s%s)", pid, comma, who->socket);
}
