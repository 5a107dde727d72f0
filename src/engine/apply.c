// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one way of operations to the kernel. At level debug each is told, with what became of it:
 * whoever asks for more log wants to see what is done.
 */
#include "internal.h"

#include <string.h>

static void tell(const struct engine *e, const struct op *op)
{
	struct str line = {0};

	op_format(&line, op, &e->state);
	if (op->error)
		str_add(&line, ": %s", op->why ? op->why : strerror(-op->error));
	log_debug("%s", str_text(&line));
	str_free(&line);
}

int ops_apply(struct engine *e, struct op *ops, size_t n)
{
	int err = e->edge.apply(e->edge.ctx, ops, n);

	for (size_t i = 0; i < n && log_wants(LOG_LEVEL_DEBUG); i++)
		tell(e, &ops[i]);
	return err;
}

void firewall_plan_tell(const struct fw_plan *plan)
{
	struct str lines = {0};
	char *at, *end;

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	fw_plan_format(&lines, plan);
	for (at = lines.text; at && (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		log_debug("%s", at);
	}
	str_free(&lines);
}
