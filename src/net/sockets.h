/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of a c-ares channel in a libuv loop: c-ares opens and closes them, and is told when
 * one is ready.
 */
#ifndef NET_SOCKETS_H
#define NET_SOCKETS_H

#include <uv.h>

#define SOCKETS_MAX 256 /* more descriptors than the child may open */

struct watch;

/* The caller sets loop, ready and ctx, and zeroes the rest; it outlives the channel. */
struct sockets {
	uv_loop_t *loop;
	/* For ares_process_fd(): a descriptor, or ARES_SOCKET_BAD for what does not apply. */
	void (*ready)(void *ctx, int readable, int writable);
	void *ctx;
	struct watch *watches[SOCKETS_MAX]; /* by descriptor */
};

/* The channel's sock_state_cb; its data is struct sockets. c-ares tells before it closes one. */
void sockets_state(void *sockets, int fd, int readable, int writable);

#endif
