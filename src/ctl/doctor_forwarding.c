// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the doctor says of packets that this host passes on: is forwarding on where it is needed,
 * does a source check drop what comes out of a tunnel, are hosts misled by redirects, does TCP
 * fit, do other programs' chains let through what we let through.
 *
 * That somebody wants to forward is certain where our firewall is on. Where only a LAN is there,
 * it may be a laptop: that is a note.
 */
#include <string.h>

#include "ctl.h"
#include "doctor.h"

#define PERSIST "; and the same in a file of /etc/sysctl.d"

static bool any_lan(const struct doctor_facts *f)
{
	vec_each(&f->links, l)
		if (l->lan)
			return true;
	return false;
}

static bool any_net(const struct doctor_facts *f, int family)
{
	vec_each(&f->nets, n)
		if (n->prefix.addr.family == family)
			return true;
	return false;
}

static bool forwarding_wanted(const struct doctor_facts *f)
{
	return f->links.len && (f->firewall || any_lan(f));
}

/* Interfaces that packets between LAN and tunnel come in by, and that drop them. */
static unsigned int closed_links(const struct doctor_facts *f, const struct doctor_link **one,
				 unsigned int *of)
{
	unsigned int closed = 0;

	*of = 0;
	vec_each(&f->links, l) {
		if ((!l->tunnel && !l->lan) || l->forwards == UNKNOWN)
			continue;
		++*of;
		closed += !l->forwards;
		*one = l->forwards ? *one : l;
	}
	return closed;
}

static void judge_forwarding4(struct findings *out, const struct doctor_facts *f)
{
	enum finding_weight w = f->firewall ? FINDING_PROBLEM : FINDING_NOTE;
	const struct doctor_link *one = NULL;
	unsigned int of, closed = closed_links(f, &one, &of);
	struct finding *found;

	if (!forwarding_wanted(f) || !any_net(f, AF_INET) || !closed)
		return;
	if (closed == of) {
		found = finding_add(out, w, "no-forwarding",
				    "this host forwards no IPv4 packets (net.ipv4.ip_forward)");
		finding_why(found, "hosts behind it and hosts behind peers cannot reach each "
				   "other; only this host itself can use the tunnel");
		finding_command(found, "sysctl -w net.ipv4.ip_forward=1" PERSIST);
		return;
	}
	found = finding_add(out, w, "no-forwarding",
			    "%s forwards no IPv4 packets, while other interfaces do", one->name);
	finding_why(found, "what comes in by %s reaches this host only", one->name);
	finding_command(found, "sysctl -w net.ipv4.conf.%s.forwarding=1" PERSIST, one->name);
}

static void judge_forwarding6(struct findings *out, const struct doctor_facts *f)
{
	struct finding *found;
	bool lan6 = false;

	vec_each(&f->links, l)
		lan6 = lan6 || (!l->tunnel && l->ipv6);
	if (!f->firewall || f->forwards6 != 0 || !lan6 || !any_net(f, AF_INET6))
		return;
	found = finding_add(out, FINDING_PROBLEM, "no-forwarding",
			    "this host forwards no IPv6 packets (net.ipv6.conf.all.forwarding)");
	finding_why(found, "peers have IPv6 networks that hosts behind this one cannot reach");
	finding_command(found,
			"sysctl -w net.ipv6.conf.all.forwarding=1" PERSIST
			" (first net.ipv6.conf.UPLINK.accept_ra=2, where the uplink gets its "
			"address from a router's announcements)");
}

/* Over another interface than this one; lo is where this host's own addresses are. */
static bool leads_elsewhere(const struct doctor_link *to, const struct doctor_link *l)
{
	return to && to != l && strcmp(to->name, "lo") != 0;
}

/* What comes from a peer's network, the answer to which would take another way, is dropped. */
static void judge_rp_filter(struct findings *out, const struct doctor_facts *f)
{
	vec_each(&f->peers, p) {
		const struct doctor_link *l = &f->links.at[p->link];
		char text[PREFIX_STRLEN];
		struct finding *found;

		if (l->rp_filter != 1 || !strcmp(p->state, "dead") || p->moves)
			continue;
		for (uint32_t i = p->first_net; i < p->first_net + p->nets; i++) {
			const struct doctor_net *n = &f->nets.at[i];
			const struct doctor_link *to = doctor_link_of(f, n->way.ifindex);

			if (n->prefix.addr.family != AF_INET || !n->prefix.len ||
			    !leads_elsewhere(to, l))
				continue;
			found = finding_add(out, FINDING_PROBLEM, "strict-source-check",
					    "%s checks sources strictly (rp_filter 1), and the way "
					    "to %s of %s leads over %s",
					    l->name, prefix_format(&n->prefix, text), p->label,
					    to->name);
			finding_why(found,
				    "what %s sends from there is dropped before anything "
				    "else sees it",
				    p->label);
			finding_command(found, "sysctl -w net.ipv4.conf.%s.rp_filter=2" PERSIST,
					l->name);
			break;
		}
	}
}

