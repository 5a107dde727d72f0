// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the doctor says of the tunnels themselves: does a packet of a tunnel fit the way to its
 * peer, has a peer an allowed-IP, does its NAT mapping outlive this host's own memory of it.
 */
#include <string.h>

#include "doctor.h"

/* What WireGuard adds: outer IP header, UDP (8), its own header and tag (32); wireguard.com. */
#define OVERHEAD4  60
#define OVERHEAD6  80
#define IPV6_LEAST 1280 /* RFC 8200: a link with less carries no IPv6, and Linux takes it off */

static uint32_t overhead(const struct doctor_peer *p)
{
	return p->endpoint.addr.family == AF_INET6 ? OVERHEAD6 : OVERHEAD4;
}

/* The peer of a tunnel on whose way the least fits, where that is too little. */
static const struct doctor_peer *narrowest(const struct doctor_facts *f, uint32_t link)
{
	const struct doctor_peer *worst = NULL;
	int64_t least = 0;

	vec_each(&f->peers, p) {
		int64_t room = (int64_t)p->way.mtu - overhead(p);

		if (p->link != link || !p->endpoint.addr.family || !p->way.mtu ||
		    p->way.ifindex == f->links.at[link].ifindex)
			continue;
		if (room < f->links.at[link].mtu && (!worst || room < least)) {
			worst = p;
			least = room;
		}
	}
	return worst;
}

static void judge_mtu(struct findings *out, const struct doctor_facts *f, uint32_t link)
{
	const struct doctor_peer *p = narrowest(f, link);
	const struct doctor_link *l = &f->links.at[link];
	char ep[ENDPOINT_STRLEN];
	struct finding *found;
	const struct doctor_link *over = p ? doctor_link_of(f, p->way.ifindex) : NULL;

	if (!p || p->way.mtu <= OVERHEAD6)
		return;
	found = finding_add(out, FINDING_PROBLEM, "mtu",
			    "%s has MTU %u, which makes packets of %u bytes, and the way to %s "
			    "(%s%s%s) carries %u",
			    l->name, l->mtu, l->mtu + overhead(p), p->label,
			    endpoint_format(&p->endpoint, ep), over ? ", over " : "",
			    over ? over->name : "", p->way.mtu);
	finding_why(found, "full packets are sent in fragments, which many NATs and mobile "
			   "networks drop: pings pass, and transfers stall");
	finding_command(found,
			"ip link set dev %s mtu %u; and MTU = %u where the interface is made",
			l->name, p->way.mtu - overhead(p), p->way.mtu - overhead(p));
}

static void judge_ipv6_mtu(struct findings *out, const struct doctor_facts *f, uint32_t link)
{
	const struct doctor_link *l = &f->links.at[link];
	struct finding *found;

	if (!l->mtu || l->mtu >= IPV6_LEAST)
		return;
	vec_each(&f->peers, p) {
		for (uint32_t i = p->first_net; i < p->first_net + p->nets; i++) {
			if (p->link != link || f->nets.at[i].prefix.addr.family != AF_INET6)
				continue;
			found = finding_add(out, FINDING_PROBLEM, "mtu-ipv6",
					    "%s has MTU %u, and %s has IPv6 networks", l->name,
					    l->mtu, p->label);
			finding_why(found, "the kernel takes IPv6 off an interface with less than "
					   "1280 bytes");
			finding_command(found,
					"ip link set dev %s mtu 1280; and MTU = 1280 where "
					"the interface is made",
					l->name);
			return;
		}
	}
}

/* An allowed-IP that was given to a second peer has silently left the first. */
static void judge_no_nets(struct findings *out, const struct doctor_facts *f)
{
	vec_each(&f->peers, p) {
		const struct doctor_link *l = &f->links.at[p->link];
		struct finding *found;

		if (p->nets || p->moves)
			continue;
		found = finding_add(out, FINDING_PROBLEM, "no-allowed-ips",
				    "%s: %s has no allowed-IP", l->name, p->label);
		finding_why(found, "nothing is sent to it, and whatever it sends is dropped; an "
				   "allowed-IP belongs to one peer only, the one to which it was "
				   "given last");
		finding_command(found,
				"look for the same AllowedIPs in two peers of %s, then: wg "
				"set %s peer KEY allowed-ips ADDRESSES",
				l->name, l->name);
	}
}

static void judge_inside(struct findings *out, const struct doctor_facts *f)
{
	vec_each(&f->peers, p) {
		const struct doctor_link *l = &f->links.at[p->link];
		char ep[ENDPOINT_STRLEN];
		struct finding *found;

		if (!p->endpoint.addr.family || p->way.ifindex != l->ifindex)
			continue;
		found = finding_add(out, FINDING_PROBLEM, "endpoint-in-tunnel",
				    "%s: the way to the endpoint %s of %s leads into the tunnel "
				    "itself",
				    l->name, endpoint_format(&p->endpoint, ep), p->label);
		finding_why(found, "the tunnel would have to be up before it can come up");
		finding_command(found,
				"ip route add %s/%d via GATEWAY-OF-THE-UPLINK; or "
				"default_route = \"policy\" in wayside.conf",
				addr_format(&p->endpoint.addr, ep),
				p->endpoint.addr.family == AF_INET6 ? 128 : 32);
	}
}

