// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes the importers and the endpoint parser: every input goes through all of them, for each
 * has to survive the others' files. What comes out has to be text that is safe to show and to
 * compare.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/import.h"
#include "support/fuzz.h"

static bool is_text(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return n < size;
}

/* A spec has one spelling: its host, parsed again, is the same spec. */
static void check_spec(const struct endpoint_spec *s)
{
	struct endpoint_spec again;
	char text[HOST_LEN + 8], host[HOST_LEN];
	const char *why;

	expect(is_text(s->host, HOST_LEN));
	expect((s->kind == ENDPOINT_ADDRESS) == (s->address.addr.family != 0));
	expect((s->kind == ENDPOINT_HOST) == (s->port != 0));
	if (s->kind == ENDPOINT_ADDRESS)
		return;
	strcpy(text, s->kind == ENDPOINT_SRV ? "srv:" : "");
	strcat(text, s->host);
	strcat(text, s->kind == ENDPOINT_SRV ? "" : ":1");
	expect(!endpoint_spec_parse(&again, host, text, &why));
	again.port = s->port;
	expect(again.kind == s->kind && !strcmp(again.host, s->host));
}

static void check(struct imports *im)
{
	vec_each(&im->ifaces, i)
		expect(*i->ifname && is_text(i->ifname, sizeof(i->ifname)));
	vec_each(&im->peers, p) {
		expect(*p->ifname && is_text(p->ifname, sizeof(p->ifname)));
		expect(!p->name || (*p->name && is_text(p->name, NAME_LEN)));
		if (p->has_endpoint)
			check_spec(&p->endpoint);
	}
	imports_free(im);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imports im = {0};
	struct endpoint_spec spec;
	char host[HOST_LEN];
	char *text = mem_calloc(size + 1, 1);
	const char *why;

	if (size)
		memcpy(text, data, size);
	import_wg_quick(&im, "wg0", text, size);
	check(&im);
	import_networkd(&im, text, size);
	check(&im);
	import_uci(&im, text, size);
	check(&im);
	if (!endpoint_spec_parse(&spec, host, text, &why))
		check_spec(&spec);
	free(text);
	return 0;
}
