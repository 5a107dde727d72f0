// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What may keep from passing what a policy allows, and is not ours to change: said once for each
 * interface, with the command that helps.
 */
#include "internal.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

static void owned_table(struct engine *e, const struct fw_obstacle *o, const struct fw_base *base)
{
	bool input = base->hook.num == NF_INET_LOCAL_IN;
	const char *what = input ? "what comes to this host from" : "what is forwarded for";
	struct str hint = {0};

	if (!strcmp(base->table, "firewalld"))
		str_add(&hint,
			"firewall-cmd --permanent --zone=trusted --add-interface=%s, then "
			"firewall-cmd --reload",
			o->ifname);
	else
		str_add(&hint, "let its owner accept %s %s", what, o->ifname);
	problem_add(&e->problems, "foreign-owned", str_text(&hint),
		    "the chain %s %s %s drops %s %s, and only its owner may change it",
		    fw_family_name(base->family), base->table, base->chain, what, o->ifname);
	str_free(&hint);
}

static void partial_input(struct engine *e, const struct fw_obstacle *o)
{
	struct str hint = {0};

	str_add(&hint, "add { from = \"any\"; action = \"drop\"; } at the end of input, or accept "
		       "there what is to pass");
	problem_add(&e->problems, "foreign-input", str_text(&hint),
		    "the chain %s %s %s drops what comes to this host from %s; input decides about "
		    "some of its peers only, so no accept is put there",
		    fw_family_name(o->base->family), o->base->table, o->base->chain, o->ifname);
	str_free(&hint);
}

static void legacy_rules(struct engine *e, const struct fw_obstacle *o)
{
	const char *tool = o->kind == FW_OBSTACLE_LEGACY6 ? "ip6tables-legacy" : "iptables-legacy";
	struct str hint = {0};

	str_add(&hint, "%s -I FORWARD -i %s -j ACCEPT; %s -I FORWARD -o %s -j ACCEPT", tool,
		o->ifname, tool, o->ifname);
	problem_add(&e->problems, "iptables-legacy", str_text(&hint),
		    "the rules of %s drop what is forwarded for %s, and we cannot change them",
		    tool, o->ifname);
	str_free(&hint);
}

static void legacy_input(struct engine *e, const struct fw_obstacle *o)
{
	const char *tool = o->kind == FW_OBSTACLE_LEGACY6 ? "ip6tables-legacy" : "iptables-legacy";
	struct str hint = {0};

	if (o->port)
		str_add(&hint, "%s -I INPUT -i %s -p udp --dport %u -j ACCEPT", tool, o->ifname,
			o->port);
	else if (o->all)
		str_add(&hint, "%s -I INPUT -i %s -j ACCEPT", tool, o->ifname);
	else
		str_add(&hint,
			"add { from = \"any\"; action = \"drop\"; } at the end of input, then "
			"%s -I INPUT -i %s -j ACCEPT",
			tool, o->ifname);
	problem_add(&e->problems, "iptables-legacy-input", str_text(&hint),
		    "the rules of %s drop what comes to this host from %s, and we cannot change "
		    "them",
		    tool, o->ifname);
	str_free(&hint);
}

static void feature_problems(struct engine *e)
{
	const struct fw_actual *have = &e->firewall_have;

	if (have->lacks & FW_FEATURE_FLOWTABLE && firewall_flowtable_wanted(&e->state, e->config))
		problem_add(
			&e->problems, "no-flowtable",
			"modprobe -a nf_flow_table_inet nft_flow_offload, and within 5 minutes, or "
			"at once after waysidectl reload, they are used; or flowtable = false",
			"this kernel has no flowtables: packets take the usual way");

	if (have->table && have->owner && have->owner != have->self)
		problem_add(&e->problems, "table-owned",
			    "stop the other one; the netlink port is its process id, mostly",
			    "our table cannot be changed: another waysided owns it (netlink port "
			    "%u)",
			    have->owner);
	if (have->lacks & FW_FEATURE_OWNER && firewall_owner_wanted(&e->state, e->config))
		problem_add(&e->problems, "no-owner", "Linux 6.9 and newer can; or owner = false",
			    "this kernel would take an owned table away when waysided stops, so "
			    "ours is not owned: who flushes it is undone within a moment");
}

void firewall_problems(struct engine *e)
{
	struct fw_obstacles all = {0};

	if (!e->firewall_known)
		return;
	feature_problems(e);
	firewall_obstacles(&all, &e->state, e->config, &e->firewall_have);
	vec_each(&all, o) {
		if (o->kind == FW_OBSTACLE_OWNED)
			owned_table(e, o, o->base);
		else if (o->kind == FW_OBSTACLE_PARTIAL)
			partial_input(e, o);
		else if (o->input)
			legacy_input(e, o);
		else
			legacy_rules(e, o);
	}
	vec_free(&all);
}
