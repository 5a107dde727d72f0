// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `firewall`: what our table and the rules in other programs' chains should be, and whether the
 * kernel has them. Sets come with their sizes, not with their elements: `peers` has those.
 *
 * Before the first look at the kernel there is nothing to compare, so each of the three parts of
 * the view may be missing.
 */
#include <string.h>

#include "answer_put.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

size_t firewall_pending(const struct answer_view *v)
{
	return v->firewall_pending ? fw_plan_count(v->firewall_pending) : 0;
}

const char *firewall_state(const struct answer_view *v)
{
	bool blind = v->firewall_have && !v->firewall_have->available;

	if (!v->firewall_enabled && !firewall_pending(v))
		return "off";
	if (blind)
		return "unavailable";
	if (v->firewall_error)
		return "failed";
	return firewall_pending(v) || !v->firewall_have ? "pending" : "installed";
}

size_t firewall_elements(const struct answer_view *v)
{
	return v->firewall_want ? fw_ruleset_elements(v->firewall_want) : 0;
}

void put_firewall_operations(struct str *o, const struct answer_view *v)
{
	if (!v->firewall_pending)
		return;
	vec_each(&v->firewall_pending->ops, op) {
		struct str text = {0};

		put_object(o, NULL);
		fw_op_format(&text, op);
		put_text(o, "kind", "firewall");
		put_text(o, "text", str_text(&text));
		put_text(o, "interface", NULL);
		put_object_end(o);
		str_free(&text);
	}
}

void put_firewall_summary(struct str *o, const struct answer_view *v)
{
	const char *error = v->firewall_error;

	if (!error && v->firewall_have && !v->firewall_have->available)
		error = v->firewall_have->error ? strerror(-v->firewall_have->error)
						: "this kernel has no nftables";
	put_text(o, "state", firewall_state(v));
	put_int(o, "elements", firewall_elements(v));
	put_text(o, "error", error);
}

static void put_traffic(struct str *o, const struct tally_peer *t)
{
	put_int(o, "from_packets", t->count[FW_FROM].packets);
	put_int(o, "from_bytes", t->count[FW_FROM].bytes);
	put_int(o, "to_packets", t->count[FW_TO].packets);
	put_int(o, "to_bytes", t->count[FW_TO].bytes);
	put_int(o, "dropped_packets", t->count[FW_DROPPED].packets);
	put_int(o, "dropped_bytes", t->count[FW_DROPPED].bytes);
}

const struct tally_peer *peer_traffic(const struct answer_view *v, const struct device *d,
				      const struct peer *p)
{
	return v->tally ? tally_find(v->tally, d->name, &p->wg.key) : NULL;
}

void put_peer_forwarded(struct str *o, const char *key, const struct answer_view *v,
			const struct device *d, const struct peer *p)
{
	const struct tally_peer *t = peer_traffic(v, d, p);

	if (!t) {
		put_null(o, key);
		return;
	}
	put_object(o, key);
	put_traffic(o, t);
	put_object_end(o);
}

static const char *verdict_name(enum fw_verdict verdict)
{
	static const char *const names[] = {
		[FW_CONTINUE] = "continue", [FW_ACCEPT] = "accept",	    [FW_DROP] = "drop",
		[FW_REJECT] = "reject",	    [FW_RETURN] = "return",	    [FW_JUMP] = "jump",
		[FW_GOTO] = "goto",	    [FW_MASQUERADE] = "masquerade",
	};

	return names[verdict];
}

static void put_rule(struct str *o, const struct fw_rule *r, const struct fw_have_chain *have,
		     uint32_t i)
{
	put_object(o, NULL);
	put_text(o, "comment", r->comment);
	put_text(o, "verdict", r->log ? "log" : verdict_name(r->verdict));
	put_bool(o, "clamps_mss", r->clamp);
	put_bool(o, "installed", have && i < have->tags.len && have->tags.at[i] == r->tag);
	put_object_end(o);
}

