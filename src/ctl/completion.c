// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `completion`: a script that makes a shell complete words, their options and, asking the running
 * daemon, the names of peers and interfaces. Nothing is kept in the script that the daemon knows.
 */
#include "completion.h"

#include <stdio.h>
#include <string.h>

const struct completion_option completion_options[] = {
	{'s', "socket", "the control socket", true},
	{'j', "json", "the answer as JSON"},
	{'h', "help", "a short help"},
	{'V', "version", "the version"},
	{0},
};

bool completion_words_print(enum word_takes takes, const char *between)
{
	bool any = false;

	for (const struct word *w = words; w->name; w++) {
		if (w->takes != takes)
			continue;
		printf("%s%s", any ? between : "", w->name);
		any = true;
	}
	return any;
}

enum exit_code completion_make(char **args, const struct options *o)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = {
		{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
	(void)o;

	for (size_t i = 0; args[0] && !args[1] && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].name, args[0]) != 0)
			continue;
		shells[i].print();
		return EXIT_DONE;
	}
	fprintf(stderr, "waysidectl: completion is for one of: bash zsh fish\n");
	return EXIT_USAGE;
}
