// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wrong now: collected anew each turn in which something was planned, so that a problem
 * goes away by itself when it is mended.
 */
#include "codec/uapi.h"
#include "internal.h"
#include "model/netmap.h"

#include <errno.h>

#define SHOWN_MAX 20 /* problems of one kind: a thousand blocked routes are one cause */

static void no_interface(struct engine *e)
{
	if (!e->state.devices.len && e->started)
		problem_add(
			&e->problems, "no-interface",
			"bring one up (wg-quick up wg0), or load the module: modprobe wireguard",
			"there is no WireGuard interface");
}

static void other_daemon(struct engine *e)
{
	if (*e->other)
		problem_add(&e->problems, "another-daemon",
			    "stop one of the two; this one goes on when the other has ended",
			    "%s acts in this network namespace: this one stands by and sets "
			    "nothing",
			    e->other);
}

static void kernel_problem(struct engine *e, const struct device *d)
{
	if (d->error == -EPERM)
		problem_add(&e->problems, "no-permission",
			    "run waysided as root or give it CAP_NET_ADMIN",
			    "%s: the kernel does not let us look at its peers", d->name);
	else
		problem_add(&e->problems, "no-peers",
			    "it is tried again; the log has what the kernel said",
			    "%s: its peers cannot be read: %s", d->name, strerror(-d->error));
}

/*
 * Other rights for the socket would do, but wireguard-go ends when its socket's are changed: we
 * have to be who may open it.
 */
static void socket_problem(struct engine *e, const struct device *d)
{
	const struct link *l = state_link(&e->state, d->ifindex);
	struct str hint = {0};

	if (e->sandbox.changed && l && !l->owner)
		str_add(&hint, "restart waysided, which stays root where such a socket of root's "
			       "is there first");
	else
		str_add(&hint,
			"run waysided as the owner of the socket: "
			"D=/etc/systemd/system/waysided.service.d; mkdir -p $D && printf "
			"'[Service]\\nUser=%u\\n' >$D/user.conf && systemctl daemon-reload && "
			"systemctl restart waysided",
			l ? l->owner : 0);
	problem_add(&e->problems, "no-permission", str_text(&hint),
		    "%s: its userspace WireGuard cannot be asked: %s/%s.sock may not be opened",
		    d->name, UAPI_FOLDER, d->name);
	str_free(&hint);
}

static void userspace_problem(struct engine *e, const struct device *d)
{
	if (d->error == -EACCES)
		socket_problem(e, d);
	else if (d->error == -ECONNREFUSED)
		problem_add(&e->problems, "no-peers",
			    "start its program; when it is no WireGuard, remove the socket",
			    "%s: nobody listens at %s/%s.sock", d->name, UAPI_FOLDER, d->name);
	else if (d->error == -ETIMEDOUT)
		problem_add(&e->problems, "no-peers", "restart its program",
			    "%s: its userspace WireGuard does not answer; what is known of its "
			    "peers is old",
			    d->name);
	else
		problem_add(&e->problems, "no-peers",
			    "it is tried again; the log has what the kernel said",
			    "%s: its userspace WireGuard cannot be asked: %s", d->name,
			    strerror(-d->error));
}

static void observation(struct engine *e)
{
	vec_each(&e->state.devices, d)
		if (d->error && d->backend == BACKEND_USERSPACE)
			userspace_problem(e, d);
		else if (d->error)
			kernel_problem(e, d);
	if (e->look.error && e->look.error != -EAGAIN)
		problem_add(&e->problems, "no-netlink",
			    "it is tried again, and nothing is changed meanwhile",
			    "the kernel cannot be observed: %s", strerror(-e->look.error));
	if (e->config_error)
		problem_add(&e->problems, "config",
			    "mend the file and reload; waysided --check shows all problems",
			    "the last reload was refused: %s", e->config_error);
}

/* What the kernel says when a rule needs a module that is not there. */
static const char *firewall_hint(const struct engine *e)
{
	return e->firewall_retry.error == -ENOENT || e->firewall_retry.error == -EOPNOTSUPP
		       ? "modprobe -a nft_ct nft_masq nft_reject_inet: without conntrack, or "
			 "another part of nftables, there are no such rules"
		       : NULL;
}

static void firewall(struct engine *e)
{
	if (!e->firewall_enabled)
		return;
	if (e->firewall_known && !e->firewall_have.available)
		problem_add(&e->problems, "no-nftables",
			    "modprobe nf_tables, or run waysided with CAP_NET_ADMIN",
			    "nftables cannot be used: %s; nothing is filtered by us",
			    strerror(-e->firewall_have.error));
	else if (*e->firewall_error)
		problem_add(&e->problems, "firewall", firewall_hint(e),
			    "the firewall could not be set: %s; %s", e->firewall_error,
			    e->held		     ? "new routes wait for it"
			    : e->firewall_have.table ? "the rules are as they were"
						     : "nothing is filtered by us");
	firewall_problems(e);
}

static const char *name_status_text(const struct name_result *r)
{
	static const char *const texts[] = {"",
					    "the name does not exist",
					    "the name has no address",
					    "the name server failed",
					    "no name server answered",
					    "the question could not be asked"};

	if (r->refused)
		return r->refused;
	return r->status < sizeof(texts) / sizeof(texts[0]) ? texts[r->status] : "";
}

