// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults: what stands between the engine and its world. Each call may fail in the way in which the
 * real one does, with its work done or not; and when the engine dies, it does so between two calls.
 */
#include "chaos/chaos.h"

#include <errno.h>

#define FAULT_ONE_IN  8
#define UNDONE_ONE_IN 24

/* The engine was killed: what it still calls until its turn is over is nothing. */
static bool dying(struct chaos *c)
{
	if (c->dies_in && !--c->dies_in) {
		chaos_note(c, "the engine is killed");
		c->dead = true;
	}
	return c->dead;
}

static int fault(struct chaos *c, const int *errors, uint32_t n, const char *what)
{
	int err;

	if (dying(c))
		return -EIO;
	if (!c->storm || !chaos_one_in(c, FAULT_ONE_IN))
		return 0;
	err = errors[chaos_below(c, n)];
	chaos_note(c, "%s: %s", what, strerror(-err));
	c->faults++;
	c->faulty = true;
	return err;
}
#define FAULT(c, what, ...) \
	fault(c, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int), what)

/* --- looks ---------------------------------------------------------------------------------- */

static int look_links(void *ctx, struct links *out)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "links", -EAGAIN, -ENOBUFS, -EINTR, -ENOMEM, -EPERM);

	if (err)
		return err;
	host_flush(c); /* links are the only ones that are dumped under the lock still */
	err = c->below.links(c->below.ctx, out);
	packets_saw_links(c, out);
	return err;
}

static int look_addrs(void *ctx, struct local_addrs *out)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "addresses", -EAGAIN, -ENOBUFS, -EINTR, -ENOMEM);

	return err ? err : c->below.addrs(c->below.ctx, out);
}

/* One of those that were asked for comes twice in a dump, because routes came meanwhile. */
static void one_twice(struct chaos *c, const struct routes_where *where, struct route_merge *out)
{
	const struct route *r;

	if (!c->storm || !c->w->routes.len || !chaos_one_in(c, FAULT_ONE_IN))
		return;
	r = &c->w->routes.at[chaos_below(c, c->w->routes.len)];
	vec_each(&where->devices, d)
		if (*d == r->oif)
			route_merge_add(out, r);
}

/* A dump that breaks off has shown some of them. */
static int look_routes(void *ctx, const struct routes_where *where, struct route_merge *out)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "routes", -EAGAIN, -ENOBUFS, -EINTR, -ENOMEM);

	if (c->dead || (err && chaos_one_in(c, 2)))
		return err;
	c->below.routes(c->below.ctx, where, out);
	one_twice(c, where, out);
	return err;
}

static int look_underlay(void *ctx, const struct addr *to, size_t n, struct routes *out)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "underlay", -EAGAIN, -ENOBUFS);

	return err ? err : c->below.underlay(c->below.ctx, to, n, out);
}

static int look_rules(void *ctx, struct rules *out)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "rules", -EAGAIN, -ENOBUFS, -EINTR);

	return err ? err : c->below.rules(c->below.ctx, out);
}

static int look_device(void *ctx, struct device_merge *m)
{
	struct chaos *c = ctx;
	uint32_t ifindex = m->device->ifindex;
	int err = FAULT(c, "device", -EAGAIN, -ENOBUFS, -EINTR, -EPERM, -EBUSY, -ENODEV);

	if (c->dead || !host_link_by_index(c, ifindex))
		return c->dead ? -EIO : -ENODEV;
	if (!err || chaos_one_in(c, 2))
		c->below.device(c->below.ctx, m);
	if (!err)
		packets_saw_device(c, ifindex);
	return err;
}

static int look_firewall(void *ctx, struct fw_actual *out)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "nftables", -EAGAIN, -ENOBUFS, -EINTR, -ENOMEM);

	if (err)
		packets_firewall_failed(c);
	return err ? err : c->below.firewall(c->below.ctx, out);
}

static int recount(void *ctx, struct fw_actual *have)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "counters", -EAGAIN, -EINTR);

	return err ? err : c->below.firewall_recount(c->below.ctx, have);
}

static int source(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *from,
		  uint32_t *oif)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "source", -EINTR, -ENETUNREACH);

	return err ? err : c->below.source(c->below.ctx, to, fwmark, from, oif);
}

static int follows(void *ctx, const struct addr *to, struct route *out)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "follows", -EINTR, -ENETUNREACH);

	return err ? err : c->below.follows(c->below.ctx, to, out);
}

static int forwards(void *ctx, uint8_t family, uint32_t ifindex)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "forwards", -ENODEV);

	return err ? err : c->below.forwards(c->below.ctx, family, ifindex);
}

static int rp_filter(void *ctx, uint32_t ifindex)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "rp_filter", -ENODEV);

	return err ? err : c->below.rp_filter(c->below.ctx, ifindex);
}

/* --- acts ----------------------------------------------------------------------------------- */

static void op_note(struct chaos *c, const struct op *op)
{
	struct state s = {.links = c->w->links};
	struct str line = {0};

	op_format(&line, op, &s);
	chaos_note(c, "  > %s%s%s", str_text(&line), op->error ? ": " : "",
		   op->error ? strerror(-op->error) : "");
	str_free(&line);
}

static bool is_ours(const struct op *op)
{
	if (op->kind == OP_ROUTE_ADD || op->kind == OP_ROUTE_DEL)
		return op->route.protocol == ROUTE_PROTOCOL;
	if (op->kind == OP_RULE_ADD || op->kind == OP_RULE_DEL)
		return op->rule.protocol == ROUTE_PROTOCOL;
	return true;
}

