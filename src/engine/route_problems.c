// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wrong with routes and rules, in words: each names the prefix, whose it is, what is in
 * the way, and what to do.
 */
#include "plan/overlaps.h"

#include <errno.h>
#include <stdio.h>

#include "internal.h"

#define SHOWN_MAX 20 /* problems of one kind: a thousand blocked routes are one cause */

/* The kernel says EACCES where an interface has no IPv6. */
static void failed_hint(char *out, size_t size, const struct engine *e, const struct route_item *it)
{
	const char *ifname = state_ifname(&e->state, it->route.oif);

	if (it->error == -EACCES && it->route.dst.addr.family == AF_INET6)
		snprintf(out, size,
			 "sysctl -w net.ipv6.conf.%s.disable_ipv6=0, or for the peer "
			 "routes = { enabled = false; }; it is tried again",
			 ifname);
	else
		snprintf(out, size, "it is tried again; waysidectl routes shows all");
}

static void route_problem(struct engine *e, const struct route_item *it)
{
	struct str text = {0};
	char hint[160];

	route_format(&text, &it->route, &e->state);
	failed_hint(hint, sizeof(hint), e, it);
	if (it->status == ROUTE_BLOCKED)
		problem_add(
			&e->problems, "route-blocked",
			it->route.dst.len
				? "remove that route, or give ours another metric or table"
				: "give ours a smaller metric, the uplink's a larger one, or use "
				  "default_route = \"policy\"",
			"%s is not installed: another program's route is in the way",
			str_text(&text));
	else
		problem_add(&e->problems, "route-failed", hint, "%s is not installed: %s%s%s",
			    str_text(&text), strerror(-it->error), it->why ? ": " : "",
			    it->why ? word_text(it->why) : "");
	str_free(&text);
}

static void routes_not_installed(struct engine *e)
{
	uint32_t n = 0;

	vec_each(&e->items, it)
		if ((it->status == ROUTE_BLOCKED || it->status == ROUTE_FAILED) && ++n <= SHOWN_MAX)
			route_problem(e, it);
	if (n > SHOWN_MAX)
		problem_add(&e->problems, "route-failed", "see waysidectl routes",
			    "%u more routes are not installed", n - SHOWN_MAX);
}

/* "10.20.1.0/24 of madrid on wg0" */
static void add_whose(struct str *out, const struct engine *e, const struct route_item *it)
{
	const struct device *d = &e->state.devices.at[it->device];
	char prefix[PREFIX_STRLEN], key[KEY_STRLEN];

	prefix_format(&it->route.dst, prefix);
	if (it->peer == UINT32_MAX)
		str_add(out, "unreachable %s of %s", prefix, d->name);
	else
		str_add(out, "%s of %s on %s", prefix, peer_label(&d->peers.at[it->peer], key),
			d->name);
}

static void add_network(struct str *out, const struct engine *e, const struct local_addr *a)
{
	struct prefix net = prefix_from(&a->addr, a->len);
	char text[PREFIX_STRLEN];

	str_add(out, "the network %s of %s", prefix_format(&net, text),
		state_ifname(&e->state, a->ifindex));
}

static void refused_problem(struct engine *e, const struct overlap *o)
{
	bool supernet = o->item->peer == UINT32_MAX;
	char ep[ENDPOINT_STRLEN], key[KEY_STRLEN];
	struct str text = {0};

	add_whose(&text, e, o->item);
	str_add(&text, " is refused: it %s ", supernet ? "overlaps with" : "is");
	if (o->network)
		add_network(&text, e, o->network);
	else
		str_add(&text, "the endpoint %s of %s on %s", endpoint_format(o->endpoint, ep),
			peer_label(o->peer, key), o->device->name);
	problem_add(&e->problems, "overlap",
		    supernet ? "name smaller networks in unreachable, without that one"
			     : "take it out of the allowed-IPs; the way to an endpoint cannot "
			       "be inside its tunnel",
		    "%s", str_text(&text));
	str_free(&text);
}

static void peer_problem(struct engine *e, const struct overlap *o)
{
	const char *hint = "give one of the peers a netmap, or take it out of one's allowed-IPs";
	struct str text = {0};

	add_whose(&text, e, o->item);
	if (o->other) {
		str_add(&text, " is not installed: the route is that of ");
		add_whose(&text, e, o->other);
	} else {
		str_add(&text, " is inside ");
		add_network(&text, e, o->network);
		hint = "give the peer a netmap, renumber one of them, or take it out of the "
		       "allowed-IPs";
	}
	problem_add(&e->problems, "overlap", hint, "%s", str_text(&text));
	str_free(&text);
}

static void overlaps(struct engine *e)
{
	struct overlaps all = {0};
	uint32_t n = 0;

	if (e->counts.awry)
		overlaps_of_items(&all, &e->items, &e->state);
	overlaps_of_networks(&all, &e->items, &e->state);
	vec_each(&all, o) {
		if (++n > SHOWN_MAX)
			break;
		if (o->item->status == ROUTE_REFUSED)
			refused_problem(e, o);
		else
			peer_problem(e, o);
	}
	if (n > SHOWN_MAX)
		problem_add(&e->problems, "overlap", "see waysidectl routes",
			    "%u more prefixes overlap", all.len - SHOWN_MAX);
	vec_free(&all);
}

static void rules_not_installed(struct engine *e)
{
	struct str text = {0};

	vec_each(&e->rules_left, op) {
		text.len = 0;
		op_format(&text, op, &e->state);
		problem_add(&e->problems, "rule-failed",
			    "it is tried again; ip rule shows what is there",
			    "the default route by policy is not complete: %s: %s", str_text(&text),
			    strerror(-op->error));
	}
	str_free(&text);
	if (*e->strict_uplink)
		problem_add(&e->problems, "strict-source-check",
			    "sysctl -w net.ipv4.conf.all.rp_filter=2, and the same in a file of "
			    "/etc/sysctl.d",
			    "with a default route by policy, what the tunnel's peer answers is "
			    "dropped on %s: rp_filter is 1 there",
			    e->strict_uplink);
}

/* One address is one problem, however many routes wait for it; a host has few. */
static void source_missing(struct engine *e, const struct addr *source)
{
	char text[ADDR_STRLEN];
	uint32_t n = 0;

	vec_each(&e->items, it)
		n += it->status == ROUTE_WAITING && !it->underlay &&
		     !addr_cmp(route_source(&it->route), source);
	problem_add(&e->problems, "source-address",
		    "give the address to an interface, or correct source",
		    "%u route%s for the source address %s, which this host does not have", n,
		    n == 1 ? " waits" : "s wait", addr_format(source, text));
}

static void sources_missing(struct engine *e)
{
	struct addrs told = {0};

	vec_each(&e->items, it) {
		bool known = false;

		if (it->status != ROUTE_WAITING || it->underlay)
			continue;
		vec_each(&told, a)
			known = known || !addr_cmp(a, route_source(&it->route));
		if (known)
			continue;
		*vec_add(&told) = *route_source(&it->route);
		source_missing(e, route_source(&it->route));
	}
	vec_free(&told);
}

void route_problems(struct engine *e)
{
	if (e->counts.awry) {
		routes_not_installed(e);
		sources_missing(e);
	}
	overlaps(e);
	rules_not_installed(e);
}
