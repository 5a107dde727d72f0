// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is asked for and what is answered: the page, the API, the picture, metrics, events. Only
 * reading: acts of the control socket are not among the requests that get through, whatever the
 * rights of the user that this runs as.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ctl/ctl.h"
#include "../ctl/graph.h"
#include "base/mem.h"
#include "web.h"

/* Nothing from elsewhere, nothing inline, no forms, in nobody's frame. */
#define CSP                                                                                     \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src " \
	"'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
/* The picture is a document of its own, without scripts; its style is inside. */
#define CSP_PICTURE "default-src 'none'; style-src 'unsafe-inline'; sandbox"

static void secure(struct MHD_Response *r, const char *csp)
{
	MHD_add_response_header(r, "Content-Security-Policy", csp);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
	MHD_add_response_header(r, "Cache-Control", "no-store");
}

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned int code, const char *type,
				     const char *csp, struct MHD_Response *r)
{
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	secure(r, csp);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	result = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	return result;
}

/* Takes the text. */
static enum MHD_Result send_text(struct MHD_Connection *c, unsigned int code, const char *type,
				 const char *csp, struct str *text)
{
	size_t len = text->len;

	str_add(text, "%s", ""); /* there is something to free */
	return send_response(
		c, code, type, csp,
		MHD_create_response_from_buffer(len, text->text, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result send_error(struct MHD_Connection *c, unsigned int status, const char *code,
				  const char *message)
{
	struct str text = {0};

	str_add(&text, "{\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n", code,
		message);
	return send_text(c, status, "application/json", CSP, &text);
}

static enum MHD_Result send_no_daemon(struct MHD_Connection *c)
{
	return send_error(c, MHD_HTTP_SERVICE_UNAVAILABLE, "no-daemon",
			  "waysided does not answer; systemctl start waysided starts it");
}

/* --- who may ask ------------------------------------------------------------------------------ */

/* The name without its port: "[::1]:9586" is "::1". */
static void host_name(const char *host, char *out, size_t size)
{
	bool v6 = *host == '[';
	size_t len = v6 ? strcspn(host, "]") : strcspn(host, ":");

	snprintf(out, size, "%.*s", (int)(v6 && len ? len - 1 : len), v6 ? host + 1 : host);
}

bool host_is_ours(const struct web *w, const char *host)
{
	unsigned char address[16];
	char name[256];

	if (!host)
		return false;
	host_name(host, name, sizeof(name));
	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1 ||
	    !strcasecmp(name, "localhost"))
		return true;
	for (size_t i = 0; i < w->nhosts; i++)
		if (!strcasecmp(name, w->hosts[i]))
			return true;
	return false;
}

/* --- the API ---------------------------------------------------------------------------------- */

bool api_request(const char *url, struct str *out)
{
	static const char *const words[] = {"status", "peers",	"peer",	   "routes",
					    "dns",    "plan",	"explain", "firewall",
					    "paths",  "events", "version"};
	const char *slash = strchr(url, '/');
	size_t len = slash ? (size_t)(slash - url) : strlen(url);

	for (const char *c = url; *c; c++)
		if ((unsigned char)*c < ' ')
			return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) != len || strncmp(words[i], url, len) != 0)
			continue;
		str_add(out, "%s%s%s", words[i], slash ? " " : "", slash ? slash + 1 : "");
		return true;
	}
	return false;
}

static enum MHD_Result serve_api(const struct web *w, struct MHD_Connection *c, const char *url)
{
	struct str request = {0}, answer = {0};
	unsigned int status = MHD_HTTP_OK;
	int err;

	if (!api_request(url, &request)) {
		str_free(&request);
		return send_error(c, MHD_HTTP_NOT_FOUND, "unknown-request",
				  "there is no such "
				  "request");
	}
	err = relay_ask(w->socket, str_text(&request), &answer);
	str_free(&request);
	if (err) {
		str_free(&answer);
		return send_no_daemon(c);
	}
	if (strncmp(str_text(&answer), "{\"ok\":true", 10) != 0)
		status = MHD_HTTP_NOT_FOUND;
	str_add(&answer, "\n");
	return send_text(c, status, "application/json", CSP, &answer);
}