static void names(struct engine *e)
{
	uint32_t n = 0;

	vec_each(&e->names.by_id, p) {
		const struct name_result *r = (*p)->family == FAMILY_IPV6 ? &(*p)->v6 : &(*p)->v4;

		if (!r->failures || name_known(*p) || ++n > SHOWN_MAX)
			continue;
		problem_add(&e->problems, "dns", "waysidectl dns shows what was answered",
			    "%s has no known address: %s", (*p)->host, name_status_text(r));
	}
}

static void endpoint_problem(struct engine *e, const struct device *d, const struct peer *p)
{
	char key[KEY_STRLEN], ep[ENDPOINT_STRLEN];
	const char *label = peer_label(p, key);

	endpoint_format(&p->wg.endpoint, ep);
	if (p->looped)
		problem_add(
			&e->problems, "endpoint-in-tunnel",
			"give the endpoint a route over the uplink, or the interface a fwmark and "
			"policy routing",
			"%s: the way to the endpoint %s of %s leads into the tunnel itself",
			d->name, ep, label);
	if (peer_care(p)->refused)
		problem_add(&e->problems, "endpoint-refused",
			    "waysidectl dns shows what was answered",
			    "%s: what the endpoint of %s leads to is not used: %s", d->name, label,
			    peer_care(p)->refused);
	if (peer_care(p)->fights >= ENDPOINT_FIGHTS_MAX)
		problem_add(
			&e->problems, "endpoint-fight",
			"let one program alone set endpoints (reresolve-dns.sh in a timer?)",
			"%s: another program keeps changing the endpoint of %s; it has its way for "
			"ten minutes",
			d->name, label);
}

static void peers_left(struct engine *e)
{
	const struct op *op = e->peers_left.at;
	struct str line = {0};

	if (!e->peers_left.len)
		return;
	op_format(&line, op, &e->state);
	problem_add(&e->problems, "peer-not-set",
		    "it is tried again; waysidectl plan shows what is left",
		    "the kernel refused: %s: %s", str_text(&line),
		    op->why ? op->why : strerror(-op->error));
	str_free(&line);
}

static void endpoints(struct engine *e)
{
	vec_each(&e->state.devices, d)
		vec_each(&d->peers, p)
			if (p->looped || (p->care && (p->care->refused ||
						      p->care->fights >= ENDPOINT_FIGHTS_MAX)))
				endpoint_problem(e, d, p);
}

/* Which of the configuration's peers does the device have? Into e->seen, in their order. */
static void peers_seen(struct engine *e, const struct device *d)
{
	const struct peer_conf *first = d->conf->peers.at;
	uint32_t n = d->conf->peers.len;

	e->seen.len = 0;
	for (uint32_t i = 0; i < n; i++)
		*vec_add(&e->seen) = false;
	vec_each(&d->peers, p)
		if (p->conf && p->conf >= first && p->conf < first + n)
			e->seen.at[p->conf - first] = true;
}

/* A peer that stands by, or is stood by for, does not have its networks all the time. */
static bool is_paired(const struct device *d, const struct peer *p)
{
	vec_each(&d->conf->peers, c)
		if (*p->conf->name && !strcmp(c->standby_for, p->conf->name))
			return true;
	return *p->conf->standby_for;
}

/* A netmap of a network that the peer does not have may be a typing error, too. */
static void netmaps(struct engine *e, const struct device *d, const struct peer *p)
{
	char inside[PREFIX_STRLEN], key[KEY_STRLEN];

	vec_each(&p->conf->netmaps, map)
		if (!netmap_is_used(d, p, map))
			problem_add(&e->problems, "netmap-unused",
				    "inside is the network as it is in the peer's allowed-IPs",
				    "%s:%u: none of the allowed-IPs of %s on %s reaches into %s",
				    map->place.file, map->place.line, peer_label(p, key), d->name,
				    prefix_format(&map->inside, inside));
}

/* What is in the configuration and in no interface may be a typing error: say so. */
static void peers(struct engine *e)
{
	char key[KEY_STRLEN];

	vec_each(&e->state.devices, d) {
		if (!d->readable || !d->conf->peers.len)
			continue;
		peers_seen(e, d);
		vec_each(&d->peers, p)
			if (p->conf && p->conf->netmaps.len && !is_paired(d, p))
				netmaps(e, d, p);
		vec_each(&d->conf->peers, c) {
			if (e->seen.at[c - d->conf->peers.at])
				continue;
			problem_add(&e->problems, "unknown-peer",
				    "add it with wg, or correct its key or name here",
				    "%s:%u: %s has no peer %s", c->place.file, c->place.line,
				    d->name, *c->name ? c->name : key_format(&c->key, key));
		}
	}
}

void problems_collect(struct engine *e)
{
	e->problems_at = e->at.now + PROBLEMS_EVERY;
	e->problems_due = false;
	problems_clear(&e->problems);
	other_daemon(e);
	no_interface(e);
	observation(e);
	firewall(e);
	route_problems(e);
	claim_problems(e);
	names(e);
	peers_left(e);
	endpoints(e);
	exchange_problems(e);
	path_problems(e);
	peers(e);
}
