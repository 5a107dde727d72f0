// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allowed-IPs that change hands: after each look at the peers, whoever wants a prefix elsewhere
 * claims it, and what comes of that is written down, done, and looked at in the same turn, so that
 * firewall and routes are planned for what is there then.
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>

#define CLAIM_ROUNDS 3 /* do, see it done and forget, see that there is nothing left */

/* Whose prefixes are where is kept before the kernel is told. */
static void remember(struct engine *e, bool ended)
{
	struct loans old = e->loans;
	bool changed = ended || !loans_same(&e->loans, &e->moving.loans);

	e->loans = e->moving.loans;
	e->moving.loans = old;
	if (changed)
		memory_store(e);
}

static bool is_undone(const struct op *op)
{
	for (uint32_t i = 0; i < op->moves.len; i++)
		if (op->moves.at[i].undone)
			return true;
	return false;
}

/* Another program writes allowed-IPs as well: after a few rounds it has its way for a while. */
static bool fight_given_up(struct engine *e, struct device *d, const struct op *op)
{
	if (is_undone(op)) {
		bool soon = d->undone && e->at.now - d->undone_at < CLAIM_FIGHT_WITHIN;

		d->undone = soon ? (uint8_t)msec_min(d->undone + 1, UINT8_MAX) : 1;
		d->undone_at = e->at.now;
	}
	if (d->undone < CLAIM_FIGHTS_MAX)
		return false;
	if (e->at.now - d->undone_at < CLAIM_FIGHT_PAUSE)
		return true;
	d->undone = 0;
	return false;
}

/* One for each peer that gets or loses some: the first prefix, how many more, and why. */
static void tell_some(struct engine *e, const struct device *d, const struct move *m, uint32_t n)
{
	const struct peer *p = device_peer(d, &m->peer), *from = device_peer(d, &m->from);
	char prefix[PREFIX_STRLEN], key[KEY_STRLEN], more[24] = "";
	struct story s = {.code = "allowed-ips", .device = d, .peer = p};
	const char *whose = m->had && from ? peer_label(from, key) : NULL;

	if (n > 1)
		snprintf(more, sizeof(more), " and %u more", n - 1);
	prefix_format(&m->prefix, prefix);
	if (m->kind == MOVE_TAKE)
		story_tell(e, s, "%s%s taken back: %s", prefix, more, m->why);
	else
		story_tell(e, s, "%s%s moved here%s%s: %s%s", prefix, more, whose ? " from " : "",
			   whose ? whose : "", m->why,
			   m->undone ? " (somebody had undone it)" : "");
	e->counters.moves += n;
}

static void tell_moves(struct engine *e, const struct device *d, const struct op *op)
{
	const struct move *m = op->moves.at, *end = m + op->moves.len, *next;

	for (; m < end; m = next) {
		for (next = m + 1; next < end && !key_cmp(&next->peer, &m->peer) &&
				   next->kind == m->kind && next->why == m->why;)
			next++;
		if (m->kind != MOVE_KEEP)
			tell_some(e, d, m, (uint32_t)(next - m));
	}
}

static void move_failed(struct engine *e, const struct op *op)
{
	struct str line = {0};

	if (op->error == -ENODEV)
		e->dirty |= SUBJECT_LINKS;
	e->counters.apply_errors++;
	op_format(&line, op, &e->state);
	if (e->claims_retry.error != op->error)
		log_warn("%s: %s; it is tried again", str_text(&line), strerror(-op->error));
	str_free(&line);
	retry_failed(e, &e->claims_retry, op->error);
}

/* True when something was done and is to be looked at. */
static bool move_device(struct engine *e, struct op *op)
{
	struct device *d = state_device(&e->state, op->ifindex);

	if (e->dry || e->claims_retry.at > e->at.now || fight_given_up(e, d, op)) {
		*vec_add(&e->moves_left) = *op;
		return false;
	}
	ops_apply(e, op, 1);
	if (op->error) {
		move_failed(e, op);
		*vec_add(&e->moves_left) = *op;
		return false;
	}
	e->claims_retry = (struct retry){0};
	d->moving = true;
	tell_moves(e, d, op);
	return true;
}

static void tell_pairs(struct engine *e)
{
	char key[KEY_STRLEN];

	vec_each(&e->pairs, p) {
		const struct device *d = &e->state.devices.at[p->device];
		const struct device *od = &e->state.devices.at[p->other_device];
		struct story s = {.code = "standby", .device = d, .peer = &d->peers.at[p->primary]};
		const char *label = peer_label(&od->peers.at[p->standby], key);

		if (p->wants == p->holds || e->dry)
			continue;
		if (p->wants == SIDE_PRIMARY)
			story_tell(e, s, "takes over again from %s: %s", label, p->why);
		else
			story_tell(e, s, "%s takes over: %s", label, p->why);
	}
}

/* Is there anything that could be away from home, or should be? */
static bool nothing_moves(const struct engine *e)
{
	return !e->loans.len && !e->pairs.len && !e->config->standbys && !e->paths.list.len;
}

static bool claims_round(struct engine *e)
{
	bool ended = loans_review(&e->loans, &e->state), moved = false;
	struct claims claims = {0};
	struct ops ops = {0};

	if (standby_judge(&e->pairs, &e->state, &e->loans, e->at.now))
		e->replan |= SUBJECT_ROUTES;
	standby_claims(&claims, &e->pairs, &e->state, &e->loans);
	direct_claims(&claims, &e->paths, &e->state, &e->loans);
	tell_pairs(e);
	e->moves_left.len = 0;
	claims_plan(&e->moving, &e->state, &claims, &e->loans);
	vec_free(&claims);
	if (!e->dry)
		remember(e, ended);
	claims_ops(&ops, &e->moving.moves, &e->state);
	vec_each(&ops, op)
		moved = move_device(e, op) || moved;
	vec_free(&ops);
	return moved;
}

/* What came of it is seen at the next look, and one that failed is due again by then. */
static void ask_primaries(struct engine *e)
{
	struct ops ops = {0};

	standby_ask(&ops, &e->pairs, &e->state, e->at.now);
	if (ops.len) {
		ops_apply(e, ops.at, ops.len);
		e->counters.kicks += ops.len;
	}
	vec_free(&ops);
}

static void claims_rounds(struct engine *e)
{
	for (int i = 1; claims_round(e); i++) {
		e->dirty |= SUBJECT_PEERS;
		if (i == CLAIM_ROUNDS)
			break; /* it is looked at in the next turn */
		observe_peers(e);
	}
	if (!e->dry)
		ask_primaries(e);
}

void claims_converge(struct engine *e)
{
	if (e->replan & SUBJECT_PEERS && !nothing_moves(e))
		claims_rounds(e);
	vec_each(&e->moves_left, op)
		*vec_add(&e->pending) = *op;
}

/* For --clean: what was moved goes home. */
int claims_clean(struct engine *e)
{
	struct claims none = {0};
	struct ops ops = {0};
	int err = 0;

	loans_review(&e->loans, &e->state);
	claims_plan(&e->moving, &e->state, &none, &e->loans);
	claims_ops(&ops, &e->moving.moves, &e->state);
	if (ops.len)
		err = ops_apply(e, ops.at, ops.len);
	if (!err && e->loans.len) {
		e->loans.len = 0;
		memory_store(e);
	}
	vec_free(&ops);
	return err;
}

msec claims_deadline(const struct engine *e)
{
	return e->claims_retry.at ? e->claims_retry.at : MSEC_NEVER;
}
