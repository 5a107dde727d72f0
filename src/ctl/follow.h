/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as they come.
 */
#ifndef CTL_FOLLOW_H
#define CTL_FOLLOW_H

#include "client.h"
#include "ctl.h"

/* `watch` was sent: shows what comes until the daemon goes (EXIT_NO_DAEMON) or says no. */
enum exit_code follow_once(struct client *c, const struct options *o);

/*
 * The same, and asks again with request when there is a daemon again: for ever, unless one says
 * no. What was shown already is not shown again.
 */
enum exit_code follow_on(struct client *c, const char *request, const struct options *o);

#endif
