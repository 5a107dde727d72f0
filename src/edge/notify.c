// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The notification socket of systemd, spoken without its library: one datagram a message. A
 * failure is nobody's business but systemd's, which will notice by itself.
 */
#include "edge/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct {
	int fd;
	struct sockaddr_un to;
	socklen_t len;
	uint64_t watchdog_ms;
} notify = {.fd = -1};

void notify_init(void)
{
	const char *path = getenv("NOTIFY_SOCKET"), *usec = getenv("WATCHDOG_USEC");
	size_t n = path ? strlen(path) : 0;

	if (usec)
		notify.watchdog_ms = strtoull(usec, NULL, 10) / 2000;
	if (!n || n >= sizeof(notify.to.sun_path) || (*path != '/' && *path != '@'))
		return;
	notify.to.sun_family = AF_UNIX;
	memcpy(notify.to.sun_path, path, n);
	if (*path == '@')
		notify.to.sun_path[0] = '\0'; /* the abstract name space */
	notify.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void notify_send(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	if (notify.fd < 0)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof(text))
		sendto(notify.fd, text, (size_t)n, MSG_NOSIGNAL,
		       (const struct sockaddr *)&notify.to, notify.len);
}

void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	notify_send("RELOADING=1\nMONOTONIC_USEC=%lld",
		    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

uint64_t notify_watchdog_interval(void)
{
	return notify.watchdog_ms;
}
