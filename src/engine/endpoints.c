// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints and keepalives: the plan is made after each look at the peers and after each answer
 * about a name, applied, and told.
 */
#include "internal.h"

#include <errno.h>
#include <linux/rtnetlink.h>

void endpoints_want_names(struct engine *e)
{
	vec_each(&e->state.devices, d) {
		if (!d->conf->endpoints.resolve)
			continue;
		vec_each(&d->peers, p) {
			const struct endpoint_spec *spec = peer_endpoint_spec(p);

			if (spec && spec->kind == ENDPOINT_HOST)
				names_want(&e->names, spec->host, &d->conf->endpoints);
		}
	}
	names_sweep(&e->names);
	memory_recall(&e->memory, &e->names);
}

/*
 * When all of the host's addresses of a family are of one kind, that kind is the answer without
 * asking the kernel for a route: with thousands of peers that matters.
 */
static bool host_addr(const struct engine *e, uint8_t family, struct addr *out)
{
	bool mixed = false;

	*out = (struct addr){0};
	vec_each(&e->state.addrs, a) {
		if (a->addr.family != family || a->scope != RT_SCOPE_UNIVERSE)
			continue;
		if (state_link(&e->state, a->ifindex) &&
		    state_link(&e->state, a->ifindex)->wireguard)
			continue;
		if (out->family && addr_is_private(out) != addr_is_private(&a->addr))
			mixed = true;
		*out = a->addr;
	}
	return !mixed;
}

static struct addr source_towards(void *ctx, const struct device *d, const struct endpoint *to,
				  bool exact)
{
	struct engine *e = ctx;
	struct addr source;

	if (!exact && host_addr(e, to->addr.family, &source))
		return source;
	if (e->edge.source(e->edge.ctx, &to->addr, d->fwmark, &source))
		return (struct addr){0};
	return source;
}

static void tell_endpoints(struct engine *e, const struct endpoint_changes *changes)
{
	vec_each(changes, c) {
		const struct device *d = &e->state.devices.at[c->device];
		char from[ENDPOINT_STRLEN], to[ENDPOINT_STRLEN];

		story_tell(e,
			   (struct story){
				   .code = "endpoint", .device = d, .peer = &d->peers.at[c->peer]},
			   "endpoint %s -> %s: %s", endpoint_format(&c->from, from),
			   endpoint_format(&c->to, to), c->why);
		e->counters.endpoint_changes++;
	}
}

/* What failed is in the difference again at the next look; the kernel's reason is told once. */
static void tell_failures(struct engine *e, const struct ops *ops)
{
	vec_each(ops, op) {
		struct str line = {0};

		e->counters.kicks += op->kind == OP_KICK;
		if (!op->error)
			continue;
		if (op->error == -ENODEV)
			e->dirty |= SUBJECT_LINKS;
		e->counters.apply_errors++;
		op_format(&line, op, &e->state);
		log_warn("%s: %s", str_text(&line), strerror(-op->error));
		str_free(&line);
	}
}

void endpoints_converge(struct engine *e)
{
	struct endpoint_input in = {.state = &e->state,
				    .names = &e->names,
				    .source = source_towards,
				    .source_ctx = e,
				    .rng = &e->rng,
				    .now = e->at.now,
				    .generation = e->surroundings};
	struct endpoint_changes changes = {0};
	struct ops ops = {0};

	if (!(e->replan & SUBJECT_PEERS))
		return;
	vec_each(&e->state.devices, d)
		if (d->readable)
			endpoints_plan(&ops, &changes, d, &in);
	if (e->dry) {
		vec_each(&ops, op)
			*vec_add(&e->pending) = *op;
	} else if (ops.len) {
		e->edge.apply(e->edge.ctx, ops.at, ops.len);
		tell_endpoints(e, &changes);
		tell_failures(e, &ops);
		e->dirty |= SUBJECT_PEERS; /* look at what came of it */
	}
	vec_free(&ops);
	vec_free(&changes);
}

int endpoints_kick(struct engine *e, const struct device *d, const struct peer *p)
{
	struct op op = {.kind = OP_KICK, .ifindex = d->ifindex};

	op.peer.key = p->wg.key;
	op.peer.keepalive = p->wg.keepalive;
	e->counters.kicks++;
	return e->edge.apply(e->edge.ctx, &op, 1);
}
