// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims and loans become moves.
 *
 * For each device, everything that is claimed or on loan becomes a slot; one pass over the
 * device's allowed-IPs tells who has each. Then a slot alone decides what is to be done.
 */
#include "plan/claims.h"

#define NOBODY UINT32_MAX

struct slot {
	struct prefix prefix;	   /* first: found by it */
	const struct claim *claim; /* NULL: it should be at home */
	const struct loan *loan;   /* NULL: it is at home */
	uint32_t owner;		   /* index into the device's peers */
};
VEC_TYPE(slots, struct slot);

const struct peer *aip_owner(const struct device *d, const struct prefix *p)
{
	vec_each(&d->peers, peer)
		for (uint32_t i = 0; i < peer->wg.aips; i++)
			if (!prefix_cmp(peer_aips(d, peer) + i, p))
				return peer;
	return NULL;
}

static bool believed(const struct device *d)
{
	return d->readable && !d->settling;
}

static uint32_t peer_index(const struct device *d, const struct key *key)
{
	for (uint32_t i = 0; i < d->peers.len; i++)
		if (!key_cmp(&d->peers.at[i].wg.key, key))
			return i;
	return NOBODY;
}

/* --- slots -------------------------------------------------------------------------------- */

static void slots_fill(struct slots *out, const struct claim *claim, const struct claim *claims_end,
		       const struct loan *loan, const struct loan *loans_end)
{
	while (claim < claims_end || loan < loans_end) {
		struct slot *s = vec_add(out);
		int c = claim == claims_end ? 1
			: loan == loans_end ? -1
					    : prefix_cmp(&claim->prefix, &loan->prefix);

		s->owner = NOBODY;
		s->prefix = c <= 0 ? claim->prefix : loan->prefix;
		s->claim = c <= 0 ? claim++ : NULL;
		s->loan = c >= 0 ? loan++ : NULL;
	}
}

static void slots_observe(struct slots *slots, const struct device *d)
{
	for (uint32_t i = 0; i < d->peers.len && slots->len; i++) {
		const struct prefix *aips = peer_aips(d, &d->peers.at[i]);

		for (uint32_t j = 0; j < d->peers.at[i].wg.aips; j++) {
			struct slot *s = vec_find(slots, &aips[j], prefix_cmp);

			if (s)
				s->owner = i;
		}
	}
}

static bool owned_by(const struct device *d, const struct slot *s, const struct key *key)
{
	return s->owner != NOBODY && !key_cmp(&d->peers.at[s->owner].wg.key, key);
}

/* --- what other programs did -------------------------------------------------------------- */

/*
 * A prefix whose home is away is kept in mind, for that peer may be made again; and one that was
 * lost with its holder still has to go home.
 */
static bool loan_ended(const struct device *d, const struct slot *s)
{
	const struct loan *l = s->loan;

	if (s->owner == NOBODY)
		return !l->homeless && peer_index(d, &l->home) != NOBODY &&
		       (l->elsewhere || peer_index(d, &l->holder) != NOBODY);
	return !owned_by(d, s, &l->holder) && (l->homeless || !owned_by(d, s, &l->home)) &&
	       (!l->passed_on || !owned_by(d, s, &l->before));
}

static uint32_t review_device(struct loan *loans, uint32_t n, const struct device *d)
{
	struct slots slots = {0};
	uint32_t kept = 0;

	slots_fill(&slots, NULL, NULL, loans, loans + n);
	slots_observe(&slots, d);
	vec_each(&slots, s)
		if (!loan_ended(d, s))
			loans[kept++] = *s->loan;
	vec_free(&slots);
	return kept;
}

static const struct device *device_named(const struct state *s, const char *ifname)
{
	vec_each(&s->devices, d)
		if (!strcmp(d->name, ifname))
			return d;
	return NULL;
}

bool loans_review(struct loans *loans, const struct state *s)
{
	uint32_t n, kept = 0, before = loans->len;

	for (uint32_t i = 0; i < before; i += n) {
		const struct device *d = device_named(s, loans->at[i].ifname);
		uint32_t left;

		loans_of(loans, loans->at[i].ifname, &n);
		left = d && believed(d) ? review_device(loans->at + i, n, d) : n;
		memmove(loans->at + kept, loans->at + i, left * sizeof(*loans->at));
		kept += left;
	}
	loans->len = kept;
	return kept != before;
}

