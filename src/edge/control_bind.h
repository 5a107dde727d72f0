/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket's file. Private to the control server.
 */
#ifndef EDGE_CONTROL_BIND_H
#define EDGE_CONTROL_BIND_H

#include <stdbool.h>

/*
 * A listening socket at path, mode 0660, of that group where it exists. A file that no process
 * listens at any more is taken over. 0 and *fd, or -errno: -EADDRINUSE when a daemon is alive
 * there, -EEXIST when the file is no socket, -ENAMETOOLONG when it does not fit sun_path.
 */
int control_bind(const char *path, const char *group, int *fd);

/* Is somebody listening there? */
bool control_is_alive(const char *path);

#endif
