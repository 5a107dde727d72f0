// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What could not be set of a peer: told once for each reason of the kernel, shown in `plan` and in
 * the problems, and tried again by the next plan that wants it.
 */
#include "internal.h"

#include <errno.h>

/* The same reason of the kernel is told once, not at each look. */
static void tell_failure(const struct engine *e, const struct op *op)
{
	struct str line = {0};

	vec_each(&e->peers_left, known)
		if (known->kind == op->kind && known->error == op->error)
			return;
	op_format(&line, op, &e->state);
	log_warn("%s: %s; it is tried again", str_text(&line), strerror(-op->error));
	str_free(&line);
}

static struct peer *op_peer(struct engine *e, const struct op *op)
{
	struct device *d = state_device(&e->state, op->ifindex);

	if (!d)
		return NULL;
	vec_each(&d->peers, p)
		if (!key_cmp(&p->wg.key, &op->peer.key))
			return p;
	return NULL;
}

static bool op_same(const struct op *a, const struct op *b)
{
	return a->kind == b->kind && a->ifindex == b->ifindex &&
	       !key_cmp(&a->peer.key, &b->peer.key);
}

/*
 * What failed is tried again with backoff, so a plan without it means little: it is left until it
 * was tried again, or its peer is up or gone.
 */
static bool still_left(struct engine *e, const struct op *op, const struct ops *tried)
{
	const struct peer *p;

	vec_each(tried, o)
		if (op_same(o, op))
			return false;
	p = op->kind == OP_KEEPALIVE ? NULL : op_peer(e, op);
	return p && p->life.state != LIFE_UP;
}

/* Of thousands that fail, the first are as good as all. */
static void left_renew(struct engine *e, const struct ops *tried)
{
	struct ops left = {0};

	vec_each(&e->peers_left, op)
		if (still_left(e, op, tried))
			*vec_add(&left) = *op;
	vec_each(tried, op)
		if (op->error && left.len < PEERS_LEFT_MAX)
			*vec_add(&left) = *op;
	vec_free(&e->peers_left);
	e->peers_left = left;
}

/* Or it would look as if another program had undone it. */
static void forget_written(struct engine *e, const struct op *op)
{
	struct peer *p = op->kind == OP_ENDPOINT ? op_peer(e, op) : NULL;

	if (p && p->care) {
		p->care->written = (struct endpoint){0};
		p->care->written_at = 0;
	}
}

void peers_account(struct engine *e, const struct ops *ops)
{
	vec_each(ops, op) {
		e->counters.kicks += op->kind == OP_KICK;
		e->counters.rebinds += op->kind == OP_REBIND;
		e->counters.apply_errors += op->error != 0;
		if (op->error == -ENODEV)
			e->dirty |= SUBJECT_LINKS;
		if (!op->error)
			continue;
		tell_failure(e, op);
		forget_written(e, op);
	}
	left_renew(e, ops);
}
