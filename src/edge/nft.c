// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nftables over netlink: a consistent look, one transaction, and the events of others.
 *
 * Everything is told apart by the generation that the kernel counts up with every transaction of
 * anybody: a look is consistent when it did not move meanwhile, a transaction is only taken when
 * it is still the one that was looked at.
 */
#include "edge/nft.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/nft.h"
#include "edge/legacy.h"
#include "edge/netlink.h"

#define TAILS_MAX    8
#define LOOKS	     5		/* until -EAGAIN */
#define SEND_BUFFER  (64 << 20) /* bytes: a batch is one message, 1.5 MB for 20 000 elements */
#define EVENTS_BOUND 64		/* reads of one nft_events_read() */
#define BULK	     1000	/* elements of a plan from which on our own events are too many */

static const unsigned int events_group[] = {NFNLGRP_NFTABLES};

struct nft {
	struct netlink sock; /* requests */
	int events;	     /* non-blocking; heard from before sock asks */
	unsigned int lacks;  /* enum fw_feature, or-ed: learnt when it was refused */
};

/*
 * The kernel may get nftables between the two: whoever then asked without hearing would never know
 * of a change.
 */
struct nft *nft_open(int *err)
{
	struct nft *n = mem_calloc(1, sizeof(*n));
	int size = SEND_BUFFER;

	n->events = netlink_listen(NETLINK_NETFILTER, events_group, 1);
	*err = n->events < 0 ? n->events : netlink_open(&n->sock, NETLINK_NETFILTER);
	if (*err) {
		nft_close(n);
		return NULL;
	}
	setsockopt(n->sock.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return n;
}

void nft_close(struct nft *n)
{
	if (!n)
		return;
	if (n->events >= 0)
		close(n->events);
	netlink_close(&n->sock);
	free(n);
}

int nft_events(const struct nft *n)
{
	return n->events;
}

/* --- looking ---------------------------------------------------------------------------------- */

static void on_gen(void *ctx, const struct nlmsghdr *h)
{
	nft_parse_gen(h, ctx);
}

static int ask_gen(struct nft *n, uint32_t *genid)
{
	char request[NFT_REQUEST_MAX];

	*genid = 0;
	nft_put_gen(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_gen, genid);
}

static void on_message(void *ctx, const struct nlmsghdr *h)
{
	nft_take(ctx, h);
}

static int ask_chains(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];

	nft_put_chains(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_message, out);
}

static int ask_tables(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];

	nft_put_tables(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_message, out);
}

static int ask_rules(struct nft *n, struct fw_actual *out, const struct fw_base *base)
{
	char request[NFT_REQUEST_MAX];

	nft_put_rules(request, netlink_next(&n->sock), base);
	return netlink_ask(&n->sock, request, on_message, out);
}

/* The end of a chain is looked for in the chains to which its last rule leads. */
static int ask_tail(struct nft *n, struct fw_actual *out, struct fw_base *base)
{
	char request[NFT_REQUEST_MAX];
	int err = 0;

	for (int i = 0; i < TAILS_MAX && *base->leads && !err; i++) {
		nft_put_tail(request, netlink_next(&n->sock), base);
		err = netlink_ask(&n->sock, request, on_message, out);
	}
	return err;
}

static int ask_sets(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];
	int err;

	nft_put_sets(request, netlink_next(&n->sock));
	err = netlink_ask(&n->sock, request, on_message, out);
	for (uint32_t i = 0; i < out->sets.len && !err; i++) {
		nft_put_elems(request, netlink_next(&n->sock), out->sets.at[i].name);
		err = netlink_ask(&n->sock, request, on_message, out);
	}
	return err;
}

static int ask_flowtables(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];

	nft_put_flowtables(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_message, out);
}

/* The rules of an owned table are asked for once, whatever number of base chains it has. */
static bool is_asked(const struct fw_actual *out, uint32_t place)
{
	const struct fw_base *b = &out->bases.at[place];

	for (uint32_t i = 0; i < place; i++)
		if (b->owned && out->bases.at[i].family == b->family &&
		    !strcmp(out->bases.at[i].table, b->table))
			return true;
	return false;
}

