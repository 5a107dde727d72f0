// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is beside the policy in the way of a forwarded packet, for `explain`: other programs'
 * chains, whether the kernel forwards at all, and the way back.
 *
 * Of other programs' chains only what they do with what reaches their end is known, and whether an
 * accept of ours stands in them.
 */
#include <string.h>

#include "explain.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

const struct local_addr *explain_local(const struct state *s, const struct prefix *p)
{
	vec_each(&s->addrs, a) {
		struct prefix net = prefix_from(&a->addr, a->len);

		if (prefix_covers(&net, p))
			return a;
	}
	return NULL;
}

/* --- other programs' chains ----------------------------------------------------------------- */

static bool base_sees(const struct fw_base *b, uint8_t family)
{
	return b->family == NFPROTO_INET ||
	       b->family == (family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
}

static bool accepts_list_has(const struct fw_foreigns *list, const struct fw_base *b,
			     const struct device *d, bool out)
{
	vec_each(list, f)
		if (f->family == b->family && f->out == out && !f->protocol &&
		    !strcmp(f->table, b->table) && !strcmp(f->chain, b->chain) &&
		    !strcmp(f->ifname, d->name))
			return true;
	return false;
}

static bool base_accepts(const struct fw_actual *have, const struct fw_base *b,
			 const struct device *d, bool out)
{
	return accepts_list_has(&have->foreign, b, d, out) ||
	       accepts_list_has(&have->copies, b, d, out);
}

static void explain_base(struct explanation *x, const struct fw_base *b, const struct device *d,
			 bool out)
{
	if (base_accepts(x->view->firewall_have, b, d, out)) {
		explain_say(x,
			    "chain %s %s %s of another program lets it pass: an accept of ours for "
			    "%s is in it",
			    fw_family_name(b->family), b->table, b->chain, d->name);
		return;
	}
	explain_say(
		x,
		"chain %s %s %s of another program drops it, unless one of its own rules accepts "
		"it: none of ours for %s is in it",
		fw_family_name(b->family), b->table, b->chain, d->name);
	explain_help(x,
		     b->owned ? "an accept for %s, made with the program that owns table %s"
			      : "foreign_chains = \"auto\" in firewall of %s puts an accept into "
				"table %s",
		     d->name, b->table);
}

void explain_chains(struct explanation *x, const struct policy_end *from,
		    const struct policy_end *to)
{
	const struct fw_actual *have = x->view->firewall_have;
	const struct device *d = to->device ? to->device : from ? from->device : NULL;

	if (!have || !have->available || !d)
		return;
	vec_each(&have->bases, b)
		if (b->hook.num == NF_INET_FORWARD && (b->hook.drops || b->last_drops) &&
		    base_sees(b, to->prefix->addr.family))
			explain_base(x, b, d, to->device != NULL);
}

/* --- the kernel ----------------------------------------------------------------------------- */

/* Packets that come in there are not forwarded, as far as the kernel tells. */
static bool link_is_closed(const struct answer_view *v, uint8_t family, uint32_t ifindex)
{
	return v->forwards && v->forwards(v->edge, family, ifindex) == 0;
}

static void help_forwarding(struct explanation *x, uint8_t family)
{
	explain_help(x, "sysctl -w %s=1, and the same in a file of /etc/sysctl.d",
		     family == AF_INET6 ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward");
}

bool explain_forwarding(struct explanation *x, const struct policy_end *from,
			const struct policy_end *to)
{
	const struct state *s = x->view->state;
	const struct local_addr *a = from ? explain_local(s, from->prefix) : NULL;
	uint32_t in = from && from->device ? from->device->ifindex : a ? a->ifindex : 0;
	uint8_t family = to->prefix->addr.family;

	if (in && link_is_closed(x->view, family, in)) {
		explain_say(x, "this host does not forward what comes in by %s",
			    state_ifname(s, in));
		help_forwarding(x, family);
		return false;
	}
	if (!from && to->device && link_is_closed(x->view, family, to->device->ifindex)) {
		explain_say(x,
			    "only this host itself can talk to it: what comes in by %s is not "
			    "forwarded",
			    to->device->name);
		help_forwarding(x, family);
	}
	return true;
}

/* --- the way back --------------------------------------------------------------------------- */

static bool has_address(const struct state *s, uint32_t ifindex, uint8_t family)
{
	vec_each(&s->addrs, a)
		if (a->ifindex == ifindex && a->addr.family == family)
			return true;
	return false;
}

/* Of what this host sends itself. */
static void way_back_here(struct explanation *x, const struct device *d, uint8_t family)
{
	if (has_address(x->view->state, d->ifindex, family))
		return;
	explain_say(
		x,
		"%s has no %s address: what this host sends there has another interface's, which "
		"the peer has to have among its allowed-IPs",
		d->name, family == AF_INET6 ? "IPv6" : "IPv4");
}

void explain_way_back(struct explanation *x, const struct policy_end *from,
		      const struct policy_end *to)
{
	char text[PREFIX_STRLEN], label[KEY_STRLEN];
	const struct local_addr *a;

	if (!from) {
		if (to->device)
			way_back_here(x, to->device, to->prefix->addr.family);
		return;
	}
	prefix_format(from->prefix, text);
	a = explain_local(x->view->state, from->prefix);
	if (from->peer)
		explain_say(x, "the way back: %s is behind %s on %s, which %s", text,
			    peer_label(from->peer, label), from->device->name,
			    explain_state(from->peer));
	else if (a)
		explain_say(x, "the way back: %s is in a network of %s", text,
			    state_ifname(x->view->state, a->ifindex));
	else
		explain_say(x,
			    "the way back: %s is in no network of this host or of a peer, its "
			    "router has to send it here",
			    text);
}