/* --- planning ----------------------------------------------------------------------------- */

/* One device while it is planned. */
struct planning {
	struct claims_plan *out;
	const struct device *device;
	uint32_t index;
};

static struct move *move(struct planning *p, enum move_kind kind, const struct slot *s,
			 uint32_t peer, const char *why)
{
	struct move *m = vec_add(&p->out->moves);

	m->kind = kind;
	m->device = p->index;
	m->prefix = s->prefix;
	m->peer = p->device->peers.at[peer].wg.key;
	m->why = why;
	m->had = s->owner != NOBODY;
	if (m->had)
		m->from = p->device->peers.at[s->owner].wg.key;
	return m;
}

static void remember(struct planning *p, const struct slot *s, const struct key *holder,
		     bool elsewhere)
{
	const struct loan *l = s->loan;
	struct loan *fresh = vec_add(&p->out->loans);

	if (l)
		*fresh = *l;
	else if (s->owner == NOBODY)
		fresh->homeless = true;
	else
		fresh->home = p->device->peers.at[s->owner].wg.key;
	mem_copy_str(fresh->ifname, sizeof(fresh->ifname), p->device->name);
	fresh->prefix = s->prefix;
	fresh->holder = *holder;
	fresh->elsewhere = elsewhere;
	fresh->seen = owned_by(p->device, s, holder);
	fresh->passed_on = s->owner != NOBODY && !fresh->seen &&
			   (fresh->homeless || !owned_by(p->device, s, &fresh->home));
	if (fresh->passed_on)
		fresh->before = p->device->peers.at[s->owner].wg.key;
}

/* Nobody claims it, or its home does. */
static void slot_home(struct planning *p, const struct slot *s, const char *why)
{
	const struct loan *l = s->loan;
	uint32_t home;

	if (!l || (!l->homeless && owned_by(p->device, s, &l->home)))
		return; /* it is there, and the loan is forgotten */
	home = l->homeless ? NOBODY : peer_index(p->device, &l->home);
	if (home != NOBODY)
		move(p, MOVE_GIVE, s, home, why);
	else if (l->homeless && s->owner != NOBODY)
		move(p, MOVE_TAKE, s, s->owner, why);
	if (!l->homeless || s->owner != NOBODY)
		remember(p, s, &l->holder, l->elsewhere);
}

static bool is_home(const struct planning *p, const struct slot *s, const struct key *to)
{
	if (!s->loan)
		return owned_by(p->device, s, to);
	return !s->loan->homeless && !key_cmp(&s->loan->home, to);
}

static void slot_claimed(struct planning *p, const struct slot *s)
{
	const struct claim *c = s->claim;
	uint32_t to = peer_index(p->device, &c->to);

	if (c->ahead && is_home(p, s, &c->to)) {
		if (s->loan) /* stays where it is, for now */
			*vec_add(&p->out->loans) = *s->loan;
		return;
	}
	if (is_home(p, s, &c->to) || (to == NOBODY && !c->elsewhere)) {
		slot_home(p, s, c->why);
		return;
	}
	remember(p, s, &c->to, c->elsewhere);
	if (c->elsewhere) {
		if (s->loan && !s->loan->homeless && !owned_by(p->device, s, &s->loan->home) &&
		    peer_index(p->device, &s->loan->home) != NOBODY)
			move(p, MOVE_GIVE, s, peer_index(p->device, &s->loan->home), c->why);
		return;
	}
	if (c->ahead || owned_by(p->device, s, &c->to))
		return;
	move(p, MOVE_GIVE, s, to, c->why)->undone =
		s->loan && s->loan->seen && !key_cmp(&s->loan->holder, &c->to);
}

static bool moves_have(const struct moves *moves, uint32_t from, const struct prefix *p)
{
	for (uint32_t i = from; i < moves->len; i++)
		if (!prefix_cmp(&moves->at[i].prefix, p))
			return true;
	return false;
}

