/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices that a file with endpoint or peer names was written, so that nobody has to send a
 * signal after editing /etc/wireguard/wg0.conf.
 */
#ifndef EDGE_IMPORT_WATCH_H
#define EDGE_IMPORT_WATCH_H

#include <uv.h>

struct import_watch;

/*
 * Watches the folders of sources (enum import_source, or-ed), also for being made and removed.
 * changed is called half a second after the last of several writes. The caller frees with
 * import_watch_stop().
 */
struct import_watch *import_watch_start(uv_loop_t *loop, unsigned int sources,
					void (*changed)(void *ctx), void *ctx);

/* NULL is fine. The loop has to run once more to close the handles. */
void import_watch_stop(struct import_watch *w);

#endif
