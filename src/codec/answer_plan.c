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

static json_t *op_json(const struct op *op, const struct state *s)
{
	struct str text = {0};
	json_t *o = json_object();

	op_format(&text, op, s);
	put_text(o, "kind", op_kind_name(op->kind));
	put_text(o, "text", str_text(&text));
	put_text(o, "interface", op->ifindex ? state_ifname(s, op->ifindex) : NULL);
	put_text(o, "error", op->why ? op->why : op->error ? strerror(-op->error) : NULL);
	str_free(&text);
	return o;
}

static json_t *held_json(const struct answer_view *v)
{
	json_t *list = json_array();

	vec_each(v->routes, item)
		if (item->status != ROUTE_INSTALLED && item->status != ROUTE_MISSING &&
		    item->status != ROUTE_FAILED && item->status != ROUTE_BLOCKED)
			json_array_append_new(list, route_item_json(v, item));
	return list;
}

json_t *answer_plan(const struct answer_view *v)
{
	json_t *o = json_object(), *list = json_array();

	vec_each(v->pending, op)
		json_array_append_new(list, op_json(op, v->state));
	firewall_operations(list, v);
	put(o, "operations", list);
	put(o, "held", held_json(v));
	return o;
}
