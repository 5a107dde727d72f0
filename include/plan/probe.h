/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probes: one small datagram into the tunnel, which the peer's WireGuard has to answer with
 * something, whether or not anything listens there. The answer is seen in the counters.
 */
#ifndef PLAN_PROBE_H
#define PLAN_PROBE_H

#include "plan/candidates.h"
#include "plan/endpoints.h"

#define PROBE_PORT     9     /* discard, RFC 863 */
#define PROBE_PATIENCE 11000 /* ms: the passive keepalive comes 10 s after data */
#define PROBE_GAP      60000 /* ms at least between probes after changes of the network */

/*
 * Appends an OP_PROBE when p should be asked for a sign of life: its name leads elsewhere now,
 * the host's own addresses or default route changed, or probe_interval passed in silence.
 */
void probe_plan(struct ops *out, const struct device *d, struct peer *p, const struct candidates *c,
		const struct endpoint_input *in);

/* Appends one now; false when p carries no address to send it to. */
bool probe_add(struct ops *out, const struct device *d, struct peer *p,
	       const struct endpoint_input *in);

/* An address that only p carries: the middle of nowhere is answered for as well. */
struct addr probe_target(const struct state *s, const struct device *d, const struct peer *p);

/* Did the present silence begin with our own probe? Then it is borne PROBE_PATIENCE. */
bool probe_began_silence(const struct peer *p);

#endif
