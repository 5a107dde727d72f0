// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes what wayside-web makes of a URL and of a Host header, the two texts of a network that it
 * looks into itself. Only a request that reads becomes one, and it is one line for the daemon.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/web/web.h"
#include "codec/answer.h"
#include "support/fuzz.h"

static void check_request(const char *url)
{
	struct str line = {0};
	struct request r;
	const char *code;
	char why[128];

	if (api_request(url, &line)) {
		for (const char *c = line.text; *c; c++)
			expect((unsigned char)*c >= ' ');
		if (!request_parse(&r, line.text, &code, why, sizeof(why)))
			expect(!request_is_act(r.kind) && r.kind != REQUEST_WATCH);
	} else {
		expect(!line.len);
	}
	str_free(&line);
}

/* Whatever has a letter behind its port is still told by its name alone. */
static void check_host(const char *host)
{
	const struct web w = {.hosts = {"gateway.example.net"}, .nhosts = 1};

	if (host_is_ours(&w, host))
		expect(!strncasecmp(host, "localhost", 9) || !strncasecmp(host, w.hosts[0], 19) ||
		       *host == '[' || *host == ':' || (*host >= '0' && *host <= '9') ||
		       strchr(host, ':'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_calloc(size + 1, 1);

	if (size)
		memcpy(text, data, size);
	check_request(text);
	check_host(text);
	free(text);
	return 0;
}
