/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation of a plan: what the edge is asked to do, and what `plan` and --dry-run print.
 */
#ifndef PLAN_OP_H
#define PLAN_OP_H

#include "base/str.h"
#include "model/state.h"

enum op_kind {
	OP_ROUTE_ADD,
	OP_ROUTE_DEL,
	OP_RULE_ADD,
	OP_RULE_DEL,
	OP_ENDPOINT,	/* peer's endpoint becomes .endpoint */
	OP_KEEPALIVE,	/* peer's persistent keepalive becomes .keepalive */
	OP_KICK,	/* keepalive 0, then .keepalive again: the kernel sends at once */
	OP_PROBE,	/* one datagram to .endpoint, into the tunnel */
	OP_REBIND,	/* device's UDP port becomes another one */
	OP_FWMARK,	/* device's fwmark becomes .fwmark */
	OP_ALLOWED_IPS, /* .moves, in one message */
};

enum move_kind {
	MOVE_GIVE, /* peer gets the prefix, whoever has it */
	MOVE_TAKE, /* peer loses it, and nobody gets it */
	MOVE_KEEP, /* peer has it and keeps it: told for each peer that something is taken from */
};

/* An allowed-IP that changes hands. */
struct move {
	enum move_kind kind;
	uint32_t device; /* index into state.devices when it was planned */
	struct prefix prefix;
	struct key peer;
	bool had;
	struct key from; /* who has it now, if had */
	bool undone;	 /* it was made before, and somebody undid it */
	const char *why; /* static text */
};
VEC_TYPE(moves, struct move);

struct op {
	enum op_kind kind;
	uint32_t ifindex;
	int error;	 /* set by the edge: 0 or -errno */
	const char *why; /* with an error: the kernel's own words, kept by the edge; NULL = none */
	union {
		struct route route;
		struct rule rule;
		struct {
			struct key key;
			struct endpoint endpoint;
			uint16_t keepalive;
		} peer;
		uint32_t fwmark;
		struct {
			const struct move *at; /* the plan's; sorted by peer and kind */
			uint32_t len;
		} moves;
	};
};
VEC_TYPE(ops, struct op);

/* Of one peer? Such moves are neighbours. */
bool move_same_peer(const struct move *a, const struct move *b);
/* Is anything taken from the peer of m, the first of its moves, and given to nobody? */
bool moves_take(const struct move *m, const struct move *end);

/* One line for people: "route add 10.20.1.0/24 dev wg0 table main". */
void op_format(struct str *out, const struct op *op, const struct state *s);
void route_format(struct str *out, const struct route *r, const struct state *s);
void rule_format(struct str *out, const struct rule *r);

#endif
