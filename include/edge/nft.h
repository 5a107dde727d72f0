/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nftables in the kernel: look at it whole, change it in one transaction, hear when others do.
 *
 * Requests and events have a socket each, so that an overrun of one is never one of the other.
 */
#ifndef EDGE_NFT_H
#define EDGE_NFT_H

#include "plan/firewall.h"

struct nft;

/* NULL and *err = -errno without the socket. Not having nftables is no error here: see below. */
struct nft *nft_open(int *err);
void nft_close(struct nft *n); /* NULL is fine */

/* The netlink port of the requests: what nft_monitor_read() knows our own changes by. */
uint32_t nft_portid(const struct nft *n);

/*
 * Fills out, zeroed by the caller, who frees it with fw_actual_free() whatever the result.
 * 0 also when this kernel has no nftables or we may not look: then out->available is false and
 * out->error says why. -EAGAIN when the rules changed under every look; other -errno: the socket.
 */
int nft_observe(struct nft *n, struct fw_actual *out);

/*
 * Forgets that this kernel has no flowtables, for a module that was missing may be there now. That
 * it cannot own a table stays known: that is in the kernel itself.
 */
void nft_try_again(struct nft *n);

/*
 * Reads the counters of the counting sets of a look again, into it; nothing else of it changes.
 * 0 or -errno: what was not read stays as it was.
 */
int nft_recount(struct nft *n, struct fw_actual *have);

/*
 * Does the plan as one transaction. 0 when all of it was done; -ERESTART when somebody changed the
 * rules since have was observed (look and plan again); -ENOBUFS when the answer was lost (the
 * same); else -errno and nothing was done, except: when only accepts in other programs' chains
 * were refused, everything else was done. why (may be NULL) gets one sentence about an error:
 * the operation, the kernel's own text where it gave one.
 */
int nft_apply(struct nft *n, const struct fw_plan *p, const struct fw_actual *have, char *why,
	      size_t size);

/*
 * A non-blocking socket that hears of every change to nftables; -1 and *err = -errno without.
 * Open it before the first nft_observe().
 */
int nft_monitor_open(int *err);

/*
 * nft_apply() leaves the monitor's group during a bulk change, for it would hear of every element;
 * when somebody else changed rules meanwhile it returns -ERESTART. -1: there is no monitor.
 */
void nft_set_monitor(struct nft *n, int monitor);

/*
 * Reads what has come, up to a bound (there may be more: poll again). 0 or -errno. Sets *dirty
 * when something changed that matters to us and was not our own doing (portid); never clears it.
 * have is the last observation (NULL: every base chain may matter). Lost events make dirty.
 */
int nft_monitor_read(int fd, uint32_t portid, const struct fw_actual *have, bool *dirty);

#endif
