// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints and keepalives: the plan is made after each look at the peers and after each answer
 * about a name, applied, and told.
 */
#include "internal.h"

#include <errno.h>
#include <linux/rtnetlink.h>

static void want_name(struct engine *e, const struct device *d, const struct endpoint_spec *spec)
{
	if (spec->kind == ENDPOINT_HOST)
		names_want(&e->names, spec->host, &d->conf->endpoints);
	else if (spec->kind == ENDPOINT_SRV)
		names_want_srv(&e->names, spec->host, &d->conf->endpoints);
}

void endpoints_want_names(struct engine *e)
{
	vec_each(&e->state.devices, d) {
		if (!d->conf->endpoints.resolve)
			continue;
		vec_each(&d->peers, p) {
			uint32_t n;
			const struct endpoint_spec *specs = peer_endpoint_specs(p, &n);

			for (uint32_t i = 0; i < n; i++)
				want_name(e, d, &specs[i]);
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
	uint32_t oif;

	if (!exact && host_addr(e, to->addr.family, &source))
		return source;
	if (e->edge.source(e->edge.ctx, &to->addr, d->fwmark, &source, &oif) || oif == d->ifindex)
		return (struct addr){0};
	return source;
}

#define LOOPS_LOOKED_FOR 64 /* peers of a device; a hub of more gives each one look-up too many */

/*
 * Does the way to an endpoint that somebody wrote lead into its own tunnel? Looked at once for
 * each change of the surroundings, and only for peers that are known by an endpoint.
 */
static void look_for_loop(struct engine *e, const struct device *d, struct peer *p)
{
	struct addr source;
	uint32_t oif = 0;

	if (p->looked == e->surroundings || d->peers.len > LOOPS_LOOKED_FOR ||
	    !p->wg.endpoint.addr.family || !peer_endpoint_spec(p))
		return;
	p->looked = e->surroundings;
	e->edge.source(e->edge.ctx, &p->wg.endpoint.addr, d->fwmark, &source, &oif);
	p->looped = oif == d->ifindex;
}

/* Probes go by way of the net child; the others are the kernel's. */
static void send_probes(struct engine *e, struct ops *ops)
{
	uint32_t kept = 0;

	vec_each(ops, op) {
		struct net_request q = {.kind = NET_PROBE, .target = op->peer.endpoint};

		if (op->kind != OP_PROBE) {
			ops->at[kept++] = *op;
			continue;
		}
		mem_copy_str(q.ifname, sizeof(q.ifname), state_ifname(&e->state, op->ifindex));
		e->edge.ask(e->edge.ctx, &q);
		e->counters.probes++;
	}
	ops->len = kept;
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
		e->counters.rebinds += op->kind == OP_REBIND;
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
	vec_each(&e->state.devices, d) {
		if (!d->readable)
			continue;
		endpoints_plan(&ops, &changes, d, &in);
		vec_each(&d->peers, p)
			look_for_loop(e, d, p);
	}
	if (!e->dry)
		send_probes(e, &ops);
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
