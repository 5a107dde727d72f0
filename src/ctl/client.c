// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connection to the daemon: a line of words goes out, lines of JSON come back. Whatever goes
 * wrong here means that there is no daemon to talk to, and is said in one sentence.
 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "seat.h"

#define PATIENCE 30000 /* ms */

/* Where is one, if not there? Only the file may be gone, or it has another name. */
static void complain_of_nobody(const struct client *c)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	pid_t pid;

	if (!seat_find(&pid, path, sizeof(path)))
		fprintf(stderr,
			"waysidectl: no daemon listens at %s; 'systemctl start waysided' starts "
			"it\n",
			c->path);
	else if (!strcmp(path, c->path))
		fprintf(stderr,
			"waysidectl: a waysided runs (pid %d), and its socket %s is gone; "
			"'systemctl restart waysided' makes it anew\n",
			(int)pid, c->path);
	else
		fprintf(stderr,
			"waysidectl: no daemon listens at %s, one does at %s: waysidectl -s %s\n",
			c->path, path, path);
}

static bool complain(const struct client *c, int err)
{
	if (c->quiet)
		return false;
	if (err == ENOENT || err == ECONNREFUSED)
		complain_of_nobody(c);
	else if (err == EACCES)
		fprintf(stderr,
			"waysidectl: %s is not open to this user; be root or join the group "
			"wayside\n",
			c->path);
	else if (err == EPIPE || err == ECONNRESET)
		fprintf(stderr,
			"waysidectl: the daemon at %s has gone; journalctl -u waysided tells why\n",
			c->path);
	else
		fprintf(stderr, "waysidectl: cannot talk to the daemon at %s: %s\n", c->path,
			strerror(err));
	return false;
}

bool client_open(struct client *c, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*c = (struct client){.fd = -1, .path = path, .quiet = c->quiet};
	if (!mem_copy_str(address.sun_path, sizeof(address.sun_path), path))
		return complain(c, ENAMETOOLONG);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof(address)))
		return complain(c, errno);
	return true;
}

bool client_send(struct client *c, const char *line)
{
	size_t left = strlen(line);

	while (left) {
		ssize_t n = send(c->fd, line, left, MSG_NOSIGNAL);

		if (n < 0 && errno == EPIPE)
			return true; /* turned away: why is there to be read */
		if (n < 0 && errno != EINTR)
			return complain(c, errno);
		line += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool fill(struct client *c, bool patient)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	char bytes[65536];
	ssize_t n;

	fflush(stdout); /* whoever reads a stream gets it before the next wait */
	if (!patient && poll(&p, 1, PATIENCE) == 0)
		return complain(c, ETIMEDOUT);
	n = read(c->fd, bytes, sizeof(bytes));
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0)
		return complain(c, errno);
	if (n == 0)
		return complain(c, EPIPE);
	str_add_bytes(&c->in, bytes, (size_t)n);
	return true;
}

bool client_receive_line(struct client *c, bool patient, const char **line, size_t *len)
{
	char *end;

	c->in.len -= c->taken;
	if (c->taken)
		memmove(c->in.text, c->in.text + c->taken, c->in.len);
	c->taken = 0;
	for (c->scanned = 0;;) {
		end = c->in.len ? memchr(c->in.text + c->scanned, '\n', c->in.len - c->scanned)
				: NULL;
		if (end)
			break;
		c->scanned = c->in.len;
		if (!fill(c, patient))
			return false;
	}
	*line = c->in.text;
	*len = (size_t)(end - c->in.text);
	c->taken = *len + 1;
	return true;
}

bool client_receive(struct client *c, bool patient, json_t **out)
{
	json_error_t error;
	const char *line;
	size_t len;

	if (!client_receive_line(c, patient, &line, &len))
		return false;
	*out = json_loadb(line, len, 0, &error);
	if (!*out && !c->quiet)
		fprintf(stderr, "waysidectl: what answers at %s is not waysided: %s\n", c->path,
			error.text);
	return *out != NULL;
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	str_free(&c->in);
}
