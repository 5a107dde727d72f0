// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Firewall: look, compute, compare, and change in one transaction; look again afterwards.
 *
 * A ruleset that nobody enabled and of which nothing is left is not looked at again.
 */
#include "internal.h"

#include <errno.h>

#define AWRY_MAX 10000 /* ms that routes wait for rules that are there and may be wrong */

static bool has_netmap(const struct iface_conf *conf)
{
	vec_each(&conf->peers, p)
		if (p->netmaps.len)
			return true;
	return false;
}

static bool firewall_wanted(const struct engine *e)
{
	vec_each(&e->state.devices, d)
		if (d->conf->exchange.serve || has_netmap(d->conf))
			return true;
	return firewall_filters(&e->state, e->config);
}

static bool firewall_leftover(const struct engine *e)
{
	return e->firewall_have.table || e->firewall_have.foreign.len;
}

/* From now on, if not for longer: is_awry(). */
static void firewall_is_awry(struct engine *e)
{
	if (!e->firewall_awry)
		e->firewall_awry = e->at.now;
}

/* The plan points into what it was made from: it goes first. */
static void firewall_forget_plan(struct engine *e)
{
	fw_plan_free(&e->firewall_pending);
	e->firewall_pending = (struct fw_plan){0};
	fw_ruleset_free(&e->firewall_want);
	e->firewall_want = (struct fw_ruleset){0};
}

static int firewall_look(struct engine *e)
{
	struct fw_actual fresh = {0};
	int err = e->edge.firewall(e->edge.ctx, &fresh);

	subject_looked(e, SUBJECT_FIREWALL);
	if (err) {
		fw_actual_free(&fresh);
		return err;
	}
	firewall_forget_plan(e);
	fw_actual_free(&e->firewall_have);
	e->firewall_have = fresh;
	e->firewall_known = true;
	return 0;
}

static void firewall_compute(struct engine *e)
{
	firewall_forget_plan(e);
	firewall_desired(&e->firewall_want, &e->state, e->config, &e->firewall_have);
	firewall_plan(&e->firewall_pending, &e->firewall_want, &e->firewall_have);
	tally_take(&e->tally, &e->firewall_want, &e->firewall_have);
}

/* What an element has counted goes with it. */
static bool plan_loses_counts(const struct fw_plan *p)
{
	vec_each(&p->ops, op)
		if (op->kind == FW_OP_DEL_TABLE || op->kind == FW_OP_DEL_SET ||
		    (op->kind == FW_OP_DEL_ELEMS && op->set->counting))
			return true;
	return false;
}

static void firewall_read_counters(struct engine *e)
{
	if (!e->tally.peers.len || !e->edge.firewall_recount)
		return;
	e->counted_at = e->at.now;
	e->edge.firewall_recount(e->edge.ctx, &e->firewall_have);
	tally_take(&e->tally, &e->firewall_want, &e->firewall_have);
}

void firewall_count(struct engine *e)
{
	if (!e->counted_at || e->at.now - e->counted_at >= COUNT_EVERY)
		firewall_read_counters(e);
}

static bool plan_adds_foreign(const struct fw_plan *p)
{
	vec_each(&p->ops, op)
		if (op->kind == FW_OP_ADD_FOREIGN)
			return true;
	return false;
}

static void tell_firewall(struct engine *e)
{
	bool by_others = e->firewall_settled && !(e->replan & SUBJECT_FIREWALL);
	size_t n = fw_plan_count(&e->firewall_pending);

	firewall_plan_tell(&e->firewall_pending);
	if (by_others) {
		e->counters.firewall_put_back++;
		e->counters.foreign_put_back += plan_adds_foreign(&e->firewall_pending);
		if (!(e->told & SUBJECT_FIREWALL))
			e->counters.drift++;
		story_tell(e,
			   (struct story){.code = "firewall",
					  .level = LOG_LEVEL_WARN,
					  .pace = &e->firewall_pace},
			   "another program changed our rules; put back in %zu operation%s", n,
			   n == 1 ? "" : "s");
	} else {
		story_tell(e, (struct story){.code = "firewall"}, "%zu operation%s applied", n,
			   n == 1 ? "" : "s");
	}
}

static void firewall_failed(struct engine *e, int err, const char *why)
{
	firewall_is_awry(e);
	if (e->firewall_retry.error != err)
		log_error("firewall: %s; trying again", *why ? why : strerror(-err));
	mem_copy_str(e->firewall_error, sizeof(e->firewall_error), *why ? why : strerror(-err));
	e->counters.apply_errors++;
	e->dirty |= SUBJECT_FIREWALL;
	retry_failed(e, &e->firewall_retry, err);
}

/* True when something was applied, or has to be planned anew: look again. */
static bool firewall_apply(struct engine *e)
{
	char why[160] = "";
	int err;

	if (plan_loses_counts(&e->firewall_pending))
		firewall_read_counters(e);
	err = e->edge.firewall_apply(e->edge.ctx, &e->firewall_pending, &e->firewall_have, why,
				     sizeof(why));

	if (err == -ERESTART || err == -ENOBUFS) {
		firewall_is_awry(e);
		e->dirty |= SUBJECT_FIREWALL;
		return true;
	}
	if (err) {
		firewall_failed(e, err, why);
		return false;
	}
	tally_forget(&e->tally, &e->firewall_pending);
	tell_firewall(e);
	e->firewall_settled = true;
	e->dirty |= SUBJECT_FIREWALL;
	return true;
}

