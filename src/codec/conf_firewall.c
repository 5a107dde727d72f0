// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firewall keys: what may pass, and which chains of others have to let it.
 *
 * A policy's two ends are words until here. Each is a prefix, a zone or a peer afterwards, and a
 * word that is none of these is a problem: a rule that silently matches nothing protects nobody.
 */
#include "conf_keys.h"
#include "conf_problems.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

static const struct conf_word verdicts[] = {
	{"accept", VERDICT_ACCEPT}, {"drop", VERDICT_DROP}, {"reject", VERDICT_REJECT}, {0}};

/* Copies a name that some reader has accepted elsewhere, or complained about. */
static void party_name(struct party *p, enum party_kind kind, const char *text)
{
	p->kind = kind;
	mem_copy_str(p->name, sizeof(p->name), text);
}

static bool is_peer(const struct conf *c, const char *name)
{
	return conf_find_name(&c->peers, name) ||
	       (c->env->imported_peer && c->env->imported_peer(c->env->ctx, name));
}

static bool party_parse(struct conf *c, const config_setting_t *s, const char *text,
			struct party *out)
{
	struct prefix p;

	if (!strcmp(text, "any")) {
		out->kind = PARTY_ANY;
	} else if (!prefix_parse(&p, text, NULL)) {
		out->kind = PARTY_PREFIX;
		return conf_prefix(c, s, text, &out->prefix);
	} else if (!strcmp(text, "peers") || conf_find_name(&c->zones, text)) {
		party_name(out, PARTY_ZONE, text);
	} else if (is_peer(c, text)) {
		party_name(out, PARTY_PEER, text);
	} else {
		return false;
	}
	return true;
}

/* "policy" or "input": the list in whose rule this end is. */
static const char *list_name(const config_setting_t *s)
{
	return config_setting_name(config_setting_parent(config_setting_parent(s)));
}

static void read_party(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field)
{
	const char *text = conf_text(c, s);
	(void)k;

	if (text && !party_parse(c, s, text, field))
		conf_problem_add(c->problems, conf_place(c, s), false,
				 "%s: unknown zone or peer \"%s\"; declare it in zones, as a "
				 "peer's zone, or name the peer here or where its key is",
				 list_name(s), text);
}

static bool port_parse(const char **at, uint16_t *out)
{
	unsigned long v = 0;
	const char *p = *at;

	for (; *p >= '0' && *p <= '9' && p - *at < 5; p++)
		v = v * 10 + (unsigned long)(*p - '0');
	if (v < 1 || v > UINT16_MAX)
		return false;
	*at = p;
	*out = (uint16_t)v;
	return true;
}

static const struct {
	const char *name;
	uint8_t number;
	bool has_ports;
} protocols[] = {
	{"tcp", IPPROTO_TCP, true},	   {"udp", IPPROTO_UDP, true},
	{"sctp", IPPROTO_SCTP, true},	   {"icmp", IPPROTO_ICMP, false},
	{"icmpv6", IPPROTO_ICMPV6, false},
};

/* "tcp", "tcp/22", "udp/1000-2000", "icmp". */
static bool port_match_parse(struct port_match *out, const char *text)
{
	size_t n = strcspn(text, "/");
	const char *at = text + n;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strlen(protocols[i].name) != n || strncmp(protocols[i].name, text, n) != 0)
			continue;
		*out = (struct port_match){.protocol = protocols[i].number};
		if (!*at)
			return true;
		at++;
		if (!protocols[i].has_ports || !port_parse(&at, &out->first))
			return false;
		out->last = out->first;
		if (*at == '-' && (at++, !port_parse(&at, &out->last)))
			return false;
		return !*at && out->first <= out->last;
	}
	return false;
}

static void add_ports(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct policy_rule *rule = out;
	struct port_match m;

	if (port_match_parse(&m, text))
		*vec_add(&rule->ports) = m;
	else
		conf_problem(c, s,
			     "\"%s\" is not like \"tcp\", \"tcp/22\", \"udp/1000-2000\", \"sctp\", "
			     "\"icmp\" or \"icmpv6\"",
			     text);
}

static void read_ports(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field)
{
	(void)k;
	conf_each_text(c, s, add_ports, field);
}

/* true, false, or lines a second. */
static void read_log(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field)
{
	uint16_t *rate = field;
	int64_t number;

	if (config_setting_type(s) == CONFIG_TYPE_BOOL)
		*rate = config_setting_get_bool(s) ? POLICY_LOG_RATE : 0;
	else if (conf_whole(s, &number))
		conf_read_number(c, k, s, field);
	else
		conf_wrong_type(c, s, "true, false, or a number of lines a second");
}

static const struct conf_key policy_keys[] = {
	{"from", read_party, CONF_FIELD(struct policy_rule, from)},
	{"to", read_party, CONF_FIELD(struct policy_rule, to)},
	{"ports", read_ports, CONF_NO_FIELD},
	{"action", conf_read_word, CONF_FIELD(struct policy_rule, action), .words = verdicts},
	{"log", read_log, CONF_FIELD(struct policy_rule, log), .min = 1, .max = 1000},
	{0},
};

static const struct conf_group policy_group = {"policy", policy_keys};

static void add_rule(struct conf *c, const config_setting_t *s, void *out)
{
	struct policy_rule *rule = vec_add((struct policy_rules *)out);

	rule->place = conf_place(c, s);
	conf_read_keys(c, &policy_group, s, rule);
	if (!conf_member(s, "from") || !conf_member(s, "to"))
		conf_problem(c, s, "a rule needs from and to, \"any\" where it does not matter");
}

