// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `firewall`: what should be in the kernel and what is, in the words of the planner.
 */
#include "answer_put.h"

const char *firewall_state(const struct answer_view *v)
{
	if (!v->firewall_enabled)
		return "off";
	if (v->firewall_error)
		return "failed";
	return "installed";
}

uint32_t firewall_elements(const struct answer_view *v)
{
	(void)v;
	return 0;
}

void firewall_operations(json_t *list, const struct answer_view *v)
{
	(void)list;
	(void)v;
}

json_t *firewall_summary_json(const struct answer_view *v)
{
	json_t *o = json_object();

	put_text(o, "state", firewall_state(v));
	put_int(o, "elements", firewall_elements(v));
	put_text(o, "error", v->firewall_error);
	return o;
}

json_t *answer_firewall(const struct answer_view *v)
{
	return firewall_summary_json(v);
}