void firewall_try_again(struct engine *e)
{
	if (e->firewall_have.lacks && e->edge.firewall_try_again)
		e->edge.firewall_try_again(e->edge.ctx);
}

/*
 * What was refused a while ago may pass now, and our table may be gone: the longest backoff is no
 * time to leave it open.
 */
void firewall_told(struct engine *e)
{
	struct retry *r = &e->firewall_retry;

	firewall_is_awry(e);
	if (r->at)
		r->at = msec_min(r->at, e->at.now + RETRY_MIN);
}

void firewall_resumed(struct engine *e)
{
	if (e->firewall_awry)
		e->firewall_awry = e->at.now;
}

static bool firewall_round(struct engine *e)
{
	if (e->dirty & SUBJECT_FIREWALL || !e->firewall_known) {
		int err = firewall_look(e);

		if (err == -EAGAIN) {
			firewall_is_awry(e);
			e->dirty |= SUBJECT_FIREWALL;
			return false;
		}
		if (err) {
			firewall_failed(e, err, "");
			return false;
		}
	}
	if (e->firewall_enabled && !e->firewall_have.available) {
		firewall_failed(e, e->firewall_have.error, "nftables cannot be used");
		return false;
	}
	firewall_compute(e);
	if (fw_plan_is_empty(&e->firewall_pending)) {
		e->firewall_retry = (struct retry){0};
		e->firewall_error[0] = '\0';
		e->firewall_awry = 0;
		e->told &= ~(unsigned int)SUBJECT_FIREWALL;
		return false;
	}
	return !e->dry && firewall_apply(e);
}

void firewall_converge(struct engine *e)
{
	bool again = e->firewall_retry.at && e->firewall_retry.at <= e->at.now;
	bool unseen = e->firewall_settled && e->dirty & SUBJECT_FIREWALL; /* what we have set */

	if (!e->state.links.len)
		return; /* no look at links yet: to take all for gone would close what is open */
	e->firewall_enabled = firewall_wanted(e);
	if (!e->firewall_enabled && e->firewall_known && !firewall_leftover(e) && !unseen &&
	    !again) {
		e->dirty &= ~(unsigned int)SUBJECT_FIREWALL;
		e->firewall_awry = 0;
		e->firewall_settled = false;
		return;
	}
	if (e->firewall_retry.at > e->at.now)
		return;
	if (!subject_ready(e, SUBJECT_FIREWALL) && !(e->replan & SUBJECT_FIREWALL) && !again)
		return;
	for (int i = 0; i < VERIFY_ROUNDS && firewall_round(e); i++)
		continue;
}

/* The same may work in a moment: something else went on at the time. */
static bool is_passing(int error)
{
	return error == -EAGAIN || error == -ERESTART || error == -ENOBUFS || error == -ENOMEM ||
	       error == -EINTR || error == -EBUSY;
}

/*
 * Somebody changed the rules and nobody has seen yet what is left of ours, or what is wanted could
 * not be set: a new route could lead to where the old rules are open. Not for ever, for old rules
 * are mostly right, and without routes nothing works.
 */
static bool is_awry(const struct engine *e)
{
	return e->firewall_awry && e->at.now - e->firewall_awry < AWRY_MAX;
}

bool firewall_holds(const struct engine *e)
{
	if (e->dry || !firewall_filters(&e->state, e->config))
		return false;
	if (e->firewall_known && !is_awry(e) &&
	    (!e->firewall_have.available || e->firewall_have.table))
		return false;
	return !e->firewall_retry.error || is_passing(e->firewall_retry.error);
}

msec firewall_deadline(const struct engine *e)
{
	msec soonest = e->firewall_retry.at ? e->firewall_retry.at : MSEC_NEVER;

	if (e->held && is_awry(e))
		soonest = msec_min(soonest, e->firewall_awry + AWRY_MAX);
	return soonest;
}

int firewall_clean(struct engine *e)
{
	struct fw_plan plan = {0};
	char why[160] = "";
	int err = firewall_look(e);

	for (int i = 0; !err && i < VERIFY_ROUNDS && firewall_leftover(e); i++) {
		firewall_plan_clean(&plan, &e->firewall_have);
		err = e->edge.firewall_apply(e->edge.ctx, &plan, &e->firewall_have, why,
					     sizeof(why));
		fw_plan_free(&plan);
		plan = (struct fw_plan){0};
		if (!err || err == -ERESTART || err == -ENOBUFS)
			err = firewall_look(e);
	}
	if (err)
		log_error("firewall: our rules could not be removed: %s",
			  *why ? why : strerror(-err));
	return err;
}

const struct fw_actual *engine_firewall_seen(const struct engine *e)
{
	return e->firewall_known ? &e->firewall_have : NULL;
}