/* The result of a request, a new reference; NULL without a daemon. */
static json_t *ask(const struct web *w, const char *request)
{
	json_t *answer = NULL, *result;
	struct str line = {0};

	if (!relay_ask(w->socket, request, &line))
		answer = json_loads(str_text(&line), 0, NULL);
	str_free(&line);
	result = json_incref(json_object_get(answer, "result"));
	json_decref(answer);
	return result;
}

static enum MHD_Result serve_metrics(const struct web *w, struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");
	bool open = accept && strstr(accept, "application/openmetrics-text");
	json_t *metrics = ask(w, "metrics");
	struct str text = {0};

	if (!json_is_string(metrics)) {
		json_decref(metrics);
		return send_no_daemon(c);
	}
	if (open)
		str_add(&text, "%s", json_string_value(metrics));
	else
		metrics_to_prometheus(&text, json_string_value(metrics));
	json_decref(metrics);
	return send_text(c, MHD_HTTP_OK,
			 open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
			      : "text/plain; version=0.0.4; charset=utf-8",
			 CSP, &text);
}

static enum MHD_Result serve_graph(const struct web *w, struct MHD_Connection *c)
{
	json_t *status = ask(w, "status"), *peers = status ? ask(w, "peers") : NULL;
	struct graph g = {.host = ""};
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	if (!peers || json_array_size(peers) > WEB_GRAPH_PEERS) {
		bool many = peers != NULL;

		json_decref(status);
		json_decref(peers);
		return many ? send_error(c, MHD_HTTP_NOT_FOUND, "too-many",
					 "too many peers for a picture")
			    : send_no_daemon(c);
	}
	f = open_memstream(&text, &len);
	if (f) {
		graph_fill(&g, status, peers);
		graph_svg(f, &g);
		graph_free(&g);
		fclose(f);
	}
	json_decref(status);
	json_decref(peers);
	return send_response(c, MHD_HTTP_OK, "image/svg+xml", CSP_PICTURE,
			     MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result serve_events(const struct web *w, struct MHD_Connection *c)
{
	struct MHD_Response *r = stream_response(w->socket);

	return r ? send_response(c, MHD_HTTP_OK, "text/event-stream", CSP, r) : send_no_daemon(c);
}

static enum MHD_Result serve_asset(struct MHD_Connection *c, const struct asset *a)
{
	return send_response(c, MHD_HTTP_OK, a->type, CSP,
			     MHD_create_response_from_buffer((size_t)(a->end - a->begin),
							     (void *)(uintptr_t)a->begin,
							     MHD_RESPMEM_PERSISTENT));
}

enum MHD_Result serve(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
		      const char *version, const char *upload, size_t *upload_size, void **own)
{
	const struct web *w = ctx;
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	const struct asset *asset = asset_find(url);
	(void)version;
	(void)upload;
	(void)upload_size;
	(void)own;

	if (!host_is_ours(w, host))
		return send_error(c, MHD_HTTP_FORBIDDEN, "host",
				  "not asked by an address or a name that --host allows");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return send_error(c, MHD_HTTP_METHOD_NOT_ALLOWED, "method", "only GET");
	if (asset)
		return serve_asset(c, asset);
	if (!strncmp(url, "/api/", 5))
		return serve_api(w, c, url + 5);
	if (!strcmp(url, "/metrics"))
		return serve_metrics(w, c);
	if (!strcmp(url, "/graph.svg"))
		return serve_graph(w, c);
	if (!strcmp(url, "/events"))
		return serve_events(w, c);
	if (!strcmp(url, "/favicon.ico")) /* browsers ask, and complain when there is none */
		return send_response(
			c, MHD_HTTP_NO_CONTENT, "image/x-icon", CSP,
			MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
	return send_error(c, MHD_HTTP_NOT_FOUND, "not-found", "there is no such page");
}