/* Here a packet goes to this host: there is no other end to name. */
static const struct conf_key input_keys[] = {
	{"from", read_party, CONF_FIELD(struct policy_rule, from)},
	{"ports", read_ports, CONF_NO_FIELD},
	{"action", conf_read_word, CONF_FIELD(struct policy_rule, action), .words = verdicts},
	{"log", read_log, CONF_FIELD(struct policy_rule, log), .min = 1, .max = 1000},
	{0},
};

static const struct conf_group input_group = {"input", input_keys};

static void add_input_rule(struct conf *c, const config_setting_t *s, void *out)
{
	struct policy_rule *rule = vec_add((struct policy_rules *)out);

	rule->place = conf_place(c, s);
	conf_read_keys(c, &input_group, s, rule);
	if (!conf_member(s, "from"))
		conf_problem(c, s, "a rule needs from, \"any\" for whoever is on the interface");
}

static void read_rules(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field)
{
	struct policy_rules *rules = field;

	vec_each(rules, rule)
		vec_free(&rule->ports);
	rules->len = 0;
	conf_each_group(c, s, k->group == &input_group ? add_input_rule : add_rule, rules);
}

static void add_masqueraded(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct firewall_conf *f = out;
	struct party p = {0};

	if (party_parse(c, s, text, &p) && (p.kind == PARTY_ZONE || p.kind == PARTY_PREFIX))
		*vec_add(&f->masquerade) = p;
	else if (p.kind != PARTY_PREFIX) /* else a mistake in it was told */
		conf_problem(c, s, "\"%s\" is neither a zone nor a prefix", text);
}

static void read_masquerade(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			    void *field)
{
	struct firewall_conf *f = field;
	(void)k;

	f->masquerade.len = 0;
	conf_each_text(c, s, add_masqueraded, f);
}

static bool family_parse(uint8_t *out, const char *text)
{
	static const struct {
		const char *name;
		uint8_t family;
	} families[] = {{"ip", NFPROTO_IPV4}, {"ip6", NFPROTO_IPV6}, {"inet", NFPROTO_INET}};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (!strcmp(families[i].name, text)) {
			*out = families[i].family;
			return true;
		}
	}
	return false;
}

/* The next word of text into out; moves text behind it. False when it is missing or too long. */
static bool word_take(const char **text, char *out, size_t size)
{
	size_t n;

	*text += strspn(*text, " ");
	n = strcspn(*text, " ");
	if (!n || n >= size)
		return false;
	memcpy(out, *text, n);
	out[n] = '\0';
	*text += n;
	return true;
}

static bool chain_parse(struct chain_name *out, const char *text)
{
	char family[8];

	return word_take(&text, family, sizeof(family)) && family_parse(&out->family, family) &&
	       word_take(&text, out->table, sizeof(out->table)) &&
	       word_take(&text, out->chain, sizeof(out->chain)) && !text[strspn(text, " ")];
}

static void add_chain(struct conf *c, const config_setting_t *s, const char *text, void *out)
{
	struct firewall_conf *f = out;
	struct chain_name name = {0};

	if (!chain_parse(&name, text)) {
		conf_problem(c, s,
			     "\"%s\" is no chain such as \"ip filter FORWARD\": "
			     "ip, ip6 or inet, then table and chain",
			     text);
		return;
	}
	if (name.family == NFPROTO_INET && !strcmp(name.table, "wayside"))
		conf_problem(c, s, "\"%s\" is a chain of our own", text);
	vec_each(&f->foreign_chains, other)
		if (other->family == name.family && !strcmp(other->table, name.table) &&
		    !strcmp(other->chain, name.chain))
			conf_problem(c, s, "\"%s\" is given twice", text);
	*vec_add(&f->foreign_chains) = name;
}

static void read_foreign_chains(struct conf *c, const struct conf_key *k, const config_setting_t *s,
				void *field)
{
	static const struct conf_word modes[] = {{"auto", FOREIGN_AUTO}, {"off", FOREIGN_OFF}, {0}};
	struct firewall_conf *f = field;
	const char *text;
	int64_t mode;
	(void)k;

	f->foreign_chains.len = 0;
	if (config_setting_type(s) == CONFIG_TYPE_STRING &&
	    !strchr(config_setting_get_string(s), ' ')) {
		text = conf_text(c, s);
		if (text && conf_word(c, s, text, modes, &mode))
			f->foreign_mode = (enum foreign_mode)mode;
		return;
	}
	f->foreign_mode = FOREIGN_LIST;
	conf_each_text(c, s, add_chain, f);
}

static const struct conf_key firewall_keys[] = {
	{"enabled", conf_read_bool, CONF_FIELD(struct firewall_conf, enabled)},
	{"default", conf_read_word, CONF_FIELD(struct firewall_conf, default_verdict),
	 .words = verdicts},
	{"policy", read_rules, CONF_FIELD(struct firewall_conf, policy), .group = &policy_group},
	{"input", read_rules, CONF_FIELD(struct firewall_conf, input), .group = &input_group},
	{"masquerade", read_masquerade, CONF_NO_FIELD},
	{"peer_to_peer", conf_read_bool, CONF_FIELD(struct firewall_conf, peer_to_peer)},
	{"clamp_mss", conf_read_bool, CONF_FIELD(struct firewall_conf, clamp_mss)},
	{"counters", conf_read_bool, CONF_FIELD(struct firewall_conf, counters)},
	{"flowtable", conf_read_bool, CONF_FIELD(struct firewall_conf, flowtable)},
	{"owner", conf_read_bool, CONF_FIELD(struct firewall_conf, owner)},
	{"foreign_chains", read_foreign_chains, CONF_NO_FIELD},
	{0},
};

const struct conf_group conf_firewall_group = {"firewall", firewall_keys};
