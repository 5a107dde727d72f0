// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets to this host itself that come out of a tunnel: only where `input` says something, and
 * only about those that it names; nobody else's are touched, and no packet that did not come in
 * by one of our interfaces. WireGuard's own port is on other interfaces and no business of ours.
 *
 * What we ask for ourselves (the exchange, where it is served or a hub may answer) passes whatever
 * `input` says, and is let in by other programs' chains as well: that port on that interface and
 * nothing else.
 */
#include "firewall_build.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

bool fw_input_service(const struct fw_build *b, const struct device *d, struct fw_service *out)
{
	const struct iface_conf *conf = d->conf ? d->conf : config_iface(b->config, d->name);

	*out = (struct fw_service){IPPROTO_UDP, conf->exchange.port, "exchange"};
	return conf->exchange.serve || conf->directs;
}

bool fw_input_asks(const struct fw_build *b, const struct device *d)
{
	const struct firewall_conf *conf = fw_device_conf(b, d);

	return conf->enabled && conf->input.len;
}

/* Is every peer of the device, also one that nobody has seen yet, in that zone? */
static bool zone_has_all(const struct fw_build *b, const struct device *d, const char *zone)
{
	const struct iface_conf *conf = d->conf ? d->conf : config_iface(b->config, d->name);

	if (strcmp(zone, "peers") != 0)
		return false; /* whom no configuration names is in "peers" */
	vec_each(&conf->peers, p)
		if (*p->zone && strcmp(p->zone, zone) != 0)
			return false;
	vec_each(&d->peers, p)
		if (strcmp(peer_zone(p), zone) != 0)
			return false;
	return true;
}

bool fw_input_decides_all(const struct fw_build *b, const struct device *d)
{
	if (!fw_input_asks(b, d))
		return false;
	vec_each(&fw_device_conf(b, d)->input, rule)
		if (rule->from.kind == PARTY_ANY ||
		    (rule->from.kind == PARTY_ZONE && zone_has_all(b, d, rule->from.name)))
			return true;
	return false;
}

static uint32_t base_chain(struct fw_build *b)
{
	uint32_t chain = fw_chain_new(b->out, FW_CHAIN_INPUT);

	b->out->chains.at[chain - 1].hook = (struct fw_hook){
		.type = "filter", .num = NF_INET_LOCAL_IN, .priority = FW_PRIORITY};
	return chain;
}

/* Before anything is asked: what answers us, and what we want ourselves. */
static void let_in(struct fw_build *b, const struct device *d, uint32_t chain)
{
	struct fw_rule *rule = fw_rule_new(b->out, chain);
	struct fw_service service;

	rule->ct = FW_CT_ESTABLISHED | FW_CT_RELATED;
	rule->verdict = FW_RETURN;
	fw_rule_comment(rule, "connections that passed");
	if (!fw_input_service(b, d, &service))
		return;
	rule = fw_rule_new(b->out, chain);
	rule->protocol = service.protocol;
	rule->first = rule->last = service.port;
	rule->verdict = FW_RETURN;
	fw_rule_comment(rule, "accept: %s", service.what);
}

void fw_input_build(struct fw_build *b)
{
	uint32_t base = 0;

	vec_each(&b->state->devices, d) {
		struct fw_rule *rule;
		uint32_t chain;

		if (!fw_input_asks(b, d))
			continue;
		base = base ? base : base_chain(b);
		chain = fw_chain_new(b->out, "%s-input", d->name);
		let_in(b, d, chain);
		fw_input_policy(b, d, chain);
		rule = fw_rule_new(b->out, base);
		mem_copy_str(rule->iif.name, IFNAME_LEN, d->name);
		rule->verdict = FW_JUMP;
		rule->target = chain;
	}
}
