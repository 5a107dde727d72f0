/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the spoke's side share: paths.c keeps the lists, path_hub.c knows the hub,
 * path_ask.c asks it, path_try.c does what is done to a peer, and path_steps.c is the state
 * machine.
 */
#ifndef PLAN_PATH_BUILD_H
#define PLAN_PATH_BUILD_H

#include "plan/paths.h"

/* One interface while it is planned. */
struct path_plan {
	struct paths *paths;
	struct device *device;
	const struct peer *hub_peer; /* NULL = there is none */
	struct path_hub *hub;	     /* NULL with it */
	const struct path_input *in;
	struct path_output *out;
	uint32_t trying;
};

/* path_hub.c: follows the hub's counters; makes one when it is new. */
struct path_hub *path_hub_follow(struct paths *ps, const struct device *d, const struct peer *hub,
				 const struct path_input *in);
bool path_hub_has_traffic(const struct path_hub *h, msec now);
/* Is it silent, and not to be asked now? */
bool path_hub_rests(const struct path_hub *h, msec now);
/* May one more question that can wait be asked? */
bool path_hub_token(struct path_hub *h, msec now);
/* A question is about to be asked; one was not answered in time. */
void path_hub_asked(struct path_hub *h);
void path_hub_unheard(struct path_hub *h, const struct path_input *in);
void path_hub_heard(struct path_hub *h, msec now);
/* Is the way by the hub in a gap between packets? */
bool path_hub_gap(const struct path_hub *h, msec now);

/* path_ask.c: where the hub serves, family 0 = not known */
struct endpoint path_hub_place(struct path_plan *pp);
void path_ask(struct path_plan *pp, struct path *path, uint8_t say);
/* When the last question has waited long enough for its answer. */
msec path_ask_again_at(const struct path *path);

/* path_try.c */
void path_enter(struct path_plan *pp, struct path *path, enum path_state to, const char *why);
struct op *path_op(struct path_plan *pp, enum op_kind kind, const struct peer *peer);
void path_endpoint_set(struct path_plan *pp, struct path *path, const struct peer *peer,
		       const struct endpoint *to);
uint16_t path_keepalive(const struct peer *peer);
/* The next try is later than the last. */
void path_back_off(struct path_plan *pp, struct path *path);
/* Back to the hub for now; what was said to the hub beyond wanting is taken back. */
void path_give_up(struct path_plan *pp, struct path *path, struct peer *peer, const char *why);
void path_try_begin(struct path_plan *pp, struct path *path, struct peer *peer);
void path_try_step(struct path_plan *pp, struct path *path, struct peer *peer);
/* Makes the peer send now and then, while the other may not have heard us yet. */
void path_kick(struct path_plan *pp, struct path *path, struct peer *peer);
msec path_try_for(const struct path *path);

/* path_steps.c */
void path_step(struct path_plan *pp, struct path *path, struct peer *peer);
/* When it has to be stepped next if nothing is heard. */
msec path_deadline(const struct path *path, msec now);

#endif