/* A peer that has to call first and never did, while nobody else called either. */
static const struct doctor_peer *never_called(const struct doctor_facts *f, uint32_t link)
{
	const struct doctor_peer *waits = NULL;

	vec_each(&f->peers, p) {
		if (p->link != link)
			continue;
		if (p->roamed)
			return NULL;
		if (!p->endpoint.addr.family && !strcmp(p->state, "never"))
			waits = p;
	}
	return waits;
}

/* The rules were read, and walked for a packet to the port. */
static void judge_port_closed(struct findings *out, const struct doctor_link *l,
			      const struct doctor_peer *waits)
{
	struct finding *found = finding_add(
		out, FINDING_PROBLEM, "listen-port",
		"the chain %s drops what a stranger sends to UDP port %u, where %s listens",
		l->port_by, l->port, l->name);

	finding_why(found, "%s has no endpoint and has to call first: it is never heard",
		    waits->label);
	finding_command(
		found,
		"ufw allow %u/udp; or: iptables -I INPUT -p udp --dport %u -j ACCEPT; or the "
		"same in that chain",
		l->port, l->port);
}

/* Whether one of a chain's rules accepts the port is not known here, so that this is a note. */
static void judge_port_open(struct findings *out, const struct doctor_facts *f, uint32_t link)
{
	const struct doctor_peer *waits = never_called(f, link);
	const struct doctor_link *l = &f->links.at[link];

	if (!waits || !l->port || l->port_fate == RULESET_PASSES)
		return;
	if (l->port_fate == RULESET_DROPS) {
		judge_port_closed(out, l, waits);
		return;
	}
	vec_each(&f->chains, c) {
		struct finding *found;

		if (!c->input || !c->drops)
			continue;
		found = finding_add(out, FINDING_NOTE, "listen-port",
				    "the chain %s %s %s drops what none of its rules accepts, and "
				    "nobody has called at UDP port %u of %s yet",
				    c->family, c->table, c->chain, l->port, l->name);
		finding_why(found,
			    "%s has no endpoint and has to call first: that port has to be "
			    "among what is accepted",
			    waits->label);
		finding_command(found,
				"ufw allow %u/udp; or: iptables -I INPUT -p udp --dport %u "
				"-j ACCEPT",
				l->port, l->port);
	}
}

/* Another port than where we listen, as the hub of an exchange sees us: a NAT gives it out. */
static void judge_port_seen(struct findings *out, const struct doctor_facts *f)
{
	vec_each(&f->peers, p) {
		const struct doctor_link *l = &f->links.at[p->link];
		char ep[ENDPOINT_STRLEN];
		struct finding *found;

		if (!p->seen.addr.family || !l->port || p->seen.port == l->port)
			continue;
		found = finding_add(out, FINDING_NOTE, "nat-port",
				    "%s listens at UDP port %u, and its hub sees it at %s", l->name,
				    l->port, endpoint_format(&p->seen, ep));
		finding_why(found,
			    "a NAT on the way gives out another port: nobody can call this "
			    "host at its own one, and a direct path to %s depends on the "
			    "NAT at its end",
			    p->label);
		finding_command(found,
				"on the router that does it, forward UDP port %u to this "
				"host",
				l->port);
		return;
	}
}

static void judge_conntrack(struct findings *out, const struct doctor_facts *f)
{
	const struct doctor_peer *longest = NULL;
	struct finding *found;

	vec_each(&f->peers, p)
		if (!longest || p->keepalive > longest->keepalive)
			longest = p;
	if (f->udp_timeout <= 0 || !longest || (int)longest->keepalive <= f->udp_timeout)
		return;
	found = finding_add(out, FINDING_PROBLEM, "conntrack-timeout",
			    "this host forgets an idle UDP flow after %d s, and the keepalive of "
			    "%s is %u s",
			    f->udp_timeout, longest->label, longest->keepalive);
	finding_why(found,
		    "between two keepalives its own firewall takes what %s sends for "
		    "something new, and drops it where only answers are let in",
		    longest->label);
	finding_command(found,
			"sysctl -w net.netfilter.nf_conntrack_udp_timeout_stream=%u; or a "
			"keepalive of 25 for %s in wayside.conf",
			longest->keepalive + 60, longest->label);
}

void doctor_judge_tunnels(struct findings *out, const struct doctor_facts *f)
{
	for (uint32_t i = 0; i < f->links.len; i++) {
		if (!f->links.at[i].tunnel)
			continue;
		judge_mtu(out, f, i);
		judge_ipv6_mtu(out, f, i);
		judge_port_open(out, f, i);
	}
	judge_port_seen(out, f);
	judge_inside(out, f);
	judge_no_nets(out, f);
	judge_conntrack(out, f);
}
