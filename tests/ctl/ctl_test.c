// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * waysidectl as it is run, against a daemon that knows its answers by heart: what is printed, and
 * the exit codes that scripts rely on.
 */
#include "support/test.h"

#include <string.h>

#include "fake_daemon.h"

#define PEER(label, state, age)                                                                    \
	"{\"interface\":\"wg0\",\"label\":\"" label "\",\"state\":\"" state                        \
	"\",\"endpoint\":\"192.0.2.1:51820\",\"endpoint_source\":\"dns\",\"handshake_age_s\":" age \
	",\"rx_bytes\":1268763,\"tx_bytes\":512,\"keepalive_s\":25,"                               \
	"\"keepalive_reason\":\"behind a NAT\",\"allowed_ips\":[\"10.0.0.1/32\",\"10.1.0.0/16\"]," \
	"\"routes\":[{\"prefix\":\"10.1.0.0/16\",\"table\":\"main\",\"status\":\"installed\"}]}"

#define EVENT                                                                                  \
	"{\"seq\":7,\"time\":\"2024-02-29T12:34:56.789Z\",\"level\":\"warn\",\"peer\":\"pi\"," \
	"\"interface\":\"wg0\",\"text\":\"unanswered for 17 s\"}"

#define LATER                                                                                  \
	"{\"seq\":8,\"time\":\"2024-02-29T12:34:57.000Z\",\"level\":\"info\",\"peer\":\"pi\"," \
	"\"interface\":\"wg0\",\"text\":\"answered after 0.3 s\"}"

#define STATUS(converged, problems)                                                  \
	"{\"version\":\"9.9\",\"pid\":42,\"uptime_s\":63,\"config\":{\"path\":null," \
	"\"generation\":1,\"error\":null},\"converged\":" converged                  \
	",\"interfaces\":[{\"name\":\"wg0\",\"up\":true,\"backend\":\"kernel\"}],"   \
	"\"routes\":{\"desired\":2,\"installed\":1,\"blocked\":1},"                  \
	"\"firewall\":{\"state\":\"off\",\"elements\":0},\"problems\":[" problems "]}"

#define PROBLEM "{\"code\":\"route-blocked\",\"message\":\"in the way\",\"hint\":\"del it\"}"

#define FIREWALL                                                                                  \
	"{\"state\":\"installed\",\"error\":null,\"chains\":[{\"name\":\"forward\",\"rules\":["   \
	"{\"comment\":\"connections that passed\",\"verdict\":\"accept\",\"installed\":true}]}]," \
	"\"sets\":[],\"foreign_rules\":[],\"zones\":[{\"name\":\"dc\",\"peers\":0,"               \
	"\"prefixes\":[\"10.10.0.0/16\"],\"interfaces\":[\"br-lan\"]},"                           \
	"{\"name\":\"peers\",\"peers\":1,\"prefixes\":[],\"interfaces\":[]},"                     \
	"{\"name\":\"spare\",\"peers\":0,\"prefixes\":[],\"interfaces\":[]}],"                    \
	"\"policies\":[{\"interface\":\"wg0\",\"rules\":[{\"from\":\"dc\",\"to\":\"peers\","      \
	"\"ports\":[\"tcp/22\",\"icmp\"],\"action\":\"accept\",\"file\":\"w.conf\",\"line\":3}]," \
	"\"input\":[],\"default\":\"drop\",\"peer_to_peer\":false}],"                             \
	"\"peers\":[{\"interface\":\"wg0\",\"label\":\"pi\",\"zone\":\"peers\","                  \
	"\"from_packets\":5,\"from_bytes\":2048,\"to_packets\":0,\"to_bytes\":0,"                 \
	"\"dropped_packets\":7,\"dropped_bytes\":1},{\"interface\":\"wg0\","                      \
	"\"label\":\"quiet\"}]}"

static const struct fake_answer answers[] = {
	{"firewall", FIREWALL},
	{"status", STATUS("true", "")},
	{"peers", "[" PEER("home", "up", "63") "," PEER("pi", "dead", "null") "]"},
	{"peers none", "[]"},
	{"peer home", PEER("home", "up", "63")},
	{"plan", "{\"operations\":[]}"},
	{"events 1", "[" EVENT "]"},
	{"metrics", "\"a_total 1\\n# EOF\\n\""},
	{"version", "{\"version\":\"9.9\"}"},
	{"something new", "{\"answer\":42}"},
	/* The same daemon in trouble, under names that only this test has. */
	{"plan full", "{\"operations\":[{\"kind\":\"route-add\",\"text\":\"route add x\"}]}"},
	{"plan held", "{\"operations\":[{\"text\":\"route add x\",\"error\":\"File exists\"}],"
		      "\"held\":[{\"prefix\":\"p\",\"status\":\"withdrawn\",\"reason\":\"dead\"},"
		      "{\"prefix\":\"q\",\"status\":\"covered\"}]}"},
	{"status bad", STATUS("true", PROBLEM)},
	{"status busy", STATUS("false", "")},
	{"watch", "{\"watching\":true}", .then = LATER},
	{0},
};

