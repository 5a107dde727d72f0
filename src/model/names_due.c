// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When names are asked for.
 *
 * Of ten thousand names hardly ever one is due, and each turn of the engine asks which: so they are
 * in a heap, the one that is due soonest at its top, and whatever changes when a name is due moves
 * it there. Questions that are out are in a list, oldest first; there are few of them.
 */
#include <string.h>

#include "names_build.h"

/* When the first family that is asked for and not out is due. */
static msec name_due(const struct name *n)
{
	msec due = MSEC_NEVER;

	if (name_asks(n, AF_INET) && !n->v4.asked)
		due = n->v4.expires;
	if (name_asks(n, AF_INET6) && !n->v6.asked)
		due = msec_min(due, n->v6.expires);
	return due;
}

/* Of those that are due at the same time, the one that was wanted first. */
static bool is_sooner(const struct name *a, const struct name *b)
{
	msec x = name_due(a), y = name_due(b);

	return x < y || (x == y && a->id < b->id);
}

static void place(struct names *ns, uint32_t at, struct name *n)
{
	ns->due.at[at] = n;
	n->place = at;
}

static void sift_up(struct names *ns, uint32_t at)
{
	struct name *n = ns->due.at[at];

	for (; at && is_sooner(n, ns->due.at[(at - 1) / 2]); at = (at - 1) / 2)
		place(ns, at, ns->due.at[(at - 1) / 2]);
	place(ns, at, n);
}

static void sift_down(struct names *ns, uint32_t at)
{
	struct name *n = ns->due.at[at];

	for (uint32_t child; (child = 2 * at + 1) < ns->due.len; at = child) {
		if (child + 1 < ns->due.len && is_sooner(ns->due.at[child + 1], ns->due.at[child]))
			child++;
		if (!is_sooner(ns->due.at[child], n))
			break;
		place(ns, at, ns->due.at[child]);
	}
	place(ns, at, n);
}

void due_changed(struct names *ns, struct name *n)
{
	if (n->place >= ns->due.len || ns->due.at[n->place] != n)
		return; /* wanted since the last sweep: it gets its place with that */
	sift_up(ns, n->place);
	sift_down(ns, n->place);
}

void due_anew(struct names *ns)
{
	ns->due.len = 0;
	vec_reserve(&ns->due, ns->by_id.len);
	vec_each(&ns->by_id, n) {
		(*n)->place = ns->due.len;
		*vec_add(&ns->due) = *n;
	}
	for (uint32_t i = ns->due.len / 2; i-- > 0;)
		sift_down(ns, i);
}

void due_back(struct names *ns, struct name *n, uint8_t family)
{
	uint32_t question = name_question(n, family), i = 0;

	if (!name_result(n, family)->asked)
		return;
	name_result(n, family)->asked = 0;
	while (i < ns->out.len && ns->out.at[i] != question)
		i++;
	if (i == ns->out.len)
		return;
	ns->out.len--;
	memmove(&ns->out.at[i], &ns->out.at[i + 1], (ns->out.len - i) * sizeof(*ns->out.at));
}

/* --- what may be asked ------------------------------------------------------------------- */

static msec result_due(const struct name_result *r)
{
	return r->asked ? r->asked + NAME_ASK_MAX : r->expires;
}

/* What is out has its room. */
static bool has_room(const struct names *ns, const struct name_result *r)
{
	return r->asked || ns->out.len < NAMES_IN_FLIGHT;
}

/* The server's fault is not found out by asking for everything. */
static bool is_held(const struct names *ns, const struct name *n)
{
	return ns->canary && n->id != ns->canary && ns->suspects >= NAME_SUSPECTS;
}

static struct name *canary_of(const struct names *ns)
{
	return ns->canary ? names_by_id(ns, ns->canary) : NULL;
}

static struct name *oldest_out(const struct names *ns, uint8_t *family)
{
	if (!ns->out.len)
		return NULL;
	*family = ns->out.at[0] & 1 ? AF_INET6 : AF_INET;
	return names_by_id(ns, ns->out.at[0] / 2);
}

/* --- when that is ------------------------------------------------------------------------ */

static msec held_due(const struct names *ns, const struct name *n, msec due)
{
	return is_held(ns, n) ? msec_max(due, ns->suspects_at) : due;
}

