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

void firewall_operations(json_t *list, const struct answer_view *v)
{
	if (!v->firewall_pending)
		return;
	vec_each(&v->firewall_pending->ops, op) {
		struct str text = {0};
		json_t *o = json_object();

		fw_op_format(&text, op);
		put_text(o, "kind", "firewall");
		put_text(o, "text", str_text(&text));
		put_text(o, "interface", NULL);
		json_array_append_new(list, o);
		str_free(&text);
	}
}

json_t *firewall_summary_json(const struct answer_view *v)
{
	const char *error = v->firewall_error;
	json_t *o = json_object();

	if (!error && v->firewall_have && !v->firewall_have->available)
		error = v->firewall_have->error ? strerror(-v->firewall_have->error)
						: "this kernel has no nftables";
	put_text(o, "state", firewall_state(v));
	put_int(o, "elements", firewall_elements(v));
	put_text(o, "error", error);
	return o;
}

json_t *peer_forwarded_json(const struct answer_view *v, const struct device *d,
			    const struct peer *p)
{
	const struct tally_peer *t = v->tally ? tally_find(v->tally, d->name, &p->wg.key) : NULL;
	json_t *o;

	if (!t)
		return NULL;
	o = json_object();
	put_int(o, "from_packets", t->count[FW_FROM].packets);
	put_int(o, "from_bytes", t->count[FW_FROM].bytes);
	put_int(o, "to_packets", t->count[FW_TO].packets);
	put_int(o, "to_bytes", t->count[FW_TO].bytes);
	put_int(o, "dropped_packets", t->count[FW_DROPPED].packets);
	put_int(o, "dropped_bytes", t->count[FW_DROPPED].bytes);
	return o;
}

