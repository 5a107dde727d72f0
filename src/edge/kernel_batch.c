// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Setting routes and rules, in batches of some KiB, so that the answers of one in which everything
 * fails still fit the receive buffer.
 */
#include "kernel_parts.h"

#include <errno.h>
#include <libmnl/libmnl.h>

#include "codec/rtnl.h"

#define BATCH_BYTES 8192
#define BATCH_OPS   128

/* A batch of routes or rules in the making. */
struct batch {
	struct kernel *kernel;
	char bytes[BATCH_BYTES + RTNL_MESSAGE_MAX];
	size_t len;
	uint32_t first_seq;
	struct op *ops;
	size_t n;
	struct nlmsghdr *last;
};

/* The words of the last refusal, kept for good; NULL when there are none, or too many others. */
static const char *why_kept(struct kernel *k)
{
	if (!*k->route.why)
		return NULL;
	for (int i = 0; i < KERNEL_WHYS; i++) {
		if (!*k->whys[i])
			mem_copy_str(k->whys[i], sizeof(k->whys[i]), k->route.why);
		if (!strcmp(k->whys[i], k->route.why))
			return k->whys[i];
	}
	return NULL;
}

static void batch_refused(void *ctx, uint32_t seq, int error)
{
	struct batch *b = ctx;
	uint32_t i = seq - b->first_seq;

	if (i >= b->n)
		return;
	b->ops[i].error = error;
	b->ops[i].why = why_kept(b->kernel);
}

/*
 * Of the whole batch, or of what was not refused before answers were lost: that may have been done,
 * and may not. It counts as failed, so that a look tells, and it is tried again where it was not.
 */
static void batch_failed(struct batch *b, int error)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->ops[i].error)
			b->ops[i].error = error;
}

/* ESRCH: the route was gone already, which is what was wanted. */
static void batch_forgive(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		bool del = b->ops[i].kind == OP_ROUTE_DEL || b->ops[i].kind == OP_RULE_DEL;

		if (del && (b->ops[i].error == -ESRCH || b->ops[i].error == -ENOENT))
			b->ops[i].error = 0;
	}
}

static void batch_send(struct kernel *k, struct batch *b)
{
	int err;

	if (!b->n)
		return;
	b->last->nlmsg_flags |= NLM_F_ACK;
	err = netlink_batch(&k->route, b->bytes, b->len, b->last->nlmsg_seq, batch_refused, b);
	if (err)
		batch_failed(b, err);
	batch_forgive(b);
	b->ops += b->n;
	b->n = b->len = 0;
}

static void batch_add(struct kernel *k, struct batch *b, const struct op *op)
{
	uint32_t seq = netlink_next(&k->route);

	if (!b->n)
		b->first_seq = seq;
	b->last = (struct nlmsghdr *)(b->bytes + b->len);
	b->len += NLMSG_ALIGN(rtnl_put_op(b->last, seq, op));
	b->n++;
	if (b->len >= BATCH_BYTES || b->n >= BATCH_OPS)
		batch_send(k, b);
}

bool kernel_batches_take(const struct op *op)
{
	return op->kind == OP_ROUTE_ADD || op->kind == OP_ROUTE_DEL || op->kind == OP_RULE_ADD ||
	       op->kind == OP_RULE_DEL;
}

size_t kernel_batches_apply(struct kernel *k, struct op *ops, size_t n)
{
	struct batch b = {.kernel = k, .ops = ops};
	size_t i;

	for (i = 0; i < n && kernel_batches_take(&ops[i]); i++) {
		ops[i].error = 0;
		batch_add(k, &b, &ops[i]);
	}
	batch_send(k, &b);
	return i;
}