static void judge_redirects(struct findings *out, const struct doctor_facts *f)
{
	struct finding *found;

	vec_each(&f->links, l) {
		if (l->redirects != 1 || l->forwards != 1)
			continue;
		if (l->tunnel && l->peers > 1) {
			found = finding_add(out, FINDING_NOTE, "redirects",
					    "%s sends ICMP redirects (send_redirects)", l->name);
			finding_why(found, "a peer that sends to another one by way of this host "
					   "is told to send there directly, which its tunnel does "
					   "not let it");
		} else if (l->lan && l->uplink) {
			found = finding_add(out, FINDING_NOTE, "redirects",
					    "%s sends ICMP redirects (send_redirects), and the "
					    "LAN's router is another host",
					    l->name);
			finding_why(found, "while a tunnel is down, hosts that send to its "
					   "networks by way of this host are told to use the "
					   "router instead, and remember that for minutes after "
					   "it is back");
		} else {
			continue;
		}
		finding_command(found,
				"sysctl -w net.ipv4.conf.all.send_redirects=0 "
				"net.ipv4.conf.%s.send_redirects=0" PERSIST,
				l->name);
	}
}

static void judge_mss(struct findings *out, const struct doctor_facts *f)
{
	const struct doctor_link *narrow = NULL, *lan = NULL;
	struct finding *found;

	vec_each(&f->links, l) {
		if (l->tunnel && l->mtu && (!narrow || l->mtu < narrow->mtu))
			narrow = l;
		if (l->lan && l->forwards == 1 && (!lan || l->mtu > lan->mtu))
			lan = l;
	}
	if (f->clamps || !narrow || !lan || lan->mtu <= narrow->mtu)
		return;
	found = finding_add(out, FINDING_NOTE, "mss",
			    "TCP between %s (MTU %u) and %s (MTU %u) is not fitted to the tunnel "
			    "by us; another program's firewall may do it",
			    lan->name, lan->mtu, narrow->name, narrow->mtu);
	finding_why(found, "connections through it rely on ICMP errors that many hosts and "
			   "firewalls drop: they open, and then stall");
	finding_command(found,
			"firewall.clamp_mss in wayside.conf does it where the firewall is "
			"enabled; without it: nft 'add table inet mss; add chain inet mss "
			"forward { type filter hook forward priority -150; }; add rule inet "
			"mss forward oifname \"%s\" tcp flags syn tcp option maxseg size "
			"set rt mtu'",
			narrow->name);
}

static bool chain_accepts(const struct doctor_chain *c, const char *ifname)
{
	size_t i;
	json_t *name;

	json_array_foreach(c->accepted, i, name) if (!strcmp(text_of(name), ifname)) return true;
	return false;
}

static const char *chain_tool(const struct doctor_chain *c)
{
	return !strcmp(c->family, "ip6") ? "ip6tables" : "iptables";
}

/* Where our firewall is on and foreign_chains does not put an accept there. */
static void judge_chains(struct findings *out, const struct doctor_facts *f)
{
	vec_each(&f->chains, c) {
		vec_each(&f->links, l) {
			struct finding *found;

			if (!f->firewall || c->input || !c->drops || c->owned || !l->tunnel ||
			    chain_accepts(c, l->name))
				continue;
			found = finding_add(out, FINDING_NOTE, "foreign-chain",
					    "the chain %s %s %s drops what none of its rules "
					    "accepts, and no accept of ours for %s is in it",
					    c->family, c->table, c->chain, l->name);
			finding_why(found,
				    "what the policy lets through between %s and other "
				    "networks may be dropped there",
				    l->name);
			finding_command(
				found,
				"foreign_chains = \"auto\" in wayside.conf puts one there; "
				"by hand: %s -I FORWARD -i %s -j ACCEPT; %s -I FORWARD -o %s "
				"-j ACCEPT",
				chain_tool(c), l->name, chain_tool(c), l->name);
		}
	}
}

void doctor_judge_forwarding(struct findings *out, const struct doctor_facts *f)
{
	judge_forwarding4(out, f);
	judge_forwarding6(out, f);
	judge_rp_filter(out, f);
	judge_redirects(out, f);
	judge_mss(out, f);
	judge_chains(out, f);
}
