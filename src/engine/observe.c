// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking: links, addresses and rules when events say so, peers at their interval.
 *
 * A look that fails changes nothing: what was known stays, and it is looked at again later.
 */
#include "internal.h"

#include <errno.h>

#define QUIET_MS_PER_PEER 5	/* small networks are looked at often also when it is quiet */
#define BUSY_FOR	  30000 /* ms after a change in which peers are looked at often */
#define STORIES_MAX	  5	/* peers that change in one look are told of one by one */

static bool look(struct engine *e, enum subject s, int err, const char *what)
{
	subject_looked(e, s);
	if (!err) {
		if (e->look.error)
			e->look = (struct retry){0};
		return true;
	}
	e->dirty |= s;
	if (err != -EAGAIN && e->look.error != err)
		log_error("cannot read the kernel's %s: %s; nothing is changed until it can be, it "
			  "is tried again",
			  what, strerror(-err));
	retry_failed(e, &e->look, err);
	return false;
}

static void observe_links(struct engine *e)
{
	struct links *fresh = &e->spare.links;

	if (!subject_ready(e, SUBJECT_LINKS))
		return;
	fresh->len = 0;
	if (!look(e, SUBJECT_LINKS, e->edge.links(e->edge.ctx, fresh), "links"))
		return;
	vec_swap(&e->state.links, fresh);
	if (state_sync_devices(&e->state, e->config, &e->imports)) {
		e->names_stale = true;
		e->dirty |= SUBJECT_PEERS | SUBJECT_ROUTES;
		e->replan |= SUBJECT_ROUTES | SUBJECT_FIREWALL | SUBJECT_PEERS;
	}
}