/* The peers that something was counted for. */
static json_t *counted_json(const struct answer_view *v)
{
	json_t *list = json_array();

	vec_each(&v->state->devices, d) {
		vec_each(&d->peers, p) {
			json_t *forwarded = peer_forwarded_json(v, d, p), *o;
			char label[KEY_STRLEN];

			if (!forwarded)
				continue;
			o = json_object();
			put_text(o, "interface", d->name);
			put_text(o, "name", peer_name(p));
			put_text(o, "label", peer_label(p, label));
			put_text(o, "zone", peer_zone(p));
			json_object_update(o, forwarded);
			json_decref(forwarded);
			json_array_append_new(list, o);
		}
	}
	return list;
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

static json_t *rule_json(const struct fw_rule *r, const struct fw_have_chain *have, uint32_t i)
{
	json_t *o = json_object();

	put_text(o, "comment", r->comment);
	put_text(o, "verdict", r->log ? "log" : verdict_name(r->verdict));
	put_bool(o, "clamps_mss", r->clamp);
	put_bool(o, "installed", have && i < have->tags.len && have->tags.at[i] == r->tag);
	return o;
}

static const struct fw_have_chain *have_chain(const struct fw_actual *have, const char *name)
{
	if (have)
		vec_each(&have->chains, c)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

static json_t *chain_json(const struct fw_chain *c, const struct fw_actual *actual)
{
	const struct fw_have_chain *have = have_chain(actual, c->name);
	json_t *o = json_object(), *rules = json_array();

	for (uint32_t i = 0; i < c->rules.len; i++)
		json_array_append_new(rules, rule_json(&c->rules.at[i], have, i));
	put_text(o, "name", c->name);
	put_name(o, "hook", c->hook.type);
	put(o, "priority", c->hook.type[0] ? json_integer(c->hook.priority) : NULL);
	put_bool(o, "installed", have != NULL);
	put_int(o, "rules_installed", have ? have->tags.len : 0);
	put(o, "rules", rules);
	return o;
}

static const struct fw_set *have_set(const struct fw_actual *have, const char *name)
{
	if (have)
		vec_each(&have->sets, s)
			if (!strcmp(s->name, name))
				return s;
	return NULL;
}

static json_t *set_json(const struct fw_set *s, const struct fw_actual *actual)
{
	const struct fw_set *have = have_set(actual, s->name);
	json_t *o = json_object();

	put_text(o, "name", s->name);
	put_int(o, "elements", s->elems.len);
	put_bool(o, "installed", have != NULL);
	put_int(o, "elements_installed", have ? have->elems.len : 0);
	return o;
}

static json_t *foreign_json(const struct fw_foreign *f, const char *status)
{
	json_t *o = json_object();

	put_text(o, "family", fw_family_name(f->family));
	put_text(o, "table", f->table);
	put_text(o, "chain", f->chain);
	put_text(o, "interface", f->ifname);
	put_text(o, "direction", f->out ? "out" : "in");
	put_text(o, "protocol", f->protocol ? fw_protocol_name(f->protocol) : NULL);
	put(o, "port", f->protocol ? json_integer(f->port) : NULL);
	put_text(o, "status", status);
	return o;
}

static void foreign_compared(void *list, const void *want, const void *have)
{
	if (want)
		json_array_append_new(list, foreign_json(want, have ? "installed" : "missing"));
	else if (have)
		json_array_append_new(list, foreign_json(have, "surplus"));
}

static json_t *foreigns_json(const struct answer_view *v)
{
	const struct fw_foreigns none = {0};
	const struct fw_foreigns *want = v->firewall_want ? &v->firewall_want->foreign : &none;
	const struct fw_foreigns *have = v->firewall_have ? &v->firewall_have->foreign : &none;
	json_t *list = json_array();

	sorted_diff(want->at, want->len, have->at, have->len, sizeof(*want->at), fw_foreign_cmp,
		    foreign_compared, list);
	return list;
}

/* Other programs' chains that every packet that we judge has to pass as well. */
static json_t *bases_json(const struct fw_actual *have)
{
	json_t *list = json_array();

	if (!have)
		return list;
	vec_each(&have->bases, b) {
		json_t *o = json_object();

		put_text(o, "family", fw_family_name(b->family));
		put_text(o, "table", b->table);
		put_text(o, "chain", b->chain);
		put_text(o, "hook", b->hook.num == NF_INET_LOCAL_IN ? "input" : "forward");
		put(o, "priority", json_integer(b->hook.priority));
		put_bool(o, "drops", b->hook.drops || b->last_drops);
		put_bool(o, "owned", b->owned);
		json_array_append_new(list, o);
	}
	return list;
}

/* The interfaces that it has; null when there is none. */
static json_t *flowtable_json(const struct fw_actual *have)
{
	json_t *list;

	if (!have || !have->flowtable)
		return NULL;
	list = json_array();
	vec_each(&have->offload, e)
		json_array_append_new(list, json_string((const char *)e->key));
	return list;
}

json_t *answer_firewall(const struct answer_view *v)
{
	json_t *o = firewall_summary_json(v), *chains = json_array(), *sets = json_array();
	json_t *pending = json_array();

	if (v->firewall_want) {
		vec_each(&v->firewall_want->chains, c)
			json_array_append_new(chains, chain_json(c, v->firewall_have));
		vec_each(&v->firewall_want->sets, s)
			json_array_append_new(sets, set_json(s, v->firewall_have));
	}
	firewall_operations(pending, v);
	put_bool(o, "enabled", v->firewall_enabled);
	put_bool(o, "table_installed", v->firewall_have && v->firewall_have->table);
	put_int(o, "elements_installed",
		v->firewall_have ? fw_actual_elements(v->firewall_have) : 0);
	put(o, "chains", chains);
	put(o, "sets", sets);
	put(o, "foreign_rules", foreigns_json(v));
	put(o, "foreign_chains", bases_json(v->firewall_have));
	put_bool(o, "iptables_legacy",
		 v->firewall_have && (v->firewall_have->legacy4 || v->firewall_have->legacy6));
	put_bool(o, "iptables_legacy_input",
		 v->firewall_have &&
			 (v->firewall_have->legacy_input4 || v->firewall_have->legacy_input6));
	put_bool(o, "owned",
		 v->firewall_have && v->firewall_have->owner &&
			 v->firewall_have->owner == v->firewall_have->self);
	put(o, "flowtable", flowtable_json(v->firewall_have));
	put(o, "zones", zones_json(v));
	put(o, "policies", policies_json(v));
	put(o, "peers", counted_json(v));
	put(o, "pending", pending);
	return o;
}
