// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `plan`: what would be done now, in the order in which it would be done; empty when converged.
 * Beside it what is not going to be done, and why not: prefixes without a route of ours.
 */
#include <string.h>

#include "answer_put.h"

static const char *op_kind_name(enum op_kind k)
{
	switch (k) {
	case OP_ROUTE_ADD:
		return "route-add";
	case OP_ROUTE_DEL:
		return "route-del";
	case OP_RULE_ADD:
		return "rule-add";
	case OP_RULE_DEL:
		return "rule-del";
	case OP_ENDPOINT:
		return "endpoint";
	case OP_KEEPALIVE:
		return "keepalive";
	case OP_KICK:
		return "kick";
	case OP_PROBE:
		return "probe";
	case OP_REBIND:
		return "rebind";
	case OP_FWMARK:
		return "fwmark";
	case OP_ALLOWED_IPS:
		return "allowed-ips";
	}
	return "unknown";
}

static void put_op(struct str *o, const struct op *op, const struct state *s)
{
	struct str text = {0};

	put_object(o, NULL);
	op_format(&text, op, s);
	put_text(o, "kind", op_kind_name(op->kind));
	put_text(o, "text", str_text(&text));
	put_text(o, "interface", op->ifindex ? state_ifname(s, op->ifindex) : NULL);
	put_text(o, "error", op->why ? op->why : op->error ? strerror(-op->error) : NULL);
	put_object_end(o);
	str_free(&text);
}

static void put_held(struct str *o, const char *key, const struct answer_view *v)
{
	put_list(o, key);
	vec_each(v->routes, item)
		if (item->status != ROUTE_INSTALLED && item->status != ROUTE_MISSING &&
		    item->status != ROUTE_FAILED && item->status != ROUTE_BLOCKED)
			put_route_item(o, NULL, v, item);
	put_list_end(o);
}

void answer_plan(struct str *o, const struct answer_view *v)
{
	put_object(o, NULL);
	put_list(o, "operations");
	vec_each(v->pending, op)
		put_op(o, op, v->state);
	put_firewall_operations(o, v);
	put_list_end(o);
	put_held(o, "held", v);
	put_object_end(o);
}
