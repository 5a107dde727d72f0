/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one door between the engine and the world. src/edge implements it with netlink and libuv,
 * tests/replay with lists and virtual time.
 *
 * Every observation is a whole look: it fills the list it is given (emptied by the caller) and
 * returns 0, or -errno and the list is not used. -EAGAIN means that the kernel said its answer
 * was inconsistent even after several tries: look again later, delete nothing on its ground.
 */
#ifndef ENGINE_EDGE_H
#define ENGINE_EDGE_H

#include "model/message.h"
#include "model/route_merge.h"
#include "plan/firewall.h"
#include "plan/op.h"

struct event; /* engine/events.h */

/* From so many operations in one call on, events of routes may not be heard meanwhile. */
#define ROUTES_BULK 64

/* Which routes are looked at. */
struct routes_where {
	VEC(uint32_t) devices; /* everybody's over these interfaces */
	VEC(uint32_t) links;   /* ours over these others */
	bool no_device;	       /* ours without an interface (unreachable and the like) */
	bool everywhere;       /* ours wherever they are, which takes twice as long */
};

struct edge {
	void *ctx;

	/* Observe. */
	int (*links)(void *ctx, struct links *out);
	int (*addrs)(void *ctx, struct local_addrs *out);
	/* Each route once, in the same order as long as they are the same. */
	int (*routes)(void *ctx, const struct routes_where *where, struct route_merge *out);
	/* The main table's routes, of others, that have one of these addresses. */
	int (*underlay)(void *ctx, const struct addr *to, size_t n, struct routes *out);
	int (*rules)(void *ctx, struct rules *out);
	/*
	 * Merges one device's peers; -ENODEV when it is gone, -EPERM without the right to look. A
	 * userspace one: -EACCES, -ECONNREFUSED, -ETIMEDOUT as in edge/userspace.h.
	 */
	int (*device)(void *ctx, struct device_merge *m);
	/* Our table, and the base chains on the forward hook with what they begin with. */
	int (*firewall)(void *ctx, struct fw_actual *out);
	/* A module may be there now: what this kernel was found not to have may be tried. */
	void (*firewall_try_again)(void *ctx);
	/* The counters of its counting sets again, into a look that was had; 0 or -errno. */
	int (*firewall_recount)(void *ctx, struct fw_actual *have);
	/*
	 * The way that a packet with this mark to an address would take: its source address and
	 * its interface. -errno without one.
	 */
	int (*source)(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *source,
		      uint32_t *oif);
	/*
	 * Whose ever route the kernel follows for what this host sends to an address, as it is in
	 * its table. -errno without one. NULL: it cannot tell.
	 */
	int (*follows)(void *ctx, const struct addr *to, struct route *out);
	/*
	 * How strictly the kernel checks the source of what comes in by IPv4 there: the value of
	 * rp_filter that counts, 0, 1 (strict) or 2. -errno when it cannot tell.
	 */
	int (*rp_filter)(void *ctx, uint32_t ifindex);
	/*
	 * Are packets of AF_INET or AF_INET6 that come in there forwarded? 1, 0, or -errno when it
	 * cannot tell. NULL: it never can.
	 */
	int (*forwards)(void *ctx, uint8_t family, uint32_t ifindex);

	/*
	 * Apply. Each op's .error tells how it went; the result is 0, or the first error. Ops are
	 * done in order, and one that fails does not keep the others from being tried. Without an
	 * error it was done for certain; with one it may have been done all the same.
	 */
	int (*apply)(void *ctx, struct op *ops, size_t n);
	/*
	 * Does a plan in one transaction that fails as a whole when anybody changed the rules
	 * since have was observed (-ERESTART: look and plan again). why gets the kernel's reason.
	 */
	int (*firewall_apply)(void *ctx, const struct fw_plan *plan, const struct fw_actual *have,
			      char *why, size_t size);

	/* Ask the net child; -EAGAIN when there is none right now. */
	int (*ask)(void *ctx, const struct net_request *q);

	/* Have the net child send one datagram of the exchange; -EAGAIN: it is lost. */
	int (*tell)(void *ctx, const struct net_datagram *d);

	/*
	 * Read the configuration again and hand it to engine_configure(). 0, or -EINVAL with the
	 * first problem in why; what was there stays.
	 */
	int (*reload)(void *ctx, char *why, size_t size);

	/* Keep this text (codec/memory.h) for the next start. 0 or -errno. */
	int (*store)(void *ctx, const char *text, size_t len);
	/* And this behind it; after an error all is to be stored anew. NULL: it always is. */
	int (*store_more)(void *ctx, const char *text, size_t len);

	/* An event was recorded: tell those who watch. */
	void (*event)(void *ctx, const struct event *e);
};

#endif