static msec canary_deadline(const struct names *ns)
{
	struct name *n = canary_of(ns);
	msec soonest = MSEC_NEVER;

	if (n && name_asks(n, AF_INET) && has_room(ns, &n->v4))
		soonest = result_due(&n->v4);
	if (n && name_asks(n, AF_INET6) && has_room(ns, &n->v6))
		soonest = msec_min(soonest, result_due(&n->v6));
	return soonest;
}

/* Where there is no room for one more question, an answer makes some: there is no time for it. */
static msec due_deadline(const struct names *ns)
{
	const struct name *first = ns->due.len ? ns->due.at[0] : NULL;

	if (!first || ns->out.len >= NAMES_IN_FLIGHT)
		return MSEC_NEVER;
	return held_due(ns, first, name_due(first));
}

static msec out_deadline(const struct names *ns)
{
	uint8_t family;
	struct name *n = oldest_out(ns, &family);

	return n ? held_due(ns, n, result_due(name_result(n, family))) : MSEC_NEVER;
}

msec names_deadline(const struct names *ns)
{
	msec soonest = msec_min(due_deadline(ns), out_deadline(ns));

	return msec_max(msec_min(soonest, canary_deadline(ns)), ns->held_until);
}

/* --- asking ------------------------------------------------------------------------------ */

struct asking {
	struct names *names;
	msec now;
	int (*ask)(void *ctx, uint32_t id, const char *host, uint8_t family);
	void *ctx;
};

/* False when questions are not taken just now. */
static bool ask_for(struct asking *a, struct name *n, uint8_t family)
{
	struct names *ns = a->names;

	if (a->ask(a->ctx, name_question(n, family), n->host, n->srv ? 0 : family)) {
		ns->held_until = a->now + NAME_RETRY_MIN;
		return false;
	}
	due_back(ns, n, family);
	name_result(n, family)->asked = a->now;
	*vec_add(&ns->out) = name_question(n, family);
	ns->suspects += ns->canary && n->id != ns->canary;
	due_changed(ns, n);
	return true;
}

/* Those of its families that are due. */
static bool ask_name(struct asking *a, struct name *n)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	for (uint32_t i = 0; i < 2; i++) {
		const struct name_result *r = name_result(n, families[i]);

		if (!name_asks(n, families[i]) || result_due(r) > a->now ||
		    !has_room(a->names, r) || is_held(a->names, n))
			continue;
		if (!ask_for(a, n, families[i]))
			return false;
	}
	return true;
}

/* What nobody answered. */
static bool ask_again(struct asking *a)
{
	struct names *ns = a->names;
	struct name *n;
	uint8_t family;

	while ((n = oldest_out(ns, &family)) && !is_held(ns, n) &&
	       result_due(name_result(n, family)) <= a->now)
		if (!ask_for(a, n, family))
			return false;
	return true;
}

static bool ask_due(struct asking *a)
{
	struct names *ns = a->names;

	while (due_deadline(ns) <= a->now && !is_held(ns, ns->due.at[0]))
		if (!ask_name(a, ns->due.at[0]))
			return false;
	return true;
}

void names_ask(struct names *ns, msec now,
	       int (*ask)(void *ctx, uint32_t id, const char *host, uint8_t family), void *ctx)
{
	struct asking a = {.names = ns, .now = now, .ask = ask, .ctx = ctx};
	struct name *canary = canary_of(ns);

	ns->held_until = 0;
	if (ns->suspects_at <= now) {
		ns->suspects = 0;
		ns->suspects_at = now + NAME_CANARY_MAX;
	}
	if (canary && !ask_name(&a, canary))
		return;
	if (ask_again(&a))
		ask_due(&a);
}

void names_forget_asked(struct names *ns, msec now)
{
	vec_each(&ns->by_id, p) {
		struct name_result *both[] = {&(*p)->v4, &(*p)->v6};

		for (int i = 0; i < 2; i++) {
			if (both[i]->asked)
				both[i]->expires = now;
			both[i]->asked = 0;
		}
	}
	ns->out.len = 0;
	ns->held_until = 0;
	due_anew(ns);
}

void name_refresh(struct names *ns, struct name *n, msec now)
{
	n->v4.expires = msec_min(n->v4.expires, now);
	n->v6.expires = msec_min(n->v6.expires, now);
	due_changed(ns, n);
}

void names_refresh(struct names *ns, msec now)
{
	vec_each(&ns->by_id, n) {
		(*n)->v4.expires = msec_min((*n)->v4.expires, now);
		(*n)->v6.expires = msec_min((*n)->v6.expires, now);
	}
	due_anew(ns);
}