/* Where the kernel cannot take one away, the peer's list is written anew: with what it keeps. */
static void keep_rest(struct planning *p, uint32_t first, uint32_t peer)
{
	const struct peer *loser = &p->device->peers.at[peer];
	const struct prefix *aips = peer_aips(p->device, loser);

	for (uint32_t i = 0; i < loser->wg.aips; i++) {
		struct slot s = {.prefix = aips[i], .owner = peer};

		if (!moves_have(&p->out->moves, first, &aips[i]))
			move(p, MOVE_KEEP, &s, peer, NULL);
	}
}

static void keep_rests(struct planning *p, uint32_t first)
{
	uint32_t end = p->out->moves.len;

	for (uint32_t i = first; i < end; i++) {
		const struct move *m = &p->out->moves.at[i];

		if (m->kind == MOVE_TAKE)
			keep_rest(p, first, peer_index(p->device, &m->peer));
	}
}

static int move_cmp(const void *va, const void *vb)
{
	const struct move *a = va, *b = vb;
	int c = (a->device > b->device) - (a->device < b->device);

	if (!c)
		c = key_cmp(&a->peer, &b->peer);
	if (!c)
		c = (a->kind > b->kind) - (a->kind < b->kind);
	return c ? c : prefix_cmp(&a->prefix, &b->prefix);
}

static void plan_device(struct planning *p, const struct slots *slots)
{
	uint32_t first = p->out->moves.len;

	vec_each(slots, s) {
		if (!believed(p->device) && s->loan)
			*vec_add(&p->out->loans) = *s->loan;
		else if (believed(p->device) && s->claim)
			slot_claimed(p, s);
		else if (believed(p->device))
			slot_home(p, s, "nobody claims it any more");
	}
	keep_rests(p, first);
}

static int claim_cmp(const void *va, const void *vb)
{
	const struct claim *a = va, *b = vb;
	int c = (a->device > b->device) - (a->device < b->device);

	if (!c)
		c = prefix_cmp(&a->prefix, &b->prefix);
	if (!c)
		c = (a->by > b->by) - (a->by < b->by);
	return c ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

static bool same_prefix(const struct claim *a, const struct claim *b)
{
	return a->device == b->device && !prefix_cmp(&a->prefix, &b->prefix);
}

/* What is claimed twice by one kind goes to the first. */
static void claims_sort(struct claims *claims)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < claims->len; i++)
		claims->at[i].nth = i;
	vec_sort(claims, claim_cmp);
	vec_each(claims, c)
		if (!kept || !same_prefix(&claims->at[kept - 1], c))
			claims->at[kept++] = *c;
	claims->len = kept;
}

/* Loans of interfaces that are not there are kept. */
static void keep_absent(struct loans *out, const struct state *s, const struct loans *loans)
{
	vec_each(loans, l)
		if (!device_named(s, l->ifname))
			*vec_add(out) = *l;
}

void claims_plan(struct claims_plan *out, const struct state *s, struct claims *claims,
		 const struct loans *loans)
{
	const struct claim *claim, *end;

	claims_sort(claims);
	claim = claims->at;
	end = claims->at + claims->len;
	out->moves.len = out->loans.len = 0;
	for (uint32_t i = 0; i < s->devices.len; i++) {
		struct planning p = {.out = out, .device = &s->devices.at[i], .index = i};
		const struct claim *first = claim;
		struct slots slots = {0};
		const struct loan *lent;
		uint32_t n;

		while (claim < end && claim->device == i)
			claim++;
		lent = loans_of(loans, p.device->name, &n);
		slots_fill(&slots, first, claim, lent, lent + n);
		slots_observe(&slots, p.device);
		plan_device(&p, &slots);
		vec_free(&slots);
	}
	keep_absent(&out->loans, s, loans);
	vec_sort(&out->loans, loan_cmp);
	vec_sort(&out->moves, move_cmp);
}

void claims_plan_free(struct claims_plan *p)
{
	vec_free(&p->moves);
	vec_free(&p->loans);
}

void claims_ops(struct ops *out, const struct moves *moves, const struct state *s)
{
	uint32_t end;

	for (uint32_t i = 0; i < moves->len; i = end) {
		struct op *op = vec_add(out);

		for (end = i; end < moves->len && moves->at[end].device == moves->at[i].device;)
			end++;
		op->kind = OP_ALLOWED_IPS;
		op->ifindex = s->devices.at[moves->at[i].device].ifindex;
		op->moves.at = moves->at + i;
		op->moves.len = end - i;
	}
}
