// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Completion for zsh: as a file _waysidectl in $fpath, or sourced after compinit.
 */
#include <stdio.h>

#include "completion.h"

static const char head[] =
	"#compdef waysidectl\n"
	"# zsh completion for waysidectl; for one shell: source <(waysidectl completion zsh)\n"
	"\n"
	"# What the daemon knows under a key, one a line.\n"
	"_waysidectl_ask() {\n"
	"	local -a socket\n"
	"	local path_=${opt_args[-s]:-${opt_args[--socket]}}\n"
	"\n"
	"	[[ -n $path_ ]] && socket=(-s ${(Q)path_})\n"
	"	${(Q)~words[1]} $socket --json peers 2>/dev/null |\n"
	"		sed -n \"s/^ *\\\"$1\\\": \\\"\\(.*\\)\\\",\\{0,1\\}\\$/\\1/p\" |\n"
	"		sed 's/\\\\\\([\"\\\\/]\\)/\\1/g' | sort -u\n"
	"}\n"
	"\n"
	"_waysidectl_offer() {\n"
	"	local -a found=(\"${(@f)$(_waysidectl_ask $1)}\" $@[2,-1])\n"
	"\n"
	"	found=(${found:#})\n"
	"	compadd -a found\n"
	"}\n"
	"\n"
	"_waysidectl() {\n"
	"	local curcontext=$curcontext state state_descr line\n"
	"	typeset -A opt_args\n"
	"	local -a known=(\n";

/* In single quotes, as sh has them. */
static void quoted_print(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else
			putchar(*text);
	}
}

static void words_print(void)
{
	for (const struct word *w = words; w->name; w++) {
		printf("		'%s:", w->name);
		quoted_print(w->summary);
		printf("'\n");
	}
	printf("	)\n");
}

static void options_print(void)
{
	printf("\n	_arguments -C \\\n");
	for (const struct completion_option *c = completion_options; c->name; c++)
		printf("		'(-%c --%s)'{-%c%s,--%s%s}'[%s]%s' \\\n", c->letter,
		       c->name, c->letter, c->takes ? "+" : "", c->name, c->takes ? "=" : "",
		       c->summary, c->takes ? ":file:_files" : "");
	printf("		'(-c --check)'{-c,--check}'[status: tell by the exit code]' \\\n"
	       "		'(-f --follow)'{-f,--follow}'[events: and what comes]' \\\n"
	       "		'(-F --format)'{-F+,--format=}'[how it is "
	       "printed]:format:->format' \\\n"
	       "		'*--via=[lan-routes: address of this host]:address:' \\\n"
	       "		'1:word:->word' \\\n"
	       "		'2:argument:->argument' && return\n");
}

static void formats_print(void)
{
	printf("	format)\n"
	       "		case $line[1] in\n");
	for (const struct word *w = words; w->name; w++)
		if (w->formats)
			printf("		%s) compadd %s ;;\n", w->name, w->formats);
	printf("		esac\n"
	       "		;;\n");
}

static void takes_print(enum word_takes takes, const char *action)
{
	printf("		");
	if (completion_words_print(takes, "|"))
		printf(") %s ;;\n", action);
}

static void arguments_print(void)
{
	printf("	argument)\n"
	       "		case $line[1] in\n");
	takes_print(TAKES_INTERFACE, "_waysidectl_offer interface");
	takes_print(TAKES_PEER, "_waysidectl_offer label");
	takes_print(TAKES_ADDRESS, "_waysidectl_offer label");
	takes_print(TAKES_PEER_OR_ALL, "_waysidectl_offer label all");
	takes_print(TAKES_LEVEL, "compadd error warn info debug");
	takes_print(TAKES_SHELL, "compadd bash zsh fish");
	printf("		esac\n"
	       "		;;\n");
}

void completion_zsh(void)
{
	printf("%s", head);
	words_print();
	options_print();
	printf("	case $state in\n"
	       "	word) _describe -t commands word known ;;\n");
	formats_print();
	arguments_print();
	printf("	esac\n"
	       "}\n"
	       "\n"
	       "if [[ $funcstack[1] == _waysidectl ]]; then\n"
	       "	_waysidectl \"$@\"\n"
	       "else\n"
	       "	compdef _waysidectl waysidectl\n"
	       "fi\n");
}
