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

/*
 * Opens both, the one for events first, so that whatever changes after a look is heard of. NULL and
 * *err = -errno without one of them. A kernel that has netfilter's netlink and not nftables is no
 * error here: see nft_observe().
 */
struct nft *nft_open(int *err);
void nft_close(struct nft *n); /* NULL is fine */

/* The socket that hears of every change to nftables, for poll(); n keeps it. */
int nft_events(const struct nft *n);

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
 * During a bulk change events are not heard, for there would be one for each element; when somebody
 * else changed rules meanwhile the result is -ERESTART.
 */
int nft_apply(struct nft *n, const struct fw_plan *p, const struct fw_actual *have, char *why,
	      size_t size);

/*
 * Reads what has come, up to a bound (there may be more: poll again). 0 or -errno. Sets *dirty
 * when something changed that matters to us and was not our own doing; never clears it.
 * have is the last observation (NULL: every base chain may matter). Lost events make dirty.
 */
int nft_events_read(struct nft *n, const struct fw_actual *have, bool *dirty);

#endif
