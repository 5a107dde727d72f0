// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Completion for bash 4 and later. Without the bash-completion package: nothing of it is used.
 */
#include <stdio.h>

#include "completion.h"

static const char head[] =
	"# bash completion for waysidectl; for one shell: . <(waysidectl completion bash)\n"
	"\n"
	"# What the daemon knows under a key, one a line: _waysidectl_ask KEY COMMAND...\n"
	"_waysidectl_ask()\n"
	"{\n"
	"	local key=$1\n"
	"\n"
	"	shift\n"
	"	\"$@\" --json peers 2>/dev/null |\n"
	"		sed -n \"s/^ *\\\"$key\\\": \\\"\\(.*\\)\\\",\\{0,1\\}\\$/\\1/p\" |\n"
	"		sed 's/\\\\\\([\"\\\\/]\\)/\\1/g' | sort -u\n"
	"}\n"
	"\n"
	"# Of the lines of standard input, those that begin with what was typed.\n"
	"_waysidectl_offer()\n"
	"{\n"
	"	local typed=$1 quote='' line\n"
	"\n"
	"	case $typed in\n"
	"	[\\\"\\']*) quote=${typed:0:1} typed=${typed:1} ;;\n"
	"	*) typed=${typed//\\\\/} ;;\n"
	"	esac\n"
	"	while IFS= read -r line; do\n"
	"		[[ $line == \"$typed\"* ]] || continue\n"
	"		[[ $quote ]] || printf -v line %q \"$line\"\n"
	"		COMPREPLY+=(\"$line\")\n"
	"	done\n"
	"}\n"
	"\n";

static const char parse[] =
	"_waysidectl()\n"
	"{\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"	local command=(\"${COMP_WORDS[0]/#\\~\\//$HOME/}\") word='' args=0 own='' "
	"formats='' i\n"
	"\n"
	"	COMPREPLY=()\n"
	"	if [[ $cur == = ]]; then\n"
	"		cur=\n"
	"	elif [[ $prev == = ]]; then\n"
	"		prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"	fi\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		case ${COMP_WORDS[i]} in\n"
	"		-s | --socket)\n"
	"			[[ ${COMP_WORDS[++i]} == = ]] && ((i++))\n"
	"			command+=(-s \"${COMP_WORDS[i]}\")\n"
	"			;;\n"
	"		-F | --format | --via)\n"
	"			[[ ${COMP_WORDS[++i]} == = ]] && ((i++))\n"
	"			;;\n"
	"		-*) ;;\n"
	"		*)\n"
	"			[[ $word ]] && ((args++))\n"
	"			: \"${word:=${COMP_WORDS[i]}}\"\n"
	"			;;\n"
	"		esac\n"
	"	done\n";

static const char options[] =
	"	case $prev in\n"
	"	-s | --socket)\n"
	"		_waysidectl_offer \"$cur\" < <(compgen -f -- \"$cur\")\n"
	"		return\n"
	"		;;\n"
	"	-F | --format)\n"
	"		_waysidectl_offer \"$cur\" < <(printf '%s\\n' \"${formats[@]}\")\n"
	"		return\n"
	"		;;\n"
	"	--via) return ;;\n"
	"	esac\n"
	"	if [[ $cur == -* ]]; then\n";

static void names_print(void)
{
	for (const struct word *w = words; w->name; w++)
		printf(" %s", w->name);
}

/* What options and formats each word has. */
static void word_cases_print(void)
{
	printf("	case $word in\n");
	for (const struct word *w = words; w->name; w++) {
		if (w->options)
			printf("	%s) own=(%s) formats=(%s) ;;\n", w->name, w->options,
			       w->formats ? w->formats : "");
	}
	printf("	esac\n");
}

static void takes_case_print(enum word_takes takes, const char *offer)
{
	printf("	");
	if (completion_words_print(takes, " | "))
		printf(") _waysidectl_offer \"$cur\" < <(%s) ;;\n", offer);
}

static void arguments_print(void)
{
	printf("	case $word in\n");
	takes_case_print(TAKES_INTERFACE, "_waysidectl_ask interface \"${command[@]}\"");
	takes_case_print(TAKES_PEER, "_waysidectl_ask label \"${command[@]}\"");
	takes_case_print(TAKES_ADDRESS, "_waysidectl_ask label \"${command[@]}\"");
	takes_case_print(TAKES_PEER_OR_ALL, "_waysidectl_ask label \"${command[@]}\"; echo all");
	takes_case_print(TAKES_LEVEL, "printf '%s\\n' error warn info debug");
	takes_case_print(TAKES_SHELL, "printf '%s\\n' bash zsh fish");
	printf("	esac\n");
}

void completion_bash(void)
{
	printf("%s%s", head, parse);
	word_cases_print();
	printf("%s		_waysidectl_offer \"$cur\" < <(printf '%%s\\n'", options);
	for (const struct completion_option *c = completion_options; c->name; c++)
		printf(" --%s", c->name);
	printf(" \"${own[@]}\")\n"
	       "		return\n"
	       "	elif [[ ! $word ]]; then\n"
	       "		_waysidectl_offer \"$cur\" < <(printf '%%s\\n'");
	names_print();
	printf(")\n"
	       "		return\n"
	       "	fi\n"
	       "	((args)) && return\n");
	arguments_print();
	printf("}\n"
	       "\n"
	       "complete -F _waysidectl waysidectl\n");
}
