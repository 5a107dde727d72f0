// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Completion for fish 3 and later.
 */
#include <stdio.h>

#include "completion.h"

static const char head[] =
	"# fish completion for waysidectl; for one shell: waysidectl completion fish | source\n"
	"\n"
	"# The word and how many arguments it has so far, a line each; then what is before them.\n"
	"function __waysidectl_parse\n"
	"	set -l tokens (commandline -opc)\n"
	"	set -l command $tokens[1]\n"
	"	set -l found\n"
	"	set -l i 2\n"
	"	while test $i -le (count $tokens)\n"
	"		switch $tokens[$i]\n"
	"			case -s --socket\n"
	"				set i (math $i + 1)\n"
	"				set command $tokens[1] -s $tokens[$i]\n"
	"			case '--socket=*'\n"
	"				set command $tokens[1] $tokens[$i]\n"
	"			case -F --format --via\n"
	"				set i (math $i + 1)\n"
	"			case '-*'\n"
	"			case '*'\n"
	"				set found $found $tokens[$i]\n"
	"		end\n"
	"		set i (math $i + 1)\n"
	"	end\n"
	"	printf '%s\\n' \"$found[1]\" (count $found) $command\n"
	"end\n"
	"\n"
	"# Is it the argument of one of these words that is typed?\n"
	"function __waysidectl_after\n"
	"	set -l parsed (__waysidectl_parse)\n"
	"	test $parsed[2] -eq 1; and contains -- $parsed[1] $argv\n"
	"end\n"
	"\n"
	"function __waysidectl_first\n"
	"	set -l parsed (__waysidectl_parse)\n"
	"	test $parsed[2] -eq 0\n"
	"end\n"
	"\n"
	"function __waysidectl_is\n"
	"	set -l parsed (__waysidectl_parse)\n"
	"	contains -- $parsed[1] $argv\n"
	"end\n"
	"\n"
	"# What the daemon knows under a key, one a line.\n"
	"function __waysidectl_ask\n"
	"	set -l parsed (__waysidectl_parse)\n"
	"	command $parsed[3..-1] --json peers 2>/dev/null |\n"
	"		sed -n \"s/^ *\\\"$argv[1]\\\": \\\"\\(.*\\)\\\",\\{0,1\\}\\$/\\1/p\" |\n"
	"		sed 's/\\\\\\\\\\(["
	"\"\\\\\\\\/]\\)/\\1/g' | sort -u\n"
	"end\n"
	"\n"
	"complete -c waysidectl -f\n";

static void quoted_print(const char *text)
{
	for (; *text; text++)
		printf("%s%c", *text == '\'' || *text == '\\' ? "\\" : "", *text);
}

static void words_print(void)
{
	for (const struct word *w = words; w->name; w++) {
		printf("complete -c waysidectl -n __waysidectl_first -a %s -d '", w->name);
		quoted_print(w->summary);
		printf("'\n");
	}
}

static void options_print(void)
{
	for (const struct completion_option *c = completion_options; c->name; c++)
		printf("complete -c waysidectl -s %c -l %s%s -d '%s'\n", c->letter, c->name,
		       c->takes ? " -rF" : "", c->summary);
	printf("complete -c waysidectl -n '__waysidectl_is status' -s c -l check "
	       "-d 'tell by the exit code'\n"
	       "complete -c waysidectl -n '__waysidectl_is events' -s f -l follow "
	       "-d 'and what comes'\n"
	       "complete -c waysidectl -n '__waysidectl_is lan-routes' -x -l via "
	       "-d 'address of this host on the LAN'\n");
	for (const struct word *w = words; w->name; w++)
		if (w->formats)
			printf("complete -c waysidectl -n '__waysidectl_is %s' -x -s F -l format "
			       "-a '%s'\n",
			       w->name, w->formats);
}

static void takes_print(enum word_takes takes, const char *list)
{
	printf("complete -c waysidectl -n '__waysidectl_after ");
	completion_words_print(takes, " ");
	printf("' -a '%s'\n", list);
}

void completion_fish(void)
{
	printf("%s", head);
	words_print();
	options_print();
	takes_print(TAKES_INTERFACE, "(__waysidectl_ask interface)");
	takes_print(TAKES_PEER, "(__waysidectl_ask label)");
	takes_print(TAKES_ADDRESS, "(__waysidectl_ask label)");
	takes_print(TAKES_PEER_OR_ALL, "(__waysidectl_ask label) all");
	takes_print(TAKES_LEVEL, "error warn info debug");
	takes_print(TAKES_SHELL, "bash zsh fish");
}
