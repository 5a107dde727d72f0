// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wrong with standbys and with allowed-IPs that should be elsewhere: each names the peers,
 * the reason, and what to do while there is still time.
 */
#include "internal.h"

/* Names for people of both peers of a pair. */
struct labels {
	char first[KEY_STRLEN], second[KEY_STRLEN];
	const char *primary, *standby, *ifname;
};

static void labels_of(struct labels *l, const struct engine *e, const struct standby_pair *p)
{
	const struct device *d = &e->state.devices.at[p->device];
	const struct device *od = &e->state.devices.at[p->other_device];

	l->ifname = od->name;
	l->primary = peer_label(&d->peers.at[p->primary], l->first);
	l->standby = peer_label(&od->peers.at[p->standby], l->second);
}

static void pair_problems(struct engine *e, const struct standby_pair *p)
{
	struct labels l;

	labels_of(&l, e, p);
	if (!p->prefixes)
		problem_add(&e->problems, "standby-nothing",
			    "name them in allowed_ips of the standby; where a file gives one "
			    "prefix to two peers, WireGuard gives it to the last",
			    "%s: %s has no allowed-IPs that %s could take over", l.ifname,
			    l.primary, l.standby);
	else if (p->wants == SIDE_STANDBY)
		problem_add(&e->problems, "standby-active",
			    "waysidectl explain tells of the one that is away what was tried; it "
			    "serves again when it answers",
			    "%s: %s serves for %s: %s", l.ifname, l.standby, l.primary,
			    p->why ? p->why : "");
	else if (p->lost)
		problem_add(&e->problems, "standby-not-ready",
			    "waysidectl explain tells of it what was tried; look at its far end",
			    "%s: %s could not take over from %s: it does not answer", l.ifname,
			    l.standby, l.primary);
	else if (p->unknown)
		problem_add(&e->problems, "standby-not-ready",
			    "give it a keepalive (25), so that it is known whether it answers",
			    "%s: nobody knows whether %s could take over from %s: it is never "
			    "asked",
			    l.ifname, l.standby, l.primary);
}

static bool has_pair(const struct engine *e, const struct peer *standby)
{
	vec_each(&e->pairs, p)
		if (&e->state.devices.at[p->other_device].peers.at[p->standby] == standby)
			return true;
	return false;
}

static void without_primary(struct engine *e)
{
	char key[KEY_STRLEN];

	vec_each(&e->state.devices, d)
		vec_each(&d->peers, p)
			if (p->conf && *p->conf->standby_for && !has_pair(e, p))
				problem_add(&e->problems, "standby-no-primary",
					    "add that peer with wg, or correct standby_for",
					    "%s: %s stands by for %s, which is on no interface",
					    d->name, peer_label(p, key), p->conf->standby_for);
}

static void fights(struct engine *e)
{
	vec_each(&e->state.devices, d)
		if (d->undone >= CLAIM_FIGHTS_MAX && e->at.now - d->undone_at < CLAIM_FIGHT_PAUSE)
			problem_add(
				&e->problems, "allowed-ips-fight",
				"let one program alone move allowed-IPs (wg syncconf in a timer?)",
				"%s: another program keeps putting back allowed-IPs that were "
				"moved; it has its way for ten minutes",
				d->name);
}

/* For as long as it is so, and somebody may wonder why. */
static void taken(struct engine *e, const struct device *d, const struct taken *t)
{
	const struct peer *from = device_peer(d, &t->from), *to = device_peer(d, &t->to);
	char prefix[PREFIX_STRLEN], first[KEY_STRLEN], second[KEY_STRLEN];

	if (!from || !to || e->at.now - t->at > TAKEN_RECENT || aip_owner(d, &t->prefix) != to)
		return;
	if (loan_find(&e->loans, d->name, &t->prefix))
		return; /* that is a story of its own */
	prefix_format(&t->prefix, prefix);
	problem_add(&e->problems, "allowed-ip-taken",
		    "look for it in both peers where the interface is made; if it is meant so, "
		    "waysidectl reload ends this",
		    "%s: %s was given to %s, and %s has it no more: WireGuard gives an allowed-IP "
		    "to one peer only, the last",
		    d->name, prefix, peer_label(to, second), peer_label(from, first));
}

void claim_problems(struct engine *e)
{
	if (e->config->standbys)
		without_primary(e);
	vec_each(&e->pairs, p)
		pair_problems(e, p);
	fights(e);
	vec_each(&e->state.devices, d)
		vec_each(&d->taken, t)
			taken(e, d, t);
	if (e->claims_retry.error)
		problem_add(
			&e->problems, "allowed-ips",
			"waysidectl plan shows which; it is tried again, and dmesg may tell what "
			"WireGuard did not take",
			"allowed-IPs could not be moved: %s", strerror(-e->claims_retry.error));
}