/* What the kernel says before the world is asked. */
static int kernel_says(struct chaos *c, const struct op *op)
{
	if (op->kind == OP_ROUTE_ADD)
		return host_may_route(c, &op->route);
	if (op->kind == OP_ROUTE_DEL || op->kind == OP_RULE_ADD || op->kind == OP_RULE_DEL)
		return 0;
	return host_link_by_index(c, op->ifindex) ? 0 : -ENODEV;
}

/* Now and then another program takes back what was set, right away. */
static void maybe_undone(struct chaos *c, const struct op *op)
{
	if (!c->storm || (op->kind != OP_ROUTE_ADD && op->kind != OP_RULE_ADD) ||
	    !chaos_one_in(c, UNDONE_ONE_IN))
		return;
	chaos_note(c, "somebody takes back what comes now");
	c->w->undo = 1;
}

/* Now and then what failed was done all the same: the answer got lost. */
static void apply_one(struct chaos *c, struct op *op)
{
	int err = FAULT(c, "apply", -ENOBUFS, -EINTR, -EPERM, -EBUSY, -ENOMEM, -EAGAIN);
	bool done = !err || err == -ENOBUFS || err == -EINTR;

	if (c->dead)
		return;
	op->error = kernel_says(c, op);
	op->why = NULL;
	if (!op->error && done) {
		maybe_undone(c, op);
		c->below.apply(c->below.ctx, op, 1);
		c->w->undo = 0;
	} else if (!op->error)
		op->error = err;
	if (err && !op->error)
		op->error = err;
}

static int apply(void *ctx, struct op *ops, size_t n)
{
	struct chaos *c = ctx;
	int first = 0;

	host_flush(c); /* the lock is waited for */
	for (size_t i = 0; i < n; i++) {
		uint64_t others = host_others(c);

		packets_before(c);
		apply_one(c, &ops[i]);
		if (c->dead)
			return first;
		c->steps++;
		op_note(c, &ops[i]);
		if (!is_ours(&ops[i]))
			chaos_fail(c, "an operation is about what is not ours");
		if (host_others(c) != others)
			chaos_fail(c, "something of others was changed");
		packets_after(c, "an operation");
		if (!first)
			first = ops[i].error;
	}
	return first;
}

static int firewall_apply(void *ctx, const struct fw_plan *plan, const struct fw_actual *have,
			  char *why, size_t size)
{
	struct chaos *c = ctx;
	uint64_t others = host_others(c);
	int err = FAULT(c, "transaction", -ERESTART, -ENOBUFS, -ENOBUFS, -ENOMEM, -EBUSY, -EINTR);
	int did;

	if (err)
		packets_firewall_failed(c);
	if (c->dead || (err && err != -ENOBUFS))
		return c->dead ? -EIO : err;
	packets_before(c);
	did = have->genid == c->w->firewall.kernel.actual.genid
		      ? c->below.firewall_apply(c->below.ctx, plan, have, why, size)
		      : -ERESTART;
	c->steps++;
	chaos_note(c, "  > transaction of %zu: %s", fw_plan_count(plan), strerror(-did));
	if (did && did != -ERESTART)
		chaos_fail(c, "the kernel takes no such transaction");
	if (host_others(c) != others)
		chaos_fail(c, "something of others was changed");
	packets_after(c, "a transaction");
	return err ? err : did;
}

static int ask(void *ctx, const struct net_request *q)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "ask", -EAGAIN);

	return err ? err : c->below.ask(c->below.ctx, q);
}

static int tell(void *ctx, const struct net_datagram *d)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "tell", -EAGAIN);

	return err ? err : c->below.tell(c->below.ctx, d);
}

static int store(void *ctx, const char *text, size_t len)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "store", -ENOSPC, -EROFS, -EINTR);

	return err ? err : c->below.store(c->below.ctx, text, len);
}

/* A part of it may be there all the same. */
static int store_more(void *ctx, const char *text, size_t len)
{
	struct chaos *c = ctx;
	int err = FAULT(c, "store more", -ENOSPC, -EROFS, -ESTALE);

	if (err == -ENOSPC)
		c->below.store_more(c->below.ctx, text, len / 2);
	return err ? err : c->below.store_more(c->below.ctx, text, len);
}

static void try_again(void *ctx)
{
	struct chaos *c = ctx;

	if (!dying(c))
		c->below.firewall_try_again(c->below.ctx);
}

static void event(void *ctx, const struct event *e)
{
	chaos_note(ctx, "  %s: %s", e->code, e->text);
}

void faults_between(void *ctx, struct edge *edge)
{
	struct chaos *c = ctx;

	c->below = *edge;
	edge->ctx = c;
	edge->links = look_links;
	edge->addrs = look_addrs;
	edge->routes = look_routes;
	edge->underlay = look_underlay;
	edge->rules = look_rules;
	edge->device = look_device;
	edge->firewall = look_firewall;
	edge->firewall_recount = recount;
	edge->source = source;
	edge->follows = follows;
	edge->forwards = forwards;
	edge->rp_filter = rp_filter;
	edge->apply = apply;
	edge->firewall_apply = firewall_apply;
	edge->ask = ask;
	edge->tell = tell;
	edge->store = store;
	edge->store_more = store_more;
	edge->firewall_try_again = try_again;
	edge->event = event;
}
