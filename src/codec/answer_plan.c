// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `plan`: what would be done now, in the order in which it would be done; empty when converged.
 * Beside it what is not going to be done, and why not: prefixes without a route of ours.
 */
#include <string.h>

#include "answer_put.h"
#include "plan/rules.h"

#define A_PART 256 /* operations */

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

/* Is it the same as before, in a plan that was made anew? Nothing that a points to is looked at. */
static bool op_is(const struct op *op, const struct op *a)
{
	if (op->kind != a->kind || op->ifindex != a->ifindex)
		return false;
	switch (op->kind) {
	case OP_ROUTE_ADD:
	case OP_ROUTE_DEL:
		return !route_cmp(&op->route, &a->route);
	case OP_RULE_ADD:
	case OP_RULE_DEL:
		return !rule_cmp(&op->rule, &a->rule);
	case OP_ENDPOINT:
	case OP_KEEPALIVE:
	case OP_KICK:
	case OP_PROBE:
		return !key_cmp(&op->peer.key, &a->peer.key);
	case OP_REBIND:
	case OP_FWMARK:
	case OP_ALLOWED_IPS:
		break;
	}
	return true;
}

/* Behind the last one that was told; where it was, when it is gone. */
static uint32_t cursor_op(const struct answer_cursor *c, const struct ops *ops)
{
	if (!c->next || (c->next <= ops->len && op_is(&ops->at[c->next - 1], &c->op)))
		return c->next;
	for (uint32_t i = 0; i < ops->len; i++)
		if (op_is(&ops->at[i], &c->op))
			return i + 1;
	return c->next < ops->len ? c->next : ops->len;
}

static bool ops_part(struct str *o, const struct answer_view *v, struct answer_cursor *c)
{
	const struct ops *ops = v->pending;
	uint32_t from = cursor_op(c, ops), to = ops->len;
	bool more = to - from > A_PART;

	if (more)
		to = from + A_PART;
	for (uint32_t i = from; i < to; i++) {
		part_element(o, c);
		put_op(o, &ops->at[i], v->state);
	}
	if (more) {
		c->next = to;
		c->op = ops->at[to - 1];
	}
	return more;
}

static bool is_held(const struct route_item *item)
{
	return item->status != ROUTE_INSTALLED && item->status != ROUTE_MISSING &&
	       item->status != ROUTE_FAILED && item->status != ROUTE_BLOCKED;
}

bool put_plan_part(struct str *o, const struct answer_view *v, struct answer_cursor *c)
{
	if (c->second)
		return put_route_items_part(o, v, c, is_held);
	if (ops_part(o, v, c))
		return true;
	if (firewall_pending(v) && c->told)
		str_add_bytes(o, ",", 1);
	put_firewall_operations(o, v);
	put_list_end(o);
	put_list(o, "held");
	c->second = true;
	c->told = 0;
	return true;
}
