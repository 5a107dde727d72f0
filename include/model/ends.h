/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the endpoints of a device's peers may be: by family and their first two bytes, with a bit
 * for each. Whether a new network has one of a million endpoints inside is asked each time when
 * somebody gives a peer an allowed-IP; nearly always the answer is no, and then it is found here.
 *
 * Bits are set and never taken away: an endpoint that was somewhere once costs a walk over all
 * peers when that is asked about, and no more. Small devices have none: a walk costs less.
 */
#ifndef MODEL_ENDS_H
#define MODEL_ENDS_H

#include "model/state.h"

#define ENDS_PEERS_MIN 1024 /* from so many peers on */

/* Begins, where the device has become so large, with the endpoints that it has. */
void ends_begin(struct device *d);
/* One of its peers has this endpoint, or is to get it. */
void ends_note(struct device *d, const struct addr *a);
/* False: no endpoint is inside of p. */
bool ends_may_be_in(const struct device *d, const struct prefix *p);

#endif
