// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inotify on folders, not on files: editors replace a file, and a new one is one more interface.
 * An event is only a hint; whoever is called reads everything again and compares.
 *
 * A folder may come after the daemon, and one that is made again is another one. So those above
 * are watched as well, for the one name that matters; all begin with /etc, which is watched for
 * resolv.conf anyway. They are watched afresh before each reading, from the top down: what comes
 * later is an event, and what was there before is read.
 */
#include "edge/import_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/config.h"

#define SETTLE_MS 500

/* A folder stands behind the one that it is in. */
static const struct {
	unsigned int source;
	const char *folder;
	const char *way; /* the only name in it that matters; NULL: each does */
} watched[] = {
	{IMPORT_WG_QUICK, "/etc", "wireguard"},
	{IMPORT_WG_QUICK, "/etc/wireguard", NULL},
	{IMPORT_NETWORKD, "/etc", "systemd"},
	{IMPORT_NETWORKD, "/etc/systemd", "network"},
	{IMPORT_NETWORKD, "/etc/systemd/network", NULL},
	{IMPORT_UCI, "/etc", "config"},
	{IMPORT_UCI, "/etc/config", NULL},
};
#define WATCHED (sizeof(watched) / sizeof(watched[0]))

struct import_watch {
	void (*changed)(void *ctx);
	void *ctx;
	unsigned int sources;
	uv_timer_t settle;
	uv_fs_event_t folders[WATCHED];
	unsigned int handles;
};

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status);

static void folders_watch(struct import_watch *w)
{
	for (size_t i = 0; i < WATCHED; i++) {
		uv_fs_event_stop(&w->folders[i]);
		if (w->sources & watched[i].source) /* a folder that is not there is no error */
			uv_fs_event_start(&w->folders[i], on_event, watched[i].folder, 0);
	}
}

static void on_settled(uv_timer_t *timer)
{
	struct import_watch *w = timer->data;

	folders_watch(w);
	w->changed(w->ctx);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
	struct import_watch *w = handle->data;
	const char *way = watched[handle - w->folders].way;

	(void)events;
	if (status >= 0 && (!way || !name || !strcmp(name, way)))
		uv_timer_start(&w->settle, on_settled, SETTLE_MS, 0);
}

struct import_watch *import_watch_start(uv_loop_t *loop, unsigned int sources,
					void (*changed)(void *ctx), void *ctx)
{
	struct import_watch *w = mem_calloc(1, sizeof(*w));

	w->changed = changed;
	w->ctx = ctx;
	w->sources = sources;
	uv_timer_init(loop, &w->settle);
	w->settle.data = w;
	w->handles = 1;
	for (size_t i = 0; i < WATCHED; i++) {
		uv_fs_event_init(loop, &w->folders[i]);
		w->folders[i].data = w;
		w->handles++;
	}
	folders_watch(w);
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
