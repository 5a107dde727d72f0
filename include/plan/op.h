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
	OP_ENDPOINT,  /* peer's endpoint becomes .endpoint */
	OP_KEEPALIVE, /* peer's persistent keepalive becomes .keepalive */
	OP_KICK,      /* keepalive 0, then .keepalive again: the kernel sends at once */
	OP_PROBE,     /* one datagram to .endpoint, into the tunnel */
	OP_REBIND,    /* device's UDP port becomes another one */
	OP_FWMARK,    /* device's fwmark becomes .fwmark */
};

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
	};
};
VEC_TYPE(ops, struct op);

/* One line for people: "route add 10.20.1.0/24 dev wg0 table main". */
void op_format(struct str *out, const struct op *op, const struct state *s);
void route_format(struct str *out, const struct route *r, const struct state *s);
void rule_format(struct str *out, const struct rule *r);

#endif
