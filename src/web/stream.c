// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Server-sent events (HTML standard, section 9.2): the daemon's `watch`, each line as the data of
 * one event. A comment every few seconds shows that the connection lives, and lets us notice that
 * nobody is there any more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "web.h"

struct stream {
	int fd;
	struct str in;	/* from the daemon */
	struct str out; /* to the browser */
	bool greeted;	/* the daemon has said that we watch */
};

/* The first line of what came, as an event, or nothing for the answer to `watch` itself. */
static void stream_line(struct stream *s)
{
	size_t len = strcspn(s->in.text, "\n");

	if (s->greeted) {
		str_add(&s->out, "data: ");
		str_add_bytes(&s->out, s->in.text, len);
		str_add(&s->out, "\n\n");
	}
	s->greeted = true;
	s->in.len -= len + 1;
	memmove(s->in.text, s->in.text + len + 1, s->in.len);
}

static ssize_t stream_read(void *ctx, uint64_t pos, char *buf, size_t max)
{
	struct stream *s = ctx;
	size_t n;
	(void)pos;

	while (!s->out.len) {
		int there = relay_wait(s->fd, &s->in, WEB_HEARTBEAT);

		if (there < 0)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (there)
			stream_line(s);
		else
			str_add(&s->out, ":\n\n");
	}
	n = s->out.len < max ? s->out.len : max;
	memcpy(buf, s->out.text, n);
	s->out.len -= n;
	memmove(s->out.text, s->out.text + n, s->out.len);
	return (ssize_t)n;
}

static void stream_free(void *ctx)
{
	struct stream *s = ctx;

	close(s->fd);
	str_free(&s->in);
	str_free(&s->out);
	free(s);
}

struct MHD_Response *stream_response(const char *socket)
{
	struct stream *s;
	int fd = relay_open(socket);

	if (fd < 0)
		return NULL;
	s = mem_calloc(1, sizeof(*s));
	s->fd = fd;
	str_add(&s->out, "retry: 2000\n\n");
	if (!relay_send(fd, "watch"))
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, stream_read, s,
							 stream_free);
	stream_free(s);
	return NULL;
}
