/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the net child gives up before it looks at the first byte from a network.
 */
#ifndef NET_CONFINE_H
#define NET_CONFINE_H

/*
 * Gives up every descriptor but fd and 0..2, the user, the groups, every capability, and all
 * system calls but those of calls.c; the child dies with its parent from here on. 0, or -errno
 * and *what (static text) tells what could not be given up: then it must not go on.
 */
int confine(int fd, const char **what);

/* After that, when there is nothing left to say: 0..2 become /dev/null. */
void stdio_close(int devnull);

#endif
