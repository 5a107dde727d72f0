// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The circle. A turn looks at what is dirty, plans what is to be planned again, applies, and says
 * when it wants to be called next. The order matters: peers before names before endpoints; the
 * firewall before routes, so that nothing is forwarded that the policy has not seen.
 */
#include "internal.h"

/*
 * A turn that comes much later than asked for means that the host was asleep: every mapping and
 * every address may be another one by now.
 */
static void resume(struct engine *e)
{
	msec late = e->awaited ? e->at.now - e->awaited : 0;

	if (late < ASLEEP_AFTER)
		return;
	story_tell(e, (struct story){.code = "resume"}, "the host was asleep for %lld s",
		   (long long)(late / 1000));
	e->surroundings++;
	e->dirty |= SUBJECT_ALL;
	e->routes_where.everywhere = true;
	firewall_resumed(e);
	names_refresh(&e->names, e->at.now);
}

static void recheck(struct engine *e)
{
	if (e->routes_again && e->routes_again <= e->at.now) {
		e->routes_again = 0;
		e->dirty |= SUBJECT_ROUTES;
		e->told |= SUBJECT_ROUTES;
	}
	if (e->recheck_at > e->at.now)
		return;
	if (e->recheck_at) {
		firewall_try_again(e);
		e->dirty |= SUBJECT_ALL & ~(unsigned int)SUBJECT_PEERS;
	}
	e->recheck_at = e->at.now + rng_jitter(&e->rng, RECHECK_EVERY);
}

/* When a subject that is dirty may be looked at; what waits for another one does not count. */
static msec dirty_deadline(const struct engine *e)
{
	unsigned int dirty = e->dirty & ~(e->held ? (unsigned int)SUBJECT_ROUTES : 0);
	msec soonest = MSEC_NEVER;

	for (unsigned int bit = 0; bit < 6; bit++) {
		bool firewall = 1u << bit == SUBJECT_FIREWALL && e->state.links.len;
		msec retry = firewall ? e->firewall_retry.at : e->look.at;
		msec at = msec_max(e->looked[bit] + LOOK_GAP, retry);

		if (dirty & 1u << bit)
			soonest = msec_min(soonest, at);
	}
	return soonest;
}

/* While they are held it is the firewall that is waited for. */
static msec forwarding_deadline(const struct engine *e)
{
	if (e->held)
		return MSEC_NEVER;
	return e->touched.len ? e->at.now : msec_min(routes_deadline(e), rules_deadline(e));
}

/* Of what is not done by one that only plans. */
static msec doing_deadline(const struct engine *e)
{
	msec at = msec_min(claims_deadline(e), names_deadline(&e->names));

	at = msec_min(at, exchange_deadline(e));
	at = msec_min(at, paths_deadline(&e->paths, e->at.now));
	return e->store_at ? msec_min(at, e->store_at) : at;
}

static msec next_deadline(const struct engine *e)
{
	msec at = msec_min(e->recheck_at, dirty_deadline(e));

	if (e->routes_again)
		at = msec_min(at, e->routes_again);
	at = msec_min(at, observe_deadline(e));
	at = msec_min(at, firewall_deadline(e));
	at = msec_min(at, forwarding_deadline(e));
	if (!e->dry)
		at = msec_min(at, doing_deadline(e));
	if (e->names_stale)
		at = e->at.now;
	return msec_max(at, e->at.now + 1);
}

static int ask_name(void *ctx, uint32_t id, const char *host, uint8_t family)
{
	struct engine *e = ctx;
	struct net_request q = {.kind = family ? NET_LOOKUP : NET_SRV, .id = id, .family = family};

	mem_copy_str(q.name, sizeof(q.name), host);
	return e->edge.ask(e->edge.ctx, &q);
}

/* Routes lead packets to where only the table keeps them from going on. */
static void forwarding_converge(struct engine *e)
{
	bool held = firewall_holds(e);

	if (e->held && !held)
		e->replan |= SUBJECT_ROUTES | SUBJECT_RULES;
	e->held = held;
	if (held && e->replan & SUBJECT_ROUTES)
		routes_hold(e);
	if (held)
		return;
	routes_converge(e);
	rules_converge(e);
}

/* Is anything going on, from which another problem could come? */
static bool is_stirred(const struct engine *e)
{
	return e->dirty || e->touched.len || e->pending.len || e->problems.len ||
	       e->peers_left.len || e->paths.list.len || e->look.at || e->claims_retry.at ||
	       e->rules_retry.at || e->firewall_retry.at;
}

/*
 * After whatever was planned at once, else now and then; and not at all where nothing was seen,
 * told or tried: for that all peers and routes are walked over.
 */
static void see_problems(struct engine *e)
{
	bool now = e->problems_at <= e->at.now;

	e->problems_due = e->problems_due || is_stirred(e);
	if (e->replan || (now && e->problems_due))
		problems_collect(e);
}

msec engine_turn(struct engine *e, struct moment at)
{
	e->at = at;
	resume(e);
	recheck(e);
	e->problems_due = e->problems_due || is_stirred(e);
	e->pending.len = 0;
	observe_surroundings(e);
	observe_peers(e);
	if (!e->dry)
		names_ask(&e->names, at.now, ask_name, e);
	exchange_converge(e);
	rules_settle(e);
	paths_converge(e);
	claims_converge(e);
	endpoints_converge(e);
	firewall_converge(e);
	forwarding_converge(e);
	underlay_look_for_loops(e);
	see_problems(e);
	if (e->store_at && e->store_at <= at.now)
		memory_store_names(e);
	route_ways_settle(e);
	e->replan = 0;
	e->awaited = next_deadline(e);
	return e->awaited;
}

void engine_turn_took(struct engine *e, int64_t us)
{
	durations_add(&e->counters.turns, turn_bounds, us);
}
