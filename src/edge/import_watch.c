// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inotify on folders, not on files: editors replace a file, and a new one is one more interface.
 * An event is only a hint; whoever is called reads everything again and compares.
 */
#include "edge/import_watch.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/config.h"

#define SETTLE_MS 500

static const struct {
	unsigned int source;
	const char *folder;
} watched[] = {
	{IMPORT_WG_QUICK, "/etc/wireguard"},
	{IMPORT_NETWORKD, "/etc/systemd/network"},
	{IMPORT_UCI, "/etc/config"},
};
#define WATCHED (sizeof(watched) / sizeof(watched[0]))

struct import_watch {
	void (*changed)(void *ctx);
	void *ctx;
	uv_timer_t settle;
	uv_fs_event_t folders[WATCHED];
	unsigned int handles;
};

static void on_settled(uv_timer_t *timer)
{
	struct import_watch *w = timer->data;

	w->changed(w->ctx);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
	struct import_watch *w = handle->data;

	(void)name;
	(void)events;
	if (status >= 0)
		uv_timer_start(&w->settle, on_settled, SETTLE_MS, 0);
}

struct import_watch *import_watch_start(uv_loop_t *loop, unsigned int sources,
					void (*changed)(void *ctx), void *ctx)
{
	struct import_watch *w = mem_calloc(1, sizeof(*w));

	w->changed = changed;
	w->ctx = ctx;
	uv_timer_init(loop, &w->settle);
	w->settle.data = w;
	w->handles = 1;
	for (size_t i = 0; i < WATCHED; i++) {
		uv_fs_event_init(loop, &w->folders[i]);
		w->folders[i].data = w;
		w->handles++;
		if (sources & watched[i].source) /* a folder that is not there is no error */
			uv_fs_event_start(&w->folders[i], on_event, watched[i].folder, 0);
	}
	return w;
}

static void on_close(uv_handle_t *handle)
{
	struct import_watch *w = handle->data;

	if (!--w->handles)
		free(w);
}

void import_watch_stop(struct import_watch *w)
{
	if (!w)
		return;
	uv_close((uv_handle_t *)&w->settle, on_close);
	for (size_t i = 0; i < WATCHED; i++)
		uv_close((uv_handle_t *)&w->folders[i], on_close);
}
