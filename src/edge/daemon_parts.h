/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own parts: what they share, and what each does for the others.
 */
#ifndef EDGE_DAEMON_PARTS_H
#define EDGE_DAEMON_PARTS_H

#include <stdlib.h>
#include <uv.h>

#include "edge/child.h"
#include "edge/control.h"
#include "edge/daemon.h"
#include "edge/files.h"
#include "edge/import_watch.h"
#include "edge/kernel.h"
#include "engine/engine.h"
#include "model/sandbox.h"

struct daemon {
	struct kernel kernel; /* first: the edge's ctx is this and the daemon */
	const struct daemon_options *options;
	const char *path; /* of the configuration; NULL: built-in defaults */
	struct engine *engine;
	struct child *child;
	struct control *control;
	struct import_watch *watch;
	struct userspace_watch *userspace;
	uv_loop_t loop;
	uv_timer_t turn, watchdog;
	uv_poll_t route_poll, nft_poll;
	uv_signal_t hup, term, interrupt;
	struct child_events child_events;
	msec started;
	int64_t took;	   /* the last turn, in microseconds */
	msec rested;	   /* when memory was last given back; 0 = never */
	struct seat *seat; /* NULL: another daemon has it, or there is none */
	int seat_fd;
	uv_timer_t seat_timer; /* while another one has it */
	bool seated;	       /* nobody else acts here */
	bool ready;
	bool capable; /* of CAP_NET_ADMIN */
	int status;
	int stored;		/* the memory file, open at its end; -1 = not stored yet */
	char said[160];		/* the last STATUS= */
	struct sources sources; /* where the configuration is */
	struct sandbox sandbox;
};

/* --- daemon_config.c --- */

/* The file that is named, or the default one where it exists; NULL: built-in defaults. */
const char *config_path(const struct daemon_options *o);

/* Reads everything and hands it to the engine. 0, or -errno and the first problem in why. */
int daemon_configure(struct daemon *d, char *why, size_t size);

/* With the built-in defaults, where the file has a mistake and what is ours has to go anyway. */
int daemon_configure_without(struct daemon *d);

/* Other programs' files, whenever they change. */
void imports_watch(struct daemon *d);

/* struct edge has it; SIGHUP and `reload` do the same. */
int edge_reload(void *ctx, char *why, size_t size);

/* --- daemon.c --- */

/* Where clients ask. */
const char *control_path(const struct daemon *d);
/* From here on there is little that can be opened. */
void daemon_confine(struct daemon *d);

/* --- daemon_seat.c --- */

/*
 * Waits until no other daemon acts in this network namespace; clients are answered meanwhile. It is
 * confined then, in either case. False when it is to stop before.
 */
bool daemon_sit(struct daemon *d);

/* --- daemon_turn.c --- */

/* Turns the circle a moment later, so that a storm is one turn; or now. */
void daemon_wake(struct daemon *d);
void daemon_turn_now(struct daemon *d);

/* Leaves the loop. */
void daemon_stop(struct daemon *d, int status);

/* --- daemon_events.c --- */

/* Before all else: a SIGHUP that comes before there is a handler waits for it, and ends nothing. */
void events_hold_hup(void);
/* Listens to the kernel, to signals, and to userspace WireGuard's sockets. */
void events_begin(struct daemon *d);

/* nftables may come later than we do: as soon as it is there, it is listened to. */
void events_nft_begin(struct daemon *d);

/* For edge/child.h and edge/control.h. */
struct child_events events_of_child(struct daemon *d);
struct control_events events_of_control(struct daemon *d);

#endif
