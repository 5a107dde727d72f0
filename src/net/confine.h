/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the net child gives up before it looks at the first byte from a network.
 */
#ifndef NET_CONFINE_H
#define NET_CONFINE_H

/*
 * AddressSanitizer makes calls of its own that no sensible filter would allow, looks at the
 * process from another one at the end, and reports to stderr: such a build is confined less.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#if defined(CONFINE_SANITIZED) || defined(__SANITIZE_ADDRESS__)
#define CONFINE_FULLY 0
#else
#define CONFINE_FULLY 1
#endif

/*
 * Gives up every descriptor but fd and 0..2, the user, the groups, every capability, and all
 * system calls but those of filter.c; the child dies with its parent from here on. 0, or -errno
 * and *what (static text) tells what could not be given up: then it must not go on.
 */
int confine(int fd, const char **what);

/* The last of these steps: the seccomp filter. 0 or -errno. */
int filter_load(void);

/* After that, when there is nothing left to say: 0..2 become /dev/null. */
void stdio_close(int devnull);

#endif