/* One look, whatever happens meanwhile. */
static int look(struct nft *n, struct fw_actual *out)
{
	int err = ask_chains(n, out);

	if (!err)
		err = ask_tables(n, out);
	for (uint32_t i = 0; i < out->bases.len && !err; i++)
		if (!is_asked(out, i))
			err = ask_rules(n, out, &out->bases.at[i]);
	for (uint32_t i = 0; i < out->bases.len && !err; i++)
		err = ask_tail(n, out, &out->bases.at[i]);
	if (!err && out->table)
		err = ask_rules(n, out, NULL);
	if (!err && out->table)
		err = ask_sets(n, out);
	if (!err && out->table)
		err = ask_flowtables(n, out);
	nft_taken(out);
	return err;
}

/* No nftables in this kernel, or no right to see them: a finding, not a failure. */
static bool is_unavailable(int err)
{
	return err == -EPERM || err == -EOPNOTSUPP || err == -EINVAL || err == -EPROTONOSUPPORT;
}

/* -EAGAIN: something moved under the look. A set or a table that vanished under it is that, too. */
static int look_once(struct nft *n, struct fw_actual *out)
{
	uint32_t before, after;
	int err = ask_gen(n, &before), again;

	legacy_observe(out);
	out->self = n->sock.portid;
	out->lacks = n->lacks;
	if (is_unavailable(err)) {
		out->error = err;
		return 0;
	}
	if (err)
		return err;
	err = look(n, out);
	again = ask_gen(n, &after);
	if (again)
		return again;
	if (before != after)
		return -EAGAIN;
	out->available = !err;
	out->genid = after;
	return err;
}

int nft_observe(struct nft *n, struct fw_actual *out)
{
	int err = -EAGAIN;

	for (int i = 0; i < LOOKS && err == -EAGAIN; i++) {
		fw_actual_free(out);
		err = look_once(n, out);
	}
	return err;
}

static void on_recounted(void *ctx, const void *old, const void *fresh)
{
	const struct fw_elem *e = old, *f = fresh;
	struct fw_set *set = ctx;

	if (e && f)
		set->elems.at[e - set->elems.at].count = f->count;
}

static int recount_set(struct nft *n, struct fw_set *set)
{
	struct fw_actual fresh = {0};
	char request[NFT_REQUEST_MAX];
	struct fw_set *copy = vec_add(&fresh.sets);
	int err;

	*copy = *set;
	copy->elems = (struct fw_elems){0};
	nft_put_elems(request, netlink_next(&n->sock), set->name);
	err = netlink_ask(&n->sock, request, on_message, &fresh);
	nft_taken(&fresh);
	if (!err)
		sorted_diff(set->elems.at, set->elems.len, fresh.sets.at[0].elems.at,
			    fresh.sets.at[0].elems.len, sizeof(struct fw_elem), fw_elem_cmp,
			    on_recounted, set);
	fw_actual_free(&fresh);
	return err;
}

int nft_recount(struct nft *n, struct fw_actual *have)
{
	int err = 0;

	vec_each(&have->sets, set)
		if (set->counting && !err)
			err = recount_set(n, set);
	return err;
}

/* --- changing --------------------------------------------------------------------------------- */

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
	int err = ask_gen(n, &now);

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
		netlink_member(n->events, events_group, 1, false);
	err = commit_what_can_be(n, p, have->genid, why, size);
	if (bulk) {
		netlink_member(n->events, events_group, 1, true);
		err = err ? err : check_alone(n, have->genid);
	}
	return err;
}

/* --- hearing ---------------------------------------------------------------------------------- */

struct hearing {
	uint32_t portid;
	const struct fw_actual *have;
	bool matters;
};

static void on_event(void *ctx, const struct nlmsghdr *h)
{
	struct hearing *e = ctx;

	if (h->nlmsg_pid != e->portid && !e->matters)
		e->matters = nft_event_matters(h, e->have);
}

int nft_events_read(struct nft *n, const struct fw_actual *have, bool *dirty)
{
	struct netlink reader = {.fd = n->events, .buffer = mem_calloc(NETLINK_BUFFER, 1)};
	struct hearing e = {.portid = n->sock.portid, .have = have};
	int err = netlink_events(n->events, &reader, EVENTS_BOUND, on_event, &e);

	free(reader.buffer);
	if (e.matters || err == -ENOBUFS)
		*dirty = true;
	return err == -ENOBUFS ? 0 : err;
}
