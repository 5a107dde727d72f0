// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests: which lines are understood, and what is said about those that are not.
 */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "codec/answer.h"

static struct request parse(const char *line)
{
	struct request r;
	const char *code;
	char why[256];

	if (request_parse(&r, line, &code, why, sizeof(why)))
		fail_msg("'%s': %s", line, why);
	return r;
}

static void refused(const char *line, const char *want_code, const char *part)
{
	struct request r;
	const char *code;
	char why[256];

	assert_int_equal(request_parse(&r, line, &code, why, sizeof(why)), -EINVAL);
	assert_string_equal(code, want_code);
	if (!strstr(why, part))
		fail_msg("'%s' is answered with '%s'", line, why);
}

static void words_alone(void **state)
{
	(void)state;
	assert_int_equal(parse("status").kind, REQUEST_STATUS);
	assert_int_equal(parse("  metrics\r").kind, REQUEST_METRICS);
	assert_int_equal(parse("peers").kind, REQUEST_PEERS);
	assert_string_equal(parse("peers").arg, "");
	assert_int_equal(parse("events").count, 0);
}

static void words_with_an_argument(void **state)
{
	(void)state;
	assert_string_equal(parse("peers wg0").arg, "wg0");
	assert_string_equal(parse("peer\t Pi at home \t").arg, "Pi at home");
	assert_string_equal(parse("resolve all").arg, "all");
	assert_string_equal(parse("explain 10.0.0.0/8").arg, "10.0.0.0/8");
	assert_int_equal(parse("events 12").count, 12);
	assert_int_equal(parse("events 99999999999999999999999").count, EVENTS_KEPT);
	assert_int_equal(parse("log debug").kind, REQUEST_LOG);
}

static void what_is_refused(void **state)
{
	char longish[HOST_LEN + 40] = "peer ";
	(void)state;

	memset(longish + 5, 'x', HOST_LEN + 10);
	refused("", "unknown-request", "empty");
	refused("   ", "unknown-request", "empty");
	refused("stat", "unknown-request", "'stat' is no request");
	refused("statuss", "unknown-request", "status, peers");
	refused("STATUS", "unknown-request", "no request");
	refused("status now", "usage", "usage: status");
	refused("peer", "usage", "usage: peer NAME-OR-KEY");
	refused("events many", "usage", "NUMBER");
	refused("events -1", "usage", "NUMBER");
	refused("events 0", "usage", "NUMBER");
	refused("events 5 6", "usage", "NUMBER");
	refused("log loud", "usage", "error|warn|info|debug");
	refused("kick", "usage", "PEER");
	refused(longish, "usage", "usage: peer");
}

static void a_message_fits_any_buffer(void **state)
{
	struct request r;
	const char *code;
	(void)state;

	for (size_t size = 1; size < 200; size++) {
		char *why = mem_calloc(size, 1); /* so that a sanitizer sees a step too far */

		assert_int_equal(request_parse(&r, "nonsense", &code, why, size), -EINVAL);
		assert_true(strlen(why) < size);
		free(why);
	}
}

static void acts(void **state)
{
	static const char *const act[] = {"reload", "resolve x", "kick x", "log info"};
	static const char *const look[] = {"status", "peers",	"peer x", "routes",    "firewall",
					   "dns",    "paths",	"plan",	  "explain x", "events",
					   "watch",  "metrics", "version"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(act); i++)
		assert_true(request_is_act(parse(act[i]).kind));
	for (size_t i = 0; i < ARRAY_LEN(look); i++)
		assert_false(request_is_act(parse(look[i]).kind));
}

TEST_MAIN(words_alone, words_with_an_argument, what_is_refused, a_message_fits_any_buffer, acts)
