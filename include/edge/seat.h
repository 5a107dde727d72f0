/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seat: one daemon acts in a network namespace.
 *
 * It is a name in the abstract namespace of Unix sockets (unix(7)), which every network namespace
 * has for itself, whatever is mounted at /run; it needs no right and no file, and is free the
 * moment that its process is gone, however that went. Whoever has it is asked there who it is.
 * Anybody may take such a name, so it counts only as that of root, of our own user, or of
 * `wayside`.
 */
#ifndef EDGE_SEAT_H
#define EDGE_SEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SEAT_PATH_MAX 108 /* sun_path */

struct seat;
struct uv_loop_s;

/* Who has it. pid is 0 where it is in a PID namespace that we do not see. */
struct seat_holder {
	pid_t pid;
	char socket[SEAT_PATH_MAX]; /* its control socket; "" when it did not say */
};

/* Takes it. 0 and *fd, which is to be closed, -EADDRINUSE, or another -errno. */
int seat_take(int *fd);

/*
 * Asks who has it. 0 and *who; -EPERM when it is nobody to be trusted (who->pid); -ECONNREFUSED
 * when nobody says anything for it; or another -errno. patient: waits a moment for the socket's
 * path, else there is none.
 */
int seat_ask(struct seat_holder *who, bool patient);

/* "another waysided (pid 12, /run/wayside/wayside.sock)" */
void seat_describe(char *out, size_t size, const struct seat_holder *who);

/* From now on tells whoever asks our control socket; takes fd. Never NULL. */
struct seat *seat_keep(struct uv_loop_s *loop, int fd, const char *socket);
/* Freed when the loop has closed its handles. */
void seat_leave(struct seat *s);

#endif
