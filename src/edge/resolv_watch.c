// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inotify on the folder of resolv.conf and on the one that its symlink leads to (systemd-resolved,
 * resolvconf and NetworkManager all use one), because a file that is replaced takes its own watch
 * with it. hosts and what says where to look are watched as well: the child is fenced in with the
 * files that were there when it started, and one that is replaced is another file to it.
 *
 * An event is only a hint to look: what decides is whether the file's identity has changed. So
 * nothing is missed where inotify is blind (a bind mount, a chain of links, a link to nowhere),
 * for the same look is taken every few seconds.
 */
#include "resolv_watch.h"

#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

#define FOLDER	    "/etc"
#define NAME	    "resolv.conf"
#define SETTLE_MS   200 /* writers write more than once */
#define INTERVAL_MS 5000

enum { HANDLES = 4 };

/* As net/confine.c has them. */
static const char *const names[] = {NAME, "hosts", "nsswitch.conf", "host.conf", "svc.conf"};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* All zero when there is no file. */
struct identity {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed; /* also of its rights: changed */
};

struct resolv_watch {
	void (*changed)(void *ctx, const char *name);
	void *ctx;
	uv_fs_event_t folder, target;
	uv_timer_t settle, interval;
	struct identity seen[NAMES];
	char target_name[NAME_MAX + 1];
	unsigned int handles;
};

static struct identity identity_now(const char *name)
{
	char path[64];
	struct identity id;
	struct stat st;

	memset(&id, 0, sizeof(id));
	snprintf(path, sizeof(path), FOLDER "/%s", name);
	if (stat(path, &st))
		return id;
	id.dev = st.st_dev;
	id.ino = st.st_ino;
	id.size = st.st_size;
	id.modified = st.st_mtim;
	id.changed = st.st_ctim;
	return id;
}

/* The first that is not as it was; NULL: all are. */
static const char *another(const struct resolv_watch *w)
{
	for (size_t i = 0; i < NAMES; i++) {
		struct identity now = identity_now(names[i]);

		if (memcmp(&now, &w->seen[i], sizeof(now)) != 0)
			return names[i];
	}
	return NULL;
}

static void see(struct resolv_watch *w)
{
	for (size_t i = 0; i < NAMES; i++)
		w->seen[i] = identity_now(names[i]);
}

static bool is_watched(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void on_settled(uv_timer_t *timer);

static void look_soon(struct resolv_watch *w)
{
	if (!uv_is_active((uv_handle_t *)&w->settle))
		uv_timer_start(&w->settle, on_settled, SETTLE_MS, 0);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
	struct resolv_watch *w = handle->data;

	(void)events;
	(void)status;
	if (!name || (handle == &w->folder ? is_watched(name) : !strcmp(name, w->target_name)))
		look_soon(w);
}

/* Follows the link to where the file is now. */
static void target_watch(struct resolv_watch *w)
{
	char path[PATH_MAX];
	const char *folder;

	uv_fs_event_stop(&w->target);
	if (!realpath(FOLDER "/" NAME, path))
		return;
	mem_copy_str(w->target_name, sizeof(w->target_name), strrchr(path, '/') + 1);
	folder = dirname(path);
	if (strcmp(folder, FOLDER) != 0)
		uv_fs_event_start(&w->target, on_event, folder, 0);
}

static void on_settled(uv_timer_t *timer)
{
	struct resolv_watch *w = timer->data;
	const char *name = another(w);

	if (!name)
		return;
	see(w);
	target_watch(w);
	w->changed(w->ctx, name);
}

static void on_interval(uv_timer_t *timer)
{
	struct resolv_watch *w = timer->data;

	if (another(w))
		look_soon(w);
}

struct resolv_watch *resolv_watch_start(uv_loop_t *loop,
					void (*changed)(void *ctx, const char *name), void *ctx)
{
	struct resolv_watch *w = mem_calloc(1, sizeof(*w));

	w->changed = changed;
	w->ctx = ctx;
	w->folder.data = w->target.data = w->settle.data = w->interval.data = w;
	uv_fs_event_init(loop, &w->folder);
	uv_fs_event_init(loop, &w->target);
	uv_timer_init(loop, &w->settle);
	uv_timer_init(loop, &w->interval);
	w->handles = HANDLES;
	uv_fs_event_start(&w->folder, on_event, FOLDER, 0);
	target_watch(w);
	see(w);
	uv_timer_start(&w->interval, on_interval, INTERVAL_MS, INTERVAL_MS);
	return w;
}

static void on_closed(uv_handle_t *handle)
{
	struct resolv_watch *w = handle->data;

	if (!--w->handles)
		free(w);
}

void resolv_watch_stop(struct resolv_watch *w)
{
	uv_close((uv_handle_t *)&w->folder, on_closed);
	uv_close((uv_handle_t *)&w->target, on_closed);
	uv_close((uv_handle_t *)&w->settle, on_closed);
	uv_close((uv_handle_t *)&w->interval, on_closed);
}
