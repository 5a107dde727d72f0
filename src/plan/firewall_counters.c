// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters of peers: what our table let pass from them and to them, and what it dropped.
 *
 * The chain `passed` is where every packet goes that our table lets pass, of known connections
 * too, and `dropped` and `rejected` are where policies send the others. Each looks up whose packet
 * it is, in a set for each length of prefix, longest first, and the element that is found counts.
 * These sets depend on nothing but the peers: a policy that is loaded again leaves them alone.
 *
 * Why like this, and why only when asked for. It costs a packet of a known connection, which else
 * passes four rules and no address lookup, one hash lookup for each length on each side that is a
 * tunnel, and nothing that grows with the number of peers. Counters in the sets of the policy
 * would see only what the policy is asked about, the first packet of a connection, and would be
 * lost with them. Named counters in a map would be an object for each peer and direction, each a
 * message of its own, and the same lookups. A mark on the connection would save the lookups, but
 * marks belong to other programs. Conntrack's own accounting has to be collected at the end of
 * each connection, and a lost event is a lost count. The kernel makes a counter for each processor
 * when an element is added: that, for three elements an allowed-IP, is what the option costs most
 * (the figures are in wayside.conf(5)).
 */
#include "firewall_build.h"
#include "model/netmap.h"

struct length {
	uint8_t family, len;
};

VEC_TYPE(lengths, struct length);

/* IPv4 first, longest first. */
static int length_cmp(const void *va, const void *vb)
{
	const struct length *a = va, *b = vb;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return (b->len > a->len) - (b->len < a->len);
}

static void length_note(struct lengths *out, const struct prefix *p)
{
	struct length want = {p->addr.family, p->len};

	vec_each(out, old)
		if (!length_cmp(old, &want))
			return;
	*vec_add(out) = want;
}

static void lengths_collect(struct lengths *out, const struct device *d)
{
	vec_each(&d->peers, p) {
		struct peer_networks walk = {.device = d, .peer = p};
		struct prefix net;

		while (peer_networks_next(&walk, &net))
			length_note(out, &net);
	}
	vec_sort(out, length_cmp);
}

/* --- sets ------------------------------------------------------------------------------------- */

static uint32_t set_make(struct fw_build *b, const struct device *d, const struct length *l,
			 enum fw_traffic traffic)
{
	static const char *const names[] = {
		[FW_FROM] = "passed-from", [FW_TO] = "passed-to", [FW_DROPPED] = "dropped"};
	uint32_t number = fw_set_new(b->out, l->family == AF_INET6 ? FW_KEY_IP6 : FW_KEY_IP4,
				     l->len, "%s-%s-%s-%u", d->name, names[traffic],
				     l->family == AF_INET6 ? "ip6" : "ip", l->len);

	b->out->sets.at[number - 1].counting = true;
	b->out->sets.at[number - 1].traffic = traffic;
	return number;
}

/* For a moment two peers may seem to have the same allowed-IP: one takes it from the other. */
static void elems_unique(struct fw_elems *elems)
{
	uint32_t left = 0;

	vec_sort(elems, fw_elem_cmp);
	for (uint32_t i = 0; i < elems->len; i++)
		if (!left || fw_elem_cmp(&elems->at[left - 1], &elems->at[i]) != 0)
			elems->at[left++] = elems->at[i];
	elems->len = left;
}

static void set_fill(struct fw_build *b, const struct device *d, const struct length *l,
		     uint32_t set)
{
	uint32_t owner = fw_owners_of(b, d);

	vec_each(&d->peers, p) {
		struct peer_networks walk = {.device = d, .peer = p};
		struct prefix net;

		while (peer_networks_next(&walk, &net))
			if (net.addr.family == l->family && net.len == l->len)
				fw_elem_new(b->out, set, &net, owner);
		owner++;
	}
	elems_unique(&b->out->sets.at[set - 1].elems);
}

/* --- chains ----------------------------------------------------------------------------------- */

