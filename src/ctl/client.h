/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to the daemon.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <jansson.h>

#include "base/str.h"

struct client {
	int fd;
	const char *path;
	bool quiet;	/* says nothing: whoever asks goes on without an answer for a while */
	struct str in;	/* what was read and not taken yet */
	size_t scanned; /* of it, bytes that are known to hold no newline */
	size_t taken;	/* of it, the line that was taken last */
};

/*
 * Each says on stderr what is wrong and returns false: there is no daemon then. A client that was
 * opened is closed before it is opened again.
 */
bool client_open(struct client *c, const char *path);
bool client_send(struct client *c, const char *line);
/* One line of JSON, a new reference; waits for ever when patient, else for half a minute. */
bool client_receive(struct client *c, bool patient, json_t **out);
/* The same line as it came, without its newline: its bytes are valid until the next call. */
bool client_receive_line(struct client *c, bool patient, const char **line, size_t *len);

void client_close(struct client *c);

#endif
