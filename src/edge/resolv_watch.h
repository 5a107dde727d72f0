/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices that /etc/resolv.conf is another one: written, replaced, linked elsewhere, or there at
 * last; and the same of the other files by which the net child looks up names. None is read here.
 */
#ifndef EDGE_RESOLV_WATCH_H
#define EDGE_RESOLV_WATCH_H

#include <uv.h>

struct resolv_watch;

/*
 * changed is called once for each change, 200 ms after it, with the file's name. The caller frees
 * with …_stop().
 */
struct resolv_watch *resolv_watch_start(uv_loop_t *loop,
					void (*changed)(void *ctx, const char *name), void *ctx);

/* The loop has to run once more to close the handles. */
void resolv_watch_stop(struct resolv_watch *w);

#endif
