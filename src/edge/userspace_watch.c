// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inotify on the folder of the sockets, and on the one above it while that is not there: the first
 * userspace WireGuard makes it. A socket is there before anybody listens at it, so that the event
 * is heard of a moment later.
 */
#include <stdlib.h>
#include <string.h>

#include "edge/userspace.h"

#define SETTLE_MS 20
#define ABOVE	  "/run"

struct userspace_watch {
	void (*changed)(void *ctx);
	void *ctx;
	uv_timer_t settle;
	uv_fs_event_t above, folder;
	unsigned int handles;
};

static void on_settled(uv_timer_t *timer)
{
	struct userspace_watch *w = timer->data;

	w->changed(w->ctx);
}

static void on_socket(uv_fs_event_t *handle, const char *name, int events, int status)
{
	struct userspace_watch *w = handle->data;

	(void)name;
	(void)events;
	if (status >= 0 && !uv_is_active((uv_handle_t *)&w->settle))
		uv_timer_start(&w->settle, on_settled, SETTLE_MS, 0);
}

static void folder_watch(struct userspace_watch *w)
{
	uv_fs_event_stop(&w->folder);
	uv_fs_event_start(&w->folder, on_socket, UAPI_FOLDER, 0); /* not there: no error */
}

/* The folder came or went: a watch is of the folder that was, not of its name. */
static void on_above(uv_fs_event_t *handle, const char *name, int events, int status)
{
	struct userspace_watch *w = handle->data;

	if (!name || strcmp(name, strrchr(UAPI_FOLDER, '/') + 1) != 0)
		return;
	folder_watch(w);
	on_socket(handle, name, events, status);
}

struct userspace_watch *userspace_watch_start(uv_loop_t *loop, void (*changed)(void *ctx),
					      void *ctx)
{
	struct userspace_watch *w = mem_calloc(1, sizeof(*w));

	w->changed = changed;
	w->ctx = ctx;
	w->settle.data = w->above.data = w->folder.data = w;
	uv_timer_init(loop, &w->settle);
	uv_fs_event_init(loop, &w->above);
	uv_fs_event_init(loop, &w->folder);
	w->handles = 3;
	uv_fs_event_start(&w->above, on_above, ABOVE, 0);
	folder_watch(w);
	return w;
}

static void on_close(uv_handle_t *handle)
{
	struct userspace_watch *w = handle->data;

	if (!--w->handles)
		free(w);
}

void userspace_watch_stop(struct userspace_watch *w)
{
	if (!w)
		return;
	uv_close((uv_handle_t *)&w->settle, on_close);
	uv_close((uv_handle_t *)&w->above, on_close);
	uv_close((uv_handle_t *)&w->folder, on_close);
}
