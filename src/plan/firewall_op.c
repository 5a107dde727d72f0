// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan's operations as lines for people, in nft(8)'s words.
 */
#include "plan/firewall.h"

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

static void foreign_format(struct str *out, const char *verb, const char *where,
			   const struct fw_foreign *f)
{
	str_add(out, "%s accept for packets %s %s ", verb, f->out ? "to" : "from", f->ifname);
	if (f->protocol)
		str_add(out, "to %s port %u ", fw_protocol_name(f->protocol), f->port);
	str_add(out, "%s %s %s %s", where, fw_family_name(f->family), f->table, f->chain);
}

#define OWNERS_SHOWN 4

/* " (pi, laptop, ...)": whose they are, where they have names. */
static void owners_format(struct str *out, const struct fw_op *op)
{
	const struct fw_owner *shown[OWNERS_SHOWN];
	unsigned int n = 0;
	bool more = false;

	vec_each(&op->elems, e) {
		const struct fw_owner *o = fw_ruleset_owner(op->want, e);
		unsigned int i = 0;

		if (!o || !*o->label)
			continue;
		while (i < n && shown[i] != o)
			i++;
		more = i == OWNERS_SHOWN;
		if (more)
			break;
		if (i == n)
			shown[n++] = o;
	}
	for (unsigned int i = 0; i < n; i++)
		str_add(out, "%s%s", i ? ", " : " (", shown[i]->label);
	if (n)
		str_add(out, more ? ", ...)" : ")");
}

static void elems_format(struct str *out, const char *verb, const struct fw_op *op,
			 const char *preposition)
{
	str_add(out, "%s %u element%s %s set %s", verb, op->elems.len, plural(op->elems.len),
		preposition, op->name);
	if (op->want)
		owners_format(out, op);
}

static void chain_format(struct str *out, const char *verb, const struct fw_op *op)
{
	str_add(out, "%s chain inet " FW_TABLE " %s", verb, op->name);
}

void fw_op_format(struct str *out, const struct fw_op *op)
{
	str_add(out, "firewall: ");
	switch (op->kind) {
	case FW_OP_ADD_TABLE:
		str_add(out, "add table inet " FW_TABLE);
		break;
	case FW_OP_TAKE_TABLE:
		str_add(out, "take over table inet " FW_TABLE);
		break;
	case FW_OP_DEL_TABLE:
		str_add(out, "delete table inet " FW_TABLE);
		break;
	case FW_OP_ADD_CHAIN:
		chain_format(out, "add", op);
		break;
	case FW_OP_DEL_CHAIN:
		chain_format(out, "delete", op);
		break;
	case FW_OP_FLUSH_CHAIN:
		chain_format(out, "flush", op);
		break;
	case FW_OP_FILL_CHAIN:
		str_add(out, "add %u rule%s to", op->chain->rules.len,
			plural(op->chain->rules.len));
		chain_format(out, "", op);
		break;
	case FW_OP_ADD_SET:
		str_add(out, "add set %s", op->name);
		break;
	case FW_OP_DEL_SET:
		str_add(out, "delete set %s", op->name);
		break;
	case FW_OP_ADD_ELEMS:
		elems_format(out, "add", op, "to");
		break;
	case FW_OP_DEL_ELEMS:
		elems_format(out, "delete", op, "from");
		break;
	case FW_OP_ADD_FLOWTABLE:
		str_add(out, "add flowtable " FW_FLOWTABLE " of %u interface%s", op->elems.len,
			plural(op->elems.len));
		break;
	case FW_OP_DEL_FLOWTABLE:
		str_add(out, "delete flowtable " FW_FLOWTABLE);
		break;
	case FW_OP_ADD_FOREIGN:
		foreign_format(out, "insert", "at the top of", op->rule);
		break;
	case FW_OP_DEL_FOREIGN:
		foreign_format(out, "delete", "from", op->rule);
		break;
	}
}

void fw_plan_format(struct str *out, const struct fw_plan *p)
{
	vec_each(&p->ops, op) {
		fw_op_format(out, op);
		str_add(out, "\n");
	}
}
