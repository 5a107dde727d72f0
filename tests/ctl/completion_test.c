// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Completion as the shells ask for it: the words before the cursor go in, what is offered comes
 * out. Bash is there on every build machine; zsh and fish are tried where they are.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "fake_daemon.h"

#define PEER(interface, label)                                               \
	"{\"interface\":\"" interface "\",\"name\":\"x\",\"label\":\"" label \
	"\",\"endpoint_host\":\"label\",\"routes\":[{\"prefix\":\"::/0\"}]}"

static const struct fake_answer answers[] = {
	{"peers", "[" PEER("wg0", "london-gw") "," PEER("wg0", "london-2") "," PEER(
			  "wg1", "pi of \\\"Ann\\\"") "," PEER("wg1", "Zoë's \\\\$HOME") "]"},
	{0},
};

static int start(void **unused)
{
	(void)unused;
	return fake_start(answers);
}

/* What a shell says to a script of ours with the program and its words behind it. */
static const char *shell(const char *how, const char *words)
{
	static char text[65536];
	char command[2 * PATH_MAX + 4096];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 %s '%s' -s '%s' %s 2>&1", how, program,
		 path, words);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	assert_int_equal(pclose(f), 0);
	return text;
}

static const char *bash(const char *words)
{
	return shell("bash --norc --noprofile -c '. <(\"$1\" completion bash); COMP_WORDS=(\"$@\")"
		     "; COMP_CWORD=$(($# - 1)); _waysidectl; [ ${#COMPREPLY[@]} = 0 ] || "
		     "printf \"%s\\n\" \"${COMPREPLY[@]}\"' -",
		     words);
}

static bool is_there(const char *name)
{
	char command[64];

	snprintf(command, sizeof(command), "command -v %s > /dev/null", name);
	return system(command) == 0;
}

static void bash_words_and_options(void **state)
{
	const char *all = bash("''");
	(void)state;

	has(all, "status\npeers\npeer\npaths\n");
	has(all, "lan-routes\n");
	assert_string_equal(bash("re"), "reload\nresolve\n");
	assert_string_equal(bash("status --c"), "--check\n");
	assert_string_equal(bash("--c"), "");
	assert_string_equal(bash("lan-routes --"),
			    "--socket\n--json\n--help\n--version\n--format\n--via\n");
	assert_string_equal(bash("lan-routes --format m"), "mikrotik\n");
	assert_string_equal(bash("lan-routes --format = v"), "vyos\n"); /* as bash splits it */
	has(bash("lan-routes --format ="), "iproute2\nopenwrt\n");
	assert_string_equal(bash("--json lo"), "log\n");
	assert_string_equal(bash("log d"), "debug\n");
	assert_string_equal(bash("completion ''"), "bash\nzsh\nfish\n");
}

static void bash_names_of_the_daemon(void **state)
{
	(void)state;
	assert_string_equal(bash("peer lon"), "london-2\nlondon-gw\n");
	assert_string_equal(bash("resolve a"), "all\n");
	assert_string_equal(bash("kick --json london-g"), "london-gw\n");
	assert_string_equal(bash("peers ''"), "wg0\nwg1\n");
	assert_string_equal(bash("kick london-gw l"), ""); /* one is enough */
	assert_string_equal(bash("routes ''"), "");
}

/* Names with blanks and what a shell makes something of arrive as one word. */
static void bash_quotes(void **state)
{
	(void)state;
	assert_string_equal(bash("peer p"), "pi\\ of\\ \\\"Ann\\\"\n");
	assert_string_equal(bash("peer 'pi\\ o'"), "pi\\ of\\ \\\"Ann\\\"\n");
	assert_string_equal(bash("peer \"'pi o\""), "pi of \"Ann\"\n");
	assert_string_equal(bash("peer Z"), "Zoë\\'s\\ \\\\\\$HOME\n");
}

static void bash_without_daemon(void **state)
{
	(void)state;
	assert_string_equal(bash("-s /nowhere/at/all peer ''"), "");
}

static void fish_offers(void **state)
{
	static const char how[] = "fish --no-config -c '$argv[1] completion fish | source; "
				  "function waysidectl; end; complete -C (string join \" \" -- "
				  "waysidectl -s $argv[3] $argv[4..-1])'";
	const char *text;
	(void)state;

	if (!is_there("fish"))
		skip();
	has(shell(how, "re"), "reload\tread the configuration again\n");
	has(shell(how, "lan-routes --format m"), "mikrotik\n");
	has(shell(how, "log d"), "debug\n");
	text = shell(how, "status --");
	has(text, "--check\t");
	assert_null(strstr(text, "--via"));
}

static void zsh_reads_it(void **state)
{
	(void)state;
	if (!is_there("zsh"))
		skip();
	shell("zsh -f -c 'autoload -U compinit; compinit -D -u; source <($1 completion zsh); "
	      "[[ $_comps[waysidectl] == _waysidectl ]]' -",
	      "");
}

static void another_shell(void **state)
{
	(void)state;
	has(run(2, "completion tcsh"), "bash zsh fish");
	has(run(2, "completion"), "bash zsh fish");
	has(run(2, "completion bash zsh"), "bash zsh fish");
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, start, fake_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(bash_words_and_options),
		SERVED(bash_names_of_the_daemon),
		SERVED(bash_quotes),
		SERVED(bash_without_daemon),
		SERVED(fish_offers),
		SERVED(zsh_reads_it),
		SERVED(another_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
