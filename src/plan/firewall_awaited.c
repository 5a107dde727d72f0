// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interfaces that the configuration names and that are not there. Whatever they forward between
 * the moment in which somebody makes them and our look at them is dropped: without that, what a
 * policy does not allow would pass for as long as it takes us to hear of them, or for as long as
 * it takes us to start. A name that another kind of interface has is not waited for.
 */
#include "firewall_build.h"

static bool is_there(const struct state *s, const char *name)
{
	vec_each(&s->links, l)
		if (!strcmp(l->name, name))
			return true;
	vec_each(&s->devices, d)
		if (!strcmp(d->name, name))
			return true;
	return false;
}

/* Only a whole name can be compared; one whose default is to accept need not be closed. */
static bool is_awaited(const struct fw_build *b, const struct iface_conf *i)
{
	const struct firewall_conf *conf = &config_iface(b->config, i->name)->firewall;

	return !strpbrk(i->name, "*?") && conf->enabled &&
	       conf->default_verdict != VERDICT_ACCEPT && !is_there(b->state, i->name);
}

bool fw_awaits(const struct fw_build *b)
{
	vec_each(&b->config->interfaces, i)
		if (is_awaited(b, i))
			return true;
	return false;
}

uint32_t fw_awaited_build(struct fw_build *b)
{
	uint32_t set = 0;

	vec_each(&b->config->interfaces, i) {
		struct fw_elem *e;

		if (!is_awaited(b, i))
			continue;
		set = set ? set : fw_set_new(b->out, FW_KEY_IFNAME, 0, "awaited");
		e = vec_add(&b->out->sets.at[set - 1].elems);
		memcpy(e->key, i->name, strnlen(i->name, IFNAME_LEN - 1));
	}
	if (set)
		vec_sort(&b->out->sets.at[set - 1].elems, fw_elem_cmp);
	return set;
}
