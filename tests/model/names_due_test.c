// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When names are asked for: the heap and the list of what is out say the same as a walk over all
 * names would, whatever has happened to them.
 */
#include <stdio.h>

#include "model/names.h"
#include "support/test.h"

#define ROUNDS 300
#define STEPS  200
#define HOSTS  24

static const struct endpoints_conf any = {.ttl_min = 30000, .ttl_max = 3600000},
				   only4 = {.ttl_min = 5000,
					    .ttl_max = 60000,
					    .family = FAMILY_IPV4};

/* --- the naive way ------------------------------------------------------------------------ */

static bool asks(const struct name *n, uint8_t family)
{
	if (n->srv)
		return family == AF_INET;
	return n->family == FAMILY_ANY || (n->family == FAMILY_IPV4) == (family == AF_INET);
}

static uint32_t naive_out(const struct names *ns)
{
	uint32_t n = 0;

	vec_each(&ns->by_id, p)
		n += (uint32_t)((*p)->v4.asked != 0) + (uint32_t)((*p)->v6.asked != 0);
	return n;
}

static bool naive_held(const struct names *ns, const struct name *n)
{
	return ns->canary && n->id != ns->canary && ns->suspects >= NAME_SUSPECTS;
}

/* Of one family of a name; MSEC_NEVER: not before an answer to something else. */
static msec naive_due(const struct names *ns, const struct name *n, uint8_t family)
{
	const struct name_result *r = family == AF_INET ? &n->v4 : &n->v6;
	msec due = r->asked ? r->asked + NAME_ASK_MAX : r->expires;

	if (!asks(n, family) || (!r->asked && naive_out(ns) >= NAMES_IN_FLIGHT))
		return MSEC_NEVER;
	return naive_held(ns, n) ? msec_max(due, ns->suspects_at) : due;
}

static msec naive_deadline(const struct names *ns)
{
	msec soonest = MSEC_NEVER;

	vec_each(&ns->by_id, n)
		soonest = msec_min(
			soonest, msec_min(naive_due(ns, *n, AF_INET), naive_due(ns, *n, AF_INET6)));
	return msec_max(soonest, ns->held_until);
}

/* --- a world of names --------------------------------------------------------------------- */

struct world {
	struct names names;
	struct rng rng;
	msec now;
	uint32_t asked, refuse_after; /* in this step */
	uint32_t ids[2 * HOSTS];      /* every question that was ever asked, the last ones */
	uint32_t n;
};

static uint32_t below(struct world *w, uint32_t n)
{
	return (uint32_t)(rng_next(&w->rng) % n);
}

static int ask(void *ctx, uint32_t id, const char *host, uint8_t family)
{
	struct world *w = ctx;

	(void)host;
	(void)family;
	if (w->asked >= w->refuse_after)
		return -1;
	w->asked++;
	w->ids[w->n++ % ARRAY_LEN(w->ids)] = id;
	return 0;
}

static void want_some(struct world *w)
{
	char host[32];

	for (uint32_t i = 0; i < HOSTS; i++) {
		snprintf(host, sizeof(host), "n%u.example.net", i);
		switch (below(w, 5)) {
		case 0:
			break;
		case 1:
			names_want_srv(&w->names, host, &any);
			break;
		case 2:
			names_want(&w->names, host, &only4);
			break;
		default:
			names_want(&w->names, host, &any);
			break;
		}
	}
	names_sweep(&w->names);
}

static void answer_one(struct world *w)
{
	static const uint32_t how[] = {NET_OK,	     NET_OK,	  NET_NO_DATA, NET_NOT_FOUND,
				       NET_SERVFAIL, NET_TIMEOUT, NET_TIMEOUT, NET_FAILED};
	struct net_answer a = {.kind = NET_LOOKUP, .ttl = below(w, 600), .count = 1};
	struct name *n;

	if (!w->n)
		return;
	a.id = w->ids[below(w, w->n < ARRAY_LEN(w->ids) ? w->n : ARRAY_LEN(w->ids))];
	a.status = how[below(w, ARRAY_LEN(how))];
	addr_parse(&a.addrs[0], a.id & 1 ? "2001:db8::1" : "203.0.113.1");
	a.addrs[0].bytes[3] = (uint8_t)below(w, 3);
	a.ports[0] = 51820;
	names_answer(&w->names, &a, w->now, &w->rng, &n);
}

/* Everything that may be asked is, when questions are taken. */
static void ask_all(struct world *w)
{
	w->asked = 0;
	w->refuse_after = below(w, 4) ? UINT32_MAX : below(w, 3);
	names_ask(&w->names, w->now, ask, w);
	if (w->asked < w->refuse_after)
		assert_true(naive_deadline(&w->names) > w->now);
	else
		assert_true(naive_deadline(&w->names) >= w->now);
}

static void refresh_one(struct world *w)
{
	if (w->names.by_id.len)
		name_refresh(&w->names, w->names.by_id.at[below(w, w->names.by_id.len)], w->now);
}

static void step(struct world *w)
{
	msec due;

	switch (below(w, 16)) {
	case 0:
		want_some(w);
		break;
	case 1:
		names_refresh(&w->names, w->now);
		break;
	case 2:
		names_forget_asked(&w->names, w->now);
		break;
	case 3:
		refresh_one(w);
		break;
	case 4:
	case 5:
	case 6:
		ask_all(w);
		break;
	case 7:
		due = names_deadline(&w->names);
		w->now = due == MSEC_NEVER ? w->now : msec_max(due, w->now);
		break;
	case 8:
		w->now += (msec)below(w, 40000);
		break;
	default:
		answer_one(w);
		break;
	}
}

static void as_a_walk_over_all_would(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct world w = {.rng = {.state = seed}, .now = 1000, .refuse_after = UINT32_MAX};

		want_some(&w);
		for (int i = 0; i < STEPS; i++) {
			step(&w);
			assert_int_equal(w.names.out.len, naive_out(&w.names));
			assert_true(names_deadline(&w.names) == naive_deadline(&w.names));
		}
		names_free(&w.names);
	}
}

/* A thousand names expire one after the other: each is asked in its turn, and none else. */
static void each_in_its_turn(void **state)
{
	struct world w = {.rng = {.state = 1}, .now = 1000, .refuse_after = UINT32_MAX};
	char host[32];
	(void)state;

	for (uint32_t i = 0; i < 1000; i++) {
		snprintf(host, sizeof(host), "n%u.example.net", i);
		names_want(&w.names, host, &only4);
	}
	names_sweep(&w.names);
	vec_each(&w.names.by_id, n)
		(*n)->v4.expires = 1000 + (msec)(*n)->id * 7919 % 1000;
	names_refresh(&w.names, 5000);
	for (; w.now < 2000; w.now++) {
		w.asked = 0;
		names_ask(&w.names, w.now, ask, &w);
		assert_int_equal(w.asked, 1);
		assert_int_equal(w.ids[(w.n - 1) % ARRAY_LEN(w.ids)] / 2 * 7919 % 1000,
				 w.now - 1000);
		if (w.names.out.len == NAMES_IN_FLIGHT)
			break;
	}
	assert_int_equal(w.names.out.len, NAMES_IN_FLIGHT);
	names_free(&w.names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_walk_over_all_would),
		cmocka_unit_test(each_in_its_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
