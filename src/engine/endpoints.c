// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints and keepalives: the plan is made after each look at the peers and after each answer
 * about a name, applied, and told.
 */
#include "internal.h"
#include "model/ends.h"
#include "plan/overlaps.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#define FEW_PEERS 64 /* a look at so many costs less than a question is worth */

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
	uint32_t oif = 0;
	int err;

	if (!exact && host_addr(e, to->addr.family, &source))
		return source;
	err = e->edge.source(e->edge.ctx, &to->addr, d->fwmark, &source, &oif);
	if (oif == d->ifindex) /* not there yet: it is to get a way outside its tunnel */
		host_addr(e, to->addr.family, &source);
	else if (err)
		source = (struct addr){0};
	return source;
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

static const char *whence(const struct peer *p)
{
	switch ((enum endpoint_source)p->source) {
	case SOURCE_DNS:
		return " from DNS";
	case SOURCE_CONFIG:
		return " as configured";
	case SOURCE_EXCHANGE:
		return " from the exchange";
	default:
		return "";
	}
}

static void tell_endpoints(struct engine *e, const struct endpoint_changes *changes)
{
	vec_each(changes, c) {
		const struct device *d = &e->state.devices.at[c->device];
		const struct peer *p = &d->peers.at[c->peer];
		const struct story s = {.code = "endpoint", .device = d, .peer = p};
		msec silent = life_unanswered_for(&p->life, e->at.now);
		char from[ENDPOINT_STRLEN], to[ENDPOINT_STRLEN];

		endpoint_format(&c->from, from);
		endpoint_format(&c->to, to);
		if (!c->from.addr.family)
			story_tell(e, s, "no endpoint yet, trying %s%s", to, whence(p));
		else if (silent)
			story_tell(e, s, "%s unanswered for %lld s, trying %s%s", from,
				   (long long)silent / 1000, to, whence(p));
		else
			story_tell(e, s, "trying %s%s instead of %s: %s", to, whence(p), from,
				   c->why);
		e->counters.endpoint_changes++;
	}
}

/* Is one of the new endpoints where nothing may answer for it, which is still answered for? */
static bool any_answered_for(const struct engine *e, const struct endpoint_changes *changes)
{
	vec_each(changes, c)
		if (supernets_have(&e->state, &c->to.addr))
			return true;
	return false;
}

/* Is one of them in what its own tunnel leads to? */
static bool any_inside(const struct engine *e, const struct endpoint_changes *changes)
{
	struct underlay_ends ends = {0};
	bool any;

	vec_each(changes, c)
		*vec_add(&ends) = (struct underlay_end){c->device, c->to.addr};
	any = underlay_has_any(&e->items, &ends);
	vec_free(&ends);
	return any;
}

/*
 * An endpoint that is inside the tunnel gets its way outside before it is written, and where an
 * `unreachable` network has it, that goes: the first handshake goes out at once. Not where rules
 * are to be made in this turn: routes come after those, as in the first turn of an interface.
 */
static void prepare_ways(struct engine *e, const struct endpoint_changes *changes, bool inside)
{
	vec_each(changes, c) {
		struct device *d = &e->state.devices.at[c->device];

		peer_tend(&d->peers.at[c->peer])->coming = c->to;
		ends_note(d, &c->to.addr);
	}
	if (!e->items.len || e->replan & SUBJECT_FIREWALL)
		return; /* later in this turn, with all the others */
	if (changes->len && (e->underlay_for.len || inside || any_answered_for(e, changes)))
		routes_prepare(e);
}

/* The changes are in the order of the operations that make them. */
static void endpoints_note(struct engine *e, const struct ops *ops,
			   const struct endpoint_changes *changes, const struct endpoint_input *in)
{
	const struct endpoint_change *c = changes->at;

	vec_each(ops, op) {
		struct device *d;

		if (op->kind != OP_ENDPOINT || !c) /* an analyzer takes none for possible */
			continue;
		d = &e->state.devices.at[c->device];
		if (!op->error)
			endpoint_is_set(&d->peers.at[c->peer], &c->to, in);
		if (!op->error && !c->from.addr.family)
			routes_reached(e, d, &d->peers.at[c->peer]);
		c++;
	}
}

