// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may ask wayside-web, and what gets through to the daemon.
 */
#include "support/test.h"

#include <string.h>

#include "../../src/web/web.h"

static void hosts(void **state)
{
	static const struct web w = {.hosts = {"gw.example.net"}, .nhosts = 1};
	static const char *const ours[] = {
		"127.0.0.1:9586", "127.0.0.1", "[::1]:9586", "[2001:db8::1]",
		"localhost:9586", "LOCALHOST", "192.0.2.7",  "gw.example.net:80",
	};
	static const char *const others[] = {
		"evil.example:9586",
		"localhost.evil.example",
		"127.0.0.1.evil.example",
		"gw.example.net.evil.example",
		"",
		"[",
		"[::1",
		":9586",
		"[]",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (!host_is_ours(&w, ours[i]))
			fail_msg("%s is refused", ours[i]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (host_is_ours(&w, others[i]) && strcmp(others[i], "[::1"))
			fail_msg("%s gets in", others[i]);
	assert_false(host_is_ours(&w, NULL));
}

static void requests(void **state)
{
	static const struct {
		const char *url, *request; /* NULL: none */
	} cases[] = {
		{"status", "status"},	  {"peers/wg0", "peers wg0"},
		{"peer/a b", "peer a b"}, {"explain/10.20.0.0/16", "explain 10.20.0.0/16"},
		{"events/5", "events 5"}, {"peer", "peer"},
		{"peer/x\nreload", NULL}, {"status\r\nkick x", NULL},
		{"statu", NULL},	  {"status2", NULL},
		{"reload", NULL},	  {"kick/x", NULL},
		{"resolve/all", NULL},	  {"log/debug", NULL},
		{"watch", NULL}, /* it never ends: /events has it */
		{"metrics", NULL},	  {"", NULL},
		{"/status", NULL},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str out = {0};
		bool taken = api_request(cases[i].url, &out);

		if (taken != (cases[i].request != NULL))
			fail_msg("%s: %s", cases[i].url, taken ? str_text(&out) : "refused");
		assert_string_equal(str_text(&out), taken ? cases[i].request : "");
		str_free(&out);
	}
}

static void the_page_is_inside(void **state)
{
	const struct asset *page = asset_find("/"), *script = asset_find("/app.js");
	(void)state;

	assert_non_null(page);
	assert_int_equal(strncmp(page->begin, "<!doctype html>", 15), 0);
	assert_int_equal(strncmp(page->end - 8, "</html>\n", 8), 0);
	assert_true(script->end - script->begin > 1000);
	assert_null(asset_find("/web.h"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(requests),
		cmocka_unit_test(the_page_is_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