static int local_addr_cmp(const void *va, const void *vb)
{
	const struct local_addr *a = va, *b = vb;
	int c = addr_cmp(&a->addr, &b->addr);

	if (!c)
		c = (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
	return c ? c : (a->len > b->len) - (a->len < b->len);
}

/* Lifetimes of IPv6 addresses are refreshed all the time: that is no change. */
static bool addrs_same(const struct local_addrs *a, const struct local_addrs *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (local_addr_cmp(&a->at[i], &b->at[i]))
			return false;
	return true;
}

static void observe_addrs(struct engine *e)
{
	struct local_addrs *fresh = &e->spare.addrs;

	if (!subject_ready(e, SUBJECT_ADDRS))
		return;
	fresh->len = 0;
	if (!look(e, SUBJECT_ADDRS, e->edge.addrs(e->edge.ctx, fresh), "addresses"))
		return;
	vec_sort(fresh, local_addr_cmp);
	if (!addrs_same(&e->state.addrs, fresh)) {
		e->surroundings++;
		e->replan |= SUBJECT_ROUTES | SUBJECT_PEERS;
		if (firewall_flowtable_wanted(&e->state, e->config))
			e->dirty |= SUBJECT_FIREWALL; /* it has the interfaces with addresses */
		names_refresh(&e->names, e->at.now);
	}
	vec_swap(&e->state.addrs, fresh);
}

static bool rules_same(const struct rules *a, const struct rules *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (rule_cmp(&a->at[i], &b->at[i]) || a->at[i].protocol != b->at[i].protocol)
			return false;
	return true;
}

static void observe_rules(struct engine *e)
{
	struct rules *fresh = &e->spare.rules;

	if (!subject_ready(e, SUBJECT_RULES))
		return;
	fresh->len = 0;
	if (!look(e, SUBJECT_RULES, e->edge.rules(e->edge.ctx, fresh), "rules"))
		return;
	/* What came of our own was looked at: whoever took it back since then is only told of. */
	if (e->told & SUBJECT_RULES || !rules_same(&e->state.rules, fresh))
		e->replan |= SUBJECT_RULES;
	vec_swap(&e->state.rules, fresh);
}

void observe_surroundings(struct engine *e)
{
	observe_links(e);
	observe_addrs(e);
	observe_rules(e);
}

/* Is anything going on that wants a close look? */
static bool device_busy(const struct engine *e, const struct device *d)
{
	vec_each(&d->peers, p) {
		const struct life *l = &p->life;

		if (life_unanswered_since(l) && l->state != LIFE_DEAD && l->state != LIFE_NEVER)
			return true;
		if (p->care && p->care->written_at && e->at.now - p->care->written_at < BUSY_FOR)
			return true;
	}
	return false;
}

static msec poll_interval(const struct engine *e, const struct device *d)
{
	msec quiet = (msec)d->peers.len * QUIET_MS_PER_PEER;

	if (device_busy(e, d))
		return d->conf->poll_interval;
	return msec_min(msec_max(quiet, d->conf->poll_interval), d->conf->poll_interval_max);
}

/* The end of a story that began with "trying": how long until the endpoint that we set answered. */
static void tell_answered(struct engine *e, struct story s, const char *lead)
{
	const struct peer *p = s.peer;
	bool ours = !endpoint_cmp(&p->wg.endpoint, &peer_care(p)->written);
	msec took = p->life.proof - peer_care(p)->written_at;
	char ep[ENDPOINT_STRLEN];

	endpoint_format(&p->wg.endpoint, ep);
	if (ours && peer_healed(p, e->at.now) && took < LIFE_UP_FOR)
		story_tell(e, s, "%s%s answered after %lld.%lld s", lead, ep,
			   (long long)took / 1000, (long long)took / 100 % 10);
	else
		story_tell(e, s, "%sanswered from %s", lead, ep);
}

static void tell_heals(struct engine *e, const struct device *d)
{
	vec_each(&d->peers, p) {
		const struct story s = {.code = "endpoint", .device = d, .peer = p};

		if (!peer_healed(p, e->at.now))
			continue;
		durations_add(&e->counters.heals, heal_bounds, (int64_t)p->life.silence * 1000);
		if (p->life.since != e->at.now) /* else its change of state is told */
			tell_answered(e, s, "");
	}
}

static void tell_peer(struct engine *e, const struct device *d, const struct peer *p)
{
	const struct endpoint parked = path_parked();
	char ep[ENDPOINT_STRLEN];
	msec silent = life_unanswered_for(&p->life, e->at.now);
	struct story s = {.code = "peer-state", .device = d, .peer = p};

	if (!endpoint_cmp(&p->wg.endpoint, &parked))
		return; /* nobody is to answer there */
	endpoint_format(&p->wg.endpoint, ep);
	switch (p->life.state) {
	case LIFE_UP:
		tell_answered(e, s, "up, ");
		break;
	case LIFE_UNANSWERED:
	case LIFE_DEAD:
		s.level = LOG_LEVEL_WARN;
		story_tell(e, s, "%s unanswered for %lld s%s", ep, (long long)(silent / 1000),
			   p->life.state == LIFE_DEAD ? ": dead" : "");
		break;
	default:
		story_tell(e, s, "%s", life_state_name(p->life.state));
		break;
	}
}

static void tell_changes(struct engine *e, const struct device *d, uint32_t changes)
{
	if (changes > STORIES_MAX) {
		story_tell(e, (struct story){.code = "peer-state", .device = d},
			   "%u peers changed state at once", changes);
		return;
	}
	vec_each(&d->peers, p)
		if (p->life.since == e->at.now)
			tell_peer(e, d, p);
}

/*
 * What is known of its peers stays. A program that is stuck costs time at each look, so that the
 * next one comes later and later.
 */
static void device_failed(struct engine *e, struct device *d, int err)
{
	if (err == -ENODEV)
		e->dirty |= SUBJECT_LINKS;
	else if (d->error != err)
		log_error("%s: cannot read its peers: %s; they are left as they are, it is tried "
			  "again",
			  d->name, strerror(-err));
	d->error = err == -ENODEV ? 0 : err;
	d->error_delay = backoff_next(d->error_delay, RETRY_MIN, DEVICE_RETRY_MAX);
	d->readable = false;
	e->replan |= SUBJECT_PEERS;
}

static void device_read(struct engine *e, struct device *d)
{
	const struct story s = {.code = "interface", .device = d};
	uint32_t n = d->peers.len;

	if (d->error)
		story_tell(e, s, "can be read again, %u peer%s", n, n == 1 ? "" : "s");
	else if (!d->readable)
		story_tell(e, s, "found, %u peer%s", n, n == 1 ? "" : "s");
	d->readable = true;
	d->error = 0;
	d->error_delay = 0;
}

/* Also of a look that failed half way: what it has seen, the next one will not see again. */
static void peers_seen(struct engine *e, const struct device_merge *m, bool first)
{
	const struct merge_counts *seen = &m->seen;
	const struct device *d = m->device;

	if (seen->changes && !first)
		tell_changes(e, d, seen->changes);
	if (seen->heals)
		tell_heals(e, d);
	if (seen->changes) {
		routes_health_changed(e, d);
		e->replan |= SUBJECT_PEERS;
	}
	if (seen->moved && underlay_moved(e, m))
		e->replan |= SUBJECT_ROUTES;
	if (seen->reached && routes_may_withdraw(d))
		e->replan |= SUBJECT_ROUTES;
}

static void tell_taken(struct engine *e, const struct device *d)
{
	char prefix[PREFIX_STRLEN], key[KEY_STRLEN];

	vec_each(&d->taken, t) {
		const struct peer *from = device_peer(d, &t->from);
		struct story s = {.code = "allowed-ips",
				  .level = LOG_LEVEL_WARN,
				  .device = d,
				  .peer = device_peer(d, &t->to)};

		if (t->at == e->at.now && from && !loan_find(&e->loans, d->name, &t->prefix))
			story_tell(e, s, "was given %s, which %s has no more",
				   prefix_format(&t->prefix, prefix), peer_label(from, key));
	}
}

static void device_count(struct device *d)
{
	memset(d->states, 0, sizeof(d->states));
	vec_each(&d->peers, p)
		d->states[p->life.state]++;
}

static void observe_device(struct engine *e, struct device *d)
{
	bool first = !d->readable;
	uint32_t fwmark = d->fwmark;
	struct device_merge m;
	int err;

	device_merge_begin(&m, d, e->at);
	err = e->edge.device(e->edge.ctx, &m);
	e->counters.polls++;
	if (device_merge_end(&m, !err)) {
		device_join_altered(d, e->config, &e->imports);
		tell_taken(e, d);
		names_peers_changed(e, d);
		routes_peers_changed(e, d);
		e->replan |= SUBJECT_FIREWALL | SUBJECT_PEERS;
	}
	if (err)
		device_failed(e, d, err);
	else
		device_read(e, d);
	if (d->fwmark != fwmark)
		e->replan |= SUBJECT_ROUTES;
	if (m.seen.changes)
		device_count(d);
	peers_seen(e, &m, first);
}

void observe_peers(struct engine *e)
{
	bool all = e->dirty & SUBJECT_PEERS;

	e->dirty &= ~(unsigned int)SUBJECT_PEERS;
	vec_each(&e->state.devices, d) {
		if (d->poll_at > e->at.now && (!all || d->error == -ETIMEDOUT))
			continue;
		observe_device(e, d);
		d->poll_at = e->at.now +
			     (d->error ? rng_jitter(&e->rng, d->error_delay) : poll_interval(e, d));
		e->replan |= SUBJECT_PEERS;
	}
	names_follow(e);
}

msec observe_deadline(const struct engine *e)
{
	msec soonest = MSEC_NEVER;

	vec_each(&e->state.devices, d)
		soonest = msec_min(soonest, d->poll_at);
	return soonest;
}
