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

static void put_pair(struct str *o, const char *key, const struct answer_view *v,
		     const struct standby_pair *p, bool primary)
{
	uint32_t device = primary ? p->other_device : p->device;
	const struct peer *other = peer_at(v, device, primary ? p->standby : p->primary);
	char label[KEY_STRLEN];

	put_object(o, key);
	put_text(o, "role", primary ? "primary" : "standby");
	put_text(o, "peer", peer_label(other, label));
	put_text(o, "interface", v->state->devices.at[device].name);
	put_text(o, "state", standby_state(p));
	put_text(o, "reason", p->why);
	put_object_end(o);
}

static void put_standby(struct str *o, const char *key, const struct answer_view *v,
			const struct peer *peer)
{
	for (uint32_t i = 0; v->pairs && i < v->pairs->len; i++) {
		const struct standby_pair *p = &v->pairs->at[i];
		bool primary = peer_at(v, p->device, p->primary) == peer;

		if (primary || peer_at(v, p->other_device, p->standby) == peer) {
			put_pair(o, key, v, p, primary);
			return;
		}
	}
	put_null(o, key);
}

/* who is a peer of d, or was one, or NULL: nobody. */
static void put_loan(struct str *o, const struct device *d, const struct loan *l, const char *key,
		     const struct key *who)
{
	const struct peer *other = who ? device_peer(d, who) : NULL;
	char label[KEY_STRLEN];

	put_object(o, NULL);
	put_prefix(o, "prefix", &l->prefix);
	if (other)
		put_text(o, key, peer_label(other, label));
	else
		put_text(o, key, who ? key_format(who, label) : NULL);
	put_object_end(o);
}

static bool is(const struct peer *p, const struct key *key)
{
	return !key_cmp(&p->wg.key, key);
}

/* Those of an interface; none where none are known. */
static const struct loan *loans_at(const struct answer_view *v, const struct device *d, uint32_t *n)
{
	*n = 0;
	return v->loans && v->loans->len ? loans_of(v->loans, d->name, n) : NULL;
}

/* What is its own and with others. */
static void put_lent(struct str *o, const char *key, const struct answer_view *v,
		     const struct device *d, const struct peer *p)
{
	const struct loan *l;
	uint32_t n;

	put_list(o, key);
	for (l = loans_at(v, d, &n); n--; l++)
		if (!l->elsewhere && !l->homeless && is(p, &l->home))
			put_loan(o, d, l, "to", &l->holder);
	put_list_end(o);
}

/* What it has of others. */
static void put_borrowed(struct str *o, const char *key, const struct answer_view *v,
			 const struct device *d, const struct peer *p)
{
	const struct loan *l;
	uint32_t n;

	put_list(o, key);
	for (l = loans_at(v, d, &n); n--; l++)
		if (!l->elsewhere && is(p, &l->holder))
			put_loan(o, d, l, "from", l->homeless ? NULL : &l->home);
	put_list_end(o);
}

void put_standby_fields(struct str *o, const struct answer_view *v, const struct device *d,
			const struct peer *p)
{
	put_text(o, "standby_for", p->conf && *p->conf->standby_for ? p->conf->standby_for : NULL);
	if (p->paired)
		put_standby(o, "standby", v, p);
	else
		put_null(o, "standby");
	put_lent(o, "lent", v, d, p);
	put_borrowed(o, "borrowed", v, d, p);
}
