// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Standbys and moved allowed-IPs, as `peers` and `paths` show them for each peer.
 */
#include <string.h>

#include "answer_put.h"

const char *standby_state(const struct standby_pair *p)
{
	if (!p->prefixes)
		return "nothing-to-serve";
	if (p->wants == SIDE_STANDBY)
		return "serving";
	if (p->ready)
		return "ready";
	return p->lost ? "silent" : "unknown";
}

static const struct peer *peer_at(const struct answer_view *v, uint32_t device, uint32_t peer)
{
	return &v->state->devices.at[device].peers.at[peer];
}

static json_t *pair_json(const struct answer_view *v, const struct standby_pair *p, bool primary)
{
	uint32_t device = primary ? p->other_device : p->device;
	const struct peer *other = peer_at(v, device, primary ? p->standby : p->primary);
	json_t *o = json_object();
	char label[KEY_STRLEN];

	put_text(o, "role", primary ? "primary" : "standby");
	put_text(o, "peer", peer_label(other, label));
	put_text(o, "interface", v->state->devices.at[device].name);
	put_text(o, "state", standby_state(p));
	put_text(o, "reason", p->why);
	return o;
}

static json_t *standby_json(const struct answer_view *v, const struct peer *peer)
{
	for (uint32_t i = 0; v->pairs && i < v->pairs->len; i++) {
		const struct standby_pair *p = &v->pairs->at[i];
		bool primary = peer_at(v, p->device, p->primary) == peer;

		if (primary || peer_at(v, p->other_device, p->standby) == peer)
			return pair_json(v, p, primary);
	}
	return NULL;
}

/* who is a peer of d, or was one, or NULL: nobody. */
static json_t *loan_json(const struct device *d, const struct loan *l, const char *key,
			 const struct key *who)
{
	const struct peer *other = who ? device_peer(d, who) : NULL;
	json_t *o = json_object();
	char label[KEY_STRLEN];

	put_prefix(o, "prefix", &l->prefix);
	if (other)
		put_text(o, key, peer_label(other, label));
	else
		put_text(o, key, who ? key_format(who, label) : NULL);
	return o;
}

static bool is(const struct peer *p, const struct key *key)
{
	return !key_cmp(&p->wg.key, key);
}

/* What is its own and with others, and what it has of others. */
static void put_loans(json_t *o, const struct answer_view *v, const struct device *d,
		      const struct peer *p)
{
	json_t *lent = json_array(), *borrowed = json_array();
	const struct loan *l;
	uint32_t n;

	for (l = loans_of(v->loans, d->name, &n); n--; l++) {
		if (l->elsewhere)
			continue;
		if (!l->homeless && is(p, &l->home))
			json_array_append_new(lent, loan_json(d, l, "to", &l->holder));
		if (is(p, &l->holder))
			json_array_append_new(
				borrowed, loan_json(d, l, "from", l->homeless ? NULL : &l->home));
	}
	put(o, "lent", lent);
	put(o, "borrowed", borrowed);
}

void put_standby_fields(json_t *o, const struct answer_view *v, const struct device *d,
			const struct peer *p)
{
	put_text(o, "standby_for", p->conf && *p->conf->standby_for ? p->conf->standby_for : NULL);
	put(o, "standby", p->paired ? standby_json(v, p) : NULL);
	if (v->loans && v->loans->len) {
		put_loans(o, v, d, p);
		return;
	}
	put(o, "lent", json_array());
	put(o, "borrowed", json_array());
}
