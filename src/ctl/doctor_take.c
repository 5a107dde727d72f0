// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon knows, as facts: its interfaces, peers, firewall and problems. Text is borrowed
 * from the answers, and a field that an older daemon does not send is simply not known.
 */
#include <string.h>

#include "base/mem.h"
#include "ctl.h"
#include "doctor.h"

static void take_tunnel(struct doctor_facts *f, json_t *interface)
{
	struct doctor_link *l = vec_add(&f->links);

	mem_copy_str(l->name, sizeof(l->name), get_text(interface, "name"));
	l->ifindex = (uint32_t)get_int(interface, "ifindex");
	l->mtu = (uint32_t)get_int(interface, "mtu");
	l->fwmark = (uint32_t)get_int(interface, "fwmark");
	l->peers = (unsigned int)get_int(interface, "peers");
	l->port = (uint16_t)get_int(interface, "listen_port");
	l->tunnel = true;
	l->forwards = l->rp_filter = l->redirects = UNKNOWN;
}

static bool tunnel_find(const struct doctor_facts *f, const char *name, uint32_t *out)
{
	for (*out = 0; *out < f->links.len; ++*out)
		if (!strcmp(f->links.at[*out].name, name))
			return true;
	return false;
}

static void take_nets(struct doctor_facts *f, struct doctor_peer *p, json_t *allowed)
{
	size_t i;
	json_t *text;

	p->first_net = f->nets.len;
	json_array_foreach(allowed, i, text)
	{
		struct prefix prefix;

		if (!prefix_parse(&prefix, text_of(text), NULL))
			vec_add(&f->nets)->prefix = prefix;
	}
	p->nets = f->nets.len - p->first_net;
}

static void take_peer(struct doctor_facts *f, json_t *peer)
{
	struct doctor_peer *p;
	uint32_t link;

	if (!tunnel_find(f, get_text(peer, "interface"), &link))
		return;
	p = vec_add(&f->peers);
	p->label = get_text(peer, "label");
	p->state = get_text(peer, "state");
	p->link = link;
	p->keepalive = (unsigned int)get_int(peer, "keepalive_s");
	p->named = get_known(peer, "endpoint_host");
	p->moves = get_known(peer, "standby_for") || get_known(peer, "standby") ||
		   get_known(peer, "direct") || json_array_size(json_object_get(peer, "lent"));
	p->roamed = !strcmp(get_text(peer, "endpoint_source"), "roamed");
	if (endpoint_parse(&p->seen, get_text(json_object_get(peer, "direct"), "seen_us_at")))
		p->seen = (struct endpoint){.port = 0};
	if (endpoint_parse(&p->endpoint, get_text(peer, "endpoint")))
		p->endpoint = (struct endpoint){.port = 0};
	take_nets(f, p, get_networks(peer));
}

/* The tunnels that have an accept of ours in a chain. */
static json_t *accepts_of(json_t *firewall, json_t *chain)
{
	json_t *list = json_array(), *rule;
	size_t i;

	json_array_foreach(json_object_get(firewall, "foreign_rules"), i, rule)
	{
		if (!strcmp(get_text(rule, "family"), get_text(chain, "family")) &&
		    !strcmp(get_text(rule, "table"), get_text(chain, "table")) &&
		    !strcmp(get_text(rule, "chain"), get_text(chain, "chain")) &&
		    !strcmp(get_text(rule, "status"), "installed"))
			json_array_append(list, json_object_get(rule, "interface"));
	}
	return list;
}

static void take_chains(struct doctor_facts *f, json_t *firewall)
{
	size_t i;
	json_t *chain;

	json_array_foreach(json_object_get(firewall, "foreign_chains"), i, chain)
	{
		struct doctor_chain *c = vec_add(&f->chains);

		c->family = get_text(chain, "family");
		c->table = get_text(chain, "table");
		c->chain = get_text(chain, "chain");
		c->input = !strcmp(get_text(chain, "hook"), "input");
		c->drops = get_bool(chain, "drops");
		c->owned = get_bool(chain, "owned");
		c->accepted = accepts_of(firewall, chain);
	}
}

static bool rules_clamp(json_t *firewall)
{
	json_t *chain, *rule;
	size_t i, j;

	json_array_foreach(json_object_get(firewall, "chains"), i, chain)
		json_array_foreach(json_object_get(chain, "rules"), j,
				   rule) if (get_bool(rule, "clamps_mss")) return true;
	return false;
}

void doctor_take(struct doctor_facts *f, json_t *status, json_t *peers, json_t *firewall)
{
	size_t i;
	json_t *item;

	f->forwards6 = f->udp_timeout = f->synchronised = UNKNOWN;
	json_array_foreach(json_object_get(status, "interfaces"), i, item) take_tunnel(f, item);
	json_array_foreach(peers, i, item) take_peer(f, item);
	f->problems = json_object_get(status, "problems");
	f->firewall = get_bool(firewall, "enabled");
	f->clamps = rules_clamp(firewall);
	take_chains(f, firewall);
}

const struct doctor_link *doctor_link_of(const struct doctor_facts *f, uint32_t ifindex)
{
	vec_each(&f->links, l)
		if (l->ifindex == ifindex)
			return l;
	return NULL;
}

void doctor_facts_free(struct doctor_facts *f)
{
	vec_each(&f->chains, c)
		json_decref(c->accepted);
	vec_free(&f->links);
	vec_free(&f->peers);
	vec_free(&f->nets);
	vec_free(&f->chains);
	vec_free(&f->resolvers);
}