static int start(void **unused)
{
	(void)unused;
	return fake_start(answers);
}

static void firewall_for_people(void **state)
{
	const char *text = run(0, "firewall");
	(void)state;

	has(text, "10.10.0.0/16, br-lan");
	has(text, "1 peer");
	has(text, "tcp/22, icmp");
	has(text, "w.conf:3");
	has(text, "anything else");
	has(text, "2.00 KiB");
	assert_null(strstr(text, "quiet"));
}

static void status_for_people(void **state)
{
	const char *text = run(0, "status");
	(void)state;

	has(text, "waysided 9.9, pid 42, up 1 minute, 3 seconds");
	has(text, "configuration: built-in defaults");
	has(text, "state: converged");
	has(text, "routes: 1 installed, 1 blocked");
	assert_null(strstr(text, "\033["));
	text = run(0, "status bad");
	has(text, "route-blocked: in the way\n    del it");
}

static void status_for_scripts(void **state)
{
	(void)state;
	run(0, "status --check");
	run(4, "status bad --check");
	run(4, "--check status busy");
	run(4, "--json status bad --check");
}

static void trouble_comes_first(void **state)
{
	const char *text = run(0, "peers");
	(void)state;

	has(text, "PEER STATE IFACE ENDPOINT");
	assert_true(strstr(text, "pi   dead") < strstr(text, "home up"));
	has(text, "1 minute ago 1.21 MiB 512 B 10.0.0.1/32, 10.1.0.0/16");
	has(text, "never");
	assert_string_equal(run(0, "peers none"), "no peers\n");
}

static void one_peer(void **state)
{
	const char *text = run(0, "peer home");
	(void)state;

	has(text, "endpoint: 192.0.2.1:51820 (dns)");
	has(text, "latest handshake: 1 minute, 3 seconds ago");
	has(text, "persistent keepalive: every 25 seconds (behind a NAT)");
	has(text, "routes: 10.1.0.0/16 table main installed");
}

static void plan_by_exit_code(void **state)
{
	(void)state;
	assert_string_equal(run(0, "plan"), "nothing to do\n");
	assert_string_equal(run(4, "plan full"), "route add x\n");
	has(run(4, "-j plan full"), "\"operations\"");
	assert_string_equal(run(4, "plan held"),
			    "route add x  (File exists)\nno route p: withdrawn: dead\n"
			    "1 prefix is served by others' routes: see waysidectl routes\n");
}

static void shows(const char *text, const char *part, unsigned int times)
{
	unsigned int n = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		n++;
	if (n != times)
		fail_msg("%u times '%s' in: %s", n, part, text);
}

static void events_as_a_story(void **state)
{
	static const char line[] = "2024-02-29 12:34:56 pi: warning: unanswered for 17 s\n";
	const char *text;
	(void)state;

	assert_string_equal(run(0, "events 1"), line);
	text = run(3, "--json watch"); /* the daemon dies at its end */
	has(text, "\"seq\":8");
	has(text, "has gone");
}

/* The daemon dies again and again, and the next one tells what was told: it is shown once. */
static void events_of_one_daemon_after_another(void **state)
{
	const char *text;
	(void)state;

	strcpy(fake_before, "timeout 5");
	text = run(124, "events -f 1");
	fake_before[0] = '\0';
	shows(text, "unanswered for 17 s\n", 1);
	shows(text, "answered after 0.3 s\n", 1);
	has(text, "waysidectl: waysided is away since ");
	has(text, "waysidectl: waysided is there again\n");
}

static void json_for_programs(void **state)
{
	const char *text = run(0, "--json version");
	(void)state;

	assert_string_equal(text, "{\n  \"version\": \"9.9\"\n}\n");
	assert_string_equal(run(0, "something new"), "{\n  \"answer\": 42\n}\n");
	assert_string_equal(run(0, "metrics"), "a_total 1\n# EOF\n");
}

static void what_the_daemon_refuses(void **state)
{
	(void)state;
	assert_string_equal(run(1, "kick nobody"), "waysidectl: no such thing: kick nobody\n");
	assert_string_equal(run(2, "nonsense"), "waysidectl: no such thing: nonsense\n");
}

static void without_words_or_daemon(void **state)
{
	const char *text;
	(void)state;

	has(run(2, ""), "usage: waysidectl");
	has(run(2, "--nonsense status"), "unrecognized option");
	has(run(0, "--help"), "exit codes:");
	has(run(0, "--version"), "waysidectl ");
	text = run(3, "-s /nowhere/at/all status");
	has(text, "waysidectl: no daemon listens at /nowhere/at/all");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one sentence */
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, start, fake_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(status_for_people),
		SERVED(status_for_scripts),
		SERVED(trouble_comes_first),
		SERVED(one_peer),
		SERVED(plan_by_exit_code),
		SERVED(events_as_a_story),
		SERVED(events_of_one_daemon_after_another),
		SERVED(json_for_programs),
		SERVED(what_the_daemon_refuses),
		SERVED(without_words_or_daemon),
		SERVED(firewall_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
