// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `lan-routes`: what the LAN's router has to be told when it is another machine than this one.
 *
 * Other hosts of the LAN send to the router what is not for the LAN, so it needs a route for each
 * network behind the peers, with this host's LAN address as the next hop. In go the daemon's
 * peers and interfaces; out come commands, which are printed and never run.
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "lan.h"
#include "words.h"

VEC_TYPE(prefixes, struct prefix);

/* What goes into the routes: networks behind peers, and the next hop of each family. */
struct lan {
	struct prefixes own; /* networks of the tunnels themselves: nothing of them goes out */
	struct prefixes supernets; /* answered with 'unreachable' where no peer has them */
	struct prefixes nets;	   /* sorted, each once */
	struct lan_addrs addrs;
	struct lan_addr via4, via6; /* no family: none */
};

static void lan_free(struct lan *lan)
{
	vec_free(&lan->own);
	vec_free(&lan->supernets);
	vec_free(&lan->nets);
	vec_free(&lan->addrs);
}

/* A whole internet, or one of the halves that stand for it: a router that has one would loop. */
static bool is_default(const struct prefix *p)
{
	return p->len <= (p->addr.family == AF_INET ? 1 : 3);
}

static bool is_own(const struct lan *lan, const struct prefix *p)
{
	vec_each(&lan->own, net)
		if (prefix_covers(net, p))
			return true;
	vec_each(&lan->addrs, l)
		if (!prefix_cmp(&l->net, p))
			return true;
	return false;
}

/* The networks that the tunnels' addresses are in; a host address alone is none. */
static void own_read(struct lan *lan, json_t *interfaces)
{
	size_t i, j;
	json_t *d, *text;

	json_array_foreach(interfaces, i, d)
	{
		json_array_foreach(json_object_get(d, "addresses"), j, text)
		{
			struct prefix p;

			if (!prefix_parse(&p, text_of(text), NULL))
				*vec_add(&lan->own) = p;
		}
	}
}

/*
 * A supernet is ours to answer for, whichever of its sites is there: the router sends all of it
 * here, for what it has no route for would leave towards the internet.
 */
static void supernets_read(struct lan *lan, json_t *routes)
{
	size_t i;
	json_t *route;

	json_array_foreach(routes, i, route)
	{
		const char *type = get_text(route, "type"), *status = get_text(route, "status");
		struct prefix p;

		if (strcmp(type, "unreachable") && strcmp(type, "blackhole") &&
		    strcmp(type, "prohibit"))
			continue;
		if (!strcmp(status, "installed") &&
		    !prefix_parse(&p, get_text(route, "prefix"), NULL) && !is_default(&p))
			*vec_add(&lan->supernets) = p;
	}
}

static bool in_supernet(const struct lan *lan, const struct prefix *p)
{
	vec_each(&lan->supernets, net)
		if (prefix_covers(net, p))
			return true;
	return false;
}

static void nets_read(struct lan *lan, json_t *peers)
{
	size_t i, j, kept = 0;
	json_t *peer, *text;

	json_array_foreach(peers, i, peer)
	{
		json_t *nets = get_networks(peer);

		json_array_foreach(nets, j, text)
		{
			struct prefix p;

			if (!prefix_parse(&p, text_of(text), NULL) && !is_default(&p) &&
			    !is_own(lan, &p) && !in_supernet(lan, &p))
				*vec_add(&lan->nets) = p;
		}
	}
	vec_each(&lan->supernets, p)
		*vec_add(&lan->nets) = *p;
	vec_sort(&lan->nets, prefix_cmp);
	vec_each(&lan->nets, p)
		if (!kept || prefix_cmp(&lan->nets.at[kept - 1], p))
			lan->nets.at[kept++] = *p;
	lan->nets.len = (uint32_t)kept;
}

static const struct prefix *net_of_family(const struct lan *lan, int family)
{
	vec_each(&lan->nets, p)
		if (p->addr.family == family)
			return p;
	return NULL;
}

static uint32_t nets_of_family(const struct lan *lan, int family)
{
	uint32_t n = 0;

	vec_each(&lan->nets, p)
		n += p->addr.family == family;
	return n;
}

static enum exit_code via_given(struct lan *lan, const struct options *o)
{
	for (size_t i = 0; i < o->vias; i++) {
		struct lan_addr *to;
		struct addr a;

		if (addr_parse(&a, o->via[i]) || addr_is_unusable(&a)) {
			fprintf(stderr, "waysidectl: --via %s: not an address of a host\n",
				o->via[i]);
			return EXIT_USAGE;
		}
		to = a.family == AF_INET ? &lan->via4 : &lan->via6;
		if (to->addr.family) {
			fprintf(stderr, "waysidectl: --via %s: one address a family\n", o->via[i]);
			return EXIT_USAGE;
		}
		to->addr = a;
	}
	return EXIT_DONE;
}

