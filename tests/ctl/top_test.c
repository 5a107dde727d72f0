// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `top` as somebody sees it: in a terminal that tmux(1) plays, keys go in and the screen is read.
 */
#include "support/test.h"

#include <string.h>
#include <time.h>

#include "fake_daemon.h"

#define PEER(label, key, state, age, rx)                                                       \
	"{\"interface\":\"wg0\",\"label\":\"" label "\",\"public_key\":\"" key                 \
	"\",\"state\":\"" state "\",\"endpoint\":\"192.0.2.1:51820\",\"handshake_age_s\":" age \
	",\"rx_bytes\":" rx ",\"tx_bytes\":512,\"allowed_ips\":[\"10.0.0.1/32\"],"             \
	"\"endpoint_source\":\"dns\",\"zone\":\"sites\",\"keepalive_s\":25,"                   \
	"\"keepalive_reason\":\"behind a NAT\"}"

#define ALPHA PEER("alpha", "AAAA", "up", "63", "1000")
#define BRAVO PEER("bravo", "BBBB", "dead", "null", "3000")
#define CHINA PEER("中国-gw", "CCCC", "up", "5", "2000")

static const struct fake_answer answers[] = {
	{"status", "{\"version\":\"9.9\",\"uptime_s\":7200,\"converged\":true,\"problems\":[{}],"
		   "\"peers\":{\"total\":3,\"up\":2,\"idle\":0,\"unanswered\":0,\"dead\":1,"
		   "\"never\":0}}"},
	{"peers", "[" ALPHA "," BRAVO "," CHINA "]"},
	{"peer BBBB", BRAVO},
	{"peer CCCC", CHINA, .then = "{}"}, /* and then the daemon dies */
	{0},
};

static int start(void **unused)
{
	(void)unused;
	return fake_start(answers);
}

/* What tmux prints of a command to it. */
static const char *tmux(const char *words)
{
	static char text[16384];
	char command[PATH_MAX + 2048];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 tmux -S %s/t -f /dev/null %s 2>&1",
		 folder, words);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	pclose(f);
	return text;
}

static const char *screen(void)
{
	return tmux("capture-pane -p");
}

/* Until the screen shows it, or, with shown false, no more. */
static const char *wait_until(const char *part, bool shown)
{
	const struct timespec moment = {.tv_nsec = 50000000};

	for (int i = 0; i < 400; i++) {
		if ((strstr(screen(), part) != NULL) == shown)
			return screen();
		nanosleep(&moment, NULL);
	}
	fail_msg("%s '%s' on the screen: %s", shown ? "no" : "still", part, screen());
	return NULL;
}

static void top_start(const char *socket, const char *before)
{
	char words[PATH_MAX + 512];

	if (access(program, X_OK))
		fail_msg("%s is not built", program);
	snprintf(words, sizeof(words),
		 "new-session -d -x 100 -y 12 \"%s '%s' -s '%s' top; echo exit=\\$?; exec sleep "
		 "300\"",
		 before, program, socket);
	tmux(words);
}

static int stop(void **state)
{
	char socket[96];

	tmux("kill-server");
	snprintf(socket, sizeof(socket), "%s/t", folder);
	unlink(socket);
	return fake_stop(state);
}

/* Is one above the other? */
static bool above(const char *text, const char *one, const char *other)
{
	const char *a = strstr(text, one), *b = strstr(text, other);

	return a && b && a < b;
}

static void a_list_in_order(void **state)
{
	const char *text;
	(void)state;

	top_start(path, "");
	text = wait_until("alpha", true);
	has(text, "waysided 9.9, up 2 hours: converged, 1 problem");
	has(text, "3 peers, 2 up, 0 idle, 0 unanswered, 1 dead");
	has(text, "PEER");
	has(text, "RECEIVED/S");
	has(text, "1 minute ago");
	has(text, "q quit");
	assert_true(above(text, "bravo", "alpha")); /* trouble first */
	assert_true(above(text, "alpha", "中国-gw"));
	tmux("send-keys h"); /* the latest handshake */
	for (int i = 0; i < 100 && !above(screen(), "中国-gw", "bravo"); i++)
		;
	text = screen();
	assert_true(above(text, "中国-gw", "alpha") && above(text, "alpha", "bravo"));
	tmux("send-keys h"); /* and the other way round */
	wait_until("alpha", true);
	for (int i = 0; i < 100 && !above(screen(), "bravo", "alpha"); i++)
		;
	assert_true(above(screen(), "alpha", "中国-gw"));
	tmux("send-keys q");
	wait_until("exit=0", true);
}

static void a_peer_is_opened(void **state)
{
	const char *text;
	(void)state;

	top_start(path, "");
	wait_until("alpha", true);
	tmux("send-keys Enter");
	text = wait_until("peer: bravo", true);
	has(text, "state: dead");
	has(text, "persistent keepalive: every 25 seconds (behind a NAT)");
	has(text, "q back");
	tmux("send-keys q");
	wait_until("peer: bravo", false);
	tmux("send-keys Down Enter"); /* alpha: the daemon does not know it any more */
	wait_until("this peer is gone", true);
	tmux("send-keys Escape");
	wait_until("q quit", true);
	tmux("send-keys C-c");
	wait_until("exit=0", true);
}

static void a_small_screen(void **state)
{
	(void)state;

	top_start(path, "");
	wait_until("ENDPOINT", true);
	tmux("resize-window -x 40 -y 8");
	wait_until("ENDPOINT", false);
	wait_until("STATE", true); /* it is drawn anew in two steps: tmux cuts, then top draws */
	wait_until("bravo", true);
	tmux("resize-window -x 12 -y 3");
	wait_until("STATE", false);
	wait_until("bravo", true);
	tmux("send-keys Down Down Down"); /* and further than there are any */
	wait_until("中国-gw", true);
	tmux("resize-window -x 100 -y 12");
	wait_until("192.0.2.1:51820", true);
	tmux("send-keys q");
	wait_until("exit=0", true);
}

static void without_a_daemon(void **state)
{
	(void)state;
	top_start("/nowhere/at/all", "");
	has(wait_until("exit=3", true), "no daemon listens at /nowhere/at/all");
}

static void while_the_daemon_is_away(void **state)
{
	(void)state;
	top_start(path, "");
	wait_until("alpha", true);
	fake_end();
	tmux("send-keys End Enter"); /* after this peer's page it has gone */
	has(wait_until("away since", true), "peer: 中国-gw");
	tmux("send-keys Escape");
	has(wait_until("q quit", true), "waysided is away since");
	has(screen(), "alpha"); /* what it said last */
	fake_listen(answers);
	has(wait_until("waysided 9.9", true), "alpha");
	tmux("send-keys q");
	wait_until("exit=0", true);
}

static void without_a_terminal(void **state)
{
	(void)state;
	has(run(2, "top </dev/null"), "needs a terminal");
	has(run(2, "top more"), "needs a terminal");
	/* libtinfo keeps what it tried */
	top_start(path, "ASAN_OPTIONS=detect_leaks=0 TERM=no-such-terminal");
	has(wait_until("exit=2", true), "TERM=no-such-terminal");
}

#define SEEN(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEEN(a_list_in_order),	SEEN(a_peer_is_opened),	  SEEN(a_small_screen),
		SEEN(without_a_daemon), SEEN(without_a_terminal), SEEN(while_the_daemon_is_away),
	};

	if (system("tmux -V >/dev/null 2>&1")) {
		puts("SKIP: no tmux");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
