// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * waysidectl as it is run, against a daemon that knows its answers by heart: what is printed, and
 * the exit codes that scripts rely on.
 */
#include "support/test.h"

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEER(label, state, age)                                                                    \
	"{\"interface\":\"wg0\",\"label\":\"" label "\",\"state\":\"" state                        \
	"\",\"endpoint\":\"192.0.2.1:51820\",\"endpoint_source\":\"dns\",\"handshake_age_s\":" age \
	",\"rx_bytes\":1268763,\"tx_bytes\":512,\"keepalive_s\":25,"                               \
	"\"keepalive_reason\":\"behind a NAT\",\"allowed_ips\":[\"10.0.0.1/32\",\"10.1.0.0/16\"]," \
	"\"routes\":[{\"prefix\":\"10.1.0.0/16\",\"table\":\"main\",\"status\":\"installed\"}]}"

#define EVENT                                                                                  \
	"{\"seq\":7,\"time\":\"2024-02-29T12:34:56.789Z\",\"level\":\"warn\",\"peer\":\"pi\"," \
	"\"interface\":\"wg0\",\"text\":\"unanswered for 17 s\"}"

#define STATUS(converged, problems)                                                  \
	"{\"version\":\"9.9\",\"pid\":42,\"uptime_s\":63,\"config\":{\"path\":null," \
	"\"generation\":1,\"error\":null},\"converged\":" converged                  \
	",\"interfaces\":[{\"name\":\"wg0\",\"up\":true,\"backend\":\"kernel\"}],"   \
	"\"routes\":{\"desired\":2,\"installed\":1,\"blocked\":1},"                  \
	"\"firewall\":{\"state\":\"off\",\"elements\":0},\"problems\":[" problems "]}"

#define PROBLEM "{\"code\":\"route-blocked\",\"message\":\"in the way\",\"hint\":\"del it\"}"

static const struct {
	const char *request, *result;
} answers[] = {
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
	{"status bad", STATUS("true", PROBLEM)},
	{"status busy", STATUS("false", "")},
};

static char folder[64], path[80], program[PATH_MAX];
static pid_t daemon_pid;

static void answer(FILE *to, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (!strcmp(line, "watch")) {
		fprintf(to, "{\"ok\":true,\"result\":{\"watching\":true}}\n" EVENT "\n");
		fflush(to);
		_exit(0); /* the daemon dies: a stream ends */
	}
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		if (strcmp(answers[i].request, line) != 0)
			continue;
		fprintf(to, "{\"ok\":true,\"result\":%s}\n", answers[i].result);
		return;
	}
	fprintf(to,
		"{\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":\"no such thing: %s\"}}\n",
		strncmp(line, "kick", 4) ? "unknown-request" : "not-found", line);
}

static void serve(int listener)
{
	char line[4096];
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (!fork()) {
			FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");

			while (fgets(line, sizeof(line), in)) {
				answer(out, line);
				fflush(out);
			}
			_exit(0);
		}
		close(fd);
	}
	_exit(1);
}

static int start(void **unused)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	(void)unused;

	assert_true(n > 0); /* …/tests/ctl/ctl_test, and what is tested is …/waysidectl */
	program[n] = '\0';
	dirname(dirname(dirname(program)));
	strcat(program, "/waysidectl");
	strcpy(folder, "/tmp/wayside-ctl-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	strcpy(a.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	daemon_pid = fork();
	if (!daemon_pid) {
		signal(SIGCHLD, SIG_IGN);
		serve(fd);
	}
	close(fd);
	return 0;
}

static int stop(void **unused)
{
	(void)unused;
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	unlink(path);
	return rmdir(folder);
}

/* Runs it with these words; what it says on both outputs is returned, its exit code checked. */
static const char *run(int code, const char *words)
{
	static char text[65536];
	char command[PATH_MAX + 512];
	int status;
	size_t n;
	FILE *f;

	if (access(program, X_OK))
		fail_msg("%s is not built", program);
	snprintf(command, sizeof(command), "TZ=UTC0 LC_ALL=C.UTF-8 '%s' -s '%s' %s 2>&1", program,
		 path, words);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	status = pclose(f);
	if (WEXITSTATUS(status) != code)
		fail_msg("%s: exit %d, said: %s", words, WEXITSTATUS(status), text);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
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
}

static void events_as_a_story(void **state)
{
	static const char line[] = "2024-02-29 12:34:56 pi: warning: unanswered for 17 s\n";
	const char *text;
	(void)state;

	assert_string_equal(run(0, "events 1"), line);
	text = run(3, "events -f 1"); /* the daemon dies at its end */
	has(text, line);
	has(strstr(text, line) + 1, line);
	has(text, "has gone");
	has(run(3, "--json watch"), "\"seq\":7");
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

#define SERVED(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(status_for_people),	 SERVED(status_for_scripts),
		SERVED(trouble_comes_first),	 SERVED(one_peer),
		SERVED(plan_by_exit_code),	 SERVED(events_as_a_story),
		SERVED(json_for_programs),	 SERVED(what_the_daemon_refuses),
		SERVED(without_words_or_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