static void count_rule(struct fw_build *b, uint32_t chain, bool dst, uint32_t set)
{
	struct fw_rule *rule = fw_rule_new(b->out, chain);

	*(dst ? &rule->dst_set : &rule->src_set) = set;
	rule->verdict = FW_RETURN;
}

/* The chains in which one interface's packets are counted, by number. */
struct counting {
	const struct device *device;
	uint32_t from, to, dropped_from, dropped_to;
};

static struct counting device_count(struct fw_build *b, const struct device *d)
{
	struct counting c = {
		.device = d,
		.from = fw_chain_new(b->out, "%s-passed-from", d->name),
		.to = fw_chain_new(b->out, "%s-passed-to", d->name),
		.dropped_from = fw_chain_new(b->out, "%s-dropped-from", d->name),
		.dropped_to = fw_chain_new(b->out, "%s-dropped-to", d->name),
	};
	struct lengths all = {0};

	lengths_collect(&all, d);
	vec_each(&all, l) {
		uint32_t from = set_make(b, d, l, FW_FROM), to = set_make(b, d, l, FW_TO);
		uint32_t dropped = set_make(b, d, l, FW_DROPPED);

		set_fill(b, d, l, from);
		vec_copy(&b->out->sets.at[to - 1].elems, &b->out->sets.at[from - 1].elems);
		vec_copy(&b->out->sets.at[dropped - 1].elems, &b->out->sets.at[from - 1].elems);
		count_rule(b, c.from, false, from);
		count_rule(b, c.to, true, to);
		count_rule(b, c.dropped_from, false, dropped);
		count_rule(b, c.dropped_to, true, dropped);
	}
	vec_free(&all);
	return c;
}

static void jump(struct fw_build *b, uint32_t chain, const char *iif, const char *oif,
		 uint32_t target)
{
	struct fw_rule *rule = fw_rule_new(b->out, chain);

	mem_copy_str(rule->iif.name, IFNAME_LEN, iif);
	mem_copy_str(rule->oif.name, IFNAME_LEN, oif);
	rule->verdict = FW_JUMP;
	rule->target = target;
}

static void end(struct fw_build *b, uint32_t chain, enum fw_verdict verdict)
{
	fw_rule_new(b->out, chain)->verdict = verdict;
}

/* `passed`, and what the other two have in common before their verdict. */
static void chains_fill(struct fw_build *b, const struct counting *c)
{
	const char *name = c->device->name;

	jump(b, b->passed, name, "", c->from);
	jump(b, b->passed, "", name, c->to);
	jump(b, b->dropped, name, "", c->dropped_from);
	jump(b, b->dropped, "", name, c->dropped_to);
	jump(b, b->rejected, name, "", c->dropped_from);
	jump(b, b->rejected, "", name, c->dropped_to);
}

static bool is_counted(const struct fw_build *b, const struct device *d)
{
	return fw_device_conf(b, d)->enabled && fw_device_conf(b, d)->counters;
}

void fw_counters_build(struct fw_build *b)
{
	bool any = false;

	vec_each(&b->state->devices, d)
		any = any || is_counted(b, d);
	if (!any)
		return;
	b->passed = fw_chain_new(b->out, "passed");
	b->dropped = fw_chain_new(b->out, "dropped");
	b->rejected = fw_chain_new(b->out, "rejected");
	vec_each(&b->state->devices, d) {
		if (is_counted(b, d)) {
			struct counting c = device_count(b, d);

			chains_fill(b, &c);
		}
	}
	end(b, b->passed, FW_ACCEPT);
	end(b, b->dropped, FW_DROP);
	end(b, b->rejected, FW_REJECT);
}

void fw_rule_decide(const struct fw_build *b, struct fw_rule *rule, enum fw_verdict verdict)
{
	uint32_t chain = verdict == FW_DROP ? b->dropped : verdict == FW_REJECT ? b->rejected : 0;

	rule->verdict = chain ? FW_GOTO : verdict;
	rule->target = chain;
	rule->count = chain;
}
