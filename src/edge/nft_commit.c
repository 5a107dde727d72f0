// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan as one transaction: what the kernel refuses of it, what can be done without, and what that
 * teaches about this kernel.
 */
#include "nft_parts.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "codec/nft.h"

#define BULK 1000 /* elements of a plan from which on our own events are too many */

/* What came of a transaction. */
struct outcome {
	const struct nft *nft;
	const struct nft_batch *batch;
	const struct fw_plan *plan;
	int error;		    /* the first one */
	int own;		    /* the first one that was not about another program's chain */
	const struct fw_op *failed; /* whose error that was; NULL: the whole batch's */
	char text[128];		    /* what the kernel says about it */
};

static void on_refusal(void *ctx, uint32_t seq, int error)
{
	struct outcome *o = ctx;
	const struct fw_op *op = nft_batch_op(o->batch, o->plan, seq);

	if (!o->own && (!op || !op->rule))
		o->own = error;
	if (o->error)
		return;
	o->error = error;
	o->failed = op;
	mem_copy_str(o->text, sizeof(o->text), o->nft->sock.why);
}

static int commit(struct nft *n, const struct fw_plan *p, uint32_t genid, bool foreign,
		  struct outcome *o)
{
	struct nft_batch batch = {0};
	int err = 0;

	nft_batch_encode(&batch, p, genid, netlink_next(&n->sock), foreign);
	n->sock.seq = nft_batch_last(&batch) + 1;
	*o = (struct outcome){.nft = n, .batch = &batch, .plan = p};
	if (batch.ops.len)
		err = netlink_batch(&n->sock, batch.at, batch.len, nft_batch_last(&batch),
				    on_refusal, o);
	nft_batch_free(&batch);
	o->batch = NULL;
	/* A batch that is refused as a whole is answered for its begin only. */
	if (!o->error && err)
		o->error = o->own = err;
	return o->error;
}

static void explain(char *why, size_t size, const struct outcome *o)
{
	struct str op = {0};

	if (!why || !size)
		return;
	if (o->failed)
		fw_op_format(&op, o->failed);
	snprintf(why, size, "%s: %s%s%s", o->failed ? str_text(&op) : "firewall: transaction",
		 strerror(-o->error), *o->text ? ", the kernel says: " : "", o->text);
	str_free(&op);
}

static bool is_about_flowtable(const struct outcome *o)
{
	return o->plan->want->offload.len &&
	       (o->failed->kind == FW_OP_ADD_FLOWTABLE || o->failed->kind == FW_OP_FILL_CHAIN);
}

/* An interface of it that has just gone is the same error. */
static bool flowtable_can_be(const struct outcome *o)
{
	vec_each(&o->plan->want->offload, e)
		if (!if_nametoindex((const char *)e->key))
			return false;
	return true;
}

/* Was it something that this kernel does not have, or not any more, and can be done without? */
static bool learn(struct nft *n, const struct outcome *o)
{
	unsigned int lacks = 0;

	if (!o->failed)
		return false;
	if (o->error == -EOPNOTSUPP && o->plan->want->table_flags &&
	    (o->failed->kind == FW_OP_ADD_TABLE || o->failed->kind == FW_OP_TAKE_TABLE))
		lacks = FW_FEATURE_OWNER;
	if (is_about_flowtable(o) && (o->error == -EOPNOTSUPP || o->error == -ENOENT)) {
		if (!flowtable_can_be(o))
			return true;
		lacks = FW_FEATURE_FLOWTABLE;
	}
	n->lacks |= lacks;
	return lacks;
}

void nft_try_again(struct nft *n)
{
	n->lacks &= ~(unsigned int)FW_FEATURE_FLOWTABLE;
}

/*
 * An accept that another program's table refuses (it may be owned) must not keep our own table
 * from being there: without those accepts once more. The error stays the refusal's.
 */
static int commit_what_can_be(struct nft *n, const struct fw_plan *p, uint32_t genid, char *why,
			      size_t size)
{
	struct outcome first, again;
	int err = commit(n, p, genid, true, &first);

	if (err)
		explain(why, size, &first);
	if (err && learn(n, &first))
		return -ERESTART; /* the next plan is without it */
	if (!err || first.own)
		return err;
	if (commit(n, p, genid, false, &again)) {
		explain(why, size, &again);
		return again.error;
	}
	return err;
}

static size_t plan_elements(const struct fw_plan *p)
{
	size_t n = 0;

	vec_each(&p->ops, op)
		n += op->elems.len;
	return n;
}

/* Did our transaction alone move the generation? */
static int check_alone(struct nft *n, uint32_t before)
{
	uint32_t now;
	int err = nft_generation(n, &now);

	return err ? err : now - before <= 1 ? 0 : -ERESTART;
}

int nft_apply(struct nft *n, const struct fw_plan *p, const struct fw_actual *have, char *why,
	      size_t size)
{
	bool bulk = plan_elements(p) >= BULK;
	int err;

	if (why && size)
		*why = '\0';
	if (fw_plan_is_empty(p))
		return 0;
	if (bulk)
		nft_hear(n, false);
	err = commit_what_can_be(n, p, have->genid, why, size);
	if (bulk) {
		nft_hear(n, true);
		err = err ? err : check_alone(n, have->genid);
	}
	return err;
}
