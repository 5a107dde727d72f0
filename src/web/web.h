/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of wayside-web share.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define WEB_PORT	   9586
#define WEB_CONNECTIONS	   64
#define WEB_HOSTS	   8  /* names that --host gave */
#define WEB_HEARTBEAT	   15 /* s between signs of life on a stream of events */
#define WEB_GRAPH_PEERS	   200
#define WEB_ANSWER_SECONDS 30

struct web {
	const char *socket;	      /* the daemon's */
	const char *hosts[WEB_HOSTS]; /* names that it is asked by, besides its addresses */
	size_t nhosts;
};

/* --- relay.c: lines to and from the daemon ---------------------------------------------------- */

/* A connection to the daemon, or -errno. */
int relay_open(const char *path);
/* Sends a line (a newline is added) and takes one, without its newline. 0 or -errno. */
int relay_ask(const char *path, const char *request, struct str *out);
int relay_send(int fd, const char *line);
/*
 * Waits at most so many seconds for a whole line; what has come of it stays in the text. 1: there
 * is one at its start, 0: not yet, or -errno.
 */
int relay_wait(int fd, struct str *in, int seconds);

/* --- serve.c: what is asked for and what is answered ------------------------------------------ */

/* For MHD_start_daemon(); ctx is a struct web. */
enum MHD_Result serve(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
		      const char *version, const char *upload, size_t *upload_size, void **own);

/*
 * Is this the Host of a request to us: an address, localhost, or a name that --host gave? A page
 * of somebody else's whose name was made to lead here (DNS rebinding) has that name there.
 */
bool host_is_ours(const struct web *w, const char *host);

/*
 * "/api/peer/london" to the daemon's "peer london": false when it is none of the requests that
 * only read. Bytes below a blank never get through.
 */
bool api_request(const char *url, struct str *out);

/* --- stream.c: events as they come ------------------------------------------------------------ */

struct MHD_Response *stream_response(const char *socket);

/* --- assets.c: the page ----------------------------------------------------------------------- */

struct asset {
	const char *url, *type;
	const char *begin, *end;
};
/* NULL when there is none. */
const struct asset *asset_find(const char *url);

#endif