static void ambiguity_tell(const struct lan *lan, int family)
{
	char buf[ADDR_STRLEN];

	fprintf(stderr, "waysidectl: this host has more than one LAN address:");
	vec_each(&lan->addrs, l)
		if (l->addr.family == family)
			fprintf(stderr, " %s (%s)", addr_format(&l->addr, buf), l->ifname);
	fprintf(stderr, "; say with --via ADDRESS which one the router reaches\n");
}

/* The next hop of a family that --via did not give. False where there are several. */
static bool via_find(struct lan *lan, struct lan_addr *to, int family)
{
	const struct lan_addr *found;
	bool several;

	if (to->addr.family || !net_of_family(lan, family))
		return true;
	found = lan_addr_pick(&lan->addrs, family, &several);
	if (several)
		ambiguity_tell(lan, family);
	if (found)
		*to = *found;
	return !several;
}

/* Networks that have no next hop are told, so that nobody thinks they were routed. */
static bool via_missing(const struct lan *lan, const struct lan_addr *via, int family)
{
	const struct prefix *p = via->addr.family ? NULL : net_of_family(lan, family);
	char buf[PREFIX_STRLEN];
	uint32_t n;

	if (!p)
		return false;
	n = nets_of_family(lan, family);
	fprintf(stderr, "waysidectl: no route for %s", prefix_format(p, buf));
	if (n > 1)
		fprintf(stderr, " and %u more", n - 1);
	fprintf(stderr,
		": this host has no private IPv%d address on a LAN; --via ADDRESS tells one\n",
		family == AF_INET ? 4 : 6);
	return true;
}

/* EXIT_DONE when there is a next hop for something, or nothing that needs one. */
static enum exit_code via_choose(struct lan *lan, const struct options *o)
{
	bool missing4, missing6;
	enum exit_code code = via_given(lan, o);

	if (code)
		return code;
	if (!via_find(lan, &lan->via4, AF_INET) || !via_find(lan, &lan->via6, AF_INET6))
		return EXIT_USAGE;
	missing4 = via_missing(lan, &lan->via4, AF_INET);
	missing6 = via_missing(lan, &lan->via6, AF_INET6);
	if ((missing4 || missing6) && !lan->via4.addr.family && !lan->via6.addr.family)
		return EXIT_USAGE;
	return EXIT_DONE;
}

static const struct addr *next_hop(const struct lan *lan, const struct prefix *p)
{
	return p->addr.family == AF_INET ? &lan->via4.addr : &lan->via6.addr;
}

static void routes_print(const struct lan *lan, const struct lan_format *format)
{
	char prefix[PREFIX_STRLEN], via[ADDR_STRLEN];
	bool any = false;

	vec_each(&lan->nets, p) {
		const struct addr *a = next_hop(lan, p);

		if (!a->family)
			continue;
		format->route(prefix_format(p, prefix), addr_format(a, via), a->family == AF_INET6);
		any = true;
	}
	if (!any)
		fprintf(stderr, "waysidectl: no peer has a network that the router has to know\n");
	else if (format->end)
		puts(format->end);
}

static void routes_print_json(const struct lan *lan)
{
	char prefix[PREFIX_STRLEN], via[ADDR_STRLEN];
	json_t *list = json_array();

	vec_each(&lan->nets, p) {
		const struct addr *a = next_hop(lan, p);

		if (a->family)
			json_array_append_new(list, json_pack("{s:s, s:s}", "prefix",
							      prefix_format(p, prefix), "via",
							      addr_format(a, via)));
	}
	json_print(list);
	json_decref(list);
}

static enum exit_code routes_make(json_t *status, json_t *peers, json_t *routes,
				  const struct lan_format *format, const struct options *o)
{
	json_t *interfaces = json_object_get(status, "interfaces");
	struct lan lan = {0};
	enum exit_code code;
	int err = lan_addrs_read(&lan.addrs, interfaces);

	if (err)
		fprintf(stderr, "waysidectl: cannot read this host's addresses: %s\n",
			strerror(-err));
	own_read(&lan, interfaces);
	supernets_read(&lan, routes);
	nets_read(&lan, peers);
	code = via_choose(&lan, o);
	if (code == EXIT_DONE && o->json)
		routes_print_json(&lan);
	else if (code == EXIT_DONE)
		routes_print(&lan, format);
	lan_free(&lan);
	return code;
}

enum exit_code lan_routes_make(char **args, const struct options *o)
{
	const struct lan_format *format = lan_format_find(o->format);
	json_t *status = NULL, *peers = NULL, *routes = NULL;
	enum exit_code code;

	if (*args || !format) {
		fprintf(stderr,
			"waysidectl: lan-routes takes --via ADDRESS and --format, one of: %s\n",
			word_find("lan-routes")->formats);
		return EXIT_USAGE;
	}
	code = daemon_ask(o, "status", &status);
	if (code == EXIT_DONE)
		code = daemon_ask(o, "peers", &peers);
	if (code == EXIT_DONE)
		code = daemon_ask(o, "routes", &routes);
	if (code == EXIT_DONE)
		code = routes_make(status, peers, routes, format, o);
	json_decref(status);
	json_decref(peers);
	json_decref(routes);
	return code;
}
