// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines between a browser and the daemon. What the daemon answers is handed on as it is, so that
 * the API is the control socket's own, and nothing of it is understood here.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "web.h"

int relay_open(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	if (!mem_copy_str(address.sun_path, sizeof(address.sun_path), path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

int relay_send(int fd, const char *line)
{
	struct str text = {0};
	size_t sent = 0;
	int err = 0;

	str_add(&text, "%s\n", line);
	while (sent < text.len && !err) {
		ssize_t n = send(fd, text.text + sent, text.len - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EINTR)
			err = -errno;
	}
	str_free(&text);
	return err;
}

int relay_wait(int fd, struct str *in, int seconds)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t scanned = 0;
	char bytes[65536];
	ssize_t n;

	for (;;) {
		if (in->len && memchr(in->text + scanned, '\n', in->len - scanned))
			return 1;
		scanned = in->len;
		n = poll(&p, 1, seconds * 1000);
		if (n == 0 || (n < 0 && errno == EINTR))
			return 0;
		n = read(fd, bytes, sizeof(bytes));
		if (n == 0)
			return -ECONNRESET;
		if (n < 0)
			return -errno;
		str_add_bytes(in, bytes, (size_t)n);
	}
}

int relay_ask(const char *path, const char *request, struct str *out)
{
	int fd = relay_open(path), err;

	if (fd < 0)
		return fd;
	err = relay_send(fd, request);
	if (!err)
		err = relay_wait(fd, out, WEB_ANSWER_SECONDS);
	close(fd);
	if (err <= 0)
		return err ? err : -ETIMEDOUT;
	out->len = strcspn(out->text, "\n");
	out->text[out->len] = '\0';
	return 0;
}
