// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What acts say to people when they are done: one short line each.
 */
#include <stdio.h>

#include "ctl.h"

enum exit_code reload_show(json_t *result, const struct options *o)
{
	(void)o;
	printf("the configuration is loaded, generation %lld\n",
	       (long long)get_int(result, "generation"));
	return EXIT_DONE;
}

enum exit_code resolve_show(json_t *result, const struct options *o)
{
	long long n = (long long)get_int(result, "asked");
	(void)o;

	printf("%lld name%s being looked up\n", n, n == 1 ? " is" : "s are");
	return EXIT_DONE;
}

enum exit_code kick_show(json_t *result, const struct options *o)
{
	(void)result;
	(void)o;
	puts("the peer is being sent to");
	return EXIT_DONE;
}

enum exit_code log_show(json_t *result, const struct options *o)
{
	(void)o;
	printf("the log level is %s\n", get_text(result, "level"));
	return EXIT_DONE;
}