static const struct fw_have_chain *have_chain(const struct fw_actual *have, const char *name)
{
	if (have)
		vec_each(&have->chains, c)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

static void put_chain(struct str *o, const struct fw_chain *c, const struct fw_actual *actual)
{
	const struct fw_have_chain *have = have_chain(actual, c->name);

	put_object(o, NULL);
	put_text(o, "name", c->name);
	put_name(o, "hook", c->hook.type);
	if (c->hook.type[0])
		put_signed(o, "priority", c->hook.priority);
	else
		put_null(o, "priority");
	put_bool(o, "installed", have != NULL);
	put_int(o, "rules_installed", have ? have->tags.len : 0);
	put_list(o, "rules");
	for (uint32_t i = 0; i < c->rules.len; i++)
		put_rule(o, &c->rules.at[i], have, i);
	put_list_end(o);
	put_object_end(o);
}

static const struct fw_set *have_set(const struct fw_actual *have, const char *name)
{
	if (have)
		vec_each(&have->sets, s)
			if (!strcmp(s->name, name))
				return s;
	return NULL;
}

static void put_set(struct str *o, const struct fw_set *s, const struct fw_actual *actual)
{
	const struct fw_set *have = have_set(actual, s->name);

	put_object(o, NULL);
	put_text(o, "name", s->name);
	put_int(o, "elements", s->elems.len);
	put_bool(o, "installed", have != NULL);
	put_int(o, "elements_installed", have ? have->elems.len : 0);
	put_object_end(o);
}

static void put_foreign(struct str *o, const struct fw_foreign *f, const char *status)
{
	put_object(o, NULL);
	put_text(o, "family", fw_family_name(f->family));
	put_text(o, "table", f->table);
	put_text(o, "chain", f->chain);
	put_text(o, "interface", f->ifname);
	put_text(o, "direction", f->out ? "out" : "in");
	put_text(o, "protocol", f->protocol ? fw_protocol_name(f->protocol) : NULL);
	put_known(o, "port", f->protocol != 0, f->port);
	put_text(o, "status", status);
	put_object_end(o);
}

static void foreign_compared(void *o, const void *want, const void *have)
{
	if (want)
		put_foreign(o, want, have ? "installed" : "missing");
	else if (have)
		put_foreign(o, have, "surplus");
}

static void put_foreigns(struct str *o, const char *key, const struct answer_view *v)
{
	const struct fw_foreigns none = {0};
	const struct fw_foreigns *want = v->firewall_want ? &v->firewall_want->foreign : &none;
	const struct fw_foreigns *have = v->firewall_have ? &v->firewall_have->foreign : &none;

	put_list(o, key);
	sorted_diff(want->at, want->len, have->at, have->len, sizeof(*want->at), fw_foreign_cmp,
		    foreign_compared, o);
	put_list_end(o);
}

/* Other programs' chains that every packet that we judge has to pass as well. */
static void put_base(struct str *o, const struct fw_base *b)
{
	put_object(o, NULL);
	put_text(o, "family", fw_family_name(b->family));
	put_text(o, "table", b->table);
	put_text(o, "chain", b->chain);
	put_text(o, "hook", b->hook.num == NF_INET_LOCAL_IN ? "input" : "forward");
	put_signed(o, "priority", b->hook.priority);
	put_bool(o, "drops", b->hook.drops || b->last_drops);
	put_bool(o, "owned", b->owned);
	put_object_end(o);
}

static void put_bases(struct str *o, const char *key, const struct fw_actual *have)
{
	put_list(o, key);
	if (have)
		vec_each(&have->bases, b)
			put_base(o, b);
	put_list_end(o);
}

/* The interfaces that it has; null when there is none. */
static void put_flowtable(struct str *o, const char *key, const struct fw_actual *have)
{
	if (!have || !have->flowtable) {
		put_null(o, key);
		return;
	}
	put_list(o, key);
	vec_each(&have->offload, e)
		put_text(o, NULL, (const char *)e->key);
	put_list_end(o);
}

static void put_chains(struct str *o, const char *key, const struct answer_view *v)
{
	put_list(o, key);
	if (v->firewall_want)
		vec_each(&v->firewall_want->chains, c)
			put_chain(o, c, v->firewall_have);
	put_list_end(o);
}

static void put_sets(struct str *o, const char *key, const struct answer_view *v)
{
	put_list(o, key);
	if (v->firewall_want)
		vec_each(&v->firewall_want->sets, s)
			put_set(o, s, v->firewall_have);
	put_list_end(o);
}

static void put_have_fields(struct str *o, const struct fw_actual *have)
{
	put_bool(o, "table_installed", have->table);
	put_int(o, "elements_installed", fw_actual_elements(have));
	put_bool(o, "iptables_legacy", have->legacy4 || have->legacy6);
	put_bool(o, "iptables_legacy_input", have->legacy_input4 || have->legacy_input6);
	put_bool(o, "owned", have->owner && have->owner == have->self);
}

void put_firewall_fields(struct str *o, const struct answer_view *v)
{
	static const struct fw_actual nothing;

	put_firewall_summary(o, v);
	put_bool(o, "enabled", v->firewall_enabled);
	put_have_fields(o, v->firewall_have ? v->firewall_have : &nothing);
	put_chains(o, "chains", v);
	put_sets(o, "sets", v);
	put_foreigns(o, "foreign_rules", v);
	put_bases(o, "foreign_chains", v->firewall_have);
	put_flowtable(o, "flowtable", v->firewall_have);
	put_zones(o, "zones", v);
	put_policies(o, "policies", v);
	put_list(o, "pending");
	put_firewall_operations(o, v);
	put_list_end(o);
}

void put_counted(struct str *o, const struct answer_view *v, const struct device *d,
		 const struct peer *p)
{
	char label[KEY_STRLEN];

	put_object(o, NULL);
	put_text(o, "interface", d->name);
	put_text(o, "name", peer_name(p));
	put_text(o, "label", peer_label(p, label));
	put_text(o, "zone", peer_zone(p));
	put_traffic(o, peer_traffic(v, d, p));
	put_object_end(o);
}