/* What was set of keepalives; operations are in the order of their peers. */
static void keepalives_note(struct engine *e, const struct ops *ops)
{
	const struct op *op = ops->at, *end = op + ops->len;

	vec_each(&e->state.devices, d) {
		vec_each(&d->peers, p) {
			while (op < end && op->kind != OP_KEEPALIVE)
				op++;
			if (op == end)
				return;
			if (op->ifindex != d->ifindex || key_cmp(&op->peer.key, &p->wg.key))
				continue;
			if (!op->error)
				p->wg.keepalive = op->peer.keepalive;
			op++;
		}
	}
}

/*
 * What came of it is looked at: at once where a look costs little, else with the next one, for what
 * was set is known, and whether somebody answers takes its time.
 */
static void look_soon(struct engine *e, const struct ops *ops)
{
	vec_each(ops, op) {
		struct device *d = state_device(&e->state, op->ifindex);

		if (op->error)
			continue;
		if (!d || op->kind == OP_REBIND || d->peers.len <= FEW_PEERS)
			e->dirty |= SUBJECT_PEERS;
		else
			d->poll_at = msec_min(d->poll_at, e->at.now + d->conf->poll_interval);
	}
}

static void endpoints_apply(struct engine *e, struct ops *ops,
			    const struct endpoint_changes *changes, const struct endpoint_input *in)
{
	bool inside = any_inside(e, changes);

	send_probes(e, ops);
	if (ops->len) {
		prepare_ways(e, changes, inside);
		ops_apply(e, ops->at, ops->len);
		tell_endpoints(e, changes);
		endpoints_note(e, ops, changes, in);
		if (inside || (changes->len && underlay_concerns_all(e)))
			e->replan |= SUBJECT_ROUTES;
		keepalives_note(e, ops);
		look_soon(e, ops);
	}
	peers_account(e, ops);
}

void endpoints_do(struct engine *e, struct ops *ops)
{
	send_probes(e, ops);
	if (ops->len)
		ops_apply(e, ops->at, ops->len);
	vec_each(ops, op)
		if (!op->error)
			e->dirty |= SUBJECT_PEERS;
	peers_account(e, ops);
}

/* Of all peers, or of those whose names lead elsewhere than before. */
static void endpoints_find(struct engine *e, struct ops *ops, struct endpoint_changes *changes,
			   const struct endpoint_input *in)
{
	struct nameds fresh = {0};

	if (e->replan & SUBJECT_PEERS) {
		vec_each(&e->state.devices, d)
			if (d->readable)
				endpoints_plan(ops, changes, d, in);
		return;
	}
	names_fresh_peers(e, &fresh);
	vec_each(&fresh, n) {
		struct device *d = &e->state.devices.at[n->device];

		if (!d->readable)
			continue;
		endpoints_plan_peer(ops, changes, d, &d->peers.at[n->peer], in);
		e->problems_due = e->problems_due || peer_care(&d->peers.at[n->peer])->refused;
	}
	vec_free(&fresh);
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

	if (e->replan & SUBJECT_PEERS || e->fresh.len) {
		endpoints_find(e, &ops, &changes, &in);
		if (!e->dry)
			endpoints_apply(e, &ops, &changes, &in);
	}
	e->fresh.len = 0;
	vec_each(e->dry ? &ops : &e->peers_left, op)
		*vec_add(&e->pending) = *op;
	vec_free(&ops);
	vec_free(&changes);
}

int endpoints_kick(struct engine *e, const struct device *d, const struct peer *p)
{
	struct op op = {.kind = OP_KICK, .ifindex = d->ifindex};

	op.peer.key = p->wg.key;
	op.peer.keepalive = p->wg.keepalive;
	e->counters.kicks++;
	return ops_apply(e, &op, 1);
}
